/* SPDX-License-Identifier: BSD-3-Clause */
/* Open addressing with linear probing, at most half full. A removal moves later entries of the run
 * back (Knuth, The Art of Computer Programming, volume 3, 6.4, algorithm R), so that there are no
 * tombstones and the table does not grow by being used. */
#include "base/address_set.h"

#include <stdlib.h>

#include "base/error.h"

enum { SLOTS_FIRST = 64 };

/* Where the search for an address begins: the upper bits of a product, which all bits of the
 * address have a part in. */
static size_t home_of(const struct mpr_address_set *set, uintptr_t address)
{
    return (size_t)((uint64_t)address * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (set->slot_count - 1);
}

static size_t next(const struct mpr_address_set *set, size_t index)
{
    return (index + 1) & (set->slot_count - 1);
}

/* The slot that holds the address, or the free one where it belongs. */
static size_t find(const struct mpr_address_set *set, uintptr_t address)
{
    size_t index = home_of(set, address);
    while (set->slots[index] != 0 && set->slots[index] != address) {
        index = next(set, index);
    }
    return index;
}

static int grow(struct mpr_address_set *set)
{
    struct mpr_address_set larger = {
        .slot_count = set->slot_count > 0 ? 2 * set->slot_count : SLOTS_FIRST, .count = set->count};

    larger.slots = calloc(larger.slot_count, sizeof(*larger.slots));
    if (larger.slots == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i] != 0) {
            larger.slots[find(&larger, set->slots[i])] = set->slots[i];
        }
    }
    free(set->slots);
    *set = larger;
    return 0;
}

int mpr_address_set_add(struct mpr_address_set *set, uintptr_t address)
{
    if (2 * (set->count + 1) > set->slot_count) {
        int code = grow(set);
        if (code != 0) {
            return code;
        }
    }
    set->slots[find(set, address)] = address;
    set->count++;
    return 0;
}

/* Fills the hole by the next entry of the run that may stand there: one whose home is not between
 * the hole and itself. That leaves a new hole, and so on to the end of the run. */
static void close_hole(struct mpr_address_set *set, size_t hole)
{
    size_t mask = set->slot_count - 1;

    for (size_t i = next(set, hole); set->slots[i] != 0; i = next(set, i)) {
        size_t from_home = (i - home_of(set, set->slots[i])) & mask;
        size_t from_hole = (i - hole) & mask;
        if (from_home >= from_hole) {
            set->slots[hole] = set->slots[i];
            hole = i;
        }
    }
    set->slots[hole] = 0;
}

bool mpr_address_set_remove(struct mpr_address_set *set, uintptr_t address)
{
    if (set->count == 0 || address == 0) {
        return false;
    }
    size_t index = find(set, address);
    if (set->slots[index] == 0) {
        return false;
    }
    close_hole(set, index);
    set->count--;
    return true;
}
