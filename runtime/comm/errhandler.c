/* SPDX-License-Identifier: BSD-3-Clause */
/* The predefined error handlers. */
#include "comm/errhandler.h"

static struct mpr_errhandler fatal = {.kind = MPR_ERRHANDLER_FATAL};
static struct mpr_errhandler aborting = {.kind = MPR_ERRHANDLER_ABORT};
static struct mpr_errhandler returning = {.kind = MPR_ERRHANDLER_RETURN};

static void define(MPI_Errhandler handle, struct mpr_errhandler *errhandler)
{
    errhandler->object.references = 1;
    mpr_handle_define(MPR_KIND_ERRHANDLER, (uintptr_t)handle, &errhandler->object);
}

int mpr_errhandler_start(void)
{
    define(MPI_ERRORS_ARE_FATAL, &fatal);
    define(MPI_ERRORS_ABORT, &aborting);
    define(MPI_ERRORS_RETURN, &returning);
    return 0;
}

struct mpr_errhandler *mpr_errhandler_find(MPI_Errhandler handle)
{
    return (struct mpr_errhandler *)mpr_handle_find(MPR_KIND_ERRHANDLER, (uintptr_t)handle);
}
