/* SPDX-License-Identifier: BSD-3-Clause */
/* The order of messages (MPI 5.0, 3.5): two messages of one sender on one communicator that both
 * match a receive are received in the order of sending; of two receives that both match a message
 * the one posted first gets it. With thousands waiting on either side, of all sizes. */
#include "tests/lib/mpitest.h"

enum { MESSAGES = 2000, TAGS = 16, BYTES_MAX = 70000, TAG_GO = 1000 };

struct header {
    int from, sequence;
};

static int next, previous;
static int tags[MESSAGES]; /* of the messages, the same in every rank */
static unsigned char *sent, *received;
static MPI_Request requests[MESSAGES];

/* Mostly small, now and then beyond what is sent eagerly. */
static int bytes_of(int sequence)
{
    const uint64_t random = mpitest_mix((uint64_t)sequence);

    if (random % 50 == 0) {
        return BYTES_MAX;
    }
    return (int)(sizeof(struct header) + random / 50 % (random % 10 == 0 ? 5000 : 60));
}

/* Sends all messages to the next rank; they stay in flight. They overlap in memory, since only the
 * header of each is looked at. */
static void send_all(MPI_Comm comm)
{
    for (int i = 0; i < MESSAGES; i++) {
        const struct header header = {mpitest_rank, i};
        memcpy(sent + (size_t)i * sizeof header, &header, sizeof header);
    }
    for (int i = 0; i < MESSAGES; i++) {
        MPI_Isend(sent + (size_t)i * sizeof(struct header), bytes_of(i), MPI_BYTE, next, tags[i],
                  comm, &requests[i]);
    }
}

static void check_message(const unsigned char *buffer, const MPI_Status *status, int sequence)
{
    struct header header;
    int count;

    memcpy(&header, buffer, sizeof header);
    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(header.from, previous);
    CHECK_EQ(header.sequence, sequence);
    CHECK_EQ(status->MPI_SOURCE, previous);
    CHECK_EQ(status->MPI_TAG, tags[sequence]);
    CHECK_EQ(count, bytes_of(sequence));
}

static void choose_tags(void)
{
    for (int i = 0; i < MESSAGES; i++) {
        tags[i] = (int)mpitest_random_below(TAGS);
    }
}

/* All messages wait, then they are received by wildcards: in the order of sending. */
static void test_wildcards(MPI_Comm comm)
{
    MPI_Status status;

    choose_tags();
    send_all(comm);
    for (int i = 0; i < MESSAGES; i++) {
        const int source = i % 2 == 0 ? MPI_ANY_SOURCE : previous;
        const int tag = i % 3 == 0 ? tags[i] : MPI_ANY_TAG;

        MPI_Recv(received, BYTES_MAX, MPI_BYTE, source, tag, comm, &status);
        check_message(received, &status, i);
    }
    MPI_Waitall(MESSAGES, requests, MPI_STATUSES_IGNORE);
}

/* All messages wait, then each tag is drained in turn, from the last: in the order of its kind. */
static void test_tags_backwards(MPI_Comm comm)
{
    MPI_Status status;

    choose_tags();
    send_all(comm);
    for (int tag = TAGS - 1; tag >= 0; tag--) {
        for (int i = 0; i < MESSAGES; i++) {
            if (tags[i] == tag) {
                MPI_Recv(received, BYTES_MAX, MPI_BYTE, MPI_ANY_SOURCE, tag, comm, &status);
                check_message(received, &status, i);
            }
        }
    }
    MPI_Waitall(MESSAGES, requests, MPI_STATUSES_IGNORE);
}

/* Chooses what MESSAGES receives want, then messages that they can all take: each is aimed at some
 * receive that is still open, and goes to the first open one that it matches. */
static void plan_receives(int *wanted_tag, int *taker)
{
    static bool taken[MESSAGES];

    memset(taken, 0, sizeof taken);
    for (int i = 0; i < MESSAGES; i++) {
        const int tag = (int)mpitest_random_below(TAGS);
        wanted_tag[i] = mpitest_random_below(4) == 0 ? MPI_ANY_TAG : tag;
    }
    for (int i = 0; i < MESSAGES; i++) {
        int aim = (int)mpitest_random_below(MESSAGES);

        while (taken[aim]) {
            aim = (aim + 1) % MESSAGES;
        }
        tags[i] =
            wanted_tag[aim] != MPI_ANY_TAG ? wanted_tag[aim] : (int)mpitest_random_below(TAGS);
        taker[i] = 0;
        while (taken[taker[i]] ||
               (wanted_tag[taker[i]] != MPI_ANY_TAG && wanted_tag[taker[i]] != tags[i])) {
            taker[i]++;
        }
        taken[taker[i]] = true;
    }
}

/* Thousands of receives wait, by tags and by wildcards, before the first message is sent. */
static void test_posted(MPI_Comm comm)
{
    static MPI_Request posted[MESSAGES];
    static int wanted_tag[MESSAGES], taker[MESSAGES];
    unsigned char *buffers = mpitest_malloc((size_t)MESSAGES * BYTES_MAX);

    plan_receives(wanted_tag, taker);
    for (int i = 0; i < MESSAGES; i++) {
        MPI_Irecv(buffers + (size_t)i * BYTES_MAX, BYTES_MAX, MPI_BYTE,
                  i % 3 == 0 ? MPI_ANY_SOURCE : previous, wanted_tag[i], comm, &posted[i]);
    }
    MPI_Sendrecv(NULL, 0, MPI_INT, previous, TAG_GO, NULL, 0, MPI_INT, next, TAG_GO, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
    send_all(comm);
    for (int i = 0; i < MESSAGES; i++) {
        MPI_Status status;

        MPI_Wait(&posted[taker[i]], &status);
        check_message(buffers + (size_t)taker[i] * BYTES_MAX, &status, i);
    }
    MPI_Waitall(MESSAGES, requests, MPI_STATUSES_IGNORE);
    free(buffers);
}

/* The same tags on two communicators do not see each other. */
static void test_two_communicators(MPI_Comm comm)
{
    MPI_Status status;
    MPI_Request request;
    int count;

    choose_tags();
    MPI_Isend(sent, 3, MPI_BYTE, next, tags[0], MPI_COMM_WORLD, &request);
    send_all(comm);
    for (int i = 0; i < MESSAGES; i++) {
        MPI_Recv(received, BYTES_MAX, MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &status);
        check_message(received, &status, i);
    }
    MPI_Recv(received, BYTES_MAX, MPI_BYTE, previous, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_BYTE, &count);
    CHECK_EQ(count, 3);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Waitall(MESSAGES, requests, MPI_STATUSES_IGNORE);
}

int main(int argc, char **argv)
{
    MPI_Comm comm;

    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    sent = mpitest_malloc((size_t)MESSAGES * sizeof(struct header) + BYTES_MAX);
    received = mpitest_malloc(BYTES_MAX);
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);

    test_wildcards(comm);
    test_tags_backwards(comm);
    test_posted(comm);
    test_two_communicators(comm);

    MPI_Comm_free(&comm);
    free(sent);
    free(received);
    return mpitest_finish();
}
