/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Comm_compare with its four results, and names. */
/* matrix: copy=chunk engine=uring rings=default */
#include "../lib/mpitest.h"

static void expect(MPI_Comm left, MPI_Comm right, int expected)
{
    int result = -1;

    MPI_Comm_compare(left, right, &result);
    CHECK_EQ(result, expected);
    MPI_Comm_compare(right, left, &result);
    CHECK_EQ(result, expected);
}

static void check_compare(void)
{
    MPI_Comm copy, turned, half;
    int is_alone = mpitest_size == 1, flag = 1;

    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Comm_split(MPI_COMM_WORLD, 0, -mpitest_rank, &turned);
    MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, 0, &half);
    expect(MPI_COMM_WORLD, MPI_COMM_WORLD, MPI_IDENT);
    expect(copy, copy, MPI_IDENT);
    expect(MPI_COMM_WORLD, copy, MPI_CONGRUENT);
    expect(MPI_COMM_WORLD, turned, is_alone ? MPI_CONGRUENT : MPI_SIMILAR);
    expect(copy, half, is_alone ? MPI_CONGRUENT : MPI_UNEQUAL);
    expect(MPI_COMM_WORLD, MPI_COMM_SELF, is_alone ? MPI_CONGRUENT : MPI_UNEQUAL);
    MPI_Comm_test_inter(copy, &flag);
    CHECK_EQ(flag, 0);
    MPI_Comm_free(&copy);
    MPI_Comm_free(&turned);
    MPI_Comm_free(&half);
}

static void expect_name(MPI_Comm comm, const char *expected)
{
    char name[MPI_MAX_OBJECT_NAME];
    int length = -1;

    memset(name, 'x', sizeof name);
    MPI_Comm_get_name(comm, name, &length);
    CHECK_EQ(length, strlen(expected));
    CHECK(strcmp(name, expected) == 0);
}

static void check_names(void)
{
    char longest[MPI_MAX_OBJECT_NAME], longer[2 * MPI_MAX_OBJECT_NAME];
    MPI_Comm copy;

    expect_name(MPI_COMM_WORLD, "MPI_COMM_WORLD");
    expect_name(MPI_COMM_SELF, "MPI_COMM_SELF");
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    expect_name(copy, "");
    MPI_Comm_set_name(copy, "  the halo of the north ");
    expect_name(copy, "  the halo of the north ");
    MPI_Comm_set_name(copy, "");
    expect_name(copy, "");

    memset(longer, 'n', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    memcpy(longest, longer, sizeof longest);
    longest[sizeof longest - 1] = '\0';
    MPI_Comm_set_name(copy, longest);
    expect_name(copy, longest);
    MPI_Comm_set_name(copy, "short");
    MPI_Comm_set_name(copy, longer);
    expect_name(copy, longest);
    MPI_Comm_free(&copy);

    MPI_Comm_set_name(MPI_COMM_WORLD, "everybody");
    expect_name(MPI_COMM_WORLD, "everybody");
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_compare();
    check_names();
    return mpitest_finish();
}
