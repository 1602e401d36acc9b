/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the ranks get the shared heap (runtime/heap/heap.h), and what they must be told of it. */
#ifndef LAUNCHER_HEAP_H
#define LAUNCHER_HEAP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/tunables.h"

struct mpr_heap_plan {
    uint64_t bytes;         // of each process's heap and window; 0: there is no heap
    uint64_t large_bytes;   // of an allocation that it serves
    char library[PATH_MAX]; // what they preload
};

/* Decides. Where it is wanted and cannot be had, says why. There are slot_count windows. */
void mpr_heap_plan_make(struct mpr_heap_plan *plan, const struct mpr_tunables *tunables,
                        uint32_t slot_count);

#endif
