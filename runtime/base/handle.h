/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles: from the opaque values that users hold to the objects behind them, safely.
 *
 * A predefined handle is a small constant of the ABI (below 4096). Any other handle is a number,
 * never an address: a kind, a slot in that kind's table and the slot's generation. So a stale, a
 * foreign or a random value is found out by two loads and never dereferenced.
 *
 *     bits 63..32 generation | bits 30..27 kind (never 0) | bits 26..0 slot
 *
 * The lower 31 bits alone name the object too (MPI_X_toint/MPI_X_fromint): positive, and above
 * every predefined handle. All functions here need the library's lock. */
#ifndef MPR_BASE_HANDLE_H
#define MPR_BASE_HANDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

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

/* Up to here values are those of predefined handles. */
#define MPR_HANDLE_PREDEFINED_MAX 4095

/* The tables. They are here because every message passes the functions below more than once.
 * Constants of the ABI are unique across kinds, so that one table serves all of them. */
enum { MPR_HANDLE_KIND_SHIFT = 27, MPR_HANDLE_GENERATION_SHIFT = 32 };
#define MPR_HANDLE_SLOT_MASK ((UINT32_C(1) << MPR_HANDLE_KIND_SHIFT) - 1)

struct mpr_handle_slot {
    struct mpr_object *object; /* NULL: free */
    uint32_t generation;
    uint32_t next_free;
};

struct mpr_handle_table {
    struct mpr_handle_slot *slots;
    uint32_t slot_count;
    uint32_t first_free; /* slot_count: none */
    int open_count;
};

struct mpr_handle_constant {
    struct mpr_object *object;
    enum mpr_kind kind;
};

extern MPR_HIDDEN struct mpr_handle_table mpr_handle_tables[MPR_KIND_COUNT];
extern MPR_HIDDEN struct mpr_handle_constant mpr_handle_constants[MPR_HANDLE_PREDEFINED_MAX + 1];

/* Makes `object` the predefined object with the constant `value` of the ABI. */
void mpr_handle_define(enum mpr_kind kind, uintptr_t value, struct mpr_object *object);

/* The constant `value` names nothing any more. */
void mpr_handle_undefine(uintptr_t value);

/* For mpr_handle_open(): makes free slots. */
int mpr_handle_grow(struct mpr_handle_table *table);

static inline uintptr_t mpr_handle_compose(enum mpr_kind kind, uint32_t slot, uint32_t generation)
{
    return (uintptr_t)generation << MPR_HANDLE_GENERATION_SHIFT |
           (uintptr_t)kind << MPR_HANDLE_KIND_SHIFT | slot;
}

/* Gives `object` a handle of `kind`: sets object->handle. Returns 0 or MPR_ERR_NO_MEMORY /
 * MPR_ERR_LIMIT. */
static inline int mpr_handle_open(enum mpr_kind kind, struct mpr_object *object)
{
    struct mpr_handle_table *table = &mpr_handle_tables[kind];
    if (mpr_unlikely(table->first_free == table->slot_count)) {
        int code = mpr_handle_grow(table);
        if (code != 0) {
            return code;
        }
    }
    uint32_t index = table->first_free;
    struct mpr_handle_slot *slot = &table->slots[index];
    table->first_free = slot->next_free;
    slot->object = object;
    table->open_count++;
    object->handle = mpr_handle_compose(kind, index, slot->generation);
    return 0;
}

/* The slot of a handle from mpr_handle_open(). */
static inline struct mpr_handle_slot *mpr_handle_slot_of(enum mpr_kind kind,
                                                         const struct mpr_object *object)
{
    return &mpr_handle_tables[kind].slots[(uint32_t)object->handle & MPR_HANDLE_SLOT_MASK];
}

/* The handle becomes invalid; its slot may be used again under a new generation. */
static inline void mpr_handle_close(enum mpr_kind kind, struct mpr_object *object)
{
    struct mpr_handle_table *table = &mpr_handle_tables[kind];
    struct mpr_handle_slot *slot = mpr_handle_slot_of(kind, object);
    slot->object = NULL;
    slot->generation++;
    slot->next_free = table->first_free;
    table->first_free = (uint32_t)(slot - table->slots);
    table->open_count--;
    object->handle = 0;
}

/* Like closing and opening again, for objects that are kept and used anew, and keep their slots:
 * between the two no handle names the object. */
static inline void mpr_handle_rest(enum mpr_kind kind, struct mpr_object *object)
{
    struct mpr_handle_slot *slot = mpr_handle_slot_of(kind, object);

    slot->object = NULL;
    slot->generation++;
    object->handle += (uintptr_t)1 << MPR_HANDLE_GENERATION_SHIFT;
    mpr_handle_tables[kind].open_count--;
}

static inline void mpr_handle_wake(enum mpr_kind kind, struct mpr_object *object)
{
    mpr_handle_slot_of(kind, object)->object = object;
    mpr_handle_tables[kind].open_count++;
}

/* The object that `handle` names, or NULL when it names none of this kind. */
static inline struct mpr_object *mpr_handle_find(enum mpr_kind kind, uintptr_t handle)
{
    if (handle <= MPR_HANDLE_PREDEFINED_MAX) {
        const struct mpr_handle_constant *constant = &mpr_handle_constants[handle];
        return constant->kind == kind ? constant->object : NULL;
    }
    const struct mpr_handle_table *table = &mpr_handle_tables[kind];
    uint32_t low = (uint32_t)handle;
    uint32_t index = low & MPR_HANDLE_SLOT_MASK;
    if (low >> MPR_HANDLE_KIND_SHIFT != (uint32_t)kind || index >= table->slot_count) {
        return NULL;
    }
    const struct mpr_handle_slot *slot = &table->slots[index];
    return slot->generation == (uint32_t)(handle >> MPR_HANDLE_GENERATION_SHIFT) ? slot->object
                                                                                : NULL;
}

/* The handle's lower 31 bits, and back: 0-extended with the slot's present generation. */
int mpr_handle_to_int(uintptr_t handle);
uintptr_t mpr_handle_from_int(enum mpr_kind kind, int value);

/* Calls `visit` for each object of a kind that has a handle from mpr_handle_open(). It may close
 * the handle of the object that it gets, and must open none. */
void mpr_handle_each(enum mpr_kind kind, void (*visit)(struct mpr_object *object, void *context),
                     void *context);

/* Objects of a kind that are open now (for leak tests). */
int mpr_handle_count(enum mpr_kind kind);

#endif
