/* SPDX-License-Identifier: BSD-3-Clause */
/* Calling the functions of attributes, one object kind like the other. */
#include "mpi/attribute_call.h"

#include <stdlib.h>
#include <string.h>

#include "mpi/api.h"

struct mpr_holder mpr_comm_holder(struct mpr_comm *comm)
{
    return (struct mpr_holder){MPR_KIND_COMM, &comm->object, &comm->attributes, comm};
}

struct mpr_holder mpr_type_holder(struct mpr_type *type)
{
    return (struct mpr_holder){MPR_KIND_TYPE, &type->object, &type->attributes, NULL};
}

static uintptr_t null_handle(enum mpr_kind kind)
{
    return kind == MPR_KIND_COMM   ? (uintptr_t)MPI_COMM_NULL
           : kind == MPR_KIND_TYPE ? (uintptr_t)MPI_DATATYPE_NULL
                                   : (uintptr_t)MPI_WIN_NULL;
}

/* ---- Deleting ---- */

/* Calls the delete function, with the lock dropped meanwhile. */
static int call_delete(const struct mpr_keyval *keyval, uintptr_t handle, void *value)
{
    int number = mpr_keyval_number(keyval);
    void *extra = keyval->extra_state;
    int error;

    if (keyval->delete.comm == MPI_COMM_NULL_DELETE_FN) {
        return MPI_SUCCESS;
    }
    enum mpr_call call = mpr_api_step_out();
    switch (keyval->kind) {
    case MPR_KIND_COMM:
        error = keyval->delete.comm((MPI_Comm)handle, number, value, extra);
        break;
    case MPR_KIND_TYPE:
        error = keyval->delete.type((MPI_Datatype)handle, number, value, extra);
        break;
    default:
        error = keyval->delete.win((MPI_Win)handle, number, value, extra);
        break;
    }
    mpr_api_step_in(call);
    return error;
}

int mpr_attribute_delete(const struct mpr_holder *holder, struct mpr_keyval *keyval)
{
    const struct mpr_attribute *found = mpr_attributes_find(holder->attributes, keyval);
    if (found == NULL) {
        return MPI_SUCCESS;
    }
    mpr_keyval_retain(keyval);
    int error = call_delete(keyval, holder->object->handle, found->value);
    if (error == MPI_SUCCESS) {
        mpr_attributes_remove(holder->attributes, keyval);
    }
    mpr_keyval_release(keyval);
    return error;
}

int mpr_attributes_delete_all(const struct mpr_holder *holder)
{
    int error = MPI_SUCCESS;

    while (error == MPI_SUCCESS && holder->attributes->count > 0) {
        int last = holder->attributes->count - 1;
        error = mpr_attribute_delete(holder, holder->attributes->items[last].keyval);
    }
    return error;
}

void mpr_attributes_discard(enum mpr_kind kind, struct mpr_attributes *copies)
{
    while (copies->count > 0) {
        struct mpr_attribute last = copies->items[copies->count - 1];
        call_delete(last.keyval, null_handle(kind), last.value);
        mpr_attributes_remove(copies, last.keyval);
    }
    mpr_attributes_clear(copies);
}

/* ---- Copying ---- */

/* Calls the copy function, with the lock dropped meanwhile; *flag says whether there is a copy. */
static int call_copy(const struct mpr_keyval *keyval, uintptr_t handle, void *value, void **copy,
                     int *flag)
{
    int number = mpr_keyval_number(keyval);
    void *extra = keyval->extra_state;
    int error;

    *copy = value;
    *flag = keyval->copy.comm == MPI_COMM_DUP_FN;
    if (*flag || keyval->copy.comm == MPI_COMM_NULL_COPY_FN) {
        return MPI_SUCCESS;
    }
    enum mpr_call call = mpr_api_step_out();
    switch (keyval->kind) {
    case MPR_KIND_COMM:
        error = keyval->copy.comm((MPI_Comm)handle, number, extra, value, copy, flag);
        break;
    case MPR_KIND_TYPE:
        error = keyval->copy.type((MPI_Datatype)handle, number, extra, value, copy, flag);
        break;
    default:
        error = keyval->copy.win((MPI_Win)handle, number, extra, value, copy, flag);
        break;
    }
    mpr_api_step_in(call);
    return error;
}

static int copy_one(const struct mpr_holder *holder, const struct mpr_attribute *attribute,
                    struct mpr_attributes *copies)
{
    void *value;
    int flag;

    MPR_TRY(call_copy(attribute->keyval, holder->object->handle, attribute->value, &value, &flag));
    return flag ? mpr_error_class(mpr_attributes_set(copies, attribute->keyval, value))
                : MPI_SUCCESS;
}

/* A snapshot, since the object's own attributes may change while the functions run. */
static struct mpr_attribute *snapshot(const struct mpr_attributes *attributes)
{
    size_t bytes = (size_t)attributes->count * sizeof(*attributes->items);
    struct mpr_attribute *items = malloc(bytes);
    if (items == NULL) {
        return NULL;
    }
    memcpy(items, attributes->items, bytes);
    for (int i = 0; i < attributes->count; i++) {
        mpr_keyval_retain(items[i].keyval);
    }
    return items;
}

int mpr_attributes_copy(const struct mpr_holder *holder, struct mpr_attributes *copies)
{
    int count = holder->attributes->count;
    int error = MPI_SUCCESS;

    if (count == 0) {
        return MPI_SUCCESS;
    }
    struct mpr_attribute *items = snapshot(holder->attributes);
    if (items == NULL) {
        return MPI_ERR_NO_MEM;
    }
    for (int i = 0; i < count && error == MPI_SUCCESS; i++) {
        error = copy_one(holder, &items[i], copies);
    }
    for (int i = 0; i < count; i++) {
        mpr_keyval_release(items[i].keyval);
    }
    free(items);
    return error;
}

int mpr_raise_attribute(const struct mpr_holder *holder, int error)
{
    return mpr_raise(holder->comm, error,
                     "copying or deleting an attribute has failed with code %d", error);
}
