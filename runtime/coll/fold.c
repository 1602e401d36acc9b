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
    struct mpr_op *op;
    struct mpr_items *arrivals; /* by rank; for this rank, its own slice */
    MPI_Count first;            /* the present slice of every block */
    MPI_Count count;
};

/* Message number `distance` - 1 comes from the rank so many places before this one. */
static void await_arrival(struct mpr_batch *receives, int source)
{
    struct mpr_coll *coll = receives->coll;
    if (source != coll->rank) {
        mpr_batch_wait(receives, (coll->rank - source + coll->size) % coll->size - 1);
    }
}

/* Takes this rank's slice of every peer in turn and folds it into its place. */
static void fold_arrivals(struct fold *fold, struct mpr_batch *receives)
{
    struct mpr_coll *coll = fold->coll;
    struct mpr_items out = mpr_items_window(fold->out, fold->first, fold->count);
    if (out.count == 0) {
        return;
    }
    fold->arrivals[coll->rank] =
        mpr_items_window(mpr_block(fold->inputs, coll->rank), fold->first, fold->count);

    int highest = coll->size - 1;
    await_arrival(receives, highest);
    await_arrival(receives, highest - 1);
    mpr_coll_apply(coll, fold->op, fold->arrivals[highest - 1].buffer,
                   fold->arrivals[highest].buffer, out);
    for (int rank = highest - 2; rank >= 0; rank--) {
        await_arrival(receives, rank);
        mpr_coll_apply(coll, fold->op, fold->arrivals[rank].buffer, out.buffer, out);
    }
}

static void fold_slice(struct fold *fold)
{
    struct mpr_coll *coll = fold->coll;
    struct mpr_batch receives;
    struct mpr_batch sends;
    if (!mpr_batch_open(&receives, coll, coll->size)) {
        return;
    }
    if (!mpr_batch_open(&sends, coll, coll->size)) {
        mpr_batch_finish(&receives);
        return;
    }
    MPI_Count own_count = mpr_items_window(fold->out, fold->first, fold->count).count;
    for (int distance = 1; distance < coll->size && own_count > 0; distance++) {
        int source = (coll->rank - distance + coll->size) % coll->size;
        mpr_batch_recv(&receives, mpr_items_slice(fold->arrivals[source], 0, own_count), source);
    }
    for (int distance = 1; distance < coll->size; distance++) {
        int dest = (coll->rank + distance) % coll->size;
        struct mpr_items block = mpr_block(fold->inputs, dest);
        mpr_batch_send(&sends, mpr_items_window(block, fold->first, fold->count), dest);
    }
    fold_arrivals(fold, &receives);
    mpr_batch_finish(&sends);
    mpr_batch_finish(&receives);
}

static MPI_Count slice_count(const struct mpr_coll *coll, MPI_Count item_bytes)
{
    MPI_Count bytes = FOLD_SCRATCH_BYTES / coll->size;
    bytes = bytes < FOLD_SLICE_LEAST_BYTES ? FOLD_SLICE_LEAST_BYTES : bytes;
    return item_bytes < bytes ? bytes / (item_bytes > 0 ? item_bytes : 1) : 1;
}

void mpr_fold(struct mpr_coll *coll, const struct mpr_blocks *inputs, struct mpr_items out,
              struct mpr_op *op)
{
    struct mpr_scratch scratch;
    struct mpr_scratch tables;
    MPI_Count longest = mpr_blocks_longest(inputs, coll->size);
    struct fold fold = {.coll = coll, .inputs = inputs, .out = out, .op = op};
    fold.count = slice_count(coll, out.type->size_bytes);

    fold.arrivals = mpr_coll_open(coll, &tables, (size_t)coll->size * sizeof(*fold.arrivals));
    if (fold.arrivals == NULL) {
        return;
    }
    MPI_Count run = out.count < fold.count ? out.count : fold.count;
    if (mpr_coll_open_items(coll, &scratch, coll->size, run, out.type, fold.arrivals)) {
        for (; fold.first < longest; fold.first += fold.count) {
            fold_slice(&fold);
        }
        mpr_coll_close(coll, &scratch);
    }
    mpr_coll_close(coll, &tables);
}
