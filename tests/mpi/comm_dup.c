/* SPDX-License-Identifier: BSD-3-Clause */
/* Duplicates: messages of one communicator are never received through another, collectives never
 * take messages of the user, a freed communicator serves what is in flight, and what is inherited.
 */
#include "../lib/mpitest.h"

enum { COPIES = 8, TAG = 5 };

static int right_of(int rank)
{
    return (rank + 1) % mpitest_size;
}

static int left_of(int rank)
{
    return (rank + mpitest_size - 1) % mpitest_size;
}

/* The same tag on each of several communicators, received in the opposite order, with wildcards. */
static void check_isolation(void)
{
    MPI_Comm copies[COPIES];
    MPI_Request requests[COPIES];
    MPI_Status status;
    int sent[COPIES], got;

    for (int i = 0; i < COPIES; i++) {
        MPI_Comm_dup(i == 0 ? MPI_COMM_WORLD : copies[i - 1], &copies[i]);
    }
    for (int i = 0; i < COPIES; i++) {
        sent[i] = 100 * mpitest_rank + i;
        MPI_Isend(&sent[i], 1, MPI_INT, right_of(mpitest_rank), TAG, copies[i], &requests[i]);
    }
    for (int i = COPIES - 1; i >= 0; i--) {
        MPI_Recv(&got, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, copies[i], &status);
        CHECK_EQ(got, 100 * left_of(mpitest_rank) + i);
        CHECK_EQ(status.MPI_SOURCE, left_of(mpitest_rank));
        CHECK_EQ(status.MPI_TAG, TAG);
    }
    MPI_Waitall(COPIES, requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < COPIES; i++) {
        MPI_Comm_free(&copies[i]);
    }
}

/* A receive of anything is posted while collectives and the making of communicators run. */
static void check_planes(void)
{
    MPI_Comm copy, part;
    MPI_Request request;
    int got = -1, sum = 0, flag = 1;

    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Irecv(&got, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, copy, &request);
    MPI_Barrier(copy);
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, copy);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
    MPI_Comm_split(copy, mpitest_rank % 2, 0, &part);
    MPI_Comm_free(&part);
    MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    MPI_Barrier(copy);
    MPI_Send(&mpitest_rank, 1, MPI_INT, right_of(mpitest_rank), TAG, copy);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK_EQ(got, left_of(mpitest_rank));
    MPI_Comm_free(&copy);
}

/* MPI 5.0, 7.4.3: pending operations of a freed communicator complete normally. */
static void check_free_in_flight(int bytes)
{
    unsigned char *out = mpitest_malloc((size_t)bytes), *in = mpitest_malloc((size_t)bytes);
    MPI_Comm copy, other;
    MPI_Request requests[2];

    mpitest_fill(out, (size_t)bytes, (uint64_t)mpitest_rank);
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Irecv(in, bytes, MPI_BYTE, left_of(mpitest_rank), TAG, copy, &requests[0]);
    MPI_Isend(out, bytes, MPI_BYTE, right_of(mpitest_rank), TAG, copy, &requests[1]);
    MPI_Comm_free(&copy);
    MPI_Comm_dup(MPI_COMM_WORLD, &other);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    CHECK_PATTERN(in, (size_t)bytes, (uint64_t)left_of(mpitest_rank));
    MPI_Comm_free(&other);
    free(in);
    free(out);
}

static void check_inheritance(void)
{
    char name[MPI_MAX_OBJECT_NAME] = "x";
    MPI_Comm quiet, copy;
    MPI_Errhandler handler;
    int length = -1, result;

    MPI_Comm_dup(MPI_COMM_WORLD, &quiet);
    MPI_Comm_set_errhandler(quiet, MPI_ERRORS_RETURN);
    MPI_Comm_set_name(quiet, "quiet");
    MPI_Comm_dup_with_info(quiet, MPI_INFO_NULL, &copy);
    MPI_Comm_get_errhandler(copy, &handler);
    CHECK(handler == MPI_ERRORS_RETURN);
    MPI_Errhandler_free(&handler);
    MPI_Comm_get_name(copy, name, &length);
    CHECK_EQ(length, 0);
    MPI_Comm_compare(quiet, copy, &result);
    CHECK_EQ(result, MPI_CONGRUENT);
    MPI_Comm_free(&quiet);
    MPI_Comm_free(&copy);
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &handler);
    CHECK(handler == MPI_ERRORS_ARE_FATAL);
}

/* Each rank copies MPI_COMM_SELF at its own pace. */
static void check_self(void)
{
    for (int i = 0; i < 10 * (mpitest_rank + 1); i++) {
        MPI_Comm copy;
        int got = -1, size;
        MPI_Comm_dup(MPI_COMM_SELF, &copy);
        MPI_Comm_size(copy, &size);
        CHECK_EQ(size, 1);
        MPI_Sendrecv(&i, 1, MPI_INT, 0, TAG, &got, 1, MPI_INT, 0, TAG, copy, MPI_STATUS_IGNORE);
        CHECK_EQ(got, i);
        MPI_Comm_free(&copy);
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_isolation();
    check_planes();
    check_free_in_flight(8);
    check_free_in_flight(3000);
    check_free_in_flight(300000);
    check_inheritance();
    check_self();
    return mpitest_finish();
}
