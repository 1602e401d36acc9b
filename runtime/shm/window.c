/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding memory in windows. */
#include "shm/window.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/error.h"
#include "shm/job.h"

/* What becomes readable at a time: a call of the kernel should serve many messages. */
#define STEP_BYTES (UINT64_C(64) << 20)

bool mpr_window_is_used;

/* By slot: up to here its window can be read. */
static uint64_t *readable_bytes;

static unsigned char *window_of(uint32_t slot)
{
    const struct mpr_segment *segment = &mpr_job.segment;
    return (unsigned char *)segment->header + segment->layout.heap_offset +
           slot * segment->geometry.heap_bytes;
}

/* Before Linux 6.7 only a mapping that can be written at the moment gives pages back. */
static bool empty_window(unsigned char *window, uint64_t bytes)
{
    bool is_empty = mprotect(window, bytes, PROT_READ | PROT_WRITE) == 0 &&
                    madvise(window, bytes, MADV_REMOVE) == 0;

    return mprotect(window, bytes, PROT_NONE) == 0 && is_empty;
}

int mpr_window_start(void)
{
    const struct mpr_segment *segment = &mpr_job.segment;
    uint64_t bytes = segment->geometry.heap_bytes;

    if (bytes == 0 || !segment->has_windows) {
        return MPR_OK;
    }
    readable_bytes = calloc(segment->geometry.slot_count, sizeof(*readable_bytes));
    if (readable_bytes == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    if (&mprun_heap != NULL && mprun_heap.version == MPR_HEAP_VERSION && mprun_heap.is_active &&
        mprun_heap.bytes <= bytes) {
        unsigned char *own = window_of((uint32_t)mpr_job.slot);
        mpr_window_is_used = empty_window(own, bytes);
        if (mpr_window_is_used) {
            mprun_heap.join(own);
        }
    }
    return MPR_OK;
}

/* Whether all pages from `page` to `end` are shared. */
static bool are_shared(uint64_t page, uint64_t end)
{
    const unsigned char *sends = mprun_heap.sends;
    unsigned char least = MPR_HEAP_SHARED;

    for (; page < end; page++) {
        least &= sends[page] == MPR_HEAP_SHARED ? MPR_HEAP_SHARED : 0;
    }
    return least == MPR_HEAP_SHARED;
}

uint64_t mpr_window_offset(const void *address, uint64_t bytes)
{
    if (!mpr_window_is_used || bytes == 0) {
        return MPR_WINDOW_NOWHERE;
    }
    uint64_t offset = (uint64_t)((uintptr_t)address - (uintptr_t)mprun_heap.base);
    bool is_inside = offset < mprun_heap.bytes && bytes <= mprun_heap.bytes - offset;
    return is_inside && are_shared(offset / MPR_HEAP_PAGE_BYTES,
                                   (offset + bytes - 1) / MPR_HEAP_PAGE_BYTES + 1)
               ? offset
               : MPR_WINDOW_NOWHERE;
}

/* Makes the window of `slot` readable up to `end`. */
static bool open_window(uint32_t slot, uint64_t end)
{
    uint64_t all = mpr_job.segment.geometry.heap_bytes;
    uint64_t wanted = end < all ? end : all;
    uint64_t from = readable_bytes[slot];

    if (mprotect(window_of(slot) + from, wanted - from, PROT_READ) != 0) {
        return false;
    }
    readable_bytes[slot] = wanted;
    return true;
}

/* A page that is readable parts the mapping; what becomes so behind it only moves the border. */
bool mpr_window_open(uint32_t slot)
{
    if (readable_bytes == NULL || slot >= mpr_job.segment.geometry.slot_count) {
        return false;
    }
    return readable_bytes[slot] > 0 || open_window(slot, MPR_HEAP_PAGE_BYTES);
}

const unsigned char *mpr_window_find(uint32_t slot, uint64_t offset, uint64_t bytes)
{
    if (readable_bytes == NULL) {
        return NULL;
    }
    if (mpr_unlikely(offset + bytes > readable_bytes[slot]) &&
        !open_window(slot, mpr_round_up(offset + bytes, STEP_BYTES))) {
        return NULL;
    }
    return window_of(slot) + offset;
}
