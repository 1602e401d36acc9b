/* SPDX-License-Identifier: BSD-3-Clause */
/* Futures: submit and map_async, waiting with time limits, callbacks,
 * cancelling, several at once. */
/* matrix: np=1,2,3,8 copy=chunk,cma,direct rings=default,tiny limit=60 */
#include <stdatomic.h>
#include <time.h>

#include "tests/lib/pooltest.h"

enum { FUTURES = 50 };

static void nap(double seconds)
{
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds,
                                 .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)},
              NULL);
}

static int add_one(const void *in, void *out, mp_task *task)
{
    int number;
    (void)task;
    memcpy(&number, in, sizeof number);
    number++;
    memcpy(out, &number, sizeof number);
    return 0;
}

/* Fails for odd numbers. */
static int only_even(const void *in, void *out, mp_task *task)
{
    int number;
    memcpy(&number, in, sizeof number);
    if (number % 2) {
        return mp_task_fail(task, 9, "%d is odd", number);
    }
    memcpy(out, &number, sizeof number);
    return 0;
}

/* Takes so many milliseconds. */
static int sleep_ms(const void *in, void *out, mp_task *task)
{
    int ms;
    (void)out;
    (void)task;
    memcpy(&ms, in, sizeof ms);
    nap(ms * 1e-3);
    return 0;
}

static int repeat(const void *in, void *out, mp_task *task)
{
    char text[1000];
    int length;
    (void)out;
    memcpy(&length, in, sizeof length);
    memset(text, 'x', sizeof text);
    return mp_task_return(task, text, (size_t)length);
}

static mp_future *submit(mp_pool *pool, mp_function *function, int number, size_t output_bytes,
                         const mp_options *options)
{
    mp_future *future = NULL;
    CHECK_EQ(mp_pool_submit(pool, function, &number, sizeof number, output_bytes, options, &future),
             MPI_SUCCESS);
    return future;
}

static void free_all(mp_future **futures, int count)
{
    for (int i = 0; i < count; i++) {
        CHECK_EQ(mp_future_free(&futures[i]), MPI_SUCCESS);
        CHECK(futures[i] == NULL);
    }
}

