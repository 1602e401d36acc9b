/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages longer than their receive: MPI_ERR_TRUNCATE from every call that completes one, nothing
 * written behind the buffer, and everything else intact: the sender, the messages after it, the
 * requests beside it (MPI_ERR_IN_STATUS tells which one failed). */
#include "tests/lib/mpitest.h"

enum { REQUESTS = 6, BAD = 2, ROOM = 16, GUARD = 0xa5, BYTES_MAX = 200000 };

static const int lengths[] = {17, 41, 5000, 33000, BYTES_MAX};
static int next, previous;
static unsigned char *sent;
static unsigned char received[REQUESTS][2 * ROOM];
static MPI_Request requests[REQUESTS], sends[REQUESTS];
static MPI_Status statuses[REQUESTS];

static int class_of(int code)
{
    int error_class;

    MPI_Error_class(code, &error_class);
    return error_class;
}

static void check_guard(const unsigned char *buffer)
{
    for (int i = ROOM; i < 2 * ROOM; i++) {
        CHECK_EQ(buffer[i], GUARD);
    }
}

/* Tells the next rank that the own receives are posted or that it may go on, and waits for the
 * previous one to say so. */
static void meet(void)
{
    MPI_Sendrecv(NULL, 0, MPI_BYTE, next, 900, NULL, 0, MPI_BYTE, previous, 900, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    MPI_Sendrecv(NULL, 0, MPI_BYTE, previous, 901, NULL, 0, MPI_BYTE, next, 901, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
}

/* A message that is too long, and one behind it that is not: received in this order. */
static void test_blocking(int bytes)
{
    MPI_Status status;
    int count;

    memset(received, GUARD, sizeof received);
    MPI_Isend(sent, bytes, MPI_BYTE, next, 1, MPI_COMM_WORLD, &sends[0]);
    MPI_Isend(sent, ROOM, MPI_BYTE, next, 1, MPI_COMM_WORLD, &sends[1]);
    EXPECT_CLASS(
        MPI_Recv(received[0], ROOM, MPI_BYTE, previous, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
        MPI_ERR_TRUNCATE);
    check_guard(received[0]);
    EXPECT_CLASS(MPI_Recv(received[1], ROOM, MPI_BYTE, previous, 1, MPI_COMM_WORLD, &status),
                 MPI_SUCCESS);
    MPI_Get_count(&status, MPI_BYTE, &count);
    CHECK_EQ(count, ROOM);
    CHECK_PATTERN(received[1], ROOM, (uint64_t)previous);
    EXPECT_CLASS(MPI_Waitall(2, sends, MPI_STATUSES_IGNORE), MPI_SUCCESS);

    memset(received, GUARD, sizeof received);
    EXPECT_CLASS(MPI_Sendrecv(sent, bytes, MPI_BYTE, next, 2, received[0], ROOM, MPI_BYTE, previous,
                              2, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
                 MPI_ERR_TRUNCATE);
    check_guard(received[0]);
}

/* No room at all is no exception. */
static void test_no_room(int bytes)
{
    MPI_Request request;

    MPI_Isend(sent, bytes, MPI_BYTE, next, 3, MPI_COMM_WORLD, &request);
    EXPECT_CLASS(MPI_Recv(NULL, 0, MPI_BYTE, previous, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
                 MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
}

/* Posts REQUESTS receives of ROOM bytes and sends each its message; that of BAD is too long. With
 * `expected` the receives are there before the messages, otherwise the messages before them. */
static void start_all(int bytes, bool expected)
{
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < REQUESTS; i++) {
            if ((half == 0) == expected) {
                MPI_Irecv(received[i], ROOM, MPI_BYTE, previous, 10 + i, MPI_COMM_WORLD,
                          &requests[i]);
            } else {
                MPI_Isend(sent, i == BAD ? bytes : ROOM, MPI_BYTE, next, 10 + i, MPI_COMM_WORLD,
                          &sends[i]);
            }
        }
        meet();
    }
    memset(statuses, 0x5a, sizeof statuses);
}

static void finish_all(void)
{
    CHECK_EQ(MPI_Waitall(REQUESTS, sends, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    for (int i = 0; i < REQUESTS; i++) {
        CHECK(requests[i] == MPI_REQUEST_NULL);
        check_guard(received[i]);
        if (i != BAD) {
            CHECK_PATTERN(received[i], ROOM, (uint64_t)previous);
        }
    }
    memset(received, GUARD, sizeof received);
}

static void test_one(int bytes, bool expected)
{
    int index = -1, flag = 0;

    start_all(bytes, expected);
    EXPECT_CLASS(MPI_Wait(&requests[BAD], MPI_STATUS_IGNORE), MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Waitall(REQUESTS, requests, statuses), MPI_SUCCESS);
    finish_all();

    start_all(bytes, expected);
    EXPECT_CLASS(MPI_Waitany(1, &requests[BAD], &index, MPI_STATUS_IGNORE), MPI_ERR_TRUNCATE);
    CHECK_EQ(index, 0);
    EXPECT_CLASS(MPI_Waitall(REQUESTS, requests, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    finish_all();

    start_all(bytes, expected);
    int code = MPI_SUCCESS;
    while (!flag && code == MPI_SUCCESS) {
        code = MPI_Test(&requests[BAD], &flag, MPI_STATUS_IGNORE);
    }
    CHECK_EQ(class_of(code), MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Waitall(REQUESTS, requests, statuses), MPI_SUCCESS);
    finish_all();

    start_all(bytes, expected);
    for (flag = 0, code = MPI_SUCCESS; !flag && code == MPI_SUCCESS;) {
        code = MPI_Testany(1, &requests[BAD], &index, &flag, MPI_STATUS_IGNORE);
    }
    CHECK_EQ(class_of(code), MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Waitall(REQUESTS, requests, statuses), MPI_SUCCESS);
    finish_all();
}

/* Statuses of Waitall and Testall after an error: each tells its own; what was not complete by then
 * is pending, and goes on. */
static void check_all_statuses(void)
{
    for (int i = 0; i < REQUESTS; i++) {
        const int error_class = class_of(statuses[i].MPI_ERROR);

        if (i == BAD) {
            CHECK_EQ(error_class, MPI_ERR_TRUNCATE);
        } else if (error_class == MPI_ERR_PENDING) {
            CHECK(requests[i] != MPI_REQUEST_NULL);
            EXPECT_CLASS(MPI_Wait(&requests[i], MPI_STATUS_IGNORE), MPI_SUCCESS);
        } else {
            CHECK_EQ(error_class, MPI_SUCCESS);
            CHECK_EQ(statuses[i].MPI_TAG, 10 + i);
        }
    }
}

static void test_all(int bytes, bool expected)
{
    int flag = 0, code = MPI_SUCCESS;

    start_all(bytes, expected);
    EXPECT_CLASS(MPI_Waitall(REQUESTS, requests, statuses), MPI_ERR_IN_STATUS);
    check_all_statuses();
    finish_all();

    start_all(bytes, expected);
    while (!flag && code == MPI_SUCCESS) {
        code = MPI_Testall(REQUESTS, requests, &flag, statuses);
    }
    CHECK_EQ(class_of(code), MPI_ERR_IN_STATUS);
    check_all_statuses();
    finish_all();
}

static void test_some(int bytes, bool expected, bool waiting)
{
    int indices[REQUESTS];
    int done = 0, errors = 0;

    start_all(bytes, expected);
    while (done < REQUESTS) {
        int count = 0, bad_here = 0;
        const int code = waiting ? MPI_Waitsome(REQUESTS, requests, &count, indices, statuses)
                                 : MPI_Testsome(REQUESTS, requests, &count, indices, statuses);

        for (int i = 0; i < count; i++) {
            bad_here += indices[i] == BAD;
            if (code != MPI_SUCCESS) {
                CHECK_EQ(class_of(statuses[i].MPI_ERROR),
                         indices[i] == BAD ? MPI_ERR_TRUNCATE : MPI_SUCCESS);
            }
        }
        CHECK_EQ(class_of(code), bad_here ? MPI_ERR_IN_STATUS : MPI_SUCCESS);
        errors += bad_here;
        if (count < 0) {
            break;
        }
        done += count;
    }
    CHECK_EQ(done, REQUESTS);
    CHECK_EQ(errors, 1);
    finish_all();
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    sent = mpitest_malloc(BYTES_MAX);
    mpitest_fill(sent, BYTES_MAX, (uint64_t)mpitest_rank);
    memset(received, GUARD, sizeof received);

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        test_blocking(lengths[i]);
        test_no_room(lengths[i]);
        memset(received, GUARD, sizeof received);
        for (int expected = 0; expected < 2; expected++) {
            test_one(lengths[i], expected);
            test_all(lengths[i], expected);
            test_some(lengths[i], expected, true);
            test_some(lengths[i], expected, false);
        }
    }
    free(sent);
    return mpitest_finish();
}
