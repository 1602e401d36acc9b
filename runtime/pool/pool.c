/* SPDX-License-Identifier: BSD-3-Clause */
/* Driving a pool: who waits gives out tasks, takes results and works. */
#include "pool/pool.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "pool/clock.h"
#include "pool/cpu.h"
#include "pool/error.h"
#include "pool/interrupt.h"
#include "pool/progress.h"
#include "pool/task.h"
#include "pool/threads.h"

/* ---- entering and leaving ---- */

/* Lets go of the one who sleeps in a receive with the lock held. */
static void wake_sleeper(mp_pool *pool)
{
    int me = 0;
    MPI_Comm_rank(pool->comm, &me);
    MPI_Send(NULL, 0, MPI_BYTE, me, MPP_TAG_WAKE, pool->comm);
}

/* Who wants the lock says so before he looks whether its holder sleeps, and the holder says that he
 * sleeps before he looks whether anybody wants it: one of the two sees the other. Returns 0, or
 * EDEADLK to the holder himself. */
static int lock(mp_pool *pool)
{
    if (!pthread_mutex_trylock(&pool->lock)) {
        return 0;
    }
    __atomic_add_fetch(&pool->wanted_count, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&pool->is_asleep, __ATOMIC_SEQ_CST)) {
        wake_sleeper(pool);
    }
    int error = pthread_mutex_lock(&pool->lock);
    __atomic_sub_fetch(&pool->wanted_count, 1, __ATOMIC_SEQ_CST);
    return error;
}

/* Whether an interrupt has come that the pool has not heard of: it drops what it does. */
static int heed_interrupt(mp_pool *pool)
{
    if (!mpp_interrupt_came() || pool->is_interrupted) {
        return 0;
    }
    pool->is_interrupted = 1;
    mpp_pool_cancel(pool);
    return 1;
}

int mpp_pool_enter(mp_pool *pool, const char *function, int even_closed)
{
    if (!pool) {
        return mpp_misuse(MP_ERROR_MEMBER, MPI_COMM_SELF, function,
                          "the pool is null: only its root has one");
    }
    if (lock(pool)) {
        return mpp_bad_argument(pool->user_comm, function,
                                "a callback, source or finalizer must not use the pool that calls "
                                "it: note what is to be done, and do it after the call");
    }
    heed_interrupt(pool);
    if (even_closed) {
        return MPI_SUCCESS;
    }
    int error = MPI_SUCCESS;
    if (pool->is_interrupted) {
        error = mpp_state(MP_ERROR_INTERRUPTED, function, "the pool was interrupted");
    } else if (pool->is_closed) {
        error = mpp_state(MP_ERROR_CLOSED, function, "the pool is closed: it takes no more tasks");
    }
    if (error) {
        pthread_mutex_unlock(&pool->lock);
    }
    return error;
}

void mpp_pool_leave(mp_pool *pool)
{
    pthread_mutex_unlock(&pool->lock);
}

/* ---- works ---- */

/* By address too: where a module was unloaded, another one's function may lie. */
static int definition_for(mp_pool *pool, const struct mpp_work *work)
{
    struct mpp_definition *known = (struct mpp_definition *)pool->definitions.bytes;
    int count = (int)(pool->definitions.used / sizeof *known);
    for (int i = 0; i < count; i++) {
        if (known[i].function == work->function && known[i].output_bytes == work->output_bytes
            && known[i].stop_on_failure == mpp_work_stops_chunks(work)
            && !memcmp(&known[i].address, &work->address, sizeof work->address)) {
            return i;
        }
    }
    struct mpp_definition *place = mpp_buffer_reserve(&pool->definitions, sizeof *place);
    if (!place) {
        return -1;
    }
    *place = (struct mpp_definition){.function = work->function,
                                     .address = work->address,
                                     .output_bytes = work->output_bytes,
                                     .stop_on_failure = mpp_work_stops_chunks(work)};
    pool->definitions.used += sizeof *place;
    return count;
}

