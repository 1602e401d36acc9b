/* SPDX-License-Identifier: BSD-3-Clause */
/* Windows: the part of the segment that belongs to each process's heap (heap/heap.h), and into
 * which the pages come that it sends from.
 *
 * A window is known by offsets: what a process offers at an offset of its window, every other finds
 * at the same offset of its own mapping of that window. These begin without access; what a message
 * names becomes readable with it. So nothing is ever touched that holds no message, whatever a
 * program does with all of its memory (mlockall, a core dump). */
#ifndef MPR_SHM_WINDOW_H
#define MPR_SHM_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "heap/calls.h"

/* "Not in a window." */
#define MPR_WINDOW_NOWHERE UINT64_MAX

/* No offset either: whether the data are to be read in the window is still to be decided. */
#define MPR_WINDOW_UNDECIDED (UINT64_MAX - 1)

/* Lets the heap of this process, if there is one, use its window. What an earlier process of the
 * slot has left there is gone. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_window_start(void);

/* Opens the window of `slot`, another process: whether mpr_window_find() will find what lies there,
 * even when this process has no mappings left. */
bool mpr_window_open(uint32_t slot);

/* Whether this process has a heap, that has joined. */
extern MPR_HIDDEN bool mpr_window_is_used;

/* The offset at which [address, address + bytes) lies in this process's window, or
 * MPR_WINDOW_NOWHERE. */
uint64_t mpr_window_offset(const void *address, uint64_t bytes);

/* Whether memory at `address` is the heap's, which can move into the window. */
static inline bool mpr_window_may_have(const void *address)
{
    return mpr_window_is_used &&
           (uintptr_t)address - (uintptr_t)mprun_heap.base < mprun_heap.bytes;
}

/* A message is sent from there, memory of the heap: lets the heap count it, and move it into the
 * window when it is time. */
static inline void mpr_window_count(const void *address, uint64_t bytes, unsigned often)
{
    mprun_heap.share(address, bytes, often);
}

/* Where `bytes` at `offset` of the window of `slot` can be read; NULL: they cannot, here. */
const unsigned char *mpr_window_find(uint32_t slot, uint64_t offset, uint64_t bytes);

#endif
