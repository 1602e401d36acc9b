/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Bcast. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/slate.h"
#include "coll/spread.h"
#include "coll/tree.h"

/* The root deals one piece to each rank, then all share their pieces (Barnett and others,
 * "Interprocessor collective communication library", 1994, known as van de Geijn's broadcast):
 * every core copies at the same time. Pieces are cut by bytes, because ranks may describe the same
 * data by different types; so data with gaps goes through a packed copy. */
static void bcast_spread(struct mpr_coll *coll, struct mpr_items items, int root)
{
    struct mpr_scratch scratch;
    MPI_Count bytes = mpr_items_bytes(items);
    MPI_Aint offset = 0;
    bool is_packed = mpr_type_is_run(items.type, items.count, &offset);
    void *memory = is_packed ? (void *)((uintptr_t)items.buffer + (uintptr_t)offset)
                             : mpr_coll_open(coll, &scratch, (size_t)bytes);
    if (memory == NULL) {
        return;
    }
    struct mpr_items packed = mpr_items_packed(memory, bytes);
    struct mpr_blocks pieces = mpr_blocks_cut(packed, coll->size);
    bool is_root = coll->rank == root;
    if (is_root && !is_packed) {
        mpr_coll_copy(coll, items, packed);
    }
    struct mpr_items own = mpr_block(&pieces, coll->rank);
    mpr_spread_scatter(coll, &pieces, is_root ? mpr_items_packed(MPI_IN_PLACE, 0) : own, root);
    mpr_spread_share(coll, own, &pieces, root);
    if (!is_packed) {
        if (!is_root) {
            mpr_coll_copy(coll, packed, items);
        }
        mpr_coll_close(coll, &scratch);
    }
}

void mpr_bcast(struct mpr_coll *coll, void *buffer, MPI_Count count, struct mpr_type *type,
               int root)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        mpr_inter_bcast(coll, mpr_items(buffer, count, type), root);
        return;
    }
    struct mpr_items items = mpr_items(buffer, count, type);
    MPI_Count bytes = mpr_items_bytes(items);
    if (bytes == 0 || coll->size == 1) {
        return;
    }
    if (mpr_slate_takes(coll, 0) && mpr_slate_bcast(coll, &items, root)) {
        return;
    }
    if (coll->size > 2 && bytes > MPR_LONG_BYTES && !mpr_coll_is_crowded()) {
        bcast_spread(coll, items, root);
    } else {
        mpr_tree_bcast(coll, items, root);
    }
}
