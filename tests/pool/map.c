/* SPDX-License-Identifier: BSD-3-Clause */
/* mp_pool_map, starmap and apply: every output right, whatever the sizes, chunks and failures. */
/* matrix: np=1,2,3,8 copy=chunk,cma,direct rings=default,tiny limit=60 */
#include <time.h>

#include "tests/lib/pooltest.h"

enum { TASKS_MAX = 20000 };

static int square(const void *in, void *out, mp_task *task)
{
    double x;
    (void)task;
    memcpy(&x, in, sizeof x);
    x *= x;
    memcpy(out, &x, sizeof x);
    return 0;
}

static void test_counts(mp_pool *pool)
{
    static const int64_t counts[] = {0, 1, 2, 3, 7, 8, 100, 4097, TASKS_MAX};
    static const int64_t chunks[] = {0, 1, 3, 1000000, INT64_C(1) << 62};
    double *x = mpitest_malloc(TASKS_MAX * sizeof *x);
    double *y = mpitest_malloc(TASKS_MAX * sizeof *y);

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (size_t k = 0; k < sizeof chunks / sizeof *chunks; k++) {
            mp_options options = {.chunk = chunks[k]};
            int64_t wrong = 0;
            for (int64_t j = 0; j < counts[i]; j++) {
                x[j] = (double)mpitest_random_below(1000);
                y[j] = -1;
            }
            CHECK_EQ(mp_pool_map(pool, square, x, counts[i], sizeof *x, y, sizeof *y, &options),
                     MPI_SUCCESS);
            for (int64_t j = 0; j < counts[i]; j++) {
                wrong += y[j] != x[j] * x[j];
            }
            CHECK_EQ(wrong, 0);
        }
    }
    free(x);
    free(y);
}

static int tell_rank(const void *in, void *out, mp_task *task)
{
    int rank = mp_task_rank(task);
    (void)in;
    memcpy(out, &rank, sizeof rank);
    return 0;
}

/* Tasks of a chunk stay together, and a chunk is as large as it was asked for. */
static void test_chunks(mp_pool *pool)
{
    enum { COUNT = 3000 };
    static const int chunks[] = {3, 100, COUNT};
    int ranks[COUNT];
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        mp_options options = {.chunk = chunks[i]};
        int parted = 0;
        CHECK_EQ(mp_pool_map(pool, tell_rank, NULL, COUNT, 0, ranks, sizeof *ranks, &options),
                 MPI_SUCCESS);
        for (int k = 1; k < COUNT; k++) {
            parted += k % chunks[i] && ranks[k] != ranks[k - 1];
        }
        CHECK_EQ(parted, 0);
    }
}

/* The input is a pattern that the index tells, and so is the output. */
static int large_items(const void *in, void *out, mp_task *task)
{
    size_t bytes = mp_task_input_bytes(task);
    uint64_t index = (uint64_t)mp_task_index(task);
    if (mpitest_first_difference(in, bytes, index) != bytes) {
        return mp_task_fail(task, 1, "wrong input");
    }
    mpitest_fill(out, bytes / 2, index + 1000);
    return 0;
}

static void test_large_items(mp_pool *pool)
{
    enum { COUNT = 9 };
    static const size_t sizes[] = {16, 2000, 5000, 400000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t bytes = sizes[i];
        char *in = mpitest_malloc(COUNT * bytes);
        char *out = mpitest_malloc(COUNT * bytes / 2);
        for (size_t task = 0; task < COUNT; task++) {
            mpitest_fill(in + task * bytes, bytes, task);
        }
        CHECK_EQ(mp_pool_map(pool, large_items, in, COUNT, bytes, out, bytes / 2, NULL),
                 MPI_SUCCESS);
        for (size_t task = 0; task < COUNT; task++) {
            CHECK_PATTERN(out + task * (bytes / 2), bytes / 2, task + 1000);
        }
        free(in);
        free(out);
    }
}

static int fails_at_7(const void *in, void *out, mp_task *task)
{
    memcpy(out, in, sizeof(int));
    if (mp_task_index(task) % 100 == 7) {
        return mp_task_fail(task, 3, "bad number %lld", (long long)mp_task_index(task));
    }
    return 0;
}

/* Even ones say what might be wrong and succeed, odd ones fail without a word. */
static int warns_or_fails(const void *in, void *out, mp_task *task)
{
    (void)in;
    (void)out;
    return mp_task_index(task) % 2 ? 9 : mp_task_fail(task, 0, "not so good");
}

