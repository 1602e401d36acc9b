/* SPDX-License-Identifier: BSD-3-Clause */
/* How pools begin and end. */
#include <stdlib.h>

#include "pool/cpu.h"
#include "pool/error.h"
#include "pool/interrupt.h"
#include "pool/left.h"
#include "pool/pool.h"
#include "pool/replace.h"
#include "pool/threads.h"
#include "pool/worker.h"

static const char create_name[] = "mp_pool_create";

/* ---- beginning ---- */

static int allocate_links(mp_pool *pool, int count)
{
    pool->links = calloc((size_t)count, sizeof *pool->links);
    pool->receives = calloc((size_t)count + 1, sizeof *pool->receives);
    pool->ready = calloc((size_t)count + 1, sizeof *pool->ready);
    pool->statuses = calloc((size_t)count + 1, sizeof *pool->statuses);
    if (!pool->links || !pool->receives || !pool->ready || !pool->statuses) {
        return mpp_no_memory(pool->user_comm, create_name, (size_t)count * sizeof *pool->links);
    }
    for (int i = 0; i <= count; i++) {
        pool->receives[i] = MPI_REQUEST_NULL;
    }
    return MPI_SUCCESS;
}

/* Greets the other ranks of the communicator. */
static int open_ranks(mp_pool *pool, int root, int size)
{
    for (int rank = 0; rank < size; rank++) {
        if (rank != root) {
            int place = pool->link_count++;
            int error = mpp_link_open(&pool->links[place], pool, &pool->receives[place], pool->comm,
                                      rank, place + 1, 0);
            if (error) {
                return mpp_from_mpi(error, create_name);
            }
        }
    }
    return MPI_SUCCESS;
}

static int open_processes(mp_pool *pool, int count)
{
    for (int i = 0; i < count; i++) {
        MPI_Comm comm = MPI_COMM_NULL;
        int error = mpp_spawn(MPP_ROLE_WORKER, create_name, &comm);
        if (error) {
            return error;
        }
        int place = pool->link_count++;
        error =
            mpp_link_open(&pool->links[place], pool, &pool->receives[place], comm, 0, place + 1, 1);
        if (error) {
            return mpp_from_mpi(error, create_name);
        }
    }
    return MPI_SUCCESS;
}

static int all_have_answered(const void *what)
{
    const mp_pool *pool = what;
    for (int i = 0; i < pool->link_count; i++) {
        if (pool->links[i].state == MPP_LINK_STARTING) {
            return 0;
        }
    }
    return 1;
}

/* Waits for the workers, and says what is wrong with the first that is not ready. */
static int await_ready(mp_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    mpp_pool_wait(pool, all_have_answered, pool, UINT64_MAX);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->link_count; i++) {
        const struct mpp_link *link = &pool->links[i];
        if (link->ready_error == MP_ERROR_TASK) {
            return mpp_state(MP_ERROR_TASK, create_name, "the initializer returned %d in worker %d",
                             link->ready_code, link->number);
        }
        if (link->ready_error == MP_ERROR_BINARY) {
            return mpp_misuse(
                MP_ERROR_BINARY, pool->user_comm, create_name,
                "worker %d runs another binary, which does not have the initializer; start "
                "the same program everywhere",
                link->number);
        }
        if (link->ready_error == MPP_READY_NO_MEMORY) {
            mpp_state(MP_ERROR_TASK, create_name,
                      "worker %d has no memory for the initializer's argument of %zu bytes",
                      link->number, pool->options.argument_bytes);
            return MPI_ERR_NO_MEM;
        }
        if (link->ready_error >= 0) {
            return mpp_state(MP_ERROR_PEER_DIED, create_name, "worker %d died in its start",
                             link->number);
        }
    }
    return MPI_SUCCESS;
}

static int start_root_as_worker(mp_pool *pool)
{
    const mp_pool_options *options = &pool->options;
    int has_others = pool->link_count || pool->threads;
    pool->root_works = !has_others || !(options->idle_root || options->processes || pool->threads);
    pool->worker_count =
        pool->link_count + (pool->threads ? options->threads : 0) + pool->root_works;
    if (!pool->root_works || !options->initializer) {
        return MPI_SUCCESS;
    }
    int code = options->initializer(options->argument, options->argument_bytes, &pool->state);
    if (!code) {
        pool->has_state = 1;
        return MPI_SUCCESS;
    }
    return mpp_state(MP_ERROR_TASK, create_name, "the initializer returned %d in the root", code);
}

