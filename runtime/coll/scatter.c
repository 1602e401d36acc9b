/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Scatter and MPI_Scatterv. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/spread.h"
#include "coll/tree.h"

void mpr_scatter(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                 struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                 struct mpr_type *recvtype, int root)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks blocks = {0};
        if (root == MPI_ROOT) {
            blocks = mpr_blocks_equal(sendbuf, sendcount, sendtype, coll->comm->remote_size);
        }
        mpr_inter_scatter(coll, &blocks, mpr_items(recvbuf, recvcount, recvtype), root);
        return;
    }
    bool is_root = coll->rank == root;
    struct mpr_items own = mpr_items(recvbuf, recvcount, recvtype);
    MPI_Count bytes = is_root ? mpr_type_bytes(sendtype, sendcount) : mpr_items_bytes(own);
    if (bytes == 0) {
        return;
    }
    struct mpr_blocks blocks = {0};
    if (is_root) {
        blocks = mpr_blocks_equal(sendbuf, sendcount, sendtype, coll->size);
    }
    if (coll->size >= MPR_GATHER_TREE_RANKS && bytes <= MPR_GATHER_TREE_BYTES) {
        mpr_tree_scatter(coll, &blocks, own, root);
    } else {
        mpr_spread_scatter(coll, &blocks, own, root);
    }
}

/* The blocks' sizes are known at the root alone, so that there is nothing to choose by. */
void mpr_scatterv(struct mpr_coll *coll, const void *sendbuf, const struct mpr_vector *sends,
                  struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                  struct mpr_type *recvtype, int root)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        struct mpr_blocks blocks = mpr_blocks_vector(sendbuf, sends, sendtype);
        mpr_inter_scatter(coll, &blocks, mpr_items(recvbuf, recvcount, recvtype), root);
        return;
    }
    struct mpr_blocks blocks = {0};
    if (coll->rank == root) {
        blocks = mpr_blocks_vector(sendbuf, sends, sendtype);
    }
    mpr_spread_scatter(coll, &blocks, mpr_items(recvbuf, recvcount, recvtype), root);
}
