/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups: selections, ranges, sets, translation, comparison, and the life of handles. The results
 * are written out for a world of eight. */
/* matrix: np=1,8 copy=chunk engine=uring rings=default */
#include "../lib/mpitest.h"

enum { EVERY = 64 };

static MPI_Group world_group;

/* Checks the members of a group by their ranks in the world, and frees it. */
static void expect_members(int line, MPI_Group group, int count, const int *expected)
{
    int members[EVERY], ranks[EVERY], size, rank, expected_rank = MPI_UNDEFINED;

    MPI_Group_size(group, &size);
    MPI_Group_rank(group, &rank);
    if (size != count) {
        mpitest_fail(__FILE__, line, "the group has %d members, expected %d", size, count);
    }
    for (int i = 0; i < size; i++) {
        ranks[i] = i;
    }
    MPI_Group_translate_ranks(group, size, ranks, world_group, members);
    for (int i = 0; i < size && i < count; i++) {
        if (members[i] != expected[i]) {
            mpitest_fail(__FILE__, line, "member %d is %d, expected %d", i, members[i],
                         expected[i]);
        }
        if (expected[i] == mpitest_rank) {
            expected_rank = i;
        }
    }
    if (rank != expected_rank) {
        mpitest_fail(__FILE__, line, "the rank is %d, expected %d", rank, expected_rank);
    }
    if (count == 0) {
        CHECK(group == MPI_GROUP_EMPTY);
    }
    MPI_Group_free(&group);
    CHECK(group == MPI_GROUP_NULL);
}

#define EXPECT_MEMBERS(group, ...)                                                                 \
    expect_members(__LINE__, (group), (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)),           \
                   (int[]){__VA_ARGS__})

#define EXPECT_EMPTY(group) expect_members(__LINE__, (group), 0, NULL)

static MPI_Group incl(MPI_Group group, int n, const int *ranks)
{
    MPI_Group made = MPI_GROUP_NULL;
    MPI_Group_incl(group, n, ranks, &made);
    return made;
}

static MPI_Group excl(MPI_Group group, int n, const int *ranks)
{
    MPI_Group made = MPI_GROUP_NULL;
    MPI_Group_excl(group, n, ranks, &made);
    return made;
}

static void check_selections(void)
{
    const int some[] = {6, 0, 3}, all[] = {0, 1, 2, 3, 4, 5, 6, 7};

    EXPECT_MEMBERS(incl(world_group, 3, some), 6, 0, 3);
    EXPECT_MEMBERS(excl(world_group, 3, some), 1, 2, 4, 5, 7);
    EXPECT_MEMBERS(excl(world_group, 0, NULL), 0, 1, 2, 3, 4, 5, 6, 7);
    EXPECT_EMPTY(incl(world_group, 0, NULL));
    EXPECT_EMPTY(excl(world_group, 8, all));
    EXPECT_EMPTY(incl(MPI_GROUP_EMPTY, 0, NULL));
    EXPECT_EMPTY(excl(MPI_GROUP_EMPTY, 0, NULL));

    // A selection from a selection.
    MPI_Group part = incl(world_group, 3, some);
    const int last_first[] = {2, 0};
    EXPECT_MEMBERS(incl(part, 2, last_first), 3, 6);
    EXPECT_MEMBERS(excl(part, 2, last_first), 0);
    MPI_Group_free(&part);
}

static MPI_Group range_incl(int n, int ranges[][3])
{
    MPI_Group made = MPI_GROUP_NULL;
    MPI_Group_range_incl(world_group, n, ranges, &made);
    return made;
}

static MPI_Group range_excl(int n, int ranges[][3])
{
    MPI_Group made = MPI_GROUP_NULL;
    MPI_Group_range_excl(world_group, n, ranges, &made);
    return made;
}

static void check_ranges(void)
{
    int up[][3] = {{1, 6, 2}}, down[][3] = {{7, 0, -3}}, one[][3] = {{4, 4, 5}};
    int several[][3] = {{6, 7, 1}, {5, 1, -4}, {2, 3, 100}}, all[][3] = {{0, 7, 1}};

    EXPECT_MEMBERS(range_incl(1, up), 1, 3, 5);
    EXPECT_MEMBERS(range_incl(1, down), 7, 4, 1);
    EXPECT_MEMBERS(range_incl(1, one), 4);
    EXPECT_MEMBERS(range_incl(3, several), 6, 7, 5, 1, 2);
    EXPECT_MEMBERS(range_incl(1, all), 0, 1, 2, 3, 4, 5, 6, 7);
    EXPECT_EMPTY(range_incl(0, NULL));
    EXPECT_MEMBERS(range_excl(1, up), 0, 2, 4, 6, 7);
    EXPECT_MEMBERS(range_excl(1, down), 0, 2, 3, 5, 6);
    EXPECT_MEMBERS(range_excl(3, several), 0, 3, 4);
    EXPECT_EMPTY(range_excl(1, all));
    EXPECT_MEMBERS(range_excl(0, NULL), 0, 1, 2, 3, 4, 5, 6, 7);
}

