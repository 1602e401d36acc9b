/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools from their beginning to their end: initializers, close, join, terminate, threads, and
 * misuse. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny limit=60 */
#include <mp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

static atomic_int begun_count;    /* initializers of this rank */
static atomic_int finished_count; /* finalizers */

struct argument {
    int factor;
    int bad_rank; /* whose initializer fails; -1: none */
};

struct worker_state {
    int factor;
    char large[5000]; /* a copy of what did not fit into one message */
};

static int begin_worker(const void *argument, size_t bytes, void **state)
{
    struct argument given;
    struct worker_state *made = calloc(1, sizeof *made);
    memcpy(&given, argument, sizeof given);
    if (bytes > sizeof given) {
        memcpy(made->large, (const char *)argument + sizeof given, bytes - sizeof given);
    }
    made->factor = given.factor;
    begun_count++;
    if (given.bad_rank == mpitest_rank) {
        free(made);
        return 5;
    }
    *state = made;
    return 0;
}

static void end_worker(void *state)
{
    finished_count++;
    free(state);
}

static int multiply(const void *in, void *out, mp_task *task)
{
    const struct worker_state *state = mp_task_state(task);
    int number;
    memcpy(&number, in, sizeof number);
    number *= state ? state->factor : 1;
    memcpy(out, &number, sizeof number);
    return 0;
}

static int check_map(mp_pool *pool, int factor)
{
    enum { COUNT = 1000 };
    int in[COUNT], out[COUNT], wrong = 0;
    for (int i = 0; i < COUNT; i++) {
        in[i] = i;
        out[i] = -1;
    }
    int error = mp_pool_map(pool, multiply, in, COUNT, sizeof *in, out, sizeof *out, NULL);
    for (int i = 0; i < COUNT && !error; i++) {
        wrong += out[i] != i * factor;
    }
    CHECK_EQ(wrong, 0);
    return error;
}

/* In every worker once, whatever the size of the argument, and any rank may be the root. */
static void test_initializer(void)
{
    char large[sizeof(struct argument) + 5000];
    struct argument argument = {.factor = 7, .bad_rank = -1};
    memset(large, 'z', sizeof large);
    memcpy(large, &argument, sizeof argument);
    for (int round = 0; round < 2 * mpitest_size; round++) {
        mp_pool_options options = {.root = round / 2,
                                   .initializer = begin_worker,
                                   .finalizer = end_worker,
                                   .argument = large,
                                   .argument_bytes = round % 2 ? sizeof large : sizeof argument};
        mp_pool *pool = NULL;
        begun_count = finished_count = 0;
        CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &options, &pool), MPI_SUCCESS);
        CHECK_EQ(pool != NULL, mpitest_rank == options.root);
        if (pool) {
            CHECK_EQ(check_map(pool, 7), MPI_SUCCESS);
            CHECK_EQ(finished_count, 0);
            CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        }
        CHECK_EQ(begun_count, 1);
        CHECK_EQ(finished_count, 1);
    }
}

/* The pool is not made, no rank hangs, and who began is ended. */
static void test_initializer_fails(void)
{
    for (int bad = 0; bad < mpitest_size; bad++) {
        struct argument argument = {.factor = 7, .bad_rank = bad};
        mp_pool_options options = {.initializer = begin_worker,
                                   .finalizer = end_worker,
                                   .argument = &argument,
                                   .argument_bytes = sizeof argument};
        mp_pool *pool = NULL;
        begun_count = finished_count = 0;
        int error = mp_pool_create(MPI_COMM_WORLD, &options, &pool);
        CHECK_EQ(error, mpitest_rank == 0 ? MP_ERR_TASK : MPI_SUCCESS);
        CHECK(mpitest_rank != 0 || strstr(mp_error_text(), "the initializer returned 5") != NULL);
        CHECK(pool == NULL);
        CHECK_EQ(finished_count, begun_count - (bad == mpitest_rank));
    }
}

static void heard(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    (void)context;
}

static void expect_handler(void)
{
    struct sigaction now;
    CHECK_EQ(sigaction(SIGINT, NULL, &now), 0);
    CHECK(now.sa_flags & SA_SIGINFO);
    CHECK(now.sa_sigaction == heard);
}

/* A program's own way to handle Ctrl-C is as it was after a pool, in the root and in workers; also
 * one that came while there was a pool. */
static void test_signal_handler(void)
{
    const struct sigaction ours = {.sa_sigaction = heard, .sa_flags = SA_SIGINFO};
    struct sigaction before;
    mp_pool *pool = NULL;
    CHECK_EQ(sigaction(SIGINT, &ours, &before), 0);
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    expect_handler();
    CHECK_EQ(sigaction(SIGINT, &before, NULL), 0);
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, NULL, &pool), MPI_SUCCESS);
    CHECK_EQ(sigaction(SIGINT, &ours, NULL), 0);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    expect_handler();
    CHECK_EQ(sigaction(SIGINT, &before, NULL), 0);
}

