/* SPDX-License-Identifier: BSD-3-Clause */
/* Datatypes by size, by pair and by precision: what comes, that it works, and errors. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default crowded=auto */
#include "tests/lib/mpitest.h"

static void check_match(int type_class, int size)
{
    MPI_Datatype type = MPI_DATATYPE_NULL;
    int actual = -1;

    EXPECT_CLASS(MPI_Type_match_size(type_class, size, &type), MPI_SUCCESS);
    MPI_Type_size(type, &actual);
    CHECK_EQ(actual, size);
}

static void check_matches(void)
{
    for (int size = 1; size <= 8; size *= 2) {
        check_match(MPI_TYPECLASS_INTEGER, size);
    }
    check_match(MPI_TYPECLASS_REAL, 4);
    check_match(MPI_TYPECLASS_REAL, 8);
    check_match(MPI_TYPECLASS_COMPLEX, 8);
    check_match(MPI_TYPECLASS_COMPLEX, 16);
#ifdef MPI_ABI_VERSION
    MPI_Datatype type = MPI_INT;
    check_match(MPIX_TYPECLASS_LOGICAL, 4);
    EXPECT_CLASS(MPI_Type_match_size(MPI_TYPECLASS_REAL, 5, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_match_size(12, 4, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_match_size(MPI_TYPECLASS_REAL, 4, NULL), MPI_ERR_ARG);
    CHECK(type == MPI_INT);
#endif
}

static void check_pairs(void)
{
#if MPI_VERSION > 4 || (MPI_VERSION == 4 && MPI_SUBVERSION >= 1)
    const struct {
        MPI_Datatype value, index, pair;
    } rows[] = {
        {MPI_FLOAT, MPI_INT, MPI_FLOAT_INT},    {MPI_DOUBLE, MPI_INT, MPI_DOUBLE_INT},
        {MPI_LONG, MPI_INT, MPI_LONG_INT},      {MPI_SHORT, MPI_INT, MPI_SHORT_INT},
        {MPI_INT, MPI_INT, MPI_2INT},           {MPI_LONG_DOUBLE, MPI_INT, MPI_LONG_DOUBLE_INT},
        {MPI_CHAR, MPI_INT, MPI_DATATYPE_NULL}, {MPI_INT, MPI_DOUBLE, MPI_DATATYPE_NULL},
    };
    MPI_Datatype pair = MPI_BYTE;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT_CLASS(MPI_Type_get_value_index(rows[i].value, rows[i].index, &pair), MPI_SUCCESS);
        CHECK(pair == rows[i].pair);
    }
    pair = MPI_BYTE;
    EXPECT_CLASS(MPI_Type_get_value_index(MPI_DATATYPE_NULL, MPI_INT, &pair), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_value_index(MPI_INT, MPI_DATATYPE_NULL, &pair), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_value_index(MPI_INT, MPI_INT, NULL), MPI_ERR_ARG);
    CHECK(pair == MPI_BYTE);
#endif
}

#ifdef MPI_ABI_VERSION
/* The envelope of a type by precision tells how it was asked for. */
static void check_envelope(MPI_Datatype type, int combiner, int p, int r)
{
    int counts[3] = {-1, -1, -1}, actual = -1, arguments[2] = {-1, -1};
    bool is_integer = combiner == MPI_COMBINER_F90_INTEGER;

    MPI_Type_get_envelope(type, &counts[0], &counts[1], &counts[2], &actual);
    CHECK_EQ(actual, combiner);
    CHECK(counts[0] == (is_integer ? 1 : 2) && counts[1] == 0 && counts[2] == 0);
    MPI_Type_get_contents(type, 2, 0, 0, arguments, NULL, NULL);
    CHECK(is_integer ? arguments[0] == r : arguments[0] == p && arguments[1] == r);
}

static void check_real(int p, int r, int size)
{
    MPI_Datatype type = MPI_DATATYPE_NULL, again = MPI_DATATYPE_NULL;
    int actual = -1;

    EXPECT_CLASS(MPI_Type_create_f90_real(p, r, &type), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Type_create_f90_real(p, r, &again), MPI_SUCCESS);
    CHECK(type == again);
    MPI_Type_size(type, &actual);
    CHECK_EQ(actual, size);
    check_envelope(type, MPI_COMBINER_F90_REAL, p, r);
    EXPECT_CLASS(MPI_Type_create_f90_complex(p, r, &type), MPI_SUCCESS);
    MPI_Type_size(type, &actual);
    CHECK_EQ(actual, 2 * size);
    check_envelope(type, MPI_COMBINER_F90_COMPLEX, p, r);
    EXPECT_CLASS(MPI_Type_free(&type), MPI_ERR_TYPE);
}

static void check_integer(int r, int size)
{
    MPI_Datatype type = MPI_DATATYPE_NULL;
    int actual = -1;

    EXPECT_CLASS(MPI_Type_create_f90_integer(r, &type), MPI_SUCCESS);
    MPI_Type_size(type, &actual);
    CHECK_EQ(actual, size);
    check_envelope(type, MPI_COMBINER_F90_INTEGER, 0, r);
}

/* They are predefined: committed, and operators take them. */
static void check_reduction(void)
{
    MPI_Datatype type = MPI_DATATYPE_NULL;
    double value = mpitest_rank + 1, sum = 0;

    MPI_Type_create_f90_real(15, MPI_UNDEFINED, &type);
    EXPECT_CLASS(MPI_Allreduce(&value, &sum, 1, type, MPI_SUM, MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK(sum == mpitest_size * (mpitest_size + 1) / 2);
}

static void check_precision(void)
{
    MPI_Datatype type = MPI_INT;

    check_real(6, 37, 4);
    check_real(1, MPI_UNDEFINED, 4);
    check_real(7, 37, 8);
    check_real(MPI_UNDEFINED, 38, 8);
    check_real(15, 307, 8);
    check_real(16, MPI_UNDEFINED, 16);
    check_integer(0, 1);
    check_integer(2, 1);
    check_integer(3, 2);
    check_integer(9, 4);
    check_integer(10, 8);
    check_integer(18, 8);
    check_reduction();
    EXPECT_CLASS(MPI_Type_create_f90_real(40, 10, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_f90_real(6, 5000, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_f90_real(-1, 10, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_f90_real(MPI_UNDEFINED, MPI_UNDEFINED, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_f90_complex(40, 10, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_f90_integer(39, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_f90_integer(-1, &type), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_create_f90_real(6, 37, NULL), MPI_ERR_ARG);
    CHECK(type == MPI_INT);
}
#endif

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    check_matches();
    check_pairs();
#ifdef MPI_ABI_VERSION
    check_precision();
#endif
    return mpitest_finish();
}
