/* SPDX-License-Identifier: BSD-3-Clause */
/* Reductions on intercommunicators: each group reduces for its speaker, who hands the result over.
 */
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/schedule.h"
#include "coll/spread.h"

/* This group's reduction, to `result` at the speaker. */
static void reduce_group(struct mpr_coll *coll, struct mpr_items own, struct mpr_items result,
                         struct mpr_op *op)
{
    struct mpr_coll part;
    mpr_coll_begin_part(coll, &part);
    mpr_reduce(&part, own.buffer, result.buffer, own.count, own.type, op, MPR_SPEAKER);
    mpr_coll_note(coll, part.error);
}

void mpr_inter_reduce(struct mpr_coll *coll, struct mpr_items own, struct mpr_items in,
                      struct mpr_op *op, int root)
{
    struct mpr_scratch scratch;
    struct mpr_items result = {0};

    // The root, which has nothing to give, says how much there is all the same.
    if (root == MPI_PROC_NULL || mpr_items_bytes(own) == 0) {
        return;
    }
    if (root == MPI_ROOT) {
        mpr_coll_recv(coll, in, MPR_SPEAKER);
    } else if (coll->rank != MPR_SPEAKER) {
        reduce_group(coll, own, result, op);
    } else if (mpr_coll_open_items(coll, &scratch, 1, own.count, own.type, &result)) {
        reduce_group(coll, own, result, op);
        mpr_coll_send(coll, result, root);
        mpr_coll_close(coll, &scratch);
    }
}

/* The same for both groups: `theirs` is the other one's, at the speaker. */
static void swap_reductions(struct mpr_coll *coll, struct mpr_items own, struct mpr_items theirs,
                            struct mpr_op *op)
{
    struct mpr_scratch scratch;
    struct mpr_items result = {0};

    if (coll->rank != MPR_SPEAKER) {
        reduce_group(coll, own, result, op);
    } else if (mpr_coll_open_items(coll, &scratch, 1, own.count, own.type, &result)) {
        reduce_group(coll, own, result, op);
        mpr_coll_sendrecv(coll, result, MPR_SPEAKER, theirs, MPR_SPEAKER);
        mpr_coll_close(coll, &scratch);
    }
}

/* All combine what each of the other group has sent, in the order of ranks, so that all get the
 * same bits. */
static void allreduce_flat(struct mpr_coll *coll, struct mpr_items own, struct mpr_items in,
                           struct mpr_op *op)
{
    int remote_size = coll->comm->remote_size;
    struct mpr_scratch scratch;
    struct mpr_items theirs[MPR_INTER_FLAT_RANKS];
    struct mpr_batch batch;
    int last = remote_size - 1;

    if (!mpr_coll_open_items(coll, &scratch, last, in.count, in.type, theirs)) {
        return;
    }
    theirs[last] = in;
    if (mpr_batch_open(&batch, coll, 2 * remote_size)) {
        for (int rank = 0; rank < remote_size; rank++) {
            mpr_batch_send(&batch, own, rank);
        }
        for (int rank = 0; rank < remote_size; rank++) {
            mpr_batch_recv(&batch, theirs[rank], rank);
        }
        mpr_batch_finish(&batch);
        for (int rank = last - 1; rank >= 0; rank--) {
            mpr_coll_apply(coll, op, theirs[rank].buffer, in.buffer, in);
        }
    }
    mpr_coll_close(coll, &scratch);
}

void mpr_inter_allreduce(struct mpr_coll *coll, struct mpr_items own, struct mpr_items in,
                         struct mpr_op *op)
{
    struct mpr_coll part;

    if (mpr_items_bytes(own) == 0) {
        return;
    }
    if (mpr_inter_is_flat(coll, mpr_items_bytes(own))) {
        allreduce_flat(coll, own, in, op);
        return;
    }
    swap_reductions(coll, own, in, op);
    mpr_coll_begin_part(coll, &part);
    mpr_bcast(&part, in.buffer, in.count, in.type, MPR_SPEAKER);
    mpr_coll_note(coll, part.error);
}

void mpr_inter_reduce_scatter(struct mpr_coll *coll, struct mpr_items own,
                              const struct mpr_blocks *blocks, struct mpr_items out,
                              struct mpr_op *op)
{
    struct mpr_scratch scratch;
    struct mpr_items theirs = {0};
    struct mpr_blocks results = *blocks;
    struct mpr_coll part;

    if (mpr_items_bytes(own) == 0) {
        return;
    }
    if (coll->rank == MPR_SPEAKER &&
        !mpr_coll_open_items(coll, &scratch, 1, own.count, own.type, &theirs)) {
        return;
    }
    swap_reductions(coll, own, theirs, op);
    results.buffer = theirs.buffer;
    mpr_coll_begin_part(coll, &part);
    mpr_spread_scatter(&part, &results, out, MPR_SPEAKER);
    mpr_coll_note(coll, part.error);
    if (coll->rank == MPR_SPEAKER) {
        mpr_coll_close(coll, &scratch);
    }
}
