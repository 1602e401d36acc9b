/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies below the pages of the heap: private memory, or the rank's window.
 *
 * The window is a part of the segment, of which no descriptor is left. A second mapping of the same
 * pages comes from mremap(2), which makes one when the old size is 0. It begins without access and
 * out of core dumps, as all windows do, of which most is never touched; what the heap shows is part
 * of the program's data and is dumped. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "heap/state.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static size_t bytes_of(uint32_t count)
{
    return (size_t)count * MPR_HEAP_PAGE_BYTES;
}

static bool is_shared(uint32_t page)
{
    return mpr_heap.sends[page] == MPR_HEAP_SHARED;
}

uint32_t mpr_heap_stretches_of(uint32_t page, uint32_t count)
{
    const uint32_t end = page + count;
    const bool is_behind_shared = page > 0 && is_shared(page - 1);
    const bool is_before_shared = end < mpr_heap.range.page_count && is_shared(end);

    return 1 - (uint32_t)is_behind_shared - (uint32_t)is_before_shared;
}

uint32_t mpr_heap_stretch(uint32_t page, uint32_t end)
{
    uint32_t next = page + 1;

    while (next < end && is_shared(next) == is_shared(page)) {
        next++;
    }
    return next - page;
}

int mpr_heap_renew(uint32_t page, uint32_t count)
{
    void *memory = mmap(mpr_heap_address(page), bytes_of(count), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    return memory != MAP_FAILED ? 0 : -1;
}

/* Asks the kernel to make the pages ready for writing, of which nothing is seen. */
static bool can_write(void *address, size_t bytes)
{
    return madvise(address, bytes, MADV_POPULATE_WRITE) == 0;
}

/* Before Linux 5.14 the kernel does not tell. */
bool mpr_heap_is_protected(uint32_t page, uint32_t count)
{
    static _Alignas(MPR_HEAP_PAGE_BYTES) unsigned char own_page[MPR_HEAP_PAGE_BYTES];

    return !can_write(mpr_heap_address(page), bytes_of(count)) &&
           can_write(own_page, sizeof(own_page));
}

bool mpr_heap_move(uint32_t page, uint32_t count)
{
    unsigned char *address = mpr_heap_address(page);
    unsigned char *window = mpr_heap.window + bytes_of(page);
    size_t bytes = bytes_of(count);
    sigset_t all;
    sigset_t before;

    unsigned char *view = mremap(window, 0, bytes, MREMAP_MAYMOVE);
    if (view == MAP_FAILED) {
        return false;
    }
    if (mprotect(view, bytes, PROT_READ | PROT_WRITE) != 0 ||
        madvise(view, bytes, MADV_DODUMP) != 0) {
        munmap(view, bytes);
        return false;
    }
    // A handler might write to the pages between the copy and the exchange.
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    memcpy(view, address, bytes);
    bool has_moved = mremap(view, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, address) == address;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (!has_moved) {
        madvise(view, bytes, MADV_REMOVE);
        munmap(view, bytes);
        return false;
    }
    memset(mpr_heap.sends + page, MPR_HEAP_SHARED, count);
    mpr_heap.shared_pages += count;
    mpr_heap.shared_stretches += mpr_heap_stretches_of(page, count);
    return true;
}

/* The window's pages go back even where the mapping has to stay: they are zero then, and shared. */
static bool return_shared(uint32_t page, uint32_t count)
{
    if (madvise(mpr_heap_address(page), bytes_of(count), MADV_REMOVE) != 0 ||
        mpr_heap_renew(page, count) != 0) {
        return false;
    }
    memset(mpr_heap.sends + page, 0, count);
    mpr_heap.shared_pages -= count;
    mpr_heap.shared_stretches -= mpr_heap_stretches_of(page, count);
    return true;
}

/* Not by madvise(), which comes back to the heap (heap/interpose.c). */
static bool return_private(uint32_t page, uint32_t count)
{
    return syscall(SYS_madvise, mpr_heap_address(page), bytes_of(count), MADV_DONTNEED) == 0;
}

bool mpr_heap_return(uint32_t page, uint32_t count)
{
    bool are_zero = true;

    for (uint32_t end = page + count, stretch; page < end; page += stretch) {
        stretch = mpr_heap_stretch(page, end);
        are_zero =
            (is_shared(page) ? return_shared(page, stretch) : return_private(page, stretch)) &&
            are_zero;
    }
    return are_zero;
}
