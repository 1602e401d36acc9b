/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Allgather and MPI_Allgatherv. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/slate.h"
#include "coll/spread.h"
#include "coll/tree.h"

/* Bruck and others, "Efficient algorithms for all-to-all communications in multiport
 * message-passing systems", 1997: the number of blocks that a rank has doubles with each of
 * log2(size) rounds, for any size. Blocks lie packed, this rank's own first and then in the order
 * of ranks. */
static void allgather_bruck(struct mpr_coll *coll, struct mpr_items own,
                            const struct mpr_blocks *blocks)
{
    struct mpr_scratch scratch;
    struct mpr_items block = mpr_block(blocks, coll->rank);
    MPI_Count bytes = mpr_items_bytes(block);
    unsigned char *packed = mpr_coll_open(coll, &scratch, (size_t)(coll->size * bytes));
    if (packed == NULL) {
        return;
    }
    if (!mpr_is_in_place(own.buffer)) {
        mpr_coll_copy(coll, own, block);
    }
    mpr_coll_copy(coll, block, mpr_items_packed(packed, bytes));
    for (int64_t have = 1; have < coll->size; have *= 2) {
        MPI_Count part = (have < coll->size - have ? have : coll->size - have) * bytes;
        int dest = (int)((coll->rank - have + coll->size) % coll->size);
        int source = (int)((coll->rank + have) % coll->size);
        mpr_coll_sendrecv(coll, mpr_items_packed(packed, part), dest,
                          mpr_items_packed(packed + have * bytes, part), source);
    }
    for (int place = 1; place < coll->size; place++) {
        mpr_coll_copy(coll, mpr_items_packed(packed + place * bytes, bytes),
                      mpr_block(blocks, (coll->rank + place) % coll->size));
    }
    mpr_coll_close(coll, &scratch);
}

/* What this rank gives to the others: its own buffer, so that nobody waits for a copy of it, and no
 * line that others have read is written at the next call. Data with gaps are packed into their
 * block first, once for all. */
static MPR_INLINE struct mpr_items own_items(struct mpr_coll *coll, struct mpr_items own,
                                             const struct mpr_blocks *blocks)
{
    struct mpr_items place = mpr_block(blocks, coll->rank);
    MPI_Aint offset = 0;
    if (mpr_is_in_place(own.buffer)) {
        return place;
    }
    if (mpr_type_is_run(own.type, own.count, &offset)) {
        return own;
    }
    mpr_coll_copy(coll, own, place);
    return place;
}

/* --- A gather and a broadcast ----------------------------------------------------------------- */

/* Whether the blocks lie one after the other: then together they are items of their type. */
static bool are_dense(const struct mpr_blocks *blocks, int size)
{
    for (int rank = 1; rank < size; rank++) {
        if (mpr_block_first(blocks, rank) !=
            mpr_block_first(blocks, rank - 1) + mpr_block(blocks, rank - 1).count) {
            return false;
        }
    }
    return true;
}

static struct mpr_items dense_items(const struct mpr_blocks *blocks, int size)
{
    struct mpr_items first = mpr_block(blocks, 0);
    MPI_Count end = mpr_block_first(blocks, size - 1) + mpr_block(blocks, size - 1).count;

    return mpr_items_slice(first, 0, end - mpr_block_first(blocks, 0));
}

/* How the blocks lie may differ from rank to rank, what travels does not. */
static void bcast_blocks(struct mpr_coll *coll, const struct mpr_blocks *blocks, MPI_Count bytes,
                         int root)
{
    struct mpr_scratch scratch;

    if (are_dense(blocks, coll->size)) {
        mpr_tree_bcast(coll, dense_items(blocks, coll->size), root);
        return;
    }
    unsigned char *packed = mpr_coll_open(coll, &scratch, (size_t)bytes);
    if (packed == NULL) {
        return;
    }
    if (coll->rank == root) {
        mpr_coll_pack(coll, blocks, packed);
    }
    mpr_tree_bcast(coll, mpr_items_packed(packed, bytes), root);
    if (coll->rank != root) {
        mpr_coll_unpack(coll, packed, blocks);
    }
    mpr_coll_close(coll, &scratch);
}

