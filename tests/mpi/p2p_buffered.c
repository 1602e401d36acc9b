/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffered sends: they complete before any receive, from a buffer of just the size that the
 * standard asks for, at any address; a full buffer is an error that loses nothing; detaching waits.
 * (Over Open MPI 4.1 messages stop after a full buffer; MPICH 4.0 wants more of a buffer that is
 * not aligned.) */
#include "tests/lib/ringtest.h"

enum { MESSAGES = 40, LENGTH_MAX = 60000, LONG = 200000, ROUNDS = 12 };

typedef int send_function(const void *, int, MPI_Datatype, int, int, MPI_Comm);

/* What a buffered message may take of the buffer. */
static size_t room_for(int count, MPI_Datatype type)
{
    int size;

    MPI_Type_size(type, &size);
    size *= count;
    return (size_t)size + MPI_BSEND_OVERHEAD;
}

static void detach(const void *buffer, size_t bytes)
{
    void *detached = NULL;
    int size = -1;

    EXPECT_CLASS(MPI_Buffer_detach(&detached, &size), MPI_SUCCESS);
    CHECK(detached == buffer);
    CHECK_EQ(size, bytes);
}

static int ibsend(const void *buf, int count, MPI_Datatype type, int dest, int tag, MPI_Comm comm)
{
    MPI_Request request;
    int code = MPI_Ibsend(buf, count, type, dest, tag, comm, &request);

    if (code == MPI_SUCCESS) {
        int flag = 0;
        MPI_Status status;
        MPI_Test(&request, &flag, &status);
        CHECK_EQ(flag, 1); // whatever the receiver does
    }
    return code;
}

static int persistent_bsend(const void *buf, int count, MPI_Datatype type, int dest, int tag,
                            MPI_Comm comm)
{
    MPI_Request request;
    int flag = 0;

    MPI_Bsend_init(buf, count, type, dest, tag, comm, &request);
    int code = MPI_Start(&request);
    if (code == MPI_SUCCESS) {
        MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
        CHECK_EQ(flag, 1);
    }
    MPI_Request_free(&request);
    return code;
}

/* Sends all of `lengths` from one spoilt array before anybody receives; the buffer is exactly as
 * long as they need, and begins at `misalignment`. Several rounds find what is left in it. */
static void send_and_receive(send_function *send, const int *lengths, int count, int misalignment)
{
    size_t bytes = 0;
    MPI_Status status;
    int received;

    for (int i = 0; i < count; i++) {
        bytes += room_for(lengths[i], MPI_BYTE);
    }
    unsigned char *memory = mpitest_malloc(bytes + (size_t)misalignment);
    EXPECT_CLASS(MPI_Buffer_attach(memory + misalignment, (int)bytes), MPI_SUCCESS);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < count; i++) {
            mpitest_fill(source, (size_t)lengths[i], (uint64_t)(1000 * mpitest_rank + i));
            EXPECT_CLASS(send(source, lengths[i], MPI_BYTE, next, i % 3, MPI_COMM_WORLD),
                         MPI_SUCCESS);
            memset(source, 0xee, (size_t)lengths[i]);
        }
        MPI_Barrier(MPI_COMM_WORLD);
        for (int i = 0; i < count; i++) {
            MPI_Recv(target, LENGTH_MAX, MPI_BYTE, previous, i % 3, MPI_COMM_WORLD, &status);
            MPI_Get_count(&status, MPI_BYTE, &received);
            CHECK_EQ(received, lengths[i]);
            CHECK_PATTERN(target, (size_t)lengths[i], (uint64_t)(1000 * previous + i));
        }
        MPI_Barrier(MPI_COMM_WORLD);
    }
    detach(memory + misalignment, bytes);
    free(memory);
}

