/* SPDX-License-Identifier: BSD-3-Clause */
/* Intercommunicators: making them, messages between the groups, copies, parts and mergers. */
/* matrix: copy=chunk,cma,direct rings=default,tiny */
#include "../lib/mpitest.h"

enum { RANKS_MAX = 64, ROUNDS = 12, LONG_BYTES = 200000 };

/* Two groups of ranks of MPI_COMM_WORLD, and which of them this rank is in. */
struct sides {
    int counts[2];
    int ranks[2][RANKS_MAX];
    int mine;
};

/* By ascending rank. Both have someone, some ranks may be in none; the same in every rank. */
static struct sides draw_sides(bool all_take_part)
{
    struct sides sides = {.mine = MPI_UNDEFINED};
    int first = (int)mpitest_random_below((uint64_t)mpitest_size);

    for (int rank = 0; rank < mpitest_size; rank++) {
        int drawn = (int)mpitest_random_below(all_take_part ? 2 : 3);
        int side = rank == first ? 0 : rank == (first + 1) % mpitest_size ? 1 : drawn;
        if (side < 2) {
            sides.ranks[side][sides.counts[side]++] = rank;
            sides.mine = rank == mpitest_rank ? side : sides.mine;
        }
    }
    return sides;
}

/* `inter` joins the calling rank's side with the other one; messages find their way. */
static void check_inter(MPI_Comm inter, const struct sides *sides)
{
    int flag, size, remote_size, rank, world_rank;
    const int *ours = sides->ranks[sides->mine], *theirs = sides->ranks[1 - sides->mine];
    MPI_Group world, remote;

    MPI_Comm_test_inter(inter, &flag);
    CHECK_EQ(flag, 1);
    MPI_Comm_size(inter, &size);
    CHECK_EQ(size, sides->counts[sides->mine]);
    MPI_Comm_rank(inter, &rank);
    CHECK_EQ(ours[rank], mpitest_rank);
    MPI_Comm_remote_size(inter, &remote_size);
    CHECK_EQ(remote_size, sides->counts[1 - sides->mine]);
    MPI_Comm_group(MPI_COMM_WORLD, &world);
    MPI_Comm_remote_group(inter, &remote);
    for (int i = 0; i < remote_size; i++) {
        MPI_Group_translate_ranks(remote, 1, &i, world, &world_rank);
        CHECK_EQ(world_rank, theirs[i]);
    }
    MPI_Group_free(&world);
    MPI_Group_free(&remote);
    for (int i = 0; i < remote_size; i++) {
        int from = -1;
        MPI_Status status;
        MPI_Sendrecv(&mpitest_rank, 1, MPI_INT, i, 5, &from, 1, MPI_INT, i, 5, inter, &status);
        CHECK_EQ(from, theirs[i]);
        CHECK_EQ(status.MPI_SOURCE, i);
    }
}

/* Any source, and a message that takes the long way. */
static void check_wildcards(MPI_Comm inter, const struct sides *sides)
{
    const int *theirs = sides->ranks[1 - sides->mine];
    int remote_size, count;
    unsigned char *out = mpitest_malloc(LONG_BYTES), *in = mpitest_malloc(LONG_BYTES);
    MPI_Request requests[RANKS_MAX];
    MPI_Status status;

    MPI_Comm_remote_size(inter, &remote_size);
    mpitest_fill(out, LONG_BYTES, (uint64_t)mpitest_rank);
    for (int i = 0; i < remote_size; i++) {
        MPI_Isend(out, LONG_BYTES, MPI_BYTE, i, 9, inter, &requests[i]);
    }
    for (int i = 0; i < remote_size; i++) {
        MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, inter, &status);
        MPI_Recv(in, LONG_BYTES, MPI_BYTE, status.MPI_SOURCE, MPI_ANY_TAG, inter, &status);
        MPI_Get_count(&status, MPI_BYTE, &count);
        CHECK_EQ(count, LONG_BYTES);
        CHECK_EQ(status.MPI_TAG, 9);
        CHECK_PATTERN(in, LONG_BYTES, (uint64_t)theirs[status.MPI_SOURCE]);
    }
    MPI_Waitall(remote_size, requests, MPI_STATUSES_IGNORE);
    free(out);
    free(in);
}

static void check_merge(MPI_Comm inter, const struct sides *sides, int highs[2])
{
    int rank, size, sum = 0, expected = 0, low = highs[0] <= highs[1] ? 0 : 1;
    MPI_Comm merged;

    MPI_Intercomm_merge(inter, highs[sides->mine], &merged);
    MPI_Comm_rank(merged, &rank);
    MPI_Comm_size(merged, &size);
    CHECK_EQ(size, sides->counts[0] + sides->counts[1]);
    if (highs[0] != highs[1]) {
        int first = sides->counts[low];
        int found = rank < first ? sides->ranks[low][rank] : sides->ranks[1 - low][rank - first];
        CHECK_EQ(found, mpitest_rank);
    }
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, merged);
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < sides->counts[side]; i++) {
            expected += sides->ranks[side][i];
        }
    }
    CHECK_EQ(sum, expected);
    MPI_Comm_free(&merged);
}

