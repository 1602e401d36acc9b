/* SPDX-License-Identifier: BSD-3-Clause */
/* The engine on io_uring.
 *
 * Submitting and cancelling only queue the operation on `pending`; the next gather tells the
 * kernel, so that a burst costs one system call and a full submission ring is nobody's problem. The
 * kernel takes entries in order, so a cancel that comes too late (its operation has completed and
 * was even submitted again behind it) finds nothing and does no harm. */
#include <assert.h>
#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>

#include "base/engine_driver.h"

#define NS_PER_S INT64_C(1000000000)

// Kernel memory grows with it: 64 bytes an entry, and 16 for each of twice as many completions.
#define ENTRIES_MIN 8
#define ENTRIES_MAX 512

// Without these the kernel is older than Linux 5.11, and could lose completions or not time a wait.
#define FEATURES_NEEDED (IORING_FEAT_NODROP | IORING_FEAT_RW_CUR_POS | IORING_FEAT_EXT_ARG)

enum uring_state {
    QUEUED = MPR_ENGINE_OP_STARTED, // on `pending`, the kernel has not seen it
    RUNNING,                        // on `running`, the kernel has it
    CANCELLING,                     // on `pending`, the kernel has it and is to give it back
};

struct uring_engine {
    struct mpr_engine base;
    struct io_uring ring;
    struct mpr_list pending;
    struct mpr_list running;
};

static struct uring_engine *uring_of(struct mpr_engine *engine)
{
    return (struct uring_engine *)engine;
}

static void set_state(struct mpr_list *list, struct mpr_engine_op *op, enum uring_state state)
{
    op->state = (uint8_t)state;
    mpr_list_append(list, &op->link);
}

static void uring_start(struct mpr_engine *engine, struct mpr_engine_op *op)
{
    set_state(&uring_of(engine)->pending, op, QUEUED);
}

static void uring_cancel(struct mpr_engine *engine, struct mpr_engine_op *op)
{
    if (op->state == QUEUED) {
        mpr_engine_finish(engine, op, -ECANCELED);
    } else {
        mpr_list_remove(&op->link);
        set_state(&uring_of(engine)->pending, op, CANCELLING);
    }
}

static void uring_cancel_all(struct mpr_engine *engine)
{
    struct uring_engine *uring = uring_of(engine);

    struct mpr_list *link, *next;

    mpr_list_each(link, next, &uring->pending)
    {
        if (mpr_engine_op_of(link)->state == QUEUED) {
            mpr_engine_cancel(engine, mpr_engine_op_of(link));
        }
    }
    mpr_list_each(link, next, &uring->running)
    {
        mpr_engine_cancel(engine, mpr_engine_op_of(link));
    }
}

static void prepare_start(struct io_uring_sqe *sqe, struct mpr_engine_op *op)
{
    const uint64_t current_position = UINT64_MAX;

    switch ((enum mpr_engine_code)op->code) {
    case MPR_ENGINE_READ:
        if (op->polls_first) {
            io_uring_prep_poll_add(sqe, op->fd, POLLIN);
        } else {
            io_uring_prep_read(sqe, op->fd, op->buffer, (unsigned)op->length_bytes,
                               current_position);
        }
        break;
    case MPR_ENGINE_WRITE:
        if (op->polls_first) {
            io_uring_prep_poll_add(sqe, op->fd, POLLOUT);
        } else {
            io_uring_prep_write(sqe, op->fd, op->buffer, (unsigned)op->length_bytes,
                                current_position);
        }
        break;
    case MPR_ENGINE_POLL:
        io_uring_prep_poll_add(sqe, op->fd, (unsigned short)op->events);
        break;
    case MPR_ENGINE_TIMER:
        io_uring_prep_timeout(sqe, &op->deadline, 0, IORING_TIMEOUT_ABS);
        break;
    }
    io_uring_sqe_set_data(sqe, op);
}

/* Moves `pending` into the submission ring, as much as it takes. */
static void tell_kernel(struct uring_engine *uring)
{
    while (!mpr_list_is_empty(&uring->pending)) {
        struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
        if (sqe == NULL) {
            if (io_uring_submit(&uring->ring) <= 0) {
                return; // short of memory: the rest goes with a later gather
            }
            continue;
        }

        struct mpr_engine_op *op = mpr_engine_op_of(uring->pending.next);
        mpr_list_remove(&op->link);
        if (op->state == CANCELLING) {
            io_uring_prep_cancel(sqe, op, 0);
            io_uring_sqe_set_data(sqe, NULL); // the completion of the cancel itself tells nothing
        } else {
            prepare_start(sqe, op);
        }
        set_state(&uring->running, op, RUNNING);
    }
}

