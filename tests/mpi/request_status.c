/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at the status of requests without completing them: one, any, all, some. */
#include "tests/lib/mpitest.h"

enum { COUNT = 6, OLD_ERROR = 4711 };

static int next, previous;

static void check_status(const MPI_Status *status, int tag)
{
    int count = -1;

    CHECK_EQ(status->MPI_SOURCE, previous);
    CHECK_EQ(status->MPI_TAG, tag);
    MPI_Get_count(status, MPI_INT, &count);
    CHECK_EQ(count, 1);
}

static void check_empty(const MPI_Status *status)
{
    int count = -1;

    CHECK_EQ(status->MPI_SOURCE, MPI_ANY_SOURCE);
    CHECK_EQ(status->MPI_TAG, MPI_ANY_TAG);
    CHECK_EQ(status->MPI_ERROR, MPI_SUCCESS);
    MPI_Get_count(status, MPI_INT, &count);
    CHECK_EQ(count, 0);
}

/* A status that was of something else. */
static MPI_Status old_status(void)
{
    return (MPI_Status){.MPI_SOURCE = 77, .MPI_TAG = 77, .MPI_ERROR = OLD_ERROR};
}

/* The same for the calls that complete requests. */
static void complete_idle(MPI_Request requests[2])
{
    MPI_Status status = old_status(), statuses[2] = {old_status(), old_status()};
    int flag = 0, index = 0;

    EXPECT_CLASS(MPI_Wait(&requests[1], &status), MPI_SUCCESS);
    check_empty(&status);
    status = old_status();
    EXPECT_CLASS(MPI_Test(&requests[1], &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    check_empty(&status);
    status = old_status();
    EXPECT_CLASS(MPI_Waitany(2, requests, &index, &status), MPI_SUCCESS);
    CHECK_EQ(index, MPI_UNDEFINED);
    check_empty(&status);
    status = old_status();
    EXPECT_CLASS(MPI_Testany(2, requests, &index, &flag, &status), MPI_SUCCESS);
    CHECK_EQ(index, MPI_UNDEFINED);
    check_empty(&status);
    EXPECT_CLASS(MPI_Waitall(2, requests, statuses), MPI_SUCCESS);
    check_empty(&statuses[0]);
    check_empty(&statuses[1]);
}

/* Nothing at all, or nothing that is active. */
static void test_idle(void)
{
    MPI_Request requests[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    MPI_Status status, statuses[2];
    int flag, index, outcount, indices[2], value = 0;

    for (int persistent = 0; persistent < 2; persistent++) {
        if (persistent) {
            MPI_Recv_init(&value, 1, MPI_INT, previous, 1, MPI_COMM_WORLD, &requests[1]);
        }
        flag = index = 0;
        status = old_status();
        EXPECT_CLASS(MPI_Request_get_status(requests[1], &flag, &status), MPI_SUCCESS);
        CHECK_EQ(flag, 1);
        check_empty(&status);
        flag = 0;
        status = old_status();
        EXPECT_CLASS(MPI_Request_get_status_any(2, requests, &index, &flag, &status), MPI_SUCCESS);
        CHECK_EQ(flag, 1);
        CHECK_EQ(index, MPI_UNDEFINED);
        check_empty(&status);
        flag = 0;
        statuses[0] = statuses[1] = old_status();
        EXPECT_CLASS(MPI_Request_get_status_all(2, requests, &flag, statuses), MPI_SUCCESS);
        CHECK_EQ(flag, 1);
        check_empty(&statuses[0]);
        check_empty(&statuses[1]);
        EXPECT_CLASS(MPI_Request_get_status_some(2, requests, &outcount, indices, statuses),
                     MPI_SUCCESS);
        CHECK_EQ(outcount, MPI_UNDEFINED);
        complete_idle(requests);
    }
    MPI_Request_free(&requests[1]);
    EXPECT_CLASS(MPI_Request_get_status_any(0, NULL, &index, &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    EXPECT_CLASS(MPI_Request_get_status_all(0, NULL, &flag, NULL), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    EXPECT_CLASS(MPI_Request_get_status_some(0, NULL, &outcount, NULL, NULL), MPI_SUCCESS);
    CHECK_EQ(outcount, MPI_UNDEFINED);

    // What comes of MPI_PROC_NULL is not empty, and says nothing of errors.
    status = old_status();
    EXPECT_CLASS(MPI_Recv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &status),
                 MPI_SUCCESS);
    CHECK_EQ(status.MPI_SOURCE, MPI_PROC_NULL);
    CHECK_EQ(status.MPI_ERROR, OLD_ERROR);
}

static void send_one(int tag)
{
    int value = 100 * mpitest_rank + tag;
    MPI_Send(&value, 1, MPI_INT, next, tag, MPI_COMM_WORLD);
}

/* Messages come one after the other, and each look shows what has come, again and again. */
static void test_receives(void)
{
    MPI_Request requests[COUNT];
    MPI_Status status, statuses[COUNT];
    int values[COUNT], flag, index, outcount, indices[COUNT];

    for (int i = 0; i < COUNT; i++) {
        values[i] = -1;
        MPI_Irecv(&values[i], 1, MPI_INT, previous, i, MPI_COMM_WORLD, &requests[i]);
    }
    EXPECT_CLASS(MPI_Request_get_status_any(COUNT, requests, &index, &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 0);
    CHECK_EQ(index, MPI_UNDEFINED);
    EXPECT_CLASS(MPI_Request_get_status_some(COUNT, requests, &outcount, indices, statuses),
                 MPI_SUCCESS);
    CHECK_EQ(outcount, 0);
    MPI_Barrier(MPI_COMM_WORLD);

    send_one(3);
    for (flag = 0; !flag;) {
        MPI_Request_get_status_any(COUNT, requests, &index, &flag, &status);
    }
    CHECK_EQ(index, 3);
    check_status(&status, 3);
    CHECK_EQ(values[3], 100 * previous + 3);
    MPI_Request_get_status_all(COUNT, requests, &flag, MPI_STATUSES_IGNORE);
    CHECK_EQ(flag, 0);

    send_one(5);
    for (outcount = 0; outcount < 2;) {
        EXPECT_CLASS(MPI_Request_get_status_some(COUNT, requests, &outcount, indices, statuses),
                     MPI_SUCCESS);
    }
    CHECK_EQ(indices[0], 3);
    CHECK_EQ(indices[1], 5);
    check_status(&statuses[0], 3);
    check_status(&statuses[1], 5);
    MPI_Barrier(MPI_COMM_WORLD); // all have looked

    for (int i = 0; i < COUNT; i++) {
        if (i != 3 && i != 5) {
            send_one(i);
        }
    }
    for (flag = 0; !flag;) {
        EXPECT_CLASS(MPI_Request_get_status_all(COUNT, requests, &flag, statuses), MPI_SUCCESS);
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK(requests[i] != MPI_REQUEST_NULL);
        check_status(&statuses[i], i);
        flag = 0;
        MPI_Request_get_status(requests[i], &flag, MPI_STATUS_IGNORE);
        CHECK_EQ(flag, 1);
    }
    EXPECT_CLASS(MPI_Waitall(COUNT, requests, statuses), MPI_SUCCESS);
    check_status(&statuses[0], 0);
}

/* The failure of an operation is left to the call that completes it. */
static void test_failed(void)
{
    MPI_Request requests[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    MPI_Status statuses[2];
    int out[2] = {1, 2}, in = 0, flag = 0;

    MPI_Irecv(&in, 1, MPI_INT, previous, 7, MPI_COMM_WORLD, &requests[1]);
    MPI_Send(out, 2, MPI_INT, next, 7, MPI_COMM_WORLD);
    while (!flag) {
        EXPECT_CLASS(MPI_Request_get_status_all(2, requests, &flag, statuses), MPI_SUCCESS);
    }
    EXPECT_CLASS(MPI_Waitall(2, requests, statuses), MPI_ERR_IN_STATUS);
    CHECK_EQ(statuses[0].MPI_ERROR, MPI_SUCCESS);
    CHECK_EQ(statuses[1].MPI_ERROR, MPI_ERR_TRUNCATE);
}

static void test_errors(void)
{
    MPI_Request requests[2] = {MPI_REQUEST_NULL, MPI_REQUEST_NULL};
    int flag, index, outcount, indices[2];

    EXPECT_CLASS(MPI_Request_get_status_any(-1, requests, &index, &flag, MPI_STATUS_IGNORE),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Request_get_status_all(-1, requests, &flag, MPI_STATUSES_IGNORE),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Request_get_status_some(-1, requests, &outcount, indices, MPI_STATUSES_IGNORE),
                 MPI_ERR_COUNT);
#ifdef MPI_ABI_VERSION
    EXPECT_CLASS(MPI_Request_get_status_any(2, NULL, &index, &flag, MPI_STATUS_IGNORE),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Request_get_status_any(2, requests, NULL, &flag, MPI_STATUS_IGNORE),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Request_get_status_any(2, requests, &index, NULL, MPI_STATUS_IGNORE),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Request_get_status_all(2, requests, NULL, MPI_STATUSES_IGNORE), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Request_get_status_some(2, requests, NULL, indices, MPI_STATUSES_IGNORE),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Request_get_status_some(2, requests, &outcount, NULL, MPI_STATUSES_IGNORE),
                 MPI_ERR_ARG);
    int value;
    MPI_Irecv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &requests[1]);
    requests[0] = requests[1];
    MPI_Wait(&requests[1], MPI_STATUS_IGNORE);
    EXPECT_CLASS(MPI_Request_get_status(requests[0], &flag, MPI_STATUS_IGNORE), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Request_get_status_any(2, requests, &index, &flag, MPI_STATUS_IGNORE),
                 MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Request_get_status_all(2, requests, &flag, MPI_STATUSES_IGNORE),
                 MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Request_get_status_some(2, requests, &outcount, indices, MPI_STATUSES_IGNORE),
                 MPI_ERR_REQUEST);
#endif
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    test_idle();
    test_receives();
    MPI_Barrier(MPI_COMM_WORLD);
    test_failed();
    test_errors();
    return mpitest_finish();
}
