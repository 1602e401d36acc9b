/* SPDX-License-Identifier: BSD-3-Clause */
/* Every way to send (standard, synchronous, ready; blocking and not) meets every way to receive, at
 * every size where the transport changes its way, and one byte beside it. Each rank sends to the
 * next one and receives from the previous one; a single rank sends to itself. */
#include "tests/lib/mpitest.h"

enum { BYTES_MAX = (16 << 20) + 3, GUARD_BYTES = 16, GUARD = 0xa5 };

typedef int send_function(const void *, int, MPI_Datatype, int, int, MPI_Comm);
typedef int start_function(const void *, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request *);

static const struct mode {
    send_function *send;
    start_function *start;
    bool ready; /* the receive must be posted first */
} modes[] = {
    {MPI_Send, MPI_Isend, false},
    {MPI_Ssend, MPI_Issend, false},
    {MPI_Rsend, MPI_Irsend, true},
};

static const int sizes[] = {
    0,     1,     7,     8,     39,    40,    41,    63,     64,     65,     255,     256,
    257,   1023,  1024,  1025,  4095,  4096,  4097,  8191,   8192,   8193,   16383,   16384,
    16385, 32767, 32768, 32769, 65535, 65536, 65537, 262143, 262144, 262145, 1 << 20, (1 << 20) + 1,
};

static unsigned char *sent, *received;
static int next, previous;

/* What a rank sends in one exchange. */
static uint64_t key_of(int rank, int bytes, int tag)
{
    return (uint64_t)rank << 48 ^ (uint64_t)tag << 32 ^ (uint64_t)bytes;
}

static void prepare(int bytes, int tag)
{
    mpitest_fill(sent, (size_t)bytes, key_of(mpitest_rank, bytes, tag));
    memset(received, GUARD, (size_t)bytes + GUARD_BYTES);
}

static void check_received(const MPI_Status *status, int bytes, int tag)
{
    int count = -1;

    CHECK_EQ(status->MPI_SOURCE, previous);
    CHECK_EQ(status->MPI_TAG, tag);
    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
    CHECK_PATTERN(received, (size_t)bytes, key_of(previous, bytes, tag));
    for (int i = 0; i < GUARD_BYTES; i++) {
        CHECK_EQ(received[bytes + i], GUARD);
    }
}

/* Returns when the receive of `next` is posted; the own one was posted before. */
static void wait_until_posted(void)
{
    MPI_Sendrecv(NULL, 0, MPI_BYTE, previous, 999, NULL, 0, MPI_BYTE, next, 999, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
}

static void test_blocking_send(const struct mode *mode, int bytes, int tag)
{
    MPI_Request request;
    MPI_Status status;

    prepare(bytes, tag);
    MPI_Irecv(received, bytes + GUARD_BYTES, MPI_BYTE, previous, tag, MPI_COMM_WORLD, &request);
    if (mode->ready) {
        wait_until_posted();
    }
    CHECK_EQ(mode->send(sent, bytes, MPI_BYTE, next, tag, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Wait(&request, &status), MPI_SUCCESS);
    CHECK(request == MPI_REQUEST_NULL);
    check_received(&status, bytes, tag);
}

static void test_nonblocking_send(const struct mode *mode, int bytes, int tag)
{
    MPI_Request requests[2];
    MPI_Status statuses[2];

    prepare(bytes, tag);
    MPI_Irecv(received, bytes, MPI_BYTE, previous, tag, MPI_COMM_WORLD, &requests[0]);
    if (mode->ready) {
        wait_until_posted();
    }
    CHECK_EQ(mode->start(sent, bytes, MPI_BYTE, next, tag, MPI_COMM_WORLD, &requests[1]),
             MPI_SUCCESS);
    CHECK_EQ(MPI_Waitall(2, requests, statuses), MPI_SUCCESS);
    CHECK(requests[0] == MPI_REQUEST_NULL && requests[1] == MPI_REQUEST_NULL);
    check_received(&statuses[0], bytes, tag);
}

static void test_blocking_receive(const struct mode *mode, int bytes, int tag)
{
    MPI_Request request;
    MPI_Status status = {.MPI_ERROR = 4711};

    prepare(bytes, tag);
    CHECK_EQ(mode->start(sent, bytes, MPI_BYTE, next, tag, MPI_COMM_WORLD, &request), MPI_SUCCESS);
    CHECK_EQ(MPI_Recv(received, bytes, MPI_BYTE, previous, tag, MPI_COMM_WORLD, &status),
             MPI_SUCCESS);
    CHECK_EQ(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    check_received(&status, bytes, tag);
    CHECK_EQ(status.MPI_ERROR, 4711); // left alone by a call that returns one status
}

static void test_sendrecv(int bytes, int tag)
{
    MPI_Status status;

    prepare(bytes, tag);
    CHECK_EQ(MPI_Sendrecv(sent, bytes, MPI_BYTE, next, tag, received, bytes + 1, MPI_BYTE, previous,
                          tag, MPI_COMM_WORLD, &status),
             MPI_SUCCESS);
    check_received(&status, bytes, tag);
}

static void test_size(int bytes)
{
    const int mode_count = (int)(sizeof modes / sizeof modes[0]);
    int tag = 0;

    for (int i = 0; i < mode_count; i++) {
        test_blocking_send(&modes[i], bytes, tag++);
        test_nonblocking_send(&modes[i], bytes, tag++);
        if (!modes[i].ready) {
            test_blocking_receive(&modes[i], bytes, tag++);
        }
    }
    test_sendrecv(bytes, tag);
}

int main(int argc, char **argv)
{
    unsigned char *sent_memory, *received_memory;

    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    sent_memory = mpitest_malloc(BYTES_MAX + GUARD_BYTES);
    received_memory = mpitest_malloc(BYTES_MAX + 2 * GUARD_BYTES);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        sent = sent_memory + i % 3; // any alignment
        received = received_memory + i % 5;
        test_size(sizes[i]);
    }
    sent = sent_memory;
    received = received_memory;
    test_sendrecv(16 << 20, 1);
    test_nonblocking_send(&modes[1], BYTES_MAX, 2);

    free(sent_memory);
    free(received_memory);
    return mpitest_finish();
}
