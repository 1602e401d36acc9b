/* SPDX-License-Identifier: BSD-3-Clause */
/* Types, counts and packed data of 2^31 and more: sizes and extents up to the bounds of MPI_Count,
 * MPI_UNDEFINED where an int cannot hold the answer, and 2 GiB of data packed, sent and broadcast
 * through types that describe it in few items and in many. The buffers take no memory. */
/* matrix: np=3 copy=chunk,cma,direct engine=uring rings=default limit=120 */
#include "tests/lib/hugetest.h"
#include "tests/lib/sanitized.h"

#if MPI_VERSION >= 4

#include <limits.h>

static const MPI_Count two_31 = (MPI_Count)1 << 31;

/* A type whose bytes are `size`, of which each item takes `extent`, `lower` from its address. */
static void check_measures(MPI_Datatype type, MPI_Count size, MPI_Count lower, MPI_Count extent)
{
    MPI_Aint small_lower, small_extent;
    MPI_Count value = -1, large_lower, large_extent;
    int small = 0;

    EXPECT_CLASS(MPI_Type_size(type, &small), MPI_SUCCESS);
    CHECK_EQ(small, size > INT_MAX ? MPI_UNDEFINED : (int)size);
    EXPECT_CLASS(MPI_Type_size_c(type, &value), MPI_SUCCESS);
    CHECK_EQ(value, size);
    MPI_Type_get_extent(type, &small_lower, &small_extent);
    CHECK_EQ(small_lower, lower);
    CHECK_EQ(small_extent, extent);
    MPI_Type_get_extent_c(type, &large_lower, &large_extent);
    CHECK_EQ(large_lower, lower);
    CHECK_EQ(large_extent, extent);
    MPI_Type_get_true_extent(type, &small_lower, &small_extent);
    CHECK_EQ(small_lower, lower);
    CHECK_EQ(small_extent, extent);
    MPI_Type_get_true_extent_c(type, &large_lower, &large_extent);
    CHECK_EQ(large_lower, lower);
    CHECK_EQ(large_extent, extent);
    EXPECT_CLASS(MPI_Pack_size(1, type, MPI_COMM_WORLD, &small), MPI_SUCCESS);
    CHECK_EQ(small, size > INT_MAX ? MPI_UNDEFINED : (int)size);
    EXPECT_CLASS(MPI_Pack_size_c(1, type, MPI_COMM_WORLD, &value), MPI_SUCCESS);
    CHECK_EQ(value, size);
}

static void check_sizes(void)
{
    MPI_Datatype row, type;
    MPI_Count displacement = -two_31, size;
    char byte;

    MPI_Type_contiguous(INT_MAX, MPI_CHAR, &type); // the last that an int holds
    check_measures(type, INT_MAX, 0, INT_MAX);
    MPI_Type_free(&type);
    MPI_Type_contiguous_c(two_31, MPI_CHAR, &type);
    check_measures(type, two_31, 0, two_31);
    MPI_Type_free(&type);
    MPI_Type_vector_c(two_31 + 1, 1, 2, MPI_INT, &type);
    check_measures(type, 4 * (two_31 + 1), 0, 8 * two_31 + 4);
    MPI_Type_free(&type);
    MPI_Type_create_hindexed_block_c(1, two_31, &displacement, MPI_SHORT, &type);
    check_measures(type, 2 * two_31, -two_31, 2 * two_31);
    MPI_Type_free(&type);

    // Up to the last byte that MPI_Count can count, and one byte more.
    MPI_Type_contiguous_c(INT64_MAX / 7, MPI_CHAR, &row);
    MPI_Type_contiguous(7, row, &type);
    check_measures(type, INT64_MAX, 0, INT64_MAX);
    MPI_Type_commit(&type);
    EXPECT_CLASS(MPI_Pack_size_c(2, type, MPI_COMM_WORLD, &size), MPI_ERR_VALUE_TOO_LARGE);
    EXPECT_CLASS(MPI_Pack_external_size_c("external32", 2, type, &size), MPI_ERR_VALUE_TOO_LARGE);
    EXPECT_CLASS(MPI_Send_c(&byte, 2, type, MPI_PROC_NULL, 0, MPI_COMM_WORLD), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Bcast_c(&byte, 2, type, 0, MPI_COMM_SELF), MPI_ERR_COUNT);
    MPI_Type_free(&type);
    EXPECT_CLASS(MPI_Type_contiguous(8, row, &type), MPI_ERR_VALUE_TOO_LARGE);
    MPI_Type_free(&row);
}

static void check_statuses(void)
{
    MPI_Datatype pair;
    MPI_Status status = {0};
    MPI_Count count = -1;
    int small = 0;

    MPI_Type_contiguous(2, MPI_SHORT, &pair);
    MPI_Type_commit(&pair);
    EXPECT_CLASS(MPI_Status_set_elements_c(&status, pair, 2 * two_31 + 1), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Get_elements_c(&status, pair, &count), MPI_SUCCESS);
    CHECK_EQ(count, 2 * two_31 + 1);
    MPI_Get_elements(&status, pair, &small);
    CHECK_EQ(small, MPI_UNDEFINED);
    MPI_Get_count_c(&status, pair, &count); // the last item is cut
    CHECK_EQ(count, MPI_UNDEFINED);
    MPI_Get_count_c(&status, MPI_SHORT, &count);
    CHECK_EQ(count, 2 * two_31 + 1);
    MPI_Get_count(&status, MPI_SHORT, &small);
    CHECK_EQ(small, MPI_UNDEFINED);
    MPI_Type_free(&pair);
}

