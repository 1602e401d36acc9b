/* SPDX-License-Identifier: BSD-3-Clause */
/* malloc and its family, as a preloaded object: large allocations are the heap's, all others, and
 * those that the heap has no room for, go on to the next one in line, which is
 * libc's or the program's.
 *
 * Everything that takes an address asks whose it is, so that both kinds can be mixed at will.
 *
 * Stands aside where somebody watches over memory (a sanitizer, valgrind): all goes on to them. A
 * program with a malloc of its own in the executable is found first by the loader, and never comes
 * here. */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/watched.h"
#include "heap/heap.h"
#include "heap/state.h"

/* The smallest allocation of the heap. Nothing is as large as this before the heap has started. */
static size_t large_bytes = SIZE_MAX;

/* The same while there are threads, which would wait for each other's allocations: where libc, too,
 * gives a block pages of its own, at first (mallopt(3), M_MMAP_THRESHOLD). */
enum { THREADED_LARGE_BYTES = 128 << 10 };

/* The smallest one of which the program asks that it begins at a page. */
enum { PAGED_BYTES = MPR_HEAP_PAGE_BYTES / 2 };

/* ---- The next in line --------------------------------------------------------------------- */

static void *early_malloc(size_t bytes);
static void *early_calloc(size_t count, size_t bytes);
static void *early_realloc(void *address, size_t bytes);
static void early_free(void *address);
static int early_posix_memalign(void **address, size_t alignment, size_t bytes);
static void *early_aligned_alloc(size_t alignment, size_t bytes);
static void *early_memalign(size_t alignment, size_t bytes);
static size_t early_usable_size(void *address);
static int early_madvise(void *address, size_t bytes, int advice);

static struct {
    void *(*malloc)(size_t);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void (*free)(void *);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    void *(*memalign)(size_t, size_t);
    size_t (*usable_size)(void *);
    int (*madvise)(void *, size_t, int);
} next = {early_malloc,         early_calloc,        early_realloc,  early_free,
          early_posix_memalign, early_aligned_alloc, early_memalign, early_usable_size,
          early_madvise};

static void look_up(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (found != NULL) {
        memcpy(function, &found, sizeof(found));
    }
}

/* At the first call, when there is one thread. Returns false when it is under way: dlsym() of some
 * libraries allocates, and does without when it gets nothing. */
static bool resolve(void)
{
    static bool is_begun;

    if (is_begun) {
        errno = ENOMEM;
        return false;
    }
    is_begun = true;
    look_up("malloc", &next.malloc);
    look_up("calloc", &next.calloc);
    look_up("realloc", &next.realloc);
    look_up("free", &next.free);
    look_up("posix_memalign", &next.posix_memalign);
    look_up("aligned_alloc", &next.aligned_alloc);
    look_up("memalign", &next.memalign);
    look_up("malloc_usable_size", &next.usable_size);
    look_up("madvise", &next.madvise);
    return true;
}

static void *early_malloc(size_t bytes)
{
    return resolve() ? next.malloc(bytes) : NULL;
}

static void *early_calloc(size_t count, size_t bytes)
{
    return resolve() ? next.calloc(count, bytes) : NULL;
}

static void *early_realloc(void *address, size_t bytes)
{
    return resolve() ? next.realloc(address, bytes) : NULL;
}

static void early_free(void *address)
{
    if (address != NULL && resolve()) {
        next.free(address);
    }
}

static int early_posix_memalign(void **address, size_t alignment, size_t bytes)
{
    return resolve() ? next.posix_memalign(address, alignment, bytes) : ENOMEM;
}

static void *early_aligned_alloc(size_t alignment, size_t bytes)
{
    return resolve() ? next.aligned_alloc(alignment, bytes) : NULL;
}

static void *early_memalign(size_t alignment, size_t bytes)
{
    return resolve() ? next.memalign(alignment, bytes) : NULL;
}

static size_t early_usable_size(void *address)
{
    return address != NULL && resolve() ? next.usable_size(address) : 0;
}

static int early_madvise(void *address, size_t bytes, int advice)
{
    return resolve() ? next.madvise(address, bytes, advice) : -1;
}

/* ---- Large or small ----------------------------------------------------------------------- */

static bool is_large(size_t bytes)
{
    return mpr_unlikely(bytes >= large_bytes) &&
           (MPR_HAS_ONE_THREAD || bytes >= THREADED_LARGE_BYTES);
}

/* What is to begin at a page, and fills most of it, costs less here than in libc. */
static bool is_paged(size_t alignment, size_t bytes)
{
    return alignment >= MPR_HEAP_PAGE_BYTES && bytes >= PAGED_BYTES && large_bytes < SIZE_MAX &&
           MPR_HAS_ONE_THREAD;
}

