/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduction of long vectors: each rank folds one block of all ranks' vectors. */
#ifndef MPR_COLL_FOLD_H
#define MPR_COLL_FOLD_H

#include "coll/message.h"
#include "type/op.h"

/* Block r of all ranks' `inputs`, combined in the order of ranks, becomes `out` of rank r, which
 * holds as many items as this rank's block. It is that block, or the beginning of the inputs, or
 * overlaps none. Two ranks at least. One phase of a collective call: all ranks of it
 * call it alike. */
void mpr_fold(struct mpr_coll *coll, const struct mpr_blocks *inputs, struct mpr_items out,
              struct mpr_op *op);

/* All of the ranks' `own` items, combined alike, become `out` at `root`, or at all ranks
 * (MPI_PROC_NULL), of which each folds for itself. Elsewhere out.buffer is not looked at; it may be
 * own.buffer. For few ranks. */
void mpr_fold_whole(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                    struct mpr_op *op, int root);

#endif
