/* SPDX-License-Identifier: BSD-3-Clause */
/* The two peers that are always there: MPI_PROC_NULL, which takes everything and gives nothing
 * (MPI 5.0, 3.10), and the rank itself, in MPI_COMM_WORLD and in MPI_COMM_SELF. */
#include "tests/lib/mpitest.h"

enum { LARGE_BYTES = 3 << 20, MESSAGES = 300 };

static void check_null_status(const MPI_Status *status)
{
    int count = -1;

    CHECK_EQ(status->MPI_SOURCE, MPI_PROC_NULL);
    CHECK_EQ(status->MPI_TAG, MPI_ANY_TAG);
    MPI_Get_count(status, MPI_INT, &count);
    CHECK_EQ(count, 0);
}

static void test_null_blocking(void)
{
    int value = 42, other = 43, flag = 0;
    MPI_Status status;

    CHECK_EQ(MPI_Send(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Ssend(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Rsend(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Recv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &status), MPI_SUCCESS);
    CHECK_EQ(value, 42);
    check_null_status(&status);
    CHECK_EQ(
        MPI_Recv(&value, 1, MPI_INT, MPI_PROC_NULL, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
        MPI_SUCCESS);

    memset(&status, 0x5a, sizeof status);
    CHECK_EQ(MPI_Probe(MPI_PROC_NULL, 0, MPI_COMM_WORLD, &status), MPI_SUCCESS);
    check_null_status(&status);
    memset(&status, 0x5a, sizeof status);
    CHECK_EQ(MPI_Iprobe(MPI_PROC_NULL, 0, MPI_COMM_WORLD, &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    check_null_status(&status);

    memset(&status, 0x5a, sizeof status);
    CHECK_EQ(MPI_Sendrecv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, &other, 1, MPI_INT, MPI_PROC_NULL,
                          0, MPI_COMM_WORLD, &status),
             MPI_SUCCESS);
    check_null_status(&status);
    CHECK_EQ(other, 43);

    // A line of ranks: everybody shifts to the right, the ends have no neighbour.
    const int left = mpitest_rank > 0 ? mpitest_rank - 1 : MPI_PROC_NULL;
    const int right = mpitest_rank < mpitest_size - 1 ? mpitest_rank + 1 : MPI_PROC_NULL;
    value = mpitest_rank;
    MPI_Sendrecv(&value, 1, MPI_INT, right, 1, &other, 1, MPI_INT, left, 1, MPI_COMM_WORLD,
                 &status);
    CHECK_EQ(other, left == MPI_PROC_NULL ? 43 : left);
    CHECK_EQ(status.MPI_SOURCE, left);
}

static void test_null_nonblocking(void)
{
    int value = 42;
    MPI_Request requests[4];
    MPI_Status statuses[4];

    CHECK_EQ(MPI_Irecv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &requests[0]),
             MPI_SUCCESS);
    CHECK_EQ(MPI_Isend(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &requests[1]),
             MPI_SUCCESS);
    CHECK_EQ(MPI_Issend(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &requests[2]),
             MPI_SUCCESS);
    CHECK_EQ(MPI_Irsend(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &requests[3]),
             MPI_SUCCESS);
    for (int i = 0; i < 4; i++) {
        CHECK(requests[i] != MPI_REQUEST_NULL);
    }
    CHECK_EQ(MPI_Waitall(4, requests, statuses), MPI_SUCCESS);
    check_null_status(&statuses[0]);
    CHECK_EQ(value, 42);
}

/* A short message that is sent before its receive: its sender does not wait. */
static void test_self_short(MPI_Comm comm, int self)
{
    int value = 42, other = 0;

    MPI_Send(&value, 1, MPI_INT, self, 4, comm);
    MPI_Recv(&other, 1, MPI_INT, self, 4, comm, MPI_STATUS_IGNORE);
    CHECK_EQ(other, 42);
}

/* Messages of all lengths to the rank itself, with the receive before the send and after it. */
static void test_self_lengths(MPI_Comm comm, int self)
{
    static const int lengths[] = {0, 1, 40, 41, 4096, 32768, 32769, 100000, LARGE_BYTES};
    unsigned char *sent = mpitest_malloc(LARGE_BYTES), *received = mpitest_malloc(LARGE_BYTES);

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const int bytes = lengths[i];
        MPI_Request send, receive;
        MPI_Status status;
        int count;

        mpitest_fill(sent, (size_t)bytes, i);
        MPI_Irecv(received, bytes, MPI_BYTE, self, 1, comm, &receive);
        CHECK_EQ(MPI_Ssend(sent, bytes, MPI_BYTE, self, 1, comm), MPI_SUCCESS);
        MPI_Wait(&receive, &status);
        MPI_Get_count(&status, MPI_BYTE, &count);
        CHECK_EQ(count, bytes);
        CHECK_EQ(status.MPI_SOURCE, self);
        CHECK_PATTERN(received, (size_t)bytes, i);

        memset(received, 0, (size_t)bytes);
        MPI_Issend(sent, bytes, MPI_BYTE, self, 2, comm, &send);
        MPI_Recv(received, bytes, MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &status);
        CHECK_EQ(MPI_Wait(&send, MPI_STATUS_IGNORE), MPI_SUCCESS);
        CHECK_EQ(status.MPI_SOURCE, self);
        CHECK_EQ(status.MPI_TAG, 2);
        CHECK_PATTERN(received, (size_t)bytes, i);

        memset(received, 0, (size_t)bytes);
        MPI_Sendrecv(sent, bytes, MPI_BYTE, self, 3, received, bytes, MPI_BYTE, self, 3, comm,
                     MPI_STATUS_IGNORE);
        CHECK_PATTERN(received, (size_t)bytes, i);
    }
    free(sent);
    free(received);
}

/* Many to oneself, unexpected, in order; and a synchronous one is not complete before its receive.
 */
static void test_self_many(MPI_Comm comm, int self)
{
    int values[MESSAGES], value, flag = -1;
    MPI_Request requests[MESSAGES];

    for (int i = 0; i < MESSAGES; i++) {
        values[i] = i;
        if (i % 2 == 0) {
            MPI_Isend(&values[i], 1, MPI_INT, self, i % 3, comm, &requests[i]);
        } else {
            MPI_Issend(&values[i], 1, MPI_INT, self, i % 3, comm, &requests[i]);
        }
    }
    MPI_Test(&requests[MESSAGES - 1], &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    for (int tag = 2; tag >= 0; tag--) {
        for (int i = tag; i < MESSAGES; i += 3) {
            MPI_Recv(&value, 1, MPI_INT, self, tag, comm, MPI_STATUS_IGNORE);
            CHECK_EQ(value, i);
        }
    }
    CHECK_EQ(MPI_Waitall(MESSAGES, requests, MPI_STATUSES_IGNORE), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    test_null_blocking();
    test_null_nonblocking();
    test_self_short(MPI_COMM_SELF, 0);
    test_self_lengths(MPI_COMM_WORLD, mpitest_rank);
    test_self_lengths(MPI_COMM_SELF, 0);
    test_self_many(MPI_COMM_WORLD, mpitest_rank);
    test_self_many(MPI_COMM_SELF, 0);
    return mpitest_finish();
}