/* The same piece over and over: of `length` bytes at a time, at distance 0. */
static MPI_Datatype make_repeated(MPI_Count count, MPI_Count length)
{
    MPI_Datatype type;
    MPI_Type_create_hvector_c(count, length, 0, MPI_CHAR, &type);
    MPI_Type_commit(&type);
    return type;
}

/* More than 2^31 bytes out of one piece, and out of their packed form. */
static void check_packing(void)
{
    const MPI_Count count = two_31 / HUGETEST_PIECE_BYTES + 2;
    const MPI_Count bytes = count * HUGETEST_PIECE_BYTES;
    unsigned char *piece = mpitest_malloc(HUGETEST_PIECE_BYTES);
    unsigned char *packed = hugetest_map((size_t)bytes + 5);
    MPI_Datatype type = make_repeated(count, HUGETEST_PIECE_BYTES);
    MPI_Count position = 0;
    int small_position = 0;

    mpitest_fill(piece, HUGETEST_PIECE_BYTES, 4);
    EXPECT_CLASS(MPI_Pack_c(piece, 1, type, packed, bytes, &position, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(position, bytes);
    CHECK_PATTERN(packed, HUGETEST_PIECE_BYTES, 4);
    EXPECT_CLASS(MPI_Pack_c(piece, 1, MPI_CHAR, packed, bytes, &position, MPI_COMM_WORLD),
                 MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Pack(piece, 1, type, packed, INT_MAX, &small_position, MPI_COMM_WORLD),
                 MPI_ERR_TRUNCATE);
    unsigned char *back = hugetest_map((size_t)bytes);
    MPI_Datatype whole;
    MPI_Type_contiguous_c(bytes, MPI_CHAR, &whole);
    MPI_Type_commit(&whole);
    position = 0;
    EXPECT_CLASS(MPI_Unpack_c(packed, bytes, &position, back, 1, whole, MPI_COMM_WORLD),
                 MPI_SUCCESS);
    CHECK_EQ(position, bytes);
    CHECK_PATTERN(back, HUGETEST_PIECE_BYTES, 4);
    MPI_Type_free(&whole);
    hugetest_unmap(back, (size_t)bytes);
    MPI_Type_free(&type);
    hugetest_unmap(packed, (size_t)bytes + 5);
    free(piece);
}

/* One item of more than 2^31 pieces to the last rank, where it arrives as bytes. */
static void check_message(void)
{
    enum { LENGTH = 3 };
    const MPI_Count count = two_31 / LENGTH + 1000, bytes = count * LENGTH;
    int last = mpitest_size - 1, small = 0;

    if (mpitest_rank == 0) {
        MPI_Datatype type = make_repeated(count, LENGTH);
        CHECK_EQ(MPI_Send("abc", 1, type, last, 0, MPI_COMM_WORLD), MPI_SUCCESS);
        MPI_Type_free(&type);
    } else if (mpitest_rank == last) {
        unsigned char *buffer = hugetest_map((size_t)bytes);
        MPI_Status status;
        MPI_Count received = -1;
        CHECK_EQ(MPI_Recv_c(buffer, bytes, MPI_CHAR, 0, 0, MPI_COMM_WORLD, &status), MPI_SUCCESS);
        MPI_Get_elements_c(&status, MPI_CHAR, &received);
        CHECK_EQ(received, bytes);
        MPI_Get_elements(&status, MPI_CHAR, &small);
        CHECK_EQ(small, MPI_UNDEFINED);
        const MPI_Count end = bytes - bytes % HUGETEST_PIECE_BYTES;
        for (int i = 0; i < 3000; i++) { // of the last piece that was written
            CHECK_EQ(buffer[i], "abc"[(end + i) % LENGTH]);
        }
        hugetest_unmap(buffer, (size_t)bytes);
    }
}

/* More than 2^31 items of a type with a name of its own, from the last rank to all. */
static void check_broadcast(void)
{
    const MPI_Count bytes = two_31 + 12345;
    unsigned char *buffer = hugetest_map((size_t)bytes);

    if (mpitest_rank == mpitest_size - 1) {
        mpitest_fill(buffer, HUGETEST_PIECE_BYTES, 7);
    }
    CHECK_EQ(MPI_Bcast_c(buffer, bytes, MPI_UNSIGNED_CHAR, mpitest_size - 1, MPI_COMM_WORLD),
             MPI_SUCCESS);
    CHECK_PATTERN(buffer, HUGETEST_PIECE_BYTES, 7);
    hugetest_unmap(buffer, (size_t)bytes);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    check_sizes();
    check_statuses();
    if (SANITIZED_THREAD) {
        return mpitest_finish(); // it would note four bytes for each one of these buffers
    }
    if (mpitest_rank == mpitest_size / 2) { // beside the message, if there are three ranks
        check_packing();
    }
    if (mpitest_size > 1) {
        check_message();
        check_broadcast();
    }
    return mpitest_finish();
}

#else

MPITEST_MAIN_SKIPS("this MPI has no large counts")

#endif
