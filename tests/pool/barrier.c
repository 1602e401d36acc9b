/* SPDX-License-Identifier: BSD-3-Clause */
/* Barriers: nobody passes before all have come; broken by one who gives up, until it is reset. */
/* matrix: np=1,2,3,8 copy=chunk rings=default limit=60 */
#include "sync.h"

enum { THREADS = 3, ROUNDS = 40 };

static mp_barrier *shared;
static mp_array *arrived;
static int parties;

/* Between two barriers the number of arrivals stands still, at a multiple of the parties. */
static void *meet(void *unused)
{
    int one = 1;
    int count = 0;
    int place = -1;
    (void)unused;
    for (int i = 1; i <= ROUNDS; i++) {
        CHECK_EQ(mp_value_update(arrived, MPI_SUM, &one, NULL), MPI_SUCCESS);
        CHECK_EQ(mp_barrier_wait(shared, MP_FOREVER, &place), MPI_SUCCESS);
        CHECK(place >= 0 && place < parties);
        CHECK_EQ(mp_value_get(arrived, &count), MPI_SUCCESS);
        CHECK_EQ(count, i * parties);
        CHECK_EQ(mp_barrier_wait(shared, MP_FOREVER, NULL), MPI_SUCCESS);
    }
    return NULL;
}

static void test_meeting(int home)
{
    parties = THREADS * mpitest_size;
    CHECK_EQ(mp_barrier_create(MPI_COMM_WORLD, home, parties, &shared), MPI_SUCCESS);
    CHECK_EQ(mp_value_create(MPI_COMM_WORLD, home, MPI_INT, NULL, &arrived), MPI_SUCCESS);
    sync_run_threads(THREADS, meet);
    CHECK_EQ(mp_array_free(&arrived), MPI_SUCCESS);
    CHECK_EQ(mp_barrier_free(&shared), MPI_SUCCESS);
}

/* Each place is given once. */
static void test_places(int home)
{
    int place = -1;
    int sum = 0;
    CHECK_EQ(mp_barrier_create(MPI_COMM_WORLD, home, 0, &shared), MPI_SUCCESS);
    CHECK_EQ(mp_barrier_wait(shared, MP_FOREVER, &place), MPI_SUCCESS);
    place = 1 << place;
    MPI_Allreduce(&place, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    CHECK_EQ(sum, (1 << mpitest_size) - 1);
    CHECK_EQ(mp_barrier_free(&shared), MPI_SUCCESS);
}

/* One more than there are: rank 0 gives up, which breaks it for the others. */
static void test_broken(int home, int is_aborted)
{
    CHECK_EQ(mp_barrier_create(MPI_COMM_WORLD, home, mpitest_size + 1, &shared), MPI_SUCCESS);
    if (mpitest_rank == 0 && is_aborted) {
        sync_nap(0.02);
        CHECK_EQ(mp_barrier_abort(shared), MPI_SUCCESS);
    } else if (mpitest_rank == 0) {
        CHECK_ERROR(mp_barrier_wait(shared, 0.03, NULL), MP_ERR_TIMEOUT);
    } else {
        CHECK_ERROR(mp_barrier_wait(shared, MP_FOREVER, NULL), MP_ERR_BROKEN);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_ERROR(mp_barrier_wait(shared, MP_FOREVER, NULL), MP_ERR_BROKEN);
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == 0) {
        CHECK_EQ(mp_barrier_reset(shared), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    if (mpitest_rank == 0) {
        CHECK_ERROR(mp_barrier_wait(shared, 0, NULL), MP_ERR_TIMEOUT);
    }
    CHECK_EQ(mp_barrier_free(&shared), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    test_meeting(mpitest_size - 1);
    test_places(mpitest_size / 2);
    test_broken(0, 0);
    test_broken(mpitest_size - 1, 1);
    CHECK_ERROR(mp_barrier_create(MPI_COMM_NULL, 0, 0, &shared), MP_ERR_MEMBER);
    CHECK_ERROR(mp_barrier_create(MPI_COMM_WORLD, 0, -1, &shared), MPI_ERR_ARG);
    CHECK_ERROR(mp_barrier_wait(NULL, 0, NULL), MPI_ERR_ARG);
    return mpitest_finish();
}
