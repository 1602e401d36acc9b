/* SPDX-License-Identifier: BSD-3-Clause */
/* Matched probes: the message that they find is taken out of the way of all others, and belongs to
 * who holds its handle. (Where a message is too long MPICH 4.0 keeps the handle, and Open MPI 4.1
 * writes past the buffer.) */
#include "tests/lib/flattest.h"
#include "tests/lib/ringtest.h"

enum { LENGTHS = 8, LONG = 1 << 20, CYCLES = 100000 };

static const int lengths[LENGTHS] = {0, 1, 41, 1000, 4096, 40000, 200000, LONG};

static void check_status(const MPI_Status *status, int from, int tag, int bytes)
{
    int count = -1;

    CHECK_EQ(status->MPI_SOURCE, from);
    CHECK_EQ(status->MPI_TAG, tag);
    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
}

static void expect_nothing(void)
{
    MPI_Message message = MPI_MESSAGE_NULL;
    int flag = 1;

    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    flag = 1;
    MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, &message, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
}

/* By Mprobe or, again and again, Improbe. */
static MPI_Message probe(bool waits, int from, int tag, MPI_Status *status)
{
    MPI_Message message = MPI_MESSAGE_NULL;
    int flag = 0;

    if (waits) {
        EXPECT_CLASS(MPI_Mprobe(from, tag, MPI_COMM_WORLD, &message, status), MPI_SUCCESS);
    }
    while (!waits && !flag) {
        EXPECT_CLASS(MPI_Improbe(from, tag, MPI_COMM_WORLD, &flag, &message, status), MPI_SUCCESS);
    }
    CHECK(message != MPI_MESSAGE_NULL && message != MPI_MESSAGE_NO_PROC);
    return message;
}

/* By one of the four receives. */
static void receive(int form, MPI_Message message, int bytes, MPI_Status *status)
{
    MPI_Request request;

    switch (form % 4) {
    case 0:
        EXPECT_CLASS(MPI_Mrecv(target, bytes, MPI_BYTE, &message, status), MPI_SUCCESS);
        break;
    case 1:
        EXPECT_CLASS(MPI_Imrecv(target, bytes, MPI_BYTE, &message, &request), MPI_SUCCESS);
        MPI_Wait(&request, status);
        break;
#if MPI_VERSION >= 4
    case 2:
        EXPECT_CLASS(MPI_Mrecv_c(target, bytes, MPI_BYTE, &message, status), MPI_SUCCESS);
        break;
    case 3:
        EXPECT_CLASS(MPI_Imrecv_c(target, bytes, MPI_BYTE, &message, &request), MPI_SUCCESS);
        MPI_Wait(&request, status);
        break;
#else
    default:
        EXPECT_CLASS(MPI_Mrecv(target, bytes, MPI_BYTE, &message, status), MPI_SUCCESS);
        break;
#endif
    }
    CHECK(message == MPI_MESSAGE_NULL);
}

