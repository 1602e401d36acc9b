/* SPDX-License-Identifier: BSD-3-Clause */
/* Wait and test in all eight forms: which request they choose, what they return when there is
 * nothing to wait for, and that they leave alone what is not complete. */
#include "tests/lib/mpitest.h"

enum { REQUESTS = 8 };

static int next, previous;
static int values[REQUESTS];
static MPI_Request requests[REQUESTS];
static MPI_Status statuses[REQUESTS];
static int indices[REQUESTS];

/* Posts a receive for each of the tags 0 to REQUESTS - 1. */
static void post_all(void)
{
    for (int tag = 0; tag < REQUESTS; tag++) {
        values[tag] = -1;
        MPI_Irecv(&values[tag], 1, MPI_INT, previous, tag, MPI_COMM_WORLD, &requests[tag]);
    }
}

/* Every rank lets one receive of its neighbour complete. */
static void release(int tag)
{
    const int value = 100 * mpitest_rank + tag;

    MPI_Send(&value, 1, MPI_INT, next, tag, MPI_COMM_WORLD);
}

static void check_completed(const MPI_Status *status, int tag)
{
    int count = -1;

    CHECK(requests[tag] == MPI_REQUEST_NULL);
    CHECK_EQ(values[tag], 100 * previous + tag);
    if (status != MPI_STATUS_IGNORE) {
        MPI_Get_count(status, MPI_INT, &count);
        CHECK_EQ(count, 1);
        CHECK_EQ(status->MPI_SOURCE, previous);
        CHECK_EQ(status->MPI_TAG, tag);
    }
}

static void check_empty(const MPI_Status *status)
{
    int count = -1;

    MPI_Get_count(status, MPI_INT, &count);
    CHECK_EQ(count, 0);
    CHECK_EQ(status->MPI_SOURCE, MPI_ANY_SOURCE);
    CHECK_EQ(status->MPI_TAG, MPI_ANY_TAG);
}

static void spoil(MPI_Status *status)
{
    memset(status, 0x5a, sizeof *status);
}

static void spoil_statuses(void)
{
    memset(statuses, 0x5a, sizeof statuses);
}

