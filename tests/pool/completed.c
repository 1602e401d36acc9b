/* SPDX-License-Identifier: BSD-3-Clause */
/* mp_as_completed gives each future once, when it is done, whatever becomes of the array between
 * its calls: futures that take the place of reported ones, arrays that share futures, others of the
 * same pool that nobody asks for, several pools, several threads. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/lib/pooltest.h"

enum { WINDOW = 40, TASKS = 1500, FOREIGN = 50 };

/* Every seventh fails once, every eleventh for good. */
static int add_one(const void *in, void *out, mp_task *task)
{
    int number;
    memcpy(&number, in, sizeof number);
    if (number % 11 == 3 || (number % 7 == 5 && mp_task_attempt(task) == 1)) {
        return 1;
    }
    number++;
    memcpy(out, &number, sizeof number);
    return 0;
}

static mp_future *submit(mp_pool *pool, int number)
{
    const mp_options options = {.retries = 1};
    mp_future *future = NULL;
    CHECK_EQ(mp_pool_submit(pool, add_one, &number, sizeof number, sizeof number, &options,
                            &future),
             MPI_SUCCESS);
    return future;
}

/* The future is done, as the task of that number is. */
static void check_outcome(mp_future *future, int number)
{
    const void *output = NULL;
    if (number % 11 == 3) {
        CHECK_EQ(mp_future_get(future, &output, NULL, 0), MP_ERR_TASK);
    } else {
        CHECK_EQ(mp_future_get(future, &output, NULL, 0), MPI_SUCCESS);
        CHECK(output && *(const int *)output == number + 1);
    }
}

static void free_all(mp_future **futures, int count)
{
    for (int i = 0; i < count; i++) {
        CHECK_EQ(mp_future_free(&futures[i]), MPI_SUCCESS);
    }
}

/* Reports all of an array, each once. */
static void check_each_once(mp_future **futures, const int *numbers, int count)
{
    int seen[WINDOW] = {0};
    int place = -1;
    for (int i = 0; i < count; i++) {
        CHECK_EQ(mp_as_completed(futures, count, i % 2 ? MP_FOREVER : 30, &place), MPI_SUCCESS);
        seen[place]++;
        check_outcome(futures[place], numbers[place]);
    }
    for (int i = 0; i < count; i++) {
        CHECK_EQ(seen[i], 1);
    }
    CHECK_EQ(mp_as_completed(futures, count, MP_FOREVER, &place), MP_ERR_CLOSED);
}

/* Each that is reported is freed, and another one put into its place. */
static void test_window(mp_pool *pool)
{
    mp_future *futures[WINDOW];
    int numbers[WINDOW];
    static int seen[TASKS];
    int next = 0;
    memset(seen, 0, sizeof seen);
    for (; next < WINDOW; next++) {
        numbers[next] = next;
        futures[next] = submit(pool, next);
    }
    for (; next < TASKS; next++) {
        int place = -1;
        CHECK_EQ(mp_as_completed(futures, WINDOW, MP_FOREVER, &place), MPI_SUCCESS);
        check_outcome(futures[place], numbers[place]);
        seen[numbers[place]]++;
        CHECK_EQ(mp_future_free(&futures[place]), MPI_SUCCESS);
        numbers[place] = next;
        futures[place] = submit(pool, next);
    }
    check_each_once(futures, numbers, WINDOW);
    for (int i = 0; i < WINDOW; i++) {
        seen[numbers[i]]++;
    }
    for (int i = 0; i < TASKS; i++) {
        CHECK_EQ(seen[i], 1);
    }
    free_all(futures, WINDOW);
}

/* Two arrays, in different orders and of different length, are asked in turn. */
static void test_arrays_in_turn(mp_pool *pool)
{
    mp_future *futures[WINDOW], *backwards[WINDOW];
    int seen[WINDOW] = {0};
    for (int i = 0; i < WINDOW; i++) {
        futures[i] = backwards[WINDOW - 1 - i] = submit(pool, i);
    }
    for (int i = 0; i < WINDOW; i++) {
        int place = -1;
        if (i % 3) {
            CHECK_EQ(mp_as_completed(futures, WINDOW, MP_FOREVER, &place), MPI_SUCCESS);
        } else if (mp_as_completed(backwards, WINDOW / 2, MP_FOREVER, &place) == MPI_SUCCESS) {
            place = WINDOW - 1 - place;
        } else { // its half is through
            CHECK_EQ(mp_as_completed(backwards, WINDOW, MP_FOREVER, &place), MPI_SUCCESS);
            place = WINDOW - 1 - place;
        }
        seen[place]++;
        check_outcome(futures[place], place);
    }
    for (int i = 0; i < WINDOW; i++) {
        CHECK_EQ(seen[i], 1);
    }
    free_all(futures, WINDOW);
}

