/* SPDX-License-Identifier: BSD-3-Clause */
/* What the library asks of the heap, which is a shared object of its own: mprun preloads it into
 * the ranks, so that it serves their large allocations (heap/heap.h), and where it is not there,
 * the library does without.
 *
 * The library sees it through one weak symbol. Both are of one installation; the number says so. */
#ifndef MPR_HEAP_CALLS_H
#define MPR_HEAP_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Bytes of the heap, and of the smallest allocation that it serves. */
#define MPR_ENV_HEAP "MPRUN_HEAP"
#define MPR_ENV_PRELOAD "LD_PRELOAD"
#define MPR_HEAP_LIBRARY "libmprun_heap.so"
#define MPR_HEAP_VERSION UINT32_C(1)

#define MPR_HEAP_PAGE_BYTES 4096

/* How a page of the heap stands with messages: 0, how often one that begins in it was sent, up to
 * MPR_HEAP_SENDS_MAX, or MPR_HEAP_SHARED: it lies in the rank's window. */
enum { MPR_HEAP_SENDS_MAX = 254, MPR_HEAP_SHARED = 255 };

struct mpr_heap_calls {
    uint32_t version;
    bool is_active;      /* false: stands aside, the rest means nothing */
    unsigned char *base;
    uint64_t bytes;
    const unsigned char *sends; /* by page; of memory in use they change by share() alone */

    /* The rank's window of the job segment, `bytes` large, mapped without
     * access; it stays mapped. */
    void (*join)(void *window);

    /* A message of `bytes` at `address`, in the heap, is sent. When that has happened `often` times
     * (1 to MPR_HEAP_SENDS_MAX), moves its pages into the window, if that can be done now. */
    void (*share)(const void *address, size_t bytes, unsigned often);
};

extern struct mpr_heap_calls mprun_heap __attribute__((weak, visibility("default")));

#endif