static int short_nap(const void *in, void *out, mp_task *task)
{
    (void)in;
    (void)out;
    (void)task;
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    return 0;
}

static int no_source(void *input, void *state)
{
    (void)input;
    (void)state;
    return 0;
}

static void test_close_and_join(mp_pool *pool)
{
    mp_future *futures[20];
    mp_state state;
    EXPECT_CLASS(mp_pool_join(pool), MPI_ERR_ARG);
    CHECK(strstr(mp_error_text(), "close or terminate it first") != NULL);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(mp_pool_submit(pool, short_nap, NULL, 0, 0, NULL, &futures[i]), MPI_SUCCESS);
    }
    CHECK_EQ(mp_pool_close(pool), MPI_SUCCESS);
    CHECK_EQ(check_map(pool, 1), MP_ERR_CLOSED);
    mp_future *late = NULL;
    mp_stream *stream = NULL;
    CHECK_EQ(mp_pool_submit(pool, short_nap, NULL, 0, 0, NULL, &late), MP_ERR_CLOSED);
    CHECK_EQ(mp_pool_imap(pool, short_nap, no_source, NULL, 0, 0, NULL, &stream), MP_ERR_CLOSED);
    CHECK_EQ(mp_pool_join(pool), MPI_SUCCESS);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(mp_future_state(futures[i], &state), MPI_SUCCESS);
        CHECK_EQ(state, MP_SUCCEEDED);
        CHECK_EQ(mp_future_free(&futures[i]), MPI_SUCCESS);
    }
    CHECK_EQ(mp_pool_close(pool), MPI_SUCCESS);
}

/* What has not begun is cancelled; what runs comes to its end. */
static void test_terminate(mp_pool *pool)
{
    mp_future *futures[50];
    int cancelled = 0;
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(mp_pool_submit(pool, short_nap, NULL, 0, 0, NULL, &futures[i]), MPI_SUCCESS);
    }
    CHECK_EQ(mp_pool_terminate(pool), MPI_SUCCESS);
    for (int i = 0; i < 50; i++) {
        cancelled += mp_future_wait(futures[i], 0) == MP_ERR_CANCELLED;
        CHECK_EQ(mp_future_free(&futures[i]), MPI_SUCCESS);
    }
    CHECK(cancelled > 0);
    CHECK_EQ(check_map(pool, 1), MP_ERR_CLOSED);
    CHECK_EQ(mp_pool_join(pool), MPI_SUCCESS);
}

static int long_nap(const void *in, void *out, mp_task *task)
{
    (void)in;
    (void)task;
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    memset(out, 1, 1);
    return 0;
}

/* Workers do not begin what they have in hand: when nothing stops them, each does six or more. */
static void test_terminate_overtakes(void)
{
    enum { COUNT = 200 };
    const mp_options options = {.chunk = 1};
    char out[COUNT] = {0};
    mp_pool *pool = NULL;
    mp_future *future = NULL;
    int done = 0;
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    if (pool && mpitest_size > 1) {
        CHECK_EQ(mp_pool_map_async(pool, long_nap, NULL, COUNT, 0, out, 1, &options, &future),
                 MPI_SUCCESS);
        CHECK_EQ(mp_future_wait(future, 0.15), MP_ERR_TIMEOUT);
        CHECK_EQ(mp_pool_terminate(pool), MPI_SUCCESS);
        CHECK_EQ(mp_future_wait(future, 0), MP_ERR_CANCELLED);
        for (int i = 0; i < COUNT; i++) {
            done += out[i];
        }
        CHECK(done > 0 && done <= 4 * (mpitest_size - 1));
        CHECK_EQ(mp_future_free(&future), MPI_SUCCESS);
    }
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

static void test_ends(void)
{
    void (*const tests[])(mp_pool *) = {test_close_and_join, test_terminate};
    for (int i = 0; i < 4; i++) {
        mp_pool_options threads = {.threads = 3};
        mp_pool *pool = NULL;
        CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, i < 2 ? NULL : &threads, &pool), MPI_SUCCESS);
        if (pool) {
            tests[i % 2](pool);
            CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        }
    }
}

static int note_rank(const void *in, void *out, mp_task *task)
{
    int rank = mp_task_rank(task);
    memcpy(out, &rank, sizeof rank);
    return short_nap(in, NULL, task);
}

