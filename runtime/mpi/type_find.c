/* SPDX-License-Identifier: BSD-3-Clause */
/* Datatypes by what they are to hold (MPI 5.0, 6.9.4 and 19.1.5). */
#include "type/find.h"

#include "base/error.h"
#include "mpi/api.h"

static int match_size(int typeclass, int size, MPI_Datatype *datatype)
{
    MPR_TRY(mpr_arg_pointer(NULL, "datatype", datatype));
    if (typeclass != MPI_TYPECLASS_INTEGER && typeclass != MPI_TYPECLASS_REAL &&
        typeclass != MPI_TYPECLASS_COMPLEX && typeclass != MPIX_TYPECLASS_LOGICAL) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "typeclass is %d, but must be MPI_TYPECLASS_INTEGER, _REAL or _COMPLEX",
                         typeclass);
    }
    const struct mpr_type *type = mpr_type_of_size(typeclass, size);
    if (type == NULL) {
        return mpr_raise(NULL, MPI_ERR_ARG, "there is no type of this class of %d bytes", size);
    }
    *datatype = (MPI_Datatype)type->object.handle;
    return MPI_SUCCESS;
}

MPR_API(int, Type_match_size, (int typeclass, int size, MPI_Datatype *datatype))
{
    return MPR_RUN(Type_match_size, match_size(typeclass, size, datatype));
}

/* A pair that does not exist is no error. */
static int get_value_index(MPI_Datatype value_type, MPI_Datatype index_type,
                           MPI_Datatype *pair_type)
{
    struct mpr_type *value;
    struct mpr_type *index;
    MPR_TRY(mpr_arg_type(NULL, "value_type", value_type, &value));
    MPR_TRY(mpr_arg_type(NULL, "index_type", index_type, &index));
    MPR_TRY(mpr_arg_pointer(NULL, "pair_type", pair_type));
    const struct mpr_type *pair = mpr_type_of_pair(value, index);
    *pair_type = pair != NULL ? (MPI_Datatype)pair->object.handle : MPI_DATATYPE_NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Type_get_value_index,
        (MPI_Datatype value_type, MPI_Datatype index_type, MPI_Datatype *pair_type))
{
    return MPR_RUN(Type_get_value_index, get_value_index(value_type, index_type, pair_type));
}

/* ---- Fortran's numbers by precision ---- */

static int arg_precision(const char *name, int value)
{
    return value >= 0 || value == MPI_UNDEFINED
               ? MPI_SUCCESS
               : mpr_raise(NULL, MPI_ERR_ARG, "%s is %d, but must be MPI_UNDEFINED or not negative",
                           name, value);
}

static int create_number(int combiner, int p, int r, MPI_Datatype *newtype)
{
    struct mpr_type *type;
    MPR_TRY(mpr_arg_pointer(NULL, "newtype", newtype));
    int code = mpr_type_of_numbers(combiner, p, r, &type);
    if (code == MPR_ERR_UNSUPPORTED) {
        return mpr_raise(NULL, MPI_ERR_ARG, "no type of this machine holds such numbers");
    }
    MPR_TRY(mpr_result(NULL, code));
    *newtype = (MPI_Datatype)type->object.handle;
    return MPI_SUCCESS;
}

/* Reals and the parts of complex numbers. */
static int create_real(int combiner, int p, int r, MPI_Datatype *newtype)
{
    MPR_TRY(arg_precision("p", p));
    MPR_TRY(arg_precision("r", r));
    if (p == MPI_UNDEFINED && r == MPI_UNDEFINED) {
        return mpr_raise(NULL, MPI_ERR_ARG, "p and r are both MPI_UNDEFINED; one must be given");
    }
    return create_number(combiner, p, r, newtype);
}

static int create_integer(int r, MPI_Datatype *newtype)
{
    if (r < 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "r is %d, but must not be negative", r);
    }
    return create_number(MPI_COMBINER_F90_INTEGER, MPI_UNDEFINED, r, newtype);
}

MPR_API(int, Type_create_f90_real, (int p, int r, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_f90_real, create_real(MPI_COMBINER_F90_REAL, p, r, newtype));
}

MPR_API(int, Type_create_f90_complex, (int p, int r, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_f90_complex, create_real(MPI_COMBINER_F90_COMPLEX, p, r, newtype));
}

MPR_API(int, Type_create_f90_integer, (int r, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_f90_integer, create_integer(r, newtype));
}
