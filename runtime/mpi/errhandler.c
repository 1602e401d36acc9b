/* SPDX-License-Identifier: BSD-3-Clause */
/* Error handlers of communicators and sessions (MPI 5.0, 9.3).
 *
 * After the object and the code, a handler gets what is wrong as a text (const char *), and a
 * null pointer at the end: what the standard leaves to the implementation. */
#include "comm/errhandler.h"

#include <stdio.h>

#include "mpi/api.h"
#include "mpi/errclass.h"
#include "mpi/errhandler_call.h"

/* ---- Arguments ---- */

static int arg_any(struct mpr_comm *comm, MPI_Errhandler handle, struct mpr_errhandler **found)
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

int mpr_arg_errhandler(struct mpr_comm *comm, MPI_Errhandler handle, enum mpr_kind kind,
                       struct mpr_errhandler **found)
{
    MPR_TRY(arg_any(comm, handle, found));
    if (!mpr_errhandler_serves(*found, kind)) {
        return mpr_raise(comm, MPI_ERR_ERRHANDLER,
                         "errhandler is an error handler, but not one for %s",
                         kind == MPR_KIND_COMM ? "communicators" : "sessions");
    }
    return MPI_SUCCESS;
}

/* ---- Making and freeing ---- */

/* One handle more, for the user. */
static int open(struct mpr_comm *comm, struct mpr_errhandler *made, MPI_Errhandler *errhandler)
{
    MPR_TRY(mpr_result(comm, mpr_errhandler_open(made)));
    *errhandler = (MPI_Errhandler)made->object.handle;
    return MPI_SUCCESS;
}

/* `name` is that of the argument with the function, which is there or not. */
static int create(const char *name, bool is_there, struct mpr_errhandler_function function,
                  MPI_Errhandler *errhandler)
{
    if (!is_there) {
        return mpr_raise(NULL, MPI_ERR_ARG, "%s is NULL, but the call needs it", name);
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
    const struct mpr_errhandler_function function = {.kind = MPR_KIND_COMM,
                                                     .comm = comm_errhandler_fn};
    return MPR_RUN(Comm_create_errhandler, create("comm_errhandler_fn", comm_errhandler_fn != NULL,
                                                  function, errhandler));
}

MPR_API(int, Session_create_errhandler,
        (MPI_Session_errhandler_function * session_errhandler_fn, MPI_Errhandler *errhandler))
{
    const struct mpr_errhandler_function function = {.kind = MPR_KIND_SESSION,
                                                     .session = session_errhandler_fn};
    return MPR_RUN_ANYTIME(Session_create_errhandler,
                           create("session_errhandler_fn", session_errhandler_fn != NULL, function,
                                  errhandler));
}

static int errhandler_free(MPI_Errhandler *errhandler)
{
    struct mpr_errhandler *e;
    MPR_TRY(mpr_arg_pointer(NULL, "errhandler", errhandler));
    MPR_TRY(arg_any(NULL, *errhandler, &e));
    mpr_errhandler_close(e);
    *errhandler = MPI_ERRHANDLER_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Errhandler_free, (MPI_Errhandler * errhandler))
{
    return MPR_RUN_ANYTIME(Errhandler_free, errhandler_free(errhandler));
}

/* ---- Of an object ---- */

static int comm_set_errhandler(MPI_Comm comm, MPI_Errhandler errhandler)
{
    struct mpr_comm *c;
    struct mpr_errhandler *e;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_errhandler(c, errhandler, MPR_KIND_COMM, &e));
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

static int session_set_errhandler(MPI_Session session, MPI_Errhandler errhandler)
{
    struct mpr_session *s;
    struct mpr_errhandler *e;
    MPR_TRY(mpr_arg_session(session, &s));
    MPR_TRY(mpr_arg_errhandler(NULL, errhandler, MPR_KIND_SESSION, &e));
    mpr_session_set_errhandler(s, e);
    return MPI_SUCCESS;
}

MPR_API(int, Session_set_errhandler, (MPI_Session session, MPI_Errhandler errhandler))
{
    return MPR_RUN(Session_set_errhandler, session_set_errhandler(session, errhandler));
}

static int session_get_errhandler(MPI_Session session, MPI_Errhandler *errhandler)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    MPR_TRY(mpr_arg_pointer(NULL, "errhandler", errhandler));
    return open(NULL, s->errhandler, errhandler);
}

MPR_API(int, Session_get_errhandler, (MPI_Session session, MPI_Errhandler *errhandler))
{
    return MPR_RUN(Session_get_errhandler, session_get_errhandler(session, errhandler));
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

void mpr_errhandler_call(struct mpr_errhandler_function function, uintptr_t handle, int *code,
                         const char *text)
{
    if (function.kind == MPR_KIND_COMM) {
        MPI_Comm comm = (MPI_Comm)handle;
        function.comm(&comm, code, text, NULL);
    } else {
        MPI_Session session = (MPI_Session)handle;
        function.session(&session, code, text, NULL);
    }
}

/* Unlike a call that fails, this one has succeeded when the handler comes back. `comm` is NULL
 * where another object answers. */
static int call_errhandler(struct mpr_comm *comm, const struct mpr_errhandler *errhandler,
                           uintptr_t handle, int errorcode)
{
    char text[MPI_MAX_ERROR_STRING + 64];

    if (mpr_errclass_of(errorcode) == MPI_UNDEFINED) {
        return mpr_raise(comm, MPI_ERR_ARG, "errorcode is %d, which is no error code", errorcode);
    }
    if (errorcode == MPI_SUCCESS || errhandler->kind == MPR_ERRHANDLER_RETURN) {
        return MPI_SUCCESS;
    }
    describe(errorcode, text, sizeof(text));
    const struct mpr_errhandler_function function = errhandler->function;
    if (function.kind == 0) {
        return mpr_raise(comm, errorcode, "%s", text);
    }
    enum mpr_call call = mpr_api_step_out();
    mpr_errhandler_call(function, handle, &errorcode, text);
    mpr_api_step_in(call);
    return MPI_SUCCESS;
}

static int comm_call_errhandler(MPI_Comm comm, int errorcode)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    return call_errhandler(c, c->errhandler, c->object.handle, errorcode);
}

MPR_API(int, Comm_call_errhandler, (MPI_Comm comm, int errorcode))
{
    return MPR_RUN(Comm_call_errhandler, comm_call_errhandler(comm, errorcode));
}

static int session_call_errhandler(MPI_Session session, int errorcode)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    return call_errhandler(NULL, s->errhandler, s->object.handle, errorcode);
}

MPR_API(int, Session_call_errhandler, (MPI_Session session, int errorcode))
{
    return MPR_RUN(Session_call_errhandler, session_call_errhandler(session, errorcode));
}
