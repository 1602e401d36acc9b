/* SPDX-License-Identifier: BSD-3-Clause */
/* Futures that are waited for together.
 *
 * Each pool lists its futures that are done and that mp_as_completed has not reported, in the order
 * in which they ended. So a call that is given many thousand futures over and over looks at one or
 * two of them: at the first in the list, and whether it is where the array had it before; and where
 * it must wait, at one that is not reported yet. Only what finds neither looks at the whole array,
 * which alone decides. */
#include "pool/clock.h"
#include "pool/error.h"
#include "pool/future.h"
#include "pool/pool.h"
#include "pool/threads.h"

enum { LOOKS = 16 }; /* at futures in the list, which may belong to another array */

/* ---- the list ---- */

static void add_last(mp_future *future)
{
    mp_pool *pool = future->pool;
    future->before = pool->last_done;
    future->next = NULL;
    *(future->before ? &future->before->next : &pool->first_done) = future;
    pool->last_done = future;
    future->is_listed = 1;
}

void mpp_future_forget(mp_future *future)
{
    mp_pool *pool = future->pool;
    if (future->is_listed) {
        *(future->before ? &future->before->next : &pool->first_done) = future->next;
        *(future->next ? &future->next->before : &pool->last_done) = future->before;
        future->is_listed = 0;
    }
}

void mpp_future_tell(struct mpp_work *work)
{
    mp_future *future = (mp_future *)work;
    future->pool->done_count++;
    add_last(future);
}

/* ---- the array ---- */

/* Futures of one pool are looked at with its lock held all the time; those of several, under the
 * lock of each in turn, so that no two locks are held at once. */
