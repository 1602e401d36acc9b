/* SPDX-License-Identifier: BSD-3-Clause */
/* imap: order, a bounded window, flat memory, sources and tasks that fail,
 * streams freed half way, or interrupted. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny limit=120 */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "tests/lib/ownmemory.h"
#include "tests/lib/pooltest.h"

/* Threads of a pool draw while the program takes results. */
struct source {
    _Atomic int64_t drawn;
    int64_t count;
    _Atomic int64_t given;    /* results that the program has had */
    _Atomic int64_t farthest; /* the most that were drawn and not given */
    int error;                /* in place of the end */
};

static int draw(void *input, void *state)
{
    struct source *source = state;
    if (source->drawn == source->count) {
        return source->error;
    }
    int64_t number = source->drawn++;
    int64_t ahead = number + 1 - source->given;
    memcpy(input, &number, sizeof number);
    source->farthest = ahead > source->farthest ? ahead : source->farthest;
    return 1;
}

static int triple(const void *in, void *out, mp_task *task)
{
    int64_t number;
    (void)task;
    memcpy(&number, in, sizeof number);
    number *= 3;
    memcpy(out, &number, sizeof number);
    return 0;
}

static int fails_at_5(const void *in, void *out, mp_task *task)
{
    triple(in, out, task);
    return mp_task_index(task) % 10 == 5 ? mp_task_fail(task, 4, "five") : 0;
}

static mp_stream *begin(mp_pool *pool, mp_function *function, struct source *source,
                        size_t output_bytes, const mp_options *options)
{
    mp_stream *stream = NULL;
    CHECK_EQ(
        mp_pool_imap(pool, function, draw, source, sizeof(int64_t), output_bytes, options, &stream),
        MPI_SUCCESS);
    return stream;
}

/* Results of triple(), each once; in order unless that was not asked for. */
static void take_all(mp_stream *stream, struct source *source, int is_unordered)
{
    unsigned char *seen = calloc(1, (size_t)source->count + 1);
    mp_result result;
    int64_t wrong = 0;
    int error;
    while (!(error = mp_stream_next(stream, &result, MP_FOREVER))) {
        wrong += result.failure != NULL || result.bytes != sizeof(int64_t);
        wrong += *(const int64_t *)result.data != 3 * result.index;
        wrong += !is_unordered && result.index != source->given;
        wrong += seen[result.index]++;
        source->given++;
    }
    CHECK_EQ(error, MP_ERR_CLOSED);
    CHECK_EQ(mp_stream_next(stream, &result, 0), MP_ERR_CLOSED);
    CHECK_EQ(source->given, source->count);
    CHECK_EQ(wrong, 0);
    free(seen);
}

static void test_order_and_window(mp_pool *pool)
{
    static const int64_t windows[] = {0, 1, 2, 7, 64};
    static const int64_t chunks[] = {0, 1, 5};
    for (size_t i = 0; i < 2 * sizeof windows / sizeof *windows; i++) {
        for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++) {
            mp_options options = {.window = windows[i / 2], .chunk = chunks[k], .unordered = i % 2};
            struct source source = {.count = 500};
            mp_stream *stream = begin(pool, triple, &source, sizeof(int64_t), &options);
            take_all(stream, &source, options.unordered);
            CHECK(!options.window || source.farthest <= options.window);
            CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
            CHECK(stream == NULL);
        }
    }
}

