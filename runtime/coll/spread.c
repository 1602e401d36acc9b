/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocks that go straight to where they are needed.
 *
 * What is sent goes first: then the others' blocks are on their way while receives are started, and
 * one that has come by then is taken where it lies in the ring, which costs less than to post its
 * receive and to look that up. Nothing is laid aside in between, because starting an operation
 * takes no message out of the rings but those that have a receive. */
#include "coll/spread.h"

#include "coll/choose.h"

/* The rank `distance` places after this one, and before it. */
static int rank_after(const struct mpr_coll *coll, int distance)
{
    int rank = coll->rank + distance;
    return rank < coll->size ? rank : rank - coll->size;
}

static int rank_before(const struct mpr_coll *coll, int distance)
{
    int rank = coll->rank - distance;
    return rank >= 0 ? rank : rank + coll->size;
}

/* The root of two ranks: a blocking receive of a short block is simpler than a batch of one, and
 * may watch the ring. */
static void gather_one(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                       int root)
{
    if (!mpr_is_in_place(own.buffer)) {
        mpr_coll_copy(coll, own, mpr_block(blocks, root));
    }
    if (mpr_items_bytes(mpr_block(blocks, 1 - root)) > 0) {
        mpr_coll_recv(coll, mpr_block(blocks, 1 - root), 1 - root);
    }
}

void mpr_spread_gather(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                       int root)
{
    if (coll->rank != root) {
        if (mpr_items_bytes(own) > 0) {
            mpr_coll_send(coll, own, root);
        }
        return;
    }
    if (coll->size == 2 && mpr_items_bytes(mpr_block(blocks, 1 - root)) <= MPR_GATHER_ONE_BYTES) {
        gather_one(coll, own, blocks, root);
        return;
    }
    struct mpr_batch batch;
    if (!mpr_batch_open(&batch, coll, coll->size)) {
        return;
    }
    for (int distance = 1; distance < coll->size; distance++) {
        int source = rank_after(coll, distance);
        mpr_batch_recv(&batch, mpr_block(blocks, source), source);
    }
    if (!mpr_is_in_place(own.buffer)) {
        mpr_coll_copy(coll, own, mpr_block(blocks, root));
    }
    mpr_batch_finish(&batch);
}

void mpr_spread_scatter(struct mpr_coll *coll, const struct mpr_blocks *blocks,
                        struct mpr_items own, int root)
{
    if (coll->rank != root) {
        if (mpr_items_bytes(own) > 0) {
            mpr_coll_recv(coll, own, root);
        }
        return;
    }
    struct mpr_batch batch;
    if (!mpr_batch_open(&batch, coll, coll->size)) {
        return;
    }
    for (int distance = 1; distance < coll->size; distance++) {
        int dest = rank_after(coll, distance);
        mpr_batch_send(&batch, mpr_block(blocks, dest), dest);
    }
    if (!mpr_is_in_place(own.buffer)) {
        mpr_coll_copy(coll, mpr_block(blocks, root), own);
    }
    mpr_batch_finish(&batch);
}

void mpr_spread_share(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                      int full)
{
    struct mpr_batch batch;
    if (!mpr_batch_open(&batch, coll, 2 * coll->size)) {
        return;
    }
    for (int distance = 1; distance < coll->size; distance++) {
        int dest = rank_after(coll, distance);
        if (dest != full) {
            mpr_batch_send(&batch, own, dest);
        }
    }
    for (int distance = 1; distance < coll->size && coll->rank != full; distance++) {
        int source = rank_before(coll, distance);
        mpr_batch_recv(&batch, mpr_block(blocks, source), source);
    }
    struct mpr_items place = mpr_block(blocks, coll->rank);
    if (!mpr_items_are_same(own, place)) {
        mpr_coll_copy(coll, own, place);
    }
    mpr_batch_finish(&batch);
}

void mpr_spread_exchange(struct mpr_coll *coll, const struct mpr_blocks *out,
                         const struct mpr_blocks *in)
{
    struct mpr_batch batch;
    if (!mpr_batch_open(&batch, coll, 2 * coll->size)) {
        return;
    }
    for (int distance = 1; distance < coll->size; distance++) {
        int dest = rank_after(coll, distance);
        mpr_batch_send(&batch, mpr_block(out, dest), dest);
    }
    for (int distance = 1; distance < coll->size; distance++) {
        int source = rank_before(coll, distance);
        mpr_batch_recv(&batch, mpr_block(in, source), source);
    }
    mpr_coll_copy(coll, mpr_block(out, coll->rank), mpr_block(in, coll->rank));
    mpr_batch_finish(&batch);
}

void mpr_spread_exchange_in_place(struct mpr_coll *coll, const struct mpr_blocks *blocks)
{
    MPI_Count most = mpr_blocks_most_bytes(blocks, coll->size);
    struct mpr_scratch scratch;
    void *packed = mpr_coll_open(coll, &scratch, (size_t)most);
    if (packed == NULL) {
        return;
    }
    /* In round r the ranks whose sum is r (modulo the size) make a pair. */
    for (int round = 0; round < coll->size; round++) {
        int peer = (round - coll->rank + coll->size) % coll->size;
        struct mpr_items block = mpr_block(blocks, peer);
        MPI_Count bytes = mpr_items_bytes(block);
        if (peer != coll->rank && bytes > 0) {
            mpr_coll_copy(coll, block, mpr_items_packed(packed, bytes));
            mpr_coll_sendrecv(coll, mpr_items_packed(packed, bytes), peer, block, peer);
        }
    }
    mpr_coll_close(coll, &scratch);
}
