/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives on intercommunicators (MPI 5.0, 6.2.3): what one group gives, the other one gets.
 *
 * Data go straight from rank to rank of the two groups, or, where all of a group give or get the
 * same, by its rank 0, which the group's own communicator collects for and tells on. The root says
 * MPI_ROOT, the other members of its group MPI_PROC_NULL, for whom nothing else counts: their types
 * and buffers may be NULL. As for coll/coll.h, which calls these. */
#ifndef MPR_COLL_INTER_H
#define MPR_COLL_INTER_H

#include "coll/choose.h"
#include "coll/items.h"
#include "coll/message.h"
#include "type/op.h"

/* The rank that speaks for its group. */
enum { MPR_SPEAKER = 0 };

/* Whether what all of a group give goes from each to each, `bytes` bytes of each, and not by the
 * speakers. */
static inline bool mpr_inter_is_flat(const struct mpr_coll *coll, MPI_Count bytes)
{
    return bytes <= MPR_INTER_FLAT_BYTES && coll->size <= MPR_INTER_FLAT_RANKS &&
           coll->comm->remote_size <= MPR_INTER_FLAT_RANKS;
}

void mpr_inter_barrier(struct mpr_coll *coll);
void mpr_inter_bcast(struct mpr_coll *coll, struct mpr_items items, int root);

/* A block for each rank of the other group, at the root; own items in the other group. */
void mpr_inter_gather(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                      int root);
void mpr_inter_scatter(struct mpr_coll *coll, const struct mpr_blocks *blocks, struct mpr_items own,
                       int root);

/* The same items to all of the other group, and a block for each. */
void mpr_inter_share(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks);
void mpr_inter_exchange(struct mpr_coll *coll, const struct mpr_blocks *out,
                        const struct mpr_blocks *in);

/* The other group's reduction: `in` at the root, or in all. `own` has as many items in both groups.
 */
void mpr_inter_reduce(struct mpr_coll *coll, struct mpr_items own, struct mpr_items in,
                      struct mpr_op *op, int root);
void mpr_inter_allreduce(struct mpr_coll *coll, struct mpr_items own, struct mpr_items in,
                         struct mpr_op *op);

/* Or each rank its block of it: `blocks` has one for each rank of this group, with any buffer. */
void mpr_inter_reduce_scatter(struct mpr_coll *coll, struct mpr_items own,
                              const struct mpr_blocks *blocks, struct mpr_items out,
                              struct mpr_op *op);

#endif
