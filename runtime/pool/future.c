/* SPDX-License-Identifier: BSD-3-Clause */
/* Futures: works that are not waited for where they are given. */
#include <stdlib.h>
#include <string.h>

#include "pool/clock.h"
#include "pool/error.h"
#include "pool/future.h"
#include "pool/pool.h"

int mpp_future_is_done(const void *future)
{
    return mpp_work_is_done(future);
}

static void destroy(mp_future *future)
{
    mpp_work_clear(&future->array.work);
    if (future->is_single) {
        free((void *)future->array.input);
        if (future->array.output != (char *)&future->returned) {
            free(future->array.output);
        }
        free(future->returned.data);
    }
    free(future);
}

/* ---- giving ---- */

static int begin(mp_pool *pool, mp_future *future, mp_function *function, int64_t count,
                 size_t input_bytes, size_t output_bytes, const mp_options *options,
                 const char *name)
{
    struct mpp_work *work = &future->array.work;
    work->class = &mpp_array_work_class;
    future->pool = pool;
    int error = mpp_pool_enter(pool, name, 0);
    if (error) {
        return error;
    }
    error = mpp_pool_prepare(pool, work, function, count, input_bytes, output_bytes, options, name);
    if (!error) {
        work->tell = mpp_future_tell;
        mpp_pool_add(pool, work);
        mpp_work_tell_if_done(work); /* a map of nothing is done at once */
        mpp_pool_progress(pool);
    }
    mpp_pool_leave(pool);
    return error;
}

/* Room for the input and output of one task. */
static int make_room(mp_future *future, const void *input, size_t input_bytes, size_t output_bytes)
{
    char *copy = malloc(input_bytes + 1);
    future->array.input = copy;
    future->array.output = output_bytes == MP_VARIABLE ? (char *)&future->returned
                                                       : calloc(1, output_bytes + 1);
    if (!copy || !future->array.output) {
        return -1;
    }
    if (input_bytes) {
        memcpy(copy, input, input_bytes);
    }
    return 0;
}

int mp_pool_submit(mp_pool *pool, mp_function *function, const void *input, size_t input_bytes,
                   size_t output_bytes, const mp_options *options, mp_future **future)
{
    static const char name[] = "mp_pool_submit";
    if (!future || (!input && input_bytes)) {
        return mpp_bad_argument(pool ? pool->user_comm : MPI_COMM_SELF, name, "%s is null",
                                future ? "the input" : "the future's address");
    }
    *future = NULL;
    mp_future *made = calloc(1, sizeof *made);
    if (!made) {
        return mpp_no_memory(MPI_COMM_SELF, name, sizeof *made);
    }
    made->is_single = 1;
    int error = make_room(made, input, input_bytes, output_bytes)
                    ? mpp_no_memory(MPI_COMM_SELF, name, input_bytes)
                    : begin(pool, made, function, 1, input_bytes, output_bytes, options, name);
    if (error) {
        destroy(made);
        return error;
    }
    *future = made;
    return MPI_SUCCESS;
}

/* A map over what `array` says of inputs and outputs. */
static int begin_map(mp_pool *pool, const struct mpp_array_work *array, mp_function *function,
                     int64_t count, size_t input_bytes, size_t output_bytes,
                     const mp_options *options, mp_future **future, const char *name)
{
    int is_given = array->input || array->columns || !input_bytes;
    if (!future || (count > 0 && (!is_given || (!array->output && output_bytes)))) {
        return mpp_bad_argument(pool ? pool->user_comm : MPI_COMM_SELF, name, "%s is null",
                                future ? "input or output" : "the future's address");
    }
    *future = NULL;
    mp_future *made = calloc(1, sizeof *made);
    if (!made) {
        return mpp_no_memory(MPI_COMM_SELF, name, sizeof *made);
    }
    made->array = *array;
    if (output_bytes == MP_VARIABLE && count > 0) {
        memset(array->output, 0, (size_t)count * sizeof(mp_bytes));
    }
    int error = begin(pool, made, function, count, input_bytes, output_bytes, options, name);
    if (error) {
        destroy(made);
        return error;
    }
    *future = made;
    return MPI_SUCCESS;
}

int mp_pool_map_async(mp_pool *pool, mp_function *function, const void *input, int64_t count,
                      size_t input_bytes, void *output, size_t output_bytes,
                      const mp_options *options, mp_future **future)
{
    const struct mpp_array_work array = {.input = input, .output = output};
    return begin_map(pool, &array, function, count, input_bytes, output_bytes, options, future,
                     "mp_pool_map_async");
}

