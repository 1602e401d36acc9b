/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Reduce. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/fold.h"
#include "coll/inter.h"
#include "coll/slate.h"
#include "coll/spread.h"
#include "coll/tree.h"

/* Rabenseifner's reduction: each rank folds one block of the vectors, the root collects them. */
static void reduce_spread(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                          struct mpr_op *op, int root)
{
    struct mpr_blocks inputs = mpr_blocks_cut(own, coll->size);
    struct mpr_blocks results = mpr_blocks_cut(out, coll->size);
    struct mpr_items folded = mpr_block(&results, coll->rank);
    if (coll->rank == root) {
        mpr_fold(coll, &inputs, folded, op);
        mpr_spread_gather(coll, mpr_items_packed(MPI_IN_PLACE, 0), &results, root);
        return;
    }
    struct mpr_scratch scratch;
    if (mpr_coll_open_items(coll, &scratch, 1, folded.count, own.type, &folded)) {
        mpr_fold(coll, &inputs, folded, op);
        mpr_spread_gather(coll, folded, &results, root);
        mpr_coll_close(coll, &scratch);
    }
}

void mpr_reduce(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
                struct mpr_type *type, struct mpr_op *op, int root)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        mpr_inter_reduce(coll, mpr_items(sendbuf, count, type), mpr_items(recvbuf, count, type), op,
                         root);
        return;
    }
    struct mpr_items out = mpr_items(recvbuf, count, type);
    struct mpr_items own = mpr_is_in_place(sendbuf) ? out : mpr_items(sendbuf, count, type);
    MPI_Count bytes = mpr_items_bytes(own);
    if (bytes == 0) {
        return;
    }
    if (mpr_slate_takes_talk(coll, bytes, MPR_REDUCE_SLATE_BYTES)) {
        mpr_slate_reduce(coll, &own, &out, op, root);
    } else if (coll->size == 2 && bytes > MPR_LONG_BYTES) {
        mpr_fold_whole(coll, own, out, op, root);
    } else if (coll->size > 2 && bytes > MPR_LONG_BYTES &&
               !mpr_coll_prefers_tree(coll->size, bytes)) {
        reduce_spread(coll, own, out, op, root);
    } else {
        mpr_tree_reduce(coll, own, out, op, root);
    }
}