struct several {
    mp_future *const *futures;
    int count;
    mp_when when;
    int has_one_pool;
    int first_open;       /* those before it are known to be done */
    int has_looked;       /* at all, */
    uint64_t looked_done; /* when so many futures of the one pool were done */
    int is_over;          /* enough of them are done */
    int found;            /* one that is done and was not reported; -1: none yet */
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

/* Whether looking at all of them may tell more than it did the last time. */
static int is_worth_a_look(struct several *several)
{
    if (!several->has_one_pool) {
        return 1;
    }
    uint64_t done_count = several->futures[0]->pool->done_count;
    int is_new = !several->has_looked || several->looked_done != done_count;
    several->has_looked = 1;
    several->looked_done = done_count;
    return is_new;
}

static int are_done(const void *what)
{
    struct several *several = (struct several *)what;
    if (several->when == MP_ALL_DONE) {
        return all_are_done(several);
    }
    if (!several->is_over && is_worth_a_look(several)) {
        int failed = 0;
        int done = count_done(several, &failed);
        several->is_over = done == several->count || (several->when == MP_FIRST_DONE && done > 0)
                           || (several->when == MP_FIRST_FAILED && failed > 0);
    }
    return several->is_over;
}

/* Each pool in turn moves on for a little. */
static void wait_a_little(const struct several *several, const char *name)
{
    static const double little_s = 1e-4;
    mp_pool *last = NULL;
    for (int i = 0; i < several->count; i++) {
        mp_future *future = several->futures[i];
        if (future->pool != last && !mpp_pool_enter(future->pool, name, 1)) {
            mpp_pool_wait(future->pool, mpp_future_is_done, future, mpp_deadline_ns(little_s));
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

/* ---- the next one ---- */

/* The place of one in the list that still is where the array had it before; -1: none is found. */
static int first_listed(const struct several *several)
{
    mp_pool *pool = several->futures[0]->pool;
    for (int look = 0; look < LOOKS && pool->first_done; look++) {
        mp_future *future = pool->first_done;
        if (future->place < several->count && several->futures[future->place] == future) {
            return future->place;
        }
        mpp_future_forget(future);
        add_last(future);
    }
    return -1;
}

/* The first that is done and was not reported; -1: none. The caller may have put others into the
 * array since it was looked over. */
static int first_of_all(const struct several *several)
{
    for (int i = 0; i < several->count; i++) {
        mp_future *future = several->futures[i];
        int is_here = future && future->pool == several->futures[0]->pool;
        int has_failed = 0;
        if (several->has_one_pool && is_here) {
            future->place = i;
        }
        if ((is_here || !several->has_one_pool) && !future->is_reported
            && is_done_at(several, i, &has_failed)) {
            return i;
        }
    }
    return -1;
}

static void await_array(const struct several *several)
{
    several->futures[0]->pool->awaited =
        (struct mpp_array){.futures = several->futures, .count = several->count};
}

/* Says how many were reported, and remembers where each is. */
static int look_over(const struct several *several)
{
    int reported = 0;
    for (int i = 0; i < several->count; i++) {
        reported += several->futures[i]->is_reported;
        if (several->has_one_pool) {
            several->futures[i]->place = i;
        }
    }
    return reported;
}

static int is_known(const struct several *several)
{
    const struct mpp_array *awaited = &several->futures[0]->pool->awaited;
    return awaited->futures == several->futures && awaited->count == several->count;
}

/* Whether one of an array of one pool was not reported. No, too, where the caller has put something
 * into it that only another look over all of it can tell. */
static int has_open(const struct several *several)
{
    mp_pool *pool = several->futures[0]->pool;
    if (!is_known(several)) {
        await_array(several);
    }
    for (; pool->awaited.first_open < several->count; pool->awaited.first_open++) {
        const mp_future *future = several->futures[pool->awaited.first_open];
        if (!future || future->pool != pool || !future->is_reported) {
            return future && future->pool == pool;
        }
    }
    return 0;
}

/* Whether the wait is over: one is found, or other threads have reported all. */
static int has_next(const void *what)
{
    struct several *several = (struct several *)what;
    if (!several->has_one_pool) {
        several->found = first_of_all(several);
        return several->found >= 0 || look_over(several) == several->count;
    }
    if (several->found >= 0 && several->futures[several->found]->is_reported) {
        several->found = -1;
    }
    if (several->found < 0) {
        several->found = first_listed(several);
    }
    if (several->found < 0 && is_worth_a_look(several)) {
        several->found = first_of_all(several);
    }
    return several->found >= 0 || !has_open(several);
}

static void note_reported(mp_future *future)
{
    future->is_reported = 1;
    mpp_future_forget(future);
    mpp_threads_look_again(future->pool);
}

/* Reports the one that was found, unless another thread has. */
static int report(const struct several *several)
{
    mp_future *future = several->futures[several->found];
    if (!several->has_one_pool) {
        mpp_pool_enter(future->pool, "mp_as_completed", 1);
    }
    int is_ours = !future->is_reported;
    if (is_ours) {
        note_reported(future);
    }
    if (!several->has_one_pool) {
        mpp_pool_leave(future->pool);
    }
    return is_ours;
}

/* Reports the next one of an array that was looked over by an earlier call. several->found stays -1
 * if it was not, or should be again. */
static int report_known(struct several *several, double timeout, const char *name)
{
    if (!several->futures || several->count < 1 || !several->futures[0]) {
        return MPI_SUCCESS; /* report_next tells what is wrong */
    }
    mp_pool *pool = several->futures[0]->pool;
    int error = mpp_pool_enter(pool, name, 1);
    if (error) {
        return error;
    }
    mpp_pool_progress(pool);
    several->has_one_pool = 1;
    several->found = first_listed(several);
    if (several->found < 0 && is_known(several) && has_open(several)) {
        several->has_looked = !pool->first_done; /* then none of them is done */
        several->looked_done = pool->done_count;
        error = wait_several(several, has_next, timeout, name);
    }
    if (!error && several->found >= 0) {
        report(several);
    }
    mpp_pool_leave(pool);
    return error;
}

static int report_next(struct several *several, double timeout, const char *name)
{
    int error = begin_several(several, name);
    if (error) {
        return error;
    }
    look_over(several);
    if (several->has_one_pool) {
        await_array(several);
    }
    several->has_looked = 0;
    do {
        error = wait_several(several, has_next, timeout, name);
    } while (!error && several->found >= 0 && !report(several));
    if (!error && several->found < 0) {
        error =
            mpp_state(MP_ERROR_CLOSED, name, "all %d futures have been reported", several->count);
    }
    end_several(several);
    return error;
}

int mp_as_completed(mp_future *const *futures, int count, double timeout, int *place)
{
    static const char name[] = "mp_as_completed";
    struct several several = {.futures = futures, .count = count, .found = -1};
    if (!place) {
        return mpp_bad_argument(MPI_COMM_SELF, name, "place is null");
    }
    int error = report_known(&several, timeout, name);
    if (!error && several.found < 0) {
        error = report_next(&several, timeout, name);
    }
    if (!error) {
        *place = several.found;
    }
    return error;
}