/* All lengths, patterns and forms. */
static void test_forms(void)
{
    for (int i = 0; i < LENGTHS * 8; i++) {
        int bytes = lengths[i / 8], tag = i;
        MPI_Status probed, received;
        MPI_Request send;

        mpitest_fill(source, (size_t)bytes, (uint64_t)(1000 * mpitest_rank + i));
        memset(target, 0, (size_t)bytes);
        MPI_Isend(source, bytes, MPI_BYTE, next, tag, MPI_COMM_WORLD, &send);
        MPI_Message message = probe(i % 2 == 0, i & 2 ? previous : MPI_ANY_SOURCE,
                                    i & 4 ? tag : MPI_ANY_TAG, &probed);
        check_status(&probed, previous, tag, bytes);
        expect_nothing();
        receive(i, message, bytes, &received);
        check_status(&received, previous, tag, bytes);
        CHECK_PATTERN(target, (size_t)bytes, (uint64_t)(1000 * previous + i));
        MPI_Wait(&send, MPI_STATUS_IGNORE);
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

/* Matched messages may be received in any order, and others pass them. */
static void test_out_of_order(void)
{
    enum { COUNT = 6 };
    MPI_Message messages[COUNT];
    MPI_Request sends[COUNT];
    MPI_Status status;
    int values[COUNT], value;

    for (int i = 0; i < COUNT; i++) {
        values[i] = 10 * mpitest_rank + i;
        MPI_Isend(&values[i], 1, MPI_INT, next, 0, MPI_COMM_WORLD, &sends[i]);
    }
    for (int i = 0; i < COUNT; i += 2) {
        messages[i] = probe(true, previous, 0, &status);
        MPI_Recv(&value, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        CHECK_EQ(value, 10 * previous + i + 1);
    }
    for (int i = COUNT - 2; i >= 0; i -= 2) {
        MPI_Mrecv(&value, 1, MPI_INT, &messages[i], &status);
        CHECK_EQ(value, 10 * previous + i);
        check_status(&status, previous, 0, sizeof value);
    }
    MPI_Waitall(COUNT, sends, MPI_STATUSES_IGNORE);
}

/* A message is not received by being matched: a synchronous send goes on. */
static void test_synchronous(void)
{
    for (int i = 0; i < LENGTHS; i++) {
        MPI_Request send;
        MPI_Message message;
        MPI_Status status;
        int flag = 0;

        mpitest_fill(source, (size_t)lengths[i], (uint64_t)mpitest_rank);
        MPI_Issend(source, lengths[i], MPI_BYTE, next, i, MPI_COMM_WORLD, &send);
        message = probe(true, previous, i, &status);
        MPI_Barrier(MPI_COMM_WORLD);
        MPI_Test(&send, &flag, MPI_STATUS_IGNORE);
        CHECK_EQ(flag, 0);
        MPI_Barrier(MPI_COMM_WORLD);
        receive(i, message, lengths[i], &status);
        CHECK_PATTERN(target, (size_t)lengths[i], (uint64_t)previous);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
    }
}

/* What is too long fills the buffer, and no more. */
static void test_truncation(void)
{
    for (int i = 2; i < LENGTHS; i++) {
        MPI_Request send, request;
        MPI_Message message;
        MPI_Status status;
        int room = lengths[i] - 1;

        mpitest_fill(source, (size_t)lengths[i], (uint64_t)mpitest_rank);
        target[room] = 0x5a;
        MPI_Isend(source, lengths[i], MPI_BYTE, next, 0, MPI_COMM_WORLD, &send);
        message = probe(i % 2 == 0, previous, 0, &status);
        if (i % 3 == 0) {
            EXPECT_CLASS(MPI_Mrecv(target, room, MPI_BYTE, &message, &status), MPI_ERR_TRUNCATE);
        } else {
            EXPECT_CLASS(MPI_Imrecv(target, room, MPI_BYTE, &message, &request), MPI_SUCCESS);
            EXPECT_CLASS(MPI_Wait(&request, &status), MPI_ERR_TRUNCATE);
        }
        CHECK(message == MPI_MESSAGE_NULL);
        CHECK_EQ(target[room], 0x5a);
        MPI_Wait(&send, MPI_STATUS_IGNORE);
    }
}

static void test_nobody(void)
{
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Request request;
    MPI_Status status;
    int flag = 0;

    EXPECT_CLASS(MPI_Mprobe(MPI_PROC_NULL, 5, MPI_COMM_WORLD, &message, &status), MPI_SUCCESS);
    CHECK(message == MPI_MESSAGE_NO_PROC);
    check_status(&status, MPI_PROC_NULL, MPI_ANY_TAG, 0);
    EXPECT_CLASS(MPI_Mrecv(target, LONG, MPI_BYTE, &message, &status), MPI_SUCCESS);
    CHECK(message == MPI_MESSAGE_NULL);
    check_status(&status, MPI_PROC_NULL, MPI_ANY_TAG, 0);

    EXPECT_CLASS(MPI_Improbe(MPI_PROC_NULL, 5, MPI_COMM_WORLD, &flag, &message, &status),
                 MPI_SUCCESS);
    CHECK_EQ(flag, 1);
    CHECK(message == MPI_MESSAGE_NO_PROC);
    check_status(&status, MPI_PROC_NULL, MPI_ANY_TAG, 0);
    EXPECT_CLASS(MPI_Imrecv(target, LONG, MPI_BYTE, &message, &request), MPI_SUCCESS);
    CHECK(message == MPI_MESSAGE_NULL);
    EXPECT_CLASS(MPI_Wait(&request, &status), MPI_SUCCESS);
    check_status(&status, MPI_PROC_NULL, MPI_ANY_TAG, 0);
    EXPECT_CLASS(MPI_Mprobe(MPI_PROC_NULL, 5, MPI_COMM_WORLD, &message, MPI_STATUS_IGNORE),
                 MPI_SUCCESS);
    EXPECT_CLASS(MPI_Mrecv(NULL, 0, MPI_BYTE, &message, MPI_STATUS_IGNORE), MPI_SUCCESS);
}

static void test_errors(void)
{
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    int flag, beyond = mpitest_size;

    EXPECT_CLASS(MPI_Mprobe(0, 0, MPI_COMM_NULL, &message, &status), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Mprobe(beyond, 0, MPI_COMM_WORLD, &message, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Mprobe(-77, 0, MPI_COMM_WORLD, &message, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Mprobe(0, -77, MPI_COMM_WORLD, &message, &status), MPI_ERR_TAG);
    EXPECT_CLASS(MPI_Improbe(0, 0, MPI_COMM_NULL, &flag, &message, &status), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Improbe(beyond, 0, MPI_COMM_WORLD, &flag, &message, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Improbe(-77, 0, MPI_COMM_WORLD, &flag, &message, &status), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Improbe(0, -77, MPI_COMM_WORLD, &flag, &message, &status), MPI_ERR_TAG);
    CHECK(message == MPI_MESSAGE_NULL);
#ifdef MPI_ABI_VERSION
    MPI_Request request = MPI_REQUEST_NULL, send;
    int value = 3;

    EXPECT_CLASS(MPI_Mprobe(0, 0, MPI_COMM_WORLD, NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Improbe(0, 0, MPI_COMM_WORLD, NULL, &message, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Improbe(0, 0, MPI_COMM_WORLD, &flag, NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Mrecv(&value, 1, MPI_INT, NULL, &status), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Mrecv(&value, 1, MPI_INT, &message, &status), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Mrecv_c(&value, 1, MPI_INT, &message, &status), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Imrecv(&value, 1, MPI_INT, &message, &request), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Imrecv_c(&value, 1, MPI_INT, &message, &request), MPI_ERR_REQUEST);

    // A wrong receive leaves the message to a right one.
    MPI_Isend(&value, 1, MPI_INT, mpitest_rank, 0, MPI_COMM_WORLD, &send);
    MPI_Mprobe(mpitest_rank, 0, MPI_COMM_WORLD, &message, &status);
    MPI_Message gone = message;
    EXPECT_CLASS(MPI_Mrecv(&value, -1, MPI_INT, &message, &status), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Mrecv(&value, 1, MPI_DATATYPE_NULL, &message, &status), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Mrecv(NULL, 1, MPI_INT, &message, &status), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Imrecv(&value, -1, MPI_INT, &message, &request), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Imrecv(&value, 1, MPI_INT, &message, NULL), MPI_ERR_ARG);
    CHECK(request == MPI_REQUEST_NULL);
    CHECK(message == gone);
    EXPECT_CLASS(MPI_Mrecv(&value, 1, MPI_INT, &message, &status), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Mrecv(&value, 1, MPI_INT, &gone, &status), MPI_ERR_REQUEST);
    MPI_Wait(&send, MPI_STATUS_IGNORE);
#endif
}

static void cycle(int index)
{
    MPI_Message message;
    MPI_Request send, request;
    int flag, value = -1;

    MPI_Improbe(0, 1, MPI_COMM_SELF, &flag, &message, MPI_STATUS_IGNORE); // nothing
    MPI_Isend(&index, 1, MPI_INT, 0, 0, MPI_COMM_SELF, &send);
    MPI_Mprobe(0, 0, MPI_COMM_SELF, &message, MPI_STATUS_IGNORE);
    MPI_Imrecv(&value, 1, MPI_INT, &message, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Wait(&send, MPI_STATUS_IGNORE);
    CHECK_EQ(value, index);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    ringtest_begin(LONG);

    test_forms();
    test_out_of_order();
    test_synchronous();
    test_truncation();
    test_nobody();
    test_errors();
    MPI_Barrier(MPI_COMM_WORLD);
    flattest_check(cycle, mpitest_size == 1 ? CYCLES : CYCLES / 100);
    ringtest_end();
    return mpitest_finish();
}
