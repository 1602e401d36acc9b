/* SPDX-License-Identifier: BSD-3-Clause */
/* Reduction of long vectors: each rank folds one block of all ranks' vectors. */
#ifndef MPR_COLL_FOLD_H
#define MPR_COLL_FOLD_H

#include "coll/message.h"
#include "type/op.h"

/* Block r of all ranks' `inputs`, combined in the order of ranks, becomes `out` of rank r. `out`
 * holds as many items as this rank's block and overlaps no input. Two ranks at least. One phase of
 * a collective call: all ranks of it call it alike. */
void mpr_fold(struct mpr_coll *coll, const struct mpr_blocks *inputs, struct mpr_items out,
              struct mpr_op *op);

#endif
