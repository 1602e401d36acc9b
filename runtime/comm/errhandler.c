/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of error handlers. The predefined ones live for ever. */
#include "comm/errhandler.h"

#include <stdlib.h>

#include "base/error.h"

static struct mpr_errhandler fatal = {.kind = MPR_ERRHANDLER_FATAL};
static struct mpr_errhandler aborting = {.kind = MPR_ERRHANDLER_ABORT};
static struct mpr_errhandler returning = {.kind = MPR_ERRHANDLER_RETURN};

/* Once: afterwards there are references that must be counted. */
static void define(MPI_Errhandler handle, struct mpr_errhandler *errhandler)
{
    if (errhandler->object.references == 0) {
        errhandler->object.references = 1;
        mpr_handle_define(MPR_KIND_ERRHANDLER, (uintptr_t)handle, &errhandler->object);
    }
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

struct mpr_errhandler *mpr_errhandler_make(struct mpr_errhandler_function function)
{
    struct mpr_errhandler *errhandler = malloc(sizeof(*errhandler));
    if (errhandler != NULL) {
        *errhandler = (struct mpr_errhandler){
            .object.references = 1, .kind = MPR_ERRHANDLER_USER, .function = function};
    }
    return errhandler;
}

void mpr_errhandler_retain(struct mpr_errhandler *errhandler)
{
    errhandler->object.references++;
}

void mpr_errhandler_release(struct mpr_errhandler *errhandler)
{
    if (--errhandler->object.references == 0) {
        free(errhandler);
    }
}

static bool is_predefined(const struct mpr_errhandler *errhandler)
{
    return errhandler->kind != MPR_ERRHANDLER_USER;
}

bool mpr_errhandler_serves(const struct mpr_errhandler *errhandler, enum mpr_kind kind)
{
    return is_predefined(errhandler) || errhandler->function.kind == kind;
}

int mpr_errhandler_open(struct mpr_errhandler *errhandler)
{
    if (is_predefined(errhandler)) {
        return MPR_OK;
    }
    if (errhandler->handle_count == 0) {
        int code = mpr_handle_open(MPR_KIND_ERRHANDLER, &errhandler->object);
        if (code != MPR_OK) {
            return code;
        }
    }
    errhandler->handle_count++;
    mpr_errhandler_retain(errhandler);
    return MPR_OK;
}

void mpr_errhandler_close(struct mpr_errhandler *errhandler)
{
    if (is_predefined(errhandler)) {
        return;
    }
    if (--errhandler->handle_count == 0) {
        mpr_handle_close(MPR_KIND_ERRHANDLER, &errhandler->object);
    }
    mpr_errhandler_release(errhandler);
}