static int start_workers(mp_pool *pool, int root, int size)
{
    const mp_pool_options *options = &pool->options;
    int count = options->threads ? 0 : options->processes ? options->processes : size - 1;
    int provided = MPI_THREAD_SINGLE;
    MPI_Query_thread(&provided);
    pool->is_threaded = provided >= MPI_THREAD_SERIALIZED;
    pool->can_kill = options->processes > 0 && mpp_survives_deaths();
    int root_works = !(options->idle_root || options->processes || options->threads);
    int are_new = options->threads || options->processes;
    pool->cpu_budget =
        mpp_cpu_share(options->threads ? options->threads : count + root_works, are_new);
    pool->worker_count = count + 1;
    int error = allocate_links(pool, count);
    if (!error && options->threads) {
        error = mpp_threads_start(pool, options->threads, create_name);
    } else if (!error && options->processes) {
        error = open_processes(pool, options->processes);
    } else if (!error) {
        error = open_ranks(pool, root, size);
    }
    if (!error && count) {
        error =
            MPI_Irecv(NULL, 0, MPI_BYTE, root, MPP_TAG_WAKE, pool->comm, &pool->receives[count]);
        error = error ? mpp_from_mpi(error, create_name) : await_ready(pool);
    }
    return error ? error : start_root_as_worker(pool);
}

/* ---- ending ---- */

static int all_are_gone(const void *what)
{
    const mp_pool *pool = what;
    for (int i = 0; i < pool->link_count; i++) {
        if (pool->links[i].state != MPP_LINK_GONE) {
            return 0;
        }
    }
    return 1;
}

/* With the lock held. */
static void end_workers(mp_pool *pool)
{
    if (pool->threads) {
        mpp_threads_end(pool);
    }
    for (int i = 0; i < pool->link_count; i++) {
        if (pool->links[i].state == MPP_LINK_READY || pool->links[i].state == MPP_LINK_STARTING) {
            mpp_link_end(&pool->links[i]);
        }
    }
    mpp_pool_wait(pool, all_are_gone, pool, UINT64_MAX);
    if (pool->options.finalizer && pool->has_state) {
        pool->options.finalizer(pool->state);
        pool->has_state = 0;
    }
}

static void cancel_wake(mp_pool *pool)
{
    if (pool->receives && pool->receives[pool->link_count] != MPI_REQUEST_NULL) {
        MPI_Cancel(&pool->receives[pool->link_count]);
        MPI_Wait(&pool->receives[pool->link_count], MPI_STATUS_IGNORE);
    }
}

void mpp_pool_end(mp_pool *pool)
{
    if (mpp_pool_enter(pool, "MPI_Finalize", 1)) {
        return;
    }
    pool->is_closed = 1;
    pool->is_terminated = 1;
    mpp_pool_cancel(pool);
    end_workers(pool);
    mpp_pool_leave(pool);
    cancel_wake(pool);
}

static void destroy(mp_pool *pool)
{
    mpp_interrupt_remove();
    cancel_wake(pool);
    for (int i = 0; i < pool->link_count; i++) {
        mpp_link_free(&pool->links[i]);
    }
    if (pool->comm != MPI_COMM_NULL) {
        MPI_Comm_free(&pool->comm);
    }
    mpp_shared_free(&pool->argument);
    mpp_buffer_free(&pool->definitions);
    mpp_buffer_free(&pool->scratch);
    pthread_mutex_destroy(&pool->lock);
    free(pool->failures);
    free(pool->links);
    free(pool->receives);
    free(pool->ready);
    free(pool->statuses);
    free(pool);
}

/* ---- the public functions ---- */

/* What every rank is asked for. */
static int check_call(MPI_Comm comm, int root, int size, mp_pool **pool)
{
    if (!pool) {
        return mpp_bad_argument(comm, create_name, "the pool's address is null");
    }
    if (root < 0 || root >= size) {
        return mpp_bad_argument(comm, create_name, "root is %d; the communicator has ranks 0 to %d",
                                root, size - 1);
    }
    return MPI_SUCCESS;
}

/* What is read at the root only. */
static int check_options(MPI_Comm comm, const mp_pool_options *options)
{
    if (options->processes < 0 || options->threads < 0 || options->tasks_per_worker < 0) {
        return mpp_bad_argument(comm, create_name,
                                "processes, threads and tasks_per_worker must not be negative");
    }
    if (options->processes && options->threads) {
        return mpp_bad_argument(comm, create_name,
                                "a pool is over processes or over threads, not both");
    }
    if (!options->argument && options->argument_bytes) {
        return mpp_bad_argument(comm, create_name,
                                "the initializer's argument is null, with %zu bytes",
                                options->argument_bytes);
    }
    return MPI_SUCCESS;
}

/* What the other ranks do. */
static int serve(MPI_Comm comm, int root, int is_worker)
{
    int error = is_worker ? mpp_worker_serve(comm, root) : MPI_SUCCESS;
    error = error ? mpp_from_mpi(error, create_name) : MPI_SUCCESS;
    MPI_Comm_free(&comm);
    return error;
}

/* Callbacks are called with the lock held, and are to hear of it when they use the pool. */
static void make_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

/* Before the others hear of it, so that they need not wait for a pool that is not to be. */
static int make_pool(MPI_Comm user_comm, const mp_pool_options *options, mp_pool **made)
{
    int error = check_options(user_comm, options);
    if (error) {
        return error;
    }
    mp_pool *pool = calloc(1, sizeof *pool);
    if (!pool || mpp_shared_make(&pool->argument, options->argument, options->argument_bytes)) {
        free(pool);
        return mpp_no_memory(user_comm, create_name, sizeof *pool + options->argument_bytes);
    }
    make_lock(&pool->lock);
    mpp_interrupt_install();
    pool->user_comm = user_comm;
    pool->comm = MPI_COMM_NULL;
    pool->options = *options;
    pool->options.argument = pool->argument.bytes;
    *made = pool;
    return MPI_SUCCESS;
}

