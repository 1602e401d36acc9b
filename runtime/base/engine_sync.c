/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine on plain system calls: ppoll says what is ready, read and write do it.
 *
 * ppoll and not epoll, because epoll refuses regular files, and because the set of descriptors
 * changes with nearly every operation.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/engine_driver.h"

#define NS_PER_S INT64_C(1000000000)

enum sync_state { PENDING = MPR_ENGINE_OP_STARTED };

struct sync_engine {
    struct mpr_engine base;
    struct mpr_list waiting; // reads, writes and polls, oldest first
    struct mpr_list timers;  // soonest first
    unsigned waiting_count;
    unsigned slots; // length of the two arrays
    struct pollfd *pollfds;
    struct mpr_engine_op **ops; // whose descriptor each of `pollfds` is
};

static struct sync_engine *sync_of(struct mpr_engine *engine)
{
    return (struct sync_engine *)engine;
}

static int is_before(const struct __kernel_timespec *a, const struct __kernel_timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static void sync_start(struct mpr_engine *engine, struct mpr_engine_op *op)
{
    struct sync_engine *sync = sync_of(engine);
    struct mpr_list *place = &sync->waiting;

    op->state = PENDING;
    if (op->code == MPR_ENGINE_TIMER) {
        // From the end: most timers are later than those that run already.
        place = &sync->timers;
        while (place->previous != &sync->timers &&
               is_before(&op->deadline, &mpr_engine_op_of(place->previous)->deadline)) {
            place = place->previous;
        }
    } else {
        sync->waiting_count++;
    }
    mpr_list_append(place, &op->link); // before `place`
}

static void finish(struct sync_engine *sync, struct mpr_engine_op *op, int result)
{
    if (op->code != MPR_ENGINE_TIMER) {
        sync->waiting_count--;
    }
    mpr_engine_finish(&sync->base, op, result);
}

static void sync_cancel(struct mpr_engine *engine, struct mpr_engine_op *op)
{
    finish(sync_of(engine), op, -ECANCELED);
}

static void sync_cancel_all(struct mpr_engine *engine)
{
    struct sync_engine *sync = sync_of(engine);

    while (!mpr_list_is_empty(&sync->waiting)) {
        mpr_engine_cancel(engine, mpr_engine_op_of(sync->waiting.next));
    }
    while (!mpr_list_is_empty(&sync->timers)) {
        mpr_engine_cancel(engine, mpr_engine_op_of(sync->timers.next));
    }
}

/* Makes room for every waiting operation. */
static int grow(struct sync_engine *sync)
{
    if (sync->waiting_count <= sync->slots) {
        return 0;
    }

    unsigned slots = sync->waiting_count + sync->waiting_count / 2;
    struct pollfd *pollfds = realloc(sync->pollfds, slots * sizeof(*pollfds));
    if (pollfds == NULL) {
        return -ENOMEM;
    }
    sync->pollfds = pollfds;
    struct mpr_engine_op **ops = realloc(sync->ops, slots * sizeof(struct mpr_engine_op *));
    if (ops == NULL) {
        return -ENOMEM;
    }
    sync->ops = ops;
    sync->slots = slots;
    return 0;
}

static unsigned fill_pollfds(struct sync_engine *sync)
{
    unsigned count = 0;

    for (struct mpr_list *link = sync->waiting.next; link != &sync->waiting; link = link->next) {
        struct mpr_engine_op *op = mpr_engine_op_of(link);
        short events = op->code == MPR_ENGINE_READ    ? POLLIN
                       : op->code == MPR_ENGINE_WRITE ? POLLOUT
                                                      : op->events;
        sync->ops[count] = op;
        sync->pollfds[count++] = (struct pollfd){.fd = op->fd, .events = events};
    }
    return count;
}

/* How long ppoll may sleep: until the caller's patience or the first timer ends. */
static int64_t shorten_wait(struct sync_engine *sync, int64_t wait_ns)
{
    if (wait_ns == 0 || mpr_list_is_empty(&sync->timers)) {
        return wait_ns;
    }

    const struct __kernel_timespec *first = &mpr_engine_op_of(sync->timers.next)->deadline;
    int64_t left_ns = first->tv_sec * NS_PER_S + first->tv_nsec - (int64_t)mpr_clock_ns();

    if (left_ns < 0) {
        left_ns = 0;
    }
    return wait_ns < 0 || left_ns < wait_ns ? left_ns : wait_ns;
}

/* Finishes the timers whose time has come. */
static void expire(struct sync_engine *sync)
{
    if (mpr_list_is_empty(&sync->timers)) {
        return;
    }

    int64_t now_ns = (int64_t)mpr_clock_ns();
    struct __kernel_timespec now = {.tv_sec = now_ns / NS_PER_S, .tv_nsec = now_ns % NS_PER_S};

    while (!mpr_list_is_empty(&sync->timers)) {
        struct mpr_engine_op *op = mpr_engine_op_of(sync->timers.next);
        if (is_before(&now, &op->deadline)) {
            return;
        }
        finish(sync, op, 0);
    }
}

/* How much a descriptor that polls writable takes without blocking. */
static size_t room_bytes(int fd)
{
    struct stat status;

    if ((fcntl(fd, F_GETFL) & O_NONBLOCK) || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))) {
        return INT_MAX;
    }
    return PIPE_BUF; // a blocking pipe may have no more than this
}