static void test_get(mp_pool *pool)
{
    mp_future *futures[FUTURES];
    for (int i = 0; i < FUTURES; i++) {
        futures[i] = submit(pool, add_one, i, sizeof(int), NULL);
    }
    for (int i = FUTURES - 1; i >= 0; i--) {
        const void *output = NULL;
        size_t bytes = 0;
        mp_state state;
        CHECK_EQ(mp_future_get(futures[i], &output, &bytes, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(bytes, sizeof(int));
        CHECK(output && *(const int *)output == i + 1);
        CHECK_EQ(mp_future_state(futures[i], &state), MPI_SUCCESS);
        CHECK_EQ(state, MP_SUCCEEDED);
    }
    free_all(futures, FUTURES);
}

static void test_results_of_any_size(mp_pool *pool)
{
    static const int lengths[] = {0, 1, 1000};
    for (int i = 0; i < 3; i++) {
        const void *output = NULL;
        size_t bytes = 77;
        mp_future *future = submit(pool, repeat, lengths[i], MP_VARIABLE, NULL);
        CHECK_EQ(mp_future_get(future, &output, &bytes, 30), MPI_SUCCESS);
        CHECK_EQ(bytes, lengths[i]);
        CHECK(!bytes || ((const char *)output)[bytes - 1] == 'x');
        free_all(&future, 1);
    }
}

/* A wait that ends too early changes nothing; one with time enough ends with the task. */
static void test_time_limits(mp_pool *pool)
{
    mp_future *future = submit(pool, sleep_ms, 50, 0, NULL);
    mp_state state = MP_CANCELLED;
    if (mpitest_size > 1) {
        CHECK_EQ(mp_future_wait(future, 0), MP_ERR_TIMEOUT);
        CHECK_EQ(mp_future_wait(future, 0.001), MP_ERR_TIMEOUT);
        CHECK(strstr(mp_error_text(), "mp_future_wait") != NULL);
        CHECK_EQ(mp_future_state(future, &state), MPI_SUCCESS);
        CHECK_EQ(state, MP_RUNNING);
    }
    CHECK_EQ(mp_future_wait(future, 30), MPI_SUCCESS);
    CHECK_EQ(mp_future_wait(future, 0), MPI_SUCCESS);
    free_all(&future, 1);
}

/* Asking again and again gets there, whoever works. */
static void test_polling(mp_pool *pool)
{
    mp_future *future = submit(pool, add_one, 1, sizeof(int), NULL);
    mp_state state = MP_PENDING;
    while (state == MP_PENDING || state == MP_RUNNING) {
        CHECK_EQ(mp_future_state(future, &state), MPI_SUCCESS);
    }
    CHECK_EQ(state, MP_SUCCEEDED);
    free_all(&future, 1);
    future = submit(pool, add_one, 1, sizeof(int), NULL);
    int error = MP_ERR_TIMEOUT;
    while (error == MP_ERR_TIMEOUT) {
        error = mp_future_wait(future, 0);
    }
    CHECK_EQ(error, MPI_SUCCESS);
    free_all(&future, 1);
}

struct counts {
    int results;
    int failures;
    int sum;
};

static void on_result(const mp_result *result, void *state)
{
    struct counts *counts = state;
    counts->results++;
    CHECK(result->failure == NULL);
    CHECK_EQ(result->bytes, sizeof(int));
    counts->sum += *(const int *)result->data;
}

static void on_failure(const mp_result *result, void *state)
{
    struct counts *counts = state;
    counts->failures++;
    CHECK(result->data == NULL);
    CHECK_EQ(result->failure->code, 9);
    CHECK_EQ(result->failure->error, MP_ERR_TASK);
    CHECK(strstr(result->failure->text, " is odd") != NULL);
}

static void test_callbacks(mp_pool *pool)
{
    struct counts counts = {0};
    mp_options options = {
        .on_result = on_result, .on_failure = on_failure, .callback_state = &counts};
    mp_future *futures[FUTURES];
    int done = 0;
    for (int i = 0; i < FUTURES; i++) {
        futures[i] = submit(pool, only_even, i, sizeof(int), &options);
    }
    CHECK_EQ(mp_wait(futures, FUTURES, MP_ALL_DONE, MP_FOREVER, &done), MPI_SUCCESS);
    CHECK_EQ(done, FUTURES);
    CHECK_EQ(counts.results, FUTURES / 2);
    CHECK_EQ(counts.failures, FUTURES / 2);
    CHECK_EQ(counts.sum, FUTURES / 2 * (FUTURES / 2 - 1));
    for (int i = 0; i < FUTURES; i++) {
        const mp_failure *failure = NULL;
        mp_state state;
        CHECK_EQ(mp_future_wait(futures[i], 0), i % 2 ? MP_ERR_TASK : MPI_SUCCESS);
        CHECK_EQ(mp_future_state(futures[i], &state), MPI_SUCCESS);
        CHECK_EQ(state, i % 2 ? MP_FAILED : MP_SUCCEEDED);
        CHECK_EQ(mp_future_failure(futures[i], &failure), MPI_SUCCESS);
        CHECK_EQ(failure != NULL, i % 2);
        CHECK(!failure || (failure->attempts == 1 && failure->rank >= 0));
    }
    free_all(futures, FUTURES);
}

struct meddler {
    mp_pool *pool;
    mp_future *futures[2]; /* of this pool, and of another */
    int calls;
};

/* Uses the pool that calls it, which neither waits for itself for ever nor loses its lock. */
static void meddle(const mp_result *result, void *state)
{
    struct meddler *meddler = state;
    mp_future *future = NULL;
    mp_state future_state;
    int done;
    (void)result;
    EXPECT_CLASS(mp_pool_submit(meddler->pool, repeat, NULL, 0, 0, NULL, &future), MPI_ERR_ARG);
    CHECK(future == NULL);
    CHECK(strstr(mp_error_text(), "mp_pool_submit: a callback") != NULL);
    EXPECT_CLASS(mp_future_state(meddler->futures[0], &future_state), MPI_ERR_ARG);
    EXPECT_CLASS(mp_wait(meddler->futures, 2, MP_ALL_DONE, 0, &done), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_free(&meddler->pool), MPI_ERR_ARG);
    CHECK_EQ(mp_future_wait(meddler->futures[1], 30), MPI_SUCCESS);
    meddler->calls++;
}

static void test_callback_uses_pool(mp_pool *pool)
{
    const mp_pool_options threads = {.threads = 1};
    mp_pool *other = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &threads, &other), MPI_SUCCESS);
    for (int i = 0; i < 2; i++) {
        struct meddler meddler = {.pool = i ? other : pool};
        const mp_options options = {.on_result = meddle, .callback_state = &meddler};
        meddler.futures[0] = submit(i ? other : pool, add_one, 1, sizeof(int), NULL);
        meddler.futures[1] = submit(i ? pool : other, add_one, 1, sizeof(int), NULL);
        CHECK_EQ(mp_future_wait(meddler.futures[1], 30), MPI_SUCCESS);
        mp_future *future = submit(meddler.pool, add_one, 1, sizeof(int), &options);
        CHECK_EQ(mp_future_wait(future, 30), MPI_SUCCESS);
        CHECK_EQ(meddler.calls, 1);
        free_all(&future, 1);
        free_all(meddler.futures, 2);
    }
    CHECK_EQ(mp_pool_free(&other), MPI_SUCCESS);
}

