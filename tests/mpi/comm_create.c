/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators made from groups: by all members of the parent, or by the group's alone. */
/* matrix: copy=chunk engine=uring rings=default,tiny */
#include <pthread.h>

#include "../lib/mpitest.h"

enum { RANKS_MAX = 64, ROUNDS = 40, THREADS = 4, CYCLES = 50 };

/* A random arrangement of the first ranks, the same in every rank. */
static void shuffle(int ranks[], int count)
{
    for (int i = 0; i < count; i++) {
        int at = (int)mpitest_random_below((uint64_t)i + 1);
        ranks[i] = ranks[at];
        ranks[at] = i;
    }
}

static MPI_Group group_of(MPI_Comm comm, int count, const int ranks[])
{
    MPI_Group all, some;
    MPI_Comm_group(comm, &all);
    MPI_Group_incl(all, count, ranks, &some);
    MPI_Group_free(&all);
    return some;
}

/* `comm` has these members, in this order, and can be used. */
static void check_members(MPI_Comm comm, int count, const int ranks[])
{
    int rank, size, from = -1, sum = 0, expected = 0;

    CHECK(comm != MPI_COMM_NULL);
    if (comm == MPI_COMM_NULL) {
        return;
    }
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    CHECK_EQ(size, count);
    CHECK_EQ(ranks[rank], mpitest_rank);
    MPI_Sendrecv(&mpitest_rank, 1, MPI_INT, (rank + 1) % size, 3, &from, 1, MPI_INT,
                 (rank + size - 1) % size, 3, comm, MPI_STATUS_IGNORE);
    CHECK_EQ(from, ranks[(rank + size - 1) % size]);
    for (int i = 0; i < count; i++) {
        expected += ranks[i];
    }
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, comm);
    CHECK_EQ(sum, expected);
}

static bool is_among(int count, const int ranks[])
{
    for (int i = 0; i < count; i++) {
        if (ranks[i] == mpitest_rank) {
            return true;
        }
    }
    return false;
}

/* One group, which everybody names; the rest gets nothing. */
static void check_one_group(void)
{
    int ranks[RANKS_MAX];
    int count = (int)mpitest_random_below((uint64_t)mpitest_size + 1);
    MPI_Comm comm = MPI_COMM_SELF;

    shuffle(ranks, mpitest_size);
    MPI_Group group = group_of(MPI_COMM_WORLD, count, ranks);
    MPI_Comm_create(MPI_COMM_WORLD, group, &comm);
    MPI_Group_free(&group);
    if (is_among(count, ranks)) {
        check_members(comm, count, ranks);
        MPI_Comm_free(&comm);
    }
    CHECK(comm == MPI_COMM_NULL);
}

/* Cuts the shuffled ranks into groups; each rank names its own. */
static void check_many_groups(bool by_members_alone)
{
    int ranks[RANKS_MAX], first = 0, count = 0;
    MPI_Comm comm;

    shuffle(ranks, mpitest_size);
    for (int begin = 0, length; begin < mpitest_size; begin += length) {
        length = 1 + (int)mpitest_random_below((uint64_t)(mpitest_size - begin));
        if (is_among(length, ranks + begin)) {
            first = begin;
            count = length;
        }
    }
    MPI_Group group = group_of(MPI_COMM_WORLD, count, ranks + first);
    if (by_members_alone) {
        MPI_Comm_create_group(MPI_COMM_WORLD, group, 0, &comm);
    } else {
        MPI_Comm_create(MPI_COMM_WORLD, group, &comm);
    }
    MPI_Group_free(&group);
    check_members(comm, count, ranks + first);
    MPI_Comm_free(&comm);
    MPI_Barrier(MPI_COMM_WORLD);
}

