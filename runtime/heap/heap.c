/* SPDX-License-Identifier: BSD-3-Clause */
/* Allocations, and which of them are shared. */
#include "heap/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap/state.h"

/* Freed memory that is kept for the next allocation, at the most: what libc keeps of blocks that
 * are large, but not so large that it maps each on its own. */
enum { KEPT_PAGES = (64 << 20) / MPR_HEAP_PAGE_BYTES };

/* To give fewer back costs more calls than it is worth. */
enum { RETURN_PAGES_MIN = (128 << 10) / MPR_HEAP_PAGE_BYTES };

/* A process has 65,530 mappings, unless the system allows more (vm.max_map_count). Each stretch of
 * shared pages takes one, and parts the private ones around it: half of them stay the program's. */
enum { SHARED_STRETCHES_MAX = 16 << 10 };

/* The range is opened in steps: a program that locks all its memory (mlockall) gets what it uses
 * and not the whole range. */
enum { OPEN_PAGES = (16 << 20) / MPR_HEAP_PAGE_BYTES };

/* The heap begins at a multiple of this, for huge pages; larger alignments are libc's affair. */
#define ALIGNMENT_MAX ((size_t)2 << 20)

struct mpr_heap mpr_heap = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void join(void *window);
static void share(const void *address, size_t bytes, unsigned often);

struct mpr_heap_calls mprun_heap = {
    .version = MPR_HEAP_VERSION,
    .join = join,
    .share = share,
};

static void *reserve(uint64_t bytes, int protection)
{
    void *memory =
        mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED ? memory : NULL;
}

/* The same, beginning at a multiple of ALIGNMENT_MAX. */
static void *reserve_aligned(uint64_t bytes)
{
    char *memory = reserve(bytes + ALIGNMENT_MAX, PROT_NONE);
    size_t before = memory != NULL ? -(uintptr_t)memory & (ALIGNMENT_MAX - 1) : 0;

    if (memory == NULL) {
        return NULL;
    }
    if (before > 0) {
        munmap(memory, before);
    }
    munmap(memory + before + bytes, ALIGNMENT_MAX - before);
    return memory + before;
}

int mpr_heap_start(uint64_t bytes)
{
    uint64_t most = (uint64_t)MPR_RANGE_PAGES_MAX * MPR_HEAP_PAGE_BYTES;
    uint32_t pages = (uint32_t)((bytes < most ? bytes : most) / MPR_HEAP_PAGE_BYTES);
    size_t table_bytes = pages * sizeof(struct mpr_run);

    bytes = (uint64_t)pages * MPR_HEAP_PAGE_BYTES;
    mpr_heap.base = reserve_aligned(bytes);
    mpr_heap.sends = reserve(pages, PROT_READ | PROT_WRITE);
    struct mpr_run *table = reserve(table_bytes, PROT_READ | PROT_WRITE);
    if (mpr_heap.base == NULL || mpr_heap.sends == NULL || table == NULL) {
        return -1;
    }
    mpr_range_open(&mpr_heap.range, table, pages);
    mpr_heap_fork_start();
    mprun_heap.base = mpr_heap.base;
    mprun_heap.bytes = bytes;
    mprun_heap.sends = mpr_heap.sends;
    mprun_heap.is_active = true;
    return 0;
}

static uint32_t pages_for(size_t bytes)
{
    return (uint32_t)((bytes + MPR_HEAP_PAGE_BYTES - 1) / MPR_HEAP_PAGE_BYTES);
}

