/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Sendrecv_replace: one buffer for what goes out and what comes in, of any length and
 * type, to and from anybody. */
#include "tests/lib/flattest.h"

enum { LONG = 3 << 20, CYCLES = 100000, LENGTHS = 8 };

static const int lengths[LENGTHS] = {0, 1, 41, 1000, 5000, 40000, 300000, LONG};
static int next, previous;
static unsigned char *buffer;

static void check_status(const MPI_Status *status, int from, int tag, int bytes)
{
    int count = -1;

    CHECK_EQ(status->MPI_SOURCE, from);
    CHECK_EQ(status->MPI_TAG, tag);
    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
}

static void test_ring(void)
{
    for (int i = 0; i < LENGTHS; i++) {
        MPI_Status status;

        mpitest_fill(buffer, (size_t)lengths[i], (uint64_t)(100 * mpitest_rank + i));
        EXPECT_CLASS(MPI_Sendrecv_replace(buffer, lengths[i], MPI_BYTE, next, i, previous, i,
                                          MPI_COMM_WORLD, &status),
                     MPI_SUCCESS);
        check_status(&status, previous, i, lengths[i]);
        CHECK_PATTERN(buffer, (size_t)lengths[i], (uint64_t)(100 * previous + i));
#if MPI_VERSION >= 4
        mpitest_fill(buffer, (size_t)lengths[i], (uint64_t)(100 * mpitest_rank + i));
        EXPECT_CLASS(MPI_Sendrecv_replace_c(buffer, lengths[i], MPI_BYTE, previous, i,
                                            MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &status),
                     MPI_SUCCESS);
        check_status(&status, next, i, lengths[i]);
        CHECK_PATTERN(buffer, (size_t)lengths[i], (uint64_t)(100 * next + i));
#endif
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

/* To oneself: the tag of what comes is another one, so that it comes from a send before. */
static void test_self(void)
{
    for (int i = 0; i < LENGTHS; i++) {
        size_t bytes = (size_t)lengths[i];
        MPI_Status status;

        mpitest_fill(buffer, bytes, (uint64_t)i);
        EXPECT_CLASS(MPI_Sendrecv_replace(buffer, lengths[i], MPI_BYTE, mpitest_rank, 1,
                                          mpitest_rank, 1, MPI_COMM_WORLD, &status),
                     MPI_SUCCESS);
        check_status(&status, mpitest_rank, 1, lengths[i]);
        CHECK_PATTERN(buffer, bytes, (uint64_t)i);

        unsigned char *other = mpitest_malloc(bytes);
        MPI_Request sends[1], receives[1];
        mpitest_fill(other, bytes, (uint64_t)(50 + i));
        MPI_Isend(other, lengths[i], MPI_BYTE, mpitest_rank, 2, MPI_COMM_WORLD, &sends[0]);
        unsigned char *third = mpitest_malloc(bytes);
        MPI_Irecv(third, lengths[i], MPI_BYTE, mpitest_rank, 3, MPI_COMM_WORLD, &receives[0]);
        EXPECT_CLASS(MPI_Sendrecv_replace(buffer, lengths[i], MPI_BYTE, mpitest_rank, 3,
                                          mpitest_rank, 2, MPI_COMM_WORLD, &status),
                     MPI_SUCCESS);
        MPI_Wait(&sends[0], MPI_STATUS_IGNORE);
        MPI_Wait(&receives[0], MPI_STATUS_IGNORE);
        CHECK_PATTERN(buffer, bytes, (uint64_t)(50 + i));
        CHECK_PATTERN(third, bytes, (uint64_t)i);
        free(other);
        free(third);
    }
}

/* The gaps of a type are not data: they stay what they are. */
static void test_pair_types(void)
{
    enum { COUNT = 3000 };
    struct pair {
        double value;
        int index, gap;
    };
    struct pair *pairs = mpitest_malloc(COUNT * sizeof *pairs);
    MPI_Status status;
    int count;

    for (int i = 0; i < COUNT; i++) {
        pairs[i] = (struct pair){mpitest_rank + i / 4.0, 7 * mpitest_rank + i, -5 - mpitest_rank};
    }
    EXPECT_CLASS(MPI_Sendrecv_replace(pairs, COUNT, MPI_DOUBLE_INT, next, 0, previous, 0,
                                      MPI_COMM_WORLD, &status),
                 MPI_SUCCESS);
    MPI_Get_count(&status, MPI_DOUBLE_INT, &count);
    CHECK_EQ(count, COUNT);
    for (int i = 0; i < COUNT; i++) {
        CHECK(pairs[i].value == previous + i / 4.0);
        CHECK_EQ(pairs[i].index, 7 * previous + i);
        CHECK_EQ(pairs[i].gap, -5 - mpitest_rank);
    }
    free(pairs);
}

/* What comes in may be shorter, but not longer. */
static void test_lengths_differ(void)
{
    int bytes = mpitest_rank % 2 == 0 ? 100 : 60000;
    int theirs = previous % 2 == 0 ? 100 : 60000;
    MPI_Status status;

    mpitest_fill(buffer, LONG, 1);
    mpitest_fill(buffer, (size_t)bytes, (uint64_t)(10 + mpitest_rank));
    EXPECT_CLASS(MPI_Sendrecv_replace(buffer, bytes, MPI_BYTE, next, 0, previous, 0, MPI_COMM_WORLD,
                                      &status),
                 theirs > bytes ? MPI_ERR_TRUNCATE : MPI_SUCCESS);
    CHECK_PATTERN(buffer, (size_t)(theirs < bytes ? theirs : bytes), (uint64_t)(10 + previous));
    if (theirs < bytes) {
        CHECK_EQ(buffer[theirs], mpitest_pattern_byte((uint64_t)(10 + mpitest_rank),
                                                      (size_t)theirs)); // untouched
        check_status(&status, previous, 0, theirs);
    } else {
        CHECK_EQ(buffer[bytes], mpitest_pattern_byte(1, (size_t)bytes));
    }
}

static void test_null_process(void)
{
    MPI_Status status;

    mpitest_fill(buffer, 1000, 3);
    EXPECT_CLASS(MPI_Sendrecv_replace(buffer, 1000, MPI_BYTE, MPI_PROC_NULL, 0, MPI_PROC_NULL, 0,
                                      MPI_COMM_WORLD, &status),
                 MPI_SUCCESS);
    check_status(&status, MPI_PROC_NULL, MPI_ANY_TAG, 0);
    CHECK_PATTERN(buffer, 1000, 3);

    // Along a line: the ends have a neighbour on one side only.
    int right = mpitest_rank + 1 < mpitest_size ? mpitest_rank + 1 : MPI_PROC_NULL;
    int left = mpitest_rank > 0 ? mpitest_rank - 1 : MPI_PROC_NULL;
    int value = mpitest_rank;
    EXPECT_CLASS(MPI_Sendrecv_replace(&value, 1, MPI_INT, right, 0, left, 0, MPI_COMM_WORLD,
                                      MPI_STATUS_IGNORE),
                 MPI_SUCCESS);
    CHECK_EQ(value, mpitest_rank > 0 ? mpitest_rank - 1 : mpitest_rank);
}

/* Wrong arguments are found before anything is sent. */
static void test_errors(void)
{
    int value = 1, beyond = mpitest_size, flag;
    MPI_Status status;

#define REPLACE(buf, count, type, dest, stag, source, rtag, comm)                                  \
    MPI_Sendrecv_replace(buf, count, type, dest, stag, source, rtag, comm, &status)
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, 0, 0, 0, 0, MPI_COMM_NULL), MPI_ERR_COMM);
    EXPECT_CLASS(REPLACE(&value, -1, MPI_INT, 0, 0, 0, 0, MPI_COMM_WORLD), MPI_ERR_COUNT);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_DATATYPE_NULL, 0, 0, 0, 0, MPI_COMM_WORLD), MPI_ERR_TYPE);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, beyond, 0, 0, 0, MPI_COMM_WORLD), MPI_ERR_RANK);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, MPI_ANY_SOURCE, 0, 0, 0, MPI_COMM_WORLD),
                 MPI_ERR_RANK);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, 0, 0, beyond, 0, MPI_COMM_WORLD), MPI_ERR_RANK);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, 0, 0, -77, 0, MPI_COMM_WORLD), MPI_ERR_RANK);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, 0, -77, 0, 0, MPI_COMM_WORLD), MPI_ERR_TAG);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, 0, MPI_ANY_TAG, 0, 0, MPI_COMM_WORLD), MPI_ERR_TAG);
    EXPECT_CLASS(REPLACE(&value, 1, MPI_INT, 0, 0, 0, -77, MPI_COMM_WORLD), MPI_ERR_TAG);
#ifdef MPI_ABI_VERSION
    EXPECT_CLASS(REPLACE(NULL, 1, MPI_INT, 0, 0, 0, 0, MPI_COMM_WORLD), MPI_ERR_BUFFER);
    EXPECT_CLASS(
        MPI_Sendrecv_replace_c(&value, -1, MPI_INT, 0, 0, 0, 0, MPI_COMM_WORLD, &status),
        MPI_ERR_COUNT);
#endif
#undef REPLACE
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
    CHECK_EQ(flag, 0);
    CHECK_EQ(value, 1);
}

static void cycle(int index)
{
    MPI_Sendrecv_replace(buffer, index % 7 == 0 ? 20000 : 8, MPI_BYTE, 0, 0, 0, 0, MPI_COMM_SELF,
                         MPI_STATUS_IGNORE);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    buffer = mpitest_malloc(LONG);

    test_ring();
    test_self();
    test_pair_types();
    test_lengths_differ();
    test_null_process();
    MPI_Barrier(MPI_COMM_WORLD);
    test_errors();
    MPI_Barrier(MPI_COMM_WORLD);
    flattest_check(cycle, mpitest_size == 1 ? CYCLES : CYCLES / 100);
    free(buffer);
    return mpitest_finish();
}