int mp_pool_starmap_async(mp_pool *pool, mp_function *function, const mp_column *columns,
                          int column_count, int64_t count, size_t input_bytes, void *output,
                          size_t output_bytes, const mp_options *options, mp_future **future)
{
    static const char name[] = "mp_pool_starmap_async";
    int error = mpp_check_columns(pool, columns, column_count, input_bytes, name);
    const struct mpp_array_work array = {
        .columns = columns, .column_count = column_count, .output = output};
    return error ? error
                 : begin_map(pool, &array, function, count, input_bytes, output_bytes, options,
                             future, name);
}

/* ---- asking ---- */

/* `result` is where the answer goes: it must be somewhere. */
static int enter(mp_future *future, const void *result, const char *name)
{
    if (!future || !result) {
        return mpp_bad_argument(MPI_COMM_SELF, name, "%s is null",
                                future ? "the result" : "the future");
    }
    return mpp_pool_enter(future->pool, name, 1);
}

static int wait_for(mp_future *future, double timeout, const char *name)
{
    if (mpp_pool_wait(future->pool, mpp_future_is_done, future, mpp_deadline_ns(timeout))) {
        return mpp_state(MP_ERROR_TIMEOUT, name, "not done within %g s", timeout);
    }
    return mpp_work_error(&future->array.work, name);
}

int mp_future_wait(mp_future *future, double timeout)
{
    static const char name[] = "mp_future_wait";
    int error = enter(future, future, name);
    if (!error) {
        error = wait_for(future, timeout, name);
        mpp_pool_leave(future->pool);
    }
    return error;
}

int mp_future_get(mp_future *future, const void **output, size_t *bytes, double timeout)
{
    static const char name[] = "mp_future_get";
    int error = enter(future, future, name);
    if (error) {
        return error;
    }
    error = wait_for(future, timeout, name);
    int is_variable = future->array.work.output_bytes == MP_VARIABLE;
    int is_there = !error && future->is_single;
    if (output) {
        *output = !is_there ? NULL : is_variable ? future->returned.data : future->array.output;
    }
    if (bytes) {
        *bytes = !is_there     ? 0
                 : is_variable ? future->returned.bytes
                               : future->array.work.output_bytes;
    }
    mpp_pool_leave(future->pool);
    return error;
}

static mp_state state_of(const struct mpp_work *work)
{
    if (!mpp_work_is_done(work)) {
        return work->under_way || work->done_count || work->failed_count ? MP_RUNNING : MP_PENDING;
    }
    if (work->failed_count) {
        return MP_FAILED;
    }
    return work->cancelled_count ? MP_CANCELLED : MP_SUCCEEDED;
}

int mp_future_state(mp_future *future, mp_state *state)
{
    int error = enter(future, state, "mp_future_state");
    if (!error) {
        mpp_pool_wait(future->pool, mpp_future_is_done, future, 0);
        *state = state_of(&future->array.work);
        mpp_pool_leave(future->pool);
    }
    return error;
}

int mp_future_failure(mp_future *future, const mp_failure **failure)
{
    int error = enter(future, failure, "mp_future_failure");
    if (!error) {
        *failure = mpp_work_first_failure(&future->array.work);
        mpp_pool_leave(future->pool);
    }
    return error;
}

int mp_future_cancel(mp_future *future, int *cancelled)
{
    int error = enter(future, future, "mp_future_cancel");
    if (!error) {
        struct mpp_work *work = &future->array.work;
        mpp_work_cancel(work);
        if (cancelled) {
            *cancelled = work->cancelled_count == work->end && work->end > 0;
        }
        mpp_pool_leave(future->pool);
    }
    return error;
}

int mp_future_free(mp_future **future)
{
    if (!future || !*future) {
        return MPI_SUCCESS;
    }
    mp_future *it = *future;
    int error = enter(it, it, "mp_future_free");
    if (error) {
        return error;
    }
    /* What it began is waited for, because its arrays are in use; what it did
     * not begin is dropped. */
    it->array.work.options.on_result = NULL;
    it->array.work.options.on_failure = NULL;
    mpp_work_cancel(&it->array.work);
    mpp_pool_wait(it->pool, mpp_future_is_done, it, MPP_NEVER);
    mpp_pool_remove(it->pool, &it->array.work);
    mpp_future_forget(it);
    mpp_pool_leave(it->pool);
    destroy(it);
    *future = NULL;
    return MPI_SUCCESS;
}