static void check_sets(void)
{
    const int left_ranks[] = {5, 1, 3, 0}, right_ranks[] = {3, 7, 5, 2};
    MPI_Group left = incl(world_group, 4, left_ranks), right = incl(world_group, 4, right_ranks);
    MPI_Group made;

    MPI_Group_union(left, right, &made);
    EXPECT_MEMBERS(made, 5, 1, 3, 0, 7, 2);
    MPI_Group_intersection(left, right, &made);
    EXPECT_MEMBERS(made, 5, 3);
    MPI_Group_difference(left, right, &made);
    EXPECT_MEMBERS(made, 1, 0);
    MPI_Group_union(left, MPI_GROUP_EMPTY, &made);
    EXPECT_MEMBERS(made, 5, 1, 3, 0);
    MPI_Group_intersection(left, MPI_GROUP_EMPTY, &made);
    EXPECT_EMPTY(made);
    MPI_Group_difference(left, left, &made);
    EXPECT_EMPTY(made);
    MPI_Group_free(&left);
    MPI_Group_free(&right);
}

static void expect_compare(int line, MPI_Group left, MPI_Group right, int expected)
{
    int result = -1;

    MPI_Group_compare(left, right, &result);
    if (result != expected) {
        mpitest_fail(__FILE__, line, "the comparison gives %d, expected %d", result, expected);
    }
}

static void check_comparison(void)
{
    const int ranks[] = {1, 2, 3}, turned[] = {3, 2, 1}, others[] = {1, 2, 4};
    MPI_Group group = incl(world_group, 3, ranks), same = incl(world_group, 3, ranks);
    MPI_Group similar = incl(world_group, 3, turned), other = incl(world_group, 3, others);

    expect_compare(__LINE__, group, group, MPI_IDENT);
    expect_compare(__LINE__, group, same, MPI_IDENT);
    expect_compare(__LINE__, group, similar, MPI_SIMILAR);
    expect_compare(__LINE__, group, other, MPI_UNEQUAL);
    expect_compare(__LINE__, group, MPI_GROUP_EMPTY, MPI_UNEQUAL);
    expect_compare(__LINE__, MPI_GROUP_EMPTY, MPI_GROUP_EMPTY, MPI_IDENT);
    MPI_Group_free(&group);
    MPI_Group_free(&same);
    MPI_Group_free(&similar);
    MPI_Group_free(&other);
}

static void check_translation(void)
{
    const int ranks[] = {6, 2, 5}, asked[] = {1, MPI_PROC_NULL, 0, 2, 1};
    const int in_world[] = {2, MPI_PROC_NULL, 6, 5, 2};
    const int world_asked[] = {5, 0, 2, 7, MPI_PROC_NULL};
    const int in_part[] = {2, MPI_UNDEFINED, 1, MPI_UNDEFINED, MPI_PROC_NULL};
    MPI_Group part = incl(world_group, 3, ranks);
    int found[5];

    MPI_Group_translate_ranks(part, 5, asked, world_group, found);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(found[i], in_world[i]);
    }
    MPI_Group_translate_ranks(world_group, 5, world_asked, part, found);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(found[i], in_part[i]);
    }
    MPI_Group_translate_ranks(world_group, 1, world_asked, MPI_GROUP_EMPTY, found);
    CHECK_EQ(found[0], MPI_UNDEFINED);
    MPI_Group_translate_ranks(world_group, 0, NULL, part, NULL);
    MPI_Group_free(&part);
}

/* The group of a communicator outlives it, and handles are freed one by one. */
static void check_life(void)
{
    MPI_Group first, second;
    MPI_Comm copy;
    int size = -1;

    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    MPI_Comm_group(copy, &first);
    MPI_Comm_group(copy, &second);
    MPI_Comm_free(&copy);
    MPI_Group_free(&first);
    MPI_Group_size(second, &size);
    CHECK_EQ(size, mpitest_size);
    MPI_Group_free(&second);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_life();
    if (mpitest_size < 8) {
        return mpitest_finish();
    }
    int ranks[][3] = {{0, 7, 1}};
    MPI_Group everybody;
    MPI_Comm_group(MPI_COMM_WORLD, &everybody);
    MPI_Group_range_incl(everybody, 1, ranks, &world_group);
    MPI_Group_free(&everybody);
    check_selections();
    check_ranges();
    check_sets();
    check_comparison();
    check_translation();
    MPI_Group_free(&world_group);
    return mpitest_finish();
}
