/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Comm_split with random colors and keys against the same done serially, and
 * MPI_Comm_split_type. Every rank draws the choices of all. */
/* matrix: copy=chunk engine=uring rings=default,tiny */
#include "../lib/mpitest.h"

enum { RANKS_MAX = 64, ROUNDS = 60 };

struct choice {
    int color, key;
};

static struct choice choices[RANKS_MAX];

static void draw(void)
{
    int colors = 1 + (int)mpitest_random_below((uint64_t)mpitest_size);
    int keys = 1 + (int)mpitest_random_below(4);

    for (int rank = 0; rank < mpitest_size; rank++) {
        choices[rank].color = mpitest_random_below(6) == 0
                                  ? MPI_UNDEFINED
                                  : 1000 * (int)mpitest_random_below((uint64_t)colors);
        choices[rank].key = (int)mpitest_random_below((uint64_t)keys) - 2;
    }
}

/* The members of my color in the order that they should have, by choosing the next one again and
 * again. Returns how many. */
static int expected_members(int *members)
{
    bool done[RANKS_MAX] = {false};
    int count = 0;

    for (;;) {
        int best = -1;
        for (int rank = 0; rank < mpitest_size; rank++) {
            if (!done[rank] && choices[rank].color == choices[mpitest_rank].color &&
                (best < 0 || choices[rank].key < choices[best].key)) {
                best = rank;
            }
        }
        if (best < 0) {
            return count;
        }
        done[best] = true;
        members[count++] = best;
    }
}

/* Group, rank and size are right, and messages go to the right processes. */
static void check_members(MPI_Comm comm, const int *members, int count)
{
    MPI_Group world_group, group;
    int rank, size, world_rank, from;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    CHECK_EQ(size, count);
    CHECK_EQ(members[rank], mpitest_rank);

    MPI_Comm_group(MPI_COMM_WORLD, &world_group);
    MPI_Comm_group(comm, &group);
    for (int i = 0; i < size; i++) {
        MPI_Group_translate_ranks(group, 1, &i, world_group, &world_rank);
        CHECK_EQ(world_rank, members[i]);
    }
    MPI_Group_free(&group);
    MPI_Group_free(&world_group);

    int left = (rank + size - 1) % size;
    MPI_Sendrecv(&mpitest_rank, 1, MPI_INT, (rank + 1) % size, 3, &from, 1, MPI_INT, left, 3, comm,
                 MPI_STATUS_IGNORE);
    CHECK_EQ(from, members[left]);
}

static void check_split(MPI_Comm parent)
{
    int members[RANKS_MAX];
    MPI_Comm comm;
    struct choice mine;

    draw();
    mine = choices[mpitest_rank];
    MPI_Comm_split(parent, mine.color, mine.key, &comm);
    if (mine.color == MPI_UNDEFINED) {
        CHECK(comm == MPI_COMM_NULL);
        return;
    }
    check_members(comm, members, expected_members(members));
    MPI_Comm_free(&comm);
    CHECK(comm == MPI_COMM_NULL);
}

/* Halves of halves, all alive at once. */
static void check_nested(void)
{
    MPI_Comm levels[RANKS_MAX];
    int depth = 0, size, rank;

    MPI_Comm_dup(MPI_COMM_WORLD, &levels[0]);
    MPI_Comm_size(levels[0], &size);
    while (size > 1) {
        MPI_Comm_rank(levels[depth], &rank);
        MPI_Comm_split(levels[depth], rank < size / 2, -rank, &levels[depth + 1]);
        depth++;
        int upper = size - size / 2;
        size = rank < size / 2 ? size / 2 : upper;
        int now, sum = 0, mine = 1;
        MPI_Comm_size(levels[depth], &now);
        CHECK_EQ(now, size);
        MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, levels[depth]);
        CHECK_EQ(sum, size);
    }
    for (int i = depth; i >= 0; i--) {
        MPI_Comm_free(&levels[i]);
    }
}

static void check_types(void)
{
    const int unguided[] = {MPI_COMM_TYPE_HW_GUIDED, MPI_COMM_TYPE_RESOURCE_GUIDED, MPI_UNDEFINED};
    MPI_Comm comm;
    int result, rank, size;

    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &comm);
    MPI_Comm_compare(comm, MPI_COMM_WORLD, &result);
    CHECK_EQ(result, MPI_CONGRUENT);
    MPI_Comm_free(&comm);

    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, -mpitest_rank, MPI_INFO_NULL, &comm);
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    CHECK_EQ(rank, size - 1 - mpitest_rank);
    MPI_Comm_free(&comm);

    for (int i = 0; i < 3; i++) {
        comm = MPI_COMM_WORLD;
        MPI_Comm_split_type(MPI_COMM_WORLD, unguided[i], 0, MPI_INFO_NULL, &comm);
        CHECK(comm == MPI_COMM_NULL);
    }
    bool wants = mpitest_rank % 2 == 0;
    MPI_Comm_split_type(MPI_COMM_WORLD, wants ? MPI_COMM_TYPE_SHARED : MPI_UNDEFINED, 0,
                        MPI_INFO_NULL, &comm);
    CHECK_EQ(comm != MPI_COMM_NULL, wants);
    if (wants) {
        MPI_Comm_size(comm, &size);
        CHECK_EQ(size, (mpitest_size + 1) / 2);
        MPI_Comm_free(&comm);
    }
}

int main(int argc, char **argv)
{
    MPI_Comm copy;

    mpitest_start(&argc, &argv);
    if (mpitest_size > RANKS_MAX) {
        return mpitest_skip("made for at most 64 ranks");
    }
    MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    for (int round = 0; round < ROUNDS; round++) {
        check_split(round % 2 == 0 ? MPI_COMM_WORLD : copy);
    }
    MPI_Comm_free(&copy);
    check_nested();
    check_types();
    return mpitest_finish();
}
