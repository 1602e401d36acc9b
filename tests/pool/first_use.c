/* SPDX-License-Identifier: BSD-3-Clause */
/* Tasks on threads that all use mp with one communicator for the first time, at the same moment. */
/* matrix: np=1,2 copy=chunk rings=default limit=60 */
#include <pthread.h>

#include "tests/lib/pooltest.h"

enum { THREADS = 8, ROUNDS = 50, COUNT = 10 };

static pthread_barrier_t all_here;
static MPI_Comm comm; /* of this rank alone */

static int use_map(const void *in, void *out, mp_task *task)
{
    int numbers[COUNT];
    int squares[COUNT] = {0};
    (void)in;
    (void)out;
    for (int i = 0; i < COUNT; i++) {
        numbers[i] = i;
    }
    pthread_barrier_wait(&all_here);
    int error = mp_map(pooltest_square, numbers, COUNT, sizeof *numbers, squares, sizeof *squares,
                       NULL, 0, comm);
    return error ? mp_task_fail(task, 1, "%s", mp_error_text()) : squares[COUNT - 1] != 81;
}

static int use_lock(const void *in, void *out, mp_task *task)
{
    mp_lock *lock = NULL;
    (void)in;
    (void)out;
    pthread_barrier_wait(&all_here);
    int error = mp_lock_create(comm, 0, MP_LOCK_PLAIN, &lock);
    error = error ? error : mp_lock_acquire(lock, MP_FOREVER);
    error = error ? error : mp_lock_release(lock);
    error = error ? error : mp_lock_free(&lock);
    return error ? mp_task_fail(task, 1, "%s", mp_error_text()) : 0;
}

/* Each task waits for the others: so each thread has one. */
static void test_first_use(mp_pool *pool, mp_function *use)
{
    const mp_options options = {.chunk = 1};
    for (int i = 0; i < ROUNDS; i++) {
        MPI_Comm_dup(MPI_COMM_SELF, &comm);
        CHECK_EQ(mp_pool_map(pool, use, NULL, THREADS, 0, NULL, 0, &options), MPI_SUCCESS);
        MPI_Comm_free(&comm);
    }
}

int main(int argc, char **argv)
{
    const mp_pool_options options = {.threads = THREADS};
    mp_pool *pool = NULL;

    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    pthread_barrier_init(&all_here, NULL, THREADS);
    CHECK_EQ(mp_pool_create(MPI_COMM_SELF, &options, &pool), MPI_SUCCESS);
    test_first_use(pool, use_map);
    test_first_use(pool, use_lock);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    return mpitest_finish();
}