/* The others do something else meanwhile, with the same tag, and on the same ranks. */
static void check_beside_messages(void)
{
    int ranks[RANKS_MAX], count = (mpitest_size + 1) / 2, from = -1;
    MPI_Request request;
    MPI_Comm comm;

    for (int i = 0; i < count; i++) {
        ranks[i] = 2 * i;
    }
    int left = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    MPI_Irecv(&from, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &request);
    if (mpitest_rank % 2 == 0) {
        MPI_Group group = group_of(MPI_COMM_WORLD, count, ranks);
        MPI_Comm_create_group(MPI_COMM_WORLD, group, 7, &comm);
        MPI_Group_free(&group);
        check_members(comm, count, ranks);
        MPI_Comm_free(&comm);
    }
    MPI_Send(&mpitest_rank, 1, MPI_INT, (mpitest_rank + 1) % mpitest_size, 7, MPI_COMM_WORLD);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK_EQ(from, left);
}

static void check_empty(void)
{
    MPI_Comm comm = MPI_COMM_SELF;

    MPI_Comm_create(MPI_COMM_WORLD, MPI_GROUP_EMPTY, &comm);
    CHECK(comm == MPI_COMM_NULL);
    comm = MPI_COMM_SELF;
    MPI_Comm_create_group(MPI_COMM_WORLD, MPI_GROUP_EMPTY, 0, &comm);
    CHECK(comm == MPI_COMM_NULL);
}

/* Several threads of each rank make communicators of the same ranks at once. */
static void *create_again_and_again(void *argument)
{
    int tag = *(const int *)argument;
    MPI_Group group;

    MPI_Comm_group(MPI_COMM_WORLD, &group);
    for (int i = 0; i < CYCLES; i++) {
        int sum = 0, mine = 1;
        MPI_Comm comm;
        MPI_Comm_create_group(MPI_COMM_WORLD, group, tag, &comm);
        MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, comm);
        CHECK_EQ(sum, mpitest_size);
        MPI_Comm_free(&comm);
    }
    MPI_Group_free(&group);
    return NULL;
}

static void check_threads(void)
{
    pthread_t threads[THREADS];
    int tags[THREADS];

    for (int i = 0; i < THREADS; i++) {
        tags[i] = i;
        pthread_create(&threads[i], NULL, create_again_and_again, &tags[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void check_errors(void)
{
    MPI_Group world, outside;
    MPI_Comm comm = MPI_COMM_SELF;

    MPI_Comm_group(MPI_COMM_WORLD, &world);
    EXPECT_CLASS(MPI_Comm_create(MPI_COMM_NULL, world, &comm), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_create(MPI_COMM_WORLD, MPI_GROUP_NULL, &comm), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Comm_create(MPI_COMM_WORLD, world, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Comm_create_group(MPI_COMM_NULL, world, 0, &comm), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Comm_create_group(MPI_COMM_WORLD, MPI_GROUP_NULL, 0, &comm), MPI_ERR_GROUP);
    EXPECT_CLASS(MPI_Comm_create_group(MPI_COMM_WORLD, world, -1, &comm), MPI_ERR_TAG);
    EXPECT_CLASS(MPI_Comm_create_group(MPI_COMM_WORLD, world, 0, NULL), MPI_ERR_ARG);
    if (mpitest_size > 1) {
        int other = (mpitest_rank + 1) % mpitest_size;
        MPI_Group_incl(world, 1, &other, &outside);
        EXPECT_CLASS(MPI_Comm_create(MPI_COMM_SELF, outside, &comm), MPI_ERR_GROUP);
        EXPECT_CLASS(MPI_Comm_create_group(MPI_COMM_SELF, outside, 0, &comm), MPI_ERR_GROUP);
        MPI_Group_free(&outside);
    }
    CHECK(comm == MPI_COMM_SELF);
    MPI_Group_free(&world);
}

int main(int argc, char **argv)
{
    int provided;

    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    if (mpitest_size > RANKS_MAX) {
        return mpitest_skip("made for at most 64 ranks");
    }
    for (int round = 0; round < ROUNDS; round++) {
        check_one_group();
        check_many_groups(false);
        check_many_groups(true);
        check_beside_messages();
    }
    check_empty();
    if (provided == MPI_THREAD_MULTIPLE) {
        check_threads();
    }
    mpitest_return_errors();
    check_errors();
    return mpitest_finish();
}