/* Frees what is ours when it fails. */
static int create_at_root(mp_pool *pool, MPI_Comm comm, int root, int size, mp_pool **result)
{
    pool->comm = comm;
    int error = start_workers(pool, root, size);
    if (!error) {
        error = mpp_left_add(pool);
        error = error ? mpp_from_mpi(error, create_name) : MPI_SUCCESS;
    }
    if (error) {
        pthread_mutex_lock(&pool->lock);
        end_workers(pool);
        pthread_mutex_unlock(&pool->lock);
        destroy(pool);
        return error;
    }
    pool->is_made = 1;
    *result = pool;
    return MPI_SUCCESS;
}

int mp_pool_create(MPI_Comm comm, const mp_pool_options *options, mp_pool **pool)
{
    static const mp_pool_options defaults;
    options = options ? options : &defaults;
    int rank = 0;
    int size = 1;
    int root = options->root;
    int error = mpp_error_start();
    if (!error) {
        error = MPI_Comm_rank(comm, &rank);
    }
    if (!error) {
        error = MPI_Comm_size(comm, &size);
    }
    error = error ? error : check_call(comm, root, size, pool);
    if (error) {
        return error;
    }
    *pool = NULL;
    MPI_Comm own = MPI_COMM_NULL;
    mp_pool *made = NULL;
    int refusal = rank == root ? make_pool(comm, options, &made) : MPI_SUCCESS;
    int are_workers = !refusal && !options->processes && !options->threads;
    error = MPI_Comm_dup(comm, &own);
    if (!error) {
        MPI_Comm_set_errhandler(own, MPI_ERRORS_RETURN);
        error = MPI_Bcast(&are_workers, 1, MPI_INT, root, own);
    }
    if (error && made) {
        destroy(made);
    }
    if (error) {
        return mpp_from_mpi(error, create_name);
    }
    if (refusal) {
        MPI_Comm_free(&own);
        return refusal;
    }
    return rank == root ? create_at_root(made, own, root, size, pool)
                        : serve(own, root, are_workers);
}

int mp_pool_workers(const mp_pool *pool, int *workers)
{
    if (!pool || !workers) {
        return mpp_bad_argument(MPI_COMM_SELF, "mp_pool_workers", "a pointer is null");
    }
    *workers = pool->worker_count;
    return MPI_SUCCESS;
}

int mp_pool_close(mp_pool *pool)
{
    int error = mpp_pool_enter(pool, "mp_pool_close", 1);
    if (!error) {
        pool->is_closed = 1;
        mpp_pool_leave(pool);
    }
    return error;
}

static int has_no_work(const void *what)
{
    for (const struct mpp_work *work = ((const mp_pool *)what)->works; work; work = work->next) {
        if (!mpp_work_is_done(work)) {
            return 0;
        }
    }
    return 1;
}

int mp_pool_join(mp_pool *pool)
{
    static const char name[] = "mp_pool_join";
    int error = mpp_pool_enter(pool, name, 1);
    if (error) {
        return error;
    }
    if (!pool->is_closed) {
        mpp_pool_leave(pool);
        return mpp_bad_argument(pool->user_comm, name,
                                "the pool is open: close or terminate it first");
    }
    mpp_pool_wait(pool, has_no_work, pool, UINT64_MAX);
    mpp_pool_leave(pool);
    return MPI_SUCCESS;
}

int mp_pool_terminate(mp_pool *pool)
{
    int error = mpp_pool_enter(pool, "mp_pool_terminate", 1);
    if (error) {
        return error;
    }
    pool->is_closed = 1;
    pool->is_terminated = 1;
    mpp_pool_cancel(pool);
    mpp_pool_wait(pool, has_no_work, pool, UINT64_MAX);
    mpp_pool_leave(pool);
    return MPI_SUCCESS;
}

int mp_pool_free(mp_pool **pool)
{
    if (!pool || !*pool) {
        return MPI_SUCCESS;
    }
    int error = mpp_pool_enter(*pool, "mp_pool_free", 1);
    if (error) {
        return error;
    }
    (*pool)->is_closed = 1;
    mpp_pool_wait(*pool, has_no_work, *pool, UINT64_MAX);
    (*pool)->is_terminated = 1;
    end_workers(*pool);
    mpp_pool_leave(*pool);
    mpp_left_remove(*pool);
    destroy(*pool);
    *pool = NULL;
    return MPI_SUCCESS;
}

int mp_pool_failures(mp_pool *pool, const mp_failure **failures, int64_t *count)
{
    int error = mpp_pool_enter(pool, "mp_pool_failures", 1);
    if (error) {
        return error;
    }
    if (failures) {
        *failures = pool->failures;
    }
    if (count) {
        *count = pool->failure_count;
    }
    mpp_pool_leave(pool);
    return MPI_SUCCESS;
}
