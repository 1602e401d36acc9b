/* SPDX-License-Identifier: BSD-3-Clause */
/* Questions about datatypes and operators, and the names of datatypes (MPI 5.0, 3.2.5, 5.1.5 to
 * 5.1.8, 6.9.7 and 7.8).
 *
 * An int form that cannot hold the answer gives MPI_UNDEFINED. The forms in _x are the deprecated
 * names of those in _c. */
#include <limits.h>
#include <string.h>

#include "mpi/api.h"

/* An answer for an int form. */
static int narrow(MPI_Count value)
{
    return value > INT_MAX ? MPI_UNDEFINED : (int)value;
}

/* ---- Size ---- */

/* An optional type that this build lacks has the size MPI_UNDEFINED (MPI 5.0, 21.4): that is how a
 * program finds out. */
static int type_size_c(MPI_Datatype datatype, MPI_Count *size)
{
    struct mpr_type *type;

    MPR_TRY(mpr_arg_pointer(NULL, "size", size));
    if (mpr_unlikely(mpr_type_is_missing(datatype))) {
        *size = MPI_UNDEFINED;
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    *size = type->size_bytes;
    return MPI_SUCCESS;
}

static int type_size(MPI_Datatype datatype, int *size)
{
    MPI_Count large;

    MPR_TRY(mpr_arg_pointer(NULL, "size", size));
    MPR_TRY(type_size_c(datatype, &large));
    *size = narrow(large);
    return MPI_SUCCESS;
}

MPR_API(int, Type_size, (MPI_Datatype datatype, int *size))
{
    return MPR_RUN(Type_size, type_size(datatype, size));
}

MPR_API(int, Type_size_c, (MPI_Datatype datatype, MPI_Count *size))
{
    return MPR_RUN(Type_size_c, type_size_c(datatype, size));
}

MPR_API(int, Type_size_x, (MPI_Datatype datatype, MPI_Count *size))
{
    return MPR_RUN(Type_size_x, type_size_c(datatype, size));
}

/* ---- Extent ---- */

/* MPI_Aint and MPI_Count differ where an address has 32 bits. */
#define EXTENT_BODY(name, integer, start, length, start_field, length_field)                       \
    static int name(MPI_Datatype datatype, integer *start, integer *length)                        \
    {                                                                                              \
        struct mpr_type *type;                                                                     \
        MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));                                  \
        MPR_TRY(mpr_arg_pointer(NULL, #start, start));                                             \
        MPR_TRY(mpr_arg_pointer(NULL, #length, length));                                           \
        *start = type->start_field;                                                                \
        *length = type->length_field;                                                              \
        return MPI_SUCCESS;                                                                        \
    }

EXTENT_BODY(get_extent, MPI_Aint, lb, extent, lower_bound, extent)
EXTENT_BODY(get_extent_c, MPI_Count, lb, extent, lower_bound, extent)
EXTENT_BODY(get_true_extent, MPI_Aint, true_lb, true_extent, true_lower_bound, true_extent)
EXTENT_BODY(get_true_extent_c, MPI_Count, true_lb, true_extent, true_lower_bound, true_extent)

MPR_API(int, Type_get_extent, (MPI_Datatype datatype, MPI_Aint *lb, MPI_Aint *extent))
{
    return MPR_RUN(Type_get_extent, get_extent(datatype, lb, extent));
}

MPR_API(int, Type_get_extent_c, (MPI_Datatype datatype, MPI_Count *lb, MPI_Count *extent))
{
    return MPR_RUN(Type_get_extent_c, get_extent_c(datatype, lb, extent));
}

MPR_API(int, Type_get_extent_x, (MPI_Datatype datatype, MPI_Count *lb, MPI_Count *extent))
{
    return MPR_RUN(Type_get_extent_x, get_extent_c(datatype, lb, extent));
}

MPR_API(int, Type_get_true_extent,
        (MPI_Datatype datatype, MPI_Aint *true_lb, MPI_Aint *true_extent))
{
    return MPR_RUN(Type_get_true_extent, get_true_extent(datatype, true_lb, true_extent));
}

MPR_API(int, Type_get_true_extent_c,
        (MPI_Datatype datatype, MPI_Count *true_lb, MPI_Count *true_extent))
{
    return MPR_RUN(Type_get_true_extent_c, get_true_extent_c(datatype, true_lb, true_extent));
}

MPR_API(int, Type_get_true_extent_x,
        (MPI_Datatype datatype, MPI_Count *true_lb, MPI_Count *true_extent))
{
    return MPR_RUN(Type_get_true_extent_x, get_true_extent_c(datatype, true_lb, true_extent));
}

/* ---- Count of a received message ---- */

/* Whole items; MPI_UNDEFINED when the message ended within one. */
static int get_count_c(const MPI_Status *status, MPI_Datatype datatype, MPI_Count *count)
{
    struct mpr_type *type;

    MPR_TRY(mpr_arg_pointer(NULL, "status", status));
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(mpr_arg_pointer(NULL, "count", count));
    MPI_Count bytes = mpr_status_bytes(status);
    if (bytes == 0) {
        *count = 0;
    } else if (type->size_bytes == 0 || bytes % type->size_bytes != 0) {
        *count = MPI_UNDEFINED;
    } else {
        *count = bytes / type->size_bytes;
    }
    return MPI_SUCCESS;
}

static int get_count(const MPI_Status *status, MPI_Datatype datatype, int *count)
{
    MPI_Count large;

    MPR_TRY(mpr_arg_pointer(NULL, "count", count));
    MPR_TRY(get_count_c(status, datatype, &large));
    *count = narrow(large);
    return MPI_SUCCESS;
}

MPR_API(int, Get_count, (const MPI_Status *status, MPI_Datatype datatype, int *count))
{
    return MPR_RUN(Get_count, get_count(status, datatype, count));
}

MPR_API(int, Get_count_c, (const MPI_Status *status, MPI_Datatype datatype, MPI_Count *count))
{
    return MPR_RUN(Get_count_c, get_count_c(status, datatype, count));
}

/* ---- Names ---- */

static int type_set_name(MPI_Datatype datatype, const char *type_name)
{
    struct mpr_type *type;

    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(mpr_arg_pointer(NULL, "type_name", type_name));
    // A longer name is cut, as MPI 5.0, 7.8 has it.
    size_t length = strnlen(type_name, MPI_MAX_OBJECT_NAME - 1);
    memmove(type->name, type_name, length);
    type->name[length] = '\0';
    return MPI_SUCCESS;
}

MPR_API(int, Type_set_name, (MPI_Datatype datatype, const char *type_name))
{
    return MPR_RUN(Type_set_name, type_set_name(datatype, type_name));
}

/* MPI_DATATYPE_NULL has a name too. */
static int type_get_name(MPI_Datatype datatype, char *type_name, int *resultlen)
{
    struct mpr_type *type = NULL;

    if (datatype != MPI_DATATYPE_NULL) {
        MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    }
    MPR_TRY(mpr_arg_pointer(NULL, "type_name", type_name));
    MPR_TRY(mpr_arg_pointer(NULL, "resultlen", resultlen));
    strcpy(type_name, type != NULL ? type->name : "MPI_DATATYPE_NULL");
    *resultlen = (int)strlen(type_name);
    return MPI_SUCCESS;
}

MPR_API(int, Type_get_name, (MPI_Datatype datatype, char *type_name, int *resultlen))
{
    return MPR_RUN(Type_get_name, type_get_name(datatype, type_name, resultlen));
}

/* ---- Operators ---- */

static int op_commutative(MPI_Op op, int *commute)
{
    struct mpr_op *found;

    MPR_TRY(mpr_arg_op_any(NULL, op, &found));
    MPR_TRY(mpr_arg_pointer(NULL, "commute", commute));
    *commute = found->commutative;
    return MPI_SUCCESS;
}

MPR_API(int, Op_commutative, (MPI_Op op, int *commute))
{
    return MPR_RUN(Op_commutative, op_commutative(op, commute));
}
