/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad arguments to every function on communicators and groups: the standard's error class, no
 * effect, and the library still works. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default */
#include "../lib/mpitest.h"

/* Handles that name nothing: null, of another kind, numbers, and freed ones. */
static MPI_Comm bad_comms[6];
static MPI_Group bad_groups[6];
enum { BAD_COUNT = 6 };

static void make_bad_handles(void)
{
    MPI_Comm copy;
    MPI_Group group;

    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Comm_group(copy, &group);
    bad_comms[0] = MPI_COMM_NULL;
    bad_comms[1] = (MPI_Comm)MPI_GROUP_EMPTY;
    bad_comms[2] = (MPI_Comm)(uintptr_t)0;
    bad_comms[3] = (MPI_Comm)(uintptr_t)0xdeadbeefcafe;
    bad_comms[4] = copy;
    bad_comms[5] = (MPI_Comm)group;
    bad_groups[0] = MPI_GROUP_NULL;
    bad_groups[1] = (MPI_Group)MPI_COMM_WORLD;
    bad_groups[2] = (MPI_Group)(uintptr_t)0;
    bad_groups[3] = (MPI_Group)(uintptr_t)-1;
    bad_groups[4] = group;
    bad_groups[5] = (MPI_Group)copy;
    MPI_Group_free(&group);
    MPI_Comm_free(&copy);
}

