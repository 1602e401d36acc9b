/* SPDX-License-Identifier: BSD-3-Clause */
/* Generalized requests: their functions are called when they should be, once, and with what they
 * should get; what these return is what the call returns. Every form of waiting and testing. */
/* matrix: copy=chunk rings=default */
#include <pthread.h>
#include <unistd.h>

#include "tests/lib/flattest.h"

enum { ELEMENTS = 5, TAG = 42, CYCLES = 100000, FORMS = 8 };

/* What one request's functions find and leave. */
struct work {
    int queried, freed, cancelled;
    int was_complete; /* as cancel was told */
    int query_error, free_error, cancel_error;
    MPI_Request *request; /* completed by cancel */
};

static int query(void *extra, MPI_Status *status)
{
    struct work *work = extra;
    int rank;

    work->queried++;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank); // may call MPI
    status->MPI_SOURCE = rank;
    status->MPI_TAG = TAG;
    MPI_Status_set_elements(status, MPI_INT, ELEMENTS);
    MPI_Status_set_cancelled(status, work->cancelled > 0);
    return work->query_error;
}

static int release(void *extra)
{
    struct work *work = extra;

    work->freed++;
    return work->free_error;
}

static int cancel(void *extra, int complete)
{
    struct work *work = extra;

    work->cancelled++;
    work->was_complete = complete;
    if (work->request != NULL && !complete) {
        MPI_Grequest_complete(*work->request);
    }
    return work->cancel_error;
}

static MPI_Request start(struct work *work)
{
    MPI_Request request = MPI_REQUEST_NULL;

    *work = (struct work){0};
    EXPECT_CLASS(MPI_Grequest_start(query, release, cancel, work, &request), MPI_SUCCESS);
    CHECK(request != MPI_REQUEST_NULL);
    return request;
}

static void check_status(const MPI_Status *status, bool cancelled)
{
    int count = -1, flag = -1;

    CHECK_EQ(status->MPI_SOURCE, mpitest_rank);
    CHECK_EQ(status->MPI_TAG, TAG);
    MPI_Get_count(status, MPI_INT, &count);
    CHECK_EQ(count, ELEMENTS);
    MPI_Test_cancelled(status, &flag);
    CHECK_EQ(flag, cancelled);
}

/* Collects requests[0], which is complete, among `count` of which the others are not; returns the
 * call's code. The whole-array forms get it alone. */
static int collect(int form, int count, MPI_Request requests[], MPI_Status *status)
{
    int flag = 1, index = 0, outcount = 1, indices[4], code;
    MPI_Status statuses[4];

    switch (form) {
    case 0:
        return MPI_Wait(&requests[0], status);
    case 1:
        code = MPI_Test(&requests[0], &flag, status);
        break;
    case 2:
        code = MPI_Waitany(count, requests, &index, status);
        break;
    case 3:
        code = MPI_Testany(count, requests, &index, &flag, status);
        break;
    case 4:
        code = MPI_Waitall(1, requests, statuses);
        break;
    case 5:
        code = MPI_Testall(1, requests, &flag, statuses);
        break;
    case 6:
        code = MPI_Waitsome(count, requests, &outcount, indices, statuses);
        index = indices[0];
        break;
    default:
        code = MPI_Testsome(count, requests, &outcount, indices, statuses);
        index = indices[0];
        break;
    }
    CHECK_EQ(flag, 1);
    CHECK_EQ(index, 0);
    CHECK_EQ(outcount, 1);
    if (form >= 4) {
        *status = statuses[0];
    }
    return code;
}