/* What nobody asks for does not come between, done as it is. */
static void test_foreign(mp_pool *pool)
{
    mp_future *foreign[FOREIGN], *futures[WINDOW];
    int numbers[WINDOW], done = 0;
    for (int i = 0; i < FOREIGN; i++) {
        foreign[i] = submit(pool, i);
    }
    CHECK_EQ(mp_wait(foreign, FOREIGN, MP_ALL_DONE, MP_FOREVER, &done), MPI_SUCCESS);
    for (int i = 0; i < WINDOW; i++) {
        numbers[i] = i;
        futures[i] = submit(pool, i);
    }
    check_each_once(futures, numbers, WINDOW);
    free_all(futures, WINDOW);
    free_all(foreign, FOREIGN);
}

/* Tasks that never begin, and maps of nothing, are done, too. */
static void test_without_tasks(mp_pool *pool)
{
    mp_future *futures[WINDOW];
    int seen[WINDOW] = {0};
    for (int i = 0; i < WINDOW; i++) {
        if (i % 2) {
            CHECK_EQ(mp_pool_map_async(pool, add_one, NULL, 0, sizeof i, NULL, sizeof i, NULL,
                                       &futures[i]),
                     MPI_SUCCESS);
        } else {
            futures[i] = submit(pool, i);
            CHECK_EQ(mp_future_cancel(futures[i], NULL), MPI_SUCCESS);
        }
    }
    for (int i = 0; i < WINDOW; i++) {
        int place = -1;
        CHECK_EQ(mp_as_completed(futures, WINDOW, MP_FOREVER, &place), MPI_SUCCESS);
        seen[place]++;
    }
    for (int i = 0; i < WINDOW; i++) {
        CHECK_EQ(seen[i], 1);
    }
    free_all(futures, WINDOW);
}

/* An array of one pool becomes one of two. */
static void test_pools(mp_pool *pool)
{
    const mp_pool_options options = {.threads = 2};
    mp_pool *other = NULL;
    mp_future *futures[4];
    int numbers[4] = {0, 1, 2, 4};
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &other), MPI_SUCCESS);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 4; i++) {
            futures[i] = submit(round % 2 && i != 1 ? other : pool, numbers[i]);
        }
        check_each_once(futures, numbers, 4);
        free_all(futures, 4);
    }
    CHECK_EQ(mp_pool_free(&other), MPI_SUCCESS);
}

struct crowd {
    mp_future *futures[WINDOW];
    atomic_int seen[WINDOW];
};

static void *report_some(void *argument)
{
    struct crowd *crowd = argument;
    int place = -1;
    while (mp_as_completed(crowd->futures, WINDOW, MP_FOREVER, &place) == MPI_SUCCESS) {
        atomic_fetch_add(&crowd->seen[place], 1);
    }
    return NULL;
}

static void test_threads(void)
{
    const mp_pool_options options = {.threads = 2};
    mp_pool *pool = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &pool), MPI_SUCCESS);
    for (int round = 0; round < 20; round++) {
        struct crowd crowd = {0};
        pthread_t threads[3];
        for (int i = 0; i < WINDOW; i++) {
            crowd.futures[i] = submit(pool, i);
        }
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(pthread_create(&threads[i], NULL, report_some, &crowd), 0);
        }
        for (int i = 0; i < 3; i++) {
            pthread_join(threads[i], NULL);
        }
        for (int i = 0; i < WINDOW; i++) {
            CHECK_EQ(atomic_load(&crowd.seen[i]), 1);
        }
        free_all(crowd.futures, WINDOW);
    }
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    mp_pool *pool = pooltest_start(&argc, &argv);

    if (pool) {
        test_window(pool);
        test_arrays_in_turn(pool);
        test_foreign(pool);
        test_without_tasks(pool);
        test_pools(pool);
        test_threads();
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
    return mpitest_finish();
}
