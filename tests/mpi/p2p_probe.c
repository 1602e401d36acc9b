/* SPDX-License-Identifier: BSD-3-Clause */
/* Probe and iprobe: they tell source, tag and length of the very message that the next matching
 * receive gets, by rank and tag or by wildcards, and do not take it. */
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { TAG_NONE = 77, LENGTHS = 9 };

static const int lengths[LENGTHS] = {0, 1, 40, 41, 1000, 4096, 32768, 40000, 1 << 20};
static int next, previous;
static unsigned char *sent, *received;

static void check_status(const MPI_Status *status, int source, int tag, int bytes)
{
    int count = -1;

    CHECK_EQ(status->MPI_SOURCE, source);
    CHECK_EQ(status->MPI_TAG, tag);
    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
}

/* What the receive after a probe gets is what the probe has seen. */
static void receive_probed(const MPI_Status *probed, int bytes)
{
    MPI_Status status;

    MPI_Recv(received, bytes, MPI_BYTE, probed->MPI_SOURCE, probed->MPI_TAG, MPI_COMM_WORLD,
             &status);
    check_status(&status, probed->MPI_SOURCE, probed->MPI_TAG, bytes);
    CHECK_PATTERN(received, (size_t)bytes, (uint64_t)bytes);
}

/* A message of each length; probed twice, with each kind of wildcard, before it is received. */
static void test_each_length(bool waiting)
{
    for (int i = 0; i < LENGTHS; i++) {
        const int source = i % 2 == 0 ? MPI_ANY_SOURCE : previous;
        const int tag = i % 4 < 2 ? MPI_ANY_TAG : i;
        MPI_Request request;
        MPI_Status status;

        mpitest_fill(sent, (size_t)lengths[i], (uint64_t)lengths[i]);
        MPI_Isend(sent, lengths[i], MPI_BYTE, next, i, MPI_COMM_WORLD, &request);
        if (waiting) {
            CHECK_EQ(MPI_Probe(source, tag, MPI_COMM_WORLD, &status), MPI_SUCCESS);
            check_status(&status, previous, i, lengths[i]);
        } else {
            int flag = 0;
            while (!flag) {
                CHECK_EQ(MPI_Iprobe(source, tag, MPI_COMM_WORLD, &flag, &status), MPI_SUCCESS);
            }
            check_status(&status, previous, i, lengths[i]);
        }
        CHECK_EQ(MPI_Probe(previous, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE), MPI_SUCCESS);
        receive_probed(&status, lengths[i]);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
}

/* No such tag, source or communicator: not found, whatever else is there. */
static void test_nothing_found(void)
{
    int flag = -1, value = 5, copy;
    MPI_Request request;
    MPI_Comm other;

    MPI_Comm_dup(MPI_COMM_WORLD, &other);
    MPI_Isend(&value, 1, MPI_INT, next, 1, MPI_COMM_WORLD, &request);
    MPI_Probe(previous, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE); // it is there
    CHECK_EQ(MPI_Iprobe(MPI_ANY_SOURCE, TAG_NONE, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE),
             MPI_SUCCESS);
    CHECK_EQ(flag, 0);
    flag = -1;
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, other, &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    if (mpitest_size > 1) {
        flag = -1;
        MPI_Iprobe(mpitest_rank, 1, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        CHECK_EQ(flag, 0);
    }
    MPI_Recv(&copy, 1, MPI_INT, previous, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Comm_free(&other);
}

/* Many messages wait: the probe finds the oldest that matches. */
static void test_oldest_first(void)
{
    enum { MESSAGES = 40 };
    MPI_Request requests[MESSAGES];
    MPI_Status status;

    for (int i = 0; i < MESSAGES; i++) {
        MPI_Isend(sent, i, MPI_BYTE, next, i % 4, MPI_COMM_WORLD, &requests[i]);
    }
    for (int i = 3; i < MESSAGES; i += 4) {
        MPI_Probe(MPI_ANY_SOURCE, 3, MPI_COMM_WORLD, &status);
        check_status(&status, previous, 3, i);
        MPI_Recv(received, i, MPI_BYTE, MPI_ANY_SOURCE, 3, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    for (int i = 0; i < MESSAGES; i++) {
        if (i % 4 != 3) {
            MPI_Probe(previous, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
            check_status(&status, previous, i % 4, i);
            MPI_Recv(received, i, MPI_BYTE, previous, i % 4, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
    }
    MPI_Waitall(MESSAGES, requests, MPI_STATUSES_IGNORE);
}

/* A synchronous send is not complete by being probed. */
static void test_probe_does_not_receive(void)
{
    int flag = -1, value = 7, copy = 0;
    MPI_Request request;

    MPI_Issend(&value, 1, MPI_INT, next, 2, MPI_COMM_WORLD, &request);
    MPI_Probe(previous, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (int i = 0; i < 20; i++) {
        MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
        CHECK_EQ(flag, 0);
    }
    // Nobody receives before all have looked.
    MPI_Sendrecv(NULL, 0, MPI_INT, next, 3, NULL, 0, MPI_INT, previous, 3, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    MPI_Recv(&copy, 1, MPI_INT, previous, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

/* What a probe has seen stays the next of its sender, whatever is received, posted and probed in
 * between, and matched by a probe or not. */
static void test_others_meanwhile(int bytes)
{
    MPI_Request requests[4];
    MPI_Message message;
    MPI_Status status;

    mpitest_fill(sent, (size_t)bytes, (uint64_t)bytes);
    for (int tag = 1; tag <= 3; tag++) {
        MPI_Isend(sent, bytes, MPI_BYTE, next, tag, MPI_COMM_WORLD, &requests[tag]);
    }
    MPI_Irecv(received, bytes, MPI_BYTE, previous, 4, MPI_COMM_WORLD, &requests[0]);
    MPI_Probe(previous, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    check_status(&status, previous, 1, bytes);
    MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    check_status(&status, previous, 1, bytes);
    MPI_Mprobe(previous, MPI_ANY_TAG, MPI_COMM_WORLD, &message, &status);
    check_status(&status, previous, 1, bytes);
    MPI_Probe(previous, 3, MPI_COMM_WORLD, &status);
    receive_probed(&status, bytes);
    MPI_Probe(previous, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    check_status(&status, previous, 2, bytes);
    receive_probed(&status, bytes);
    MPI_Mrecv(received, bytes, MPI_BYTE, &message, &status);
    check_status(&status, previous, 1, bytes);
    CHECK_PATTERN(received, (size_t)bytes, (uint64_t)bytes);
    MPI_Send(sent, bytes, MPI_BYTE, next, 4, MPI_COMM_WORLD);
    MPI_Waitall(4, requests, MPI_STATUSES_IGNORE);
}

/* The message of a probe from anybody is still the first for a receive from anybody when others
 * have come from other ranks. */
static void test_anybody(void)
{
    const int last = mpitest_size - 1;
    MPI_Status status;
    char byte = 0;

    MPI_Barrier(MPI_COMM_WORLD); // nobody probes for just any message any more
    if (mpitest_rank > 0) {
        if (mpitest_rank < last) {
            MPI_Recv(&byte, 1, MPI_CHAR, 0, 8, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
        MPI_Send(&byte, 1, MPI_CHAR, 0, 9, MPI_COMM_WORLD);
    } else if (last > 0) {
        MPI_Probe(MPI_ANY_SOURCE, 9, MPI_COMM_WORLD, &status);
        CHECK_EQ(status.MPI_SOURCE, last);
        for (int rank = 1; rank < last; rank++) {
            MPI_Send(&byte, 1, MPI_CHAR, rank, 8, MPI_COMM_WORLD);
        }
        usleep(500);
        for (int i = 0; i < last; i++) {
            MPI_Recv(&byte, 1, MPI_CHAR, MPI_ANY_SOURCE, 9, MPI_COMM_WORLD, &status);
            CHECK(i > 0 || status.MPI_SOURCE == last);
        }
    }
}

/* A message that a probe by rank has told of is there for a probe of anybody, at once. */
static void test_anybody_after_one(void)
{
    enum { MESSAGES = 3000 };
    int missed = 0;

    for (int i = 0; i < MESSAGES; i++) {
        int value = i, copy = -1, flag;
        MPI_Request request;

        MPI_Isend(&value, 1, MPI_INT, next, 6, MPI_COMM_WORLD, &request);
        MPI_Probe(previous, 6, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Iprobe(MPI_ANY_SOURCE, 6, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        missed += !flag;
        MPI_Recv(&copy, 1, MPI_INT, MPI_ANY_SOURCE, 6, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_EQ(copy, i);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    CHECK_EQ(missed, 0);
}

/* The length in elements: whole ones only. */
static void test_get_count(void)
{
    static const struct {
        int bytes;
        MPI_Datatype type;
        int count;
    } cases[] = {
        {0, MPI_DOUBLE, 0}, {8, MPI_DOUBLE, 1}, {12, MPI_DOUBLE, MPI_UNDEFINED}, {12, MPI_INT, 3},
        {12, MPI_CHAR, 12}, {12, MPI_SHORT, 6}, {13, MPI_SHORT, MPI_UNDEFINED},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        MPI_Request request;
        MPI_Status status;
        int count = -1;

        MPI_Isend(sent, cases[i].bytes, MPI_BYTE, next, 4, MPI_COMM_WORLD, &request);
        MPI_Recv(received, 64, MPI_BYTE, previous, 4, MPI_COMM_WORLD, &status);
        CHECK_EQ(MPI_Get_count(&status, cases[i].type, &count), MPI_SUCCESS);
        CHECK_EQ(count, cases[i].count);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    sent = mpitest_malloc(1 << 20);
    received = mpitest_malloc(1 << 20);

    test_each_length(true);
    test_each_length(false);
    test_nothing_found();
    test_oldest_first();
    test_probe_does_not_receive();
    test_get_count();
    for (int i = 0; i < LENGTHS - 1; i++) {
        test_others_meanwhile(lengths[i]);
    }
    for (int i = 0; i < 3; i++) {
        test_anybody();
    }
    test_anybody_after_one();

    free(sent);
    free(received);
    return mpitest_finish();
}
