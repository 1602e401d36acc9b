/* SPDX-License-Identifier: BSD-3-Clause */
/* The forms with large counts, and a message of more than 2^32 bytes: its buffers are small pieces
 * of memory mapped again and again, so that it costs time but no memory. */
/* matrix: np=2 copy=chunk,cma,pipe,direct engine=uring rings=default limit=120 */
#include "tests/lib/hugetest.h"
#include "tests/lib/sanitized.h"

#if MPI_VERSION >= 4

static const MPI_Count huge_bytes = ((MPI_Count)1 << 32) + 12345;

static int next, previous;

static void test_forms(void)
{
    int value = 0, number = mpitest_rank;
    MPI_Request requests[4];
    MPI_Status status;
    MPI_Count count = -1;

    MPI_Irecv_c(&value, 1, MPI_INT, previous, 1, MPI_COMM_WORLD, &requests[0]);
    CHECK_EQ(MPI_Send_c(&number, 1, MPI_INT, next, 1, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Wait(&requests[0], &status), MPI_SUCCESS);
    CHECK_EQ(value, previous);
    CHECK_EQ(MPI_Get_count_c(&status, MPI_BYTE, &count), MPI_SUCCESS);
    CHECK_EQ(count, (MPI_Count)sizeof(int));

    MPI_Irecv_c(&value, 1, MPI_INT, previous, 2, MPI_COMM_WORLD, &requests[0]);
    CHECK_EQ(MPI_Ssend_c(&number, 1, MPI_INT, next, 2, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Wait(&requests[0], MPI_STATUS_IGNORE), MPI_SUCCESS);

    CHECK_EQ(MPI_Isend_c(&number, 1, MPI_INT, next, 3, MPI_COMM_WORLD, &requests[0]), MPI_SUCCESS);
    CHECK_EQ(MPI_Issend_c(&number, 1, MPI_INT, next, 4, MPI_COMM_WORLD, &requests[1]), MPI_SUCCESS);
    CHECK_EQ(MPI_Recv_c(&value, 1, MPI_INT, previous, 3, MPI_COMM_WORLD, &status), MPI_SUCCESS);
    CHECK_EQ(MPI_Recv_c(&value, 1, MPI_INT, previous, 4, MPI_COMM_WORLD, &status), MPI_SUCCESS);
    CHECK_EQ(MPI_Waitall(2, requests, MPI_STATUSES_IGNORE), MPI_SUCCESS);

    value = -1;
    CHECK_EQ(MPI_Sendrecv_c(&number, 1, MPI_INT, next, 5, &value, 1, MPI_INT, previous, 5,
                            MPI_COMM_WORLD, &status),
             MPI_SUCCESS);
    CHECK_EQ(value, previous);

    // Ready sends: the receives are there once the zero-byte message has come.
    MPI_Irecv_c(&value, 1, MPI_INT, previous, 6, MPI_COMM_WORLD, &requests[0]);
    MPI_Irecv_c(&value, 1, MPI_INT, previous, 7, MPI_COMM_WORLD, &requests[1]);
    MPI_Sendrecv_c(NULL, 0, MPI_INT, previous, 8, NULL, 0, MPI_INT, next, 8, MPI_COMM_WORLD,
                   MPI_STATUS_IGNORE);
    CHECK_EQ(MPI_Rsend_c(&number, 1, MPI_INT, next, 6, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Irsend_c(&number, 1, MPI_INT, next, 7, MPI_COMM_WORLD, &requests[2]), MPI_SUCCESS);
    CHECK_EQ(MPI_Waitall(3, requests, MPI_STATUSES_IGNORE), MPI_SUCCESS);
}

/* Rank 0 sends, rank 1 receives; afterwards the piece holds the pattern exactly if each byte of the
 * message has arrived at its place. */
static void test_huge(void)
{
    unsigned char *buffer = hugetest_map((size_t)huge_bytes);
    MPI_Status status;
    MPI_Count count = -1;
    int small_count = -1;

    if (mpitest_rank == 0) {
        mpitest_fill(buffer, HUGETEST_PIECE_BYTES, 1);
        CHECK_EQ(MPI_Send_c(buffer, huge_bytes, MPI_BYTE, 1, 9, MPI_COMM_WORLD), MPI_SUCCESS);
    } else if (mpitest_rank == 1) {
        MPI_Probe(0, 9, MPI_COMM_WORLD, &status);
        CHECK_EQ(MPI_Get_count_c(&status, MPI_BYTE, &count), MPI_SUCCESS);
        CHECK_EQ(count, huge_bytes);
        CHECK_EQ(MPI_Recv_c(buffer, huge_bytes, MPI_BYTE, 0, 9, MPI_COMM_WORLD, &status),
                 MPI_SUCCESS);
        MPI_Get_count_c(&status, MPI_BYTE, &count);
        CHECK_EQ(count, huge_bytes);
        MPI_Get_count(&status, MPI_BYTE, &small_count);
        CHECK_EQ(small_count, MPI_UNDEFINED); // more than an int holds
        CHECK_PATTERN(buffer, HUGETEST_PIECE_BYTES, 1);
    }
    hugetest_unmap(buffer, (size_t)huge_bytes);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    test_forms();
    if (mpitest_size >= 2 && !SANITIZED_THREAD) { // which has 16 GiB to note of these 4
        test_huge();
    }
    return mpitest_finish();
}

#else

MPITEST_MAIN_SKIPS("this MPI has no large counts")

#endif
