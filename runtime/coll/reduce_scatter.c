/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Reduce_scatter and MPI_Reduce_scatter_block. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/fold.h"
#include "coll/inter.h"
#include "coll/slate.h"
#include "coll/spread.h"
#include "coll/tree.h"

/* A vector of many ranks is reduced as a whole to rank 0, which deals out the blocks. */
static void reduce_scatter_tree(struct mpr_coll *coll, struct mpr_items own,
                                const struct mpr_blocks *inputs, struct mpr_items out,
                                struct mpr_op *op)
{
    struct mpr_scratch scratch;
    struct mpr_items whole = {0};
    struct mpr_blocks results = *inputs;
    if (coll->rank == 0) {
        if (!mpr_coll_open_items(coll, &scratch, 1, own.count, own.type, &whole)) {
            return;
        }
        results.buffer = whole.buffer;
    }
    mpr_tree_reduce(coll, own, whole, op, 0);
    mpr_spread_scatter(coll, &results, out, 0);
    if (coll->rank == 0) {
        mpr_coll_close(coll, &scratch);
    }
}

/* `own` is the whole vector of this rank, `inputs` the same as blocks; out.buffer may be own's. */
static void reduce_scatter(struct mpr_coll *coll, struct mpr_items own,
                           const struct mpr_blocks *inputs, struct mpr_items out,
                           struct mpr_op *op)
{
    MPI_Count bytes = mpr_items_bytes(own);
    if (bytes == 0) {
        return;
    }
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        mpr_inter_reduce_scatter(coll, own, inputs, out, op);
    } else if (coll->size == 1) {
        if (own.buffer != out.buffer) {
            mpr_coll_copy(coll, own, out);
        }
    } else if (mpr_slate_takes(coll, bytes) &&
               (mpr_coll_is_crowded() || bytes <= MPR_REDUCE_SCATTER_SLATE_BYTES)) {
        mpr_slate_reduce_scatter(coll, &own, mpr_block_first(inputs, coll->rank), &out, op);
    } else if (coll->size >= MPR_REDUCE_SCATTER_TREE_RANKS &&
               (bytes <= MPR_REDUCE_SCATTER_TREE_BYTES ||
                mpr_coll_prefers_tree(coll->size, bytes))) {
        reduce_scatter_tree(coll, own, inputs, out, op);
    } else {
        mpr_fold(coll, inputs, out, op);
    }
}

void mpr_reduce_scatter_block(struct mpr_coll *coll, const void *sendbuf, void *recvbuf,
                              MPI_Count recvcount, struct mpr_type *type, struct mpr_op *op)
{
    const void *input = mpr_is_in_place(sendbuf) ? recvbuf : sendbuf;
    struct mpr_blocks inputs = mpr_blocks_equal(input, recvcount, type, coll->size);
    reduce_scatter(coll, mpr_items(input, inputs.total, type), &inputs,
                   mpr_items(recvbuf, recvcount, type), op);
}

void mpr_reduce_scatter(struct mpr_coll *coll, const void *sendbuf, void *recvbuf,
                        const struct mpr_vector *recvs, struct mpr_type *type, struct mpr_op *op)
{
    const void *input = mpr_is_in_place(sendbuf) ? recvbuf : sendbuf;

    /* The blocks lie one after the other: their displacements are the sums of the counts. */
    struct mpr_scratch scratch;
    MPI_Count *counts;
    MPI_Aint *displs;
    if (!mpr_coll_open_vector(coll, &scratch, &counts, &displs)) {
        return;
    }
    MPI_Count total = 0;
    for (int rank = 0; rank < coll->size; rank++) {
        counts[rank] = mpr_vector_count(recvs, rank);
        displs[rank] = total;
        total += counts[rank];
    }
    struct mpr_vector vector = mpr_vector_large(counts, displs);
    struct mpr_blocks inputs = mpr_blocks_vector(input, &vector, type);
    reduce_scatter(coll, mpr_items(input, total, type), &inputs,
                   mpr_items(recvbuf, counts[coll->rank], type), op);
    mpr_coll_close(coll, &scratch);
}
