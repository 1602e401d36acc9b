/* SPDX-License-Identifier: BSD-3-Clause */
/* Events: all who wait are woken, those who come later do not wait, until it is cleared. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include "sync.h"

enum { THREADS = 3, ROUNDS = 50 };

static mp_event *shared;

static void *wait_for_it(void *unused)
{
    int is_set = 0;
    (void)unused;
    CHECK_EQ(mp_event_wait(shared, MP_FOREVER), MPI_SUCCESS);
    CHECK_EQ(mp_event_is_set(shared, &is_set), MPI_SUCCESS);
    CHECK_EQ(is_set, 1);
    return NULL;
}

static void test_rounds(int home)
{
    int is_set = 1;
    for (int i = 0; i < ROUNDS; i++) {
        int setter = i % mpitest_size;
        CHECK_EQ(mp_event_is_set(shared, &is_set), MPI_SUCCESS);
        CHECK_EQ(is_set, 0);
        MPI_Barrier(MPI_COMM_WORLD);
        if (mpitest_rank == setter) {
            CHECK_EQ(mp_event_set(shared), MPI_SUCCESS);
        }
        sync_run_threads(THREADS, wait_for_it);
        CHECK_EQ(mp_event_wait(shared, 0), MPI_SUCCESS);
        MPI_Barrier(MPI_COMM_WORLD);
        if (mpitest_rank == home) {
            CHECK_EQ(mp_event_clear(shared), MPI_SUCCESS);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

static void test_time_limit(void)
{
    double start = MPI_Wtime();
    CHECK_ERROR(mp_event_wait(shared, 0.03), MP_ERR_TIMEOUT);
    CHECK(MPI_Wtime() - start >= 0.03);
    CHECK_ERROR(mp_event_wait(shared, 0), MP_ERR_TIMEOUT);
}

/* Those who sleep already, and a home that computes. */
static void test_sleepers(void)
{
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == mpitest_size - 1) {
        sync_nap(0.1);
        CHECK_EQ(mp_event_set(shared), MPI_SUCCESS);
    } else {
        sync_run_threads(THREADS, wait_for_it);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

int main(int argc, char **argv)
{
    mp_event *none = NULL;
    sync_start(&argc, &argv);
    for (int home = 0; home < mpitest_size; home += 2) {
        CHECK_EQ(mp_event_create(MPI_COMM_WORLD, home, &shared), MPI_SUCCESS);
        test_rounds(home);
        test_time_limit();
        test_sleepers();
        CHECK_EQ(mp_event_free(&shared), MPI_SUCCESS);
    }
    CHECK_ERROR(mp_event_create(MPI_COMM_NULL, 0, &none), MP_ERR_MEMBER);
    CHECK_ERROR(mp_event_set(none), MPI_ERR_ARG);
    return mpitest_finish();
}
