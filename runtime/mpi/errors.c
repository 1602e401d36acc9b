/* SPDX-License-Identifier: BSD-3-Clause */
/* Error handlers, error classes and codes (MPI 5.0, 9.3 to 9.5). */
#include <stdio.h>
#include <string.h>

#include "comm/errhandler.h"
#include "mpi/api.h"
#include "mpi/errclass.h"

/* ---- Error handlers ---- */

static int arg_errhandler(struct mpr_comm *comm, MPI_Errhandler handle,
                          struct mpr_errhandler **found)
{
    *found = mpr_errhandler_find(handle);
    if (*found == NULL) {
        return mpr_raise(comm, MPI_ERR_ERRHANDLER,
                         handle == MPI_ERRHANDLER_NULL ? "errhandler is MPI_ERRHANDLER_NULL"
                                                       : "errhandler is no error handler");
    }
    return MPI_SUCCESS;
}

static int comm_set_errhandler(MPI_Comm comm, MPI_Errhandler errhandler)
{
    struct mpr_comm *c;
    struct mpr_errhandler *e;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(arg_errhandler(c, errhandler, &e));
    c->errhandler = e;
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
    *errhandler = (MPI_Errhandler)c->errhandler->object.handle;
    return MPI_SUCCESS;
}

MPR_API(int, Comm_get_errhandler, (MPI_Comm comm, MPI_Errhandler *errhandler))
{
    return MPR_RUN(Comm_get_errhandler, comm_get_errhandler(comm, errhandler));
}

/* MPI_ERRORS_RETURN has nothing to do, and the call itself has succeeded then. */
static int comm_call_errhandler(MPI_Comm comm, int errorcode)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (mpr_errclass_of(errorcode) == MPI_UNDEFINED) {
        return mpr_raise(c, MPI_ERR_ARG, "errorcode is %d, which is no error code", errorcode);
    }
    if (c->errhandler->kind == MPR_ERRHANDLER_RETURN) {
        return MPI_SUCCESS;
    }
    if (mpr_errclass_is_added(errorcode)) {
        return mpr_raise(c, errorcode, "the program has raised its error %d: %s", errorcode,
                         mpr_errclass_text(errorcode));
    }
    return mpr_raise(c, errorcode, "the program has raised this error");
}

MPR_API(int, Comm_call_errhandler, (MPI_Comm comm, int errorcode))
{
    return MPR_RUN(Comm_call_errhandler, comm_call_errhandler(comm, errorcode));
}

/* Only predefined handlers exist: there is nothing to free but the user's handle. */
static int errhandler_free(MPI_Errhandler *errhandler)
{
    struct mpr_errhandler *e;
    MPR_TRY(mpr_arg_pointer(NULL, "errhandler", errhandler));
    MPR_TRY(arg_errhandler(NULL, *errhandler, &e));
    *errhandler = MPI_ERRHANDLER_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Errhandler_free, (MPI_Errhandler *errhandler))
{
    return MPR_RUN_ANYTIME(Errhandler_free, errhandler_free(errhandler));
}

/* ---- Classes and codes ---- */

static bool is_code(int code)
{
    return mpr_errclass_of(code) != MPI_UNDEFINED;
}

static bool is_class(int code)
{
    return is_code(code) && mpr_errclass_of(code) == code;
}

static int arg_code(int errorcode)
{
    if (!is_code(errorcode)) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "errorcode is %d, which is neither a predefined error code nor one that "
                         "MPI_Add_error_code has returned",
                         errorcode);
    }
    return MPI_SUCCESS;
}

/* A code that the program may change, since it has added it. */
static int arg_added(const char *name, int errorcode)
{
    if (!mpr_errclass_is_added(errorcode)) {
        return mpr_raise(NULL, MPI_ERR_ARG, "%s is %d, which this program has not added", name,
                         errorcode);
    }
    return MPI_SUCCESS;
}

static int error_class(int errorcode, int *errorclass)
{
    MPR_TRY(mpr_arg_pointer(NULL, "errorclass", errorclass));
    MPR_TRY(arg_code(errorcode));
    *errorclass = mpr_errclass_of(errorcode);
    return MPI_SUCCESS;
}

