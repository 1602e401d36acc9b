/* SPDX-License-Identifier: BSD-3-Clause */
/* The binary interface: its version, its sizes, and what a Fortran binding can register once. */
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

/* ---- Sizes, and Fortran's types ---- */

static int number_of(MPI_Info info, const char *key)
{
    char value[MPI_MAX_INFO_VAL];
    int buflen = sizeof value, flag = 0;

    MPI_Info_get_string(info, key, &buflen, value, &flag);
    return flag ? atoi(value) : -1;
}

static void check_info(void)
{
    MPI_Info info = MPI_INFO_NULL;

    CHECK_EQ(MPI_Abi_get_info(&info), MPI_SUCCESS);
    CHECK_EQ(number_of(info, "mpi_aint_size"), sizeof(MPI_Aint));
    CHECK_EQ(number_of(info, "mpi_count_size"), sizeof(MPI_Count));
    CHECK_EQ(number_of(info, "mpi_offset_size"), sizeof(MPI_Offset));
    CHECK_EQ(MPI_Info_free(&info), MPI_SUCCESS);
}

/* Whether sizes are registered that say that an INTEGER has this many bytes. */
static int set_integer_size(const char *bytes)
{
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, "mpi_integer_size", bytes);
    MPI_Info_set(info, "mpi_integer8_supported", "true");
    int code = MPI_Abi_set_fortran_info(info);
    MPI_Info_free(&info);
    return code;
}

static void check_no_fortran_info(void)
{
    MPI_Info info = MPI_INFO_ENV;

    CHECK_EQ(MPI_Abi_get_fortran_info(&info), MPI_SUCCESS);
    CHECK(info == MPI_INFO_NULL);
}

static void check_fortran_info(void)
{
    MPI_Info info = MPI_INFO_NULL;
    int count = 0;

    CHECK_EQ(MPI_Abi_get_fortran_info(&info), MPI_SUCCESS);
    CHECK_EQ(number_of(info, "mpi_integer_size"), 4);
    MPI_Info_get_nkeys(info, &count);
    CHECK_EQ(count, 2);
    // The object that was given is the user's own.
    MPI_Info_set(info, "mpi_integer_size", "8");
    MPI_Info_free(&info);
    MPI_Abi_get_fortran_info(&info);
    CHECK_EQ(number_of(info, "mpi_integer_size"), 4);
    MPI_Info_free(&info);
}

/* ---- Logicals ---- */

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
    EXPECT_CLASS(set_integer_size("4"), MPI_ERR_ABI);
    EXPECT_CLASS(MPI_Abi_set_fortran_info(MPI_INFO_NULL), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Abi_get_fortran_info(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_info(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_version(NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Abi_get_version(&number, NULL), MPI_ERR_ARG);
}

int main(int argc, char **argv)
{
    int64_t of_true[2], of_false[2];

    check_version();
    CHECK_EQ(get_logicals(4, of_true, of_false), 0);
    CHECK_EQ(set_logicals(4), MPI_SUCCESS);
    check_info();
    check_no_fortran_info();
    mpitest_start(&argc, &argv);
    check_version();
    check_info();
    mpitest_return_errors();
    EXPECT_CLASS(set_integer_size("8"), MPI_ERR_UNSUPPORTED_OPERATION);
    check_no_fortran_info();
    CHECK_EQ(set_integer_size("4"), MPI_SUCCESS);
    check_fortran_info();
    check_registered();
    check_bad_arguments();
    check_registered();
    return mpitest_finish();
}

#else

MPITEST_MAIN_SKIPS("this library has no standard ABI")

#endif
