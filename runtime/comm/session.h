/* SPDX-License-Identifier: BSD-3-Clause */
/* Sessions: a process's own uses of MPI, each with what was derived from it (MPI 5.0, 11.3).
 *
 * Groups refer to the session that they were derived from, and communicators do by their groups.
 * The handle of a session is valid until it is finalized, the object lives as long as anything
 * refers to it. Needs the library's lock. */
#ifndef MPR_COMM_SESSION_H
#define MPR_COMM_SESSION_H

#include "base/handle.h"
#include "mpi.h"

struct mpr_attached;
struct mpr_errhandler;

struct mpr_session {
    struct mpr_object object;
    struct mpr_errhandler *errhandler; /* a reference */
    struct mpr_attached *attached;     /* its buffer for buffered sends; NULL: none (p2p/bsend.h) */
};

/* A session with a handle and one reference. Returns 0 or an mpr error. */
int mpr_session_make(struct mpr_errhandler *errhandler, struct mpr_session **session);

/* The session that a handle names, or NULL. */
struct mpr_session *mpr_session_find(MPI_Session handle);

/* The handle becomes invalid and its reference is dropped. */
void mpr_session_free(struct mpr_session *session);

void mpr_session_retain(struct mpr_session *session);
void mpr_session_release(struct mpr_session *session);

/* Calls on `session` that fail are `errhandler`'s from now on. */
void mpr_session_set_errhandler(struct mpr_session *session, struct mpr_errhandler *errhandler);

#endif