/* Does what a descriptor is ready for. */
static void perform(struct sync_engine *sync, struct mpr_engine_op *op, short ready)
{
    ssize_t moved;

    if (ready & POLLNVAL) {
        finish(sync, op, -EBADF);
        return;
    }
    if (op->code == MPR_ENGINE_POLL) {
        finish(sync, op, ready);
        return;
    }
    if (op->code == MPR_ENGINE_READ) {
        moved = read(op->fd, op->buffer, op->length_bytes);
    } else {
        size_t limit_bytes = op->length_bytes > PIPE_BUF ? room_bytes(op->fd) : PIPE_BUF;
        moved = write(op->fd, op->buffer,
                      op->length_bytes < limit_bytes ? op->length_bytes : limit_bytes);
    }
    if (moved >= 0) {
        finish(sync, op, (int)moved);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        finish(sync, op, -errno);
    }
}

static int sync_gather(struct mpr_engine *engine, int64_t wait_ns, int finished_max)
{
    struct sync_engine *sync = sync_of(engine);
    int error = grow(sync);
    if (error != 0) {
        return error;
    }

    unsigned count = fill_pollfds(sync);
    wait_ns = shorten_wait(sync, wait_ns);
    struct timespec wait = {.tv_sec = wait_ns / NS_PER_S, .tv_nsec = wait_ns % NS_PER_S};
    int ready_count = 0;
    if (count > 0 || wait_ns != 0) {
        ready_count = ppoll(sync->pollfds, count, wait_ns < 0 ? NULL : &wait, NULL);
    }
    if (ready_count < 0) {
        return errno == EINTR ? 0 : -errno;
    }

    expire(sync);
    for (unsigned i = 0; i < count && ready_count > 0 && finished_max > 0; i++) {
        if (sync->pollfds[i].revents != 0) {
            perform(sync, sync->ops[i], sync->pollfds[i].revents);
            ready_count--;
            finished_max--;
        }
    }
    return 0;
}

static void sync_destroy(struct mpr_engine *engine)
{
    struct sync_engine *sync = sync_of(engine);

    free(sync->ops);
    free(sync->pollfds);
    free(sync);
}

int mpr_engine_sync_create(struct mpr_engine **engine, unsigned capacity)
{
    static const struct mpr_engine_driver driver = {
        .kind = MPR_ENGINE_SYNC,
        .start = sync_start,
        .cancel = sync_cancel,
        .gather = sync_gather,
        .cancel_all = sync_cancel_all,
        .destroy = sync_destroy,
    };

    struct sync_engine *sync = calloc(1, sizeof(*sync));
    if (sync == NULL) {
        return -ENOMEM;
    }
    mpr_engine_init(&sync->base, &driver);
    mpr_list_init(&sync->waiting);
    mpr_list_init(&sync->timers);
    sync->waiting_count = capacity;
    int error = grow(sync);
    sync->waiting_count = 0;
    if (error != 0) {
        sync_destroy(&sync->base);
        return error;
    }
    *engine = &sync->base;
    return 0;
}
