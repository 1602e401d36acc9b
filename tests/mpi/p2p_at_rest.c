/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that rest, for their receives come last, lie scattered over the memory through which
 * longer ones travel: these get through all the same, and all data is right. */
/* matrix: np=2 copy=chunk,auto rings=default limit=60 */
#include "tests/lib/mpitest.h"

enum { RESTING = 80, PASSING = 7, RESTING_BYTES = 3000, PASSING_BYTES = 4096 };
enum { LONG_DOUBLES = 1 << 17 };

enum { PASSES = 1, RESTS, TELLS, IS_LONG };

static unsigned char bytes[PASSING_BYTES];
static double spread[2 * LONG_DOUBLES], gathered[LONG_DOUBLES];

/* Short messages of which every PASSING are read at once, and one is left. */
static void scatter_short(void)
{
    for (int i = 0; i < RESTING; i++) {
        if (mpitest_rank == 0) {
            for (int k = 0; k < PASSING; k++) {
                MPI_Send(bytes, PASSING_BYTES, MPI_BYTE, 1, PASSES, MPI_COMM_WORLD);
            }
            mpitest_fill(bytes, RESTING_BYTES, (uint64_t)i);
            MPI_Send(bytes, RESTING_BYTES, MPI_BYTE, 1, RESTS, MPI_COMM_WORLD);
            MPI_Recv(NULL, 0, MPI_BYTE, 1, TELLS, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        } else {
            for (int k = 0; k < PASSING; k++) {
                MPI_Recv(bytes, PASSING_BYTES, MPI_BYTE, 0, PASSES, MPI_COMM_WORLD,
                         MPI_STATUS_IGNORE);
            }
            MPI_Send(NULL, 0, MPI_BYTE, 0, TELLS, MPI_COMM_WORLD);
        }
    }
}

/* Every second double, so that it goes by chunks. */
static void send_long(int turn)
{
    MPI_Datatype second;
    int wrong = 0;

    MPI_Type_vector(LONG_DOUBLES, 1, 2, MPI_DOUBLE, &second);
    MPI_Type_commit(&second);
    if (mpitest_rank == 0) {
        for (int i = 0; i < LONG_DOUBLES; i++) {
            spread[2 * i] = i + turn;
        }
        MPI_Send(spread, 1, second, 1, IS_LONG, MPI_COMM_WORLD);
    } else {
        MPI_Recv(gathered, LONG_DOUBLES, MPI_DOUBLE, 0, IS_LONG, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        for (int i = 0; i < LONG_DOUBLES; i++) {
            wrong += gathered[i] != i + turn;
        }
        CHECK_EQ(wrong, 0);
    }
    MPI_Type_free(&second);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    send_long(0);
    scatter_short();
    send_long(1);
    for (int i = 0; i < RESTING && mpitest_rank == 1; i++) {
        MPI_Recv(bytes, RESTING_BYTES, MPI_BYTE, 0, RESTS, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_PATTERN(bytes, RESTING_BYTES, (uint64_t)i);
    }
    send_long(2);
    return mpitest_finish();
}
