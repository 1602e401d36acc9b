/* SPDX-License-Identifier: BSD-3-Clause */
/* Sending and receiving as one request, with two buffers or one: contents, statuses, errors, all
 * ways to complete it, and with many in flight at once. */
#include <pthread.h>

#include "tests/lib/flattest.h"
#include "tests/lib/ringtest.h"

enum { LONG = 300000, MANY = 50, THREADS = 4, ROUNDS = 100, CYCLES = 100000 };

static void check_status(const MPI_Status *status, int from, int tag, int bytes)
{
    int count = -1, flag = -1;

    CHECK_EQ(status->MPI_SOURCE, from);
    CHECK_EQ(status->MPI_TAG, tag);
    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
    MPI_Test_cancelled(status, &flag);
    CHECK_EQ(flag, 0);
}

/* Around the ring; odd ranks give wildcards. */
static void test_ring(int bytes)
{
    bool wild = mpitest_rank % 2 != 0;
    MPI_Request request;
    MPI_Status status;
    int flag = 0;

    mpitest_fill(source, (size_t)bytes, (uint64_t)mpitest_rank);
    EXPECT_CLASS(MPI_Isendrecv(source, bytes, MPI_BYTE, next, 1, target, LONG, MPI_BYTE,
                               wild ? MPI_ANY_SOURCE : previous, wild ? MPI_ANY_TAG : 1,
                               MPI_COMM_WORLD, &request),
                 MPI_SUCCESS);
    CHECK(request != MPI_REQUEST_NULL);
    EXPECT_CLASS(MPI_Wait(&request, &status), MPI_SUCCESS);
    check_status(&status, previous, 1, bytes);
    CHECK_PATTERN(target, (size_t)bytes, (uint64_t)previous);

    EXPECT_CLASS(MPI_Isendrecv_replace(source, bytes, MPI_BYTE, next, 2, previous, 2,
                                       MPI_COMM_WORLD, &request),
                 MPI_SUCCESS);
    while (!flag) {
        EXPECT_CLASS(MPI_Test(&request, &flag, &status), MPI_SUCCESS);
    }
    check_status(&status, previous, 2, bytes);
    CHECK_PATTERN(source, (size_t)bytes, (uint64_t)previous);
}

/* Different lengths each way, and a matrix column that is sent and a row that is received. */
static void test_shapes(void)
{
    enum { ORDER = 20 };
    double matrix[ORDER][ORDER], row[ORDER];
    MPI_Datatype column;
    MPI_Request request;
    MPI_Status status;

    MPI_Isendrecv(source, 10 * (mpitest_rank + 1), MPI_BYTE, next, 3, target, LONG, MPI_BYTE,
                  previous, 3, MPI_COMM_WORLD, &request);
    MPI_Wait(&request, &status);
    check_status(&status, previous, 3, 10 * (previous + 1));

    MPI_Type_vector(ORDER, 1, ORDER, MPI_DOUBLE, &column);
    MPI_Type_commit(&column);
    for (int i = 0; i < ORDER * ORDER; i++) {
        matrix[i / ORDER][i % ORDER] = 1000.0 * mpitest_rank + i;
    }
    MPI_Isendrecv(&matrix[0][7], 1, column, next, 3, row, ORDER, MPI_DOUBLE, previous, 3,
                  MPI_COMM_WORLD, &request);
    MPI_Wait(&request, &status);
    for (int i = 0; i < ORDER; i++) {
        CHECK(row[i] == 1000.0 * previous + i * ORDER + 7);
    }
    MPI_Isendrecv_replace(&matrix[0][7], 1, column, next, 3, previous, 3, MPI_COMM_WORLD, &request);
    MPI_Type_free(&column); // the request holds it
    MPI_Wait(&request, &status);
    for (int i = 0; i < ORDER * ORDER; i++) {
        int from = i % ORDER == 7 ? previous : mpitest_rank;
        CHECK(matrix[i / ORDER][i % ORDER] == 1000.0 * from + i);
    }
}

