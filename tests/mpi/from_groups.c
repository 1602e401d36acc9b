/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators and intercommunicators made from groups without a parent, under strings. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny */
#include "tests/lib/flattest.h"

enum { RANKS_MAX = 64, ROUNDS = 10, CYCLES = 2000 };

static MPI_Group world;

/* The ranks of the world that are `side` modulo 2, the last one first. */
static MPI_Group make_side(int side)
{
    int ranks[RANKS_MAX], count = 0;
    MPI_Group group;

    for (int rank = mpitest_size - 1; rank >= 0; rank--) {
        if (rank % 2 == side) {
            ranks[count++] = rank;
        }
    }
    MPI_Group_incl(world, count, ranks, &group);
    return group;
}

static int sum_of_side(int side)
{
    int sum = 0;
    for (int rank = side; rank < mpitest_size; rank += 2) {
        sum += rank;
    }
    return sum;
}

static int make(MPI_Group group, const char *tag, MPI_Comm *comm)
{
    return MPI_Comm_create_from_group(group, tag, MPI_INFO_NULL, MPI_ERRORS_RETURN, comm);
}

static void check_group(MPI_Group group)
{
    MPI_Comm comm = MPI_COMM_SELF, other;
    MPI_Errhandler handler;
    MPI_Group made;
    int result, sum;

    EXPECT_CLASS(make(group, "some://name", &comm), MPI_SUCCESS);
    EXPECT_CLASS(make(group, "", &other), MPI_SUCCESS);
    MPI_Comm_group(comm, &made);
    MPI_Group_compare(group, made, &result);
    CHECK_EQ(result, MPI_IDENT);
    MPI_Group_free(&made);
    MPI_Comm_get_errhandler(comm, &handler);
    CHECK(handler == MPI_ERRORS_RETURN);
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, comm);
    CHECK_EQ(sum, sum_of_side(mpitest_rank % 2));
    MPI_Comm_free(&comm);
    MPI_Comm_free(&other);
}

static MPI_Group sides[2];

/* Each leader is drawn anew; only leaders know the other group. */
static MPI_Comm make_inter(int round)
{
    int side = mpitest_rank % 2, sizes[2], rank, leaders[2];
    MPI_Comm inter = MPI_COMM_SELF;

    for (int i = 0; i < 2; i++) {
        MPI_Group_size(sides[i], &sizes[i]);
        leaders[i] = (round + i) % sizes[i];
    }
    MPI_Group_rank(sides[side], &rank);
    bool leads = rank == leaders[side];
    EXPECT_CLASS(MPI_Intercomm_create_from_groups(sides[side], leaders[side],
                                                  leads ? sides[1 - side] : MPI_GROUP_NULL,
                                                  leads ? leaders[1 - side] : -1, "pair",
                                                  MPI_INFO_NULL, MPI_ERRORS_RETURN, &inter),
                 MPI_SUCCESS);
    return inter;
}

static void cycle(int index)
{
    MPI_Comm inter = make_inter(index);
    MPI_Comm_free(&inter);
}

static void check_inter(int round)
{
    int sum = -1, flag, result;
    MPI_Comm inter = make_inter(round);
    MPI_Errhandler handler;
    MPI_Group remote;

    MPI_Comm_test_inter(inter, &flag);
    CHECK_EQ(flag, 1);
    MPI_Comm_remote_group(inter, &remote);
    MPI_Group_compare(remote, sides[1 - mpitest_rank % 2], &result);
    CHECK_EQ(result, MPI_IDENT);
    MPI_Group_free(&remote);
    MPI_Comm_get_errhandler(inter, &handler);
    CHECK(handler == MPI_ERRORS_RETURN);
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, inter);
    CHECK_EQ(sum, sum_of_side(1 - mpitest_rank % 2));
    MPI_Comm_free(&inter);
}

static void check_empty_inter(MPI_Group local, MPI_Group remote)
{
    MPI_Comm made = MPI_COMM_SELF;

    EXPECT_CLASS(MPI_Intercomm_create_from_groups(local, 0, remote, 0, "none", MPI_INFO_NULL,
                                                  MPI_ERRORS_RETURN, &made),
                 MPI_SUCCESS);
    CHECK(made == MPI_COMM_NULL);
}

/* There is no intercommunicator with an empty group, and nobody to wait for. */
static void check_empty(void)
{
    MPI_Group own = sides[mpitest_rank % 2];
    int rank;

    MPI_Group_rank(own, &rank);
    check_empty_inter(MPI_GROUP_EMPTY, own);
    check_empty_inter(MPI_GROUP_EMPTY, MPI_GROUP_EMPTY);
    check_empty_inter(own, MPI_GROUP_EMPTY);
    check_empty_inter(own, rank == 0 ? MPI_GROUP_EMPTY : MPI_GROUP_NULL);
}

static void check_errors(void)
{
    static char longest[MPI_MAX_STRINGTAG_LEN + 1];
    MPI_Comm made = MPI_COMM_SELF;
    MPI_Group own = sides[mpitest_rank % 2];

    memset(longest, 'x', MPI_MAX_STRINGTAG_LEN);
    EXPECT_CLASS(make(MPI_GROUP_NULL, "x", &made), MPI_ERR_GROUP);
    EXPECT_CLASS(make(own, NULL, &made), MPI_ERR_ARG);
    EXPECT_CLASS(make(own, longest, &made), MPI_ERR_ARG);
    EXPECT_CLASS(make(own, "x", NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_create_from_group(own, "x", MPI_INFO_NULL, MPI_ERRHANDLER_NULL, &made),
                 MPI_ERR_ERRHANDLER);
    EXPECT_CLASS(MPI_Intercomm_create_from_groups(MPI_GROUP_NULL, 0, own, 0, "x", MPI_INFO_NULL,
                                                  MPI_ERRORS_RETURN, &made),
                 MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Intercomm_create_from_groups(own, -1, own, 0, "x", MPI_INFO_NULL,
                                                  MPI_ERRORS_RETURN, &made),
                 MPI_ERR_RANK);
    CHECK(made == MPI_COMM_SELF);
    EXPECT_CLASS(make(MPI_GROUP_EMPTY, "x", &made), MPI_SUCCESS);
    CHECK(made == MPI_COMM_NULL);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > RANKS_MAX) {
        return mpitest_skip("made for at most 64 ranks");
    }
    mpitest_return_errors();
    MPI_Comm_group(MPI_COMM_WORLD, &world);
    sides[0] = make_side(0);
    sides[1] = make_side(1);
    check_group(sides[mpitest_rank % 2]);
    for (int round = 0; round < ROUNDS && mpitest_size > 1; round++) {
        check_inter(round);
    }
    if (mpitest_size > 1) {
        flattest_check(cycle, CYCLES);
    }
    check_empty();
    check_errors();
    MPI_Group_free(&sides[0]);
    MPI_Group_free(&sides[1]);
    MPI_Group_free(&world);
    return mpitest_finish();
}