/* Nothing is drawn beyond the window while the program does not take results. */
static void test_source_waits(mp_pool *pool)
{
    mp_options options = {.window = 10, .chunk = 1};
    struct source source = {.count = 1000};
    mp_stream *stream = begin(pool, triple, &source, sizeof(int64_t), &options);
    mp_result result;
    int64_t in = 7;
    int64_t out = 0;
    CHECK_EQ(mp_stream_next(stream, &result, MP_FOREVER), MPI_SUCCESS);
    for (int i = 0; i < 20; i++) {
        CHECK_EQ(mp_pool_apply(pool, triple, &in, sizeof in, &out, sizeof out, NULL), MPI_SUCCESS);
        CHECK_EQ(out, 21);
    }
    CHECK(source.drawn <= 10);
    CHECK_EQ(*(const int64_t *)result.data, 0); /* is ours until the next one */
    source.given = 1;
    take_all(stream, &source, 0);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

static atomic_int gate_is_open;

/* The first one waits until the gate is open. */
static int wait_at_gate(const void *in, void *out, mp_task *task)
{
    while (mp_task_index(task) == 0 && !gate_is_open) {
        usleep(1000);
    }
    return triple(in, out, task);
}

/* Without order, nobody waits for the slow one; with order, all do. */
static void test_slow_first(mp_pool *pool)
{
    for (int unordered = 0; unordered < 2; unordered++) {
        mp_options options = {.window = 8, .chunk = 1, .unordered = unordered};
        struct source source = {.count = 100};
        gate_is_open = 0;
        mp_stream *stream = begin(pool, wait_at_gate, &source, sizeof(int64_t), &options);
        mp_result result;
        int error = mp_stream_next(stream, &result, unordered ? 20 : 0.02);
        CHECK_EQ(error, unordered ? MPI_SUCCESS : MP_ERR_TIMEOUT);
        CHECK(error || (result.index > 0 && *(const int64_t *)result.data == 3 * result.index));
        source.given = !error;
        gate_is_open = 1;
        take_all(stream, &source, unordered);
        CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
    }
}

static void test_empty(mp_pool *pool)
{
    struct source source = {0};
    mp_stream *stream = begin(pool, triple, &source, sizeof(int64_t), NULL);
    take_all(stream, &source, 0);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

static void test_source_fails(mp_pool *pool)
{
    struct source source = {.count = 25, .error = -3};
    mp_stream *stream = begin(pool, triple, &source, sizeof(int64_t), NULL);
    mp_result result;
    int error;
    while (!(error = mp_stream_next(stream, &result, MP_FOREVER))) {
        source.given++;
    }
    CHECK_EQ(error, MP_ERR_TASK);
    CHECK(strstr(mp_error_text(), "the source of inputs returned -3") != NULL);
    CHECK_EQ(source.given, 25); /* what was drawn before is given */
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

static void count_call(const mp_result *result, void *state)
{
    int *counts = state;
    counts[result->failure != NULL]++;
}

static void test_tasks_fail(mp_pool *pool)
{
    int counts[2] = {0, 0};
    for (int unordered = 0; unordered < 2; unordered++) {
        mp_options options = {.unordered = unordered,
                              .retries = 1,
                              .on_result = count_call,
                              .on_failure = count_call,
                              .callback_state = counts};
        struct source source = {.count = 1000};
        mp_stream *stream = begin(pool, fails_at_5, &source, sizeof(int64_t), &options);
        mp_result result;
        int64_t wrong = 0;
        while (!mp_stream_next(stream, &result, MP_FOREVER)) {
            wrong += (result.failure != NULL) != (result.index % 10 == 5);
            wrong +=
                result.failure &&
                (result.failure->code != 4 || result.failure->attempts != 2 || result.data ||
                 result.failure->index != result.index || strcmp(result.failure->text, "five"));
            source.given++;
        }
        CHECK_EQ(wrong, 0);
        CHECK_EQ(source.given, 1000);
        CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
    }
    CHECK_EQ(counts[0], 2 * 900);
    CHECK_EQ(counts[1], 2 * 100);
}

/* With stop_on_failure the stream ends early, and what did not begin is a failure of its own. */
static void test_stop(mp_pool *pool)
{
    mp_options options = {.stop_on_failure = 1, .window = 8, .chunk = 1};
    struct source source = {.count = 1000};
    mp_stream *stream = begin(pool, fails_at_5, &source, sizeof(int64_t), &options);
    mp_result result;
    int failed = 0;
    while (!mp_stream_next(stream, &result, MP_FOREVER)) {
        source.given++;
        failed += result.failure && result.failure->error == MP_ERR_TASK;
    }
    CHECK(failed >= 1);
    CHECK(source.given < 100);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

static int repeat(const void *in, void *out, mp_task *task)
{
    int64_t number;
    char text[4000];
    (void)out;
    memcpy(&number, in, sizeof number);
    memset(text, 'a' + (int)(number % 26), sizeof text);
    return number % 5 ? mp_task_return(task, text, (size_t)number % sizeof text) : 0;
}

static void test_results_of_any_size(mp_pool *pool)
{
    struct source source = {.count = 3000};
    mp_stream *stream = begin(pool, repeat, &source, MP_VARIABLE, NULL);
    mp_result result;
    int64_t wrong = 0;
    while (!mp_stream_next(stream, &result, MP_FOREVER)) {
        size_t bytes = result.index % 5 ? (size_t)result.index % 4000 : 0;
        wrong += result.bytes != bytes || (bytes == 0) != (result.data == NULL);
        for (size_t i = 0; i < result.bytes; i++) {
            wrong += ((const char *)result.data)[i] != 'a' + (int)(result.index % 26);
        }
        source.given++;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(source.given, 3000);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

static void test_early_free(mp_pool *pool)
{
    for (int taken = 0; taken < 30; taken += 7) {
        struct source source = {.count = 1000000};
        mp_options options = {.unordered = taken % 2};
        mp_stream *stream = begin(pool, repeat, &source, MP_VARIABLE, &options);
        mp_result result;
        for (int i = 0; i < taken; i++) {
            CHECK_EQ(mp_stream_next(stream, &result, MP_FOREVER), MPI_SUCCESS);
        }
        CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
        CHECK(source.drawn < source.count);
    }
}

static int sleepy(const void *in, void *out, mp_task *task)
{
    usleep(20000);
    return triple(in, out, task);
}

static void test_time_limit(mp_pool *pool)
{
    struct source source = {.count = 3};
    mp_options options = {.chunk = 1};
    mp_stream *stream = begin(pool, sleepy, &source, sizeof(int64_t), &options);
    mp_result result;
    if (mpitest_size > 1) {
        CHECK_EQ(mp_stream_next(stream, &result, 0), MP_ERR_TIMEOUT);
        CHECK_EQ(mp_stream_next(stream, &result, 0.001), MP_ERR_TIMEOUT);
    }
    CHECK_EQ(mp_stream_next(stream, &result, 30), MPI_SUCCESS);
    CHECK_EQ(result.index, 0);
    source.given = 1;
    take_all(stream, &source, 0);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

/* Two streams, drawn from by turns. */
static void test_two_streams(mp_pool *pool)
{
    struct source source[2] = {{.count = 2000}, {.count = 2000}};
    mp_stream *streams[2];
    for (int i = 0; i < 2; i++) {
        streams[i] = begin(pool, triple, &source[i], sizeof(int64_t), NULL);
    }
    for (int64_t k = 0; k < 2000; k++) {
        for (int i = 0; i < 2; i++) {
            mp_result result = {0};
            CHECK_EQ(mp_stream_next(streams[i], &result, MP_FOREVER), MPI_SUCCESS);
            CHECK(result.index == k && result.data && *(const int64_t *)result.data == 3 * k);
        }
    }
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(mp_stream_free(&streams[i]), MPI_SUCCESS);
    }
}

/* Ten million inputs, in no more memory than the first hundred thousand. */
static void test_flat_memory(mp_pool *pool)
{
    struct source source = {.count = mpitest_size <= 2 ? 10000000 : 1000000};
    mp_stream *stream = begin(pool, triple, &source, sizeof(int64_t), NULL);
    mp_result result;
    struct ownmemory memory = {0};
    int64_t wrong = 0;
    while (!mp_stream_next(stream, &result, MP_FOREVER)) {
        wrong += *(const int64_t *)result.data != 3 * source.given;
        source.given++;
        if (source.given % 100000 == 0) {
            ownmemory_look(&memory);
        }
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(source.given, source.count);
    CHECK(ownmemory_is_flat(&memory, 1 << 20));
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

/* Ctrl-C while the program does something with a result: what was drawn and not begun is cancelled,
 * the stream ends with that error, and the pool takes no more. To be the last with a pool. */
static void test_interrupt(mp_pool *pool)
{
    struct source source = {.count = 1000000};
    mp_stream *stream = begin(pool, triple, &source, sizeof(int64_t), NULL);
    mp_result result;
    int64_t wrong = 0;
    int64_t done = 0;
    int error;
    while (!(error = mp_stream_next(stream, &result, MP_FOREVER))) {
        done += !result.failure;
        wrong += result.failure ? result.failure->error != MP_ERR_CANCELLED
                                : *(const int64_t *)result.data != 3 * result.index;
        if (++source.given == 100) {
            raise(SIGINT);
        }
    }
    CHECK_EQ(error, MP_ERR_INTERRUPTED);
    CHECK_EQ(wrong, 0);
    CHECK(done >= 100 && source.given == source.drawn && source.drawn < source.count);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
    CHECK_EQ(mp_pool_imap(pool, triple, draw, &source, 8, 8, NULL, &stream), MP_ERR_INTERRUPTED);
}

/* A stream that ends because its pool was terminated does not look as if it were at its end. */
static void test_terminate(void)
{
    struct source source = {.count = 1000};
    const mp_options options = {.window = 10};
    mp_pool *pool = NULL;
    mp_stream *stream = NULL;
    mp_result result;
    int error = MPI_SUCCESS;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, NULL, &pool), MPI_SUCCESS);
    CHECK_EQ(mp_pool_imap(pool, triple, draw, &source, sizeof(int64_t), sizeof(int64_t), &options,
                          &stream),
             MPI_SUCCESS);
    CHECK_EQ(mp_stream_next(stream, &result, MP_FOREVER), MPI_SUCCESS);
    CHECK_EQ(mp_pool_terminate(pool), MPI_SUCCESS);
    while (error == MPI_SUCCESS) {
        error = mp_stream_next(stream, &result, MP_FOREVER);
    }
    CHECK_EQ(error, MP_ERR_CANCELLED);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

static void test_misuse(mp_pool *pool)
{
    struct source source = {.count = 1};
    mp_stream *stream = NULL;
    mp_options options = {.window = -1};
    mp_result result;
    EXPECT_CLASS(mp_pool_imap(pool, triple, NULL, NULL, 8, 8, NULL, &stream), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_imap(pool, NULL, draw, &source, 8, 8, NULL, &stream), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_imap(pool, triple, draw, &source, 8, 8, NULL, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_imap(pool, triple, draw, &source, 8, 8, &options, &stream), MPI_ERR_ARG);
    /* 64 chunks a worker are more than can be counted. */
    options = (mp_options){.chunk = INT64_C(1) << 62};
    EXPECT_CLASS(mp_pool_imap(pool, triple, draw, &source, 8, 8, &options, &stream),
                 MPI_ERR_NO_MEM);
    CHECK(stream == NULL);
    EXPECT_CLASS(mp_stream_next(NULL, &result, 0), MPI_ERR_ARG);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

/* What is the same whoever works. */
static void test_pool(mp_pool *pool)
{
    test_order_and_window(pool);
    test_source_waits(pool);
    test_empty(pool);
    test_source_fails(pool);
    test_tasks_fail(pool);
    test_stop(pool);
    test_results_of_any_size(pool);
    test_early_free(pool);
    test_two_streams(pool);
}

static void test_threads(void)
{
    const mp_pool_options threads = {.threads = 2};
    mp_pool *pool = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &threads, &pool), MPI_SUCCESS);
    test_pool(pool);
    test_slow_first(pool);
    test_interrupt(pool);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    mp_pool *pool = pooltest_start(&argc, &argv);

    if (pool) {
        test_pool(pool);
        test_time_limit(pool);
        test_flat_memory(pool);
        test_misuse(pool);
        test_interrupt(pool);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        test_threads();
        test_terminate();
    }
    return mpitest_finish();
}