static void test_as_completed(mp_pool *pool)
{
    mp_future *futures[FUTURES];
    int seen[FUTURES] = {0};
    int place = -1;
    for (int i = 0; i < FUTURES; i++) {
        futures[i] = submit(pool, sleep_ms, i % 3, 0, NULL);
    }
    for (int i = 0; i < FUTURES; i++) {
        mp_state state;
        CHECK_EQ(mp_as_completed(futures, FUTURES, i % 2 ? MP_FOREVER : 30, &place), MPI_SUCCESS);
        seen[place]++;
        CHECK_EQ(mp_future_state(futures[place], &state), MPI_SUCCESS);
        CHECK_EQ(state, MP_SUCCEEDED);
    }
    for (int i = 0; i < FUTURES; i++) {
        CHECK_EQ(seen[i], 1);
    }
    CHECK_EQ(mp_as_completed(futures, FUTURES, MP_FOREVER, &place), MP_ERR_CLOSED);
    free_all(futures, FUTURES);
}

static void test_wait_first(mp_pool *pool)
{
    mp_future *futures[3];
    int done = 0;
    futures[0] = submit(pool, sleep_ms, 20, 0, NULL);
    futures[1] = submit(pool, add_one, 20, sizeof(int), NULL);
    futures[2] = submit(pool, sleep_ms, 20, 0, NULL);
    CHECK_EQ(mp_wait(futures, 3, MP_FIRST_DONE, MP_FOREVER, &done), MPI_SUCCESS);
    CHECK(done >= 1);
    CHECK_EQ(mp_wait(futures, 3, MP_ALL_DONE, 30, &done), MPI_SUCCESS);
    CHECK_EQ(done, 3);
    /* None fails: then all are waited for. */
    CHECK_EQ(mp_wait(futures, 3, MP_FIRST_FAILED, 0, &done), MPI_SUCCESS);
    CHECK_EQ(done, 3);
    free_all(futures, 3);

    futures[0] = submit(pool, only_even, 2, sizeof(int), NULL);
    futures[1] = submit(pool, only_even, 3, sizeof(int), NULL);
    CHECK_EQ(mp_wait(futures, 2, MP_FIRST_FAILED, 30, &done), MPI_SUCCESS);
    CHECK(done >= 1);
    CHECK_EQ(mp_future_wait(futures[1], 0), MP_ERR_TASK);
    free_all(futures, 2);
}

