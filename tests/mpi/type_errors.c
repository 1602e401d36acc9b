/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad arguments to the constructors of datatypes, to packing and to statuses: the standard's error
 * classes, and nothing is changed. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default crowded=auto */
#include "tests/lib/mpitest.h"

#include <limits.h>

static MPI_Datatype made = MPI_DATATYPE_NULL;

#define FAILS(error_class, call)                                                                   \
    do {                                                                                           \
        EXPECT_CLASS(call, error_class);                                                           \
        CHECK(made == MPI_DATATYPE_NULL);                                                          \
    } while (0)

static void check_vectors(void)
{
    FAILS(MPI_ERR_COUNT, MPI_Type_contiguous(-1, MPI_INT, &made));
    FAILS(MPI_ERR_TYPE, MPI_Type_contiguous(1, MPI_DATATYPE_NULL, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_contiguous(1, MPI_INT, NULL));
    FAILS(MPI_ERR_COUNT, MPI_Type_contiguous_c(-1, MPI_INT, &made));
    FAILS(MPI_ERR_COUNT, MPI_Type_vector(-1, 1, 1, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_vector(1, -1, 1, MPI_INT, &made));
    FAILS(MPI_ERR_TYPE, MPI_Type_vector(1, 1, 1, MPI_DATATYPE_NULL, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_vector_c(1, -1, 1, MPI_INT, &made));
    FAILS(MPI_ERR_COUNT, MPI_Type_create_hvector(-1, 1, 1, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_hvector(1, -1, 1, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_hvector_c(1, 1, 1, MPI_INT, NULL));
    FAILS(MPI_ERR_TYPE, MPI_Type_create_resized(MPI_DATATYPE_NULL, 0, 8, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_resized(MPI_INT, 0, 8, NULL));
    FAILS(MPI_ERR_TYPE, MPI_Type_create_resized_c(MPI_DATATYPE_NULL, 0, 8, &made));
    FAILS(MPI_ERR_TYPE, MPI_Type_dup(MPI_DATATYPE_NULL, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_dup(MPI_INT, NULL));
}

static void check_indexed(void)
{
    const int lengths[] = {1, 2}, wrong[] = {1, -2}, places[] = {0, 5};
    const MPI_Aint offsets[] = {0, 64};
    const MPI_Count large_lengths[] = {1, -2}, large_offsets[] = {0, 64};
    const MPI_Datatype types[] = {MPI_INT, MPI_CHAR}, bad_types[] = {MPI_INT, MPI_DATATYPE_NULL};

    FAILS(MPI_ERR_COUNT, MPI_Type_indexed(-1, lengths, places, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_indexed(2, NULL, places, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_indexed(2, lengths, NULL, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_indexed(2, wrong, places, MPI_INT, &made));
    FAILS(MPI_ERR_TYPE, MPI_Type_indexed(2, lengths, places, MPI_DATATYPE_NULL, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_indexed_c(2, large_lengths, large_offsets, MPI_INT, &made));
    FAILS(MPI_ERR_COUNT, MPI_Type_create_hindexed(-1, lengths, offsets, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_hindexed(2, wrong, offsets, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_hindexed_c(2, large_lengths, large_offsets, MPI_INT, &made));
    FAILS(MPI_ERR_COUNT, MPI_Type_create_indexed_block(-1, 1, places, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_indexed_block(2, -1, places, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_indexed_block(2, 1, NULL, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_indexed_block_c(2, -1, large_offsets, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_hindexed_block(2, -1, offsets, MPI_INT, &made));
    FAILS(MPI_ERR_TYPE,
          MPI_Type_create_hindexed_block_c(2, 1, large_offsets, MPI_DATATYPE_NULL, &made));
    FAILS(MPI_ERR_COUNT, MPI_Type_create_struct(-1, lengths, offsets, types, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_struct(2, wrong, offsets, types, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_struct(2, lengths, NULL, types, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_struct(2, lengths, offsets, NULL, &made));
    FAILS(MPI_ERR_TYPE, MPI_Type_create_struct(2, lengths, offsets, bad_types, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_struct_c(2, large_lengths, large_offsets, types, &made));

    // Nothing needs no arrays.
    EXPECT_CLASS(MPI_Type_create_struct(0, NULL, NULL, NULL, &made), MPI_SUCCESS);
    MPI_Type_free(&made);
}

static void check_subarrays(void)
{
    const int sizes[] = {4, 5}, subsizes[] = {2, 3}, starts[] = {1, 2};
    const int zero[] = {0, 5}, wide[] = {2, 6}, empty[] = {0, 3}, far[] = {3, 2}, below[] = {-1, 2};
    const MPI_Count large[] = {4, 5}, large_far[] = {4, 0};

    FAILS(MPI_ERR_DIMS,
          MPI_Type_create_subarray(0, sizes, subsizes, starts, MPI_ORDER_C, MPI_INT, &made));
    FAILS(MPI_ERR_ARG,
          MPI_Type_create_subarray(2, NULL, subsizes, starts, MPI_ORDER_C, MPI_INT, &made));
    FAILS(MPI_ERR_ARG,
          MPI_Type_create_subarray(2, zero, subsizes, starts, MPI_ORDER_C, MPI_INT, &made));
    FAILS(MPI_ERR_ARG,
          MPI_Type_create_subarray(2, sizes, wide, starts, MPI_ORDER_C, MPI_INT, &made));
    FAILS(MPI_ERR_ARG,
          MPI_Type_create_subarray(2, sizes, empty, starts, MPI_ORDER_C, MPI_INT, &made));
    FAILS(MPI_ERR_ARG,
          MPI_Type_create_subarray(2, sizes, subsizes, far, MPI_ORDER_C, MPI_INT, &made));
    FAILS(MPI_ERR_ARG,
          MPI_Type_create_subarray(2, sizes, subsizes, below, MPI_ORDER_C, MPI_INT, &made));
    FAILS(MPI_ERR_ARG, MPI_Type_create_subarray(2, sizes, subsizes, starts, 3, MPI_INT, &made));
    FAILS(MPI_ERR_TYPE, MPI_Type_create_subarray(2, sizes, subsizes, starts, MPI_ORDER_C,
                                                 MPI_DATATYPE_NULL, &made));
    FAILS(MPI_ERR_ARG,
          MPI_Type_create_subarray_c(2, large, large, large_far, MPI_ORDER_C, MPI_INT, &made));
}

static void check_distributed_arrays(void)
{
    const int sizes[] = {10, 10}, grid[] = {2, 2}, thin[] = {2, 1}, dargs[] = {5, 5};
    const int blocks[] = {MPI_DISTRIBUTE_BLOCK, MPI_DISTRIBUTE_BLOCK};
    const int none[] = {MPI_DISTRIBUTE_NONE, MPI_DISTRIBUTE_BLOCK}, unknown[] = {1, 2};
    const int few[] = {4, 5}, negative[] = {-5, 5};
    const MPI_Count large[] = {10, 0};

#define DARRAY(size, rank, ndims, gsizes, distribs, args, psizes, order, type)                     \
    MPI_Type_create_darray(size, rank, ndims, gsizes, distribs, args, psizes, order, type, &made)
    FAILS(MPI_ERR_DIMS, DARRAY(4, 0, 0, sizes, blocks, dargs, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(0, 0, 2, sizes, blocks, dargs, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_RANK, DARRAY(4, 4, 2, sizes, blocks, dargs, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_RANK, DARRAY(4, -1, 2, sizes, blocks, dargs, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(4, 0, 2, NULL, blocks, dargs, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(4, 0, 2, sizes, unknown, dargs, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(4, 0, 2, sizes, none, dargs, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(4, 0, 2, sizes, blocks, few, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(4, 0, 2, sizes, blocks, negative, grid, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(4, 0, 2, sizes, blocks, dargs, thin, MPI_ORDER_C, MPI_INT));
    FAILS(MPI_ERR_ARG, DARRAY(4, 0, 2, sizes, blocks, dargs, grid, 0, MPI_INT));
    FAILS(MPI_ERR_TYPE,
          DARRAY(4, 0, 2, sizes, blocks, dargs, grid, MPI_ORDER_C, MPI_DATATYPE_NULL));
    FAILS(MPI_ERR_ARG, MPI_Type_create_darray_c(4, 0, 2, large, blocks, dargs, grid, MPI_ORDER_C,
                                                MPI_INT, &made));
}

/* Sizes and bounds that nothing can hold. */
static void check_limits(void)
{
    const MPI_Count most = INT64_MAX, half = INT64_MAX / 2 + 1;
    const MPI_Count lengths[] = {1, 1}, apart[] = {-half - 100, half + 100};

    FAILS(MPI_ERR_VALUE_TOO_LARGE, MPI_Type_contiguous_c(most, MPI_INT, &made));
    FAILS(MPI_ERR_VALUE_TOO_LARGE, MPI_Type_create_hvector_c(3, 1, half, MPI_CHAR, &made));
    FAILS(MPI_ERR_VALUE_TOO_LARGE, MPI_Type_vector_c(2, 1, half, MPI_INT, &made));
    FAILS(MPI_ERR_VALUE_TOO_LARGE, MPI_Type_create_hindexed_c(2, lengths, apart, MPI_CHAR, &made));
    FAILS(MPI_ERR_VALUE_TOO_LARGE, MPI_Type_create_resized_c(MPI_INT, most, most, &made));
}

static void check_life(void)
{
    MPI_Datatype type, stale, named = MPI_INT, null = MPI_DATATYPE_NULL;
    int value = 0;

    EXPECT_CLASS(MPI_Type_commit(&null), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_commit(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_commit(&named), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Type_free(&null), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_free(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_free(&named), MPI_ERR_TYPE);
    CHECK(named == MPI_INT);

    MPI_Type_contiguous(1, MPI_INT, &type);
    EXPECT_CLASS(MPI_Send(&value, 1, type, MPI_PROC_NULL, 0, MPI_COMM_WORLD), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_commit(&type), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Type_commit(&type), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Send(&value, 1, type, MPI_PROC_NULL, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    stale = type;
    EXPECT_CLASS(MPI_Type_free(&type), MPI_SUCCESS);
    CHECK(type == MPI_DATATYPE_NULL);
    EXPECT_CLASS(MPI_Type_free(&stale), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_commit(&stale), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Send(&value, 1, stale, MPI_PROC_NULL, 0, MPI_COMM_WORLD), MPI_ERR_TYPE);
}

static void check_packing(void)
{
    char packed[16];
    int value[4] = {1, 2, 3, 4}, position = 0, size = -1;
    MPI_Count large = 0;
    MPI_Datatype open;

    MPI_Type_contiguous(1, MPI_INT, &open);
    EXPECT_CLASS(MPI_Pack(value, 1, MPI_INT, packed, 16, &position, MPI_COMM_NULL), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Pack(value, -1, MPI_INT, packed, 16, &position, MPI_COMM_WORLD),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Pack(value, 1, open, packed, 16, &position, MPI_COMM_WORLD), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Pack(NULL, 1, MPI_INT, packed, 16, &position, MPI_COMM_WORLD), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Pack(value, 1, MPI_INT, NULL, 16, &position, MPI_COMM_WORLD), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Pack(value, 1, MPI_INT, packed, -1, &position, MPI_COMM_WORLD), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Pack(value, 1, MPI_INT, packed, 16, NULL, MPI_COMM_WORLD), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Pack(value, 4, MPI_INT, packed, 15, &position, MPI_COMM_WORLD),
                 MPI_ERR_TRUNCATE);
    CHECK_EQ(position, 0);
    position = 17;
    EXPECT_CLASS(MPI_Pack(value, 0, MPI_INT, packed, 16, &position, MPI_COMM_WORLD), MPI_ERR_ARG);
    position = 13;
    EXPECT_CLASS(MPI_Unpack(packed, 16, &position, value, 1, MPI_INT, MPI_COMM_WORLD),
                 MPI_ERR_TRUNCATE);
    large = -1;
    EXPECT_CLASS(MPI_Pack_c(value, 1, MPI_INT, packed, 16, &large, MPI_COMM_WORLD), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Unpack_c(packed, 16, &large, value, 1, MPI_INT, MPI_COMM_WORLD), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Pack_size(-1, MPI_INT, MPI_COMM_WORLD, &size), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Pack_size(1, MPI_INT, MPI_COMM_NULL, &size), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Pack_size(1, MPI_INT, MPI_COMM_WORLD, NULL), MPI_ERR_ARG);
    CHECK_EQ(size, -1);
    EXPECT_CLASS(MPI_Pack_size(INT_MAX, MPI_INT, MPI_COMM_WORLD, &size), MPI_SUCCESS);
    CHECK_EQ(size, MPI_UNDEFINED);
    EXPECT_CLASS(MPI_Pack_size_c(INT_MAX, MPI_INT, MPI_COMM_WORLD, &large), MPI_SUCCESS);
    CHECK_EQ(large, INT64_C(4) * INT_MAX);
    MPI_Type_free(&open);
}

static void check_statuses(void)
{
    MPI_Status status;
    MPI_Count large = -1;
    MPI_Datatype nothing;
    int value = -1;

    MPI_Type_contiguous(0, MPI_INT, &nothing);
    EXPECT_CLASS(MPI_Status_set_elements(&status, MPI_INT, -1), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Status_set_elements(NULL, MPI_INT, 1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_set_elements(&status, MPI_DATATYPE_NULL, 1), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Status_set_elements(&status, nothing, 1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_set_elements_c(&status, MPI_DOUBLE_INT, 5), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Get_elements(NULL, MPI_INT, &value), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_elements(&status, MPI_DATATYPE_NULL, &value), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Get_elements(&status, MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_elements(&status, MPI_DOUBLE_INT, &value), MPI_SUCCESS);
    CHECK_EQ(value, 5);
    EXPECT_CLASS(MPI_Get_elements_c(&status, MPI_DOUBLE_INT, &large), MPI_SUCCESS);
    CHECK_EQ(large, 5);
    EXPECT_CLASS(MPI_Get_count(&status, MPI_DOUBLE_INT, &value), MPI_SUCCESS);
    CHECK_EQ(value, MPI_UNDEFINED);
    EXPECT_CLASS(MPI_Status_set_elements_x(&status, MPI_INT, INT64_C(1) << 40), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Get_elements_x(&status, MPI_INT, &large), MPI_SUCCESS);
    CHECK_EQ(large, INT64_C(1) << 40);
    EXPECT_CLASS(MPI_Get_elements(&status, MPI_INT, &value), MPI_SUCCESS);
    CHECK_EQ(value, MPI_UNDEFINED);
    MPI_Type_free(&nothing);

    EXPECT_CLASS(MPI_Status_set_cancelled(&status, 1), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Test_cancelled(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, 1);
    EXPECT_CLASS(MPI_Status_set_cancelled(&status, 0), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Test_cancelled(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, 0);
    EXPECT_CLASS(MPI_Status_set_cancelled(NULL, 1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Test_cancelled(NULL, &value), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Test_cancelled(&status, NULL), MPI_ERR_ARG);
}

/* The fields of a status, which C programs reach without these functions. */
static void check_fields(void)
{
#if MPI_VERSION > 4 || (MPI_VERSION == 4 && MPI_SUBVERSION >= 1)
    MPI_Status status;
    int value = -1;

    EXPECT_CLASS(MPI_Status_set_source(&status, 3), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Status_set_tag(&status, 4), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Status_set_error(&status, MPI_ERR_TRUNCATE), MPI_SUCCESS);
    CHECK(status.MPI_SOURCE == 3 && status.MPI_TAG == 4 && status.MPI_ERROR == MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Status_get_source(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, 3);
    EXPECT_CLASS(MPI_Status_get_tag(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, 4);
    EXPECT_CLASS(MPI_Status_get_error(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Status_set_source(NULL, 3), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_get_tag(&status, NULL), MPI_ERR_ARG);
#endif
}

static void check_addresses(void)
{
    char bytes[100];
    MPI_Aint first = -1, last = -1;

    EXPECT_CLASS(MPI_Get_address(&bytes[0], &first), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Get_address(&bytes[99], &last), MPI_SUCCESS);
    CHECK_EQ(MPI_Aint_diff(last, first), 99);
    CHECK_EQ(MPI_Aint_diff(first, last), -99);
    CHECK_EQ(MPI_Aint_add(first, 99), last);
    CHECK_EQ(MPI_Aint_add(last, -99), first);
    EXPECT_CLASS(MPI_Get_address(MPI_BOTTOM, &first), MPI_SUCCESS);
    CHECK_EQ(first, 0);
    EXPECT_CLASS(MPI_Get_address(bytes, NULL), MPI_ERR_ARG);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
#ifdef MPI_ABI_VERSION
    check_vectors();
    check_indexed();
    check_subarrays();
    check_distributed_arrays();
    check_limits();
    check_life();
    check_packing();
    check_statuses();
#endif
    check_fields();
    check_addresses();
    return mpitest_finish();
}