/* Makes all pages that are handed out accessible. */
static bool open_to_top(void)
{
    uint32_t most = mpr_heap.range.page_count;
    uint32_t end = mpr_heap.range.top;

    if (end <= mpr_heap.open_pages) {
        return true;
    }
    end = most - end > OPEN_PAGES ? end + OPEN_PAGES : most;
    size_t bytes = (size_t)(end - mpr_heap.open_pages) * MPR_HEAP_PAGE_BYTES;
    if (mprotect(mpr_heap_address(mpr_heap.open_pages), bytes, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    mpr_heap.open_pages = end;
    return true;
}

/* Gives other free runs back, the longest ones first, until no more is kept than should be: what
 * has just become free is what the program is likely to want again, and what a peak of it has left
 * is not. */
static void return_others(uint32_t except)
{
    struct mpr_range *range = &mpr_heap.range;

    while (range->dirty_pages > KEPT_PAGES) {
        struct mpr_pages other = mpr_range_find_dirty(range, RETURN_PAGES_MIN, except);
        if (other.count == 0 || !mpr_heap_return(other.first, other.count)) {
            return;
        }
        mpr_range_set_clean(range, other.first);
    }
}

/* Keeps what has become free, and gives back what is too much. Only the end of the range can go in
 * part: elsewhere, a free run is kept or goes as a whole. */
static void settle(const struct mpr_freed *freed)
{
    struct mpr_range *range = &mpr_heap.range;
    uint32_t dirty_end = freed->dirty.first + freed->dirty.count;
    uint32_t from = freed->dirty.first;

    if (freed->dirty.count == 0) {
        return;
    }
    return_others(freed->run.first);
    if (range->dirty_pages <= KEPT_PAGES) {
        return;
    }
    uint32_t excess = range->dirty_pages - KEPT_PAGES;
    bool is_part = freed->run.first + freed->run.count == range->top && excess < freed->dirty.count;
    if (is_part) {
        from = dirty_end - excess;
    }
    if (!mpr_heap_return(from, dirty_end - from)) {
        return;
    }
    if (is_part) {
        mpr_range_lower(range, freed->run.first, from);
    } else {
        mpr_range_set_clean(range, freed->run.first);
    }
}

/* What was sent from these pages says nothing about the next who has them. */
static void forget_sends(uint32_t page, uint32_t count)
{
    unsigned char *sends = mpr_heap.sends;

    for (uint32_t i = page; i < page + count; i++) {
        sends[i] = sends[i] == MPR_HEAP_SHARED ? MPR_HEAP_SHARED : 0;
    }
}

static uint32_t take(uint32_t pages, uint32_t alignment, bool *are_clean)
{
    pthread_mutex_lock(&mpr_heap.lock);
    uint32_t page = mpr_range_take(&mpr_heap.range, pages, alignment, are_clean);
    if (page != MPR_RANGE_NONE && !open_to_top()) {
        mpr_range_give(&mpr_heap.range, page);
        page = MPR_RANGE_NONE;
    }
    pthread_mutex_unlock(&mpr_heap.lock);
    return page;
}

void *mpr_heap_allocate(size_t bytes, size_t alignment, bool zeroed)
{
    bool are_clean;

    if (bytes == 0 || bytes > mprun_heap.bytes || alignment > ALIGNMENT_MAX) {
        return NULL;
    }
    uint32_t page = take(pages_for(bytes), pages_for(alignment), &are_clean);
    if (page == MPR_RANGE_NONE) {
        return NULL;
    }
    void *address = mpr_heap_address(page);
    return zeroed && !are_clean ? memset(address, 0, bytes) : address;
}

/* Blocks that grow in turn, in steps, are in each other's way, and each step would copy them
 * whole. Room costs addresses, and no memory before it is used. */
void *mpr_heap_allocate_roomy(size_t bytes)
{
    bool has_room = bytes <= mprun_heap.bytes / 2;
    void *address = has_room ? mpr_heap_allocate(2 * bytes, 1, false) : NULL;

    if (address == NULL) {
        return mpr_heap_allocate(bytes, 1, false);
    }
    pthread_mutex_lock(&mpr_heap.lock);
    mpr_range_spare(&mpr_heap.range, mpr_heap_page(address),
                    pages_for(2 * bytes) - pages_for(bytes));
    pthread_mutex_unlock(&mpr_heap.lock);
    return address;
}

static void complain(void)
{
    static const char text[] = "mprun: the program has freed memory that is not allocated, or has "
                               "freed it twice\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)written;
    abort();
}

/* The run that begins at `address`; needs the lock. */
static uint32_t find(const void *address)
{
    uint32_t page = mpr_heap_page(address);

    if ((uintptr_t)address % MPR_HEAP_PAGE_BYTES != 0 ||
        mpr_range_pages(&mpr_heap.range, page) == 0) {
        complain();
    }
    return page;
}

void mpr_heap_free(void *address)
{
    pthread_mutex_lock(&mpr_heap.lock);
    uint32_t page = find(address);
    forget_sends(page, mpr_range_pages(&mpr_heap.range, page));
    struct mpr_freed freed = mpr_range_give(&mpr_heap.range, page);
    settle(&freed);
    pthread_mutex_unlock(&mpr_heap.lock);
}

size_t mpr_heap_usable_bytes(void *address)
{
    pthread_mutex_lock(&mpr_heap.lock);
    size_t pages = mpr_range_used(&mpr_heap.range, find(address));
    pthread_mutex_unlock(&mpr_heap.lock);
    return pages * MPR_HEAP_PAGE_BYTES;
}

bool mpr_heap_resize(void *address, size_t bytes)
{
    struct mpr_freed freed;

    if (bytes == 0 || bytes > mprun_heap.bytes) {
        return false;
    }
    pthread_mutex_lock(&mpr_heap.lock);
    uint32_t page = find(address);
    uint32_t before = mpr_range_pages(&mpr_heap.range, page);
    bool fits = mpr_range_resize(&mpr_heap.range, page, pages_for(bytes), &freed);
    if (fits && !open_to_top()) {
        (void)mpr_range_resize(&mpr_heap.range, page, before, &freed);
        fits = false;
    } else if (fits && pages_for(bytes) < before) {
        forget_sends(page + pages_for(bytes), before - pages_for(bytes));
        settle(&freed);
    }
    pthread_mutex_unlock(&mpr_heap.lock);
    return fits;
}

int mpr_heap_empty(void *address, size_t bytes)
{
    uint32_t page = mpr_heap_page(address);
    uint32_t count = pages_for(bytes);
    int result = 1;

    pthread_mutex_lock(&mpr_heap.lock);
    bool is_inside = bytes <= mprun_heap.bytes && count > 0 && page + count <= mpr_heap.range.top;
    if (is_inside && mpr_heap.shared_pages > 0 &&
        memchr(mpr_heap.sends + page, MPR_HEAP_SHARED, count) != NULL) {
        result = mpr_heap_return(page, count) ? 0 : -1;
    }
    pthread_mutex_unlock(&mpr_heap.lock);
    return result;
}

static void join(void *window)
{
    pthread_mutex_lock(&mpr_heap.lock);
    mpr_heap.window = window;
    pthread_mutex_unlock(&mpr_heap.lock);
}

/* Counts a sending of pages [page, end), at the first that is private. Returns whether it
 * is time to move them. */
static bool count_send(uint32_t page, uint32_t end, unsigned often)
{
    while (page < end && mpr_heap.sends[page] == MPR_HEAP_SHARED) {
        page++;
    }
    if (page == end) {
        return false;
    }
    if (mpr_heap.sends[page] < MPR_HEAP_SENDS_MAX) {
        mpr_heap.sends[page]++;
    }
    return mpr_heap.sends[page] >= often;
}

/* Where a move fails, no other is tried: there is no memory for it, or there are too many mappings.
 * Pages that the program has protected stay, for it may want to hear of writes: they are counted
 * from the start. */
static void move_private(uint32_t page, uint32_t end)
{
    for (uint32_t count; page < end && mpr_heap.window != NULL; page += count) {
        count = mpr_heap_stretch(page, end);
        if (mpr_heap.sends[page] == MPR_HEAP_SHARED) {
            continue;
        }
        if (mpr_heap_is_protected(page, count)) {
            mpr_heap.sends[page] = 0;
        } else if (!mpr_heap_move(page, count)) {
            mpr_heap.window = NULL;
        }
    }
}

/* Whether the thread runs on a stack that lies in the heap: a coroutine's, which the program has
 * allocated. It is written to between the copy and the exchange. */
static bool stands_on_heap(void)
{
    const char here = 0;

    return mpr_heap_owns(&here);
}

static void share(const void *address, size_t bytes, unsigned often)
{
    uint32_t page = mpr_heap_page(address);
    uint32_t end = mpr_heap_page((const char *)address + bytes - 1) + 1;

    pthread_mutex_lock(&mpr_heap.lock);
    if (mpr_heap.window != NULL && mpr_heap.shared_stretches < SHARED_STRETCHES_MAX &&
        end <= mpr_heap.range.top && MPR_HAS_ONE_THREAD && !stands_on_heap() &&
        count_send(page, end, often)) {
        move_private(page, end);
    }
    pthread_mutex_unlock(&mpr_heap.lock);
}
