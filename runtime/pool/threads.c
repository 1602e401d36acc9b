/* SPDX-License-Identifier: BSD-3-Clause */
/* A pool over threads of one rank. */
#include "pool/threads.h"

#include <errno.h>
#include <stdlib.h>

#include "pool/clock.h"
#include "pool/cpu.h"
#include "pool/error.h"
#include "pool/pool.h"

struct worker {
    pthread_t thread;
    mp_pool *pool;
    int number;
    int64_t done_count;
    void *state;
    struct mpp_buffer scratch;
};

struct mpp_threads {
    pthread_cond_t work_came;
    pthread_cond_t chunk_ended;
    int count;
    int starting_count;
    int failed_code;   /* of an initializer */
    int is_ending;
    struct worker workers[];
};

static int take(struct worker *worker, struct mpp_chunk *chunk)
{
    struct mpp_share share = {.workers = worker->pool->worker_count,
                              .done_count = worker->done_count};
    return mpp_pool_take(worker->pool, &share, chunk);
}

static void work(struct worker *worker)
{
    mp_pool *pool = worker->pool;
    struct mpp_threads *threads = pool->threads;
    while (!threads->is_ending) {
        struct mpp_chunk chunk;
        if (!take(worker, &chunk)) {
            pthread_cond_wait(&threads->work_came, &pool->lock);
            continue;
        }
        mpp_pool_run_here(pool, &chunk, worker->number, worker->state, &worker->scratch);
        worker->done_count += chunk.count;
        pthread_cond_broadcast(&threads->chunk_ended);
    }
}

static void *thread_main(void *argument)
{
    struct worker *worker = argument;
    mp_pool *pool = worker->pool;
    const mp_pool_options *options = &pool->options;
    mpp_cpu_set_budget(pool->cpu_budget);
    int code = options->initializer ? options->initializer(options->argument,
                                                           options->argument_bytes, &worker->state)
                                    : 0;
    pthread_mutex_lock(&pool->lock);
    struct mpp_threads *threads = pool->threads;
    threads->starting_count--;
    threads->failed_code = threads->failed_code ? threads->failed_code : code;
    pthread_cond_broadcast(&threads->chunk_ended);
    work(worker);
    pthread_mutex_unlock(&pool->lock);
    if (options->finalizer && !code) {
        options->finalizer(worker->state);
    }
    mpp_buffer_free(&worker->scratch);
    return NULL;
}

static void make_conditions(struct mpp_threads *threads)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&threads->work_came, &attributes);
    pthread_cond_init(&threads->chunk_ended, &attributes);
    pthread_condattr_destroy(&attributes);
}

int mpp_threads_start(mp_pool *pool, int count, const char *function)
{
    struct mpp_threads *threads =
        calloc(1, sizeof *threads + (size_t)count * sizeof(struct worker));
    if (!threads) {
        return mpp_no_memory(pool->user_comm, function, sizeof *threads);
    }
    make_conditions(threads);
    pthread_mutex_lock(&pool->lock);
    pool->threads = threads;
    int error = 0;
    while (threads->count < count && !error) {
        struct worker *worker = &threads->workers[threads->count];
        worker->pool = pool;
        worker->number = threads->count + 1;
        error = pthread_create(&worker->thread, NULL, thread_main, worker);
        threads->count += !error;
        threads->starting_count += !error;
    }
    while (threads->starting_count) {
        pthread_cond_wait(&threads->chunk_ended, &pool->lock);
    }
    int code = threads->failed_code;
    if (error || code) {
        mpp_threads_end(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    if (error) {
        return mpp_bad_argument(pool->user_comm, function, "the system refuses %d threads", count);
    }
    return code
               ? mpp_state(MP_ERROR_TASK, function, "the initializer returned %d in a worker", code)
               : MPI_SUCCESS;
}

void mpp_threads_notify(mp_pool *pool)
{
    if (pool->threads) {
        pthread_cond_broadcast(&pool->threads->work_came);
    }
}

void mpp_threads_look_again(mp_pool *pool)
{
    if (pool->threads) {
        pthread_cond_broadcast(&pool->threads->chunk_ended);
    }
}

void mpp_threads_wait(mp_pool *pool, uint64_t deadline_ns)
{
    /* Not for ever, since an interrupt must be seen. */
    static const uint64_t look_ns = 100000000;
    uint64_t until_ns = mpp_now_ns() + look_ns;
    until_ns = deadline_ns < until_ns ? deadline_ns : until_ns;
    struct timespec until = {.tv_sec = (time_t)(until_ns / 1000000000),
                             .tv_nsec = (long)(until_ns % 1000000000)};
    pthread_cond_timedwait(&pool->threads->chunk_ended, &pool->lock, &until);
}

void mpp_threads_end(mp_pool *pool)
{
    struct mpp_threads *threads = pool->threads;
    threads->is_ending = 1;
    pthread_cond_broadcast(&threads->work_came);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < threads->count; i++) {
        pthread_join(threads->workers[i].thread, NULL);
    }
    pthread_mutex_lock(&pool->lock);
    pthread_cond_destroy(&threads->work_came);
    pthread_cond_destroy(&threads->chunk_ended);
    pool->threads = NULL;
    free(threads);
}
