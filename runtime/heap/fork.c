/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap in a child that fork() makes.
 *
 * A private mapping of the window would not do: the child would see what its parent writes later to
 * pages that it has not written itself. So it copies the shared pages, and the parent waits at the
 * other end of a pipe, which closes when the child has done so, or has died. Where there is no pipe
 * to be had the parent goes on at once. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "heap/state.h"

static int pipe_fds[2] = {-1, -1};

static void close_end(int end)
{
    if (pipe_fds[end] >= 0) {
        close(pipe_fds[end]);
        pipe_fds[end] = -1;
    }
}

/* The lock is held across fork(): the child finds the heap's state whole. */
static void before_fork(void)
{
    pthread_mutex_lock(&mpr_heap.lock);
    if (mpr_heap.shared_pages > 0 && pipe2(pipe_fds, O_CLOEXEC) != 0) {
        pipe_fds[0] = -1;
        pipe_fds[1] = -1;
    }
}

static void in_parent(void)
{
    int error = errno;
    char nothing;

    close_end(1);
    if (pipe_fds[0] >= 0) {
        while (read(pipe_fds[0], &nothing, 1) < 0 && errno == EINTR) {
        }
    }
    close_end(0);
    pthread_mutex_unlock(&mpr_heap.lock);
    errno = error;
}

/* Without memory for a copy the child may look, but not touch. */
static void copy(uint32_t page, uint32_t count)
{
    unsigned char *address = mpr_heap_address(page);
    size_t bytes = (size_t)count * MPR_HEAP_PAGE_BYTES;
    unsigned char *own = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (own == MAP_FAILED) {
        mprotect(address, bytes, PROT_READ);
        return;
    }
    memcpy(own, address, bytes);
    if (mremap(own, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, address) != address) {
        munmap(own, bytes);
        mprotect(address, bytes, PROT_READ);
    }
}

static void in_child(void)
{
    int error = errno;

    for (uint32_t page = 0, count; page < mpr_heap.range.top; page += count) {
        count = mpr_heap_stretch(page, mpr_heap.range.top);
        if (mpr_heap.sends[page] == MPR_HEAP_SHARED) {
            copy(page, count);
            memset(mpr_heap.sends + page, 0, count);
        }
    }
    mpr_heap.shared_pages = 0;
    mpr_heap.window = NULL;
    close_end(0);
    close_end(1);
    pthread_mutex_unlock(&mpr_heap.lock);
    errno = error;
}

void mpr_heap_fork_start(void)
{
    static atomic_flag is_done = ATOMIC_FLAG_INIT;

    if (!atomic_flag_test_and_set(&is_done)) {
        pthread_atfork(before_fork, in_parent, in_child);
    }
}
