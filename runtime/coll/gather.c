/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Gather and MPI_Gatherv. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/spread.h"
#include "coll/tree.h"

void mpr_gather(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                struct mpr_type *recvtype, int root)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks blocks = {0};
        if (root == MPI_ROOT) {
            blocks = mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->comm->remote_size);
        }
        mpr_inter_gather(coll, mpr_items(sendbuf, sendcount, sendtype), &blocks, root);
        return;
    }
    bool is_root = coll->rank == root;
    struct mpr_items own = mpr_items(sendbuf, sendcount, sendtype);
    MPI_Count bytes = is_root ? mpr_type_bytes(recvtype, recvcount) : mpr_items_bytes(own);
    if (bytes == 0) {
        return;
    }
    struct mpr_blocks blocks = {0};
    if (is_root) {
        blocks = mpr_blocks_equal(recvbuf, recvcount, recvtype, coll->size);
    }
    if (coll->size >= MPR_GATHER_TREE_RANKS && bytes <= MPR_GATHER_TREE_BYTES) {
        mpr_tree_gather(coll, own, &blocks, root);
    } else {
        mpr_spread_gather(coll, own, &blocks, root);
    }
}

/* The blocks' sizes are known at the root alone, so that there is nothing to choose by. */
void mpr_gatherv(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                 struct mpr_type *sendtype, void *recvbuf, const struct mpr_vector *recvs,
                 struct mpr_type *recvtype, int root)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks blocks = mpr_blocks_vector(recvbuf, recvs, recvtype);
        mpr_inter_gather(coll, mpr_items(sendbuf, sendcount, sendtype), &blocks, root);
        return;
    }
    struct mpr_blocks blocks = {0};
    if (coll->rank == root) {
        blocks = mpr_blocks_vector(recvbuf, recvs, recvtype);
    }
    mpr_spread_gather(coll, mpr_items(sendbuf, sendcount, sendtype), &blocks, root);
}
