/* SPDX-License-Identifier: BSD-3-Clause */
/* The heap in a child that fork() makes.
 *
 * A private mapping of the window would not do: the child would see what its parent writes later to
 * pages that it has not written itself. So it copies the shared pages, and the parent waits at the
 * other end of a pipe, which closes when the child has done so, or has died. Where there is no pipe
 * to be had the parent goes on at once.
 *
 * Both run on one stack until then, where it lies in shared pages, as that of a coroutine may,
 * which is memory that the program has allocated. So what they write of it becomes private
 * before. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "heap/heap.h"
#include "heap/state.h"

static int pipe_fds[2] = {-1, -1};

static void close_end(int end)
{
    if (pipe_fds[end] >= 0) {
        close(pipe_fds[end]);
        pipe_fds[end] = -1;
    }
}

/* Puts private memory with the same contents in the place of shared pages. */
static bool make_private(uint32_t page, uint32_t count)
{
    size_t bytes = (size_t)count * MPR_HEAP_PAGE_BYTES;
    unsigned char *own = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (own == MAP_FAILED) {
        return false;
    }
    memcpy(own, mpr_heap_address(page), bytes);
    if (mremap(own, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, mpr_heap_address(page)) !=
        mpr_heap_address(page)) {
        munmap(own, bytes);
        return false;
    }
    return true;
}

#if MPR_CAN_SHARE
/* What fork() and its handlers write of the stack, in pages: below the frame of a handler, and from
 * there on. */
enum { PAGES_BELOW = 16, PAGES_ABOVE = 2, ASIDE_BYTES = 32768 };

static struct {
    ucontext_t context;
    ucontext_t caller;
    uint32_t page;
    uint32_t end;
    _Alignas(16) unsigned char stack[ASIDE_BYTES];
} aside;

/* The window's pages stay as they are: a peer may have to read a message there. */
static void leave_window(void)
{
    for (uint32_t page = aside.page, count; page < aside.end; page += count) {
        count = mpr_heap_stretch(page, aside.end);
        if (mpr_heap.sends[page] == MPR_HEAP_SHARED && make_private(page, count)) {
            memset(mpr_heap.sends + page, 0, count);
            mpr_heap.shared_pages -= count;
            mpr_heap.shared_stretches -= mpr_heap_stretches_of(page, count);
        }
    }
}

/* Runs leave_window() on a stack of its own, with signals held off: nobody writes to the pages of
 * this one between the copy and the exchange. */
static void step_aside(uint32_t page)
{
    aside.page = page > PAGES_BELOW ? page - PAGES_BELOW : 0;
    aside.end = page + PAGES_ABOVE + 1;
    if (aside.end > mpr_heap.range.top) {
        aside.end = mpr_heap.range.top;
    }
    if (getcontext(&aside.context) != 0) {
        return;
    }
    sigfillset(&aside.context.uc_sigmask);
    aside.context.uc_stack.ss_sp = aside.stack;
    aside.context.uc_stack.ss_size = sizeof(aside.stack);
    aside.context.uc_link = &aside.caller;
    makecontext(&aside.context, leave_window, 0);
    (void)swapcontext(&aside.caller, &aside.context);
}

static void leave_shared_stack(void)
{
    const char here = 0;

    if (mpr_heap.shared_pages > 0 && mpr_heap_owns(&here)) {
        step_aside(mpr_heap_page(&here));
    }
}
#else
static void leave_shared_stack(void)
{
}
#endif

/* The lock is held across fork(): the child finds the heap's state whole. */
static void before_fork(void)
{
    pthread_mutex_lock(&mpr_heap.lock);
    leave_shared_stack();
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
    if (!make_private(page, count)) {
        mprotect(mpr_heap_address(page), (size_t)count * MPR_HEAP_PAGE_BYTES, PROT_READ);
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
    mpr_heap.shared_stretches = 0;
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