static void check_copies(MPI_Comm inter, MPI_Comm local, const struct sides *sides)
{
    MPI_Comm copy;
    int result;

    MPI_Comm_dup(inter, &copy);
    MPI_Comm_compare(inter, copy, &result);
    CHECK_EQ(result, MPI_CONGRUENT);
    MPI_Comm_compare(inter, inter, &result);
    CHECK_EQ(result, MPI_IDENT);
    MPI_Comm_compare(inter, local, &result);
    CHECK_EQ(result, MPI_UNEQUAL);
    check_inter(copy, sides);
    MPI_Comm_free(&copy);
}

/* By color, ordered by falling rank; a color that one side alone has makes nothing. */
static void check_split(MPI_Comm inter, const struct sides *sides)
{
    int colors[RANKS_MAX];
    struct sides expected = {.mine = sides->mine};
    MPI_Comm part = MPI_COMM_SELF;
    int rank;

    for (int i = 0; i < mpitest_size; i++) {
        int drawn = (int)mpitest_random_below(4);
        colors[i] = drawn == 3 ? MPI_UNDEFINED : 10 * drawn;
    }
    int mine = colors[mpitest_rank];
    for (int side = 0; side < 2; side++) {
        for (int i = sides->counts[side] - 1; i >= 0; i--) {
            if (colors[sides->ranks[side][i]] == mine) {
                expected.ranks[side][expected.counts[side]++] = sides->ranks[side][i];
            }
        }
    }
    MPI_Comm_rank(inter, &rank);
    MPI_Comm_split(inter, mine, -rank, &part);
    if (mine == MPI_UNDEFINED || expected.counts[1 - sides->mine] == 0) {
        CHECK(part == MPI_COMM_NULL);
        return;
    }
    check_inter(part, &expected);
    MPI_Comm_free(&part);
}

/* The first few of each side, turned around; none at all of one side makes nothing. */
static void check_create(MPI_Comm inter, const struct sides *sides)
{
    struct sides expected = {.mine = sides->mine};
    int ranks[RANKS_MAX], mine = sides->mine, rank;
    MPI_Group group, part;
    MPI_Comm comm = MPI_COMM_SELF;

    for (int side = 0; side < 2; side++) {
        int count = (int)mpitest_random_below((uint64_t)sides->counts[side] + 1);
        for (int i = 0; i < count; i++) {
            expected.ranks[side][i] = sides->ranks[side][count - 1 - i];
        }
        expected.counts[side] = count;
    }
    for (int i = 0; i < expected.counts[mine]; i++) {
        ranks[i] = expected.counts[mine] - 1 - i;
    }
    MPI_Comm_group(inter, &group);
    MPI_Group_incl(group, expected.counts[mine], ranks, &part);
    MPI_Comm_create(inter, part, &comm);
    MPI_Comm_rank(inter, &rank);
    if (expected.counts[1 - mine] == 0 || rank >= expected.counts[mine]) {
        CHECK(comm == MPI_COMM_NULL);
    } else {
        check_inter(comm, &expected);
        MPI_Comm_free(&comm);
    }
    MPI_Group_free(&group);
    MPI_Group_free(&part);
}

/* On one machine all share memory: the part is the whole, both groups turned around. */
static void check_split_type(MPI_Comm inter, const struct sides *sides)
{
    struct sides turned = *sides;
    MPI_Comm part = MPI_COMM_SELF;
    int rank, kind;

    for (int side = 0; side < 2; side++) {
        int count = sides->counts[side];
        for (int i = 0; i < count; i++) {
            turned.ranks[side][i] = sides->ranks[side][count - 1 - i];
        }
    }
    MPI_Comm_rank(inter, &rank);
    MPI_Comm_split_type(inter, MPI_COMM_TYPE_SHARED, -rank, MPI_INFO_NULL, &part);
    check_inter(part, &turned);
    MPI_Topo_test(part, &kind);
    CHECK_EQ(kind, MPI_UNDEFINED);
    MPI_Comm_free(&part);
    MPI_Comm_split_type(inter, MPI_UNDEFINED, 0, MPI_INFO_NULL, &part);
    CHECK(part == MPI_COMM_NULL);
}

