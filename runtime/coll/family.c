/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding relatives. */
#include "coll/family.h"

#include <stdlib.h>

#include "coll/choose.h"
#include "coll/tree.h"
#include "comm/group.h"

static bool holds(const struct mpr_level *level, int run, int place)
{
    return level->starts[run] <= place && place < level->starts[run + 1];
}

/* The place of a run's head. */
static int head_of(const struct mpr_level *level, int run, int root_place)
{
    return holds(level, run, root_place) ? root_place : level->starts[run];
}

/* The relatives among the heads of those runs of `inner` that the rank's run of `outer` is cut
 * into; none, unless the rank is a head. */
static void find_level(struct mpr_family *family, const struct mpr_levels *levels,
                       const struct mpr_level *outer, const struct mpr_level *inner, int place,
                       int root_place, int radix)
{
    int run = inner->run_of[place];
    int outer_run = outer->run_of[place];
    int first = inner->run_of[outer->starts[outer_run]];
    int count = inner->run_of[outer->starts[outer_run + 1] - 1] + 1 - first;
    int top = inner->run_of[head_of(outer, outer_run, root_place)] - first;

    if (head_of(inner, run, root_place) != place) {
        return;
    }
    struct mpr_tree tree = mpr_tree_make(run - first, count, top, radix);
    for (int i = 0; i < tree.child_count; i++) {
        int child = first + mpr_tree_child(&tree, i).rank;
        family->children[family->child_count++] =
            levels->ranks[head_of(inner, child, root_place)];
    }
    if (tree.parent >= 0) {
        family->parent = levels->ranks[head_of(inner, first + tree.parent, root_place)];
    }
}

void mpr_family_find(struct mpr_family *family, const struct mpr_levels *levels, int rank, int root,
                     int radix)
{
    family->parent = -1;
    family->child_count = 0;
    for (int inner = levels->count - 1; inner > 0; inner--) {
        find_level(family, levels, &levels->levels[inner - 1], &levels->levels[inner],
                   levels->places[rank], levels->places[root], radix);
    }
}

static void find_by_rank(struct mpr_family *family, int rank, int size, int root, int radix)
{
    struct mpr_tree tree = mpr_tree_make(rank, size, root, radix);

    family->parent = tree.parent;
    family->child_count = tree.child_count;
    for (int i = 0; i < tree.child_count; i++) {
        family->children[i] = mpr_tree_child(&tree, i).rank;
    }
}

bool mpr_family_open(struct mpr_family *family, struct mpr_coll *coll, int root, int radix,
                     bool keeps_order)
{
    if (keeps_order || !mpr_group_is_parted(coll->comm->group)) {
        find_by_rank(family, coll->rank, coll->size, root, radix);
        return true;
    }
    const struct mpr_levels *levels = mpr_group_levels(coll->comm->group);
    if (levels == NULL) {
        mpr_coll_note(coll, MPR_ERR_NO_MEMORY);
        return false;
    }
    mpr_family_find(family, levels, coll->rank, root, radix);
    return true;
}

const struct mpr_family *mpr_family_of_slate(struct mpr_coll *coll)
{
    struct mpr_comm *comm = coll->comm;

    if (mpr_likely(comm->family != NULL)) {
        return comm->family;
    }
    struct mpr_family *family = malloc(sizeof(*family));
    if (family == NULL) {
        mpr_coll_note(coll, MPR_ERR_NO_MEMORY);
        return NULL;
    }
    if (!mpr_family_open(family, coll, 0, MPR_RADIX_SLATE, false)) {
        free(family);
        return NULL;
    }
    return comm->family = family;
}