static int check_options(mp_pool *pool, const mp_options *options, const char *name)
{
    if (options->chunk < 0 || options->window < 0 || options->retries < 0 ||
        options->time_limit < 0) {
        return mpp_bad_argument(pool->user_comm, name,
                                "chunk, window, retries and time_limit must not be negative");
    }
    if (options->time_limit > 0 && !pool->can_kill) {
        return mpp_misuse(
            MP_ERROR_UNSUPPORTED, pool->user_comm, name,
            "a time limit needs workers that can be ended and replaced: make the pool with "
            "`processes`, over an MPI that survives their deaths, as mprun does");
    }
    return MPI_SUCCESS;
}

int mpp_pool_prepare(mp_pool *pool, struct mpp_work *work, mp_function *function, int64_t count,
                     size_t input_bytes, size_t output_bytes, const mp_options *options,
                     const char *name)
{
    static const mp_options defaults;
    options = options ? options : &defaults;
    if (!function || count < 0) {
        return mpp_bad_argument(pool->user_comm, name,
                                function ? "the number of tasks is negative"
                                         : "the function is null");
    }
    int error = check_options(pool, options, name);
    if (error) {
        return error;
    }
    if (!pool->worker_count) {
        return mpp_state(MP_ERROR_PEER_DIED, name,
                         "no worker is left: all have died and could not be replaced");
    }
    work->function = function;
    work->input_bytes = input_bytes;
    work->output_bytes = output_bytes;
    work->options = *options;
    work->end = count;
    work->is_drawn = !work->class->draw;
    if (mpp_address_of((mpp_code *)function, &work->address)) {
        return mpp_misuse(
            MP_ERROR_BINARY, pool->user_comm, name,
            "the function is in no loaded module: functions made at run time cannot travel");
    }
    work->definition = definition_for(pool, work);
    return work->definition < 0
               ? mpp_no_memory(pool->user_comm, name, sizeof(struct mpp_definition))
               : MPI_SUCCESS;
}

void mpp_pool_add(mp_pool *pool, struct mpp_work *work)
{
    work->before = pool->last_work;
    work->next = NULL;
    *(work->before ? &work->before->next : &pool->works) = work;
    pool->last_work = work;
    pool->limited_count += work->options.time_limit > 0;
    pool->shown_count += work->options.progress != NULL;
    work->is_listed = 1;
    work->begun_ns = mpp_now_ns();
    mpp_threads_notify(pool);
}

static void unlist(mp_pool *pool, struct mpp_work *work)
{
    *(work->before ? &work->before->next : &pool->works) = work->next;
    *(work->next ? &work->next->before : &pool->last_work) = work->before;
    pool->limited_count -= work->options.time_limit > 0;
    pool->shown_count -= work->options.progress != NULL;
    work->is_listed = 0;
}

void mpp_pool_remove(mp_pool *pool, struct mpp_work *work)
{
    if (work->is_listed) {
        unlist(pool, work);
    }
    mpp_progress_end(work);
}

void mpp_pool_lose_worker(mp_pool *pool)
{
    pool->worker_count--;
    for (struct mpp_work *work = pool->works; work && !pool->worker_count; work = work->next) {
        mpp_work_abandon(work);
    }
}

static int order_of_index(const void *a, const void *b)
{
    const mp_failure *left = a;
    const mp_failure *right = b;
    return (left->index > right->index) - (left->index < right->index);
}

void mpp_pool_keep_failures(mp_pool *pool, struct mpp_work *work)
{
    free(pool->failures);
    pool->failures = (mp_failure *)work->failures.bytes;
    pool->failure_count = (int64_t)(work->failures.used / sizeof(mp_failure));
    work->failures = (struct mpp_buffer){0};
    if (pool->failure_count) {
        qsort(pool->failures, (size_t)pool->failure_count, sizeof(mp_failure), order_of_index);
    }
}