/* Nothing but null requests, or none at all. */
static void test_nothing(void)
{
    int flag = -1, index = -1, count = -1;
    MPI_Status status;

    for (int i = 0; i < REQUESTS; i++) {
        requests[i] = MPI_REQUEST_NULL;
    }
    spoil(&status);
    CHECK_EQ(MPI_Wait(&requests[0], &status), MPI_SUCCESS);
    check_empty(&status);
    spoil(&status);
    CHECK_EQ(MPI_Test(&requests[0], &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    check_empty(&status);

    for (int length = 0; length <= REQUESTS; length += REQUESTS) {
        spoil(&status);
        CHECK_EQ(MPI_Waitany(length, requests, &index, &status), MPI_SUCCESS);
        CHECK_EQ(index, MPI_UNDEFINED);
        check_empty(&status);
        spoil(&status);
        flag = index = -1;
        CHECK_EQ(MPI_Testany(length, requests, &index, &flag, &status), MPI_SUCCESS);
        CHECK_EQ(flag, 1);
        CHECK_EQ(index, MPI_UNDEFINED);
        check_empty(&status);

        count = -1;
        CHECK_EQ(MPI_Waitsome(length, requests, &count, indices, statuses), MPI_SUCCESS);
        CHECK_EQ(count, MPI_UNDEFINED);
        count = -1;
        CHECK_EQ(MPI_Testsome(length, requests, &count, indices, statuses), MPI_SUCCESS);
        CHECK_EQ(count, MPI_UNDEFINED);

        spoil_statuses();
        CHECK_EQ(MPI_Waitall(length, requests, statuses), MPI_SUCCESS);
        flag = -1;
        CHECK_EQ(MPI_Testall(length, requests, &flag, statuses), MPI_SUCCESS);
        CHECK_EQ(flag, 1);
        for (int i = 0; i < length; i++) {
            check_empty(&statuses[i]);
        }
    }
}

/* No message has been sent: every test says so and changes nothing. */
static void test_not_yet(void)
{
    int flag = -1, index = -1, count = -1;

    CHECK_EQ(MPI_Test(&requests[0], &flag, MPI_STATUS_IGNORE), MPI_SUCCESS);
    CHECK_EQ(flag, 0);
    flag = -1;
    CHECK_EQ(MPI_Testany(REQUESTS, requests, &index, &flag, MPI_STATUS_IGNORE), MPI_SUCCESS);
    CHECK_EQ(flag, 0);
    CHECK_EQ(index, MPI_UNDEFINED);
    flag = -1;
    CHECK_EQ(MPI_Testall(REQUESTS, requests, &flag, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    CHECK_EQ(flag, 0);
    CHECK_EQ(MPI_Testsome(REQUESTS, requests, &count, indices, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    CHECK_EQ(count, 0);
    for (int i = 0; i < REQUESTS; i++) {
        CHECK(requests[i] != MPI_REQUEST_NULL);
    }
}

/* Waits until the neighbour has come as far: nobody releases a tag before all have looked. */
static void meet(void)
{
    MPI_Sendrecv(NULL, 0, MPI_INT, next, 500, NULL, 0, MPI_INT, previous, 500, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    MPI_Sendrecv(NULL, 0, MPI_INT, previous, 501, NULL, 0, MPI_INT, next, 501, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
}

/* One by one, in an order that is not that of the array, by the four calls that return one. */
static void test_one_by_one(MPI_Status *status)
{
    int flag = 0, index = -1;

    post_all();
    test_not_yet();
    meet();

    release(5);
    CHECK_EQ(MPI_Wait(&requests[5], status), MPI_SUCCESS);
    check_completed(status, 5);

    meet();
    release(2);
    while (!flag) {
        CHECK_EQ(MPI_Test(&requests[2], &flag, status), MPI_SUCCESS);
    }
    check_completed(status, 2);

    meet();
    release(7);
    CHECK_EQ(MPI_Waitany(REQUESTS, requests, &index, status), MPI_SUCCESS);
    CHECK_EQ(index, 7);
    check_completed(status, 7);

    meet();
    release(0);
    for (flag = 0; !flag;) {
        CHECK_EQ(MPI_Testany(REQUESTS, requests, &index, &flag, status), MPI_SUCCESS);
    }
    CHECK_EQ(index, 0);
    check_completed(status, 0);

    for (int tag = 0; tag < REQUESTS; tag++) {
        if (requests[tag] != MPI_REQUEST_NULL) {
            release(tag);
        }
    }
    CHECK_EQ(MPI_Waitall(REQUESTS, requests,
                         status == MPI_STATUS_IGNORE ? MPI_STATUSES_IGNORE : statuses),
             MPI_SUCCESS);
    for (int tag = 0; tag < REQUESTS; tag++) {
        check_completed(MPI_STATUS_IGNORE, tag);
    }
}

/* Several at a time; each index is reported once, whatever the portions. */
static void test_some(bool waiting)
{
    int done = 0;

    post_all();
    for (int tag = REQUESTS - 1; tag >= 0; tag--) {
        release(tag);
    }
    while (done < REQUESTS) {
        int count = -1;

        spoil_statuses();
        if (waiting) {
            CHECK_EQ(MPI_Waitsome(REQUESTS, requests, &count, indices, statuses), MPI_SUCCESS);
            CHECK(count >= 1);
        } else {
            CHECK_EQ(MPI_Testsome(REQUESTS, requests, &count, indices, statuses), MPI_SUCCESS);
        }
        CHECK(count >= 0 && count <= REQUESTS - done);
        for (int i = 0; i < count; i++) {
            check_completed(&statuses[i], indices[i]);
            values[indices[i]] = -1; // a second report would fail
        }
        done += count > 0 ? count : 0;
    }
}

/* All at once: no request is touched before the last is complete. */
static void test_all_or_none(void)
{
    int flag = 0;

    post_all();
    meet();
    for (int tag = 0; tag < REQUESTS - 1; tag++) {
        release(tag);
    }
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(MPI_Testall(REQUESTS, requests, &flag, statuses), MPI_SUCCESS);
        CHECK_EQ(flag, 0);
    }
    for (int i = 0; i < REQUESTS; i++) {
        CHECK(requests[i] != MPI_REQUEST_NULL);
    }
    meet();
    release(REQUESTS - 1);
    spoil_statuses();
    while (!flag) {
        CHECK_EQ(MPI_Testall(REQUESTS, requests, &flag, statuses), MPI_SUCCESS);
    }
    for (int tag = 0; tag < REQUESTS; tag++) {
        check_completed(&statuses[tag], tag);
    }
}

/* Null requests among others are skipped, and get the empty status. */
static void test_gaps(void)
{
    int index = -1, count = -1;
    MPI_Status status;

    post_all();
    for (int tag = 0; tag < REQUESTS; tag += 2) {
        release(tag);
        CHECK_EQ(MPI_Wait(&requests[tag], MPI_STATUS_IGNORE), MPI_SUCCESS);
    }
    meet();
    release(3);
    CHECK_EQ(MPI_Waitany(REQUESTS, requests, &index, &status), MPI_SUCCESS);
    CHECK_EQ(index, 3);
    check_completed(&status, 3);
    meet();
    release(1);
    CHECK_EQ(MPI_Waitsome(REQUESTS, requests, &count, indices, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    CHECK_EQ(count, 1);
    CHECK_EQ(indices[0], 1);
    meet();
    release(5);
    release(7);
    spoil_statuses();
    CHECK_EQ(MPI_Waitall(REQUESTS, requests, statuses), MPI_SUCCESS);
    for (int tag = 0; tag < REQUESTS; tag++) {
        if (tag == 5 || tag == 7) {
            check_completed(&statuses[tag], tag);
        } else {
            check_empty(&statuses[tag]);
        }
    }
}

/* Requests that are given up: the operations complete all the same. */
static void test_request_free(void)
{
    static int sent[REQUESTS], received;
    MPI_Request request;

    for (int i = 0; i < REQUESTS; i++) {
        sent[i] = 1000 * mpitest_rank + i;
        MPI_Isend(&sent[i], 1, MPI_INT, next, 600, MPI_COMM_WORLD, &request);
        CHECK_EQ(MPI_Request_free(&request), MPI_SUCCESS);
        CHECK(request == MPI_REQUEST_NULL);
    }
    for (int i = 0; i < REQUESTS; i++) {
        MPI_Recv(&received, 1, MPI_INT, previous, 600, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_EQ(received, 1000 * previous + i);
    }

    // A receive, too: the message that follows it on the same way shows that it is done.
    received = -1;
    MPI_Irecv(&received, 1, MPI_INT, previous, 601, MPI_COMM_WORLD, &request);
    CHECK_EQ(MPI_Request_free(&request), MPI_SUCCESS);
    release(601);
    meet();
    MPI_Sendrecv(NULL, 0, MPI_INT, next, 602, NULL, 0, MPI_INT, previous, 602, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    CHECK_EQ(received, 100 * previous + 601);
}

int main(int argc, char **argv)
{
    MPI_Status status;

    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;

    test_nothing();
    for (int round = 0; round < 20; round++) {
        test_one_by_one(&status);
        test_one_by_one(MPI_STATUS_IGNORE);
        test_some(true);
        test_some(false);
        test_all_or_none();
        test_gaps();
        test_request_free();
    }
    return mpitest_finish();
}
