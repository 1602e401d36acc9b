/* SPDX-License-Identifier: BSD-3-Clause */
/* Persistent requests: made once and started many times, of all modes, completed in all eight
 * forms; between the starts they are inactive, and nothing to wait for. (Open MPI 4.1 sends old
 * data in buffered mode and frees what has failed; MPICH 4.0 forgets that the source was
 * MPI_PROC_NULL.) */
#include "tests/lib/flattest.h"
#include "tests/lib/ringtest.h"

enum { FORMS = 8, STARTS = 3 * FORMS, LONG = 100000, CYCLES = 100000 };

typedef int init_function(const void *, int, MPI_Datatype, int, int, MPI_Comm, MPI_Request *);

static char buffer[LONG + MPI_BSEND_OVERHEAD];

static void check_empty(const MPI_Status *status)
{
    int count = -1;

    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, 0);
    CHECK_EQ(status->MPI_SOURCE, MPI_ANY_SOURCE);
    CHECK_EQ(status->MPI_TAG, MPI_ANY_TAG);
}

static void check_received(const MPI_Status *status, int from, int tag, int bytes)
{
    int count = -1;

    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
    CHECK_EQ(status->MPI_SOURCE, from);
    CHECK_EQ(status->MPI_TAG, tag);
}

/* ---- All forms of completion ---- */

enum { RECEIVE = 1, SEND = 3, ENTRIES = 5 }; /* the others are null, or inactive */

static void wait_by_any(MPI_Request requests[], MPI_Status *status, bool by_test)
{
    int index, flag, seen[ENTRIES] = {0};
    MPI_Status one;

    for (int completed = 0; completed < 2; completed++) {
        do {
            flag = 1;
            if (by_test) {
                MPI_Testany(ENTRIES, requests, &index, &flag, &one);
            } else {
                MPI_Waitany(ENTRIES, requests, &index, &one);
            }
        } while (!flag);
        CHECK(index == RECEIVE || index == SEND);
        if (index == MPI_UNDEFINED) {
            return;
        }
        CHECK_EQ(seen[index]++, 0);
        if (index == RECEIVE) {
            *status = one;
        }
    }
}

static void wait_by_some(MPI_Request requests[], MPI_Status *status, bool by_test)
{
    int indices[ENTRIES], count, completed = 0;
    MPI_Status some[ENTRIES];

    while (completed < 2) {
        if (by_test) {
            MPI_Testsome(ENTRIES, requests, &count, indices, some);
        } else {
            MPI_Waitsome(ENTRIES, requests, &count, indices, some);
        }
        CHECK(count != MPI_UNDEFINED);
        for (int i = 0; i < count; i++) {
            CHECK(indices[i] == RECEIVE || indices[i] == SEND);
            if (indices[i] == RECEIVE) {
                *status = some[i];
            }
        }
        completed += count == MPI_UNDEFINED ? 2 : count;
    }
}

static void wait_by_all(MPI_Request requests[], MPI_Status *status, bool by_test)
{
    MPI_Status all[ENTRIES];
    int flag = 0;

    if (by_test) {
        while (!flag) {
            MPI_Testall(ENTRIES, requests, &flag, all);
        }
    } else {
        MPI_Waitall(ENTRIES, requests, all);
    }
    *status = all[RECEIVE];
    for (int i = 0; i < ENTRIES; i++) {
        if (i != RECEIVE && i != SEND) {
            check_empty(&all[i]);
        }
    }
}

static void wait_one_by_one(MPI_Request requests[], MPI_Status *status, bool by_test)
{
    int flag = 0;

    if (by_test) {
        while (!flag) {
            MPI_Test(&requests[RECEIVE], &flag, status);
        }
        for (flag = 0; !flag;) {
            MPI_Test(&requests[SEND], &flag, MPI_STATUS_IGNORE);
        }
    } else {
        MPI_Wait(&requests[RECEIVE], status);
        MPI_Wait(&requests[SEND], MPI_STATUS_IGNORE);
    }
}

static void wait_by_form(int form, MPI_Request requests[], MPI_Status *status)
{
    bool by_test = form % 2 != 0;

    switch (form / 2) {
    case 0:
        wait_one_by_one(requests, status, by_test);
        break;
    case 1:
        wait_by_any(requests, status, by_test);
        break;
    case 2:
        wait_by_some(requests, status, by_test);
        break;
    default:
        wait_by_all(requests, status, by_test);
        break;
    }
}

