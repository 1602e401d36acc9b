/* SPDX-License-Identifier: BSD-3-Clause */
/* The handle tables.
 *
 * A table grows and never shrinks, so that a stale handle always finds its slot and sees that the
 * generation has moved on. A free slot links to the next one through `next_free`. */
#include "base/handle.h"

#include <stdlib.h>

#include "base/error.h"

enum { SLOTS_FIRST = 64 };

#define INT_MASK UINT32_C(0x7fffffff)

struct mpr_handle_table mpr_handle_tables[MPR_KIND_COUNT];
struct mpr_handle_constant mpr_handle_constants[MPR_HANDLE_PREDEFINED_MAX + 1];

int mpr_handle_grow(struct mpr_handle_table *table)
{
    uint32_t old_count = table->slot_count;
    uint32_t new_count = old_count == 0 ? SLOTS_FIRST : old_count * 2;
    if (new_count > MPR_HANDLE_SLOT_MASK) {
        return MPR_ERR_LIMIT;
    }
    struct mpr_handle_slot *slots = realloc(table->slots, new_count * sizeof(*slots));
    if (slots == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    for (uint32_t i = old_count; i < new_count; i++) {
        slots[i] = (struct mpr_handle_slot){.next_free = i + 1};
    }
    table->slots = slots;
    table->slot_count = new_count;
    table->first_free = old_count;
    return MPR_OK;
}

void mpr_handle_define(enum mpr_kind kind, uintptr_t value, struct mpr_object *object)
{
    mpr_handle_constants[value].object = object;
    mpr_handle_constants[value].kind = kind;
    object->handle = value;
}

void mpr_handle_undefine(uintptr_t value)
{
    mpr_handle_constants[value].object = NULL;
}

int mpr_handle_to_int(uintptr_t handle)
{
    return (int)((uint32_t)handle & INT_MASK);
}

uintptr_t mpr_handle_from_int(enum mpr_kind kind, int value)
{
    uint32_t low = (uint32_t)value;
    uint32_t index = low & MPR_HANDLE_SLOT_MASK;
    const struct mpr_handle_table *table = &mpr_handle_tables[kind];
    if (low <= MPR_HANDLE_PREDEFINED_MAX || low >> MPR_HANDLE_KIND_SHIFT != (uint32_t)kind ||
        index >= table->slot_count) {
        return low;
    }
    return mpr_handle_compose(kind, index, table->slots[index].generation);
}

void mpr_handle_each(enum mpr_kind kind, void (*visit)(struct mpr_object *object, void *context),
                     void *context)
{
    const struct mpr_handle_table *table = &mpr_handle_tables[kind];

    for (uint32_t i = 0; i < table->slot_count; i++) {
        if (table->slots[i].object != NULL) {
            visit(table->slots[i].object, context);
        }
    }
}

int mpr_handle_count(enum mpr_kind kind)
{
    return mpr_handle_tables[kind].open_count;
}