int mpp_pool_take(mp_pool *pool, const struct mpp_share *share, struct mpp_chunk *chunk)
{
    /* There may be a work for each of many thousand futures: those that are done leave the list
     * here, so that those in front of the first with tasks are under way, which are few. */
    struct mpp_work *next;
    for (struct mpp_work *work = pool->works; work; work = next) {
        next = work->next;
        int taken = mpp_work_take(work, share, chunk);
        if (taken) {
            return taken > 0;
        }
        if (mpp_work_is_done(work)) {
            unlist(pool, work);
        }
    }
    return 0;
}

/* ---- progress ---- */

/* Takes the frames that have come. Returns how many. */
static int take_frames(mp_pool *pool, int ready_count, int error)
{
    for (int i = 0; i < ready_count; i++) {
        int place = pool->ready[i];
        if (place == pool->link_count) {
            MPI_Irecv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, MPP_TAG_WAKE, pool->comm,
                      &pool->receives[place]);
        } else {
            mpp_link_take(&pool->links[place],
                          error == MPI_ERR_IN_STATUS ? pool->statuses[i].MPI_ERROR : error);
        }
    }
    return ready_count;
}

static int count_of_receives(const mp_pool *pool)
{
    return pool->link_count + 1;
}

static int test_receives(mp_pool *pool)
{
    int ready_count = 0;
    int error = MPI_Testsome(count_of_receives(pool), pool->receives, &ready_count, pool->ready,
                             pool->statuses);
    return ready_count == MPI_UNDEFINED ? 0 : take_frames(pool, ready_count, error);
}

int mpp_pool_progress(mp_pool *pool)
{
    if (!pool->link_count) {
        return 0;
    }
    int moved = test_receives(pool);
    for (int i = 0; i < pool->link_count; i++) {
        moved += mpp_link_feed(&pool->links[i]);
    }
    if (pool->limited_count) {
        uint64_t now_ns = mpp_now_ns();
        for (int i = 0; i < pool->link_count; i++) {
            mpp_link_check_time(&pool->links[i], now_ns);
        }
    }
    return moved;
}

/* ---- waiting ---- */

void mpp_pool_run_here(mp_pool *pool, const struct mpp_chunk *chunk, int rank, void *state,
                       struct mpp_buffer *scratch)
{
    struct mpp_work *work = chunk->work;
    struct mpp_run run = {
        .function = work->function,
        .first = chunk->first,
        .count = chunk->count,
        .attempt = chunk->attempt,
        .rank = rank,
        .state = state,
        .inputs = work->class->inputs(work, chunk->first, chunk->count, scratch),
        .input_bytes = work->input_bytes,
        .output_bytes = work->output_bytes,
        .stop_on_failure = mpp_work_stops_chunks(work),
    };
    if (!run.inputs) {
        mpp_work_refuse(chunk, rank);
        return;
    }
    if (run.output_bytes != MP_VARIABLE) {
        run.outputs = work->class->outputs(work, chunk->first);
    }
    pthread_mutex_unlock(&pool->lock);
    int budget_before = mpp_cpu_set_budget(pool->cpu_budget);
    uint64_t begin_ns = mpp_now_ns();
    mpp_run(&run);
    uint64_t elapsed_ns = mpp_now_ns() - begin_ns;
    mpp_cpu_set_budget(budget_before);
    lock(pool);
    struct mpp_outcome outcome = {.begun_count = run.begun_count,
                                  .elapsed_ns = elapsed_ns,
                                  .failures = (const mp_failure *)run.failures.bytes,
                                  .failure_count = mpp_run_failure_count(&run),
                                  .returned = run.returned.bytes};
    if (run.no_memory) {
        mpp_work_refuse(chunk, rank);
    } else {
        mpp_work_finish(chunk, &outcome);
    }
    mpp_run_free(&run);
}

/* The root's own share of the work. */
static int work_here(mp_pool *pool)
{
    struct mpp_share share = {.workers = pool->worker_count, .done_count = pool->own_count};
    struct mpp_chunk chunk;
    if (!pool->root_works || !mpp_pool_take(pool, &share, &chunk)) {
        return 0;
    }
    pool->own_count += chunk.count;
    mpp_pool_run_here(pool, &chunk, 0, pool->state, &pool->scratch);
    return 1;
}

