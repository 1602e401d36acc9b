/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives in which every member hears of all others: meetings on a slate. */
#include "coll/slate.h"
#include "coll/slate_data.h"

void mpr_slate_barrier(struct mpr_coll *coll)
{
    struct mpr_meeting meeting;

    mpr_meeting_open(&meeting, coll, 0);
    mpr_meeting_hold(&meeting);
}

/* --- Allreduce -------------------------------------------------------------------------------- */

/* Each of two members tells in its cell whether it finds the other far, so that both know the same,
 * and may choose by it when they meet again. */
static void tell_distance(const struct mpr_meeting *meeting)
{
    meeting->memory->meetings[meeting->round][meeting->coll->rank].bytes = mpr_slate_is_far();
}

static void hear_distances(const struct mpr_meeting *meeting)
{
    const struct mpr_slate_cell *cells = meeting->memory->meetings[meeting->round];

    meeting->coll->comm->slate.is_far = cells[0].bytes != 0 || cells[1].bytes != 0;
}

/* All members combine the same payloads in the same order, so that all get the same bits. */
void mpr_slate_allreduce(struct mpr_coll *coll, const struct mpr_items *own, MPI_Count first,
                         const struct mpr_items *out, struct mpr_op *op)
{
    struct mpr_meeting meeting;
    const void *payloads[MPR_SLATE_MEMBERS_MAX];
    size_t bytes = (size_t)mpr_items_bytes(*own);
    size_t offset = (size_t)mpr_type_bytes(own->type, first);

    mpr_slate_put(own, mpr_meeting_open(&meeting, coll, (MPI_Count)bytes), bytes);
    const bool tells = meeting.in_areas && coll->size == 2;
    if (tells) {
        tell_distance(&meeting);
    }
    if (!mpr_meeting_hold(&meeting)) {
        return;
    }
    if (tells) {
        hear_distances(&meeting);
    }
    if (out->count == 0) {
        return;
    }
    for (int rank = 0; rank < coll->size; rank++) {
        payloads[rank] = mpr_meeting_payload(&meeting, rank) + offset;
    }
    payloads[coll->rank] = mpr_slate_operand(own, first, out, payloads[coll->rank]);
    mpr_slate_fold(coll, payloads, coll->size, out, op);
}

/* --- Allgather and alltoall ------------------------------------------------------------------- */

void mpr_slate_allgather(struct mpr_coll *coll, const struct mpr_items *own,
                         const struct mpr_blocks *blocks)
{
    struct mpr_meeting meeting;
    size_t bytes = (size_t)mpr_items_bytes(*own);

    mpr_slate_put(own, mpr_meeting_open(&meeting, coll, (MPI_Count)bytes), bytes);
    if (!mpr_meeting_hold(&meeting)) {
        return;
    }
    for (int rank = 0; rank < coll->size; rank++) {
        struct mpr_items place = mpr_block_equal(blocks, rank);
        if (rank != coll->rank) {
            mpr_slate_get(&place, mpr_meeting_payload(&meeting, rank), bytes);
        } else if (!mpr_items_are_same(*own, place)) {
            mpr_coll_copy(coll, *own, place);
        }
    }
}

void mpr_slate_alltoall(struct mpr_coll *coll, const struct mpr_blocks *out,
                        const struct mpr_blocks *in)
{
    struct mpr_meeting meeting;
    size_t bytes = (size_t)mpr_items_bytes(mpr_block_equal(in, 0));
    size_t out_bytes = (size_t)mpr_items_bytes(mpr_block_equal(out, 0));
    unsigned char *own = mpr_meeting_open(&meeting, coll, coll->size * (MPI_Count)bytes);

    for (int rank = 0; rank < coll->size; rank++) {
        struct mpr_items block = mpr_block_equal(out, rank);
        if (rank != coll->rank) {
            mpr_slate_put(&block, own + (size_t)rank * bytes,
                          out_bytes < bytes ? out_bytes : bytes);
        }
    }
    if (!mpr_meeting_hold(&meeting)) {
        return;
    }
    for (int rank = 0; rank < coll->size; rank++) {
        struct mpr_items place = mpr_block_equal(in, rank);
        if (rank != coll->rank) {
            mpr_slate_get(&place, mpr_meeting_payload(&meeting, rank) + (size_t)coll->rank * bytes,
                          bytes);
        } else if (!mpr_items_are_same(mpr_block_equal(out, rank), place)) {
            mpr_coll_copy(coll, mpr_block_equal(out, rank), place);
        }
    }
}
