/* SPDX-License-Identifier: BSD-3-Clause */
/* Types with holes: the pairs of MPI_MINLOC and MPI_MAXLOC. A message carries their members alone;
 * the bytes between them are neither sent nor written. */
#include <stddef.h>

#include "tests/lib/mpitest.h"

enum { ELEMENTS_MAX = 9000, HOLE = 0x3c };

struct short_int {
    short value;
    int index;
};

struct double_int {
    double value;
    int index;
};

struct long_int {
    long value;
    int index;
};

/* Where the members and the holes of a pair lie. */
static const struct pair {
    MPI_Datatype type;
    size_t bytes, value_bytes, index_offset;
} pairs[] = {
    {MPI_SHORT_INT, sizeof(struct short_int), sizeof(short), offsetof(struct short_int, index)},
    {MPI_DOUBLE_INT, sizeof(struct double_int), sizeof(double), offsetof(struct double_int, index)},
    {MPI_LONG_INT, sizeof(struct long_int), sizeof(long), offsetof(struct long_int, index)},
};

static int next, previous;

/* Whether an offset belongs to a member of the element. */
static bool is_data(const struct pair *pair, size_t offset)
{
    return offset < pair->value_bytes ||
           (offset >= pair->index_offset && offset < pair->index_offset + sizeof(int));
}

/* Sends `count` pairs, holes filled with something else, and looks at each byte of what comes. */
static void test_exchange(const struct pair *pair, int count)
{
    const size_t bytes = (size_t)count * pair->bytes;
    unsigned char *sent = mpitest_malloc(bytes), *received = mpitest_malloc(bytes);
    MPI_Status status;
    int elements = -1;

    mpitest_fill(sent, bytes, (uint64_t)mpitest_rank);
    memset(received, HOLE, bytes);
    MPI_Sendrecv(sent, count, pair->type, next, 1, received, count, pair->type, previous, 1,
                 MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, pair->type, &elements);
    CHECK_EQ(elements, count);
    for (size_t i = 0; i < bytes; i++) {
        CHECK_EQ(received[i], is_data(pair, i % pair->bytes)
                                  ? mpitest_pattern_byte((uint64_t)previous, i)
                                  : HOLE);
    }
    free(sent);
    free(received);
}

/* A hole counts for nothing: a pair is as long as its members. */
static void test_length(const struct pair *pair)
{
    unsigned char element[sizeof(struct double_int)] = {0}, packed[sizeof(struct double_int)];
    MPI_Request request;
    MPI_Status status;
    int count = -1;

    MPI_Isend(element, 1, pair->type, next, 2, MPI_COMM_WORLD, &request);
    MPI_Probe(previous, 2, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_BYTE, &count);
    CHECK_EQ(count, pair->value_bytes + sizeof(int));
    MPI_Recv(packed, sizeof packed, MPI_BYTE, previous, 2, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, pair->type, &count);
    CHECK_EQ(count, 1);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

int main(int argc, char **argv)
{
    static const int counts[] = {0, 1, 3, 4, 500, ELEMENTS_MAX};

    mpitest_start(&argc, &argv);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            test_exchange(&pairs[p], counts[c]);
        }
        test_length(&pairs[p]);
    }
    return mpitest_finish();
}
