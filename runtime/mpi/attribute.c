/* SPDX-License-Identifier: BSD-3-Clause */
/* Keyvals and attributes of communicators and datatypes (MPI 5.0, 7.7 and 9.1.2).
 *
 * MPI_Attr_put and its relatives are the deprecated names of the calls for communicators. */
#include "comm/attribute.h"

#include "mpi/api.h"
#include "mpi/attribute_call.h"
#include "mpi/environment.h"

/* ---- Keyvals ---- */

static int create_keyval(enum mpr_kind kind, union mpr_copy_function copy,
                         union mpr_delete_function delete, const char *name, int *number,
                         void *extra_state)
{
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_pointer(NULL, name, number));
    MPR_TRY(mpr_result(NULL, mpr_keyval_make(kind, copy, delete, extra_state, &keyval)));
    *number = mpr_keyval_number(keyval);
    return MPI_SUCCESS;
}

static int create_comm_keyval(MPI_Comm_copy_attr_function *copy,
                              MPI_Comm_delete_attr_function *delete, const char *name, int *number,
                              void *extra_state)
{
    return create_keyval(MPR_KIND_COMM, (union mpr_copy_function){.comm = copy},
                         (union mpr_delete_function){.comm = delete}, name, number, extra_state);
}

static int create_type_keyval(MPI_Type_copy_attr_function *copy,
                              MPI_Type_delete_attr_function *delete, int *number, void *extra_state)
{
    return create_keyval(MPR_KIND_TYPE, (union mpr_copy_function){.type = copy},
                         (union mpr_delete_function){.type = delete}, "type_keyval", number,
                         extra_state);
}

static const char *kind_name(enum mpr_kind kind)
{
    return kind == MPR_KIND_COMM ? "communicators" : "datatypes";
}

/* A keyval for objects of this kind. */
static int arg_keyval(struct mpr_comm *comm, enum mpr_kind kind, const char *name, int number,
                      struct mpr_keyval **found)
{
    *found = mpr_keyval_find(number);
    if (mpr_unlikely(*found == NULL)) {
        return mpr_raise(comm, MPI_ERR_KEYVAL,
                         number == MPI_KEYVAL_INVALID ? "%s is MPI_KEYVAL_INVALID"
                         : mpr_environment_attribute(number) != NULL
                             ? "%s is that of a predefined attribute, which cannot be changed"
                             : "%s is no attribute key: it was never made, or has been freed",
                         name);
    }
    if (mpr_unlikely((*found)->kind != kind)) {
        return mpr_raise(comm, MPI_ERR_KEYVAL, "%s is an attribute key, but not one for %s", name,
                         kind_name(kind));
    }
    return MPI_SUCCESS;
}

static int arg_keyval_in_use(struct mpr_comm *comm, enum mpr_kind kind, const char *name,
                             int number, struct mpr_keyval **found)
{
    MPR_TRY(arg_keyval(comm, kind, name, number, found));
    if (mpr_unlikely((*found)->freed)) {
        return mpr_raise(comm, MPI_ERR_KEYVAL, "%s has been freed", name);
    }
    return MPI_SUCCESS;
}

static int free_keyval(enum mpr_kind kind, const char *name, int *number)
{
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_pointer(NULL, name, number));
    MPR_TRY(arg_keyval_in_use(NULL, kind, name, *number, &keyval));
    mpr_keyval_free(keyval);
    *number = MPI_KEYVAL_INVALID;
    return MPI_SUCCESS;
}

/* ---- Attributes, of any object ---- */

/* The delete function for an earlier value comes first; when it fails, all stays as it was. */
static int set_on(const struct mpr_holder *holder, struct mpr_keyval *keyval, void *value)
{
    mpr_keyval_retain(keyval);
    int error = mpr_attribute_delete(holder, keyval);
    int code =
        error == MPI_SUCCESS ? mpr_attributes_set(holder->attributes, keyval, value) : MPR_OK;
    mpr_keyval_release(keyval);
    return error != MPI_SUCCESS ? mpr_raise_attribute(holder, error)
                                : mpr_result(holder->comm, code);
}