static atomic_int gate_is_open;

static int wait_at_gate(const void *in, void *out, mp_task *task)
{
    (void)in;
    (void)out;
    (void)task;
    while (!gate_is_open) {
        nap(0.001);
    }
    return 0;
}

/* One that takes long is waited for by nobody who did not ask for it. */
static void test_slow_one(void)
{
    const mp_pool_options threads = {.threads = 2};
    mp_pool *pool = NULL;
    mp_future *futures[3];
    int done = 0;
    int place = -1;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &threads, &pool), MPI_SUCCESS);
    gate_is_open = 0;
    futures[0] = submit(pool, wait_at_gate, 0, 0, NULL);
    futures[1] = submit(pool, add_one, 1, sizeof(int), NULL);
    CHECK_EQ(mp_wait(futures, 2, MP_FIRST_DONE, 20, &done), MPI_SUCCESS);
    CHECK_EQ(done, 1);
    CHECK_EQ(mp_as_completed(futures, 2, 20, &place), MPI_SUCCESS);
    CHECK_EQ(place, 1);
    futures[2] = submit(pool, only_even, 3, sizeof(int), NULL);
    CHECK_EQ(mp_wait(futures, 3, MP_FIRST_FAILED, 20, &done), MPI_SUCCESS);
    CHECK_EQ(done, 2);
    CHECK_EQ(mp_as_completed(futures, 3, 0, &place), MPI_SUCCESS);
    CHECK_EQ(place, 2);
    CHECK_EQ(mp_as_completed(futures, 3, 0, &place), MP_ERR_TIMEOUT);
    gate_is_open = 1;
    CHECK_EQ(mp_as_completed(futures, 3, 20, &place), MPI_SUCCESS);
    CHECK_EQ(place, 0);
    free_all(futures, 3);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

static void test_wait_times_out(mp_pool *pool)
{
    mp_future *future = submit(pool, sleep_ms, 50, 0, NULL);
    int done = 77;
    int place = 77;
    if (mpitest_size > 1) {
        CHECK_EQ(mp_wait(&future, 1, MP_ALL_DONE, 0.001, &done), MP_ERR_TIMEOUT);
        CHECK_EQ(done, 0);
        CHECK_EQ(mp_as_completed(&future, 1, 0.001, &place), MP_ERR_TIMEOUT);
    }
    free_all(&future, 1);
}

/* Behind a queue of sleepers, the last has not begun: it is cancelled and never runs. */
static void test_cancel(mp_pool *pool)
{
    mp_future *futures[FUTURES];
    mp_state state;
    int cancelled = 0;
    int cancelled_count = 0;
    for (int i = 0; i < FUTURES; i++) {
        futures[i] = submit(pool, sleep_ms, 1, 0, NULL);
    }
    CHECK_EQ(mp_future_cancel(futures[FUTURES - 1], &cancelled), MPI_SUCCESS);
    CHECK(cancelled);
    for (int i = 0; i < FUTURES; i++) {
        CHECK_EQ(mp_future_cancel(futures[i], &cancelled), MPI_SUCCESS);
        cancelled_count += cancelled;
    }
    CHECK(cancelled_count > 0);
    for (int i = 0; i < FUTURES; i++) {
        int error = mp_future_wait(futures[i], MP_FOREVER);
        CHECK_EQ(mp_future_state(futures[i], &state), MPI_SUCCESS);
        CHECK_EQ(error, state == MP_CANCELLED ? MP_ERR_CANCELLED : MPI_SUCCESS);
        cancelled_count -= state == MP_CANCELLED;
    }
    CHECK_EQ(cancelled_count, 0);
    free_all(futures, FUTURES);
}

