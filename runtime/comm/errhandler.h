/* SPDX-License-Identifier: BSD-3-Clause */
/* Error handlers: what happens when an MPI call on a communicator fails. */
#ifndef MPR_COMM_ERRHANDLER_H
#define MPR_COMM_ERRHANDLER_H

#include "base/handle.h"
#include "mpi.h"

enum mpr_errhandler_kind {
    MPR_ERRHANDLER_FATAL, /* MPI_ERRORS_ARE_FATAL: ends the job */
    MPR_ERRHANDLER_ABORT, /* MPI_ERRORS_ABORT: ends the processes of the communicator */
    MPR_ERRHANDLER_RETURN /* MPI_ERRORS_RETURN */
};

struct mpr_errhandler {
    struct mpr_object object;
    enum mpr_errhandler_kind kind;
};

/* Registers the predefined handlers (once). Returns 0 or an mpr error. */
int mpr_errhandler_start(void);

struct mpr_errhandler *mpr_errhandler_find(MPI_Errhandler handle);

#endif