/* Submits, and waits for the first completion if there is none yet. */
static int submit_and_wait(struct uring_engine *uring, int64_t wait_ns)
{
    int result = 0;

    if (io_uring_cq_ready(&uring->ring) > 0) {
        wait_ns = 0;
    }
    if (wait_ns == 0) {
        if (io_uring_sq_ready(&uring->ring) > 0) {
            result = io_uring_submit(&uring->ring);
        }
    } else {
        struct __kernel_timespec wait = {.tv_sec = wait_ns / NS_PER_S,
                                         .tv_nsec = wait_ns % NS_PER_S};
        struct io_uring_cqe *cqe;
        result = io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1, wait_ns > 0 ? &wait : NULL,
                                                  NULL);
    }
    // EBUSY asks us to take completions first, which comes next anyway.
    if (result == -ETIME || result == -EINTR || result == -EBUSY) {
        return 0;
    }
    return result < 0 ? result : 0;
}

/* Interprets one completion: the operation is done, or goes to the kernel once more. */
static void settle(struct uring_engine *uring, struct mpr_engine_op *op, int result)
{
    int again = 0;

    if (op->cancelled) {
        if (result == -EINTR || result == -EAGAIN || op->polls_first) {
            result = -ECANCELED;
        }
    } else if (result == -EINTR || result == -ECANCELED) {
        again = 1; // not by us: a signal, or the thread that submitted it has ended
    } else if (result == -EAGAIN && (op->code == MPR_ENGINE_READ || op->code == MPR_ENGINE_WRITE)) {
        op->polls_first = 1; // what the kernel answers for a descriptor in non-blocking mode
        again = 1;
    } else if (op->polls_first && result >= 0) {
        op->polls_first = 0;
        again = 1;
    }

    if (again) {
        mpr_list_remove(&op->link);
        set_state(&uring->pending, op, QUEUED);
    } else {
        mpr_engine_finish(&uring->base, op, result == -ETIME ? 0 : result);
    }
}

static int uring_gather(struct mpr_engine *engine, int64_t wait_ns, int finished_max)
{
    struct uring_engine *uring = uring_of(engine);
    struct io_uring_cqe *cqe;

    tell_kernel(uring);
    int error = submit_and_wait(uring, wait_ns);

    for (int finished = 0; finished < finished_max; finished++) {
        if (io_uring_peek_cqe(&uring->ring, &cqe) != 0) {
            break;
        }
        struct mpr_engine_op *op = io_uring_cqe_get_data(cqe);
        int result = cqe->res;
        io_uring_cqe_seen(&uring->ring, cqe);
        if (op != NULL) {
            settle(uring, op, result);
        }
    }
    return error;
}

static void uring_destroy(struct mpr_engine *engine)
{
    struct uring_engine *uring = uring_of(engine);

    io_uring_queue_exit(&uring->ring);
    free(uring);
}

/* Sends one operation around: a filter may let us set a ring up and forbid its use. */
static int probe(struct io_uring *ring)
{
    struct io_uring_cqe *cqe;
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

    if ((ring->features & FEATURES_NEEDED) != FEATURES_NEEDED || sqe == NULL) {
        return -ENOSYS;
    }
    io_uring_prep_nop(sqe);
    int submitted = io_uring_submit_and_wait(ring, 1);
    if (submitted < 0) {
        return submitted;
    }
    int error = io_uring_peek_cqe(ring, &cqe);
    if (error == 0) {
        io_uring_cqe_seen(ring, cqe);
    }
    return error;
}

int mpr_engine_uring_create(struct mpr_engine **engine, unsigned capacity)
{
    static const struct mpr_engine_driver driver = {
        .kind = MPR_ENGINE_URING,
        .start = uring_start,
        .cancel = uring_cancel,
        .gather = uring_gather,
        .cancel_all = uring_cancel_all,
        .destroy = uring_destroy,
    };
    unsigned entries = capacity;

    if (entries < ENTRIES_MIN) {
        entries = ENTRIES_MIN;
    }
    if (entries > ENTRIES_MAX) {
        entries = ENTRIES_MAX;
    }

    struct uring_engine *uring = malloc(sizeof(*uring));
    if (uring == NULL) {
        return -ENOMEM;
    }

    int error = io_uring_queue_init(entries, &uring->ring, IORING_SETUP_CLAMP);
    if (error != 0) {
        goto free_engine;
    }
    error = probe(&uring->ring);
    if (error != 0) {
        goto exit_ring;
    }

    mpr_engine_init(&uring->base, &driver);
    mpr_list_init(&uring->pending);
    mpr_list_init(&uring->running);
    *engine = &uring->base;
    return 0;

exit_ring:
    io_uring_queue_exit(&uring->ring);
free_engine:
    free(uring);
    return error;
}
