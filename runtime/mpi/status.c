/* SPDX-License-Identifier: BSD-3-Clause */
/* What statuses say, and making them say it: elements, and the fields
 * (MPI 5.0, 3.2.5, 3.8.4, 5.1.11 and 13.3). */
#include <limits.h>

#include "mpi/api.h"
#include "type/elements.h"

/* ---- Elements ---- */

static int get_elements_c(const MPI_Status *status, MPI_Datatype datatype, MPI_Count *count)
{
    struct mpr_type *type;
    MPR_TRY(mpr_arg_pointer(NULL, "status", status));
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(mpr_arg_pointer(NULL, "count", count));
    *count = mpr_type_elements(type, mpr_status_bytes(status));
    return MPI_SUCCESS;
}

static int get_elements(const MPI_Status *status, MPI_Datatype datatype, int *count)
{
    MPI_Count large;
    MPR_TRY(mpr_arg_pointer(NULL, "count", count));
    MPR_TRY(get_elements_c(status, datatype, &large));
    *count = large > INT_MAX ? MPI_UNDEFINED : (int)large;
    return MPI_SUCCESS;
}

MPR_API(int, Get_elements, (const MPI_Status *status, MPI_Datatype datatype, int *count))
{
    return MPR_RUN(Get_elements, get_elements(status, datatype, count));
}

MPR_API(int, Get_elements_c, (const MPI_Status *status, MPI_Datatype datatype, MPI_Count *count))
{
    return MPR_RUN(Get_elements_c, get_elements_c(status, datatype, count));
}

MPR_API(int, Get_elements_x, (const MPI_Status *status, MPI_Datatype datatype, MPI_Count *count))
{
    return MPR_RUN(Get_elements_x, get_elements_c(status, datatype, count));
}

/* A status keeps bytes, from which elements and items of any type follow. */
static int set_elements(MPI_Status *status, MPI_Datatype datatype, MPI_Count count)
{
    struct mpr_type *type;
    MPR_TRY(mpr_arg_pointer(NULL, "status", status));
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    if (count > 0 && type->element_count == 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "count is %lld, but datatype has no elements",
                         (long long)count);
    }
    mpr_status_set_bytes(status, mpr_type_element_bytes(type, count));
    return MPI_SUCCESS;
}

MPR_API(int, Status_set_elements, (MPI_Status * status, MPI_Datatype datatype, int count))
{
    return MPR_RUN(Status_set_elements, set_elements(status, datatype, count));
}

MPR_API(int, Status_set_elements_c, (MPI_Status * status, MPI_Datatype datatype, MPI_Count count))
{
    return MPR_RUN(Status_set_elements_c, set_elements(status, datatype, count));
}

MPR_API(int, Status_set_elements_x, (MPI_Status * status, MPI_Datatype datatype, MPI_Count count))
{
    return MPR_RUN(Status_set_elements_x, set_elements(status, datatype, count));
}

/* ---- Cancelled ---- */

static int test_cancelled(const MPI_Status *status, int *flag)
{
    MPR_TRY(mpr_arg_pointer(NULL, "status", status));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = mpr_status_is_cancelled(status);
    return MPI_SUCCESS;
}

MPR_API(int, Test_cancelled, (const MPI_Status *status, int *flag))
{
    return MPR_RUN(Test_cancelled, test_cancelled(status, flag));
}

static int set_cancelled(MPI_Status *status, int flag)
{
    MPR_TRY(mpr_arg_pointer(NULL, "status", status));
    mpr_status_set_cancelled(status, flag != 0);
    return MPI_SUCCESS;
}

MPR_API(int, Status_set_cancelled, (MPI_Status * status, int flag))
{
    return MPR_RUN(Status_set_cancelled, set_cancelled(status, flag));
}

/* ---- The public fields, for languages that cannot reach them ---- */

#define FIELD(argument, field)                                                                     \
    static int get_##argument(const MPI_Status *status, int *argument)                             \
    {                                                                                              \
        MPR_TRY(mpr_arg_pointer(NULL, "status", status));                                          \
        MPR_TRY(mpr_arg_pointer(NULL, #argument, argument));                                       \
        *argument = status->field;                                                                 \
        return MPI_SUCCESS;                                                                        \
    }                                                                                              \
    static int set_##argument(MPI_Status *status, int argument)                                    \
    {                                                                                              \
        MPR_TRY(mpr_arg_pointer(NULL, "status", status));                                          \
        status->field = argument;                                                                  \
        return MPI_SUCCESS;                                                                        \
    }                                                                                              \
    MPR_API(int, Status_get_##argument, (const MPI_Status *status, int *argument))                 \
    {                                                                                              \
        return MPR_RUN_ANYTIME(Status_get_##argument, get_##argument(status, argument));           \
    }                                                                                              \
    MPR_API(int, Status_set_##argument, (MPI_Status * status, int argument))                       \
    {                                                                                              \
        return MPR_RUN_ANYTIME(Status_set_##argument, set_##argument(status, argument));           \
    }

FIELD(source, MPI_SOURCE)
FIELD(tag, MPI_TAG)
FIELD(error, MPI_ERROR)