static void count_call(const mp_result *result, void *state)
{
    (void)result;
    ++*(int *)state;
}

/* Nobody is told of a future that is gone; the pool goes on. */
static void test_free_while_running(mp_pool *pool)
{
    int calls = 0;
    mp_options options = {
        .on_result = count_call, .on_failure = count_call, .callback_state = &calls};
    mp_future *future = submit(pool, sleep_ms, 10, 0, &options);
    free_all(&future, 1);
    CHECK_EQ(calls, 0);
    test_results_of_any_size(pool);
}

static void test_map_async(mp_pool *pool)
{
    enum { COUNT = 5000 };
    static int in[2][COUNT], out[2][COUNT];
    mp_future *futures[2] = {NULL, NULL};
    const mp_failure *failure = NULL;
    for (int i = 0; i < COUNT; i++) {
        in[0][i] = in[1][i] = i;
    }
    CHECK_EQ(mp_pool_map_async(pool, add_one, in[0], COUNT, sizeof(int), out[0], sizeof(int), NULL,
                               &futures[0]),
             MPI_SUCCESS);
    CHECK_EQ(mp_pool_map_async(pool, only_even, in[1], COUNT, sizeof(int), out[1], sizeof(int),
                               NULL, &futures[1]),
             MPI_SUCCESS);
    /* A blocking call in between is served in its turn. */
    int number = 41;
    int next = 0;
    CHECK_EQ(mp_pool_apply(pool, add_one, &number, sizeof number, &next, sizeof next, NULL),
             MPI_SUCCESS);
    CHECK_EQ(next, 42);
    CHECK_EQ(mp_future_wait(futures[1], MP_FOREVER), MP_ERR_TASK);
    CHECK(strstr(mp_error_text(), "2500 of 5000 tasks failed; the first is task 1: 1 is odd") !=
          NULL);
    CHECK_EQ(mp_future_failure(futures[1], &failure), MPI_SUCCESS);
    CHECK(failure && failure->index == 1);
    CHECK_EQ(mp_future_wait(futures[0], MP_FOREVER), MPI_SUCCESS);
    int wrong = 0;
    for (int i = 0; i < COUNT; i++) {
        wrong += out[0][i] != i + 1;
        wrong += out[1][i] != (i % 2 ? 0 : i);
    }
    CHECK_EQ(wrong, 0);
    free_all(futures, 2);
}

struct arguments {
    char letter;
    double factor;
};

static int combine(const void *in, void *out, mp_task *task)
{
    struct arguments arguments;
    (void)task;
    memcpy(&arguments, in, sizeof arguments);
    double value = arguments.letter * arguments.factor;
    memcpy(out, &value, sizeof value);
    return 0;
}

static void test_starmap_async(mp_pool *pool)
{
    enum { COUNT = 3000 };
    static char letters[COUNT];
    static double factors[COUNT], out[COUNT];
    const mp_column columns[] = {
        {letters, sizeof *letters, offsetof(struct arguments, letter)},
        {factors, sizeof *factors, offsetof(struct arguments, factor)},
    };
    mp_future *future = NULL;
    int wrong = 0;
    for (int i = 0; i < COUNT; i++) {
        letters[i] = (char)(i % 100);
        factors[i] = 0.5 * i;
    }
    CHECK_EQ(mp_pool_starmap_async(pool, combine, columns, 2, COUNT, sizeof(struct arguments), out,
                                   sizeof *out, NULL, &future),
             MPI_SUCCESS);
    CHECK_EQ(mp_future_wait(future, MP_FOREVER), MPI_SUCCESS);
    for (int i = 0; i < COUNT; i++) {
        wrong += out[i] != letters[i] * factors[i];
    }
    CHECK_EQ(wrong, 0);
    free_all(&future, 1);
    CHECK_EQ(mp_pool_starmap_async(pool, combine, columns, 2, COUNT, 8, out, sizeof *out, NULL,
                                   &future),
             MP_ERR_SIZE);
    CHECK_EQ(mp_pool_starmap_async(pool, combine, NULL, 2, COUNT, sizeof(struct arguments), out,
                                   sizeof *out, NULL, &future),
             MPI_ERR_ARG);
}

