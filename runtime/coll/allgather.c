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
static void allgather_bruck(struct mpr_coll *coll, const struct mpr_blocks *blocks)
{
    struct mpr_scratch scratch;
    struct mpr_items own = mpr_block(blocks, coll->rank);
    MPI_Count bytes = mpr_items_bytes(own);
    unsigned char *packed = mpr_coll_open(coll, &scratch, (size_t)(coll->size * bytes));
    if (packed == NULL) {
        return;
    }
    mpr_coll_copy(coll, own, mpr_items_packed(packed, bytes));
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

/* Where ranks share cores, as long as each block fits into an area. */
static bool goes_on_slate(const struct mpr_coll *coll, MPI_Count bytes)
{
    return mpr_slate_takes(coll, bytes) || (bytes <= coll->size * (MPI_Count)MPR_SLATE_AREA_BYTES &&
                                            mpr_slate_is_shared(coll));
}

void mpr_allgather(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                   struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                   struct mpr_type *recvtype)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks blocks =
            mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->comm->remote_size);
        mpr_inter_share(coll, mpr_items(sendbuf, sendcount, sendtype), &blocks);
        return;
    }
    struct mpr_blocks blocks = mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->size);
    struct mpr_items all = mpr_items(recvbuf, blocks.total, recvtype);
    MPI_Count bytes = mpr_items_bytes(all);
    struct mpr_items own = mpr_items(sendbuf, sendcount, sendtype);
    if (bytes > 0 && goes_on_slate(coll, bytes)) {
        struct mpr_items block = mpr_block(&blocks, coll->rank);
        mpr_slate_allgather(coll, mpr_is_in_place(sendbuf) ? &block : &own, &blocks);
        return;
    }
    bool is_tree = coll->size >= MPR_ALLGATHER_TREE_RANKS &&
                   mpr_coll_prefers_tree(coll->size, bytes);
    if (coll->size > 1 && bytes > MPR_ALLGATHER_BRUCK_BYTES && !is_tree) {
        mpr_spread_share(coll, own_items(coll, own, &blocks), &blocks, MPI_PROC_NULL);
        return;
    }
    if (!mpr_is_in_place(sendbuf)) {
        mpr_coll_copy(coll, own, mpr_block(&blocks, coll->rank));
    }
    if (bytes == 0 || coll->size == 1) {
        return;
    }
    if (mpr_coll_is_crowded()) {
        struct mpr_items block = mpr_block(&blocks, coll->rank);
        mpr_spread_gather(coll, coll->rank == 0 ? mpr_items_packed(MPI_IN_PLACE, 0) : block,
                          &blocks, 0);
        mpr_tree_bcast(coll, all, 0);
    } else {
        allgather_bruck(coll, &blocks);
    }
}

void mpr_allgatherv(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                    struct mpr_type *sendtype, void *recvbuf, const struct mpr_vector *recvs,
                    struct mpr_type *recvtype)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks blocks = mpr_blocks_vector(recvbuf, recvs, recvtype);
        mpr_inter_share(coll, mpr_items(sendbuf, sendcount, sendtype), &blocks);
        return;
    }
    struct mpr_blocks blocks = mpr_blocks_vector(recvbuf, recvs, recvtype);
    struct mpr_items own = mpr_items(sendbuf, sendcount, sendtype);
    mpr_spread_share(coll, own_items(coll, own, &blocks), &blocks, MPI_PROC_NULL);
}
