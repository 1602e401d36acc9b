/* SPDX-License-Identifier: BSD-3-Clause */
/* A tree that follows the machine: a rank's parent and children in it.
 *
 * Each run of each level (comm/levels.h) has a head, its first member, or the root, if that is
 * among them. The heads of the runs that a run is cut into are a k-nomial tree (coll/tree.h) below
 * the head of the whole. So exactly one message goes into each domain, and one comes out of it: as
 * few as can be cross the slow links. On a machine with one domain this is the k-nomial tree
 * itself. (The idea: N. Karonis and others, "Exploiting hierarchy in parallel computer
 * networks", 2000.) */
#ifndef MPR_COLL_FAMILY_H
#define MPR_COLL_FAMILY_H

#include "coll/message.h"
#include "comm/levels.h"

/* Enough for 2^24 members in any domains, with a radix of up to 16. */
enum { MPR_FAMILY_MAX = 15 * (6 + MPR_LEVELS_MAX) };

struct mpr_family {
    int parent; /* its rank, or -1 at the root */
    int child_count;
    int children[MPR_FAMILY_MAX]; /* their ranks: nearest first, small subtrees first */
};

/* The family of `rank` in the tree with this root. */
void mpr_family_find(struct mpr_family *family, const struct mpr_levels *levels, int rank, int root,
                     int radix);

/* The same for the caller's rank, in the communicator's levels; without levels, by rank alone, if
 * the operands of a reduction must keep their order. Returns false when there is no memory,
 * which is noted. */
bool mpr_family_open(struct mpr_family *family, struct mpr_coll *coll, int root, int radix,
                     bool keeps_order);

/* That of the tree along which the communicator's members meet on their slate, which belongs to the
 * communicator; NULL: no memory, which is noted. */
const struct mpr_family *mpr_family_of_slate(struct mpr_coll *coll);

#endif
