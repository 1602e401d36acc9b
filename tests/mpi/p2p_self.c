/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of a rank to itself, which go straight from buffer to buffer if the receive is there
 * first: data with gaps, messages that are too long, sends taken back, and a second thread that
 * waits for what the first one sends. */
#include <pthread.h>

#include "tests/lib/mpitest.h"

enum { ITEMS_MAX = 20000, LONG_BYTES = 1 << 20, ROUNDS = 50 };

static MPI_Comm comm;
static int self;

/* ---- Data with gaps, on either side or both, before the receive or after it ---- */

static void clear(int *items, int count)
{
    for (int i = 0; i < 2 * count; i++) {
        items[i] = -1;
    }
}

static void check_items(const int *items, int count, int stride)
{
    int wrong = 0;

    for (int i = 0; i < 2 * count; i++) {
        const bool is_item = i % stride == 0 && i / stride < count;
        wrong += items[i] != (is_item ? i / stride : -1);
    }
    CHECK_EQ(wrong, 0);
}

static void exchange(const int *out, int out_stride, int *in, int in_stride, int count,
                     bool is_posted)
{
    MPI_Datatype out_type, in_type;
    MPI_Request requests[2];

    MPI_Type_vector(count, 1, out_stride, MPI_INT, &out_type);
    MPI_Type_vector(count, 1, in_stride, MPI_INT, &in_type);
    MPI_Type_commit(&out_type);
    MPI_Type_commit(&in_type);
    clear(in, count);
    if (is_posted) {
        MPI_Irecv(in, 1, in_type, MPI_ANY_SOURCE, 5, comm, &requests[0]);
        MPI_Send(out, 1, out_type, self, 5, comm);
    } else {
        MPI_Isend(out, 1, out_type, self, 5, comm, &requests[0]);
        MPI_Recv(in, 1, in_type, self, MPI_ANY_TAG, comm, MPI_STATUS_IGNORE);
    }
    MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
    check_items(in, count, in_stride);
    clear(in, count);
    MPI_Sendrecv(out, 1, out_type, self, 6, in, 1, in_type, self, 6, comm, MPI_STATUS_IGNORE);
    check_items(in, count, in_stride);
    MPI_Type_free(&out_type);
    MPI_Type_free(&in_type);
}

static void test_types(void)
{
    static const int counts[] = {1, 7, 300, ITEMS_MAX};
    int *out = mpitest_malloc(2 * ITEMS_MAX * sizeof *out);
    int *in = mpitest_malloc(2 * ITEMS_MAX * sizeof *in);

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (int way = 0; way < 8; way++) {
            const int out_stride = 1 + way % 2;
            for (int k = 0; k < counts[i]; k++) {
                out[k * out_stride] = k;
            }
            exchange(out, out_stride, in, 1 + way / 2 % 2, counts[i], way / 4 == 0);
        }
    }
    free(out);
    free(in);
}

/* ---- Too long for the receive ---- */

