/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffered and persistent messages by the forms with large counts: each is what its int form is,
 * with short and long messages and with wrong arguments. */
/* matrix: np=1,2,3 copy=chunk,cma,direct rings=default,tiny */
#include "tests/lib/mpitest.h"

enum { LENGTHS = 4, BYTES_MAX = 100000, ROUNDS = 3, TAG = 7 };

static const MPI_Count lengths[LENGTHS] = {0, 1, 1000, BYTES_MAX};
static const MPI_Comm world = MPI_COMM_WORLD;

typedef int init_function(const void *, MPI_Count, MPI_Datatype, int, int, MPI_Comm, MPI_Request *);

static const struct {
    const char *name;
    init_function *call;
    bool is_persistent;
} sends[] = {
    {"MPI_Ibsend_c", MPI_Ibsend_c, false},         {"MPI_Bsend_init_c", MPI_Bsend_init_c, true},
    {"MPI_Rsend_init_c", MPI_Rsend_init_c, true},  {"MPI_Send_init_c", MPI_Send_init_c, true},
    {"MPI_Ssend_init_c", MPI_Ssend_init_c, true},
};

enum { SENDS = sizeof(sends) / sizeof(*sends) };

static unsigned char out[BYTES_MAX], in[BYTES_MAX + 1];

/* What came is what the rank before this one has sent in this round. */
static void check_message(MPI_Count bytes, int from, int round, const MPI_Status *status)
{
    MPI_Count count = -1;

    MPI_Get_count_c(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
    CHECK_PATTERN(in, (size_t)bytes, (uint64_t)(from * ROUNDS + round));
    CHECK_EQ(in[bytes], 0xa5);
}

/* Every rank sends to the next one. A ready send waits for word that its receive is there. */
static void send_around(int which, MPI_Count bytes)
{
    int next = (mpitest_rank + 1) % mpitest_size;
    int before = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    MPI_Request requests[2];
    MPI_Status statuses[2];

    MPI_Recv_init_c(in, BYTES_MAX, MPI_BYTE, before, TAG, world, &requests[0]);
    if (sends[which].is_persistent) {
        sends[which].call(out, bytes, MPI_BYTE, next, TAG, world, &requests[1]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        mpitest_fill(out, (size_t)bytes, (uint64_t)(mpitest_rank * ROUNDS + round));
        memset(in, 0xa5, sizeof in);
        CHECK_EQ(MPI_Start(&requests[0]), MPI_SUCCESS);
        MPI_Barrier(world);
        if (sends[which].is_persistent) {
            CHECK_EQ(MPI_Start(&requests[1]), MPI_SUCCESS);
        } else {
            sends[which].call(out, bytes, MPI_BYTE, next, TAG, world, &requests[1]);
        }
        CHECK_EQ(MPI_Waitall(2, requests, statuses), MPI_SUCCESS);
        check_message(bytes, before, round, &statuses[0]);
    }
    MPI_Request_free(&requests[0]);
    CHECK_EQ(requests[1] != MPI_REQUEST_NULL, sends[which].is_persistent);
    if (sends[which].is_persistent) {
        MPI_Request_free(&requests[1]);
    }
}

static void send_buffered(MPI_Count bytes)
{
    int next = (mpitest_rank + 1) % mpitest_size;
    int before = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    MPI_Status status;

    mpitest_fill(out, (size_t)bytes, (uint64_t)(mpitest_rank * ROUNDS));
    memset(in, 0xa5, sizeof in);
    CHECK_EQ(MPI_Bsend_c(out, bytes, MPI_BYTE, next, TAG, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Recv_c(in, BYTES_MAX, MPI_BYTE, before, TAG, world, &status), MPI_SUCCESS);
    check_message(bytes, before, 0, &status);
}

static void check_errors(void)
{
    MPI_Request request = MPI_REQUEST_NULL;

    for (int i = 0; i < SENDS; i++) {
        init_function *call = sends[i].call;
        EXPECT_CLASS(call(out, -1, MPI_BYTE, 0, TAG, world, &request), MPI_ERR_COUNT);
        EXPECT_CLASS(call(out, 1, MPI_DATATYPE_NULL, 0, TAG, world, &request), MPI_ERR_TYPE);
        EXPECT_CLASS(call(out, 1, MPI_BYTE, mpitest_size, TAG, world, &request), MPI_ERR_RANK);
        EXPECT_CLASS(call(out, 1, MPI_BYTE, 0, -1, world, &request), MPI_ERR_TAG);
        EXPECT_CLASS(call(out, 1, MPI_BYTE, 0, TAG, MPI_COMM_NULL, &request), MPI_ERR_COMM);
        EXPECT_CLASS(call(NULL, 1, MPI_BYTE, 0, TAG, world, &request), MPI_ERR_BUFFER);
        EXPECT_CLASS(call(out, 1, MPI_BYTE, 0, TAG, world, NULL), MPI_ERR_ARG);
    }
    EXPECT_CLASS(MPI_Bsend_c(out, -1, MPI_BYTE, 0, TAG, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Recv_init_c(in, -1, MPI_BYTE, 0, TAG, world, &request), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Recv_init_c(in, 1, MPI_BYTE, 0, -1, world, &request), MPI_ERR_TAG);
    EXPECT_CLASS(MPI_Recv_init_c(in, 1, MPI_BYTE, 0, TAG, world, NULL), MPI_ERR_ARG);
    CHECK(request == MPI_REQUEST_NULL);
}

/* The same of the int forms that start nothing. */
static void check_errors_of_int_forms(void)
{
    MPI_Request request = MPI_REQUEST_NULL;

    EXPECT_CLASS(MPI_Send_init(out, -1, MPI_BYTE, 0, TAG, world, &request), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Ssend_init(out, 1, MPI_BYTE, mpitest_size, TAG, world, &request),
                 MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Bsend_init(out, 1, MPI_BYTE, 0, -1, world, &request), MPI_ERR_TAG);
    EXPECT_CLASS(MPI_Rsend_init(out, 1, MPI_DATATYPE_NULL, 0, TAG, world, &request), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Recv_init(in, 1, MPI_BYTE, 0, TAG, MPI_COMM_NULL, &request), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Sendrecv_c(out, -1, MPI_BYTE, 0, TAG, in, 1, MPI_BYTE, 0, TAG, world,
                                MPI_STATUS_IGNORE),
                 MPI_ERR_COUNT);
    CHECK(request == MPI_REQUEST_NULL);
}

int main(int argc, char **argv)
{
    static unsigned char room[2 * (BYTES_MAX + MPI_BSEND_OVERHEAD)];

    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    MPI_Buffer_attach_c(room, sizeof room);
    for (int i = 0; i < LENGTHS; i++) {
        for (int which = 0; which < SENDS; which++) {
            send_around(which, lengths[i]);
        }
        send_buffered(lengths[i]);
    }
    check_errors();
    check_errors_of_int_forms();
    MPI_Buffer_detach_c(&(void *){NULL}, &(MPI_Count){0});
    return mpitest_finish();
}
