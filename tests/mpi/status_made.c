/* SPDX-License-Identifier: BSD-3-Clause */
/* Statuses that a program makes, field by field and by numbers of elements; and the sizes of types
 * with their deprecated names in _x, which say what the forms _c say. */
/* matrix: np=1,2 copy=chunk rings=default */
#include "tests/lib/mpitest.h"

struct pair {
    double value;
    int index;
};

/* Whole items of `type` with `elements` basic elements each. */
static void check_elements(MPI_Datatype type, int elements)
{
    MPI_Status status;

    memset(&status, 0, sizeof status);
    for (int made = 0; made < 3 * elements; made++) {
        int whole = made % elements == 0 ? made / elements : MPI_UNDEFINED, value = -1;
        MPI_Count large = -1;
        CHECK_EQ(MPI_Status_set_elements(&status, type, made), MPI_SUCCESS);
        CHECK_EQ(MPI_Get_elements(&status, type, &value), MPI_SUCCESS);
        CHECK_EQ(value, made);
        CHECK_EQ(MPI_Get_elements_c(&status, type, &large), MPI_SUCCESS);
        CHECK_EQ(large, made);
        CHECK_EQ(MPI_Get_elements_x(&status, type, &large), MPI_SUCCESS);
        CHECK_EQ(large, made);
        CHECK_EQ(MPI_Get_count(&status, type, &value), MPI_SUCCESS);
        CHECK_EQ(value, whole);
    }
}

static void check_fields(void)
{
    MPI_Status status;
    int value = -1;

    memset(&status, 0, sizeof status);
    CHECK_EQ(MPI_Status_set_source(&status, 3), MPI_SUCCESS);
    CHECK_EQ(MPI_Status_set_tag(&status, 77), MPI_SUCCESS);
    CHECK_EQ(MPI_Status_set_error(&status, MPI_ERR_TRUNCATE), MPI_SUCCESS);
    CHECK_EQ(status.MPI_SOURCE, 3);
    CHECK_EQ(status.MPI_TAG, 77);
    CHECK_EQ(status.MPI_ERROR, MPI_ERR_TRUNCATE);
    CHECK_EQ(MPI_Status_get_source(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, 3);
    CHECK_EQ(MPI_Status_get_tag(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, 77);
    CHECK_EQ(MPI_Status_get_error(&status, &value), MPI_SUCCESS);
    CHECK_EQ(value, MPI_ERR_TRUNCATE);
}

static void check_sizes(MPI_Datatype type)
{
    MPI_Count size = -1, size_x = -2, lower = -1, lower_x = -2, extent = -1, extent_x = -2;

    CHECK_EQ(MPI_Type_size_c(type, &size), MPI_SUCCESS);
    CHECK_EQ(MPI_Type_size_x(type, &size_x), MPI_SUCCESS);
    CHECK_EQ(size_x, size);
    CHECK_EQ(MPI_Type_get_extent_c(type, &lower, &extent), MPI_SUCCESS);
    CHECK_EQ(MPI_Type_get_extent_x(type, &lower_x, &extent_x), MPI_SUCCESS);
    CHECK_EQ(lower_x, lower);
    CHECK_EQ(extent_x, extent);
    CHECK_EQ(MPI_Type_get_true_extent_c(type, &lower, &extent), MPI_SUCCESS);
    CHECK_EQ(MPI_Type_get_true_extent_x(type, &lower_x, &extent_x), MPI_SUCCESS);
    CHECK_EQ(lower_x, lower);
    CHECK_EQ(extent_x, extent);
}

/* More than an int can say. */
static void check_huge(MPI_Datatype row)
{
    MPI_Datatype huge;
    MPI_Count size = -1;

    MPI_Type_contiguous(1 << 30, row, &huge);
    CHECK_EQ(MPI_Type_size_x(huge, &size), MPI_SUCCESS);
    CHECK_EQ(size, INT64_C(12) << 30);
    check_sizes(huge);
    MPI_Type_free(&huge);
}

static void check_errors(void)
{
    const MPI_Datatype none = MPI_DATATYPE_NULL;
    MPI_Status status;
    MPI_Count size = -1, extent = -1;
    int value = -1;

    memset(&status, 0, sizeof status);
    EXPECT_CLASS(MPI_Status_set_elements_c(&status, MPI_INT, -1), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Status_set_elements_x(&status, none, 1), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Get_elements_c(&status, none, &size), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Get_elements_x(&status, MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_set_source(NULL, 0), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_set_tag(NULL, 0), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_set_error(NULL, 0), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_get_source(&status, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_get_tag(NULL, &value), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Status_get_error(NULL, &value), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_size_x(none, &size), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_extent_x(MPI_INT, NULL, &extent), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_true_extent_x(none, &size, &extent), MPI_ERR_TYPE);
}

int main(int argc, char **argv)
{
    MPI_Datatype spread, pair;

    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    MPI_Type_vector(3, 1, 2, MPI_INT, &spread);
    MPI_Type_create_struct(2, (const int[]){1, 1},
                           (const MPI_Aint[]){0, offsetof(struct pair, index)},
                           (const MPI_Datatype[]){MPI_DOUBLE, MPI_INT}, &pair);
    check_elements(MPI_INT, 1);
    check_elements(spread, 3);
    check_elements(pair, 2);
    check_elements(MPI_DOUBLE_INT, 2);
    check_fields();
    check_sizes(MPI_CHAR);
    check_sizes(spread);
    check_sizes(pair);
    check_huge(spread);
    check_errors();
    MPI_Type_free(&spread);
    MPI_Type_free(&pair);
    return mpitest_finish();
}
