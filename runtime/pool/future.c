/* SPDX-License-Identifier: BSD-3-Clause */
/* Futures: works that are not waited for where they are given. */
#include <stdlib.h>
#include <string.h>

#include "pool/array_work.h"
#include "pool/clock.h"
#include "pool/error.h"
#include "pool/pool.h"

struct mp_future {
    struct mpp_array_work array; /* first: what is waited for is a work */
    mp_pool *pool;
    int is_single;     /* a submitted task, whose input and output are ours */
    int is_reported;   /* mp_as_completed has given it */
    mp_bytes returned; /* the output of a single task, of any size */
};

static int is_done(const void *what)
{
    return mpp_work_is_done(what);
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
        mpp_pool_add(pool, work);
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
    if (mpp_pool_wait(future->pool, is_done, future, mpp_deadline_ns(timeout))) {
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
        mpp_pool_wait(future->pool, is_done, future, 0);
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
    mpp_pool_wait(it->pool, is_done, it, MPP_NEVER);
    mpp_pool_remove(it->pool, &it->array.work);
    mpp_pool_leave(it->pool);
    destroy(it);
    *future = NULL;
    return MPI_SUCCESS;
}

/* ---- several ---- */

/* Futures that are waited for together. Those of one pool are looked at with its lock held all the
 * time; those of several, under the lock of each in turn, so that no two locks are held at once. */
struct several {
    mp_future *const *futures;
    int count;
    mp_when when;
    int has_one_pool;
    int first_open; /* those before it are known to be done */
};

static int begin_several(struct several *several, const char *name)
{
    if (!several->futures || several->count < 1) {
        return mpp_bad_argument(MPI_COMM_SELF, name, "there are no futures");
    }
    several->has_one_pool = 1;
    for (int i = 0; i < several->count; i++) {
        if (!several->futures[i]) {
            return mpp_bad_argument(MPI_COMM_SELF, name, "future %d is null", i);
        }
        several->has_one_pool &= several->futures[i]->pool == several->futures[0]->pool;
    }
    if (several->has_one_pool) {
        return mpp_pool_enter(several->futures[0]->pool, name, 1);
    }
    /* Each may be entered, so that nobody need ask again. */
    int error = MPI_SUCCESS;
    for (int i = 0; i < several->count && !error; i++) {
        error = mpp_pool_enter(several->futures[i]->pool, name, 1);
        if (!error) {
            mpp_pool_leave(several->futures[i]->pool);
        }
    }
    return error;
}

static void end_several(const struct several *several)
{
    if (several->has_one_pool) {
        mpp_pool_leave(several->futures[0]->pool);
    }
}

static int is_done_at(const struct several *several, int place, int *has_failed)
{
    mp_future *future = several->futures[place];
    const struct mpp_work *work = &future->array.work;
    if (!several->has_one_pool) {
        mpp_pool_enter(future->pool, "mp_wait", 1);
    }
    int done = mpp_work_is_done(work);
    *has_failed = done && work->failed_count > 0;
    if (!several->has_one_pool) {
        mpp_pool_leave(future->pool);
    }
    return done;
}

static int count_done(const struct several *several, int *failed)
{
    int done = 0;
    *failed = 0;
    for (int i = 0; i < several->count; i++) {
        int has_failed = 0;
        done += is_done_at(several, i, &has_failed);
        *failed += has_failed;
    }
    return done;
}

/* Looks at each only until it is done. */
static int all_are_done(struct several *several)
{
    int has_failed;
    while (several->first_open < several->count
           && is_done_at(several, several->first_open, &has_failed)) {
        several->first_open++;
    }
    return several->first_open == several->count;
}

static int are_done(const void *what)
{
    const struct several *several = what;
    if (several->when == MP_ALL_DONE) {
        return all_are_done((struct several *)what);
    }
    int failed = 0;
    int done = count_done(several, &failed);
    return done == several->count || (several->when == MP_FIRST_DONE && done > 0)
           || (several->when == MP_FIRST_FAILED && failed > 0);
}

static int next_unreported(const struct several *several)
{
    for (int i = 0; i < several->count; i++) {
        int has_failed = 0;
        if (!several->futures[i]->is_reported && is_done_at(several, i, &has_failed)) {
            return i;
        }
    }
    return -1;
}

static int has_unreported(const void *what)
{
    return next_unreported(what) >= 0;
}

/* Each pool in turn moves on for a little. */
static void wait_a_little(const struct several *several, const char *name)
{
    static const double little_s = 1e-4;
    mp_pool *last = NULL;
    for (int i = 0; i < several->count; i++) {
        mp_future *future = several->futures[i];
        if (future->pool != last && !mpp_pool_enter(future->pool, name, 1)) {
            mpp_pool_wait(future->pool, is_done, future, mpp_deadline_ns(little_s));
            mpp_pool_leave(future->pool);
            last = future->pool;
        }
    }
}

static int wait_several(const struct several *several, int (*is_over)(const void *what),
                        double timeout, const char *name)
{
    uint64_t deadline_ns = mpp_deadline_ns(timeout);
    int is_late = 0;
    if (several->has_one_pool) {
        is_late = mpp_pool_wait(several->futures[0]->pool, is_over, several, deadline_ns);
    }
    while (!several->has_one_pool && !is_late && !is_over(several)) {
        wait_a_little(several, name);
        is_late = mpp_is_past(deadline_ns) && !is_over(several);
    }
    return is_late ? mpp_state(MP_ERROR_TIMEOUT, name, "not done within %g s", timeout)
                   : MPI_SUCCESS;
}

int mp_wait(mp_future *const *futures, int count, mp_when when, double timeout, int *done)
{
    static const char name[] = "mp_wait";
    struct several several = {.futures = futures, .count = count, .when = when};
    int error = begin_several(&several, name);
    if (error) {
        return error;
    }
    error = wait_several(&several, are_done, timeout, name);
    int failed = 0;
    int done_count = count_done(&several, &failed);
    if (done) {
        *done = done_count;
    }
    end_several(&several);
    return error;
}

int mp_as_completed(mp_future *const *futures, int count, double timeout, int *place)
{
    static const char name[] = "mp_as_completed";
    struct several several = {.futures = futures, .count = count};
    if (!place) {
        return mpp_bad_argument(MPI_COMM_SELF, name, "place is null");
    }
    int error = begin_several(&several, name);
    if (error) {
        return error;
    }
    int reported = 0;
    for (int i = 0; i < count; i++) {
        reported += futures[i]->is_reported;
    }
    if (reported == count) {
        error = mpp_state(MP_ERROR_CLOSED, name, "all %d futures have been reported", count);
    } else {
        error = wait_several(&several, has_unreported, timeout, name);
    }
    if (!error) {
        *place = next_unreported(&several);
        futures[*place]->is_reported = 1;
    }
    end_several(&several);
    return error;
}
