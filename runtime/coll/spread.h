/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks that go straight from the rank that has them to the rank that needs them.
 *
 * On one machine nothing lies between two ranks: every byte moves once, all messages of a call are
 * in flight together, and each rank waits once for all of its own. Every rank begins with its next
 * neighbour, so that no rank is everybody's first. Any ranks, any blocks, empty ones cost nothing.
 * Each function is one phase of a collective call: all ranks of it call it alike. */
#ifndef MPR_COLL_SPREAD_H
#define MPR_COLL_SPREAD_H

#include "coll/message.h"

/* Each rank's own items to its block at the root. Elsewhere `blocks` is not looked at; own.buffer
 * is MPI_IN_PLACE at a root that has them there already. */
void mpr_spread_gather(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                       int root);

/* And back. own.buffer is MPI_IN_PLACE at a root that leaves its own block where it is. */
void mpr_spread_scatter(struct mpr_coll *coll, const struct mpr_blocks *blocks,
                        struct mpr_items own, int root);

/* Each rank gets the others' blocks, and gives its own one, which lies in `own`: there, or in its
 * place among the others. `full` is a rank that has all of them already and only sends, or
 * MPI_PROC_NULL. */
void mpr_spread_share(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                      int full);

/* Block d of each rank s becomes block s of rank d. The buffers do not overlap. */
void mpr_spread_exchange(struct mpr_coll *coll, const struct mpr_blocks *out,
                         const struct mpr_blocks *in);

/* The same within one buffer, pair by pair. */
void mpr_spread_exchange_in_place(struct mpr_coll *coll, const struct mpr_blocks *blocks);

#endif
