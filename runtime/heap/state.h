/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the heap: its state, and what lies below its pages. */
#ifndef MPR_HEAP_STATE_H
#define MPR_HEAP_STATE_H

#include <pthread.h>

/* Pages are shared where the C library tells whether there is one thread. */
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define MPR_CAN_SHARE 1
#define MPR_HAS_ONE_THREAD __libc_single_threaded
#else
#define MPR_CAN_SHARE 0
#define MPR_HAS_ONE_THREAD false
#endif

#include "base/compiler.h"
#include "heap/calls.h"
#include "heap/range.h"

struct mpr_heap {
    pthread_mutex_t lock;
    unsigned char *base;
    unsigned char *window;   /* NULL: has not joined, or shares no more */
    unsigned char *sends;    /* by page, see heap/calls.h */
    uint32_t open_pages;     /* up to here the range may be accessed */
    uint32_t shared_pages;
    uint32_t shared_stretches; /* each takes a mapping of the process, and parts private ones */
    struct mpr_range range;
};

extern MPR_HIDDEN struct mpr_heap mpr_heap;

static inline unsigned char *mpr_heap_address(uint32_t page)
{
    return mpr_heap.base + (uint64_t)page * MPR_HEAP_PAGE_BYTES;
}

static inline uint32_t mpr_heap_page(const void *address)
{
    return (uint32_t)(((uintptr_t)address - (uintptr_t)mpr_heap.base) / MPR_HEAP_PAGE_BYTES);
}

/* How many pages from `page` on, before `end`, are all shared or all private. */
uint32_t mpr_heap_stretch(uint32_t page, uint32_t end);

/* How many more stretches of shared pages there are when these become shared, or fewer when they
 * become private: -1, as an unsigned number, where they join two, or part one. */
uint32_t mpr_heap_stretches_of(uint32_t page, uint32_t count);

/* Puts fresh private memory in the place of these pages. Returns 0 or -1. */
int mpr_heap_renew(uint32_t page, uint32_t count);

/* Whether the program has protected some of these pages, which are private. */
bool mpr_heap_is_protected(uint32_t page, uint32_t count);

/* Moves pages that are private into the window. Returns false when it cannot be done. */
bool mpr_heap_move(uint32_t page, uint32_t count);

/* Gives the memory of pages that nobody needs back to the system; they are private and zero then.
 * Returns false when some stay as they are. */
bool mpr_heap_return(uint32_t page, uint32_t count);

/* Sees to it that a child never shares a page. Further calls do nothing. */
void mpr_heap_fork_start(void);

#endif
