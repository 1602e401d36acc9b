/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Barrier. */
#include "coll/choose.h"
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/message.h"
#include "coll/slate.h"
#include "coll/tree.h"
#include "comm/levels.h"

/* In round r a rank tells the rank 2^r places further on, and hears from the one 2^r places before:
 * after log2(size) rounds it has heard of all (Hensgen, Finkel and Manber, "Two algorithms for
 * barrier synchronization", 1988). Any size. */
static void barrier_disseminate(struct mpr_coll *coll)
{
    struct mpr_items nothing = mpr_items_packed(NULL, 0);
    for (int64_t distance = 1; distance < coll->size; distance *= 2) {
        int dest = (int)((coll->rank + distance) % coll->size);
        int source = (int)((coll->rank - distance + coll->size) % coll->size);
        mpr_coll_sendrecv(coll, nothing, dest, nothing, source);
    }
}

void mpr_barrier(struct mpr_coll *coll)
{
    if (mpr_unlikely(mpr_comm_is_inter(coll->comm))) {
        mpr_inter_barrier(coll);
        return;
    }
    if (mpr_slate_takes(coll, 0)) {
        mpr_slate_barrier(coll);
    } else if (mpr_slate_takes_tree(coll, 0)) {
        mpr_slate_tree_barrier(coll);
    } else if (mpr_coll_is_crowded() || mpr_group_is_parted(coll->comm->group)) {
        mpr_tree_barrier(coll);
    } else {
        barrier_disseminate(coll);
    }
}
