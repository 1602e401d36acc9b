/* SPDX-License-Identifier: BSD-3-Clause */
/* More futures at once than a pool may look at for each of them: what they cost must not grow with
 * how many there are, or this takes minutes. */
/* matrix: np=1,2,3 copy=chunk rings=default limit=60 */

#include "tests/lib/pooltest.h"

enum { FUTURES = 60000 };

static mp_future *futures[FUTURES];

/* Adds one; some need a second attempt, when those submitted after them have been done. */
static int add_one(const void *in, void *out, mp_task *task)
{
    int number;
    memcpy(&number, in, sizeof number);
    if (number % 1000 == 7 && mp_task_attempt(task) == 1) {
        return 1;
    }
    number++;
    memcpy(out, &number, sizeof number);
    return 0;
}

static void test_all(mp_pool *pool)
{
    const mp_options options = {.retries = 1};
    int done = 0;
    int wrong = 0;
    for (int i = 0; i < FUTURES; i++) {
        CHECK_EQ(mp_pool_submit(pool, add_one, &i, sizeof i, sizeof i, &options, &futures[i]),
                 MPI_SUCCESS);
    }
    CHECK_EQ(mp_wait(futures, FUTURES, MP_ALL_DONE, MP_FOREVER, &done), MPI_SUCCESS);
    CHECK_EQ(done, FUTURES);
    /* In an order of its own, so that none is the first in the pool's list. */
    for (int i = 0; i < FUTURES; i++) {
        int place = -1;
        CHECK_EQ(mp_as_completed(futures, FUTURES, MP_FOREVER, &place), MPI_SUCCESS);
        wrong += place < 0;
    }
    for (int i = 0; i < FUTURES; i++) {
        int number = (int)((int64_t)i * 7919 % FUTURES);
        const void *output = NULL;
        CHECK_EQ(mp_future_get(futures[number], &output, NULL, 0), MPI_SUCCESS);
        wrong += !output || *(const int *)output != number + 1;
        CHECK_EQ(mp_future_free(&futures[number]), MPI_SUCCESS);
    }
    CHECK_EQ(wrong, 0);
}

static void test_joined(mp_pool *pool)
{
    for (int i = 0; i < FUTURES; i++) {
        CHECK_EQ(mp_pool_submit(pool, add_one, &i, sizeof i, sizeof i, NULL, &futures[i]),
                 MPI_SUCCESS);
    }
    CHECK_EQ(mp_pool_close(pool), MPI_SUCCESS);
    CHECK_EQ(mp_pool_join(pool), MPI_SUCCESS);
    for (int i = FUTURES - 1; i >= 0; i--) {
        CHECK_EQ(mp_future_wait(futures[i], 0), i % 1000 == 7 ? MP_ERR_TASK : MPI_SUCCESS);
        CHECK_EQ(mp_future_free(&futures[i]), MPI_SUCCESS);
    }
}

int main(int argc, char **argv)
{
    mp_pool *pool = pooltest_start(&argc, &argv);

    if (pool) {
        test_all(pool);
        test_joined(pool);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
    return mpitest_finish();
}
