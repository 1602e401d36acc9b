/* SPDX-License-Identifier: BSD-3-Clause */
/* Every rank sends before it receives, again and again from the same memory: a message that is
 * short enough to be sent without asking does not wait for its receive, wherever it lies; a
 * synchronous one does. */
/* matrix: copy=auto,direct rings=default,tiny limit=30 */
#include "tests/lib/mpitest.h"

enum { ROUNDS = 100, ROOM_BYTES = 1 << 20, EAGER_BYTES = 32768, BURST = 2 };
enum { MANY = 1500, SHORT_BYTES = 2048 };

static int next, previous;
static unsigned char *source, *target;

static uint64_t key(int rank, int round)
{
    return (uint64_t)(1000 * rank + round);
}

static void test_send_first(size_t bytes)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BURST; i++) {
            mpitest_fill(source, bytes, key(mpitest_rank, round + i));
            MPI_Send(source, (int)bytes, MPI_BYTE, next, i, MPI_COMM_WORLD);
        }
        memset(source, 0xee, bytes);
        for (int i = BURST - 1; i >= 0; i--) {
            MPI_Recv(target, (int)bytes, MPI_BYTE, previous, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            CHECK_PATTERN(target, bytes, key(previous, round + i));
        }
    }
}

/* More short messages than there are chunks, from memory that nobody else can read. */
static void test_many(size_t bytes)
{
    static unsigned char own[SHORT_BYTES];

    for (int i = 0; i < MANY; i++) {
        mpitest_fill(own, bytes, key(mpitest_rank, i));
        MPI_Send(own, (int)bytes, MPI_BYTE, next, 0, MPI_COMM_WORLD);
    }
    for (int i = 0; i < MANY; i++) {
        MPI_Recv(target, (int)bytes, MPI_BYTE, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_PATTERN(target, bytes, key(previous, i));
    }
}

/* The receiver has seen the message, and does not receive it yet. */
static void test_synchronous(size_t bytes)
{
    MPI_Request request;
    int is_complete = 0;

    mpitest_fill(source, bytes, key(mpitest_rank, 0));
    MPI_Issend(source, (int)bytes, MPI_BYTE, next, 0, MPI_COMM_WORLD, &request);
    MPI_Probe(previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Test(&request, &is_complete, MPI_STATUS_IGNORE);
    CHECK(!is_complete);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Recv(target, (int)bytes, MPI_BYTE, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    CHECK_PATTERN(target, bytes, key(previous, 0));
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {8, 1500, 2048, 5000, EAGER_BYTES};

    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    source = mpitest_malloc(ROOM_BYTES);
    target = mpitest_malloc(ROOM_BYTES);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        test_send_first(sizes[i]);
        test_synchronous(sizes[i]);
    }
    test_many(600);
    test_many(SHORT_BYTES);
    free(source);
    free(target);
    return mpitest_finish();
}
