/* SPDX-License-Identifier: BSD-3-Clause */
/* A tool's own MPI_X sees each call of the program, and no call of the
 * library's (MPI 5.0, 15.2). */
/* matrix: np=1,3 copy=chunk rings=default limit=20 */
#include "tests/lib/mpitest.h"

static int send_count, recv_count, barrier_count;

int MPI_Send(const void *buf, int count, MPI_Datatype datatype, int dest, int tag, MPI_Comm comm)
{
    send_count++;
    return PMPI_Send(buf, count, datatype, dest, tag, comm);
}

int MPI_Recv(void *buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm,
             MPI_Status *status)
{
    recv_count++;
    return PMPI_Recv(buf, count, datatype, source, tag, comm, status);
}

int MPI_Barrier(MPI_Comm comm)
{
    barrier_count++;
    return PMPI_Barrier(comm);
}

/* Rank 0 sends each other rank a number, through the wrapped calls. */
static void check_calls_are_seen(void)
{
    int number = 42, message_count = mpitest_size - 1;

    if (mpitest_rank == 0) {
        for (int peer = 1; peer < mpitest_size; peer++) {
            MPI_Send(&number, 1, MPI_INT, peer, 0, MPI_COMM_WORLD);
        }
        CHECK_EQ(send_count, message_count);
        CHECK_EQ(recv_count, 0);
    } else {
        number = 0;
        MPI_Recv(&number, 1, MPI_INT, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_EQ(send_count, 0);
        CHECK_EQ(recv_count, 1);
    }
    CHECK_EQ(number, 42);
    MPI_Barrier(MPI_COMM_WORLD);
    CHECK_EQ(barrier_count, 1);
}

/* Whatever these are made of inside, a tool sees what the program called and no more. */
static void check_the_inside_is_not(void)
{
    int sends = send_count, receives = recv_count, value = mpitest_rank, sum = -1;
    MPI_Comm copy;

    MPI_Bcast(&value, 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Allreduce(&value, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Comm_free(&copy);
    PMPI_Barrier(MPI_COMM_WORLD);
    CHECK_EQ(sum, 0);
    CHECK_EQ(send_count, sends);
    CHECK_EQ(recv_count, receives);
    CHECK_EQ(barrier_count, 1);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_calls_are_seen();
    check_the_inside_is_not();
    return mpitest_finish();
}