MPR_API(int, Error_class, (int errorcode, int *errorclass))
{
    return MPR_RUN_ANYTIME(Error_class, error_class(errorcode, errorclass));
}

static int error_string(int errorcode, char *string, int *resultlen)
{
    MPR_TRY(mpr_arg_pointer(NULL, "string", string));
    MPR_TRY(mpr_arg_pointer(NULL, "resultlen", resultlen));
    MPR_TRY(arg_code(errorcode));
    *resultlen = snprintf(string, MPI_MAX_ERROR_STRING, "%s", mpr_errclass_text(errorcode));
    return MPI_SUCCESS;
}

MPR_API(int, Error_string, (int errorcode, char *string, int *resultlen))
{
    return MPR_RUN_ANYTIME(Error_string, error_string(errorcode, string, resultlen));
}

/* ---- Classes and codes of the program ---- */

static int add_error_class(int *errorclass)
{
    MPR_TRY(mpr_arg_pointer(NULL, "errorclass", errorclass));
    return mpr_result(NULL, mpr_errclass_add(MPI_UNDEFINED, errorclass));
}

MPR_API(int, Add_error_class, (int *errorclass))
{
    return MPR_RUN_ANYTIME(Add_error_class, add_error_class(errorclass));
}

static int add_error_code(int errorclass, int *errorcode)
{
    MPR_TRY(mpr_arg_pointer(NULL, "errorcode", errorcode));
    if (!is_class(errorclass)) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "errorclass is %d, which is neither a predefined error class nor one that "
                         "MPI_Add_error_class has returned",
                         errorclass);
    }
    return mpr_result(NULL, mpr_errclass_add(errorclass, errorcode));
}

MPR_API(int, Add_error_code, (int errorclass, int *errorcode))
{
    return MPR_RUN_ANYTIME(Add_error_code, add_error_code(errorclass, errorcode));
}

static int add_error_string(int errorcode, const char *string)
{
    MPR_TRY(mpr_arg_pointer(NULL, "string", string));
    MPR_TRY(arg_added("errorcode", errorcode));
    if (strlen(string) >= MPI_MAX_ERROR_STRING) {
        return mpr_raise(NULL, MPI_ERR_ARG, "string has %zu characters; at most %d are allowed",
                         strlen(string), MPI_MAX_ERROR_STRING - 1);
    }
    return mpr_result(NULL, mpr_errclass_set_text(errorcode, string));
}

MPR_API(int, Add_error_string, (int errorcode, const char *string))
{
    return MPR_RUN_ANYTIME(Add_error_string, add_error_string(errorcode, string));
}

static int remove_error_class(int errorclass)
{
    MPR_TRY(arg_added("errorclass", errorclass));
    if (!is_class(errorclass)) {
        return mpr_raise(NULL, MPI_ERR_ARG, "errorclass is %d, which is an error code of class %d",
                         errorclass, mpr_errclass_of(errorclass));
    }
    if (mpr_errclass_has_codes(errorclass)) {
        return mpr_raise(NULL, MPI_ERR_OTHER,
                         "errorclass is %d, which still has error codes; remove them first",
                         errorclass);
    }
    mpr_errclass_remove(errorclass);
    return MPI_SUCCESS;
}

MPR_API(int, Remove_error_class, (int errorclass))
{
    return MPR_RUN_ANYTIME(Remove_error_class, remove_error_class(errorclass));
}

static int remove_error_code(int errorcode)
{
    MPR_TRY(arg_added("errorcode", errorcode));
    if (is_class(errorcode)) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "errorcode is %d, which is an error class; see MPI_Remove_error_class",
                         errorcode);
    }
    mpr_errclass_remove(errorcode);
    return MPI_SUCCESS;
}

MPR_API(int, Remove_error_code, (int errorcode))
{
    return MPR_RUN_ANYTIME(Remove_error_code, remove_error_code(errorcode));
}

static int remove_error_string(int errorcode)
{
    MPR_TRY(arg_added("errorcode", errorcode));
    return mpr_result(NULL, mpr_errclass_set_text(errorcode, NULL));
}

MPR_API(int, Remove_error_string, (int errorcode))
{
    return MPR_RUN_ANYTIME(Remove_error_string, remove_error_string(errorcode));
}
