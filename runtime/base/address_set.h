/* SPDX-License-Identifier: BSD-3-Clause */
/* A set of addresses: what was handed out, to tell it from what was not. */
#ifndef MPR_BASE_ADDRESS_SET_H
#define MPR_BASE_ADDRESS_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is the empty set. */
struct mpr_address_set {
    uintptr_t *slots;  /* 0: free */
    size_t slot_count; /* 0 or a power of two */
    size_t count;
};

/* Adds an address other than 0 that is not in the set. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_address_set_add(struct mpr_address_set *set, uintptr_t address);

/* Removes an address; false: the set does not have it. */
bool mpr_address_set_remove(struct mpr_address_set *set, uintptr_t address);

#endif
