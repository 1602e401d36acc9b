/* SPDX-License-Identifier: BSD-3-Clause */
/* Hints of communicators: which are kept, which are ignored, and that a duplicate begins anew. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default limit=30 */
#include "../lib/flattest.h"

#ifdef MPI_ABI_VERSION

enum { CYCLES = 100000 };

static const char *value_of(MPI_Comm comm, const char *key)
{
    static char value[MPI_MAX_INFO_VAL];
    int buflen = sizeof value, flag = -1;
    MPI_Info info = MPI_INFO_NULL;

    EXPECT_CLASS(MPI_Comm_get_info(comm, &info), MPI_SUCCESS);
    CHECK(info != MPI_INFO_NULL);
    MPI_Info_get_string(info, key, &buflen, value, &flag);
    MPI_Info_free(&info);
    return flag ? value : "none";
}

static void set(MPI_Comm comm, const char *key, const char *value)
{
    MPI_Info info;

    MPI_Info_create(&info);
    MPI_Info_set(info, key, value);
    EXPECT_CLASS(MPI_Comm_set_info(comm, info), MPI_SUCCESS);
    MPI_Info_free(&info);
}

static void check_hints(void)
{
    const char *keys[] = {"mpi_assert_no_any_tag", "mpi_assert_no_any_source",
                          "mpi_assert_exact_length", "mpi_assert_allow_overtaking",
                          "mpi_assert_strict_persistent_collective_ordering"};
    MPI_Comm comm, copy;
    MPI_Info info;

    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    for (int i = 0; i < 5; i++) {
        CHECK(strcmp(value_of(comm, keys[i]), "false") == 0);
        set(comm, keys[i], " true");
        CHECK(strcmp(value_of(comm, keys[i]), "true") == 0);
        set(comm, keys[i], "perhaps");
        CHECK(strcmp(value_of(comm, keys[i]), "true") == 0);
        CHECK(i == 4 || strcmp(value_of(comm, keys[i + 1]), "false") == 0);
    }
    MPI_Comm_dup(comm, &copy);
    CHECK(strcmp(value_of(copy, keys[2]), "false") == 0);
    MPI_Comm_free(&copy);
    set(comm, keys[2], "false");
    CHECK(strcmp(value_of(comm, keys[2]), "false") == 0);
    CHECK(strcmp(value_of(comm, keys[1]), "true") == 0);
    set(comm, "who", "knows");
    CHECK(strcmp(value_of(comm, "who"), "none") == 0);
    EXPECT_CLASS(MPI_Comm_set_info(comm, MPI_INFO_NULL), MPI_SUCCESS);
    CHECK(strcmp(value_of(comm, keys[1]), "true") == 0);

    MPI_Comm_get_info(comm, &info);
    EXPECT_CLASS(MPI_Comm_dup_with_info(MPI_COMM_SELF, info, &copy), MPI_SUCCESS);
    CHECK(strcmp(value_of(copy, keys[1]), "true") == 0);
    CHECK(strcmp(value_of(copy, keys[2]), "false") == 0);
    CHECK(strcmp(value_of(MPI_COMM_SELF, keys[1]), "false") == 0);
    MPI_Info_free(&info);
    MPI_Comm_free(&copy);
    MPI_Comm_free(&comm);
}

static void check_memory_kinds(void)
{
    const char *kinds = value_of(MPI_COMM_WORLD, "mpi_memory_alloc_kinds");

    CHECK(strstr(kinds, "system") != NULL && strstr(kinds, "mpi") != NULL);
    set(MPI_COMM_WORLD, "mpi_memory_alloc_kinds", "moon");
    CHECK(strstr(value_of(MPI_COMM_WORLD, "mpi_memory_alloc_kinds"), "moon") == NULL);
}

static void check_bad_arguments(void)
{
    MPI_Info info = MPI_INFO_ENV;

    mpitest_return_errors();
    EXPECT_CLASS(MPI_Comm_set_info(MPI_COMM_NULL, MPI_INFO_NULL), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_get_info(MPI_COMM_NULL, &info), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_get_info(MPI_COMM_WORLD, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_set_info(MPI_COMM_WORLD, (MPI_Info)(uintptr_t)0x1234567), MPI_ERR_INFO);
    CHECK(info == MPI_INFO_ENV);
}

static void cycle(int index)
{
    MPI_Info info;

    (void)index;
    MPI_Comm_get_info(MPI_COMM_WORLD, &info);
    MPI_Comm_set_info(MPI_COMM_WORLD, info);
    MPI_Info_free(&info);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_hints();
    check_memory_kinds();
    check_bad_arguments();
    flattest_check(cycle, CYCLES);
    return mpitest_finish();
}

#else

MPITEST_MAIN_SKIPS("which hints are kept is the library's choice")

#endif
