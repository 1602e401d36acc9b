/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators: a group, a context of its own for messages, and what belongs to it. */
#ifndef MPR_COMM_COMM_H
#define MPR_COMM_COMM_H

#include <stdbool.h>

#include "base/handle.h"
#include "comm/group.h"
#include "mpi.h"

/* Messages of the user and of collectives never match each other: each communicator owns two
 * neighbouring context ids. */
enum mpr_plane { MPR_PLANE_POINT = 0, MPR_PLANE_COLLECTIVE = 1 };

struct mpr_errhandler;

struct mpr_comm {
    struct mpr_object object;
    uint32_t context;        /* even: the point-to-point plane; + 1: the collective plane */
    int rank;                /* of this process */
    int size;
    struct mpr_group *group;
    const int *world_ranks;  /* group->world_ranks */
    struct mpr_errhandler *errhandler;
    uint32_t collective_count; /* collectives begun; their tags follow from it */
    char name[MPI_MAX_OBJECT_NAME];
};

extern struct mpr_comm *mpr_comm_world;
extern struct mpr_comm *mpr_comm_self;

/* Makes MPI_COMM_WORLD and MPI_COMM_SELF for a process that is `rank` of `size`, after
 * mpr_group_start(). Returns 0 or an mpr error. */
int mpr_comm_start(int rank, int size);
void mpr_comm_stop(void);

/* The communicator that a handle names, or NULL. */
struct mpr_comm *mpr_comm_find(MPI_Comm handle);

/* Operations in flight keep their communicator: MPI_Comm_free only drops the handle's reference. */
void mpr_comm_retain(struct mpr_comm *comm);
void mpr_comm_release(struct mpr_comm *comm);

/* A collective over all members of `comm`; see comm/context.c for how they agree on the context.
 * On success *newcomm has a handle and one reference. Returns 0 or an mpr error. */
int mpr_comm_dup(struct mpr_comm *comm, struct mpr_comm **newcomm);

/* Likewise; *newcomm is NULL where color is MPI_UNDEFINED. Order: key, then rank in `comm`. */
int mpr_comm_split(struct mpr_comm *comm, int color, int key, struct mpr_comm **newcomm);

#endif
