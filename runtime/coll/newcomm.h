/* SPDX-License-Identifier: BSD-3-Clause */
/* Making communicators from an existing one: collectives over all of its members, or over the
 * members of a group of it.
 *
 * Whatever goes wrong in one process before the members agree (no memory, no context id left) is an
 * error in every process, so that none of them holds a communicator whose other members do not.
 * Several threads may make communicators at once as long as each works on a parent of its own. The
 * new ones have the parent's error handler, a handle and one reference; *newcomm is NULL in a
 * process that belongs to none. From an intercommunicator intercommunicators are made. Each returns
 * 0 or an mpr error. All functions need the library's lock. */
#ifndef MPR_COLL_NEWCOMM_H
#define MPR_COLL_NEWCOMM_H

#include "coll/agree.h"
#include "coll/message.h"
#include "comm/comm.h"

/* A copy that is being made: as long as the call that makes it. */
struct mpr_dup {
    struct mpr_comm *comm; /* the copy, once the call is over */
    int64_t values[MPR_CONTEXTS_INTER];
};

/* The same processes in the same order, with the same topology. `code` is what has gone wrong in
 * this process before, an mpr error, or 0. In any form: blocking or written down, as `coll` was
 * begun, on the communicator to be copied; coll->error is the result. */
void mpr_comm_dup(struct mpr_coll *coll, int code, struct mpr_dup *dup);

/* One communicator for each color, ordered by key, then by rank in the parent; none for
 * MPI_UNDEFINED. */
int mpr_comm_split(struct mpr_comm *parent, int color, int key, struct mpr_comm **newcomm);

/* The processes of `group`, a part of the parent's. Groups that have no process in common may be
 * made at once, each member naming its own. */
int mpr_comm_create(struct mpr_comm *parent, struct mpr_group *group, struct mpr_comm **newcomm);

/* The same, but only the members of `group` call it: this process is one. `plane` and `tag` tell
 * calls apart that several threads make at once: MPR_PLANE_MAKING or MPR_PLANE_NAMED. */
int mpr_comm_create_group(struct mpr_comm *parent, struct mpr_group *group, enum mpr_plane plane,
                          int tag, struct mpr_comm **newcomm);

#endif
