/* SPDX-License-Identifier: BSD-3-Clause */
/* Recursive locks: the thread that holds it may take it again, and must release it as often. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include "sync.h"

enum { THREADS = 3, ROUNDS = 100, DEPTH = 5 };

static mp_lock *shared;
static int inside; /* threads of this rank that hold it */

static void *take_again(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        for (int depth = 0; depth < DEPTH; depth++) {
            CHECK_EQ(mp_lock_acquire(shared, MP_FOREVER), MPI_SUCCESS);
            CHECK_EQ(inside, depth);
            inside++;
        }
        for (int depth = DEPTH; depth > 0; depth--) {
            inside--;
            CHECK_EQ(mp_lock_release(shared), MPI_SUCCESS);
        }
        CHECK_ERROR(mp_lock_release(shared), MP_ERR_HOLDER);
    }
    return NULL;
}

static void *cannot_take(void *unused)
{
    (void)unused;
    CHECK_ERROR(mp_lock_acquire(shared, 0), MP_ERR_TIMEOUT);
    CHECK_ERROR(mp_lock_release(shared), MP_ERR_HOLDER);
    return NULL;
}

/* It is free only after as many releases as acquisitions. */
static void test_depth(void)
{
    for (int holder = 0; holder < mpitest_size; holder++) {
        if (mpitest_rank == holder) {
            CHECK_EQ(mp_lock_acquire(shared, 0), MPI_SUCCESS);
            CHECK_EQ(mp_lock_acquire(shared, 0), MPI_SUCCESS);
            CHECK_EQ(mp_lock_release(shared), MPI_SUCCESS);
            sync_run_threads(1, cannot_take);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        if (mpitest_rank != holder) {
            cannot_take(NULL);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        if (mpitest_rank == holder) {
            CHECK_EQ(mp_lock_release(shared), MPI_SUCCESS);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    for (int home = 0; home < mpitest_size; home++) {
        CHECK_EQ(mp_lock_create(MPI_COMM_WORLD, home, MP_LOCK_RECURSIVE, &shared), MPI_SUCCESS);
        sync_run_threads(THREADS, take_again);
        MPI_Barrier(MPI_COMM_WORLD);
        test_depth();
        CHECK_EQ(mp_lock_free(&shared), MPI_SUCCESS);
    }
    return mpitest_finish();
}