static void test_truncation(void)
{
    static const int lengths[] = {12, 2000, LONG_BYTES};
    unsigned char *out = mpitest_malloc(LONG_BYTES), *in = mpitest_malloc(LONG_BYTES);

    for (int i = 0; i < 6; i++) {
        const int bytes = lengths[i / 2];
        MPI_Request request;
        MPI_Status status;

        mpitest_fill(out, (size_t)bytes, 9);
        memset(in, 0, (size_t)bytes);
        if (i % 2 == 0) {
            MPI_Irecv(in, bytes / 2, MPI_BYTE, self, 1, comm, &request);
            EXPECT_CLASS(MPI_Send(out, bytes, MPI_BYTE, self, 1, comm), MPI_SUCCESS);
            EXPECT_CLASS(MPI_Wait(&request, &status), MPI_ERR_TRUNCATE);
        } else {
            MPI_Isend(out, bytes, MPI_BYTE, self, 1, comm, &request);
            EXPECT_CLASS(MPI_Recv(in, bytes / 2, MPI_BYTE, self, 1, comm, &status),
                         MPI_ERR_TRUNCATE);
            EXPECT_CLASS(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
        }
        CHECK_EQ(status.MPI_TAG, 1);
        CHECK_PATTERN(in, (size_t)bytes / 2, 9);
        CHECK_EQ(in[bytes / 2], 0);
    }
    free(out);
    free(in);
}

/* ---- Sends that wait for their receive: probed, taken back, or not ---- */

static void test_cancel(void)
{
    int value = 1, flag, bytes;
    char *out = mpitest_malloc(LONG_BYTES);
    MPI_Request requests[2];
    MPI_Message message;
    MPI_Status status;

    memset(out, 3, LONG_BYTES);
    for (int i = 0; i < 2; i++) {
        MPI_Issend(&value, 1, MPI_INT, self, 2, comm, &requests[0]);
        MPI_Isend(out, LONG_BYTES, MPI_BYTE, self, 3, comm, &requests[1]);
        MPI_Cancel(&requests[i]);
        MPI_Wait(&requests[i], &status);
        MPI_Test_cancelled(&status, &flag);
        CHECK_EQ(flag, 1);
        MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &status);
        CHECK_EQ(status.MPI_TAG, 3 - i);
        MPI_Mprobe(self, 3 - i, comm, &message, &status);
        MPI_Get_count(&status, MPI_BYTE, &bytes);
        CHECK_EQ(bytes, i == 0 ? LONG_BYTES : (int)sizeof value);
        MPI_Cancel(&requests[1 - i]); // too late: it has been matched
        MPI_Test(&requests[1 - i], &flag, MPI_STATUS_IGNORE);
        CHECK_EQ(flag, 0);
        MPI_Mrecv(out, bytes, MPI_BYTE, &message, MPI_STATUS_IGNORE);
        MPI_Wait(&requests[1 - i], &status);
        MPI_Test_cancelled(&status, &flag);
        CHECK_EQ(flag, 0);
    }
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    free(out);
}

/* ---- Two threads ---- */

static void *receive(void *argument)
{
    int *in = argument;

    for (int i = 0; i < ROUNDS; i++) {
        if (i % 3 == 2) {
            MPI_Probe(self, i, comm, MPI_STATUS_IGNORE);
        }
        MPI_Recv(in, ITEMS_MAX, MPI_INT, i % 2 == 0 ? self : MPI_ANY_SOURCE, i, comm,
                 MPI_STATUS_IGNORE);
        CHECK_EQ(in[ITEMS_MAX - 1], i);
        MPI_Send(in, 1, MPI_INT, self, ROUNDS + i, comm);
    }
    return NULL;
}

static void test_threads(void)
{
    int *out = mpitest_malloc(ITEMS_MAX * sizeof *out);
    int *in = mpitest_malloc(ITEMS_MAX * sizeof *in);
    pthread_t thread;

    memset(out, 0, ITEMS_MAX * sizeof *out);
    CHECK_EQ(pthread_create(&thread, NULL, receive, in), 0);
    for (int i = 0; i < ROUNDS; i++) {
        out[ITEMS_MAX - 1] = i;
        MPI_Send(out, ITEMS_MAX, MPI_INT, self, i, comm);
        MPI_Recv(out, 1, MPI_INT, self, ROUNDS + i, comm, MPI_STATUS_IGNORE);
    }
    pthread_join(thread, NULL);
    free(out);
    free(in);
}

int main(int argc, char **argv)
{
    if (!mpitest_start_threads(&argc, &argv)) {
        return mpitest_skip(MPITEST_NO_THREADS);
    }
    mpitest_return_errors();
    for (int i = 0; i < 2; i++) {
        comm = i == 0 ? MPI_COMM_WORLD : MPI_COMM_SELF;
        self = i == 0 ? mpitest_rank : 0;
        test_types();
        test_truncation();
        test_cancel();
        test_threads();
    }
    return mpitest_finish();
}