/* A map that is cancelled half way: what is done is kept, nothing more begins. */
static void test_cancel_map(mp_pool *pool)
{
    enum { COUNT = 1000 };
    static int in[COUNT];
    mp_future *future = NULL;
    mp_options options = {.chunk = 1};
    int cancelled = 1;
    for (int i = 0; i < COUNT; i++) {
        in[i] = 1;
    }
    CHECK_EQ(mp_pool_map_async(pool, sleep_ms, in, COUNT, sizeof *in, NULL, 0, &options, &future),
             MPI_SUCCESS);
    mp_future_wait(future, 0.01);
    CHECK_EQ(mp_future_cancel(future, &cancelled), MPI_SUCCESS);
    CHECK(!cancelled);
    CHECK_EQ(mp_future_wait(future, MP_FOREVER), MP_ERR_CANCELLED);
    free_all(&future, 1);
}

/* Futures of two pools are waited for together. */
static void test_two_pools(mp_pool *pool)
{
    mp_pool_options options = {.threads = 2};
    mp_pool *other = NULL;
    mp_future *futures[4];
    int done = 0;
    int place = -1;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &other), MPI_SUCCESS);
    for (int i = 0; i < 4; i++) {
        futures[i] = submit(i % 2 ? other : pool, sleep_ms, 5, 0, NULL);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(mp_as_completed(futures, 4, i % 2 ? MP_FOREVER : 30, &place), MPI_SUCCESS);
    }
    CHECK_EQ(mp_wait(futures, 4, MP_ALL_DONE, MP_FOREVER, &done), MPI_SUCCESS);
    CHECK_EQ(done, 4);
    free_all(futures, 4);
    CHECK_EQ(mp_pool_free(&other), MPI_SUCCESS);
}

static void test_misuse(mp_pool *pool)
{
    mp_future *futures[2] = {NULL, NULL};
    int done, place, number = 0;
    EXPECT_CLASS(mp_pool_submit(pool, add_one, &number, 4, 4, NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_submit(pool, add_one, NULL, 4, 4, NULL, &futures[0]), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_map_async(pool, add_one, NULL, 1, 4, &number, 4, NULL, &futures[0]),
                 MPI_ERR_ARG);
    EXPECT_CLASS(mp_wait(futures, 2, MP_ALL_DONE, 0, &done), MPI_ERR_ARG);
    EXPECT_CLASS(mp_wait(NULL, 0, MP_ALL_DONE, 0, &done), MPI_ERR_ARG);
    EXPECT_CLASS(mp_as_completed(futures, 2, 0, &place), MPI_ERR_ARG);
    EXPECT_CLASS(mp_future_wait(NULL, 0), MPI_ERR_ARG);
    CHECK_EQ(mp_future_free(&futures[0]), MPI_SUCCESS);
    futures[0] = submit(pool, add_one, 1, sizeof number, NULL);
    EXPECT_CLASS(mp_future_state(futures[0], NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_future_failure(futures[0], NULL), MPI_ERR_ARG);
    free_all(futures, 1);
}

int main(int argc, char **argv)
{
    mp_pool *pool = pooltest_start(&argc, &argv);

    if (pool) {
        test_get(pool);
        test_results_of_any_size(pool);
        test_time_limits(pool);
        test_polling(pool);
        test_callbacks(pool);
        test_callback_uses_pool(pool);
        test_as_completed(pool);
        test_wait_first(pool);
        test_wait_times_out(pool);
        test_cancel(pool);
        test_free_while_running(pool);
        test_map_async(pool);
        test_starmap_async(pool);
        test_cancel_map(pool);
        test_two_pools(pool);
        test_slow_one();
        test_misuse(pool);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
    return mpitest_finish();
}
