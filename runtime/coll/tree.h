/* SPDX-License-Identifier: BSD-3-Clause */
/* Trees of ranks, and what goes up and down them.
 *
 * A k-nomial tree: count the ranks from the root on, modulo the size, and write the number in base
 * k; a rank's parent is the number with its lowest digit that is not zero set to zero. Base 2 is
 * the binomial tree; a base of at least the size is the flat tree, in which all are the root's
 * children. The ranks below a rank are always its next neighbours upwards: a rank that combines its
 * own value with its children's in ascending order keeps the order of ranks. (Base k: the k-nomial
 * tree of Kandalla and others, "Designing topology-aware collective communication algorithms",
 * 2010; binomial: Thakur, Rabenseifner and Gropp, "Optimization of collective communication
 * operations in MPICH", 2005.) */
#ifndef MPR_COLL_TREE_H
#define MPR_COLL_TREE_H

#include "coll/message.h"
#include "type/op.h"

struct mpr_tree {
    int radix;
    int size;
    int root;
    int place;  /* this rank, counted from the root */
    int parent; /* its rank, or -1 at the root */
    int child_count;
    int below_count; /* ranks in this rank's subtree, itself included */
};

struct mpr_tree_child {
    int rank;
    int place;
    int below_count;
};

struct mpr_tree mpr_tree_make(int rank, int size, int root, int radix);

/* Child `index`, 0 to child_count - 1, by ascending place (and ascending size of its subtree). */
struct mpr_tree_child mpr_tree_child(const struct mpr_tree *tree, int index);

/* Each of these is one phase of a collective call: all ranks of it call it alike. */

/* Returns only after all ranks have called it. */
void mpr_tree_barrier(struct mpr_coll *coll);

/* The root's items to all. */
void mpr_tree_bcast(struct mpr_coll *coll, struct mpr_items items, int root);

/* out = own of rank 0 op own of rank 1 op ..., at the root; elsewhere `out` is not looked at. Both
 * may be the same buffer. */
void mpr_tree_reduce(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                     struct mpr_op *op, int root);

/* Blocks of equal bytes to and from the root; elsewhere `blocks` is not looked at. */
void mpr_tree_gather(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                     int root);
void mpr_tree_scatter(struct mpr_coll *coll, const struct mpr_blocks *blocks, struct mpr_items own,
                      int root);

#endif
