/* SPDX-License-Identifier: BSD-3-Clause */
/* A request that a thread waits for is freed by another thread: each form of waiting returns when
 * there is nothing left to wait for, and the message arrives. (The standard leaves such programs
 * undefined; nothing may be corrupted all the same.) */
/* matrix: copy=chunk rings=default */
#include <pthread.h>
#include <unistd.h>

#include "tests/lib/asleep.h"
#include "tests/lib/mpitest.h"

enum { FORMS = 4, TAG = 3 };

struct waiter {
    pthread_t thread;
    int form;
    MPI_Request request;
    _Atomic pid_t id; /* of the thread, once it runs */
};

static void *wait_for(void *argument)
{
    struct waiter *waiter = argument;
    MPI_Request requests[2] = {waiter->request, MPI_REQUEST_NULL};
    MPI_Status statuses[2];
    int index, count, indices[2];

    waiter->id = gettid();
    switch (waiter->form) {
    case 0:
        EXPECT_CLASS(MPI_Wait(requests, statuses), MPI_SUCCESS);
        break;
    case 1:
        EXPECT_CLASS(MPI_Waitall(2, requests, statuses), MPI_SUCCESS);
        break;
    case 2:
        EXPECT_CLASS(MPI_Waitany(2, requests, &index, statuses), MPI_SUCCESS);
        CHECK_EQ(index, MPI_UNDEFINED);
        return NULL;
    default:
        EXPECT_CLASS(MPI_Waitsome(2, requests, &count, indices, statuses), MPI_SUCCESS);
        CHECK_EQ(count, MPI_UNDEFINED);
        return NULL;
    }
    CHECK(requests[0] == MPI_REQUEST_NULL);
    return NULL;
}

/* The thread sleeps when the request is freed; then the message comes, and requests take its
 * place. */
static void test_form(int form, bool persistent)
{
    int next = (mpitest_rank + 1) % mpitest_size;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    int out = mpitest_rank + 10 * form, in = -1, unused;
    struct waiter waiter = {.form = form};
    MPI_Request freed, other;

    MPI_Recv_init(&in, 1, MPI_INT, previous, TAG, MPI_COMM_WORLD, &waiter.request);
    if (persistent) {
        MPI_Start(&waiter.request);
    } else {
        MPI_Request_free(&waiter.request);
        MPI_Irecv(&in, 1, MPI_INT, previous, TAG, MPI_COMM_WORLD, &waiter.request);
    }
    freed = waiter.request;
    if (pthread_create(&waiter.thread, NULL, wait_for, &waiter) != 0) {
        fprintf(stderr, "cannot start a thread\n");
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    while (waiter.id == 0) {
        sched_yield();
    }
    asleep_await(waiter.id);
    EXPECT_CLASS(MPI_Request_free(&freed), MPI_SUCCESS);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Send(&out, 1, MPI_INT, next, TAG, MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD); // brought the message, which was before it
    MPI_Irecv(&unused, 1, MPI_INT, previous, TAG + 1, MPI_COMM_WORLD, &other);
    pthread_join(waiter.thread, NULL);
    MPI_Cancel(&other);
    MPI_Wait(&other, MPI_STATUS_IGNORE);
    while (*(volatile int *)&in == -1) {
        int flag;
        MPI_Iprobe(MPI_ANY_SOURCE, TAG + 2, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
    }
    CHECK_EQ(in, previous + 10 * form);
    MPI_Barrier(MPI_COMM_WORLD);
}

int main(int argc, char **argv)
{
    bool has_threads = mpitest_start_threads(&argc, &argv);

#ifndef MPI_ABI_VERSION
    return mpitest_skip("what happens is this library's own");
#endif
    if (!has_threads) {
        return mpitest_skip(MPITEST_NO_THREADS);
    }
    mpitest_return_errors();
    for (int form = 0; form < FORMS; form++) {
        test_form(form, false);
        test_form(form, true);
    }
    return mpitest_finish();
}