static void test_forms(void)
{
    struct work work, other;
    MPI_Request requests[2];
    MPI_Status status;
    int flag;

    for (int form = 0; form < FORMS; form++) {
        requests[0] = start(&work);
        requests[1] = start(&other);
        MPI_Test(&requests[0], &flag, &status);
        CHECK_EQ(flag, 0);
        CHECK_EQ(work.queried + work.freed, 0);
        EXPECT_CLASS(MPI_Grequest_complete(requests[0]), MPI_SUCCESS);
        CHECK_EQ(work.queried + work.freed, 0);
        MPI_Request_get_status(requests[0], &flag, &status);
        CHECK_EQ(flag, 1);
        check_status(&status, false);
        CHECK_EQ(work.queried, 1);
        EXPECT_CLASS(collect(form, 2, requests, &status), MPI_SUCCESS);
        check_status(&status, false);
        CHECK_EQ(work.queried, 2);
        CHECK_EQ(work.freed, 1);
        CHECK(requests[0] == MPI_REQUEST_NULL);
        CHECK_EQ(other.queried + other.freed, 0);
        MPI_Grequest_complete(requests[1]);
        MPI_Wait(&requests[1], MPI_STATUS_IGNORE); // the function gets a status all the same
        CHECK_EQ(other.queried, 1);
        CHECK_EQ(other.freed, 1);
    }
}

/* The functions' errors come out of the call, the free function's before the query function's;
 * calls with several statuses put them there. */
