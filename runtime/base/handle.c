/* SPDX-License-Identifier: BSD-3-Clause */
/* The handle tables.
 *
 * A table grows and never shrinks, so that a stale handle always finds its slot and sees that the
 * generation has moved on. A free slot links to the next one through `next_free`. */
#include "base/handle.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/error.h"

enum { KIND_SHIFT = 27, GENERATION_SHIFT = 32, SLOTS_FIRST = 64 };

#define SLOT_MASK ((UINT32_C(1) << KIND_SHIFT) - 1)
#define INT_MASK UINT32_C(0x7fffffff)

struct slot {
    struct mpr_object *object; /* NULL: free */
    uint32_t generation;
    uint32_t next_free;
};

struct table {
    struct slot *slots;
    uint32_t slot_count;
    uint32_t first_free; /* slot_count: none */
    int open_count;
};

static struct table tables[MPR_KIND_COUNT];

/* Constants of the ABI are unique across kinds, so that one table serves all of them. */
static struct {
    struct mpr_object *object;
    enum mpr_kind kind;
} predefined[MPR_HANDLE_PREDEFINED_MAX + 1];

static int grow(struct table *table)
{
    uint32_t old_count = table->slot_count;
    uint32_t new_count = old_count == 0 ? SLOTS_FIRST : old_count * 2;
    if (new_count > SLOT_MASK) {
        return MPR_ERR_LIMIT;
    }
    struct slot *slots = realloc(table->slots, new_count * sizeof(*slots));
    if (slots == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    for (uint32_t i = old_count; i < new_count; i++) {
        slots[i] = (struct slot){.next_free = i + 1};
    }
    table->slots = slots;
    table->slot_count = new_count;
    table->first_free = old_count;
    return MPR_OK;
}

static uintptr_t compose(enum mpr_kind kind, uint32_t slot, uint32_t generation)
{
    return (uintptr_t)generation << GENERATION_SHIFT | (uintptr_t)kind << KIND_SHIFT | slot;
}

int mpr_handle_open(enum mpr_kind kind, struct mpr_object *object)
{
    struct table *table = &tables[kind];
    if (table->first_free == table->slot_count) {
        int code = grow(table);
        if (code != MPR_OK) {
            return code;
        }
    }
    uint32_t index = table->first_free;
    struct slot *slot = &table->slots[index];
    table->first_free = slot->next_free;
    slot->object = object;
    table->open_count++;
    object->handle = compose(kind, index, slot->generation);
    return MPR_OK;
}

void mpr_handle_close(enum mpr_kind kind, struct mpr_object *object)
{
    struct table *table = &tables[kind];
    uint32_t index = (uint32_t)object->handle & SLOT_MASK;
    struct slot *slot = &table->slots[index];
    slot->object = NULL;
    slot->generation++;
    slot->next_free = table->first_free;
    table->first_free = index;
    table->open_count--;
    object->handle = 0;
}

void mpr_handle_define(enum mpr_kind kind, uintptr_t value, struct mpr_object *object)
{
    predefined[value].object = object;
    predefined[value].kind = kind;
    object->handle = value;
}

void mpr_handle_undefine(uintptr_t value)
{
    predefined[value].object = NULL;
}

static struct mpr_object *find_predefined(enum mpr_kind kind, uintptr_t handle)
{
    return predefined[handle].kind == kind ? predefined[handle].object : NULL;
}

struct mpr_object *mpr_handle_find(enum mpr_kind kind, uintptr_t handle)
{
    if (handle <= MPR_HANDLE_PREDEFINED_MAX) {
        return find_predefined(kind, handle);
    }
    const struct table *table = &tables[kind];
    uint32_t low = (uint32_t)handle;
    uint32_t index = low & SLOT_MASK;
    if (low >> KIND_SHIFT != (uint32_t)kind || index >= table->slot_count) {
        return NULL;
    }
    const struct slot *slot = &table->slots[index];
    return slot->generation == (uint32_t)(handle >> GENERATION_SHIFT) ? slot->object : NULL;
}

int mpr_handle_to_int(uintptr_t handle)
{
    return (int)((uint32_t)handle & INT_MASK);
}

uintptr_t mpr_handle_from_int(enum mpr_kind kind, int value)
{
    uint32_t low = (uint32_t)value;
    uint32_t index = low & SLOT_MASK;
    const struct table *table = &tables[kind];
    if (low <= MPR_HANDLE_PREDEFINED_MAX || low >> KIND_SHIFT != (uint32_t)kind ||
        index >= table->slot_count) {
        return low;
    }
    return compose(kind, index, table->slots[index].generation);
}

void mpr_handle_each(enum mpr_kind kind, void (*visit)(struct mpr_object *object, void *context),
                     void *context)
{
    const struct table *table = &tables[kind];

    for (uint32_t i = 0; i < table->slot_count; i++) {
        if (table->slots[i].object != NULL) {
            visit(table->slots[i].object, context);
        }
    }
}

int mpr_handle_count(enum mpr_kind kind)
{
    return tables[kind].open_count;
}
