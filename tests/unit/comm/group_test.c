/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups against sets done the naive way, and the life of their handles. */
#include "comm/group.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shm/job.h"
#include "tests/lib/unit.h"

enum { WORLD = 12, ROUNDS = 20000 };

/* An ordered set as plainly as can be. */
struct naive {
    int count;
    int members[2 * WORLD];
};

static bool naive_has(const struct naive *set, int member)
{
    for (int i = 0; i < set->count; i++) {
        if (set->members[i] == member) {
            return true;
        }
    }
    return false;
}

static bool equals(const struct mpr_group *group, const struct naive *set)
{
    int rank = MPI_UNDEFINED;
    if (group->size != set->count) {
        return false;
    }
    for (int i = 0; i < set->count; i++) {
        if (group->world_ranks[i] != set->members[i]) {
            return false;
        }
        if (set->members[i] == mpr_job.slot) {
            rank = i;
        }
    }
    return group->rank == rank;
}

/* Some of the world in random order, often none and often all of it. */
static struct naive random_set(void)
{
    struct naive set = {0};
    int order[WORLD];
    int count = rand() % (WORLD + 1);

    for (int i = 0; i < WORLD; i++) {
        order[i] = i;
    }
    if (rand() % 2 == 0) {
        for (int i = WORLD - 1; i > 0; i--) {
            int other = rand() % (i + 1), kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
    }
    set.count = count;
    memcpy(set.members, order, (size_t)count * sizeof(order[0]));
    return set;
}

static struct mpr_group *group_of(const struct naive *set)
{
    struct mpr_group *group = mpr_group_make(set->count, set->members);
    CU_ASSERT_PTR_NOT_NULL_FATAL(group);
    CU_ASSERT(equals(group, set));
    return group;
}

/* Checks `made` against what it should be, and drops it. */
static void expect(struct mpr_group *made, const struct naive *set)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    CU_ASSERT(equals(made, set));
    CU_ASSERT((made->size == 0) == (made == mpr_group_find(MPI_GROUP_EMPTY)));
    mpr_group_release(made);
}

static void start(void)
{
    CU_ASSERT_EQUAL(mpr_group_start(), 0);
    mpr_job.slot = 5;
    mpr_job.size = WORLD;
    mpr_job.segment.geometry.rank_count = WORLD;
    srand(1);
}

static void sets_are_those_of_the_naive_way(void)
{
    start();
    for (int round = 0; round < ROUNDS; round++) {
        struct naive a = random_set(), b = random_set();
        struct naive both = {0}, either = a, only_a = {0};
        struct mpr_group *left = group_of(&a), *right = group_of(&b);

        for (int i = 0; i < a.count; i++) {
            struct naive *where = naive_has(&b, a.members[i]) ? &both : &only_a;
            where->members[where->count++] = a.members[i];
        }
        for (int i = 0; i < b.count; i++) {
            if (!naive_has(&a, b.members[i])) {
                either.members[either.count++] = b.members[i];
            }
        }
        expect(mpr_group_intersection(left, right), &both);
        expect(mpr_group_union(left, right), &either);
        expect(mpr_group_difference(left, right), &only_a);
        mpr_group_release(left);
        mpr_group_release(right);
    }
}

static void selections_are_those_of_the_naive_way(void)
{
    start();
    for (int round = 0; round < ROUNDS; round++) {
        struct naive a = random_set(), ranks = random_set(), in = {0}, out = {0};
        struct mpr_group *group = group_of(&a);
        int count = 0;

        for (int i = 0; i < ranks.count; i++) {
            if (ranks.members[i] < a.count) {
                ranks.members[count++] = ranks.members[i];
            }
        }
        ranks.count = count;
        for (int i = 0; i < count; i++) {
            in.members[in.count++] = a.members[ranks.members[i]];
        }
        for (int i = 0; i < a.count; i++) {
            if (!naive_has(&in, a.members[i])) {
                out.members[out.count++] = a.members[i];
            }
        }
        expect(mpr_group_incl(group, count, ranks.members), &in);
        expect(mpr_group_excl(group, count, ranks.members), &out);
        mpr_group_release(group);
    }
}

