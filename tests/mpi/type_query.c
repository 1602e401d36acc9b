/* SPDX-License-Identifier: BSD-3-Clause */
/* The questions about datatypes and operators: answers and errors. */
/* matrix: np=1,2 copy=chunk rings=default */
#include "tests/lib/mpitest.h"

#include <limits.h>
#include <stddef.h>
#include <wchar.h>

static void check_layout(const char *name, MPI_Datatype type, MPI_Count size, MPI_Count extent,
                         MPI_Count true_extent)
{
    int small;
    MPI_Count large = -1, lb = -1, length = -1;
    MPI_Aint address = -1, distance = -1;

    MPI_Type_size(type, &small);
    MPI_Type_size_c(type, &large);
    if (small != size || large != size) {
        mpitest_fail(__FILE__, __LINE__, "%s has size %d, %lld; expected %lld", name, small,
                     (long long)large, (long long)size);
    }
    MPI_Type_get_extent(type, &address, &distance);
    MPI_Type_get_extent_c(type, &lb, &length);
    if (address != 0 || lb != 0 || distance != extent || length != extent) {
        mpitest_fail(__FILE__, __LINE__, "%s has extent %lld from %lld; expected %lld from 0", name,
                     (long long)distance, (long long)address, (long long)extent);
    }
    MPI_Type_get_true_extent(type, &address, &distance);
    MPI_Type_get_true_extent_c(type, &lb, &length);
    if (address != 0 || lb != 0 || distance != true_extent || length != true_extent) {
        mpitest_fail(__FILE__, __LINE__, "%s has true extent %lld from %lld; expected %lld from 0",
                     name, (long long)distance, (long long)address, (long long)true_extent);
    }
}

