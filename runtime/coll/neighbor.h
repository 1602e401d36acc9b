/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbourhood collectives: every process talks to its neighbours in the communicator's topology
 * (MPI 5.0, 8.6). Block i of what is received comes from source i, block i of what is sent goes to
 * destination i; those of MPI_PROC_NULL are left alone. As for coll/coll.h. */
#ifndef MPR_COLL_NEIGHBOR_H
#define MPR_COLL_NEIGHBOR_H

#include "coll/message.h"

/* MPI_Neighbor_allgather, _allgatherv: the same items to all destinations. */
void mpr_neighbor_share(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *in);

/* MPI_Neighbor_alltoall, _alltoallv, _alltoallw. */
void mpr_neighbor_exchange(struct mpr_coll *coll, const struct mpr_blocks *out,
                           const struct mpr_blocks *in);

#endif
