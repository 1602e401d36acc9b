/* SPDX-License-Identifier: BSD-3-Clause */
/* Making a communicator by its future members alone.
 *
 * They share no communicator that is theirs alone, so that they agree by messages of their own, up
 * and down a tree, with the ranks of the parent and under the tag of the caller. */
#include "base/error.h"
#include "coll/agree.h"
#include "coll/choose.h"
#include "coll/newcomm.h"
#include "coll/tree.h"
#include "p2p/p2p.h"

/* The members of a group of `parent` in a tree. */
struct circle {
    struct mpr_comm *parent;
    struct mpr_group *group;
    enum mpr_plane plane;
    int tag;
    struct mpr_tree tree;
};

static int rank_in_parent(const struct circle *circle, int rank)
{
    return mpr_group_rank_of(circle->parent->group, circle->group->world_ranks[rank]);
}

static int send(const struct circle *circle, int64_t value, int rank)
{
    return mpr_send(&value, sizeof(value), mpr_type_byte, rank_in_parent(circle, rank), circle->tag,
                    circle->parent, circle->plane, MPR_SEND_STANDARD);
}

static int receive(const struct circle *circle, int64_t *value, int rank)
{
    return mpr_recv(value, sizeof(*value), mpr_type_byte, rank_in_parent(circle, rank), circle->tag,
                    circle->parent, circle->plane, NULL);
}

static void note(int *code, int result)
{
    *code = *code != 0 ? *code : result;
}

/* A member that has died, or could not be reached, says its error as its
 * value: the error of all. */
static void hear(const struct circle *circle, int64_t *value, int rank)
{
    int64_t theirs = *value;
    int code = receive(circle, &theirs, rank);
    if (code != 0) {
        theirs = code;
    }
    *value = theirs < *value ? theirs : *value;
}

/* The least of all members' values, in each of them. */
static int minimum(const struct circle *circle, int64_t *value)
{
    const struct mpr_tree *tree = &circle->tree;
    int code = 0;

    for (int i = 0; i < tree->child_count; i++) {
        hear(circle, value, mpr_tree_child(tree, i).rank);
    }
    if (tree->parent >= 0) {
        note(&code, send(circle, *value, tree->parent));
        hear(circle, value, tree->parent);
    }
    for (int i = 0; i < tree->child_count; i++) {
        note(&code, send(circle, *value, mpr_tree_child(tree, i).rank));
    }
    return code;
}

int mpr_comm_create_group(struct mpr_comm *parent, struct mpr_group *group, enum mpr_plane plane,
                          int tag, struct mpr_comm **newcomm)
{
    const struct circle circle = {
        .parent = parent,
        .group = group,
        .plane = plane,
        .tag = tag,
        .tree = mpr_tree_make(group->rank, group->size, 0, mpr_coll_radix(sizeof(int64_t))),
    };
    int64_t value;
    struct mpr_offer offer = {.count = 1, .contexts_each = MPR_CONTEXTS_INTRA, .values = &value};

    int code = mpr_comm_make(group, parent->errhandler, &offer.comm);
    mpr_offer_make(&offer, code);
    code = mpr_offer_settle(&offer, minimum(&circle, &value));
    if (code == 0) {
        *newcomm = offer.comm;
    }
    return code;
}
