/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups: ordered sets of processes. Immutable once made, shared by reference. */
#ifndef MPR_COMM_GROUP_H
#define MPR_COMM_GROUP_H

#include "base/handle.h"
#include "mpi.h"

struct mpr_group {
    struct mpr_object object;
    int size;
    int rank;             /* of this process, or MPI_UNDEFINED */
    int world_ranks[];    /* by rank in the group */
};

/* Makes MPI_GROUP_EMPTY known (once). Returns 0 or an mpr error. */
int mpr_group_start(void);

struct mpr_group *mpr_group_find(MPI_Group handle);

/* A group of `size` processes, one reference, no handle yet; ranks are copied. NULL: no memory. */
struct mpr_group *mpr_group_make(int size, const int *world_ranks);

void mpr_group_retain(struct mpr_group *group);
void mpr_group_release(struct mpr_group *group);

/* The rank of a process of the world in the group, or MPI_UNDEFINED. */
int mpr_group_rank_of(const struct mpr_group *group, int world_rank);

#endif