/* The root of an idle_root pool runs nothing. */
static void test_idle_root(void)
{
    enum { COUNT = 40 };
    mp_pool_options options = {.idle_root = 1};
    mp_pool *pool = NULL;
    int ranks[COUNT], workers = 0, by_root = 0;
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &options, &pool), MPI_SUCCESS);
    if (pool) {
        CHECK_EQ(mp_pool_workers(pool, &workers), MPI_SUCCESS);
        CHECK_EQ(workers, mpitest_size > 1 ? mpitest_size - 1 : 1);
        CHECK_EQ(mp_pool_map(pool, note_rank, NULL, COUNT, 0, ranks, sizeof *ranks, NULL),
                 MPI_SUCCESS);
        for (int i = 0; i < COUNT; i++) {
            by_root += ranks[i] == 0;
        }
        CHECK_EQ(by_root, mpitest_size > 1 ? 0 : COUNT);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
}

/* ---- threads ---- */

static int note_thread(const void *in, void *out, mp_task *task)
{
    pthread_t self = pthread_self();
    memcpy(out, &self, sizeof self);
    return short_nap(in, NULL, task);
}

static void test_threads(void)
{
    enum { COUNT = 60, THREADS = 4 };
    struct argument argument = {.factor = 3, .bad_rank = -1};
    mp_pool_options options = {.threads = THREADS,
                               .initializer = begin_worker,
                               .finalizer = end_worker,
                               .argument = &argument,
                               .argument_bytes = sizeof argument};
    mp_pool *pool = NULL;
    pthread_t ran[COUNT];
    int workers = 0;
    int by_root = 0;
    int by_first = 0;
    begun_count = finished_count = 0;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &pool), MPI_SUCCESS);
    CHECK_EQ(mp_pool_workers(pool, &workers), MPI_SUCCESS);
    CHECK_EQ(workers, THREADS);
    CHECK_EQ(begun_count, THREADS);
    CHECK_EQ(check_map(pool, 3), MPI_SUCCESS);
    CHECK_EQ(mp_pool_map(pool, note_thread, NULL, COUNT, 0, ran, sizeof *ran, NULL), MPI_SUCCESS);
    for (int i = 0; i < COUNT; i++) {
        by_root += pthread_equal(ran[i], pthread_self()) != 0;
        by_first += pthread_equal(ran[i], ran[0]) != 0;
    }
    CHECK_EQ(by_root, 0);
    CHECK(by_first < COUNT);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    CHECK_EQ(finished_count, THREADS);

    argument.bad_rank = mpitest_rank;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &pool), MP_ERR_TASK);
    CHECK(pool == NULL);
    options.processes = 1;
    EXPECT_CLASS(mp_pool_create(MPI_COMM_SELF, &options, &pool), MPI_ERR_ARG);
}

/* Several threads of the root give tasks to one pool. */
static void *map_in_thread(void *pool)
{
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(check_map(pool, 1), MPI_SUCCESS);
    }
    return NULL;
}

static void test_callers(void)
{
    int provided = MPI_THREAD_SINGLE;
    MPI_Query_thread(&provided);
    for (int i = 0; i < 2 && provided == MPI_THREAD_MULTIPLE; i++) {
        mp_pool_options threads = {.threads = 2};
        mp_pool *pool = NULL;
        pthread_t callers[3];
        CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, i ? &threads : NULL, &pool), MPI_SUCCESS);
        if (pool) {
            for (int k = 0; k < 3; k++) {
                CHECK_EQ(pthread_create(&callers[k], NULL, map_in_thread, pool), 0);
            }
            for (int k = 0; k < 3; k++) {
                pthread_join(callers[k], NULL);
            }
            CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        }
    }
}

static MPI_Comm side; /* between a task and the root */

static int run_until_told(const void *in, void *out, mp_task *task)
{
    (void)in;
    (void)out;
    (void)task;
    MPI_Send(NULL, 0, MPI_BYTE, 0, 0, side);
    return MPI_Recv(NULL, 0, MPI_BYTE, 0, 0, side, MPI_STATUS_IGNORE);
}

static void *wait_for_ever(void *future)
{
    CHECK_EQ(mp_future_wait(future, MP_FOREVER), MPI_SUCCESS);
    return NULL;
}

/* While a thread sleeps until a task ends, others may use the pool: the task ends only when they
 * have. */
