/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap: large allocations of a rank, in a range of addresses of their own, so that what is sent
 * from them can come to lie in the rank's window of the job segment, where receivers copy it from.
 *
 * The range is private memory like any other, and what is never sent stays so: it costs what libc's
 * own would. When a message has been sent from the same place a number of times, its pages move:
 * they are copied into the window, at the same offset, and the window's pages take their place, at
 * the same address. Freed memory is kept for the next allocation up to a bound, as libc does, and
 * beyond it goes back to the system, out of the window too.
 *
 * Moving needs that nobody writes to the pages meanwhile. So it is done only while the process has
 * one thread, which does not stand on them: its stack may be memory that the program has allocated,
 * as that of a coroutine is; and with signals held off. What has moved before a second thread was
 * made stays shared.
 *
 * Who owns what: all state is private to the process, under one lock, but for the pages of the
 * window. These are written by this process alone; a peer reads those that a message names, between
 * the record that offers it and the one that says it is done (p2p/transfer_direct.c). As long as
 * that may be, the program must not free the buffer (MPI 5.0, 3.7.2), so that a page which a peer
 * may read is never given back, nor changed.
 *
 * fork(): the child gets what its parent had, and nothing of it is shared. The pages of the window
 * are copied for it, and its parent waits until that is done, so that the copy is of one moment; a
 * stack that lies in them is made private before. A
 * child that is made without the handlers of pthread_atfork(), by a bare system call,
 * would share them.
 *
 * All functions may be called by any thread. */
#ifndef MPR_HEAP_HEAP_H
#define MPR_HEAP_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/calls.h"

/* Reserves `bytes` of addresses and makes mprun_heap ready. Returns 0, or -1 when there is no room;
 * then there is no heap. Once, before there are other threads. */
int mpr_heap_start(uint64_t bytes);

/* Memory whose address is a multiple of `alignment`, a power of two; NULL when there is none here.
 * All of it is zero if that is wanted. */
void *mpr_heap_allocate(size_t bytes, size_t alignment, bool zeroed);

/* For a block that has no room to grow where it lies: memory that has some, as much again. NULL
 * when there is none here. */
void *mpr_heap_allocate_roomy(size_t bytes);

/* Whether `address` lies in the heap. Before mpr_heap_start() nothing does. */
static inline bool mpr_heap_owns(const void *address)
{
    return (uintptr_t)address - (uintptr_t)mprun_heap.base < mprun_heap.bytes;
}

/* For what mpr_heap_allocate() has returned. Ends the process, with a message, for any other
 * address in the heap: the program has freed it twice, or overwritten a pointer. */
void mpr_heap_free(void *address);
size_t mpr_heap_usable_bytes(void *address);

/* For madvise(MADV_DONTNEED), by which whole pages of memory in the heap, in use, become zero.
 * Returns 0, or -1 and errno; or 1: all these pages are private, which the kernel can do alone. */
int mpr_heap_empty(void *address, size_t bytes);

/* Changes its size, where it lies. Returns false when there is no room. */
bool mpr_heap_resize(void *address, size_t bytes);

#endif
