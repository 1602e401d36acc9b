/* SPDX-License-Identifier: BSD-3-Clause */
/* Error handlers: what happens when an MPI call on a communicator or a session fails.
 *
 * Such objects and any number of user's handles share an error handler. As with groups, all of
 * these handles are one value, open while the user holds at least one. Needs the library's lock. */
#ifndef MPR_COMM_ERRHANDLER_H
#define MPR_COMM_ERRHANDLER_H

#include <stdbool.h>

#include "base/handle.h"
#include "mpi.h"

enum mpr_errhandler_kind {
    MPR_ERRHANDLER_FATAL,  /* MPI_ERRORS_ARE_FATAL: ends the job */
    MPR_ERRHANDLER_ABORT,  /* MPI_ERRORS_ABORT: ends the processes of the communicator */
    MPR_ERRHANDLER_RETURN, /* MPI_ERRORS_RETURN */
    MPR_ERRHANDLER_USER    /* a function of the user */
};

/* A function of the user, for objects of one kind. It is never called under the lock. */
struct mpr_errhandler_function {
    enum mpr_kind kind; /* MPR_KIND_COMM or MPR_KIND_SESSION; 0: there is none */
    union {
        MPI_Comm_errhandler_function *comm;
        MPI_Session_errhandler_function *session;
    };
};

struct mpr_errhandler {
    struct mpr_object object;
    enum mpr_errhandler_kind kind;
    int handle_count; /* handles that the user holds; each has a reference */
    struct mpr_errhandler_function function; /* of MPR_ERRHANDLER_USER */
};

/* Registers the predefined handlers, any number of times. Returns 0 or an mpr error. */
int mpr_errhandler_start(void);

struct mpr_errhandler *mpr_errhandler_find(MPI_Errhandler handle);

/* A handler that calls `function`, with one reference and no handle yet. NULL: no memory. */
struct mpr_errhandler *mpr_errhandler_make(struct mpr_errhandler_function function);

/* Whether objects of `kind` can have it. Predefined ones are for all. */
bool mpr_errhandler_serves(const struct mpr_errhandler *errhandler, enum mpr_kind kind);

void mpr_errhandler_retain(struct mpr_errhandler *errhandler);
void mpr_errhandler_release(struct mpr_errhandler *errhandler);

/* One handle more for the user: errhandler->object.handle names it until as many calls of
 * mpr_errhandler_close(). The handles of predefined ones are not counted. Returns 0 or an mpr
 * error. */
int mpr_errhandler_open(struct mpr_errhandler *errhandler);
void mpr_errhandler_close(struct mpr_errhandler *errhandler);

#endif
