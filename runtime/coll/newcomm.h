/* SPDX-License-Identifier: BSD-3-Clause */
/* Making communicators: collectives over all members of an existing one.
 *
 * Whatever goes wrong in one process before the members agree (no memory, no context id left) is an
 * error in every process, so that none of them holds a communicator whose other members do not.
 * Several threads may make communicators at once as long as each works on a parent of its own. All
 * functions need the library's lock. */
#ifndef MPR_COLL_NEWCOMM_H
#define MPR_COLL_NEWCOMM_H

#include "comm/comm.h"

/* A communicator of the same processes in the same order, with the parent's error handler. `code`
 * is what has gone wrong in this process before, an mpr error, or 0. On success *newcomm has a
 * handle and one reference. Returns 0 or an mpr error. */
int mpr_comm_dup(struct mpr_comm *parent, int code, struct mpr_comm **newcomm);

/* One communicator for each color, ordered by key, then by rank in the parent. *newcomm is NULL
 * where `color` is MPI_UNDEFINED. Returns 0 or an mpr error. */
int mpr_comm_split(struct mpr_comm *parent, int color, int key, struct mpr_comm **newcomm);

#endif
