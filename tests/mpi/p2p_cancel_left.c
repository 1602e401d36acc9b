/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends that are taken back from a rank that takes no part in it: it computes, and then it has
 * finalized. Nobody can receive them, so all are cancelled, and none is waited for for ever. */
/* matrix: np=1,2,3 copy=chunk,direct rings=default,tiny limit=60 */
#include <time.h>

#include "tests/lib/mpitest.h"

enum { MANY = 1500, SHORT = 8, LONG = 200000 };

static unsigned char data[LONG];
static int last;

static void nap(long milliseconds)
{
    struct timespec time = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void expect_cancelled(MPI_Request *request)
{
    MPI_Status status;
    int flag = -1;

    CHECK_EQ(MPI_Wait(request, &status), MPI_SUCCESS);
    CHECK_EQ(MPI_Test_cancelled(&status, &flag), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
}

static void test_one(int bytes)
{
    MPI_Request request;

    MPI_Issend(data, bytes, MPI_BYTE, last, 0, MPI_COMM_WORLD, &request);
    MPI_Cancel(&request);
    MPI_Cancel(&request);
    expect_cancelled(&request);
}

/* More than the ring has room for, and so the questions about them. */
static void test_many(int bytes)
{
    static MPI_Request requests[MANY];

    for (int i = 0; i < MANY; i++) {
        MPI_Issend(data, bytes, MPI_BYTE, last, i, MPI_COMM_WORLD, &requests[i]);
    }
    for (int i = 0; i < MANY; i++) {
        MPI_Cancel(&requests[i]);
    }
    for (int i = MANY - 1; i >= 0; i--) {
        expect_cancelled(&requests[i]);
    }
}

static void test_again(int bytes)
{
    MPI_Request request;

    MPI_Ssend_init(data, bytes, MPI_BYTE, last, 0, MPI_COMM_WORLD, &request);
    for (int i = 0; i < 3; i++) {
        MPI_Start(&request);
        MPI_Cancel(&request);
        expect_cancelled(&request);
    }
    MPI_Request_free(&request);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    last = mpitest_size - 1;
    if (mpitest_rank == 0) {
        test_one(SHORT); // before it has finalized
        test_one(LONG);
        nap(last > 0 ? 500 : 0);
        test_one(SHORT); // after that
        test_one(LONG);
        test_again(SHORT);
        test_many(SHORT);
        test_many(LONG);
        test_again(LONG);
    } else {
        nap(mpitest_rank == last ? 200 : 0);
    }
    MPI_Finalize();
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
