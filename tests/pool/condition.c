/* SPDX-License-Identifier: BSD-3-Clause */
/* Conditions: a bounded buffer made of them, notifications in order and one
 * by one, limits of time. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include "sync.h"

enum { THREADS = 2, ROUNDS = 60, ROOM = 3 };

static mp_lock *lock;
static mp_condition *changed;
static mp_array *filled;

/* Changes the number by `step` when it then lies within the room; waits until it does. */
static void change(int step)
{
    int number = 0;
    CHECK_EQ(mp_lock_acquire(lock, MP_FOREVER), MPI_SUCCESS);
    for (;;) {
        CHECK_EQ(mp_value_get(filled, &number), MPI_SUCCESS);
        if (number + step >= 0 && number + step <= ROOM) {
            break;
        }
        CHECK_EQ(mp_condition_wait(changed, MP_FOREVER), MPI_SUCCESS);
    }
    number += step;
    CHECK_EQ(mp_value_set(filled, &number), MPI_SUCCESS);
    CHECK_EQ(mp_condition_notify(changed, -1), MPI_SUCCESS);
    CHECK_EQ(mp_lock_release(lock), MPI_SUCCESS);
}

static void *fill_or_take(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        change(*(int *)argument % 2 ? 1 : -1);
    }
    return NULL;
}

static void test_buffer(void)
{
    int number = -1;
    sync_run_threads(THREADS, fill_or_take);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_EQ(mp_value_get(filled, &number), MPI_SUCCESS);
    CHECK_EQ(number, 0);
    MPI_Barrier(MPI_COMM_WORLD);
}

/* After a time limit the lock is held again. */
static void test_time_limits(void)
{
    static const double limits[] = {0, 0.02};
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(mp_lock_acquire(lock, MP_FOREVER), MPI_SUCCESS);
        double start = MPI_Wtime();
        CHECK_ERROR(mp_condition_wait(changed, limits[i]), MP_ERR_TIMEOUT);
        CHECK(MPI_Wtime() - start >= limits[i]);
        CHECK_EQ(mp_lock_release(lock), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* All but rank 0 wait; each notification of one wakes one, in order. */
static void test_one_by_one(void)
{
    int number = 0;
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank > 0) {
        sync_nap(0.04 * mpitest_rank);
        CHECK_EQ(mp_lock_acquire(lock, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_condition_wait(changed, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_value_get(filled, &number), MPI_SUCCESS);
        CHECK_EQ(number, mpitest_rank - 1);
        number++;
        CHECK_EQ(mp_value_set(filled, &number), MPI_SUCCESS);
        CHECK_EQ(mp_condition_notify(changed, 1), MPI_SUCCESS);
    } else {
        sync_nap(0.04 * (mpitest_size + 1));
        CHECK_EQ(mp_lock_acquire(lock, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_condition_notify(changed, 0), MPI_SUCCESS);
        CHECK_EQ(mp_condition_notify(changed, 1), MPI_SUCCESS);
    }
    CHECK_EQ(mp_lock_release(lock), MPI_SUCCESS);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_EQ(mp_value_get(filled, &number), MPI_SUCCESS);
    CHECK_EQ(number, mpitest_size - 1);
}

/* A recursive lock is let go of as a whole, and taken again as deep as it was. */
static void test_recursive(void)
{
    mp_lock *deep = NULL;
    mp_condition *condition = NULL;
    CHECK_EQ(mp_lock_create(MPI_COMM_SELF, 0, MP_LOCK_RECURSIVE, &deep), MPI_SUCCESS);
    CHECK_EQ(mp_condition_create(deep, &condition), MPI_SUCCESS);
    CHECK_EQ(mp_lock_acquire(deep, 0), MPI_SUCCESS);
    CHECK_EQ(mp_lock_acquire(deep, 0), MPI_SUCCESS);
    CHECK_ERROR(mp_condition_wait(condition, 0.001), MP_ERR_TIMEOUT);
    CHECK_EQ(mp_lock_release(deep), MPI_SUCCESS);
    CHECK_EQ(mp_lock_release(deep), MPI_SUCCESS);
    CHECK_ERROR(mp_lock_release(deep), MP_ERR_HOLDER);
    CHECK_EQ(mp_condition_free(&condition), MPI_SUCCESS);
    CHECK_EQ(mp_lock_free(&deep), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    int home = mpitest_size - 1;
    CHECK_EQ(mp_lock_create(MPI_COMM_WORLD, home, MP_LOCK_PLAIN, &lock), MPI_SUCCESS);
    CHECK_EQ(mp_condition_create(lock, &changed), MPI_SUCCESS);
    CHECK_EQ(mp_value_create(MPI_COMM_WORLD, 0, MPI_INT, NULL, &filled), MPI_SUCCESS);
    test_buffer();
    test_time_limits();
    test_one_by_one();
    CHECK_ERROR(mp_condition_wait(changed, 0), MP_ERR_HOLDER);
    CHECK_ERROR(mp_condition_notify(changed, 1), MP_ERR_HOLDER);
    CHECK_ERROR(mp_condition_create(NULL, &changed), MPI_ERR_ARG);
    CHECK_EQ(mp_array_free(&filled), MPI_SUCCESS);
    CHECK_EQ(mp_condition_free(&changed), MPI_SUCCESS);
    CHECK_EQ(mp_lock_free(&lock), MPI_SUCCESS);
    test_recursive();
    return mpitest_finish();
}
