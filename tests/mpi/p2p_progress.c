/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages move whenever a rank is inside the library, in whatever call: nobody waits for a peer
 * that only tests, probes, or waits for something else; and floods in both directions end. */
#include "tests/lib/mpitest.h"

enum { LARGE_BYTES = 4 << 20, CROSSING = 8, CROSSING_BYTES = 300000, FLOOD = 5000 };

static int next, previous;
static unsigned char *sent, *received;

/* The sender waits while the receiver does nothing but test. */
static void test_receiver_tests(void)
{
    MPI_Request send, receive;
    int flag = 0;

    mpitest_fill(sent, LARGE_BYTES, (uint64_t)mpitest_rank);
    MPI_Irecv(received, LARGE_BYTES, MPI_BYTE, previous, 1, MPI_COMM_WORLD, &receive);
    MPI_Isend(sent, LARGE_BYTES, MPI_BYTE, next, 1, MPI_COMM_WORLD, &send);
    while (!flag) {
        MPI_Test(&receive, &flag, MPI_STATUS_IGNORE);
    }
    CHECK_PATTERN(received, LARGE_BYTES, (uint64_t)previous);
    MPI_Wait(&send, MPI_STATUS_IGNORE);
}

/* Half of the ranks wait for their send, the others are in a receive of something else meanwhile,
 * which the first ones send only afterwards. */
static void test_receiver_waits_for_other(void)
{
    const int peer = mpitest_rank ^ 1;
    MPI_Request request;
    int value = 0, flag = 0;

    if (peer >= mpitest_size) {
        return;
    }
    if (mpitest_rank % 2 == 0) {
        MPI_Ssend(sent, LARGE_BYTES, MPI_BYTE, peer, 2, MPI_COMM_WORLD);
        MPI_Send(&value, 1, MPI_INT, peer, 3, MPI_COMM_WORLD);
    } else {
        memset(received, 0, LARGE_BYTES);
        MPI_Irecv(received, LARGE_BYTES, MPI_BYTE, peer, 2, MPI_COMM_WORLD, &request);
        MPI_Recv(&value, 1, MPI_INT, peer, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        CHECK_PATTERN(received, LARGE_BYTES, (uint64_t)peer);
    }

    // The sender is the one that only looks: by probing for a message that comes last.
    if (mpitest_rank % 2 == 0) {
        MPI_Isend(sent, LARGE_BYTES, MPI_BYTE, peer, 4, MPI_COMM_WORLD, &request);
        while (!flag) {
            MPI_Iprobe(peer, 5, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        }
        MPI_Recv(&value, 1, MPI_INT, peer, 5, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    } else {
        MPI_Recv(received, LARGE_BYTES, MPI_BYTE, peer, 4, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&value, 1, MPI_INT, peer, 5, MPI_COMM_WORLD);
    }
}

/* Large messages in both directions between all pairs at once, received in the reverse order. */
static void test_crossing(void)
{
    const int total = CROSSING * mpitest_size;
    MPI_Request *requests = mpitest_malloc((size_t)(2 * total) * sizeof(MPI_Request));
    unsigned char *memory = mpitest_malloc((size_t)total * CROSSING_BYTES);
    const int bytes = CROSSING_BYTES / mpitest_size;

    for (int i = 0; i < total; i++) {
        MPI_Isend(sent, bytes, MPI_BYTE, i % mpitest_size, i / mpitest_size, MPI_COMM_WORLD,
                  &requests[i]);
    }
    for (int i = total - 1; i >= 0; i--) {
        MPI_Irecv(memory + (size_t)(i * bytes), bytes, MPI_BYTE, i % mpitest_size, i / mpitest_size,
                  MPI_COMM_WORLD, &requests[total + i]);
    }
    MPI_Waitall(2 * total, requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < total; i++) {
        CHECK_PATTERN(memory + (size_t)(i * bytes), (size_t)bytes, (uint64_t)(i % mpitest_size));
    }
    free(memory);
    free(requests);
}

/* Everybody sends thousands to the next rank before anybody receives. */
static void test_flood(int bytes)
{
    MPI_Request *requests = mpitest_malloc(FLOOD * sizeof *requests);

    for (int i = 0; i < FLOOD; i++) {
        MPI_Isend(sent, bytes, MPI_BYTE, next, i, MPI_COMM_WORLD, &requests[i]);
    }
    for (int i = FLOOD - 1; i >= 0; i--) {
        MPI_Recv(received, bytes, MPI_BYTE, previous, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    CHECK_PATTERN(received, (size_t)bytes, (uint64_t)previous);
    MPI_Waitall(FLOOD, requests, MPI_STATUSES_IGNORE);
    free(requests);
}

/* All send to rank 0, which takes the last rank's messages first. */
static void test_all_to_one(void)
{
    int value;

    if (mpitest_rank == 0) {
        for (int source = mpitest_size - 1; source > 0; source--) {
            for (int i = 0; i < FLOOD; i++) {
                MPI_Recv(&value, 1, MPI_INT, source, 6, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
                CHECK_EQ(value, i);
            }
        }
    } else {
        for (int i = 0; i < FLOOD; i++) {
            MPI_Send(&i, 1, MPI_INT, 0, 6, MPI_COMM_WORLD);
        }
    }
}

/* Sends whose requests are given up arrive, even after their sender has gone to MPI_Finalize. */
static void test_given_up(void)
{
    MPI_Request request;

    for (int i = 0; i < CROSSING; i++) {
        MPI_Isend(sent + i, CROSSING_BYTES, MPI_BYTE, next, 7, MPI_COMM_WORLD, &request);
        MPI_Request_free(&request);
    }
    for (int i = 0; i < CROSSING; i++) {
        MPI_Recv(received, CROSSING_BYTES, MPI_BYTE, previous, 7, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
        CHECK_EQ(received[0], mpitest_pattern_byte((uint64_t)previous, (size_t)i));
        CHECK_EQ(received[CROSSING_BYTES - 1],
                 mpitest_pattern_byte((uint64_t)previous, (size_t)i + CROSSING_BYTES - 1));
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    sent = mpitest_malloc(LARGE_BYTES);
    received = mpitest_malloc(LARGE_BYTES);

    test_receiver_tests();
    test_receiver_waits_for_other();
    test_crossing();
    test_flood(0);
    test_flood(100);
    test_flood(5000);
    test_all_to_one();
    test_given_up();

    free(received);
    const int result = mpitest_finish(); // `sent` may be in use until here
    free(sent);
    return result;
}
