/* SPDX-License-Identifier: BSD-3-Clause */
/* Cancelling: a receive that nothing has matched ends without a message, and leaves later messages
 * to others; one that has matched goes on; a send goes on or does not, but its message is never
 * both sent and cancelled. (Open MPI 4.1 takes MPI_Cancel of what is not active.) */
#include <pthread.h>
#include <unistd.h>

#include "tests/lib/flattest.h"
#include "tests/lib/ringtest.h"

enum { LONG = 200000, CYCLES = 100000 };

static bool was_cancelled(const MPI_Status *status)
{
    int flag = -1;

    EXPECT_CLASS(MPI_Test_cancelled(status, &flag), MPI_SUCCESS);
    CHECK(flag == 0 || flag == 1);
    return flag == 1;
}

static void check_received(const MPI_Status *status, int tag, int bytes)
{
    int count = -1;

    CHECK(!was_cancelled(status));
    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
    CHECK_EQ(status->MPI_SOURCE, previous);
    CHECK_EQ(status->MPI_TAG, tag);
}

/* Every second receive is taken back; the messages go to the others. */
static void test_receives(bool wildcard)
{
    enum { COUNT = 40 };
    MPI_Request requests[COUNT];
    MPI_Status status;
    int values[COUNT], value, from = wildcard ? MPI_ANY_SOURCE : previous;

    for (int i = 0; i < COUNT; i++) {
        values[i] = -1;
        MPI_Irecv(&values[i], 1, MPI_INT, from, wildcard ? MPI_ANY_TAG : 0, MPI_COMM_WORLD,
                  &requests[i]);
    }
    for (int i = 0; i < COUNT; i += 2) {
        EXPECT_CLASS(MPI_Cancel(&requests[i]), MPI_SUCCESS);
        CHECK(requests[i] != MPI_REQUEST_NULL); // still to be completed
        EXPECT_CLASS(MPI_Wait(&requests[i], &status), MPI_SUCCESS);
        CHECK(was_cancelled(&status));
        CHECK(requests[i] == MPI_REQUEST_NULL);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 1; i < COUNT; i += 2) {
        value = 1000 * mpitest_rank + i;
        MPI_Send(&value, 1, MPI_INT, next, 0, MPI_COMM_WORLD);
    }
    for (int i = 0; i < COUNT; i++) {
        EXPECT_CLASS(MPI_Wait(&requests[i], &status), MPI_SUCCESS);
        CHECK_EQ(values[i], i % 2 == 0 ? -1 : 1000 * previous + i);
        if (i % 2 != 0) {
            check_received(&status, 0, sizeof value);
        }
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* Too late: the message has matched, though a long one may not be through yet. */
static void test_matched(int bytes)
{
    MPI_Request receive, send;
    MPI_Status status;
    int token = 0, their_token;

    mpitest_fill(source, (size_t)bytes, (uint64_t)mpitest_rank);
    MPI_Irecv(target, bytes, MPI_BYTE, previous, 1, MPI_COMM_WORLD, &receive);
    MPI_Isend(source, bytes, MPI_BYTE, next, 1, MPI_COMM_WORLD, &send);
    // The token has passed the message on the same way: it matched before.
    MPI_Sendrecv(&token, 1, MPI_INT, next, 2, &their_token, 1, MPI_INT, previous, 2, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    EXPECT_CLASS(MPI_Cancel(&receive), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&receive, &status), MPI_SUCCESS);
    check_received(&status, 1, bytes);
    CHECK_PATTERN(target, (size_t)bytes, (uint64_t)previous);
    MPI_Wait(&send, MPI_STATUS_IGNORE);
}

/* A cancelled request completes in all forms, and the array forms find it. */
static void test_forms(void)
{
    enum { FORMS = 8, COUNT = 4 };
    MPI_Request requests[COUNT];
    MPI_Status statuses[COUNT];
    int values[COUNT], flag, index, count, indices[COUNT];

    for (int form = 0; form < FORMS; form++) {
        for (int i = 0; i < COUNT; i++) {
            MPI_Irecv(&values[i], 1, MPI_INT, previous, 3, MPI_COMM_WORLD, &requests[i]);
        }
        MPI_Cancel(&requests[2]);
        switch (form) {
        case 0:
            MPI_Wait(&requests[2], &statuses[0]);
            break;
        case 1:
            MPI_Test(&requests[2], &flag, &statuses[0]);
            CHECK_EQ(flag, 1);
            break;
        case 2:
            MPI_Waitany(COUNT, requests, &index, &statuses[0]);
            CHECK_EQ(index, 2);
            break;
        case 3:
            MPI_Testany(COUNT, requests, &index, &flag, &statuses[0]);
            CHECK_EQ(flag, 1);
            CHECK_EQ(index, 2);
            break;
        case 4:
            MPI_Waitsome(COUNT, requests, &count, indices, statuses);
            CHECK_EQ(count, 1);
            CHECK_EQ(indices[0], 2);
            break;
        case 5:
            MPI_Testsome(COUNT, requests, &count, indices, statuses);
            CHECK_EQ(count, 1);
            CHECK_EQ(indices[0], 2);
            break;
        case 6:
            MPI_Testall(COUNT, requests, &flag, statuses);
            CHECK_EQ(flag, 0);
            MPI_Request_get_status(requests[2], &flag, &statuses[0]);
            CHECK_EQ(flag, 1);
            break;
        default:
            MPI_Request_get_status(requests[2], &flag, &statuses[0]);
            CHECK_EQ(flag, 1);
            MPI_Request_free(&requests[2]);
            break;
        }
        CHECK(was_cancelled(&statuses[0]));
        for (int i = 0; i < COUNT; i++) {
            if (requests[i] != MPI_REQUEST_NULL) {
                MPI_Cancel(&requests[i]);
            }
        }
        MPI_Waitall(COUNT, requests, statuses);
        CHECK(was_cancelled(&statuses[0]));
    }
}

static void test_persistent(void)
{
    MPI_Request request;
    MPI_Status status;
    int value = -1;

    MPI_Recv_init(&value, 1, MPI_INT, previous, 4, MPI_COMM_WORLD, &request);
    for (int i = 0; i < 6; i++) {
        MPI_Start(&request);
        if (i % 2 == 0) {
            EXPECT_CLASS(MPI_Cancel(&request), MPI_SUCCESS);
            EXPECT_CLASS(MPI_Wait(&request, &status), MPI_SUCCESS);
            CHECK(was_cancelled(&status));
        } else {
            int sent = 10 * mpitest_rank + i;
            MPI_Barrier(MPI_COMM_WORLD);
            MPI_Send(&sent, 1, MPI_INT, next, 4, MPI_COMM_WORLD);
            EXPECT_CLASS(MPI_Wait(&request, &status), MPI_SUCCESS);
            check_received(&status, 4, sizeof value);
            CHECK_EQ(value, 10 * previous + i);
        }
        CHECK(request != MPI_REQUEST_NULL);
        MPI_Barrier(MPI_COMM_WORLD);
    }
    MPI_Request_free(&request);
}

#ifdef MPI_ABI_VERSION // (Open MPI 4.1 waits for ever: it cancels no sends.)
/* A send that waits for a receive is cancelled where there is none, and goes on where there is. */
static void test_sends(bool posted, bool synchronous, int bytes)
{
    MPI_Request receive = MPI_REQUEST_NULL, send;
    MPI_Status status;
    int flag;

    if (posted) {
        MPI_Irecv(target, bytes, MPI_BYTE, previous, 5, MPI_COMM_WORLD, &receive);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    mpitest_fill(source, (size_t)bytes, (uint64_t)mpitest_rank);
    if (synchronous) {
        MPI_Issend(source, bytes, MPI_BYTE, next, 5, MPI_COMM_WORLD, &send);
    } else {
        MPI_Isend(source, bytes, MPI_BYTE, next, 5, MPI_COMM_WORLD, &send);
    }
    EXPECT_CLASS(MPI_Cancel(&send), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Cancel(&send), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&send, &status), MPI_SUCCESS);
    CHECK_EQ(was_cancelled(&status), !posted);
    MPI_Wait(&receive, &status);
    if (posted) {
        check_received(&status, 5, bytes);
        CHECK_PATTERN(target, (size_t)bytes, (uint64_t)previous);
    }
    MPI_Barrier(MPI_COMM_WORLD); // all that comes in this round has come
    MPI_Iprobe(MPI_ANY_SOURCE, 5, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    MPI_Barrier(MPI_COMM_WORLD);
}

/* Where the receive comes at the same time, either the send is cancelled or its message arrives.
 * More of them are under way than a ring holds. */
static void test_races(void)
{
    enum { COUNT = 200 };
    static MPI_Request sends[COUNT], receives[COUNT];
    static MPI_Status status[COUNT];
    static int values[COUNT], received[COUNT], goes_on[COUNT], arrives[COUNT];

    for (int i = 0; i < COUNT; i++) {
        values[i] = 1000 * mpitest_rank + i;
        MPI_Issend(&values[i], 1, MPI_INT, next, i, MPI_COMM_WORLD, &sends[i]);
    }
    for (int i = 0; i < COUNT; i++) {
        MPI_Cancel(&sends[i]);
        MPI_Irecv(&received[i], 1, MPI_INT, previous, i, MPI_COMM_WORLD, &receives[i]);
    }
    MPI_Waitall(COUNT, sends, status);
    for (int i = 0; i < COUNT; i++) {
        goes_on[i] = !was_cancelled(&status[i]);
    }
    MPI_Sendrecv(goes_on, COUNT, MPI_INT, next, COUNT, arrives, COUNT, MPI_INT, previous, COUNT,
                 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (int i = 0; i < COUNT; i++) {
        if (!arrives[i]) {
            MPI_Cancel(&receives[i]);
        }
        MPI_Wait(&receives[i], &status[i]);
        CHECK_EQ(was_cancelled(&status[i]), !arrives[i]);
        CHECK(!arrives[i] || received[i] == 1000 * previous + i);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* A message that a matched probe holds is not taken back. */
static void test_held(void)
{
    MPI_Request send;
    MPI_Message message;
    MPI_Status status;
    int value = mpitest_rank, received = -1;

    MPI_Issend(&value, 1, MPI_INT, next, 9, MPI_COMM_WORLD, &send);
    MPI_Mprobe(previous, 9, MPI_COMM_WORLD, &message, &status);
    MPI_Barrier(MPI_COMM_WORLD);
    EXPECT_CLASS(MPI_Cancel(&send), MPI_SUCCESS);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Mrecv(&received, 1, MPI_INT, &message, &status);
    CHECK_EQ(received, previous);
    EXPECT_CLASS(MPI_Wait(&send, &status), MPI_SUCCESS);
    CHECK(!was_cancelled(&status));
}

static void test_all_sends(void)
{
    for (int i = 0; i < 4; i++) {
        test_sends(i % 2 == 0, true, 8);
        test_sends(i % 2 == 0, true, 10000);
        test_sends(i % 2 == 0, i / 2 == 0, LONG);
    }
    test_races();
    test_held();
}
#else
static void test_all_sends(void)
{
}
#endif

static void test_errors(void)
{
    MPI_Request none = MPI_REQUEST_NULL;

    EXPECT_CLASS(MPI_Cancel(&none), MPI_ERR_REQUEST);
#ifdef MPI_ABI_VERSION
    MPI_Request request, gone;
    int value;

    EXPECT_CLASS(MPI_Cancel(NULL), MPI_ERR_ARG);
    MPI_Recv_init(&value, 1, MPI_INT, previous, 7, MPI_COMM_WORLD, &request);
    EXPECT_CLASS(MPI_Cancel(&request), MPI_ERR_REQUEST); // not started
    gone = request;
    MPI_Request_free(&request);
    EXPECT_CLASS(MPI_Cancel(&gone), MPI_ERR_REQUEST);
#endif
}

static void cycle(int index)
{
    MPI_Request request;
    int value;

    MPI_Irecv(&value, 1, MPI_INT, index % 2 == 0 ? 0 : MPI_ANY_SOURCE, 0, MPI_COMM_SELF, &request);
    MPI_Cancel(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

/* Another thread waits: it hears of the cancelling at once. */
static void *wait_for(void *argument)
{
    MPI_Request *request = argument;
    MPI_Status status;

    MPI_Wait(request, &status);
    CHECK(was_cancelled(&status));
    return NULL;
}

static void test_threads(void)
{
    for (int i = 0; i < 5; i++) {
        MPI_Request request, copy;
        pthread_t thread;
        int value;

        MPI_Irecv(&value, 1, MPI_INT, previous, 8, MPI_COMM_WORLD, &request);
        copy = request;
        if (pthread_create(&thread, NULL, wait_for, &request) != 0) {
            fprintf(stderr, "cannot start a thread\n");
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
        usleep(i * 10000);
        EXPECT_CLASS(MPI_Cancel(&copy), MPI_SUCCESS);
        pthread_join(thread, NULL);
    }
}

int main(int argc, char **argv)
{
    int provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    ringtest_begin(LONG);

    test_receives(false);
    test_receives(true);
    test_matched(8);
    test_matched(LONG);
    test_forms();
    test_persistent();
    test_all_sends();
    test_errors();
    if (provided == MPI_THREAD_MULTIPLE) {
        test_threads();
    }
    flattest_check(cycle, mpitest_size == 1 ? CYCLES : CYCLES / 100);
    ringtest_end();
    return mpitest_finish();
}