static void test_exact_size(void)
{
    static send_function *const sends[] = {MPI_Bsend, ibsend, persistent_bsend};
    int lengths[MESSAGES];

    mpitest_random_restart(0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MESSAGES; i++) {
            // Mostly short ones, some of no bytes, some that need several chunks.
            lengths[i] = (int)mpitest_random_below(round % 2 == 0 ? 100 : LENGTH_MAX);
        }
        send_and_receive(sends[round % 3], lengths, MESSAGES, round * 7 % 32);
    }
}

/* Only the data count, not the gaps between them. */
static void test_pair_types(void)
{
    struct {
        double value;
        int index;
    } pairs[5000];
    size_t bytes = room_for(5000, MPI_DOUBLE_INT);
    void *memory = mpitest_malloc(bytes);

    MPI_Buffer_attach(memory, (int)bytes);
    for (int i = 0; i < 5000; i++) {
        pairs[i].value = mpitest_rank + i / 2.0;
        pairs[i].index = i;
    }
    EXPECT_CLASS(MPI_Bsend(pairs, 5000, MPI_DOUBLE_INT, next, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    memset(pairs, 0, sizeof pairs);
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Recv(pairs, 5000, MPI_DOUBLE_INT, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (int i = 0; i < 5000; i++) {
        CHECK(pairs[i].value == previous + i / 2.0 && pairs[i].index == i);
    }
    detach(memory, bytes);
    free(memory);
}

/* Sends long messages until there is no room. Returns how many went. */
static int fill_buffer(int limit)
{
    for (int sent = 0; sent < limit; sent++) {
        mpitest_fill(source, LONG, (uint64_t)(1000 * mpitest_rank + sent));
        int code = MPI_Bsend(source, LONG, MPI_BYTE, next, 0, MPI_COMM_WORLD);
        if (code != MPI_SUCCESS) {
            EXPECT_CLASS(code, MPI_ERR_BUFFER);
            return sent;
        }
    }
    return limit;
}

/* The messages that were sent arrive, each once and in order, the one that failed does not; and
 * then there is room again. */
static void test_exhaustion(void)
{
    enum { FIT = 4, LIMIT = 20 };
    size_t bytes = FIT * room_for(LONG, MPI_BYTE);
    void *memory = mpitest_malloc(bytes);
    int theirs, flag;
    MPI_Request request;

    MPI_Buffer_attach(memory, (int)bytes);
    for (int round = 0; round < 3; round++) {
        int sent = fill_buffer(LIMIT);
        CHECK(sent >= FIT);
        if (sent < LIMIT) {
            // Neither do the other forms send anything.
            EXPECT_CLASS(ibsend(source, LONG, MPI_BYTE, next, 0, MPI_COMM_WORLD), MPI_ERR_BUFFER);
            EXPECT_CLASS(persistent_bsend(source, LONG, MPI_BYTE, next, 0, MPI_COMM_WORLD),
                         MPI_ERR_BUFFER);
        }
        MPI_Irecv(&theirs, 1, MPI_INT, previous, 1, MPI_COMM_WORLD, &request);
        MPI_Send(&sent, 1, MPI_INT, next, 1, MPI_COMM_WORLD);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        for (int i = 0; i < theirs; i++) {
            MPI_Recv(target, LONG, MPI_BYTE, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            CHECK_PATTERN(target, LONG, (uint64_t)(1000 * previous + i));
        }
        MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
        CHECK_EQ(flag, 0);
        MPI_Barrier(MPI_COMM_WORLD);
    }
    detach(memory, bytes);
    free(memory);
}

/* Messages of one length go, and leave gaps for shorter ones: whatever fits between them is used.
 */
static void test_fragments(void)
{
    enum { PARTS = 8 };
    size_t room = room_for(LONG, MPI_BYTE);
    size_t bytes = PARTS * room;
    unsigned char *memory = mpitest_malloc(bytes);

    MPI_Buffer_attach(memory, (int)bytes);
    for (int i = 0; i < PARTS; i++) {
        mpitest_fill(source, LONG, (uint64_t)(1000 * mpitest_rank + i));
        EXPECT_CLASS(MPI_Bsend(source, LONG, MPI_BYTE, next, i, MPI_COMM_WORLD), MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < PARTS; i += 2) {
        MPI_Recv(target, LONG, MPI_BYTE, previous, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_PATTERN(target, LONG, (uint64_t)(1000 * previous + i));
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < PARTS; i++) { // two halves into each gap
        mpitest_fill(source, LONG / 2, (uint64_t)(1000 * mpitest_rank + 100 + i));
        EXPECT_CLASS(MPI_Bsend(source, LONG / 2 - MPI_BSEND_OVERHEAD / 2, MPI_BYTE, next, 100 + i,
                               MPI_COMM_WORLD),
                     MPI_SUCCESS);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 1; i < PARTS; i += 2) {
        MPI_Recv(target, LONG, MPI_BYTE, previous, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_PATTERN(target, LONG, (uint64_t)(1000 * previous + i));
    }
    for (int i = PARTS - 1; i >= 0; i--) {
        MPI_Recv(target, LONG, MPI_BYTE, previous, 100 + i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_PATTERN(target, LONG / 2 - MPI_BSEND_OVERHEAD / 2,
                      (uint64_t)(1000 * previous + 100 + i));
    }
    detach(memory, bytes);
    free(memory);
}

/* After detaching the memory is the user's: what was in it has left. */
static void test_detach_waits(void)
{
    size_t bytes = room_for(LONG, MPI_BYTE);
    unsigned char *memory = mpitest_malloc(bytes);
    MPI_Request request;

    MPI_Buffer_attach(memory, (int)bytes);
    if (mpitest_rank % 2 == 0) { // posted before: the last rank's neighbour may be even, too
        MPI_Irecv(target, LONG, MPI_BYTE, previous, 0, MPI_COMM_WORLD, &request);
    }
    mpitest_fill(source, LONG, (uint64_t)mpitest_rank);
    EXPECT_CLASS(MPI_Bsend(source, LONG, MPI_BYTE, next, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    if (mpitest_rank % 2 != 0) {
        MPI_Recv(target, LONG, MPI_BYTE, previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    detach(memory, bytes);
    memset(memory, 0xdd, bytes);
    if (mpitest_rank % 2 == 0) {
        MPI_Wait(&request, MPI_STATUS_IGNORE);
    }
    CHECK_PATTERN(target, LONG, (uint64_t)previous);
    free(memory);
}

/* Messages of all modes do not overtake each other. */
static void test_order(void)
{
    enum { COUNT = 300 };
    size_t bytes = 0;
    MPI_Request requests[COUNT];
    static int numbers[COUNT][2000];

    for (int i = 0; i < COUNT; i++) {
        bytes += room_for(i % 7 == 0 ? 2000 : 1, MPI_INT);
    }
    void *memory = mpitest_malloc(bytes);
    MPI_Buffer_attach(memory, (int)bytes);
    for (int i = 0; i < COUNT; i++) {
        numbers[i][0] = i;
        int count = i % 7 == 0 ? 2000 : 1;
        requests[i] = MPI_REQUEST_NULL;
        if (i % 3 == 0) {
            MPI_Isend(numbers[i], count, MPI_INT, next, 0, MPI_COMM_WORLD, &requests[i]);
        } else if (i % 3 == 1) {
            MPI_Issend(numbers[i], count, MPI_INT, next, 0, MPI_COMM_WORLD, &requests[i]);
        } else {
            EXPECT_CLASS(MPI_Bsend(numbers[i], count, MPI_INT, next, 0, MPI_COMM_WORLD),
                         MPI_SUCCESS);
        }
    }
    for (int i = 0; i < COUNT; i++) {
        int got[2000];
        MPI_Recv(got, 2000, MPI_INT, previous, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        CHECK_EQ(got[0], i);
    }
    MPI_Waitall(COUNT, requests, MPI_STATUSES_IGNORE);
    detach(memory, bytes);
    free(memory);
}

static void test_null_process(void)
{
    char memory[MPI_BSEND_OVERHEAD];
    MPI_Request request;

    MPI_Buffer_attach(memory, sizeof memory);
    for (int i = 0; i < 10; i++) {
        EXPECT_CLASS(MPI_Bsend(source, LONG, MPI_BYTE, MPI_PROC_NULL, 0, MPI_COMM_WORLD),
                     MPI_SUCCESS);
        EXPECT_CLASS(MPI_Ibsend(source, LONG, MPI_BYTE, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &request),
                     MPI_SUCCESS);
        MPI_Wait(&request, MPI_STATUS_IGNORE);
        EXPECT_CLASS(persistent_bsend(source, LONG, MPI_BYTE, MPI_PROC_NULL, 0, MPI_COMM_WORLD),
                     MPI_SUCCESS);
    }
    detach(memory, sizeof memory);
}

static void test_errors(void)
{
    static char memory[1000];
    void *detached = NULL;
    int size = -1;

    EXPECT_CLASS(MPI_Buffer_attach(memory, -1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Buffer_attach(memory, sizeof memory), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Buffer_attach(source, LONG), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Bsend(source, LONG, MPI_BYTE, 0, 0, MPI_COMM_WORLD), MPI_ERR_BUFFER);
    detach(memory, sizeof memory);
    // Without a buffer all is as with one of no bytes.
    EXPECT_CLASS(MPI_Bsend(source, LONG, MPI_BYTE, 0, 0, MPI_COMM_WORLD), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Buffer_detach(&detached, &size), MPI_SUCCESS);
#ifdef MPI_ABI_VERSION
    CHECK(detached == NULL);
    CHECK_EQ(size, 0);
    EXPECT_CLASS(MPI_Buffer_attach(detached, size), MPI_SUCCESS); // «put back what was there»
    EXPECT_CLASS(MPI_Buffer_attach(memory, sizeof memory), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Buffer_attach(NULL, 0), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Buffer_attach(NULL, 1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Buffer_detach(NULL, &size), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Buffer_detach(&detached, NULL), MPI_ERR_ARG);
    MPI_Count large = -1;
    EXPECT_CLASS(MPI_Buffer_detach_c(&detached, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Buffer_detach_c(&detached, &large), MPI_SUCCESS);
    CHECK(detached == memory);
    CHECK_EQ(large, sizeof memory);
    EXPECT_CLASS(MPI_Buffer_attach_c(memory, -1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Buffer_attach_c(memory, (MPI_Count)1 << 33),
                 MPI_SUCCESS); // none of it is used
    detached = NULL;
    EXPECT_CLASS(MPI_Buffer_detach(&detached, &size), MPI_SUCCESS);
    CHECK(detached == memory);
    CHECK_EQ(size, MPI_UNDEFINED);
#endif
}

/* A buffer that is still attached when MPI ends is detached then. */
static void *leave_attached(void)
{
    size_t bytes = room_for(LONG, MPI_BYTE);
    void *memory = mpitest_malloc(bytes);

    EXPECT_CLASS(MPI_Buffer_attach(memory, (int)bytes), MPI_SUCCESS);
    mpitest_fill(source, LONG, (uint64_t)(1000 * mpitest_rank + 9));
    EXPECT_CLASS(MPI_Bsend(source, LONG, MPI_BYTE, next, 9, MPI_COMM_WORLD), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Recv(target, LONG, MPI_BYTE, previous, 9, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
                 MPI_SUCCESS);
    CHECK_PATTERN(target, LONG, (uint64_t)(1000 * previous + 9));
    return memory;
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    ringtest_begin(LONG);

    test_exact_size();
    test_pair_types();
    test_exhaustion();
    test_fragments();
    test_detach_waits();
    test_order();
    test_null_process();
    test_errors();
    void *memory = leave_attached();
    int status = mpitest_finish();
    free(memory);
    ringtest_end();
    return status;
}
