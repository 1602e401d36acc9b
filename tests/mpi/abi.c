/* SPDX-License-Identifier: BSD-3-Clause */
/* The version of the binary interface, and the Fortran logicals, which can be registered once. */
/* matrix: np=1,2 copy=chunk rings=default limit=20 */
#include "tests/lib/mpitest.h"

#ifdef MPI_ABI_VERSION

static const int32_t true_in = 1, false_in = 0x5a;

static void check_version(void)
{
    int major = -1, minor = -1;

    CHECK_EQ(MPI_Abi_get_version(&major, &minor), MPI_SUCCESS);
    CHECK_EQ(major, MPI_ABI_VERSION);
    CHECK_EQ(minor, MPI_ABI_SUBVERSION);
}

static int set_logicals(int size)
{
    int64_t of_true[2] = {true_in}, of_false[2] = {false_in};
    return MPI_Abi_set_fortran_booleans(size, of_true, of_false);
}

/* Whether logicals of this size are registered; if not, nothing is written. */
static int get_logicals(int size, int64_t of_true[2], int64_t of_false[2])
{
    int is_set = -1;

    of_true[0] = of_true[1] = of_false[0] = of_false[1] = -1;
    CHECK_EQ(MPI_Abi_get_fortran_booleans(size, of_true, of_false, &is_set), MPI_SUCCESS);
    if (!is_set) {
        CHECK_EQ(of_true[0], -1);
        CHECK_EQ(of_false[0], -1);
    }
    return is_set;
}

static void check_registered(void)
{
    int64_t of_true[2], of_false[2];

    CHECK_EQ(get_logicals(4, of_true, of_false), 1);
    CHECK(memcmp(of_true, &true_in, 4) == 0);
    CHECK(memcmp(of_false, &false_in, 4) == 0);
    CHECK_EQ(((unsigned char *)of_true)[4], 0xff);
    for (int size = 1; size <= 16; size *= 2) {
        CHECK_EQ(get_logicals(size, of_true, of_false), size == 4);
    }
}

static void check_bad_arguments(void)
{
    int64_t of_true[2], of_false[2];
    int number;

    mpitest_return_errors();
    EXPECT_CLASS(set_logicals(4), MPI_ERR_ABI);
    EXPECT_CLASS(set_logicals(8), MPI_ERR_ABI);
    for (int size = -1; size <= 32; size++) {
        if (size <= 0 || size > 16 || (size & (size - 1)) != 0) {
            EXPECT_CLASS(set_logicals(size), MPI_ERR_ARG);
            EXPECT_CLASS(MPI_Abi_get_fortran_booleans(size, of_true, of_false, &number),
                         MPI_ERR_ARG);
        }
    }
    EXPECT_CLASS(MPI_Abi_set_fortran_booleans(4, NULL, of_false), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_set_fortran_booleans(4, of_true, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_fortran_booleans(4, NULL, of_false, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_fortran_booleans(4, of_true, NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_fortran_booleans(4, of_true, of_false, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_version(NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_version(&number, NULL), MPI_ERR_ARG);
}

int main(int argc, char **argv)
{
    int64_t of_true[2], of_false[2];

    check_version();
    CHECK_EQ(get_logicals(4, of_true, of_false), 0);
    CHECK_EQ(set_logicals(4), MPI_SUCCESS);
    mpitest_start(&argc, &argv);
    check_version();
    check_registered();
    check_bad_arguments();
    check_registered();
    return mpitest_finish();
}

#else

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    return mpitest_skip("this library has no standard ABI");
}

#endif