/* No form waits for inactive requests; each says in its way that there is nothing. */
static void check_inactive(MPI_Request requests[])
{
    MPI_Status status, statuses[ENTRIES];
    int flag = 0, index = 0, count = 0, indices[ENTRIES];

    EXPECT_CLASS(MPI_Wait(&requests[RECEIVE], &status), MPI_SUCCESS);
    check_empty(&status);
    EXPECT_CLASS(MPI_Test(&requests[SEND], &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    check_empty(&status);
    EXPECT_CLASS(MPI_Request_get_status(requests[RECEIVE], &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    check_empty(&status);
    EXPECT_CLASS(MPI_Waitany(ENTRIES, requests, &index, &status), MPI_SUCCESS);
    CHECK_EQ(index, MPI_UNDEFINED);
    check_empty(&status);
    EXPECT_CLASS(MPI_Testany(ENTRIES, requests, &index, &flag, &status), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    CHECK_EQ(index, MPI_UNDEFINED);
    EXPECT_CLASS(MPI_Waitsome(ENTRIES, requests, &count, indices, statuses), MPI_SUCCESS);
    CHECK_EQ(count, MPI_UNDEFINED);
    EXPECT_CLASS(MPI_Testsome(ENTRIES, requests, &count, indices, statuses), MPI_SUCCESS);
    CHECK_EQ(count, MPI_UNDEFINED);
    EXPECT_CLASS(MPI_Waitall(ENTRIES, requests, statuses), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Testall(ENTRIES, requests, &flag, statuses), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    for (int i = 0; i < ENTRIES; i++) {
        check_empty(&statuses[i]);
    }
    CHECK(requests[SEND] != MPI_REQUEST_NULL && requests[RECEIVE] != MPI_REQUEST_NULL);
}

/* The receives stand before the sends: what ready sends ask for. */
static void test_mode(init_function *init, int bytes)
{
    MPI_Request requests[ENTRIES], copies[ENTRIES];
    MPI_Status status;

    for (int i = 0; i < ENTRIES; i++) {
        requests[i] = MPI_REQUEST_NULL;
    }
    MPI_Recv_init(target, bytes, MPI_BYTE, previous, 5, MPI_COMM_WORLD, &requests[RECEIVE]);
    MPI_Recv_init(target, bytes, MPI_BYTE, previous, 6, MPI_COMM_WORLD, &requests[ENTRIES - 1]);
    init(source, bytes, MPI_BYTE, next, 5, MPI_COMM_WORLD, &requests[SEND]);
    memcpy(copies, requests, sizeof copies);
    check_inactive(requests);
    for (int start = 0; start < STARTS; start++) {
        mpitest_fill(source, (size_t)bytes, (uint64_t)(1000 * mpitest_rank + start));
        memset(target, 0, (size_t)bytes);
        EXPECT_CLASS(MPI_Start(&requests[RECEIVE]), MPI_SUCCESS);
        MPI_Barrier(MPI_COMM_WORLD);
        EXPECT_CLASS(MPI_Start(&requests[SEND]), MPI_SUCCESS);
        wait_by_form(start % FORMS, requests, &status);
        check_received(&status, previous, 5, bytes);
        CHECK_PATTERN(target, (size_t)bytes, (uint64_t)(1000 * previous + start));
        CHECK_EQ(memcmp(copies, requests, sizeof copies), 0); // the handles live on
        check_inactive(requests);
    }
    MPI_Request_free(&requests[RECEIVE]);
    MPI_Request_free(&requests[SEND]);
    MPI_Request_free(&requests[ENTRIES - 1]);
    CHECK(requests[SEND] == MPI_REQUEST_NULL);
}

static void test_modes(void)
{
    static init_function *const inits[] = {MPI_Send_init, MPI_Ssend_init, MPI_Rsend_init,
                                           MPI_Bsend_init};
    static const int lengths[] = {0, 8, 3000, LONG};
    void *detached;
    int size;

    MPI_Buffer_attach(buffer, sizeof buffer);
    for (int mode = 0; mode < 4; mode++) {
        for (int i = 0; i < 4; i++) {
            test_mode(inits[mode], lengths[i]);
        }
    }
    MPI_Buffer_detach(&detached, &size);
}

/* ---- Many at once ---- */

/* Requests that are started together keep their order. */
static void test_startall(void)
{
    enum { COUNT = 100 };
    MPI_Request requests[2 * COUNT];
    int sent[COUNT], received[COUNT];

    for (int i = 0; i < COUNT; i++) {
        MPI_Recv_init(&received[i], 1, MPI_INT, previous, 0, MPI_COMM_WORLD, &requests[i]);
        MPI_Send_init(&sent[i], 1, MPI_INT, next, 0, MPI_COMM_WORLD, &requests[COUNT + i]);
    }
    EXPECT_CLASS(MPI_Startall(0, requests), MPI_SUCCESS);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < COUNT; i++) {
            sent[i] = 1000 * round + i;
            received[i] = -1;
        }
        EXPECT_CLASS(MPI_Startall(2 * COUNT, requests), MPI_SUCCESS);
        EXPECT_CLASS(MPI_Waitall(2 * COUNT, requests, MPI_STATUSES_IGNORE), MPI_SUCCESS);
        for (int i = 0; i < COUNT; i++) {
            CHECK_EQ(received[i], 1000 * round + i);
        }
    }
    for (int i = 0; i < 2 * COUNT; i++) {
        MPI_Request_free(&requests[i]);
    }
}

/* A wildcard is one at each start. */
static void test_wildcards(void)
{
    MPI_Request request, sends[2];
    MPI_Status status;
    int value, seen = 0, tags[2] = {0, 1};

    MPI_Recv_init(&value, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &request);
    for (int i = 0; i < 2; i++) {
        MPI_Isend(&tags[i], 1, MPI_INT, 0, tags[i], MPI_COMM_WORLD, &sends[i]);
    }
    for (int i = 0; mpitest_rank == 0 && i < 2 * mpitest_size; i++) {
        MPI_Start(&request);
        MPI_Wait(&request, &status);
        CHECK_EQ(status.MPI_TAG, value);
        seen += status.MPI_SOURCE;
    }
    CHECK_EQ(seen, mpitest_rank == 0 ? mpitest_size * (mpitest_size - 1) : 0);
    MPI_Waitall(2, sends, MPI_STATUSES_IGNORE);
    MPI_Request_free(&request);
    MPI_Barrier(MPI_COMM_WORLD);
}

static void test_null_process(void)
{
    MPI_Request requests[2];
    MPI_Status statuses[2];

    MPI_Send_init(source, LONG, MPI_BYTE, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &requests[0]);
    MPI_Recv_init(target, LONG, MPI_BYTE, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &requests[1]);
    for (int i = 0; i < 3; i++) {
        EXPECT_CLASS(MPI_Startall(2, requests), MPI_SUCCESS);
        EXPECT_CLASS(MPI_Waitall(2, requests, statuses), MPI_SUCCESS);
        check_received(&statuses[1], MPI_PROC_NULL, MPI_ANY_TAG, 0);
    }
    MPI_Request_free(&requests[0]);
    MPI_Request_free(&requests[1]);
}

/* ---- Ends out of the ordinary ---- */

/* A request that is freed while it is active goes on to its end. */
static void test_free_active(void)
{
    MPI_Request send, receive;
    int token = 0, their_token;

    for (int bytes = 8; bytes <= LONG; bytes = bytes == 8 ? LONG : LONG + 1) {
        mpitest_fill(source, (size_t)bytes, (uint64_t)mpitest_rank);
        MPI_Ssend_init(source, bytes, MPI_BYTE, next, 1, MPI_COMM_WORLD, &send);
        MPI_Recv_init(target, bytes, MPI_BYTE, previous, 1, MPI_COMM_WORLD, &receive);
        MPI_Start(&send);
        EXPECT_CLASS(MPI_Request_free(&send), MPI_SUCCESS);
        CHECK(send == MPI_REQUEST_NULL);
        MPI_Start(&receive);
        MPI_Wait(&receive, MPI_STATUS_IGNORE);
        CHECK_PATTERN(target, (size_t)bytes, (uint64_t)previous);

        // The receive too: the token follows the message on the same way.
        memset(target, 0, (size_t)bytes);
        MPI_Start(&receive);
        EXPECT_CLASS(MPI_Request_free(&receive), MPI_SUCCESS);
        MPI_Barrier(MPI_COMM_WORLD);
        MPI_Ssend_init(source, bytes, MPI_BYTE, next, 1, MPI_COMM_WORLD, &send);
        MPI_Start(&send);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
        MPI_Request_free(&send);
        MPI_Sendrecv(&token, 1, MPI_INT, next, 2, &their_token, 1, MPI_INT, previous, 2,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Barrier(MPI_COMM_WORLD);
        while (mpitest_first_difference(target, (size_t)bytes, (uint64_t)previous) <
               (size_t)bytes) {
            int flag; // arrives by itself, as long as somebody calls the library
            MPI_Iprobe(MPI_ANY_SOURCE, 99, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

/* A failed receive is as good as new at its next start. */
static void test_truncation(void)
{
    MPI_Request request;
    MPI_Status status;

    MPI_Recv_init(target, 100, MPI_BYTE, previous, 3, MPI_COMM_WORLD, &request);
    for (int i = 0; i < 4; i++) {
        int bytes = i % 2 == 0 ? LONG : 100;
        MPI_Request send;
        mpitest_fill(source, (size_t)bytes, (uint64_t)mpitest_rank);
        MPI_Start(&request);
        MPI_Isend(source, bytes, MPI_BYTE, next, 3, MPI_COMM_WORLD, &send);
        EXPECT_CLASS(MPI_Wait(&request, &status), i % 2 == 0 ? MPI_ERR_TRUNCATE : MPI_SUCCESS);
        CHECK(request != MPI_REQUEST_NULL);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
        CHECK_PATTERN(target, 100, (uint64_t)previous);
    }
    MPI_Request_free(&request);
}

/* A synchronous send is complete when its receive has begun, each time. */
static void test_synchronous(void)
{
    MPI_Request request;
    int value = 7, flag;

    MPI_Ssend_init(&value, 1, MPI_INT, mpitest_rank, 4, MPI_COMM_WORLD, &request);
    for (int i = 0; i < 3; i++) {
        MPI_Start(&request);
        for (int look = 0; look < 20; look++) {
            MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
            CHECK_EQ(flag, 0);
        }
        MPI_Recv(&value, 1, MPI_INT, mpitest_rank, 4, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    }
    MPI_Request_free(&request);
}

static void test_errors(void)
{
    MPI_Request none = MPI_REQUEST_NULL, request, other, pair[2];
    static int value; // the receive that is freed may end after this function

    EXPECT_CLASS(MPI_Start(&none), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Startall(1, &none), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Startall(-1, &none), MPI_ERR_COUNT);
#ifdef MPI_ABI_VERSION
    EXPECT_CLASS(MPI_Start(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Startall(1, NULL), MPI_ERR_ARG);
    MPI_Recv_init(&value, 1, MPI_INT, previous, 8, MPI_COMM_WORLD, &request);
    MPI_Irecv(&value, 1, MPI_INT, previous, 8, MPI_COMM_WORLD, &other);
    EXPECT_CLASS(MPI_Start(&other), MPI_ERR_REQUEST); // not persistent
    pair[0] = request;
    pair[1] = other;
    EXPECT_CLASS(MPI_Startall(2, pair), MPI_ERR_REQUEST); // and the first has not been started
    pair[1] = request;
    EXPECT_CLASS(MPI_Start(&request), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Start(&request), MPI_ERR_REQUEST);
    MPI_Cancel(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    EXPECT_CLASS(MPI_Startall(2, pair), MPI_ERR_REQUEST); // the same one twice
    MPI_Request copy = request;
    EXPECT_CLASS(MPI_Request_free(&request), MPI_SUCCESS); // active
    EXPECT_CLASS(MPI_Start(&copy), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Wait(&copy, MPI_STATUS_IGNORE), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Request_free(&copy), MPI_ERR_REQUEST);
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < 2; i++) { // one for each of the receives that are still there
        MPI_Send(&value, 1, MPI_INT, next, 8, MPI_COMM_WORLD);
    }
    MPI_Wait(&other, MPI_STATUS_IGNORE);
#else
    (void)request, (void)other, (void)pair, (void)value;
#endif
}

static void cycle(int index)
{
    MPI_Request requests[2];
    int sent = index, received = -1;

    MPI_Recv_init(&received, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &requests[0]);
    MPI_Send_init(&sent, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &requests[1]);
    if (index % 2 == 0) {
        MPI_Startall(2, requests);
        MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
        CHECK_EQ(received, index);
    }
    MPI_Request_free(&requests[0]);
    MPI_Request_free(&requests[1]);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    ringtest_begin(LONG);

    test_modes();
    test_startall();
    test_wildcards();
    test_null_process();
    test_free_active();
    test_truncation();
    test_synchronous();
    test_errors();
    flattest_check(cycle, mpitest_size == 1 ? CYCLES : CYCLES / 100);
    ringtest_end();
    return mpitest_finish();
}
