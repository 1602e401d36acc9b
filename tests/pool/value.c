/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared values: every change counts, whoever makes it; compare and swap has one winner. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny limit=60 */
#include "sync.h"

enum { THREADS = 3, ROUNDS = 300 };

static mp_array *sum;
static mp_array *largest;
static mp_array *turns;

static void *change(void *argument)
{
    int64_t one = 1;
    double mine = mpitest_rank * 10 + *(int *)argument;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(mp_value_update(sum, MPI_SUM, &one, NULL), MPI_SUCCESS);
        CHECK_EQ(mp_value_update(largest, MPI_MAX, &mine, NULL), MPI_SUCCESS);
        uint32_t expected;
        uint32_t before;
        CHECK_EQ(mp_value_get(turns, &expected), MPI_SUCCESS);
        for (;;) {
            uint32_t desired = expected + 1;
            CHECK_EQ(mp_array_compare_swap(turns, 0, &expected, &desired, &before), MPI_SUCCESS);
            if (before == expected) {
                break;
            }
            expected = before;
        }
    }
    return NULL;
}

static void test_changes(MPI_Comm comm, int home)
{
    int64_t total = 0;
    double most = 0;
    uint32_t turn = 0;
    int64_t start = 1000;
    int size = 0;
    MPI_Comm_size(comm, &size);
    CHECK_EQ(mp_value_create(comm, home, MPI_INT64_T, &start, &sum), MPI_SUCCESS);
    CHECK_EQ(mp_value_create(comm, home, MPI_DOUBLE, NULL, &largest), MPI_SUCCESS);
    CHECK_EQ(mp_value_create(comm, home, MPI_UINT32_T, NULL, &turns), MPI_SUCCESS);
    sync_run_threads(THREADS, change);
    MPI_Barrier(comm);
    CHECK_EQ(mp_value_get(sum, &total), MPI_SUCCESS);
    CHECK_EQ(total, start + (int64_t)size * THREADS * ROUNDS);
    CHECK_EQ(mp_value_get(turns, &turn), MPI_SUCCESS);
    CHECK_EQ(turn, size * THREADS * ROUNDS);
    CHECK_EQ(mp_value_get(largest, &most), MPI_SUCCESS);
    CHECK(most == (comm == MPI_COMM_SELF ? mpitest_rank : mpitest_size - 1) * 10 + THREADS - 1);
    CHECK_EQ(mp_array_free(&turns), MPI_SUCCESS);
    CHECK_EQ(mp_array_free(&largest), MPI_SUCCESS);
    CHECK_EQ(mp_array_free(&sum), MPI_SUCCESS);
}

/* What one rank has set, all read after a barrier. */
static void test_set(void)
{
    char letter = 0;
    mp_array *value = NULL;
    CHECK_EQ(mp_value_create(MPI_COMM_WORLD, mpitest_size - 1, MPI_CHAR, "x", &value), MPI_SUCCESS);
    CHECK_EQ(mp_value_get(value, &letter), MPI_SUCCESS);
    CHECK_EQ(letter, 'x');
    MPI_Barrier(MPI_COMM_WORLD);
    for (int rank = 0; rank < mpitest_size; rank++) {
        if (mpitest_rank == rank) {
            letter = (char)('a' + rank);
            CHECK_EQ(mp_value_set(value, &letter), MPI_SUCCESS);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        CHECK_EQ(mp_value_get(value, &letter), MPI_SUCCESS);
        CHECK_EQ(letter, 'a' + rank);
        MPI_Barrier(MPI_COMM_WORLD);
    }
    CHECK_EQ(mp_array_free(&value), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    sync_start(&argc, &argv);
    test_changes(MPI_COMM_WORLD, 0);
    test_changes(MPI_COMM_WORLD, mpitest_size - 1);
    test_changes(MPI_COMM_SELF, 0);
    test_set();
    return mpitest_finish();
}
