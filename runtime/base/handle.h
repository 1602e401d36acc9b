/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles: from the opaque values that users hold to the objects behind them, safely.
 *
 * A predefined handle is a small constant of the ABI (below 4096). Any other handle is a number,
 * never an address: a kind, a slot in that kind's table and the slot's generation. So a stale, a
 * foreign or a random value is found out by two loads and never dereferenced.
 *
 *     bits 63..32 generation | bits 30..27 kind (never 0) | bits 26..0 slot
 *
 * The lower 31 bits alone name the object too (MPI_X_toint/MPI_X_fromint): positive, and above every
 * predefined handle. All functions here need the library's lock. */
#ifndef MPR_BASE_HANDLE_H
#define MPR_BASE_HANDLE_H

#include <stdint.h>

enum mpr_kind {
    MPR_KIND_COMM = 1,
    MPR_KIND_GROUP,
    MPR_KIND_TYPE,
    MPR_KIND_OP,
    MPR_KIND_REQUEST,
    MPR_KIND_ERRHANDLER,
    MPR_KIND_INFO,
    MPR_KIND_MESSAGE,
    MPR_KIND_WIN,
    MPR_KIND_FILE,
    MPR_KIND_SESSION,
    MPR_KIND_KEYVAL,
    MPR_KIND_COUNT
};

/* The first member of every object that a handle can name. */
struct mpr_object {
    uintptr_t handle;   /* what the user holds; predefined or from mpr_handle_open() */
    int32_t references; /* the handle itself and whoever uses the object */
};

/* First value that is not a predefined handle. */
#define MPR_HANDLE_PREDEFINED_MAX 4095

/* Gives `object` a handle of `kind`: sets object->handle. Returns 0 or MPR_ERR_NO_MEMORY /
 * MPR_ERR_LIMIT. */
int mpr_handle_open(enum mpr_kind kind, struct mpr_object *object);

/* The handle becomes invalid; its slot may be used again under a new generation. */
void mpr_handle_close(enum mpr_kind kind, struct mpr_object *object);

/* Makes `object` the predefined object with the constant `value` of the ABI. */
void mpr_handle_define(enum mpr_kind kind, uintptr_t value, struct mpr_object *object);

/* The constant `value` names nothing any more. */
void mpr_handle_undefine(uintptr_t value);

/* The object that `handle` names, or NULL when it names none of this kind. */
struct mpr_object *mpr_handle_find(enum mpr_kind kind, uintptr_t handle);

/* The handle's lower 31 bits, and back: 0-extended with the slot's present generation. */
int mpr_handle_to_int(uintptr_t handle);
uintptr_t mpr_handle_from_int(enum mpr_kind kind, int value);

/* Calls `visit` for each object of a kind that has a handle from mpr_handle_open(). It may close the
 * handle of the object that it gets, and must open none. */
void mpr_handle_each(enum mpr_kind kind, void (*visit)(struct mpr_object *object, void *context),
                     void *context);

/* Objects of a kind that are open now (for leak tests). */
int mpr_handle_count(enum mpr_kind kind);

#endif