static int has_under_way(const mp_pool *pool)
{
    for (int i = 0; i < pool->link_count; i++) {
        if (pool->links[i].chunk_count || pool->links[i].state == MPP_LINK_STARTING
            || pool->links[i].state == MPP_LINK_ENDING) {
            return 1;
        }
    }
    return 0;
}

/* Sleeps until a frame comes. The lock stays held: who wants it sends a message to this rank, see
 * lock(). */
static void sleep_in_receive(mp_pool *pool)
{
    int ready_count = 0;
    int error = MPI_SUCCESS;
    __atomic_store_n(&pool->is_asleep, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&pool->wanted_count, __ATOMIC_SEQ_CST)) {
        error = MPI_Waitsome(count_of_receives(pool), pool->receives, &ready_count, pool->ready,
                             pool->statuses);
    }
    __atomic_store_n(&pool->is_asleep, 0, __ATOMIC_SEQ_CST);
    take_frames(pool, ready_count, error);
    if (pool->is_threaded) {
        /* Lets those in who asked. */
        pthread_mutex_unlock(&pool->lock);
        sched_yield();
        lock(pool);
    }
}

/* Waits a little with the lock free: longer and longer while nothing moves. */
static void pause_step(mp_pool *pool, int idle_steps)
{
    pthread_mutex_unlock(&pool->lock);
    if (idle_steps < 1000) {
        sched_yield();
    } else {
        long nap_ns = idle_steps < 2000 ? 20000 : 200000;
        nanosleep(&(struct timespec){.tv_nsec = nap_ns}, NULL);
    }
    lock(pool);
}

/* Nothing can be done here until a worker answers, or time passes. */
static void rest(mp_pool *pool, uint64_t deadline_ns, int idle_steps)
{
    if (pool->threads) {
        mpp_threads_wait(pool, deadline_ns);
    } else if (deadline_ns == MPP_NEVER && !pool->can_kill && has_under_way(pool)) {
        sleep_in_receive(pool);
    } else {
        pause_step(pool, idle_steps);
    }
}

void mpp_pool_cancel(mp_pool *pool)
{
    for (struct mpp_work *work = pool->works; work; work = work->next) {
        mpp_work_cancel(work);
    }
    for (int i = 0; i < pool->link_count; i++) {
        struct mpp_link *link = &pool->links[i];
        if (link->chunk_count && (!pool->can_kill || !mpp_link_kill(link))) {
            mpp_link_stop(link);
        }
    }
}

/* Whether nobody else runs tasks: then even a wait with a time limit must. */
static int is_alone(const mp_pool *pool)
{
    return pool->root_works && pool->worker_count == 1;
}

/* What a waiting thread can do for the pool itself. Returns whether it did something. */
static int wait_step(mp_pool *pool, uint64_t deadline_ns)
{
    if (heed_interrupt(pool)) {
        return 1;
    }
    int moved = (deadline_ns == MPP_NEVER || is_alone(pool)) && work_here(pool);
    if (pool->shown_count) {
        mpp_progress_show(pool->works);
    }
    return moved;
}

int mpp_pool_wait(mp_pool *pool, int (*is_done)(const void *what), const void *what,
                  uint64_t deadline_ns)
{
    int moved = mpp_pool_progress(pool);
    if (is_done(what)) {
        return 0;
    }
    int idle_steps = 0;
    int is_over = 0;
    mpp_interrupt_begin();
    while (!is_done(what) && !is_over) {
        moved += wait_step(pool, deadline_ns);
        idle_steps = moved || is_done(what) ? 0 : idle_steps + 1;
        if (idle_steps) {
            rest(pool, deadline_ns, idle_steps);
        }
        moved = mpp_pool_progress(pool);
        is_over = mpp_is_past(deadline_ns);
    }
    mpp_interrupt_end();
    return is_done(what) ? 0 : -1;
}
