/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives in which every member hears of all others: meetings on a slate. */
#include <string.h>

#include "coll/slate.h"
#include "p2p/store.h"

/* How this rank stores into its areas, whose lines the others have read. */
static struct mpr_store store;

/* The bytes of a rank's payload, packed, from and to the user's buffers. */
static void put(struct mpr_items from, unsigned char *payload, size_t bytes)
{
    if (bytes >= MPR_STORE_LONG_BYTES && (uintptr_t)payload % MPR_LINE_BYTES == 0) {
        mpr_store_long(&store, from.type, from.buffer, 0, payload, bytes);
    } else if (mpr_likely(from.type->contiguous)) {
        memcpy(payload, from.buffer, bytes);
    } else {
        mpr_type_pack(from.type, from.buffer, 0, payload, bytes);
    }
}

static void get(struct mpr_items to, const unsigned char *payload, size_t bytes)
{
    if (mpr_likely(to.type->contiguous)) {
        memcpy(to.buffer, payload, bytes);
    } else {
        mpr_type_unpack(to.type, to.buffer, 0, payload, bytes);
    }
}

void mpr_slate_barrier(struct mpr_coll *coll)
{
    struct mpr_meeting meeting;

    mpr_meeting_open(&meeting, coll, 0);
    mpr_meeting_hold(&meeting);
}

/* --- Allreduce -------------------------------------------------------------------------------- */

/* What this rank has written is still in its own buffer, but in place. */
static const void *operand(const struct mpr_meeting *meeting, struct mpr_items own,
                           struct mpr_items out, int rank)
{
    return rank == meeting->coll->rank && own.buffer != out.buffer
               ? own.buffer
               : mpr_meeting_payload(meeting, rank);
}

/* All members combine the same payloads in the same order, from the last rank down, so that all get
 * the same bits. */
static void fold_payloads(const struct mpr_meeting *meeting, struct mpr_items own,
                          struct mpr_items out, const struct mpr_op *op)
{
    mpr_kernel *kernel = op->kernels[out.type->element];
    int rank = meeting->coll->size - 2;

    kernel(operand(meeting, own, out, rank), operand(meeting, own, out, rank + 1), out.buffer,
           out.count);
    while (--rank >= 0) {
        kernel(operand(meeting, own, out, rank), out.buffer, out.buffer, out.count);
    }
}

/* Items with gaps must lie as the operator expects them; and a function of the user gets a copy,
 * for it is not ours to say what it does with it. */
static void fold_copies(const struct mpr_meeting *meeting, struct mpr_items out, size_t bytes,
                        struct mpr_op *op)
{
    struct mpr_coll *coll = meeting->coll;
    struct mpr_scratch scratch;
    struct mpr_items copy;

    if (!mpr_coll_open_items(coll, &scratch, 1, out.count, out.type, &copy)) {
        return;
    }
    get(out, mpr_meeting_payload(meeting, coll->size - 1), bytes);
    for (int rank = coll->size - 2; rank >= 0; rank--) {
        get(copy, mpr_meeting_payload(meeting, rank), bytes);
        mpr_coll_apply(coll, op, copy.buffer, out.buffer, out);
    }
    mpr_coll_close(coll, &scratch);
}

void mpr_slate_allreduce(struct mpr_coll *coll, struct mpr_items own, struct mpr_items out,
                         struct mpr_op *op)
{
    struct mpr_meeting meeting;
    size_t bytes = (size_t)mpr_items_bytes(own);

    put(own, mpr_meeting_open(&meeting, coll, (MPI_Count)bytes), bytes);
    if (!mpr_meeting_hold(&meeting)) {
        return;
    }
    if (op->kernels != NULL && out.type->contiguous) {
        fold_payloads(&meeting, own, out, op);
    } else {
        fold_copies(&meeting, out, bytes, op);
    }
}

/* --- Allgather and alltoall ------------------------------------------------------------------- */

void mpr_slate_allgather(struct mpr_coll *coll, struct mpr_items own,
                         const struct mpr_blocks *blocks)
{
    struct mpr_meeting meeting;
    size_t bytes = (size_t)mpr_items_bytes(own);

    put(own, mpr_meeting_open(&meeting, coll, (MPI_Count)bytes), bytes);
    if (!mpr_meeting_hold(&meeting)) {
        return;
    }
    for (int rank = 0; rank < coll->size; rank++) {
        if (rank != coll->rank) {
            get(mpr_block(blocks, rank), mpr_meeting_payload(&meeting, rank), bytes);
        }
    }
}

void mpr_slate_alltoall(struct mpr_coll *coll, const struct mpr_blocks *out,
                        const struct mpr_blocks *in)
{
    struct mpr_meeting meeting;
    size_t bytes = (size_t)mpr_items_bytes(mpr_block(in, coll->rank));
    size_t out_bytes = (size_t)mpr_items_bytes(mpr_block(out, coll->rank));
    unsigned char *own = mpr_meeting_open(&meeting, coll, coll->size * (MPI_Count)bytes);

    for (int rank = 0; rank < coll->size; rank++) {
        if (rank != coll->rank) {
            put(mpr_block(out, rank), own + (size_t)rank * bytes,
                out_bytes < bytes ? out_bytes : bytes);
        }
    }
    if (!mpr_meeting_hold(&meeting)) {
        return;
    }
    for (int rank = 0; rank < coll->size; rank++) {
        if (rank != coll->rank) {
            get(mpr_block(in, rank),
                mpr_meeting_payload(&meeting, rank) + (size_t)coll->rank * bytes, bytes);
        }
    }
    if (out->buffer != in->buffer) {
        mpr_coll_copy(coll, mpr_block(out, coll->rank), mpr_block(in, coll->rank));
    }
}