static int delete_from(const struct mpr_holder *holder, struct mpr_keyval *keyval)
{
    int error = mpr_attribute_delete(holder, keyval);
    return error != MPI_SUCCESS ? mpr_raise_attribute(holder, error) : MPI_SUCCESS;
}

static int get_of(const struct mpr_holder *holder, const struct mpr_keyval *keyval,
                  void *attribute_val, int *flag)
{
    const struct mpr_attribute *found = mpr_attributes_find(holder->attributes, keyval);
    MPR_TRY(mpr_arg_pointer(holder->comm, "attribute_val", attribute_val));
    MPR_TRY(mpr_arg_pointer(holder->comm, "flag", flag));
    *flag = found != NULL;
    if (found != NULL) {
        *(void **)attribute_val = found->value;
    }
    return MPI_SUCCESS;
}

/* ---- Of communicators ---- */

static int comm_set_attr(MPI_Comm comm, const char *name, int number, void *value)
{
    struct mpr_comm *c;
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(arg_keyval_in_use(c, MPR_KIND_COMM, name, number, &keyval));
    struct mpr_holder holder = mpr_comm_holder(c);
    mpr_comm_retain(c);
    int code = set_on(&holder, keyval, value);
    mpr_comm_release(c);
    return code;
}

/* Every communicator has the predefined attributes, which are those of the whole job. */
static int comm_get_attr(MPI_Comm comm, const char *name, int number, void *attribute_val,
                         int *flag)
{
    struct mpr_comm *c;
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_comm(comm, &c));
    int *predefined = mpr_environment_attribute(number);
    if (predefined != NULL) {
        MPR_TRY(mpr_arg_pointer(c, "attribute_val", attribute_val));
        MPR_TRY(mpr_arg_pointer(c, "flag", flag));
        *(int **)attribute_val = predefined;
        *flag = 1;
        return MPI_SUCCESS;
    }
    MPR_TRY(arg_keyval(c, MPR_KIND_COMM, name, number, &keyval));
    struct mpr_holder holder = mpr_comm_holder(c);
    return get_of(&holder, keyval, attribute_val, flag);
}

static int comm_delete_attr(MPI_Comm comm, const char *name, int number)
{
    struct mpr_comm *c;
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(arg_keyval(c, MPR_KIND_COMM, name, number, &keyval));
    struct mpr_holder holder = mpr_comm_holder(c);
    mpr_comm_retain(c);
    int code = delete_from(&holder, keyval);
    mpr_comm_release(c);
    return code;
}

MPR_API(int, Comm_create_keyval,
        (MPI_Comm_copy_attr_function * comm_copy_attr_fn,
         MPI_Comm_delete_attr_function *comm_delete_attr_fn, int *comm_keyval, void *extra_state))
{
    return MPR_RUN(Comm_create_keyval, create_comm_keyval(comm_copy_attr_fn, comm_delete_attr_fn,
                                                          "comm_keyval", comm_keyval, extra_state));
}

MPR_API(int, Comm_free_keyval, (int *comm_keyval))
{
    return MPR_RUN(Comm_free_keyval, free_keyval(MPR_KIND_COMM, "comm_keyval", comm_keyval));
}

MPR_API(int, Comm_set_attr, (MPI_Comm comm, int comm_keyval, void *attribute_val))
{
    return MPR_RUN(Comm_set_attr, comm_set_attr(comm, "comm_keyval", comm_keyval, attribute_val));
}

MPR_API(int, Comm_get_attr, (MPI_Comm comm, int comm_keyval, void *attribute_val, int *flag))
{
    return MPR_RUN(Comm_get_attr,
                   comm_get_attr(comm, "comm_keyval", comm_keyval, attribute_val, flag));
}