static void check_bad_comm(MPI_Comm bad)
{
    char name[MPI_MAX_OBJECT_NAME];
    MPI_Comm made = MPI_COMM_SELF, freed = bad;
    MPI_Group group = MPI_GROUP_EMPTY;
    MPI_Errhandler handler = MPI_ERRORS_RETURN;
    int number = 77;

    EXPECT_CLASS(MPI_Comm_size(bad, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_rank(bad, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_group(bad, &group), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_compare(bad, MPI_COMM_WORLD, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_compare(MPI_COMM_WORLD, bad, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_test_inter(bad, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_dup(bad, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_dup_with_info(bad, MPI_INFO_NULL, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_split(bad, 0, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_split_type(bad, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &made),
                 MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_free(&freed), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_set_name(bad, "name"), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_set_errhandler(bad, MPI_ERRORS_RETURN), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_get_errhandler(bad, &handler), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_call_errhandler(bad, MPI_ERR_OTHER), MPI_ERR_COMM);
    if (bad != MPI_COMM_NULL) {
        EXPECT_CLASS(MPI_Comm_get_name(bad, name, &number), MPI_ERR_COMM);
    }
    CHECK_EQ(number, 77);
    CHECK(made == MPI_COMM_SELF);
    CHECK(group == MPI_GROUP_EMPTY);
    CHECK(freed == bad);
}

static void check_comm_arguments(void)
{
    MPI_Comm world = MPI_COMM_WORLD, self = MPI_COMM_SELF, made = MPI_COMM_NULL;
    MPI_Info no_info = (MPI_Info)(uintptr_t)0x1234567;
    char name[MPI_MAX_OBJECT_NAME];
    int length;

    EXPECT_CLASS(MPI_Comm_size(world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_rank(world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_group(world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_compare(world, world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_test_inter(world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_dup(world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_dup_with_info(world, no_info, &made), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Comm_split(world, -1, 0, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_split(world, 0, 0, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_split_type(world, 12345, 0, MPI_INFO_NULL, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, no_info, &made), MPI_ERR_INFO);
    EXPECT_CLASS(MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, NULL),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_free(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_free(&world), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_free(&self), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_set_name(world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_get_name(world, NULL, &length), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_get_name(world, name, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_get_name(MPI_COMM_NULL, name, &length), MPI_SUCCESS);
    CHECK(world == MPI_COMM_WORLD && self == MPI_COMM_SELF && made == MPI_COMM_NULL);
}

static void check_bad_group(MPI_Group bad, MPI_Group good)
{
    MPI_Group made = MPI_GROUP_EMPTY, freed = bad;
    int number = 77, zero = 0, range[1][3] = {{0, 0, 1}};

    EXPECT_CLASS(MPI_Group_size(bad, &number), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_rank(bad, &number), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_compare(bad, good, &number), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_compare(good, bad, &number), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_translate_ranks(bad, 1, &zero, good, &number), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_translate_ranks(good, 1, &zero, bad, &number), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_union(bad, good, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_union(good, bad, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_intersection(bad, good, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_intersection(good, bad, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_difference(bad, good, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_difference(good, bad, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_incl(bad, 1, &zero, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_excl(bad, 1, &zero, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_range_incl(bad, 1, range, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_range_excl(bad, 1, range, &made), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Group_free(&freed), MPI_ERR_GROUP);
    CHECK_EQ(number, 77);
    CHECK(made == MPI_GROUP_EMPTY);
    CHECK(freed == bad);
}

static void check_group_pointers(MPI_Group group)
{
    int zero = 0, range[1][3] = {{0, 0, 1}};
    MPI_Group made = MPI_GROUP_EMPTY;

    EXPECT_CLASS(MPI_Group_size(group, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_rank(group, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_compare(group, group, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_translate_ranks(group, 1, NULL, group, &zero), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_translate_ranks(group, 1, &zero, group, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_translate_ranks(group, -1, &zero, group, &zero), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_union(group, group, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_intersection(group, group, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_difference(group, group, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_incl(group, 1, &zero, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_excl(group, 1, &zero, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_range_incl(group, 1, range, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_range_excl(group, 1, range, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_incl(group, 1, NULL, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_excl(group, -1, &zero, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_range_incl(group, 1, NULL, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_range_excl(group, -1, range, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_free(NULL), MPI_ERR_ARG);
    CHECK(made == MPI_GROUP_EMPTY);
}

static void check_group_ranks(MPI_Group group)
{
    const int size = mpitest_size, negative = -1, twice[] = {0, 0};
    int no_stride[][3] = {{0, 0, 0}}, away[][3] = {{0, -1, 1}}, outside[][3] = {{0, size, 1}};
    int overlapping[][3] = {{0, 0, 1}, {0, 0, 1}}, far[][3] = {{0, 2147483647, 2147483647}};
    MPI_Group made = MPI_GROUP_EMPTY;
    int found = 77;

    EXPECT_CLASS(MPI_Group_translate_ranks(group, 1, &size, group, &found), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_translate_ranks(group, 1, &negative, group, &found), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_translate_ranks(MPI_GROUP_EMPTY, 1, &negative, group, &found),
                 MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_incl(group, 1, &size, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_incl(group, 1, &negative, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_incl(group, 2, twice, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_incl(MPI_GROUP_EMPTY, 1, twice, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_excl(group, 1, &size, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_excl(group, 2, twice, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_range_incl(group, 1, no_stride, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_range_incl(group, 1, away, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_range_incl(group, 1, outside, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_range_incl(group, 2, overlapping, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_range_incl(group, 1, far, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Group_range_excl(group, 1, no_stride, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Group_range_excl(group, 1, outside, &made), MPI_ERR_RANK);
    CHECK_EQ(found, 77);
    CHECK(made == MPI_GROUP_EMPTY);
}

/* Two handles to one group: the second MPI_Group_free of a copied handle is refused. */
static void check_double_free(void)
{
    MPI_Group group, copy;
    MPI_Comm comm, comm_copy;
    int size = -1;

    MPI_Comm_group(MPI_COMM_WORLD, &group);
    copy = group;
    EXPECT_CLASS(MPI_Group_free(&group), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Group_free(&copy), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Comm_size(MPI_COMM_WORLD, &size), MPI_SUCCESS);
    CHECK_EQ(size, mpitest_size);

    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    comm_copy = comm;
    EXPECT_CLASS(MPI_Comm_free(&comm), MPI_SUCCESS);
    EXPECT_CLASS(MPI_Comm_free(&comm_copy), MPI_ERR_COMM);
}

int main(int argc, char **argv)
{
    MPI_Group group;

    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    make_bad_handles();
    MPI_Comm_group(MPI_COMM_WORLD, &group);
    for (int i = 0; i < BAD_COUNT; i++) {
        check_bad_comm(bad_comms[i]);
        check_bad_group(bad_groups[i], group);
    }
    check_comm_arguments();
    check_group_pointers(group);
    check_group_ranks(group);
    MPI_Group_free(&group);
    check_double_free();
    return mpitest_finish();
}