static void ranks_are_found(void)
{
    start();
    for (int round = 0; round < ROUNDS; round++) {
        struct naive a = random_set();
        struct mpr_group *group = group_of(&a);

        for (int member = 0; member < WORLD; member++) {
            int rank = mpr_group_rank_of(group, member);
            CU_ASSERT_EQUAL(rank != MPI_UNDEFINED, naive_has(&a, member));
            CU_ASSERT(rank == MPI_UNDEFINED || a.members[rank] == member);
        }
        mpr_group_release(group);
    }
}

static void comparison_knows_order_and_membership(void)
{
    const int ranks[] = {3, 1, 4, 7}, swapped[] = {1, 3, 4, 7}, others[] = {3, 1, 4, 8};
    start();
    struct mpr_group *group = mpr_group_make(4, ranks), *same = mpr_group_make(4, ranks);
    struct mpr_group *similar = mpr_group_make(4, swapped), *other = mpr_group_make(4, others);
    struct mpr_group *shorter = mpr_group_make(3, ranks), *empty = mpr_group_make(0, NULL);

    CU_ASSERT_EQUAL(mpr_group_compare(group, group), MPI_IDENT);
    CU_ASSERT_EQUAL(mpr_group_compare(group, same), MPI_IDENT);
    CU_ASSERT_EQUAL(mpr_group_compare(group, similar), MPI_SIMILAR);
    CU_ASSERT_EQUAL(mpr_group_compare(group, other), MPI_UNEQUAL);
    CU_ASSERT_EQUAL(mpr_group_compare(group, shorter), MPI_UNEQUAL);
    CU_ASSERT_EQUAL(mpr_group_compare(empty, group), MPI_UNEQUAL);
    CU_ASSERT_EQUAL(mpr_group_compare(empty, empty), MPI_IDENT);
    mpr_group_release(group);
    mpr_group_release(same);
    mpr_group_release(similar);
    mpr_group_release(other);
    mpr_group_release(shorter);
    mpr_group_release(empty);
}

static void a_range_is_its_members(void)
{
    struct naive set = {.count = 4, .members = {3, 4, 5, 6}};
    start();
    expect(mpr_group_make_range(3, 4), &set);
}

/* One value for all handles of the user; it is refused after the last one is gone, though others
 * still use the group. */
static void handles_are_counted(void)
{
    int before = mpr_handle_count(MPR_KIND_GROUP);
    start();
    struct mpr_group *group = mpr_group_make_range(0, 3);

    CU_ASSERT_EQUAL(mpr_group_open(group), 0);
    MPI_Group handle = (MPI_Group)group->object.handle;
    CU_ASSERT_EQUAL(mpr_group_open(group), 0);
    CU_ASSERT_PTR_EQUAL((MPI_Group)group->object.handle, handle);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_GROUP), before + 1);

    mpr_group_close(group);
    CU_ASSERT_PTR_EQUAL(mpr_group_find(handle), group);
    mpr_group_close(group);
    CU_ASSERT_PTR_NULL(mpr_group_find(handle));
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_GROUP), before);

    CU_ASSERT_EQUAL(group->object.references, 1);
    CU_ASSERT_EQUAL(mpr_group_open(group), 0);
    mpr_group_release(group);
    CU_ASSERT(handle != (MPI_Group)group->object.handle);
    mpr_group_close(group);
}

static void the_empty_group_stays(void)
{
    start();
    for (int i = 0; i < 10; i++) {
        struct mpr_group *group = mpr_group_find(MPI_GROUP_EMPTY);
        CU_ASSERT_PTR_NOT_NULL_FATAL(group);
        CU_ASSERT_EQUAL(group->size, 0);
        CU_ASSERT_EQUAL(group->rank, MPI_UNDEFINED);
        CU_ASSERT_EQUAL(mpr_group_open(group), 0);
        mpr_group_close(group);
        mpr_group_close(group);
    }
    CU_ASSERT_PTR_NULL(mpr_group_find(MPI_GROUP_NULL));
}

UNIT_MAIN("group", UNIT(sets_are_those_of_the_naive_way),
          UNIT(selections_are_those_of_the_naive_way), UNIT(ranks_are_found),
          UNIT(comparison_knows_order_and_membership), UNIT(a_range_is_its_members),
          UNIT(handles_are_counted), UNIT(the_empty_group_stays))
