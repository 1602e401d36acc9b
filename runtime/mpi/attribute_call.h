/* SPDX-License-Identifier: BSD-3-Clause */
/* The user's functions that copy and delete attributes: when an object is copied, changed or freed.
 *
 * They run without the library's lock (see mpi/api.h), so that the object's attributes, and others,
 * may change during each of these calls, and its handle may be freed; the caller retains the object
 * itself. What the functions return is handed to the caller, to be raised as the last thing that
 * its body does, with mpr_raise_attribute(). */
#ifndef MPR_MPI_ATTRIBUTE_CALL_H
#define MPR_MPI_ATTRIBUTE_CALL_H

#include "comm/attribute.h"
#include "comm/comm.h"
#include "type/type.h"

/* An object that has attributes. */
struct mpr_holder {
    enum mpr_kind kind;
    struct mpr_object *object;
    struct mpr_attributes *attributes;
    struct mpr_comm *comm; /* whose error handler is asked; NULL: MPI_COMM_SELF's */
};

struct mpr_holder mpr_comm_holder(struct mpr_comm *comm);
struct mpr_holder mpr_type_holder(struct mpr_type *type);

/* Calls the delete function for the attribute under `keyval`, if there is one, and removes it; it
 * stays when the function fails. Returns MPI_SUCCESS or what the function has returned. */
int mpr_attribute_delete(const struct mpr_holder *holder, struct mpr_keyval *keyval);

/* The same for all of them, the last one set first, until one fails: for an object that is freed.
 */
int mpr_attributes_delete_all(const struct mpr_holder *holder);

/* What a copy of the object is to have, by the copy functions: fills *copies, which is empty, and
 * is to be moved into the copy. Returns MPI_SUCCESS, or what a function has returned, or
 * MPI_ERR_NO_MEM; *copies holds what was copied up to then. */
int mpr_attributes_copy(const struct mpr_holder *holder, struct mpr_attributes *copies);

/* Gives up copies for which there is no object after all: their delete functions get a null handle,
 * and cannot fail any more. */
void mpr_attributes_discard(enum mpr_kind kind, struct mpr_attributes *copies);

/* Raises what one of these functions has returned. */
int mpr_raise_attribute(const struct mpr_holder *holder, int error);

#endif
