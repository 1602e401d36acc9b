/* SPDX-License-Identifier: BSD-3-Clause */
/* Semaphores: never more inside than the value, nobody forgotten. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include "sync.h"

enum { THREADS = 3, ROUNDS = 100, VALUE = 2 };

static mp_semaphore *shared;
static mp_array *inside;

static void *enter_and_leave(void *unused)
{
    int one = 1;
    int minus_one = -1;
    int before = 0;
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(mp_semaphore_acquire(shared, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_value_update(inside, MPI_SUM, &one, &before), MPI_SUCCESS);
        CHECK(before >= 0 && before < VALUE);
        CHECK_EQ(mp_value_update(inside, MPI_SUM, &minus_one, NULL), MPI_SUCCESS);
        CHECK_EQ(mp_semaphore_release(shared, 1), MPI_SUCCESS);
    }
    return NULL;
}

static void test_inside(MPI_Comm comm, int home)
{
    int64_t value = 0;
    CHECK_EQ(mp_semaphore_create(comm, home, VALUE, &shared), MPI_SUCCESS);
    CHECK_EQ(mp_value_create(comm, home, MPI_INT, NULL, &inside), MPI_SUCCESS);
    sync_run_threads(THREADS, enter_and_leave);
    MPI_Barrier(comm);
    CHECK_EQ(mp_semaphore_value(shared, &value), MPI_SUCCESS);
    CHECK_EQ(value, VALUE);
    CHECK_EQ(mp_array_free(&inside), MPI_SUCCESS);
    CHECK_EQ(mp_semaphore_free(&shared), MPI_SUCCESS);
}

/* A release of many lets so many go on; who gives up takes nothing. */
static void test_many(int home)
{
    int64_t value = -1;
    CHECK_EQ(mp_semaphore_create(MPI_COMM_WORLD, home, 0, &shared), MPI_SUCCESS);
    CHECK_ERROR(mp_semaphore_acquire(shared, 0), MP_ERR_TIMEOUT);
    double start = MPI_Wtime();
    CHECK_ERROR(mp_semaphore_acquire(shared, 0.02), MP_ERR_TIMEOUT);
    CHECK(MPI_Wtime() - start >= 0.02);
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == 0) {
        sync_nap(0.05); // until the others wait
        CHECK_EQ(mp_semaphore_release(shared, mpitest_size + 1), MPI_SUCCESS);
        CHECK_EQ(mp_semaphore_release(shared, 0), MPI_SUCCESS);
    }
    CHECK_EQ(mp_semaphore_acquire(shared, MP_FOREVER), MPI_SUCCESS);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_EQ(mp_semaphore_value(shared, &value), MPI_SUCCESS);
    CHECK_EQ(value, 1);
    CHECK_EQ(mp_semaphore_free(&shared), MPI_SUCCESS);
}

static void test_misuse(void)
{
    mp_semaphore *semaphore = NULL;
    CHECK_ERROR(mp_semaphore_create(MPI_COMM_NULL, 0, 1, &semaphore), MP_ERR_MEMBER);
    CHECK_ERROR(mp_semaphore_create(MPI_COMM_WORLD, 0, -1, &semaphore), MPI_ERR_ARG);
    CHECK_ERROR(mp_semaphore_acquire(NULL, 0), MPI_ERR_ARG);
    if (mpitest_size > 1) {
        CHECK_ERROR(mp_semaphore_create(MPI_COMM_WORLD, 0, mpitest_rank, &semaphore), MP_ERR_SIZE);
    }
    CHECK_EQ(mp_semaphore_create(MPI_COMM_WORLD, 0, 1, &semaphore), MPI_SUCCESS);
    CHECK_ERROR(mp_semaphore_release(semaphore, -1), MPI_ERR_ARG);
    CHECK_ERROR(mp_semaphore_value(semaphore, NULL), MPI_ERR_ARG);
    CHECK_EQ(mp_semaphore_free(&semaphore), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    test_inside(MPI_COMM_WORLD, mpitest_size - 1);
    test_inside(MPI_COMM_SELF, 0);
    test_many(mpitest_size / 2);
    test_misuse();
    return mpitest_finish();
}
