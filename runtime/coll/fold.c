/* SPDX-License-Identifier: BSD-3-Clause */
/* The first half of Rabenseifner's reduction (Thakur, Rabenseifner and Gropp, "Optimization of
 * collective communication operations in MPICH", 2005), with all pieces exchanged directly instead
 * of by recursive halving: the same bytes, one wait instead of log2(ranks), any number of ranks,
 * and the operands can be taken in the order of ranks.
 *
 * The blocks are worked off in slices: what arrives is folded while it is in the cache, and scratch
 * memory stays small however long the vectors are. Within a slice the operands are folded from the
 * highest rank down, because the accumulator is the operator's right operand. */
#include "coll/fold.h"

/* Scratch for one slice of all peers together, and the least that is worth a message. */
enum { FOLD_SCRATCH_BYTES = 2 << 20, FOLD_SLICE_LEAST_BYTES = 32 << 10 };

struct fold {
    struct mpr_coll *coll;
    const struct mpr_blocks *inputs;
    struct mpr_items out;
    const struct mpr_op *op;
    struct mpr_items *arrivals;    /* by rank; for this rank, its own slice */
    struct mpr_request **requests; /* by rank; for this rank, NULL */
    MPI_Count first;               /* the present slice of every block */
    MPI_Count count;
};

/* Takes this rank's slice of every peer in turn and folds it into its place. */
static void fold_arrivals(struct fold *fold)
{
    struct mpr_coll *coll = fold->coll;
    struct mpr_items out = mpr_items_window(fold->out, fold->first, fold->count);
    if (out.count == 0) {
        return;
    }
    fold->arrivals[coll->rank] =
        mpr_items_window(mpr_block(fold->inputs, coll->rank), fold->first, fold->count);

    int highest = coll->size - 1;
    mpr_coll_wait(coll, fold->requests[highest]);
    mpr_coll_wait(coll, fold->requests[highest - 1]);
    mpr_op_apply3(fold->op, fold->arrivals[highest - 1].buffer, fold->arrivals[highest].buffer,
                  out.buffer, out.count, out.type);
    for (int rank = highest - 2; rank >= 0; rank--) {
        mpr_coll_wait(coll, fold->requests[rank]);
        mpr_op_apply(fold->op, fold->arrivals[rank].buffer, out.buffer, out.count, out.type);
    }
}

static void fold_slice(struct fold *fold)
{
    struct mpr_coll *coll = fold->coll;
    struct mpr_batch sends;
    if (!mpr_batch_open(&sends, coll, coll->size)) {
        return;
    }
    MPI_Count own_count = mpr_items_window(fold->out, fold->first, fold->count).count;
    for (int distance = 1; distance < coll->size && own_count > 0; distance++) {
        int source = (coll->rank - distance + coll->size) % coll->size;
        struct mpr_items arrival = mpr_items_slice(fold->arrivals[source], 0, own_count);
        fold->requests[source] = mpr_coll_recv_start(coll, arrival, source);
    }
    for (int distance = 1; distance < coll->size; distance++) {
        int dest = (coll->rank + distance) % coll->size;
        struct mpr_items block = mpr_block(fold->inputs, dest);
        mpr_batch_send(&sends, mpr_items_window(block, fold->first, fold->count), dest);
    }
    fold_arrivals(fold);
    mpr_batch_finish(&sends);
}

static MPI_Count slice_count(const struct mpr_coll *coll, MPI_Count item_bytes)
{
    MPI_Count bytes = FOLD_SCRATCH_BYTES / coll->size;
    bytes = bytes < FOLD_SLICE_LEAST_BYTES ? FOLD_SLICE_LEAST_BYTES : bytes;
    return item_bytes < bytes ? bytes / (item_bytes > 0 ? item_bytes : 1) : 1;
}

void mpr_fold(struct mpr_coll *coll, const struct mpr_blocks *inputs, struct mpr_items out,
              const struct mpr_op *op)
{
    struct mpr_scratch scratch;
    struct mpr_scratch tables;
    size_t size = (size_t)coll->size;
    MPI_Count longest = mpr_blocks_longest(inputs, coll->size);
    struct fold fold = {.coll = coll, .inputs = inputs, .out = out, .op = op};
    fold.count = slice_count(coll, out.type->size_bytes);

    fold.arrivals =
        mpr_coll_open(coll, &tables, size * (sizeof(*fold.arrivals) + sizeof(*fold.requests)));
    if (fold.arrivals == NULL) {
        return;
    }
    fold.requests = (struct mpr_request **)(fold.arrivals + size);
    fold.requests[coll->rank] = NULL;
    MPI_Count run = out.count < fold.count ? out.count : fold.count;
    if (mpr_coll_open_items(coll, &scratch, coll->size, run, out.type, fold.arrivals)) {
        for (; fold.first < longest; fold.first += fold.count) {
            fold_slice(&fold);
        }
        mpr_scratch_close(&scratch);
    }
    mpr_scratch_close(&tables);
}
