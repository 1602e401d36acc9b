/* SPDX-License-Identifier: BSD-3-Clause */
/* What MPI 4.1 has added to buffered sends: buffers of communicators, automatic ones, and flushing,
 * also as a request. */
#include "tests/lib/flattest.h"
#include "tests/lib/ringtest.h"

enum { LONG = 150000, CYCLES = 100000 };

static MPI_Comm comm; /* a duplicate of MPI_COMM_WORLD */

static int room_for(int bytes)
{
    return bytes + MPI_BSEND_OVERHEAD;
}

static int bsend(int length, int tag, MPI_Comm on)
{
    mpitest_fill(source, (size_t)length, (uint64_t)(1000 * mpitest_rank + tag));
    int code = MPI_Bsend(source, length, MPI_BYTE, next, tag, on);
    memset(source, 0xee, (size_t)length);
    return code;
}

static void receive(int length, int tag, MPI_Comm on)
{
    MPI_Status status;
    int count;

    MPI_Recv(target, length, MPI_BYTE, previous, tag, on, &status);
    MPI_Get_count(&status, MPI_BYTE, &count);
    CHECK_EQ(count, length);
    CHECK_PATTERN(target, (size_t)length, (uint64_t)(1000 * previous + tag));
}

/* ---- Buffers of communicators ---- */

/* A communicator with a buffer uses that alone, others the one of the process. */
static void test_whose_buffer(void)
{
    int large = room_for(LONG), size = -1;
    void *memory = mpitest_malloc((size_t)large), *own = mpitest_malloc((size_t)large), *detached;

    MPI_Buffer_attach(memory, large);
    EXPECT_CLASS(bsend(LONG, 0, comm), MPI_SUCCESS); // comm has none yet
    EXPECT_CLASS(bsend(LONG, 1, comm), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Comm_attach_buffer(comm, own, large), MPI_SUCCESS);
    EXPECT_CLASS(bsend(LONG, 1, MPI_COMM_WORLD), MPI_ERR_BUFFER);
    EXPECT_CLASS(bsend(LONG, 2, comm), MPI_SUCCESS);
    EXPECT_CLASS(bsend(LONG, 3, comm), MPI_ERR_BUFFER);
    MPI_Barrier(MPI_COMM_WORLD);
    receive(LONG, 0, comm);
    MPI_Barrier(MPI_COMM_WORLD);
    EXPECT_CLASS(bsend(LONG, 4, comm), MPI_ERR_BUFFER); // though the process's buffer is free now
    EXPECT_CLASS(bsend(LONG, 5, MPI_COMM_WORLD), MPI_SUCCESS);
    MPI_Barrier(MPI_COMM_WORLD);
    receive(LONG, 2, comm);
    receive(LONG, 5, MPI_COMM_WORLD);

    EXPECT_CLASS(MPI_Comm_detach_buffer(comm, &detached, &size), MPI_SUCCESS);
    CHECK(detached == own);
    CHECK_EQ(size, large);
    EXPECT_CLASS(MPI_Comm_detach_buffer(comm, &detached, &size), MPI_SUCCESS);
    CHECK(detached == NULL);
    CHECK_EQ(size, 0);
    EXPECT_CLASS(MPI_Buffer_detach(&detached, &size), MPI_SUCCESS);
    CHECK(detached == memory);
    free(memory);
    free(own);
}

/* Freeing a communicator detaches its buffer. */
static void test_free_communicator(void)
{
    int bytes = room_for(LONG);
    void *memory = mpitest_malloc((size_t)bytes);
    MPI_Comm freed;
    MPI_Request request;

    MPI_Comm_dup(MPI_COMM_WORLD, &freed);
    MPI_Comm_attach_buffer(freed, memory, bytes);
    MPI_Irecv(target, LONG, MPI_BYTE, previous, 0, freed, &request);
    EXPECT_CLASS(bsend(LONG, 0, freed), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Comm_free(&freed), MPI_SUCCESS);
    memset(memory, 0xdd, (size_t)bytes);
    free(memory);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK_PATTERN(target, LONG, (uint64_t)(1000 * previous));
}

/* ---- Automatic buffers ---- */