/* The words of a task are not another's. */
static void test_words(mp_pool *pool)
{
    const mp_options options = {.chunk = 10};
    const mp_failure *failures = NULL;
    int64_t count = 0;

    CHECK_EQ(mp_pool_map(pool, warns_or_fails, NULL, 10, 0, NULL, 0, &options), MP_ERR_TASK);
    CHECK_EQ(mp_pool_failures(pool, &failures, &count), MPI_SUCCESS);
    CHECK_EQ(count, 5);
    for (int64_t i = 0; i < count; i++) {
        CHECK(failures[i].text[0] == '\0');
    }
}

/* Neither by its end nor by what that wraps around to. */
static void test_columns_that_do_not_fit(mp_pool *pool)
{
    const int in[2] = {1, 2};
    const mp_column past_end[] = {{in, sizeof *in, 6}};
    const mp_column wraps[] = {{in, MP_VARIABLE, 4}};

    CHECK_EQ(mp_pool_starmap(pool, fails_at_7, past_end, 1, 2, 8, NULL, 0, NULL), MP_ERR_SIZE);
    CHECK_EQ(mp_pool_starmap(pool, fails_at_7, wraps, 1, 2, 8, NULL, 0, NULL), MP_ERR_SIZE);
}

static void test_failures(mp_pool *pool)
{
    enum { COUNT = 1000 };
    int in[COUNT], out[COUNT];
    const mp_failure *failures = NULL;
    int64_t count = 0;
    mp_options options = {.retries = 2};

    for (int i = 0; i < COUNT; i++) {
        in[i] = i + 1;
    }
    CHECK_EQ(mp_pool_map(pool, fails_at_7, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MP_ERR_TASK);
    CHECK(strstr(mp_error_text(), "10 of 1000 tasks failed") != NULL);
    CHECK_EQ(mp_pool_failures(pool, &failures, &count), MPI_SUCCESS);
    CHECK_EQ(count, COUNT / 100);
    for (int64_t i = 0; i < count; i++) {
        CHECK_EQ(failures[i].index, i * 100 + 7);
        CHECK_EQ(failures[i].code, 3);
        CHECK_EQ(failures[i].error, MP_ERR_TASK);
        CHECK_EQ(failures[i].attempts, 3);
        CHECK(strncmp(failures[i].text, "bad number ", 11) == 0);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK_EQ(out[i], i % 100 == 7 ? 0 : i + 1);
    }
}

static int fails_once(const void *in, void *out, mp_task *task)
{
    memcpy(out, in, sizeof(int));
    return mp_task_attempt(task) == 1 && mp_task_index(task) % 3 == 0;
}

static void test_retries(mp_pool *pool)
{
    enum { COUNT = 300 };
    int in[COUNT], out[COUNT];
    mp_options options = {.retries = 1};
    for (int i = 0; i < COUNT; i++) {
        in[i] = i + 1;
    }
    CHECK_EQ(mp_pool_map(pool, fails_once, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MPI_SUCCESS);
    CHECK(!memcmp(in, out, sizeof in));
}

/* A failure that is tried again stops nothing, whatever shared its chunk. */
static void test_stop_after_retries(mp_pool *pool)
{
    enum { COUNT = 1000 };
    static int in[COUNT], out[COUNT];
    mp_options options = {.retries = 1, .stop_on_failure = 1, .chunk = 100};
    for (int i = 0; i < COUNT; i++) {
        in[i] = i + 1;
    }
    CHECK_EQ(mp_pool_map(pool, fails_once, in, COUNT, sizeof *in, out, sizeof *out, &options),
             MPI_SUCCESS);
    CHECK(!memcmp(in, out, sizeof in));
}

static int fails_early(const void *in, void *out, mp_task *task)
{
    int one = 1;
    (void)in;
    memcpy(out, &one, sizeof one);
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    return mp_task_index(task) == 7;
}

/* What others have begun by then comes to its end, and no more. */
static void test_stop(mp_pool *pool)
{
    enum { COUNT = 100000 };
    int *out = calloc(COUNT, sizeof *out);
    int64_t count = 0;
    int done = 0;
    mp_options options = {.stop_on_failure = 1, .chunk = 10};
    CHECK_EQ(mp_pool_map(pool, fails_early, NULL, COUNT, 0, out, sizeof *out, &options),
             MP_ERR_TASK);
    CHECK_EQ(mp_pool_failures(pool, NULL, &count), MPI_SUCCESS);
    CHECK_EQ(count, 1);
    for (int i = 0; i < COUNT; i++) {
        done += out[i];
    }
    CHECK(done >= 7 && done < COUNT / 2);
    free(out);
}

static int repeat(const void *in, void *out, mp_task *task)
{
    int length;
    char *text;
    (void)out;
    memcpy(&length, in, sizeof length);
    text = malloc((size_t)length + 1);
    memset(text, 'a' + length % 26, (size_t)length);
    int error = mp_task_return(task, text, (size_t)length);
    free(text);
    return error;
}

static void test_variable(mp_pool *pool)
{
    enum { COUNT = 200 };
    int lengths[COUNT];
    mp_bytes out[COUNT];
    for (int i = 0; i < COUNT; i++) {
        lengths[i] = i * i;
    }
    CHECK_EQ(mp_pool_map(pool, repeat, lengths, COUNT, sizeof *lengths, out, MP_VARIABLE, NULL),
             MPI_SUCCESS);
    for (int i = 0; i < COUNT; i++) {
        int wrong = 0;
        CHECK_EQ(out[i].bytes, lengths[i]);
        for (size_t k = 0; k < out[i].bytes; k++) {
            wrong += ((char *)out[i].data)[k] != 'a' + lengths[i] % 26;
        }
        CHECK_EQ(wrong, 0);
        free(out[i].data);
    }
}

struct arguments {
    char letter;
    int number;
    double factor;
};

static int combine(const void *in, void *out, mp_task *task)
{
    struct arguments arguments;
    (void)task;
    memcpy(&arguments, in, sizeof arguments);
    double value = arguments.letter + arguments.number * arguments.factor;
    memcpy(out, &value, sizeof value);
    return 0;
}

static void test_starmap(mp_pool *pool)
{
    enum { COUNT = 1234 };
    char letters[COUNT];
    int numbers[COUNT];
    double factors[COUNT], out[COUNT];
    const mp_column columns[] = {
        {letters, sizeof *letters, offsetof(struct arguments, letter)},
        {numbers, sizeof *numbers, offsetof(struct arguments, number)},
        {factors, sizeof *factors, offsetof(struct arguments, factor)},
    };
    for (int i = 0; i < COUNT; i++) {
        letters[i] = (char)(i % 100);
        numbers[i] = i;
        factors[i] = 0.5 * i;
    }
    CHECK_EQ(mp_pool_starmap(pool, combine, columns, 3, COUNT, sizeof(struct arguments), out,
                             sizeof *out, NULL),
             MPI_SUCCESS);
    for (int i = 0; i < COUNT; i++) {
        CHECK(out[i] == letters[i] + numbers[i] * factors[i]);
    }
    CHECK_EQ(mp_pool_starmap(pool, combine, columns, 3, COUNT, 4, out, sizeof *out, NULL),
             MP_ERR_SIZE);
}

static void test_apply(mp_pool *pool)
{
    double x = 12, y = 0;
    CHECK_EQ(mp_pool_apply(pool, square, &x, sizeof x, &y, sizeof y, NULL), MPI_SUCCESS);
    CHECK(y == 144);
}

static void test_bad_arguments(mp_pool *pool)
{
    double x = 1, y;
    mp_options negative = {.chunk = -1};
    CHECK_EQ(mp_pool_map(NULL, square, &x, 1, 8, &y, 8, NULL), MP_ERR_MEMBER);
    EXPECT_CLASS(mp_pool_map(pool, square, &x, 1, 8, &x, 8, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_map(pool, NULL, &x, 1, 8, &y, 8, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_map(pool, square, NULL, 1, 8, &y, 8, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_map(pool, square, &x, -1, 8, &y, 8, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_pool_map(pool, square, &x, 1, 8, &y, 8, &negative), MPI_ERR_ARG);
    CHECK(strstr(mp_error_text(), "mp_pool_map") != NULL);
}

int main(int argc, char **argv)
{
    mp_pool *pool = pooltest_start(&argc, &argv);

    CHECK_EQ(pool != NULL, mpitest_rank == 0);
    if (pool) {
        int workers = 0;
        CHECK_EQ(mp_pool_workers(pool, &workers), MPI_SUCCESS);
        CHECK_EQ(workers, mpitest_size);
        test_counts(pool);
        test_chunks(pool);
        test_large_items(pool);
        test_failures(pool);
        test_words(pool);
        test_columns_that_do_not_fit(pool);
        test_retries(pool);
        test_stop_after_retries(pool);
        test_stop(pool);
        test_variable(pool);
        test_starmap(pool);
        test_apply(pool);
        test_bad_arguments(pool);
        CHECK_EQ(mp_pool_close(pool), MPI_SUCCESS);
        CHECK_EQ(mp_pool_apply(pool, square, NULL, 0, NULL, 0, NULL), MP_ERR_CLOSED);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        CHECK(pool == NULL);
    }
    return mpitest_finish();
}