static void test_callers_beside_a_sleeper(void)
{
    const mp_pool_options options = {.idle_root = 1};
    int provided = MPI_THREAD_SINGLE;
    mp_pool *pool = NULL;
    MPI_Query_thread(&provided);
    if (mpitest_size == 1 || provided < MPI_THREAD_MULTIPLE) {
        return;
    }
    MPI_Comm_dup(MPI_COMM_WORLD, &side);
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &options, &pool), MPI_SUCCESS);
    if (pool) {
        mp_future *future = NULL;
        mp_state state = MP_PENDING;
        pthread_t sleeper;
        MPI_Status status;
        CHECK_EQ(mp_pool_submit(pool, run_until_told, NULL, 0, 0, NULL, &future), MPI_SUCCESS);
        CHECK_EQ(pthread_create(&sleeper, NULL, wait_for_ever, future), 0);
        MPI_Recv(NULL, 0, MPI_BYTE, MPI_ANY_SOURCE, 0, side, &status);
        for (int i = 0; i < 2000; i++) {
            CHECK_EQ(mp_future_state(future, &state), MPI_SUCCESS);
            CHECK_EQ(state, MP_RUNNING);
        }
        CHECK_EQ(mp_future_wait(future, 0.01), MP_ERR_TIMEOUT);
        MPI_Send(NULL, 0, MPI_BYTE, status.MPI_SOURCE, 0, side);
        pthread_join(sleeper, NULL);
        CHECK_EQ(mp_future_free(&future), MPI_SUCCESS);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
    MPI_Comm_free(&side);
}

/* ---- misuse ---- */

static void test_misuse(void)
{
    mp_pool *pool = NULL;
    mp_pool_options options = {.root = mpitest_size};
    EXPECT_CLASS(mp_pool_create(MPI_COMM_WORLD, NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_create(MPI_COMM_WORLD, &options, &pool), MPI_ERR_ARG);
    /* Read at the root only: nobody hangs. */
    options = (mp_pool_options){.threads = mpitest_rank ? 0 : -1};
    EXPECT_CLASS(mp_pool_create(MPI_COMM_WORLD, &options, &pool),
                 mpitest_rank ? MPI_SUCCESS : MPI_ERR_ARG);
    options = (mp_pool_options){.argument_bytes = 5};
    EXPECT_CLASS(mp_pool_create(MPI_COMM_SELF, &options, &pool), MPI_ERR_ARG);
    CHECK(pool == NULL);
    CHECK_EQ(mp_pool_close(NULL), MP_ERR_MEMBER);
    CHECK_EQ(mp_pool_join(NULL), MP_ERR_MEMBER);
    CHECK_EQ(mp_pool_terminate(NULL), MP_ERR_MEMBER);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);

    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    int in = 1;
    int out = 0;
    if (!pool) {
        /* A rank that is not the root uses the pool. */
        CHECK_EQ(mp_pool_apply(pool, multiply, &in, sizeof in, &out, sizeof out, NULL),
                 MP_ERR_MEMBER);
        CHECK(strstr(mp_error_text(), "only its root has one") != NULL);
        return;
    }
    /* Code that was made at run time. */
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mp_function *function;
    memcpy(&function, &page, sizeof function);
    CHECK_EQ(mp_pool_apply(pool, function, &in, sizeof in, &out, sizeof out, NULL), MP_ERR_BINARY);
    CHECK(strstr(mp_error_text(), "in no loaded module") != NULL);
    munmap(page, 4096);
    /* A limit on tasks needs workers that can be ended. */
    mp_options limited = {.time_limit = 1};
    CHECK_EQ(mp_pool_apply(pool, multiply, &in, sizeof in, &out, sizeof out, &limited),
             MP_ERR_UNSUPPORTED);
    CHECK_EQ(mp_pool_apply(pool, multiply, &in, sizeof in, &out, sizeof out, NULL), MPI_SUCCESS);
    CHECK_EQ(out, 1);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

/* A task that returns results of a size that the call did not ask for. */
static int returns_bytes(const void *in, void *out, mp_task *task)
{
    (void)out;
    return mp_task_return(task, in, sizeof(int)) == MP_ERR_SIZE ? 21 : 22;
}

static void test_task_misuse(void)
{
    mp_pool *pool = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    if (pool) {
        int in[20] = {0}, out[20];
        const mp_failure *failures = NULL;
        int64_t count = 0;
        CHECK_EQ(mp_pool_map(pool, returns_bytes, in, 20, sizeof *in, out, sizeof *out, NULL),
                 MP_ERR_TASK);
        CHECK_EQ(mp_pool_failures(pool, &failures, &count), MPI_SUCCESS);
        CHECK_EQ(count, 20);
        for (int64_t i = 0; i < count; i++) {
            CHECK_EQ(failures[i].code, 21);
        }
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
}

int main(int argc, char **argv)
{
    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    test_initializer();
    test_initializer_fails();
    test_signal_handler();
    test_ends();
    test_terminate_overtakes();
    test_idle_root();
    test_threads();
    test_callers();
    test_callers_beside_a_sleeper();
    test_misuse();
    test_task_misuse();
    return mpitest_finish();
}
