/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers with little memory: tasks whose input or result they have no room for fail and say so,
 * the others are done, and nobody waits for ever. Called by starved.sh. */
#include <sys/resource.h>

#include "tests/lib/pooltest.h"

enum { COUNT = 6, LARGE = 3, SPARE_BYTES = 8 << 20, LARGE_BYTES = 64 << 20 };

/* The address space of this process, which may then grow by a little. */
static void starve(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld", &pages) == 1);
    fclose(file);
    rlim_t bytes = (rlim_t)pages * 4096 + SPARE_BYTES;
    const struct rlimit limit = {bytes, bytes};
    CHECK_EQ(setrlimit(RLIMIT_AS, &limit), 0);
}

static int first_byte(const void *in, void *out, mp_task *task)
{
    (void)task;
    memcpy(out, in, 1);
    return 0;
}

/* One of them is more than there is room for, and does not look at what MP is to copy. */
static int return_index(const void *in, void *out, mp_task *task)
{
    const char byte = 'x';
    size_t bytes = mp_task_index(task) == LARGE ? (size_t)1 << 46 : 1;
    (void)in;
    (void)out;
    return mp_task_return(task, &byte, bytes) && bytes == 1;
}

static void expect_refusals(mp_pool *pool, int64_t expected)
{
    const mp_failure *failures = NULL;
    int64_t count = 0;
    int workers = 0;
    CHECK_EQ(mp_pool_failures(pool, &failures, &count), MPI_SUCCESS);
    CHECK_EQ(count, expected);
    for (int64_t i = 0; i < count; i++) {
        CHECK_EQ(failures[i].error, MPI_ERR_NO_MEM);
        CHECK_EQ(failures[i].attempts, 2);
        CHECK(strstr(failures[i].text, "has no memory") != NULL);
    }
    CHECK_EQ(mp_pool_workers(pool, &workers), MPI_SUCCESS);
    CHECK_EQ(workers, mpitest_size - 1);
}

static void test_bytes(mp_pool *pool, size_t input_bytes, size_t output_bytes)
{
    const mp_options options = {.retries = 1};
    char *in = calloc(COUNT, input_bytes);
    char *out = calloc(COUNT, output_bytes);
    CHECK_EQ(mp_pool_map(pool, first_byte, in, COUNT, input_bytes, out, output_bytes, &options),
             MP_ERR_TASK);
    expect_refusals(pool, COUNT);
    CHECK_EQ(mp_pool_map(pool, first_byte, in, COUNT, 1, out, 1, NULL), MPI_SUCCESS);
    free(in);
    free(out);
}

/* All in one chunk: those that there is room for are done. */
static void test_returned(mp_pool *pool)
{
    const mp_options options = {.retries = 1, .chunk = COUNT};
    mp_bytes out[COUNT];
    CHECK_EQ(mp_pool_map(pool, return_index, NULL, COUNT, 0, out, MP_VARIABLE, &options),
             MP_ERR_TASK);
    expect_refusals(pool, 1);
    for (int i = 0; i < COUNT; i++) {
        CHECK_EQ(out[i].bytes, i != LARGE);
        free(out[i].data);
    }
}

/* The pool is not made, and the other ranks return. */
static void test_argument(void)
{
    const mp_pool_options options = {.argument = calloc(1, LARGE_BYTES),
                                     .argument_bytes = LARGE_BYTES};
    mp_pool *pool = NULL;
    int error = mp_pool_create(MPI_COMM_WORLD, &options, &pool);
    CHECK_EQ(error, mpitest_rank ? MPI_SUCCESS : MPI_ERR_NO_MEM);
    CHECK(mpitest_rank || strstr(mp_error_text(), "has no memory") != NULL);
    free((void *)options.argument);
}

int main(int argc, char **argv)
{
    const mp_pool_options options = {.idle_root = 1};
    mp_pool *pool = NULL;

    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    if (mpitest_rank) {
        starve();
    }
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &options, &pool), MPI_SUCCESS);
    if (pool) {
        test_bytes(pool, LARGE_BYTES, 1);
        test_bytes(pool, 1, LARGE_BYTES);
        test_returned(pool);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
    test_argument();
    return mpitest_finish();
}
