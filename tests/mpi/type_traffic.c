/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of every predefined type, of many lengths: the data arrives, and nothing else is
 * written, neither in the gaps of pairs nor behind the items. */
#include "tests/lib/mpitest.h"

static const MPI_Datatype types[] = {MPI_BYTE,
                                     MPI_PACKED,
                                     MPI_CHAR,
                                     MPI_WCHAR,
                                     MPI_SHORT,
                                     MPI_UNSIGNED_SHORT,
                                     MPI_INT,
                                     MPI_UNSIGNED,
                                     MPI_LONG,
                                     MPI_UNSIGNED_LONG,
                                     MPI_LONG_LONG,
                                     MPI_FLOAT,
                                     MPI_DOUBLE,
                                     MPI_LONG_DOUBLE,
                                     MPI_C_BOOL,
                                     MPI_C_FLOAT_COMPLEX,
                                     MPI_C_DOUBLE_COMPLEX,
                                     MPI_C_LONG_DOUBLE_COMPLEX,
                                     MPI_AINT,
                                     MPI_COUNT,
                                     MPI_OFFSET,
                                     MPI_2INT,
                                     MPI_FLOAT_INT,
                                     MPI_DOUBLE_INT,
                                     MPI_LONG_INT,
                                     MPI_SHORT_INT,
                                     MPI_LONG_DOUBLE_INT};

enum { TYPE_COUNT = sizeof types / sizeof types[0], FILL = 0x5a };

/* The bytes of one item that are data, for a pair with gaps. */
struct item {
    int size;
    MPI_Aint extent;
    size_t gap; /* where it begins: behind the value or behind the index */
    size_t gap_bytes;
};

static struct item describe(MPI_Datatype type)
{
    struct item item;
    MPI_Aint lb, true_extent;

    MPI_Type_size(type, &item.size);
    MPI_Type_get_extent(type, &lb, &item.extent);
    MPI_Type_get_true_extent(type, &lb, &true_extent);
    item.gap_bytes = (size_t)item.extent - (size_t)item.size;
    // The index is an int, and ends the data.
    item.gap = true_extent == item.size ? (size_t)item.size : (size_t)item.size - sizeof(int);
    return item;
}

/* Sends `count` items to the next rank and receives as many, with room for one more. */
static void pass_on(MPI_Datatype type, int count)
{
    struct item item = describe(type);
    size_t bytes = (size_t)(count + 1) * (size_t)item.extent;
    unsigned char *from = mpitest_malloc(bytes), *to = mpitest_malloc(bytes);
    unsigned char *expected = mpitest_malloc(bytes);
    int next = (mpitest_rank + 1) % mpitest_size;
    int previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    int received = -1;
    MPI_Status status;

    mpitest_fill(from, bytes, (uint64_t)mpitest_rank);
    memset(to, FILL, bytes);
    mpitest_fill(expected, bytes, (uint64_t)previous);
    for (int i = 0; i <= count; i++) {
        unsigned char *at = expected + (size_t)i * (size_t)item.extent;
        if (i == count) {
            memset(at, FILL, (size_t)item.extent);
        } else {
            memset(at + item.gap, FILL, item.gap_bytes);
        }
    }

    MPI_Sendrecv(from, count, type, next, count, to, count + 1, type, previous, count,
                 MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, type, &received);
    CHECK_EQ(received, count);
    if (memcmp(to, expected, bytes) != 0) {
        mpitest_fail(__FILE__, __LINE__, "%d items of size %d and extent %ld arrived wrongly",
                     count, item.size, (long)item.extent);
    }
    free(from);
    free(to);
    free(expected);
}

int main(int argc, char **argv)
{
    static const int counts[] = {0, 1, 2, 3, 5, 100, 2731, 40000};

    mpitest_start(&argc, &argv);
    for (size_t t = 0; t < TYPE_COUNT; t++) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            pass_on(types[t], counts[i]);
        }
    }
    return mpitest_finish();
}
