/* SPDX-License-Identifier: BSD-3-Clause */
/* The first half of Rabenseifner's reduction (Thakur, Rabenseifner and Gropp, "Optimization of
 * collective communication operations in MPICH", 2005), with all pieces exchanged directly instead
 * of by recursive halving: the same bytes, one wait instead of log2(ranks), any number of ranks,
 * and the operands can be taken in the order of ranks.
 *
 * Operands that lie in their owners' windows are not copied, but read from there. For the others
 * the blocks are worked off in slices: what arrives is folded while it is in the cache, and scratch
 * memory stays small however long the vectors are. */
#include "coll/fold.h"

/* Scratch for one slice of all ranks together, and the least that is worth a message. Not less than
 * that: in place, lines that a peer has just read are slow to write, and should rest meanwhile. */
enum { FOLD_SCRATCH_BYTES = 2 << 20, FOLD_SLICE_LEAST_BYTES = 32 << 10 };

struct fold {
    struct mpr_coll *coll;
    const struct mpr_blocks *inputs;
    struct mpr_items out;
    struct mpr_op *op;
    bool is_in_place;
    const struct mpr_items *rooms; /* by rank: for a slice of what it sends;
                                    * this rank's, of `out` */
    MPI_Count first;               /* the present slice of every block */
    MPI_Count count;
};

/* Only the library's own operators are known to leave their operands as they are, and
 * to come by only once. */
static void receive(struct fold *fold, struct mpr_batch *batch, struct mpr_items *operand,
                    int source)
{
    if (fold->op->predefined && operand->type->contiguous) {
        mpr_batch_borrow(batch, operand, source);
    } else {
        mpr_batch_recv(batch, *operand, source);
    }
}

static void send_slices(struct fold *fold, struct mpr_batch *batch)
{
    struct mpr_coll *coll = fold->coll;
    for (int distance = 1; distance < coll->size; distance++) {
        int dest = (coll->rank + distance) % coll->size;
        struct mpr_items block = mpr_block(fold->inputs, dest);
        mpr_batch_send(batch, mpr_items_window(block, fold->first, fold->count), dest);
    }
}

/* In place, the slice is folded aside, and comes to its place when the others
 * have read what is there. */
static void fold_slice(struct fold *fold)
{
    struct mpr_coll *coll = fold->coll;
    struct mpr_items place = mpr_items_window(fold->out, fold->first, fold->count);
    struct mpr_items aside = mpr_items_slice(fold->rooms[coll->rank], 0, place.count);
    struct mpr_items out = fold->is_in_place ? aside : place;
    struct mpr_scratch scratch;
    struct mpr_batch receives;
    struct mpr_batch sends;
    struct mpr_items *operands =
        mpr_coll_open(coll, &scratch, (size_t)coll->size * sizeof(*operands));
    if (operands == NULL) {
        return;
    }
    if (mpr_batch_open(&receives, coll, coll->size)) {
        operands[coll->rank] =
            mpr_items_window(mpr_block(fold->inputs, coll->rank), fold->first, fold->count);
        for (int distance = 1; distance < coll->size; distance++) {
            int source = (coll->rank - distance + coll->size) % coll->size;
            operands[source] = mpr_items_slice(fold->rooms[source], 0, out.count);
            receive(fold, &receives, &operands[source], source);
        }
        if (mpr_batch_open(&sends, coll, coll->size)) {
            send_slices(fold, &sends);
            mpr_batch_wait(&receives);
            mpr_coll_fold(coll, fold->op, operands, coll->size, out);
            mpr_batch_finish(&receives);
            mpr_batch_finish(&sends);
            if (fold->is_in_place) {
                mpr_coll_copy(coll, aside, place);
            }
        } else {
            mpr_batch_finish(&receives);
        }
    }
    mpr_coll_close(coll, &scratch);
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
    struct mpr_items *rooms = mpr_coll_open(coll, &tables, (size_t)coll->size * sizeof(*rooms));
    if (rooms == NULL) {
        return;
    }
    struct fold fold = {.coll = coll,
                        .inputs = inputs,
                        .out = out,
                        .op = op,
                        .is_in_place = out.buffer == inputs->buffer ||
                                       out.buffer == mpr_block(inputs, coll->rank).buffer,
                        .rooms = rooms,
                        .count = slice_count(coll, out.type->size_bytes)};
    MPI_Count run = out.count < fold.count ? out.count : fold.count;
    if (mpr_coll_open_items(coll, &scratch, coll->size, run, out.type, rooms)) {
        for (; fold.first < longest; fold.first += fold.count) {
            fold_slice(&fold);
        }
        mpr_coll_close(coll, &scratch);
    }
    mpr_coll_close(coll, &tables);
}

/* Every rank's block is the whole, or nothing. */
void mpr_fold_whole(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                    struct mpr_op *op, int root)
{
    struct mpr_scratch scratch;
    MPI_Count *counts;
    MPI_Aint *displs;
    if (!mpr_coll_open_vector(coll, &scratch, &counts, &displs)) {
        return;
    }
    for (int rank = 0; rank < coll->size; rank++) {
        counts[rank] = root == MPI_PROC_NULL || rank == root ? own.count : 0;
        displs[rank] = 0;
    }
    struct mpr_vector vector = mpr_vector_large(counts, displs);
    struct mpr_blocks inputs = mpr_blocks_vector(own.buffer, &vector, own.type);
    mpr_fold(coll, &inputs, mpr_items_slice(out, 0, counts[coll->rank]), op);
    mpr_coll_close(coll, &scratch);
}
