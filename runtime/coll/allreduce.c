/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Allreduce. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/fold.h"
#include "coll/inter.h"
#include "coll/slate.h"
#include "coll/spread.h"
#include "coll/tree.h"
#include "comm/levels.h"

/* --- Short: recursive doubling ---------------------------------------------------------------- */

/* *value = *value and *arrival combined in the order of ranks; afterwards *arrival may be written
 * again. With operators that do not commute the two may change places. */
static void combine(struct mpr_coll *coll, struct mpr_op *op, struct mpr_items *value,
                    struct mpr_items *arrival, bool arrival_is_lower)
{
    if (arrival_is_lower || op->commutative) {
        mpr_coll_apply(coll, op, arrival->buffer, value->buffer, *value);
        return;
    }
    mpr_coll_apply(coll, op, value->buffer, arrival->buffer, *arrival);
    struct mpr_items combined = *arrival;
    *arrival = *value;
    *value = combined;
}

/* In round r the partner is the one whose number differs in bit r: the block of ranks whose value a
 * rank holds doubles, and stays a run of neighbours. Among `pairs` ranks beyond a power of two,
 * two neighbours each act as one: the lower gives its value to the upper and gets the result.
 * (Thakur, Rabenseifner and Gropp, 2005, see tree.h.) All ranks combine the same blocks with each
 * other, so that all get the same bits. */
static void double_up(struct mpr_coll *coll, struct mpr_items *value, struct mpr_items *arrival,
                      struct mpr_op *op)
{
    int power = 1;
    while (power <= coll->size / 2) {
        power *= 2;
    }
    int pairs = coll->size - power;
    bool is_paired = coll->rank < 2 * pairs;
    if (is_paired && coll->rank % 2 == 0) {
        mpr_coll_send(coll, *value, coll->rank + 1);
        mpr_coll_recv(coll, *value, coll->rank + 1);
        return;
    }
    if (is_paired) {
        mpr_coll_recv(coll, *arrival, coll->rank - 1);
        combine(coll, op, value, arrival, true);
    }
    int number = is_paired ? coll->rank / 2 : coll->rank - pairs;
    for (int bit = 1; bit < power; bit *= 2) {
        int other = number ^ bit;
        int peer = other < pairs ? 2 * other + 1 : other + pairs;
        mpr_coll_sendrecv(coll, *value, peer, *arrival, peer);
        combine(coll, op, value, arrival, other < number);
    }
    if (is_paired) {
        mpr_coll_send(coll, *value, coll->rank - 1);
    }
}

static void allreduce_double(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                             struct mpr_op *op)
{
    struct mpr_scratch scratch;
    struct mpr_items arrival;
    if (!mpr_coll_open_items(coll, &scratch, 1, own.count, own.type, &arrival)) {
        return;
    }
    if (own.buffer != out.buffer) {
        mpr_coll_copy(coll, own, out);
    }
    struct mpr_items value = out;
    double_up(coll, &value, &arrival, op);
    if (value.buffer != out.buffer) {
        mpr_coll_copy(coll, value, out);
    }
    mpr_coll_close(coll, &scratch);
}

/* --- Long: Rabenseifner ----------------------------------------------------------------------- */

/* Each rank folds one block of the vectors, then all share their blocks. */
static void allreduce_spread(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                             struct mpr_op *op)
{
    struct mpr_blocks inputs = mpr_blocks_cut(own, coll->size);
    struct mpr_blocks results = mpr_blocks_cut(out, coll->size);
    struct mpr_items mine = mpr_block(&results, coll->rank);
    mpr_fold(coll, &inputs, mine, op);
    mpr_spread_share(coll, mine, &results, MPI_PROC_NULL);
}

/* --- On a slate ------------------------------------------------------------------------------- */

/* Whether two ranks meet for a piece after the other, so that what both have said lately fits into
 * a first-level cache, beside the vectors: not where cores are far and each meeting takes longer
 * than that spares, nor where vectors are read where they lie. */
static bool meets_by_pieces(const struct mpr_coll *coll)
{
    const struct mpr_slate *slate = &coll->comm->slate;

    return mpr_slate_is_pair(coll) && !slate->is_far && !slate->is_lent_by_all;
}

static void allreduce_slate(struct mpr_coll *coll, const struct mpr_items *own,
                            const struct mpr_items *out, struct mpr_op *op)
{
    MPI_Count run = MPR_ALLREDUCE_PIECE_BYTES / own->type->size_bytes;

    if (!meets_by_pieces(coll) || run == 0 || run >= own->count) {
        mpr_slate_allreduce(coll, own, out, op);
        return;
    }
    for (MPI_Count first = 0; first < own->count; first += run) {
        struct mpr_items piece = mpr_items_window(*own, first, run);
        struct mpr_items place = mpr_items_window(*out, first, run);
        mpr_slate_allreduce(coll, &piece, &place, op);
    }
}

void mpr_allreduce(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
                   struct mpr_type *type, struct mpr_op *op)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        mpr_inter_allreduce(coll, mpr_items(sendbuf, count, type), mpr_items(recvbuf, count, type),
                            op);
        return;
    }
    struct mpr_items out = mpr_items(recvbuf, count, type);
    struct mpr_items own = mpr_is_in_place(sendbuf) ? out : mpr_items(sendbuf, count, type);
    MPI_Count bytes = mpr_items_bytes(own);
    if (bytes == 0) {
        return;
    }
    if (mpr_slate_takes(coll, bytes)) {
        allreduce_slate(coll, &own, &out, op);
    } else if (mpr_slate_tries_to_lend(coll, bytes) &&
               mpr_slate_allreduce_lent(coll, &own, &out, op)) {
        return;
    } else if (op->commutative && mpr_slate_takes_tree(coll, bytes)) {
        mpr_slate_tree_allreduce(coll, &own, &out, op);
    } else if (coll->size == 2 && bytes > MPR_LONG_BYTES) {
        mpr_fold_whole(coll, own, out, op, MPI_PROC_NULL);
    } else if (coll->size > 1 && bytes > MPR_LONG_BYTES &&
               !mpr_coll_prefers_tree(coll->size, bytes)) {
        allreduce_spread(coll, own, out, op);
    } else if (mpr_coll_is_crowded() || mpr_group_is_parted(coll->comm->group)) {
        mpr_tree_reduce(coll, own, out, op, 0);
        mpr_tree_bcast(coll, out, 0);
    } else {
        allreduce_double(coll, own, out, op);
    }
}
