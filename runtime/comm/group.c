/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups and the sets they form.
 *
 * Membership is a linear search over a few hundred integers at most, which a table for each group
 * would hardly beat; in a group that leaves out nobody before a process, that process is found at
 * once, since its rank is its rank in the world. */
#include "comm/group.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "comm/session.h"
#include "shm/hold.h"

static struct mpr_group empty = {.object.references = 1, .rank = MPI_UNDEFINED};

int mpr_group_start(void)
{
    mpr_handle_define(MPR_KIND_GROUP, (uintptr_t)MPI_GROUP_EMPTY, &empty.object);
    return 0;
}

struct mpr_group *mpr_group_find(MPI_Group handle)
{
    return (struct mpr_group *)mpr_handle_find(MPR_KIND_GROUP, (uintptr_t)handle);
}

void mpr_group_set_session(struct mpr_group *group, struct mpr_session *session)
{
    if (group == &empty) {
        return;
    }
    if (session != NULL) {
        mpr_session_retain(session);
    }
    if (group->session != NULL) {
        mpr_session_release(group->session);
    }
    group->session = session;
}

void mpr_group_retain(struct mpr_group *group)
{
    group->object.references++;
}

void mpr_group_release(struct mpr_group *group)
{
    if (--group->object.references == 0) {
        for (int rank = 0; group->has_guests && rank < group->size; rank++) {
            if (!mpr_hold_is_lasting(group->world_ranks[rank])) {
                mpr_hold_leave(group->world_ranks[rank]);
            }
        }
        mpr_group_set_session(group, NULL);
        free(group->levels);
        free(group);
    }
}

int mpr_group_open(struct mpr_group *group)
{
    if (group == &empty) {
        return 0;
    }
    if (group->handle_count == 0) {
        int code = mpr_handle_open(MPR_KIND_GROUP, &group->object);
        if (code != 0) {
            return code;
        }
    }
    group->handle_count++;
    mpr_group_retain(group);
    return 0;
}

void mpr_group_close(struct mpr_group *group)
{
    if (group == &empty) {
        return;
    }
    if (--group->handle_count == 0) {
        mpr_handle_close(MPR_KIND_GROUP, &group->object);
    }
    mpr_group_release(group);
}

int mpr_group_rank_of(const struct mpr_group *group, int world_rank)
{
    if (world_rank < group->size && group->world_ranks[world_rank] == world_rank) {
        return world_rank;
    }
    for (int rank = 0; rank < group->size; rank++) {
        if (group->world_ranks[rank] == world_rank) {
            return rank;
        }
    }
    return MPI_UNDEFINED;
}

static bool has(const struct mpr_group *group, int world_rank)
{
    return mpr_group_rank_of(group, world_rank) != MPI_UNDEFINED;
}

/* A group with room for `size_max` members and none yet; add() fills it, finish() completes it. */
static struct mpr_group *begin(int size_max)
{
    struct mpr_group *group =
        malloc(sizeof(*group) + (size_t)size_max * sizeof(group->world_ranks[0]));
    if (group != NULL) {
        *group = (struct mpr_group){.object.references = 1};
    }
    return group;
}

static void add(struct mpr_group *group, int world_rank)
{
    group->world_ranks[group->size++] = world_rank;
}

/* Adds the members of `from` that are (or are not) in `other`. */
static void add_those(struct mpr_group *group, const struct mpr_group *from,
                      const struct mpr_group *other, bool in_other)
{
    for (int rank = 0; rank < from->size; rank++) {
        if (has(other, from->world_ranks[rank]) == in_other) {
            add(group, from->world_ranks[rank]);
        }
    }
}

static void hold_members(struct mpr_group *group)
{
    for (int rank = 0; rank < group->size; rank++) {
        if (!mpr_hold_is_lasting(group->world_ranks[rank])) {
            mpr_hold_again(group->world_ranks[rank]);
            group->has_guests = true;
        }
    }
}

static struct mpr_group *finish(struct mpr_group *group)
{
    if (group->size == 0) {
        free(group);
        mpr_group_retain(&empty);
        return &empty;
    }
    group->rank = mpr_group_rank_of(group, mpr_job.slot);
    hold_members(group);
    return group;
}

struct mpr_group *mpr_group_make(int size, const int *world_ranks)
{
    struct mpr_group *group = begin(size);
    if (group == NULL) {
        return NULL;
    }
    for (int rank = 0; rank < size; rank++) {
        add(group, world_ranks[rank]);
    }
    return finish(group);
}

struct mpr_group *mpr_group_make_range(int first, int size)
{
    struct mpr_group *group = begin(size);
    if (group == NULL) {
        return NULL;
    }
    for (int rank = 0; rank < size; rank++) {
        add(group, first + rank);
    }
    return finish(group);
}

/* They are held one by one, until the group holds them all. */
struct mpr_group *mpr_group_make_named(int size, const struct mpr_member *members)
{
    struct mpr_group *group = begin(size);
    if (group == NULL) {
        return NULL;
    }
    for (int rank = 0; rank < size; rank++) {
        add(group, mpr_hold_enter(members[rank]));
    }
    group = finish(group);
    for (int rank = 0; rank < size; rank++) {
        mpr_hold_leave(group->world_ranks[rank]);
    }
    return group;
}

int mpr_group_compare(const struct mpr_group *left, const struct mpr_group *right)
{
    if (left->size != right->size) {
        return MPI_UNEQUAL;
    }
    if (left == right || memcmp(left->world_ranks, right->world_ranks,
                                (size_t)left->size * sizeof(left->world_ranks[0])) == 0) {
        return MPI_IDENT;
    }
    for (int rank = 0; rank < left->size; rank++) {
        if (!has(right, left->world_ranks[rank])) {
            return MPI_UNEQUAL;
        }
    }
    return MPI_SIMILAR;
}

/* Of the session that `origin` is of. */
static struct mpr_group *finish_part(struct mpr_group *group, const struct mpr_group *origin)
{
    group = finish(group);
    mpr_group_set_session(group, origin->session);
    return group;
}

struct mpr_group *mpr_group_union(const struct mpr_group *left, const struct mpr_group *right)
{
    struct mpr_group *group = begin(left->size + right->size);
    if (group == NULL) {
        return NULL;
    }
    add_those(group, left, &empty, false);
    add_those(group, right, left, false);
    return finish_part(group, left->session != NULL ? left : right);
}

struct mpr_group *mpr_group_intersection(const struct mpr_group *left,
                                         const struct mpr_group *right)
{
    struct mpr_group *group = begin(left->size);
    if (group == NULL) {
        return NULL;
    }
    add_those(group, left, right, true);
    return finish_part(group, left);
}

struct mpr_group *mpr_group_difference(const struct mpr_group *left, const struct mpr_group *right)
{
    struct mpr_group *group = begin(left->size);
    if (group == NULL) {
        return NULL;
    }
    add_those(group, left, right, false);
    return finish_part(group, left);
}

struct mpr_group *mpr_group_incl(const struct mpr_group *group, int count, const int *ranks)
{
    struct mpr_group *chosen = begin(count);
    if (chosen == NULL) {
        return NULL;
    }
    for (int i = 0; i < count; i++) {
        add(chosen, group->world_ranks[ranks[i]]);
    }
    return finish_part(chosen, group);
}

struct mpr_group *mpr_group_excl(const struct mpr_group *group, int count, const int *ranks)
{
    struct mpr_group *excluded = mpr_group_incl(group, count, ranks);
    if (excluded == NULL) {
        return NULL;
    }
    struct mpr_group *rest = mpr_group_difference(group, excluded);
    mpr_group_release(excluded);
    return rest;
}