static void send_much(MPI_Comm on)
{
    enum { COUNT = 60 };

    for (int i = 0; i < COUNT; i++) {
        EXPECT_CLASS(bsend(i * 2500, i, on), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = COUNT - 1; i >= 0; i--) {
        receive(i * 2500, i, on);
    }
}

static void test_automatic(void)
{
    void *detached = NULL;
    int size;
    MPI_Count large_size;

    EXPECT_CLASS(MPI_Buffer_attach(MPI_BUFFER_AUTOMATIC, -5), MPI_SUCCESS); // what size, is all one
    EXPECT_CLASS(MPI_Buffer_attach(source, 1000), MPI_ERR_BUFFER);
    send_much(MPI_COMM_WORLD);
    EXPECT_CLASS(MPI_Buffer_detach(&detached, &size), MPI_SUCCESS);
    CHECK(detached == MPI_BUFFER_AUTOMATIC);

    EXPECT_CLASS(MPI_Comm_attach_buffer_c(comm, MPI_BUFFER_AUTOMATIC, 0), MPI_SUCCESS);
    send_much(comm);
    EXPECT_CLASS(bsend(LONG, 0, MPI_COMM_WORLD), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Comm_detach_buffer_c(comm, &detached, &large_size), MPI_SUCCESS);
    CHECK(detached == MPI_BUFFER_AUTOMATIC);
}

/* ---- Flushing ---- */

/* After a flush the whole buffer is free, whether or not anybody has listened meanwhile. */
static void test_flush(MPI_Comm on)
{
    bool is_first = mpitest_rank % 2 == 0;
    MPI_Request request = MPI_REQUEST_NULL;

    for (int i = 0; i < 3; i++) {
        if (is_first) {
            MPI_Irecv(target, LONG, MPI_BYTE, previous, i, on, &request);
        }
        EXPECT_CLASS(bsend(LONG, i, on), MPI_SUCCESS);
        if (!is_first) {
            receive(LONG, i, on);
        }
        EXPECT_CLASS(on == comm ? MPI_Comm_flush_buffer(comm) : MPI_Buffer_flush(), MPI_SUCCESS);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
}

static int iflush(MPI_Comm on, MPI_Request *request)
{
    return on == comm ? MPI_Comm_iflush_buffer(comm, request) : MPI_Buffer_iflush(request);
}

static void check_empty(const MPI_Status *status)
{
    int count = -1;

    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, 0);
    CHECK_EQ(status->MPI_SOURCE, MPI_ANY_SOURCE);
    CHECK_EQ(status->MPI_TAG, MPI_ANY_TAG);
}

/* It waits for what is in the buffer when it starts, not for what comes later. */
static void test_iflush(MPI_Comm on)
{
    MPI_Request requests[3];
    MPI_Status status, statuses[2];
    int flag;

    EXPECT_CLASS(iflush(on, &requests[0]), MPI_SUCCESS); // nothing there
    EXPECT_CLASS(MPI_Wait(&requests[0], &status), MPI_SUCCESS);
    check_empty(&status);
    CHECK(requests[0] == MPI_REQUEST_NULL);

    EXPECT_CLASS(bsend(LONG, 0, on), MPI_SUCCESS);
    EXPECT_CLASS(iflush(on, &requests[0]), MPI_SUCCESS);
    EXPECT_CLASS(bsend(LONG, 1, on), MPI_SUCCESS);
    EXPECT_CLASS(iflush(on, &requests[1]), MPI_SUCCESS);
    EXPECT_CLASS(iflush(on, &requests[2]), MPI_SUCCESS);
    MPI_Request_free(&requests[2]); // in flight
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Testall(2, requests, &flag, MPI_STATUSES_IGNORE);
    CHECK_EQ(flag, 0);
    MPI_Barrier(MPI_COMM_WORLD);
    receive(LONG, 0, on);
    EXPECT_CLASS(MPI_Wait(&requests[0], &status), MPI_SUCCESS);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Test(&requests[1], &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    MPI_Barrier(MPI_COMM_WORLD);
    receive(LONG, 1, on);
    EXPECT_CLASS(MPI_Waitall(2, requests, statuses), MPI_SUCCESS);
    check_empty(&statuses[1]);
}

/* A flush in flight survives the buffer. */
static void test_detach_during_flush(void)
{
    MPI_Request request;
    void *detached;
    int size;

    MPI_Buffer_attach(MPI_BUFFER_AUTOMATIC, 0);
    MPI_Request receive_request;
    MPI_Irecv(target, LONG, MPI_BYTE, previous, 0, MPI_COMM_WORLD, &receive_request);
    EXPECT_CLASS(bsend(LONG, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Buffer_iflush(&request), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Buffer_detach(&detached, &size), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    MPI_Wait(&receive_request, MPI_STATUS_IGNORE);
}

static void test_flushes(void)
{
    int bytes = 2 * room_for(LONG), size;
    void *memory = mpitest_malloc((size_t)bytes), *detached;
    MPI_Request request;

    EXPECT_CLASS(MPI_Buffer_flush(), MPI_SUCCESS); // there is no buffer
    EXPECT_CLASS(MPI_Comm_flush_buffer(comm), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Buffer_iflush(&request), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    MPI_Comm on[2] = {MPI_COMM_WORLD, comm};
    for (int i = 0; i < 2; i++) {
        if (i == 0) {
            MPI_Buffer_attach_c(memory, bytes);
        } else {
            MPI_Comm_attach_buffer(comm, memory, bytes);
        }
        test_flush(on[i]);
        test_iflush(on[i]);
        if (i == 0) {
            MPI_Buffer_detach(&detached, &size);
        } else {
            MPI_Comm_detach_buffer(comm, &detached, &size);
        }
        CHECK(detached == memory);
    }
    free(memory);
    test_detach_during_flush();
}

/* ---- Errors, and many times ---- */

static void test_errors(void)
{
    static char memory[1000];
    MPI_Comm none = MPI_COMM_NULL;
    MPI_Count large;
    MPI_Request request;
    void *detached;
    int size;

    EXPECT_CLASS(MPI_Comm_attach_buffer(none, memory, 1000), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_attach_buffer_c(none, memory, 1000), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_detach_buffer(none, &detached, &size), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_detach_buffer_c(none, &detached, &large), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_flush_buffer(none), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_iflush_buffer(none, &request), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_iflush_buffer(comm, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Buffer_iflush(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_attach_buffer(comm, memory, -1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_attach_buffer(comm, NULL, 10), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_attach_buffer_c(comm, NULL, 10), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_attach_buffer(comm, memory, 1000), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Comm_attach_buffer(comm, memory, 1000), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Comm_attach_buffer(comm, MPI_BUFFER_AUTOMATIC, 0), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Comm_detach_buffer(comm, NULL, &size), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_detach_buffer(comm, &detached, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_detach_buffer_c(comm, &detached, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_detach_buffer_c(comm, &detached, &large), MPI_SUCCESS);
    CHECK(detached == memory);
    CHECK_EQ(large, 1000);
    EXPECT_CLASS(MPI_Comm_attach_buffer_c(comm, memory, (MPI_Count)1 << 32), MPI_SUCCESS);
    detached = NULL;
    EXPECT_CLASS(MPI_Comm_detach_buffer(comm, &detached, &size), MPI_SUCCESS);
    CHECK(detached == memory);
    CHECK_EQ(size, MPI_UNDEFINED);
}

static void cycle(int index)
{
    static char memory[2 * MPI_BSEND_OVERHEAD];
    bool automatic = index % 2 == 0;
    MPI_Request request;
    void *detached;
    int size;

    MPI_Comm_attach_buffer(MPI_COMM_SELF, automatic ? MPI_BUFFER_AUTOMATIC : memory, sizeof memory);
    MPI_Bsend(&index, 1, MPI_INT, 0, 0, MPI_COMM_SELF);
    MPI_Comm_iflush_buffer(MPI_COMM_SELF, &request);
    if (index % 3 == 0) {
        MPI_Request_free(&request);
    }
    MPI_Recv(&index, 1, MPI_INT, 0, 0, MPI_COMM_SELF, MPI_STATUS_IGNORE);
    MPI_Comm_flush_buffer(MPI_COMM_SELF);
    if (index % 3 != 0) {
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    MPI_Comm_detach_buffer(MPI_COMM_SELF, &detached, &size);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    ringtest_begin(LONG);
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);

    test_whose_buffer();
    test_free_communicator();
    test_automatic();
    test_flushes();
    test_errors();
    flattest_check(cycle, mpitest_size == 1 ? CYCLES : CYCLES / 100);
    MPI_Comm_free(&comm);
    ringtest_end();
    return mpitest_finish();
}
