/* SPDX-License-Identifier: BSD-3-Clause */
/* A receiver that has begun to take a long message computes until another one has got one of the
 * same sender: this one gets through meanwhile, through what memory the first has left. */
/* matrix: np=3,4 copy=chunk rings=default limit=30 */
#include "tests/lib/mpitest.h"

#include <unistd.h>

/* As long as this file is there, the others compute. */
enum { NAME_BYTES = 64 };

enum { LONG_DOUBLES = 1 << 20, IS_LONG = 0, IS_TOLD = 1 };

static double spread[2 * LONG_DOUBLES], gathered[LONG_DOUBLES];

static void check_gathered(void)
{
    int wrong = 0;

    for (int i = 0; i < LONG_DOUBLES; i++) {
        wrong += gathered[i] != i;
    }
    CHECK_EQ(wrong, 0);
}

/* The last one's message is sent while the others do not look. */
static void send_to_all(MPI_Datatype second)
{
    MPI_Request requests[3];
    int count = mpitest_size - 1;
    char told;

    for (int i = 0; i < LONG_DOUBLES; i++) {
        spread[2 * i] = i;
    }
    for (int i = 0; i < count - 1; i++) {
        MPI_Isend(spread, 1, second, i + 1, IS_LONG, MPI_COMM_WORLD, &requests[i]);
        MPI_Recv(&told, 1, MPI_CHAR, i + 1, IS_TOLD, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        for (int turn = 0; turn < 1000; turn++) { // as many chunks go out as may
            int is_done;
            MPI_Test(&requests[i], &is_done, MPI_STATUS_IGNORE);
            CHECK_EQ(is_done, 0);
        }
    }
    MPI_Send(spread, 1, second, count, IS_LONG, MPI_COMM_WORLD);
    MPI_Waitall(count - 1, requests, MPI_STATUSES_IGNORE);
}

/* Accepts the message in a test, and does not look again before the last rank has its own. */
static void receive_late(const char *file)
{
    MPI_Request request;
    int is_done = 0, is_there = 0;
    char told = 0;

    while (!is_there) { // otherwise there would be nothing to accept
        MPI_Iprobe(0, IS_LONG, MPI_COMM_WORLD, &is_there, MPI_STATUS_IGNORE);
    }
    MPI_Irecv(gathered, LONG_DOUBLES, MPI_DOUBLE, 0, IS_LONG, MPI_COMM_WORLD, &request);
    MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
    CHECK_EQ(is_done, 0);
    MPI_Send(&told, 1, MPI_CHAR, 0, IS_TOLD, MPI_COMM_WORLD);
    while (access(file, F_OK) == 0) { // computes
        usleep(1000);
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    check_gathered();
}

int main(int argc, char **argv)
{
    char file[NAME_BYTES] = "p2p_computes.XXXXXX";
    MPI_Datatype second;

    mpitest_start(&argc, &argv);
    if (mpitest_rank == 0) {
        close(mkstemp(file));
    }
    MPI_Bcast(file, NAME_BYTES, MPI_CHAR, 0, MPI_COMM_WORLD);
    MPI_Type_vector(LONG_DOUBLES, 1, 2, MPI_DOUBLE, &second);
    MPI_Type_commit(&second);
    if (mpitest_rank == 0) {
        send_to_all(second);
    } else if (mpitest_rank < mpitest_size - 1) {
        receive_late(file);
    } else {
        MPI_Recv(gathered, LONG_DOUBLES, MPI_DOUBLE, 0, IS_LONG, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        check_gathered();
        unlink(file);
    }
    MPI_Type_free(&second);
    return mpitest_finish();
}
