/* SPDX-License-Identifier: BSD-3-Clause */
/* Error handlers of communicators (MPI 5.0, 9.3).
 *
 * After the communicator and the code, a handler gets what is wrong as a text (const char *), and a
 * null pointer at the end: what the standard leaves to the implementation. */
#include "comm/errhandler.h"

#include <stdio.h>

#include "mpi/api.h"
#include "mpi/errclass.h"

int mpr_arg_errhandler(struct mpr_comm *comm, MPI_Errhandler handle,
                       struct mpr_errhandler **found)
{
    *found = mpr_errhandler_find(handle);
    if (*found == NULL) {
        return mpr_raise(comm, MPI_ERR_ERRHANDLER,
                         handle == MPI_ERRHANDLER_NULL
                             ? "errhandler is MPI_ERRHANDLER_NULL"
                             : "errhandler (%#llx) is no error handler: it was never made, or has "
                               "been freed",
                         (unsigned long long)(uintptr_t)handle);
    }
    return MPI_SUCCESS;
}

/* One handle more, for the user. */
static int open(struct mpr_comm *comm, struct mpr_errhandler *made, MPI_Errhandler *errhandler)
{
    MPR_TRY(mpr_result(comm, mpr_errhandler_open(made)));
    *errhandler = (MPI_Errhandler)made->object.handle;
    return MPI_SUCCESS;
}

static int comm_create_errhandler(MPI_Comm_errhandler_function *function,
                                  MPI_Errhandler *errhandler)
{
    if (function == NULL) {
        return mpr_raise(NULL, MPI_ERR_ARG, "comm_errhandler_fn is NULL, but the call needs it");
    }
    MPR_TRY(mpr_arg_pointer(NULL, "errhandler", errhandler));
    struct mpr_errhandler *made = mpr_errhandler_make(function);
    if (made == NULL) {
        return mpr_result(NULL, MPR_ERR_NO_MEMORY);
    }
    int code = open(NULL, made, errhandler);
    mpr_errhandler_release(made);
    return code;
}

MPR_API(int, Comm_create_errhandler,
        (MPI_Comm_errhandler_function * comm_errhandler_fn, MPI_Errhandler *errhandler))
{
    return MPR_RUN(Comm_create_errhandler, comm_create_errhandler(comm_errhandler_fn, errhandler));
}

static int comm_set_errhandler(MPI_Comm comm, MPI_Errhandler errhandler)
{
    struct mpr_comm *c;
    struct mpr_errhandler *e;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_errhandler(c, errhandler, &e));
    mpr_comm_set_errhandler(c, e);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_set_errhandler, (MPI_Comm comm, MPI_Errhandler errhandler))
{
    return MPR_RUN(Comm_set_errhandler, comm_set_errhandler(comm, errhandler));
}

static int comm_get_errhandler(MPI_Comm comm, MPI_Errhandler *errhandler)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "errhandler", errhandler));
    return open(c, c->errhandler, errhandler);
}

MPR_API(int, Comm_get_errhandler, (MPI_Comm comm, MPI_Errhandler *errhandler))
{
    return MPR_RUN(Comm_get_errhandler, comm_get_errhandler(comm, errhandler));
}

static int errhandler_free(MPI_Errhandler *errhandler)
{
    struct mpr_errhandler *e;
    MPR_TRY(mpr_arg_pointer(NULL, "errhandler", errhandler));
    MPR_TRY(mpr_arg_errhandler(NULL, *errhandler, &e));
    mpr_errhandler_close(e);
    *errhandler = MPI_ERRHANDLER_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Errhandler_free, (MPI_Errhandler * errhandler))
{
    return MPR_RUN_ANYTIME(Errhandler_free, errhandler_free(errhandler));
}

/* ---- Errors that the program raises ---- */

static void describe(int errorcode, char *text, size_t text_bytes)
{
    if (mpr_errclass_is_added(errorcode)) {
        snprintf(text, text_bytes, "the program has raised its error %d: %s", errorcode,
                 mpr_errclass_text(errorcode));
    } else {
        snprintf(text, text_bytes, "the program has raised this error");
    }
}

/* Unlike a call that fails, this one has succeeded when the handler comes back. */
static int comm_call_errhandler(MPI_Comm comm, int errorcode)
{
    struct mpr_comm *c;
    char text[MPI_MAX_ERROR_STRING + 64];
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (mpr_errclass_of(errorcode) == MPI_UNDEFINED) {
        return mpr_raise(c, MPI_ERR_ARG, "errorcode is %d, which is no error code", errorcode);
    }
    if (errorcode == MPI_SUCCESS || c->errhandler->kind == MPR_ERRHANDLER_RETURN) {
        return MPI_SUCCESS;
    }
    describe(errorcode, text, sizeof(text));
    MPI_Comm_errhandler_function *function = c->errhandler->function;
    if (function == NULL) {
        return mpr_raise(c, errorcode, "%s", text);
    }
    enum mpr_call call = mpr_api_step_out();
    function(&comm, &errorcode, text, NULL);
    mpr_api_step_in(call);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_call_errhandler, (MPI_Comm comm, int errorcode))
{
    return MPR_RUN(Comm_call_errhandler, comm_call_errhandler(comm, errorcode));
}
