/* SPDX-License-Identifier: BSD-3-Clause */
/* Error classes, codes and their texts (MPI 5.0, 9.4 and 9.5). */
#include <stdio.h>
#include <string.h>

#include "mpi/api.h"
#include "mpi/errclass.h"

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