static void test_failures(void)
{
    struct work work;
    MPI_Request request;
    MPI_Status status;
    int user, flag;

    MPI_Add_error_class(&user);
    for (int form = 0; form < FORMS; form++) {
        for (int which = 1; which <= 3; which++) {
            int expected = which & 2 ? user : MPI_ERR_IO;
            request = start(&work);
            work.query_error = which & 1 ? MPI_ERR_IO : MPI_SUCCESS;
            work.free_error = which & 2 ? user : MPI_SUCCESS;
            MPI_Grequest_complete(request);
            int code = collect(form, 1, &request, &status);
            CHECK(request == MPI_REQUEST_NULL);
            CHECK_EQ(work.freed, 1);
            if (form < 4) {
                EXPECT_CLASS(code, expected);
            } else {
                EXPECT_CLASS(code, MPI_ERR_IN_STATUS);
                CHECK_EQ(status.MPI_ERROR, expected);
            }
        }
    }
    request = start(&work);
    work.query_error = MPI_ERR_IO;
    MPI_Grequest_complete(request);
    EXPECT_CLASS(MPI_Request_get_status(request, &flag, &status), MPI_ERR_IO);
    CHECK_EQ(flag, 1);
    work.free_error = user;
    EXPECT_CLASS(MPI_Request_free(&request), user);
    request = start(&work);
    work.cancel_error = user;
    EXPECT_CLASS(MPI_Cancel(&request), user);
    MPI_Grequest_complete(request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

/* Freed after it is complete, or before: the later of the two calls the function. */
static void test_free(void)
{
    struct work work;
    MPI_Request request = start(&work), kept;

    MPI_Grequest_complete(request);
    EXPECT_CLASS(MPI_Request_free(&request), MPI_SUCCESS);
    CHECK(request == MPI_REQUEST_NULL);
    CHECK_EQ(work.freed, 1);
    CHECK_EQ(work.queried, 0);

    request = kept = start(&work);
    EXPECT_CLASS(MPI_Request_free(&request), MPI_SUCCESS);
    CHECK_EQ(work.freed, 0);
    EXPECT_CLASS(MPI_Grequest_complete(kept), MPI_SUCCESS);
    CHECK_EQ(work.freed, 1);
    CHECK_EQ(work.queried, 0);
}

static void test_cancel(void)
{
    struct work work;
    MPI_Request request = start(&work);
    MPI_Status status;

    work.request = &request;
    EXPECT_CLASS(MPI_Cancel(&request), MPI_SUCCESS);
    CHECK_EQ(work.cancelled, 1);
    CHECK_EQ(work.was_complete, 0);
    EXPECT_CLASS(MPI_Cancel(&request), MPI_SUCCESS);
    CHECK_EQ(work.cancelled, 2);
    CHECK(work.was_complete != 0);
    MPI_Wait(&request, &status);
    check_status(&status, true);
    CHECK_EQ(work.freed, 1);
}

/* Side by side with messages in one array. */
static void test_mixed(void)
{
    int next = (mpitest_rank + 1) % mpitest_size;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    int out = mpitest_rank, in = -1;
    struct work work;
    MPI_Request requests[4] = {start(&work), MPI_REQUEST_NULL};
    MPI_Status statuses[4];

    MPI_Irecv(&in, 1, MPI_INT, previous, 1, MPI_COMM_WORLD, &requests[2]);
    MPI_Isend(&out, 1, MPI_INT, next, 1, MPI_COMM_WORLD, &requests[3]);
    MPI_Grequest_complete(requests[0]);
    EXPECT_CLASS(MPI_Waitall(4, requests, statuses), MPI_SUCCESS);
    check_status(&statuses[0], false);
    CHECK_EQ(statuses[2].MPI_SOURCE, previous);
    CHECK_EQ(in, previous);
}

static void test_errors(void)
{
    MPI_Request request = MPI_REQUEST_NULL;

    EXPECT_CLASS(MPI_Grequest_complete(MPI_REQUEST_NULL), MPI_ERR_REQUEST);
#ifdef MPI_ABI_VERSION
    struct work work;
    int value;

    EXPECT_CLASS(MPI_Grequest_start(NULL, release, cancel, NULL, &request), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Grequest_start(query, NULL, cancel, NULL, &request), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Grequest_start(query, release, NULL, NULL, &request), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Grequest_start(query, release, cancel, NULL, NULL), MPI_ERR_ARG);
    request = start(&work);
    EXPECT_CLASS(MPI_Start(&request), MPI_ERR_REQUEST);
    MPI_Grequest_complete(request);
    EXPECT_CLASS(MPI_Grequest_complete(request), MPI_ERR_REQUEST);
    MPI_Request copy = request;
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    EXPECT_CLASS(MPI_Grequest_complete(copy), MPI_ERR_REQUEST);
    MPI_Irecv(&value, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &request);
    EXPECT_CLASS(MPI_Grequest_complete(request), MPI_ERR_REQUEST);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
#endif
    CHECK(request == MPI_REQUEST_NULL);
}

static void *complete_later(void *argument)
{
    usleep(20000); // the waiting thread sleeps by then
    MPI_Grequest_complete(*(MPI_Request *)argument);
    return NULL;
}

/* The usual use: another thread does the work. */
static void test_threads(void)
{
    for (int form = 0; form < FORMS; form += 2) {
        struct work work;
        MPI_Request request = start(&work), copy = request;
        MPI_Status status;
        pthread_t thread;

        if (pthread_create(&thread, NULL, complete_later, &copy) != 0) {
            fprintf(stderr, "cannot start a thread\n");
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
        EXPECT_CLASS(collect(form, 1, &request, &status), MPI_SUCCESS);
        check_status(&status, false);
        CHECK_EQ(work.freed, 1);
        pthread_join(thread, NULL);
    }
}

static void cycle(int index)
{
    struct work work;
    MPI_Request request = start(&work), copy = request;

    if (index % 2 == 0) {
        MPI_Grequest_complete(request);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    } else {
        MPI_Request_free(&request);
        MPI_Grequest_complete(copy);
    }
}

int main(int argc, char **argv)
{
    int provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    mpitest_return_errors();
    test_forms();
    test_failures();
    test_free();
    test_cancel();
    test_mixed();
    test_errors();
    if (provided == MPI_THREAD_MULTIPLE) {
        test_threads();
    }
    CHECK_EQ(MPI_Pcontrol(1), MPI_SUCCESS);
    CHECK_EQ(MPI_Pcontrol(2, "of no interest", 3.0), MPI_SUCCESS);
    flattest_check(cycle, CYCLES / mpitest_size);
    return mpitest_finish();
}