static void check_round(int round)
{
    struct sides sides = draw_sides(round % 2 == 0);
    int leaders[2], highs[2] = {round & 1, round >> 1 & 1};
    MPI_Comm local, inter;

    for (int side = 0; side < 2; side++) {
        leaders[side] = (int)mpitest_random_below((uint64_t)sides.counts[side]);
    }
    MPI_Comm_split(MPI_COMM_WORLD, sides.mine, 0, &local);
    if (sides.mine == MPI_UNDEFINED) {
        // The others' random numbers are not needed here: each round starts anew.
        return;
    }
    int other = 1 - sides.mine;
    MPI_Intercomm_create(local, leaders[sides.mine], MPI_COMM_WORLD,
                         sides.ranks[other][leaders[other]], 3, &inter);
    check_inter(inter, &sides);
    check_wildcards(inter, &sides);
    check_copies(inter, local, &sides);
    check_split(inter, &sides);
    check_split_type(inter, &sides);
    check_create(inter, &sides);
    check_merge(inter, &sides, highs);
    MPI_Comm_free(&local);
    check_inter(inter, &sides);
    MPI_Comm_free(&inter);
}

/* Made with the peer's context in use by messages of the same tag. */
static void check_beside_messages(void)
{
    int from = -1, other = mpitest_rank ^ 1;
    MPI_Request request;
    MPI_Comm inter;

    if (other >= mpitest_size) {
        return;
    }
    MPI_Irecv(&from, 1, MPI_INT, other, 3, MPI_COMM_WORLD, &request);
    MPI_Intercomm_create(MPI_COMM_SELF, 0, MPI_COMM_WORLD, other, 3, &inter);
    MPI_Send(&mpitest_rank, 1, MPI_INT, other, 3, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK_EQ(from, other);
    MPI_Comm_free(&inter);
}

static void check_errors(void)
{
    MPI_Comm inter, made = MPI_COMM_SELF;
    MPI_Group group = MPI_GROUP_EMPTY;
    int number = 77, other = mpitest_rank ^ 1, many = mpitest_size;

    EXPECT_CLASS(MPI_Comm_remote_size(MPI_COMM_NULL, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_remote_size(MPI_COMM_WORLD, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_remote_group(MPI_COMM_NULL, &group), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_remote_group(MPI_COMM_WORLD, &group), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Intercomm_merge(MPI_COMM_NULL, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Intercomm_merge(MPI_COMM_WORLD, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Intercomm_create(MPI_COMM_NULL, 0, MPI_COMM_WORLD, 0, 1, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Intercomm_create(MPI_COMM_SELF, 1, MPI_COMM_WORLD, 0, 1, &made), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Intercomm_create(MPI_COMM_SELF, 0, MPI_COMM_NULL, 0, 1, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Intercomm_create(MPI_COMM_SELF, 0, MPI_COMM_WORLD, many, 1, &made),
                 MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Intercomm_create(MPI_COMM_SELF, 0, MPI_COMM_WORLD, 0, -1, &made), MPI_ERR_TAG);
    EXPECT_CLASS(MPI_Intercomm_create(MPI_COMM_SELF, 0, MPI_COMM_WORLD, 0, 1, NULL), MPI_ERR_ARG);
    // A group with itself.
    EXPECT_CLASS(MPI_Intercomm_create(MPI_COMM_SELF, 0, MPI_COMM_WORLD, mpitest_rank, 1, &made),
                 MPI_ERR_COMM);
    if (other >= mpitest_size) {
        return;
    }
    MPI_Intercomm_create(MPI_COMM_SELF, 0, MPI_COMM_WORLD, other, 1, &inter);
    MPI_Comm_set_errhandler(inter, MPI_ERRORS_RETURN);
    EXPECT_CLASS(MPI_Send(&number, 1, MPI_INT, 1, 0, inter), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Recv(&number, 1, MPI_INT, 1, 0, inter, MPI_STATUS_IGNORE), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Comm_remote_size(inter, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_remote_group(inter, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Intercomm_merge(inter, 0, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Intercomm_create(inter, 0, MPI_COMM_WORLD, 0, 1, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_create_group(inter, MPI_GROUP_EMPTY, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_create(inter, 0, NULL, NULL, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Graph_create(inter, 0, NULL, NULL, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_get(inter, 0, NULL, NULL, NULL), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Neighbor_alltoall(NULL, 0, MPI_INT, NULL, 0, MPI_INT, inter), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Scan(&number, &many, 1, MPI_INT, MPI_SUM, inter), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Exscan(&number, &many, 1, MPI_INT, MPI_SUM, inter), MPI_ERR_COMM);
    MPI_Comm_free(&inter);
    CHECK(made == MPI_COMM_SELF);
    CHECK_EQ(number, 77);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > RANKS_MAX) {
        return mpitest_skip("made for at most 64 ranks");
    }
    for (int round = 0; round < ROUNDS && mpitest_size > 1; round++) {
        mpitest_random_restart((uint64_t)round);
        check_round(round);
        check_beside_messages();
    }
    mpitest_return_errors();
    check_errors();
    return mpitest_finish();
}