MPR_API(int, Comm_delete_attr, (MPI_Comm comm, int comm_keyval))
{
    return MPR_RUN(Comm_delete_attr, comm_delete_attr(comm, "comm_keyval", comm_keyval));
}

/* ---- Of communicators, by their deprecated names ---- */

MPR_API(int, Keyval_create,
        (MPI_Copy_function * copy_fn, MPI_Delete_function *delete_fn, int *keyval,
         void *extra_state))
{
    return MPR_RUN(Keyval_create,
                   create_comm_keyval(copy_fn, delete_fn, "keyval", keyval, extra_state));
}

MPR_API(int, Keyval_free, (int *keyval))
{
    return MPR_RUN(Keyval_free, free_keyval(MPR_KIND_COMM, "keyval", keyval));
}

MPR_API(int, Attr_put, (MPI_Comm comm, int keyval, void *attribute_val))
{
    return MPR_RUN(Attr_put, comm_set_attr(comm, "keyval", keyval, attribute_val));
}

MPR_API(int, Attr_get, (MPI_Comm comm, int keyval, void *attribute_val, int *flag))
{
    return MPR_RUN(Attr_get, comm_get_attr(comm, "keyval", keyval, attribute_val, flag));
}

MPR_API(int, Attr_delete, (MPI_Comm comm, int keyval))
{
    return MPR_RUN(Attr_delete, comm_delete_attr(comm, "keyval", keyval));
}

/* ---- Of datatypes ---- */

static int type_set_attr(MPI_Datatype datatype, int number, void *value)
{
    struct mpr_type *type;
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(arg_keyval_in_use(NULL, MPR_KIND_TYPE, "type_keyval", number, &keyval));
    struct mpr_holder holder = mpr_type_holder(type);
    mpr_type_retain(type);
    int code = set_on(&holder, keyval, value);
    mpr_type_release(type);
    return code;
}

static int type_get_attr(MPI_Datatype datatype, int number, void *attribute_val, int *flag)
{
    struct mpr_type *type;
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(arg_keyval(NULL, MPR_KIND_TYPE, "type_keyval", number, &keyval));
    struct mpr_holder holder = mpr_type_holder(type);
    return get_of(&holder, keyval, attribute_val, flag);
}

static int type_delete_attr(MPI_Datatype datatype, int number)
{
    struct mpr_type *type;
    struct mpr_keyval *keyval;
    MPR_TRY(mpr_arg_type(NULL, "datatype", datatype, &type));
    MPR_TRY(arg_keyval(NULL, MPR_KIND_TYPE, "type_keyval", number, &keyval));
    struct mpr_holder holder = mpr_type_holder(type);
    mpr_type_retain(type);
    int code = delete_from(&holder, keyval);
    mpr_type_release(type);
    return code;
}

MPR_API(int, Type_create_keyval,
        (MPI_Type_copy_attr_function * type_copy_attr_fn,
         MPI_Type_delete_attr_function *type_delete_attr_fn, int *type_keyval, void *extra_state))
{
    return MPR_RUN(Type_create_keyval, create_type_keyval(type_copy_attr_fn, type_delete_attr_fn,
                                                          type_keyval, extra_state));
}

MPR_API(int, Type_free_keyval, (int *type_keyval))
{
    return MPR_RUN(Type_free_keyval, free_keyval(MPR_KIND_TYPE, "type_keyval", type_keyval));
}

MPR_API(int, Type_set_attr, (MPI_Datatype datatype, int type_keyval, void *attribute_val))
{
    return MPR_RUN(Type_set_attr, type_set_attr(datatype, type_keyval, attribute_val));
}

MPR_API(int, Type_get_attr,
        (MPI_Datatype datatype, int type_keyval, void *attribute_val, int *flag))
{
    return MPR_RUN(Type_get_attr, type_get_attr(datatype, type_keyval, attribute_val, flag));
}

MPR_API(int, Type_delete_attr, (MPI_Datatype datatype, int type_keyval))
{
    return MPR_RUN(Type_delete_attr, type_delete_attr(datatype, type_keyval));
}
