/* SPDX-License-Identifier: BSD-3-Clause */
/* What an MPI library that ends the job when a process dies cannot do is refused with
 * MP_ERR_UNSUPPORTED and a text that says what to do, and the pool goes on. Built and run by
 * tests/portable/run alone. */
#include <mp.h>

#include "tests/lib/mpitest.h"

static int add_one(const void *in, void *out, mp_task *task)
{
    int x;
    (void)task;
    memcpy(&x, in, sizeof x);
    x++;
    memcpy(out, &x, sizeof x);
    return 0;
}

/* Refuses a time limit for tasks, and does the same task without one. */
static void test_time_limit(mp_pool *pool)
{
    const mp_options limited = {.time_limit = 10};
    int in = 41, out = 0;

    CHECK_EQ(mp_pool_apply(pool, add_one, &in, sizeof in, &out, sizeof out, &limited),
             MP_ERR_UNSUPPORTED);
    CHECK(strstr(mp_error_text(), "mp_pool_apply: a time limit needs") != NULL);
    CHECK_EQ(out, 0);
    CHECK_EQ(mp_pool_apply(pool, add_one, &in, sizeof in, &out, sizeof out, NULL), MPI_SUCCESS);
    CHECK_EQ(out, 42);
}

/* Workers that are processes: there, or refused; never a job that hangs or ends. */
static void test_processes(void)
{
    const mp_pool_options as_processes = {.processes = 1};
    mp_pool *pool = NULL;
    int error = mp_pool_create(MPI_COMM_SELF, &as_processes, &pool);

    if (error == MP_ERR_UNSUPPORTED) {
        CHECK(strstr(mp_error_text(), "cannot start a new process here") != NULL);
        CHECK(pool == NULL);
    } else {
        CHECK_EQ(error, MPI_SUCCESS);
        test_time_limit(pool);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
}

int main(int argc, char **argv)
{
    const mp_pool_options as_threads = {.threads = 2};
    mp_pool *pool = NULL;

    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    if (pool) {
        test_time_limit(pool);
    }
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &as_threads, &pool), MPI_SUCCESS);
    test_time_limit(pool);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    if (mpitest_rank == 0) {
        test_processes();
    }
    return mpitest_finish();
}