static void *take_large(size_t alignment, size_t bytes, bool zeroed)
{
    bool is_possible =
        (is_large(bytes) || is_paged(alignment, bytes)) && mpr_is_power_of_two(alignment);
    return is_possible ? mpr_heap_allocate(bytes, alignment, zeroed) : NULL;
}

static void *move(void *old, size_t old_bytes, void *address, size_t bytes)
{
    if (address != NULL) {
        memcpy(address, old, old_bytes < bytes ? old_bytes : bytes);
        free(old);
    }
    return address;
}

MPR_EXPORT void *malloc(size_t bytes)
{
    void *address = take_large(1, bytes, false);
    return address != NULL ? address : next.malloc(bytes);
}

MPR_EXPORT void *calloc(size_t count, size_t bytes)
{
    size_t all;
    bool overflows = __builtin_mul_overflow(count, bytes, &all);
    void *address = overflows ? NULL : take_large(1, all, true);

    return address != NULL ? address : next.calloc(count, bytes);
}

MPR_EXPORT void free(void *address)
{
    if (mpr_heap_owns(address)) {
        mpr_heap_free(address);
    } else {
        next.free(address);
    }
}

/* What shrinks to a small block goes to the next in line, and what grows large comes from there. */
MPR_EXPORT void *realloc(void *address, size_t bytes)
{
    if (address == NULL) {
        return malloc(bytes);
    }
    if (!mpr_heap_owns(address)) {
        size_t old_bytes = is_large(bytes) ? next.usable_size(address) : 0;
        return old_bytes > 0 && old_bytes < bytes ? move(address, old_bytes, malloc(bytes), bytes)
                                                  : next.realloc(address, bytes);
    }
    if (bytes == 0) {
        free(address);
        return NULL;
    }
    if (is_large(bytes) && mpr_heap_resize(address, bytes)) {
        return address;
    }
    void *roomy = is_large(bytes) ? mpr_heap_allocate_roomy(bytes) : NULL;
    return move(address, mpr_heap_usable_bytes(address), roomy != NULL ? roomy : malloc(bytes),
                bytes);
}

MPR_EXPORT int posix_memalign(void **address, size_t alignment, size_t bytes)
{
    void *large = alignment % sizeof(void *) == 0 ? take_large(alignment, bytes, false) : NULL;

    if (large != NULL) {
        *address = large;
        return 0;
    }
    return next.posix_memalign(address, alignment, bytes);
}

MPR_EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
    void *address = take_large(alignment, bytes, false);
    return address != NULL ? address : next.aligned_alloc(alignment, bytes);
}

MPR_EXPORT void *memalign(size_t alignment, size_t bytes)
{
    void *address = take_large(alignment, bytes, false);
    return address != NULL ? address : next.memalign(alignment, bytes);
}

MPR_EXPORT size_t malloc_usable_size(void *address)
{
    return mpr_heap_owns(address) ? mpr_heap_usable_bytes(address) : next.usable_size(address);
}

/* ---- Memory that is emptied ---------------------------------------------------------------- */

/* Of shared pages the kernel would keep the contents. */
MPR_EXPORT int madvise(void *address, size_t bytes, int advice)
{
    bool may_be_shared = advice == MADV_DONTNEED && mpr_heap_owns(address) &&
                         (uintptr_t)address % MPR_HEAP_PAGE_BYTES == 0;
    int result = may_be_shared ? mpr_heap_empty(address, bytes) : 1;

    return result <= 0 ? result : next.madvise(address, bytes, advice);
}

/* ---- fork --------------------------------------------------------------------------------- */

/* What pthread_atfork() calls in glibc. Handlers run in the reverse order of their registration
 * before a fork. Those of libraries, which may lock something that another thread holds while it
 * allocates, must run before the heap's lock is taken: so the heap's are registered first, though
 * its constructor runs last. */
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso);

MPR_EXPORT int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                                 void *dso)
{
    int (*next_register)(void (*)(void), void (*)(void), void (*)(void), void *) = NULL;

    look_up("__register_atfork", &next_register);
    mpr_heap_fork_start(); // comes here itself, the first time
    return next_register != NULL ? next_register(prepare, parent, child, dso) : ENOMEM;
}

/* ---- Start -------------------------------------------------------------------------------- */

static bool is_watched(void)
{
    const char *preloaded = getenv(MPR_ENV_PRELOAD);

    return mpr_is_sanitized() || (preloaded != NULL && strstr(preloaded, "vgpreload") != NULL);
}

/* mprun has said how large the heap is; in processes that ranks start it has said nothing. */
__attribute__((constructor)) static void start(void)
{
    const char *text = getenv(MPR_ENV_HEAP);
    unsigned long long bytes;
    unsigned long long least_bytes;

    if (text != NULL && sscanf(text, "%llu,%llu", &bytes, &least_bytes) == 2 && !is_watched() &&
        mpr_heap_start(bytes) == 0) {
        large_bytes = least_bytes;
    }
}