#define LAYOUT(type, c_type)                                                                       \
    check_layout(#type, type, sizeof(c_type), sizeof(c_type), sizeof(c_type))
#define LAYOUT_PAIR(type, value_type)                                                              \
    do {                                                                                           \
        struct pair {                                                                              \
            value_type value;                                                                      \
            int index;                                                                             \
        };                                                                                         \
        check_layout(#type, type, sizeof(value_type) + sizeof(int), sizeof(struct pair),           \
                     offsetof(struct pair, index) + sizeof(int));                                  \
    } while (0)

static void check_layouts(void)
{
    LAYOUT(MPI_CHAR, char);
    LAYOUT(MPI_WCHAR, wchar_t);
    LAYOUT(MPI_SHORT, short);
    LAYOUT(MPI_INT, int);
    LAYOUT(MPI_LONG, long);
    LAYOUT(MPI_UNSIGNED_LONG_LONG, unsigned long long);
    LAYOUT(MPI_FLOAT, float);
    LAYOUT(MPI_DOUBLE, double);
    LAYOUT(MPI_LONG_DOUBLE, long double);
    LAYOUT(MPI_C_BOOL, bool);
    LAYOUT(MPI_C_DOUBLE_COMPLEX, double[2]);
    LAYOUT(MPI_AINT, MPI_Aint);
    LAYOUT(MPI_COUNT, MPI_Count);
    LAYOUT(MPI_OFFSET, MPI_Offset);
    LAYOUT(MPI_BYTE, char);
    LAYOUT(MPI_PACKED, char);
    LAYOUT_PAIR(MPI_2INT, int);
    LAYOUT_PAIR(MPI_SHORT_INT, short);
    LAYOUT_PAIR(MPI_LONG_INT, long);
    LAYOUT_PAIR(MPI_FLOAT_INT, float);
    LAYOUT_PAIR(MPI_DOUBLE_INT, double);
    LAYOUT_PAIR(MPI_LONG_DOUBLE_INT, long double);
}

/* Types that a library may lack say so by their size alone. */
MPITEST_UNUSED static void check_optional(MPI_Datatype type, int expected)
{
    int size = 0;

    EXPECT_CLASS(MPI_Type_size(type, &size), MPI_SUCCESS);
    CHECK(size == expected || size == MPI_UNDEFINED);
}

static void check_optional_types(void)
{
#ifdef MPI_ABI_VERSION // every library of the standard ABI has the names
    check_optional(MPI_INTEGER16, 16);
    check_optional(MPI_LOGICAL16, 16);
    check_optional(MPI_REAL2, 2);
    check_optional(MPI_REAL16, 16);
    check_optional(MPI_COMPLEX4, 4);
    check_optional(MPI_COMPLEX32, 32);
#endif
}

static void check_name(MPI_Datatype type, const char *expected)
{
    char name[MPI_MAX_OBJECT_NAME];
    int length = -1;

    EXPECT_CLASS(MPI_Type_get_name(type, name, &length), MPI_SUCCESS);
    CHECK(strcmp(name, expected) == 0);
    CHECK_EQ(length, strlen(expected));
}

static void check_names(void)
{
    char long_name[2 * MPI_MAX_OBJECT_NAME];

    check_name(MPI_DOUBLE, "MPI_DOUBLE");
    check_name(MPI_SHORT_INT, "MPI_SHORT_INT");
    check_name(MPI_DATATYPE_NULL, "MPI_DATATYPE_NULL");
    MPI_Type_set_name(MPI_FLOAT, "temperature");
    check_name(MPI_FLOAT, "temperature");
    memset(long_name, 'x', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    MPI_Type_set_name(MPI_FLOAT, long_name);
    long_name[MPI_MAX_OBJECT_NAME - 1] = '\0';
    check_name(MPI_FLOAT, long_name);
    MPI_Type_set_name(MPI_FLOAT, "");
    check_name(MPI_FLOAT, "");
}

static void check_count(const MPI_Status *status, MPI_Datatype type, int expected)
{
    int small = -1;
    MPI_Count large = -1;

    EXPECT_CLASS(MPI_Get_count(status, type, &small), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Get_count_c(status, type, &large), MPI_SUCCESS);
    CHECK_EQ(small, expected);
    CHECK_EQ(large, expected);
}

/* A message of `count` bytes to oneself, and what a receive of at most 100 says of it. */
static void check_counts_of(int count)
{
    char from[100] = {0}, to[100];
    MPI_Status status;

    MPI_Sendrecv(from, count, MPI_BYTE, mpitest_rank, 0, to, 100, MPI_BYTE, mpitest_rank, 0,
                 MPI_COMM_WORLD, &status);
    check_count(&status, MPI_BYTE, count);
    check_count(&status, MPI_INT, count % 4 == 0 ? count / 4 : MPI_UNDEFINED);
    check_count(&status, MPI_DOUBLE_INT, count % 12 == 0 ? count / 12 : MPI_UNDEFINED);
    check_count(&status, MPI_SHORT_INT, count % 6 == 0 ? count / 6 : MPI_UNDEFINED);
}

static void check_counts(void)
{
    MPI_Status status;

    for (int count = 0; count <= 100; count++) {
        check_counts_of(count);
    }
    MPI_Recv(NULL, 0, MPI_INT, MPI_PROC_NULL, 0, MPI_COMM_WORLD, &status);
    check_count(&status, MPI_INT, 0);
}

static void check_operators(void)
{
    static const MPI_Op ops[] = {MPI_MAX,  MPI_MIN, MPI_SUM,  MPI_PROD, MPI_LAND,   MPI_BAND,
                                 MPI_LOR,  MPI_BOR, MPI_LXOR, MPI_BXOR, MPI_MINLOC, MPI_MAXLOC};
    int commute;

    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        commute = 0;
        EXPECT_CLASS(MPI_Op_commutative(ops[i], &commute), MPI_SUCCESS);
        CHECK_EQ(commute, 1);
    }
}

static void check_errors(void)
{
    MPI_Status status = {0};
    MPI_Aint lb, extent;
    MPI_Count large_lb, large_extent;
    char name[MPI_MAX_OBJECT_NAME];
    int value;

    EXPECT_CLASS(MPI_Type_size(MPI_DATATYPE_NULL, &value), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_size_c(MPI_DATATYPE_NULL, &large_lb), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_size(MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_extent(MPI_DATATYPE_NULL, &lb, &extent), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_extent(MPI_INT, NULL, &extent), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_extent(MPI_INT, &lb, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_extent_c(MPI_DATATYPE_NULL, &large_lb, &large_extent), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_true_extent(MPI_DATATYPE_NULL, &lb, &extent), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_true_extent_c(MPI_INT, NULL, &large_extent), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_name(MPI_INT, NULL, &value), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_name(MPI_INT, name, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_set_name(MPI_DATATYPE_NULL, "none"), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_set_name(MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_count(&status, MPI_DATATYPE_NULL, &value), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Get_count(&status, MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_count_c(&status, MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Get_count(MPI_STATUS_IGNORE, MPI_INT, &value), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Op_commutative(MPI_OP_NULL, &value), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Op_commutative(MPI_SUM, NULL), MPI_ERR_ARG);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    check_layouts();
    check_optional_types();
    check_names();
    check_counts();
    check_operators();
    check_errors();
    return mpitest_finish();
}
