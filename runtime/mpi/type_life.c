/* SPDX-License-Identifier: BSD-3-Clause */
/* Committing, duplicating and freeing datatypes (MPI 5.0, 5.1.9 and 5.1.10). */
#include "mpi/attribute_call.h"
#include "mpi/type_create.h"

static int commit(MPI_Datatype *datatype)
{
    struct mpr_type *type;
    MPR_TRY(mpr_arg_pointer(NULL, "datatype", datatype));
    MPR_TRY(mpr_arg_type(NULL, "datatype", *datatype, &type));
    type->committed = true;
    return MPI_SUCCESS;
}

MPR_API(int, Type_commit, (MPI_Datatype * datatype))
{
    return MPR_RUN(Type_commit, commit(datatype));
}

/* ---- Duplicates ---- */

static int dup_with_attributes(struct mpr_type *old, MPI_Datatype *newtype)
{
    struct mpr_holder holder = mpr_type_holder(old);
    struct mpr_attributes copies = {0};
    MPI_Datatype made;

    struct mpr_contents *contents = mpr_contents_make(MPI_COMBINER_DUP, false, 0, 0, 1);
    if (contents != NULL) {
        mpr_contents_set_type(contents, 0, old);
    }
    MPR_TRY(mpr_type_create(contents, &made));
    int error = mpr_attributes_copy(&holder, &copies);
    if (error != MPI_SUCCESS) {
        mpr_attributes_discard(MPR_KIND_TYPE, &copies);
        mpr_type_close(mpr_type_find(made));
        return mpr_raise_attribute(&holder, error);
    }
    mpr_type_find(made)->attributes = copies;
    *newtype = made;
    return MPI_SUCCESS;
}

static int dup(MPI_Datatype oldtype, MPI_Datatype *newtype)
{
    struct mpr_type *old;
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));
    mpr_type_retain(old);
    int code = dup_with_attributes(old, newtype);
    mpr_type_release(old);
    return code;
}

MPR_API(int, Type_dup, (MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_dup, dup(oldtype, newtype));
}

/* ---- Freeing ---- */

/* Operations in flight and types made of this one keep it alive; its handle goes at once, unless an
 * attribute resists. The attributes' delete functions may have freed it. */
static int free_with_attributes(struct mpr_type *type)
{
    struct mpr_holder holder = mpr_type_holder(type);
    int error = mpr_attributes_delete_all(&holder);

    if (error != MPI_SUCCESS) {
        return mpr_raise_attribute(&holder, error);
    }
    if (type->object.handle != 0) {
        mpr_type_close(type);
    }
    return MPI_SUCCESS;
}

static int type_free(MPI_Datatype *datatype)
{
    struct mpr_type *type;
    MPR_TRY(mpr_arg_pointer(NULL, "datatype", datatype));
    MPR_TRY(mpr_arg_type(NULL, "datatype", *datatype, &type));
    if (type->predefined) {
        return mpr_raise(NULL, MPI_ERR_TYPE, "datatype is %s, which is predefined and stays",
                         type->name);
    }
    mpr_type_retain(type);
    int code = free_with_attributes(type);
    mpr_type_release(type);
    if (code == MPI_SUCCESS) {
        *datatype = MPI_DATATYPE_NULL;
    }
    return code;
}

MPR_API(int, Type_free, (MPI_Datatype * datatype))
{
    return MPR_RUN(Type_free, type_free(datatype));
}