/* Nobody at one end or both, and oneself at both. */
static void test_null_and_self(void)
{
    MPI_Request requests[4];
    MPI_Status statuses[4];
    int out = 7, in = -1, value = 5, flag;

    MPI_Isendrecv(&out, 1, MPI_INT, MPI_PROC_NULL, 4, &in, 1, MPI_INT, MPI_PROC_NULL, 4,
                  MPI_COMM_WORLD, &requests[0]);
    EXPECT_CLASS(MPI_Test(&requests[0], &flag, &statuses[0]), MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    check_status(&statuses[0], MPI_PROC_NULL, MPI_ANY_TAG, 0);
    CHECK_EQ(in, -1);

    MPI_Isendrecv(&out, 1, MPI_INT, 0, 4, &in, 1, MPI_INT, 0, 4, MPI_COMM_SELF, &requests[0]);
    MPI_Isendrecv_replace(&value, 1, MPI_INT, 0, 5, 0, 5, MPI_COMM_SELF, &requests[1]);
    MPI_Isendrecv(source, LONG, MPI_BYTE, 0, 6, target, LONG, MPI_BYTE, 0, 6, MPI_COMM_SELF,
                  &requests[2]);
    MPI_Isendrecv_replace(&out, 1, MPI_INT, MPI_PROC_NULL, 0, MPI_PROC_NULL, 0, MPI_COMM_SELF,
                          &requests[3]);
    MPI_Waitall(4, requests, statuses);
    CHECK_EQ(in, 7);
    CHECK_EQ(value, 5);
    CHECK_EQ(out, 7);
    check_status(&statuses[2], 0, 6, LONG);
    CHECK(memcmp(source, target, LONG) == 0);

    // A line instead of a ring: the ends have nobody on one side.
    int before = mpitest_rank > 0 ? mpitest_rank - 1 : MPI_PROC_NULL;
    int after = mpitest_rank + 1 < mpitest_size ? mpitest_rank + 1 : MPI_PROC_NULL;
    value = mpitest_rank;
    MPI_Isendrecv_replace(&value, 1, MPI_INT, after, 7, before, 7, MPI_COMM_WORLD, &requests[0]);
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
    CHECK_EQ(value, mpitest_rank > 0 ? mpitest_rank - 1 : mpitest_rank);
}

/* Many in flight with every rank, some of them let go of before they are complete. */
static void test_many(void)
{
    int count = MANY * mpitest_size;
    MPI_Request *requests = mpitest_malloc((size_t)count * sizeof *requests);
    int *values = mpitest_malloc(2 * (size_t)count * sizeof *values);
    int *received = values + count;

    for (int i = 0; i < count; i++) {
        int other = i % mpitest_size;
        values[i] = mpitest_rank * 100000 + i - other;
        received[i] = -1;
        MPI_Isendrecv(&values[i], 1, MPI_INT, other, i / mpitest_size, &received[i], 1, MPI_INT,
                      other, i / mpitest_size, MPI_COMM_WORLD, &requests[i]);
        if (i % 7 == 0) {
            EXPECT_CLASS(MPI_Cancel(&requests[i]), MPI_SUCCESS); // goes on: its send may be gone
        }
        if (i % 5 == 0) {
            EXPECT_CLASS(MPI_Request_free(&requests[i]), MPI_SUCCESS);
        }
    }
    MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < count; i++) {
        while (i % 5 == 0 && *(volatile int *)&received[i] == -1) {
            int flag;
            MPI_Iprobe(MPI_ANY_SOURCE, 9999, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        }
        CHECK_EQ(received[i], i % mpitest_size * 100000 + i - i % mpitest_size);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    free(requests);
    free(values);
}

static void test_huge(void)
{
    const MPI_Count huge = ((MPI_Count)1 << 33) + 5;
    MPI_Datatype nothing;
    MPI_Request request;
    MPI_Status status;
    MPI_Count count = -1;

    MPI_Type_contiguous(0, MPI_INT, &nothing);
    MPI_Type_commit(&nothing);
    EXPECT_CLASS(MPI_Isendrecv_c(source, huge, nothing, next, 8, target, huge, nothing, previous, 8,
                                 MPI_COMM_WORLD, &request),
                 MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&request, &status), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Isendrecv_replace_c(source, huge, nothing, next, 8, previous, 8,
                                         MPI_COMM_WORLD, &request),
                 MPI_SUCCESS);
    EXPECT_CLASS(MPI_Wait(&request, &status), MPI_SUCCESS);
    CHECK_EQ(status.MPI_SOURCE, previous);
    MPI_Get_count_c(&status, nothing, &count);
    CHECK_EQ(count, 0);
    MPI_Type_free(&nothing);
}

/* What is longer than the buffer is cut off, and said so when the request completes. */
static void test_truncated(void)
{
    MPI_Request request;
    MPI_Status status;
    int out[4] = {1, 2, 3, 4}, in[2] = {-1, -1};

    MPI_Isendrecv(out, 4, MPI_INT, next, 9, in, 1, MPI_INT, previous, 9, MPI_COMM_WORLD, &request);
    EXPECT_CLASS(MPI_Wait(&request, &status), MPI_ERR_TRUNCATE);
    CHECK(request == MPI_REQUEST_NULL);
    CHECK_EQ(in[1], -1);
    MPI_Barrier(MPI_COMM_WORLD);
}

static void test_errors(void)
{
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Comm comm = MPI_COMM_WORLD;
    int a = 0, b = 0;

    EXPECT_CLASS(MPI_Isendrecv(&a, -1, MPI_INT, 0, 0, &b, 1, MPI_INT, 0, 0, comm, &request),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Isendrecv(&a, 1, MPI_INT, mpitest_size, 0, &b, 1, MPI_INT, 0, 0, comm,
                               &request),
                 MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Isendrecv(&a, 1, MPI_INT, 0, 0, &b, 1, MPI_INT, mpitest_size, 0, comm,
                               &request),
                 MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Isendrecv(&a, 1, MPI_INT, 0, -3, &b, 1, MPI_INT, 0, 0, comm, &request),
                 MPI_ERR_TAG);
    EXPECT_CLASS(
        MPI_Isendrecv(&a, 1, MPI_DATATYPE_NULL, 0, 0, &b, 1, MPI_INT, 0, 0, comm, &request),
        MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Isendrecv(&a, 1, MPI_INT, 0, 0, &b, 1, MPI_INT, 0, 0, MPI_COMM_NULL, &request),
                 MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Isendrecv_replace(&a, -1, MPI_INT, 0, 0, 0, 0, comm, &request), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Isendrecv_replace(&a, 1, MPI_INT, -7, 0, 0, 0, comm, &request), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Isendrecv_replace(&a, 1, MPI_INT, 0, 0, 0, -7, comm, &request), MPI_ERR_TAG);
    EXPECT_CLASS(MPI_Isendrecv_c(&a, 1, MPI_INT, 0, 0, NULL, 1, MPI_INT, 0, 0, comm, &request),
                 MPI_ERR_BUFFER);
#ifdef MPI_ABI_VERSION
    EXPECT_CLASS(MPI_Isendrecv(&a, 1, MPI_INT, 0, 0, &b, 1, MPI_INT, 0, 0, comm, NULL),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Isendrecv_replace_c(&a, 1, MPI_INT, 0, 0, 0, 0, comm, NULL), MPI_ERR_ARG);
#endif
    CHECK(request == MPI_REQUEST_NULL);
}

static void *exchange_in_thread(void *argument)
{
    int tag = 20 + *(int *)argument;
    MPI_Request request;
    MPI_Status status;

    for (int round = 0; round < ROUNDS; round++) {
        int out[2] = {mpitest_rank, round}, in[2] = {-1, -1};
        MPI_Isendrecv(out, 2, MPI_INT, next, tag, in, 2, MPI_INT, previous, tag, MPI_COMM_WORLD,
                      &request);
        MPI_Wait(&request, &status);
        CHECK_EQ(in[0], previous);
        CHECK_EQ(in[1], round);
        MPI_Isendrecv_replace(out, 2, MPI_INT, next, tag, previous, tag, MPI_COMM_WORLD, &request);
        MPI_Wait(&request, &status);
        CHECK_EQ(out[0], previous);
        CHECK_EQ(status.MPI_TAG, tag);
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, exchange_in_thread, &numbers[i]) != 0) {
            fprintf(stderr, "cannot start a thread\n");
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void cycle(int index)
{
    MPI_Request request;
    int value = index, received;

    MPI_Isendrecv(&value, 1, MPI_INT, 0, 0, &received, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Isendrecv_replace(&value, 1, MPI_INT, 0, 0, 0, 0, MPI_COMM_SELF, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

int main(int argc, char **argv)
{
    int provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    ringtest_begin(LONG);

    for (int bytes = 0; bytes <= LONG; bytes = bytes * 9 + 1) {
        test_ring(bytes);
    }
    test_ring(LONG);
    test_shapes();
    test_null_and_self();
    test_many();
    test_huge();
    test_truncated();
    test_errors();
    if (provided == MPI_THREAD_MULTIPLE) {
        test_threads();
    }
    flattest_check(cycle, mpitest_size == 1 ? CYCLES : CYCLES / 100);
    ringtest_end();
    return mpitest_finish();
}
