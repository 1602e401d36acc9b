/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of context ids. */
#include "shm/context.h"

#include <stdbool.h>

#include "base/error.h"

/* Positions 0 and 1: MPI_COMM_WORLD and MPI_COMM_SELF. */
enum { SLOTS_RESERVED = 2 };

_Static_assert((MPR_CONTEXT_SLOTS & (MPR_CONTEXT_SLOTS - 1)) == 0, "positions are masked");
_Static_assert(MPR_CONTEXT_SELF / MPR_CONTEXT_PLANES < SLOTS_RESERVED,
               "the first contexts are reserved");

static uint32_t slot_of(uint32_t position)
{
    return position & (MPR_CONTEXT_SLOTS - 1);
}

/* Looks before it swaps, so that a slot in use costs its line no move between the cores. */
static bool claim(_Atomic uint32_t *slot_users, uint32_t users)
{
    uint32_t expected = 0;
    return atomic_load_explicit(slot_users, memory_order_relaxed) == 0 &&
           atomic_compare_exchange_strong_explicit(slot_users, &expected, users,
                                                   memory_order_relaxed, memory_order_relaxed);
}

/* The position moves on with every attempt, whoever makes it: that is what keeps a freed id away
 * for as long as possible, and what lets processes that take ids at once try different slots. */
int mpr_context_take(struct mpr_context_table *table, uint32_t users, uint32_t *context)
{
    for (uint32_t attempt = 0; attempt < MPR_CONTEXT_SLOTS; attempt++) {
        uint32_t position = atomic_fetch_add_explicit(&table->position, 1, memory_order_relaxed);
        uint32_t slot = slot_of(position);
        if (slot >= SLOTS_RESERVED && claim(&table->users[slot], users)) {
            *context = position * MPR_CONTEXT_PLANES;
            return MPR_OK;
        }
    }
    return MPR_ERR_LIMIT;
}

void mpr_context_drop(struct mpr_context_table *table, uint32_t context, uint32_t users)
{
    uint32_t slot = slot_of(context / MPR_CONTEXT_PLANES);
    if (slot >= SLOTS_RESERVED) {
        atomic_fetch_sub_explicit(&table->users[slot], users, memory_order_relaxed);
    }
}
