/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes: values of the user under keys (keyvals), kept on communicators, datatypes and
 * windows.
 *
 * This is where they are kept; the functions of the user that copy and delete them are called by
 * runtime/mpi/attribute_call.h, which can leave the lock. A keyval that the user has freed lives on
 * while objects have attributes under it, and still names them. Needs the library's lock. */
#ifndef MPR_COMM_ATTRIBUTE_H
#define MPR_COMM_ATTRIBUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/handle.h"
#include "mpi.h"

/* By the kind of object. The predefined functions are values, not addresses: MPI_COMM_NULL_COPY_FN,
 * MPI_COMM_DUP_FN and so on, the same for all kinds. */
union mpr_copy_function {
    MPI_Comm_copy_attr_function *comm;
    MPI_Type_copy_attr_function *type;
    MPI_Win_copy_attr_function *win;
};

union mpr_delete_function {
    MPI_Comm_delete_attr_function *comm;
    MPI_Type_delete_attr_function *type;
    MPI_Win_delete_attr_function *win;
};

struct mpr_keyval {
    struct mpr_object object; /* the lower bits of its handle are what the user holds */
    enum mpr_kind kind;       /* of the objects that take it */
    bool freed;               /* by the user; it takes no new attributes */
    union mpr_copy_function copy;
    union mpr_delete_function delete;
    void *extra_state; /* the user's, for the functions */
};

struct mpr_attribute {
    struct mpr_keyval *keyval; /* a reference */
    void *value;
};

/* What an object has, in the order in which it was set. All zero: nothing. */
struct mpr_attributes {
    struct mpr_attribute *items;
    int count;
    int capacity;
};

/* Makes a keyval with one reference, the user's. Returns 0 or an mpr error. */
int mpr_keyval_make(enum mpr_kind kind, union mpr_copy_function copy,
                    union mpr_delete_function delete, void *extra_state,
                    struct mpr_keyval **keyval);

/* The keyval, freed by the user or not, that a number of the user's names, or NULL. */
struct mpr_keyval *mpr_keyval_find(int number);

int mpr_keyval_number(const struct mpr_keyval *keyval);

/* Drops the user's reference (once). */
void mpr_keyval_free(struct mpr_keyval *keyval);

void mpr_keyval_retain(struct mpr_keyval *keyval);
void mpr_keyval_release(struct mpr_keyval *keyval);

/* The attribute under `keyval`, or NULL; valid until the attributes change. */
struct mpr_attribute *mpr_attributes_find(const struct mpr_attributes *attributes,
                                          const struct mpr_keyval *keyval);

/* Sets it as the last one, in place of any earlier one. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_attributes_set(struct mpr_attributes *attributes, struct mpr_keyval *keyval, void *value);

/* Removes it, if it is there. */
void mpr_attributes_remove(struct mpr_attributes *attributes, struct mpr_keyval *keyval);

/* Removes all of them. */
void mpr_attributes_clear(struct mpr_attributes *attributes);

#endif