/* The broadcast brings each rank its own block, too: if it gives more than that has room for, only
 * the root would notice. */
static void allgather_tree(struct mpr_coll *coll, struct mpr_items own,
                           const struct mpr_blocks *blocks, MPI_Count bytes)
{
    struct mpr_items block = mpr_block(blocks, coll->rank);

    if (!mpr_is_in_place(own.buffer)) {
        bool fits = mpr_items_bytes(own) <= mpr_items_bytes(block);
        mpr_coll_note(coll, fits ? MPR_OK : MPR_ERR_TRUNCATE);
    } else if (coll->rank != 0) {
        own = block;
    }
    mpr_spread_gather(coll, own, blocks, 0);
    bcast_blocks(coll, blocks, bytes, 0);
}

/* --- The choice ------------------------------------------------------------------------------- */

/* The largest block has `most` bytes, all together have `all`. Where ranks share cores each block
 * must fit into an area. */
static MPR_INLINE bool goes_on_slate(const struct mpr_coll *coll, MPI_Count most, MPI_Count all)
{
    return all > 0 && (mpr_slate_takes(coll, all) ||
                       (most <= MPR_SLATE_AREA_BYTES && mpr_slate_is_shared(coll)));
}

static bool goes_along_tree(const struct mpr_coll *coll, MPI_Count all)
{
    return mpr_coll_is_crowded() &&
           (all <= MPR_ALLGATHER_BRUCK_BYTES || (coll->size >= MPR_ALLGATHER_TREE_RANKS &&
                                                 mpr_coll_prefers_tree(coll->size, all)));
}

static void by_messages(struct mpr_coll *coll, struct mpr_items own,
                        const struct mpr_blocks *blocks, MPI_Count all)
{
    bool is_any = coll->size > 1 && all > 0;

    if (is_any && goes_along_tree(coll, all)) {
        allgather_tree(coll, own, blocks, all);
    } else if (is_any && blocks->vector == NULL && all <= MPR_ALLGATHER_BRUCK_BYTES) {
        allgather_bruck(coll, own, blocks);
    } else {
        mpr_spread_share(coll, own_items(coll, own, blocks), blocks, MPI_PROC_NULL);
    }
}

static MPR_INLINE void allgather(struct mpr_coll *coll, struct mpr_items own,
                                 const struct mpr_blocks *blocks, MPI_Count most, MPI_Count all)
{
    if (goes_on_slate(coll, most, all)) {
        struct mpr_items block = mpr_block(blocks, coll->rank);
        mpr_slate_allgather(coll, mpr_is_in_place(own.buffer) ? &block : &own, blocks, most, all);
    } else {
        by_messages(coll, own, blocks, all);
    }
}

void mpr_allgather(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                   struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                   struct mpr_type *recvtype)
{
    struct mpr_items own = mpr_items(sendbuf, sendcount, sendtype);
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks blocks =
            mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->comm->remote_size);
        mpr_inter_share(coll, own, &blocks);
        return;
    }
    struct mpr_blocks blocks = mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->size);
    MPI_Count bytes = mpr_type_bytes(recvtype, recvcount);
    allgather(coll, own, &blocks, bytes, coll->size * bytes);
}

void mpr_allgatherv(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                    struct mpr_type *sendtype, void *recvbuf, const struct mpr_vector *recvs,
                    struct mpr_type *recvtype)
{
    struct mpr_items own = mpr_items(sendbuf, sendcount, sendtype);
    struct mpr_blocks blocks = mpr_blocks_vector(recvbuf, recvs, recvtype);
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        mpr_inter_share(coll, own, &blocks);
        return;
    }
    allgather(coll, own, &blocks, mpr_blocks_most_bytes(&blocks, coll->size),
              mpr_blocks_bytes(&blocks, coll->size));
}
