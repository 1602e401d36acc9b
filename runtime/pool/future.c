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
                 size_t input_bytes, size_t output_bytes, const mp_options *options, const char *name)
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

int mp_pool_map_async(mp_pool *pool, mp_function *function, const void *input, int64_t count,
                      size_t input_bytes, void *output, size_t output_bytes,
                      const mp_options *options, mp_future **future)
{
    static const char name[] = "mp_pool_map_async";
    if (!future || (count > 0 && ((!input && input_bytes) || (!output && output_bytes)))) {
        return mpp_bad_argument(pool ? pool->user_comm : MPI_COMM_SELF, name, "%s is null",
                                future ? "input or output" : "the future's address");
    }
    *future = NULL;
    mp_future *made = calloc(1, sizeof *made);
    if (!made) {
        return mpp_no_memory(MPI_COMM_SELF, name, sizeof *made);
    }
    made->array.input = input;
    made->array.output = output;
    if (output_bytes == MP_VARIABLE && count > 0) {
        memset(output, 0, (size_t)count * sizeof(mp_bytes));
    }
    int error = begin(pool, made, function, count, input_bytes, output_bytes, options, name);
    if (error) {
        destroy(made);
        return error;
    }
    *future = made;
    return MPI_SUCCESS;
}

/* ---- asking ---- */

static int enter(mp_future *future, const char *name)
{
    return future ? mpp_pool_enter(future->pool, name, 1)
                  : mpp_bad_argument(MPI_COMM_SELF, name, "the future is null");
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
    int error = enter(future, name);
    if (!error) {
        error = wait_for(future, timeout, name);
        mpp_pool_leave(future->pool);
    }
    return error;
}

int mp_future_get(mp_future *future, const void **output, size_t *bytes, double timeout)
{
    static const char name[] = "mp_future_get";
    int error = enter(future, name);
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
    int error = enter(future, "mp_future_state");
    if (!error) {
        mpp_pool_progress(future->pool);
        *state = state_of(&future->array.work);
        mpp_pool_leave(future->pool);
    }
    return error;
}

int mp_future_failure(mp_future *future, const mp_failure **failure)
{
    int error = enter(future, "mp_future_failure");
    if (!error) {
        const struct mpp_work *work = &future->array.work;
        *failure = work->failed_count ? (const mp_failure *)work->failures.bytes : NULL;
        mpp_pool_leave(future->pool);
    }
    return error;
}

int mp_future_cancel(mp_future *future, int *cancelled)
{
    int error = enter(future, "mp_future_cancel");
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
    int error = enter(it, "mp_future_free");
    if (error) {
        return error;
    }
    /* What it began is waited for, because its arrays are in use; what it did not begin is dropped. */
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

struct several {
    mp_future *const *futures;
    int count;
    mp_when when;
};

static int count_done(const struct several *several, int *failed)
{
    int done = 0;
    *failed = 0;
    for (int i = 0; i < several->count; i++) {
        const struct mpp_work *work = &several->futures[i]->array.work;
        done += mpp_work_is_done(work);
        *failed += mpp_work_is_done(work) && work->failed_count > 0;
    }
    return done;
}

static int are_done(const void *what)
{
    const struct several *several = what;
    int failed = 0;
    int done = count_done(several, &failed);
    return done == several->count || (several->when == MP_FIRST_DONE && done > 0)
           || (several->when == MP_FIRST_FAILED && failed > 0);
}

static int next_unreported(const struct several *several)
{
    for (int i = 0; i < several->count; i++) {
        const mp_future *future = several->futures[i];
        if (!future->is_reported && mpp_work_is_done(&future->array.work)) {
            return i;
        }
    }
    return -1;
}

static int has_unreported(const void *what)
{
    return next_unreported(what) >= 0;
}

/* All futures of one pool: waits there. Of several: each pool in turn moves on for a little. */
static int wait_several(const struct several *several, int (*is_over)(const void *what), double timeout)
{
    uint64_t deadline_ns = mpp_deadline_ns(timeout);
    mp_pool *first = several->futures[0]->pool;
    int has_one_pool = 1;
    for (int i = 1; i < several->count; i++) {
        has_one_pool &= several->futures[i]->pool == first;
    }
    if (has_one_pool) {
        return mpp_pool_wait(first, is_over, several, deadline_ns);
    }
    while (!is_over(several)) {
        for (int i = 0; i < several->count && !is_over(several); i++) {
            mp_pool *pool = several->futures[i]->pool;
            double little = timeout == 0 ? 0 : 1e-4;
            if (pool != first) {
                pthread_mutex_lock(&pool->lock);
            }
            mpp_pool_wait(pool, is_over, several, mpp_deadline_ns(little));
            if (pool != first) {
                pthread_mutex_unlock(&pool->lock);
            }
        }
        if (mpp_is_past(deadline_ns)) {
            break;
        }
    }
    return is_over(several) ? 0 : -1;
}

static int check_several(mp_future *const *futures, int count, const char *name)
{
    if (!futures || count < 1) {
        return mpp_bad_argument(MPI_COMM_SELF, name, "there are no futures");
    }
    for (int i = 0; i < count; i++) {
        if (!futures[i]) {
            return mpp_bad_argument(MPI_COMM_SELF, name, "future %d is null", i);
        }
    }
    return MPI_SUCCESS;
}

int mp_wait(mp_future *const *futures, int count, mp_when when, double timeout, int *done)
{
    static const char name[] = "mp_wait";
    struct several several = {.futures = futures, .count = count, .when = when};
    int error = check_several(futures, count, name);
    if (!error) {
        error = enter(futures[0], name);
    }
    if (error) {
        return error;
    }
    if (wait_several(&several, are_done, timeout)) {
        error = mpp_state(MP_ERROR_TIMEOUT, name, "not done within %g s", timeout);
    }
    int failed = 0;
    int done_count = count_done(&several, &failed);
    if (done) {
        *done = done_count;
    }
    mpp_pool_leave(futures[0]->pool);
    return error;
}

int mp_as_completed(mp_future *const *futures, int count, double timeout, int *place)
{
    static const char name[] = "mp_as_completed";
    struct several several = {.futures = futures, .count = count};
    int error = check_several(futures, count, name);
    if (!error && !place) {
        error = mpp_bad_argument(MPI_COMM_SELF, name, "place is null");
    }
    if (!error) {
        error = enter(futures[0], name);
    }
    if (error) {
        return error;
    }
    int reported = 0;
    for (int i = 0; i < count; i++) {
        reported += futures[i]->is_reported;
    }
    if (reported == count) {
        error = mpp_state(MP_ERROR_CLOSED, name, "all %d futures have been reported", count);
    } else if (wait_several(&several, has_unreported, timeout)) {
        error = mpp_state(MP_ERROR_TIMEOUT, name, "none was done within %g s", timeout);
    } else {
        *place = next_unreported(&several);
        futures[*place]->is_reported = 1;
    }
    mpp_pool_leave(futures[0]->pool);
    return error;
}
