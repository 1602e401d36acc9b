/* SPDX-License-Identifier: BSD-3-Clause */
/* The I/O engine: reads, writes, polls and timers that complete by callback.
 *
 * There are two siblings, io_uring and plain system calls (ppoll, then read or write). They differ
 * in speed only; which one serves is chosen when the engine is made.
 *
 * Life of an operation. The caller owns the memory of a struct mpr_engine_op, zeroes it before its
 * first use and sets `complete`.
 * Submitting hands the operation, and the buffer it names, to the engine, which allocates nothing
 * and cannot fail: whatever goes wrong is the operation's result. The engine hands both back in
 * exactly one call of `complete`, which comes only from inside mpr_engine_run or
 * mpr_engine_destroy, never from inside a submission. From that call on the operation is the
 * caller's again: the callback may submit it anew, free it, submit and cancel others. It must not
 * run or destroy the engine.
 *
 * An engine belongs to one thread at a time (threads take turns under a lock of their own), and not
 * to the child of a fork.
 */
#ifndef MPR_BASE_ENGINE_H
#define MPR_BASE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/time_types.h>

#include "base/list.h"
#include "base/tunables.h"

/* Waits for ever; see mpr_engine_run. */
#define MPR_ENGINE_FOREVER (-1)

struct mpr_engine;
struct mpr_engine_op;

/* Takes an operation back with its result:
 *   read, write   bytes moved, 0 at the end of a file or pipe, or a negative errno;
 *   poll          the events that are ready (POLLIN, POLLHUP, ...), or a negative errno;
 *   timer         0 once the time has come;
 *   any           -ECANCELED when it was cancelled before it did anything. */
typedef void mpr_engine_complete_fn(struct mpr_engine_op *op, int result);

struct mpr_engine_op {
    mpr_engine_complete_fn *complete; // set by the caller before each submission

    // The rest is the engine's.
    struct mpr_list link;
    uint8_t code;
    uint8_t state;
    uint8_t cancelled;
    uint8_t polls_first;
    short events;
    int fd;
    int result;
    void *buffer;
    size_t length_bytes;
    struct __kernel_timespec deadline;
};

/* Makes an engine: MPR_ENGINE_AUTO is io_uring where the kernel lets us, plain system calls
 * otherwise; MPR_ENGINE_URING is io_uring or an error. `capacity` says how many operations are
 * usually in flight at once; more work as well, somewhat slower. Returns 0 and the engine, to be
 * given to mpr_engine_destroy; or -ENOMEM; or, for MPR_ENGINE_URING, the negative errno with which
 * the kernel refused io_uring (-ENOSYS where it is too old: Linux 5.11 is the first that serves).
 */
int mpr_engine_create(struct mpr_engine **engine, enum mpr_engine_choice kind, unsigned capacity);

/* Cancels what is in flight, completes each operation (-ECANCELED, or its result if it was quicker)
 * and frees the engine. What callbacks submit meanwhile is cancelled in turn. NULL is fine. */
void mpr_engine_destroy(struct mpr_engine *engine);

/* Returns which sibling serves: MPR_ENGINE_URING or MPR_ENGINE_SYNC. */
enum mpr_engine_choice mpr_engine_kind(const struct mpr_engine *engine);

/* Reads up to `length_bytes` once there is something to read. The descriptor may be blocking or
 * not; files are read at their current position. At most INT_MAX bytes at a time. */
void mpr_engine_read(struct mpr_engine *engine, struct mpr_engine_op *op, int fd, void *buffer,
                     size_t length_bytes);

/* Writes up to `length_bytes` once there is room; may write less, as write(2) may. Files are
 * written at their current position (or the end, with O_APPEND). The caller ignores SIGPIPE. */
void mpr_engine_write(struct mpr_engine *engine, struct mpr_engine_op *op, int fd,
                      const void *buffer, size_t length_bytes);

/* Waits, once, until one of `events` (POLLIN, POLLOUT) is ready, or an error or hangup is. */
void mpr_engine_poll(struct mpr_engine *engine, struct mpr_engine_op *op, int fd, short events);

/* Completes `delay_ns` from now. */
void mpr_engine_timer(struct mpr_engine *engine, struct mpr_engine_op *op, uint64_t delay_ns);

/* Completes once mpr_clock_ns() has reached `deadline_ns`. */
void mpr_engine_timer_at(struct mpr_engine *engine, struct mpr_engine_op *op, uint64_t deadline_ns);

/* Asks for an operation that is in flight to complete soon, with -ECANCELED if it has not done
 * anything yet. It does not hand the operation back: `complete` does, as always. */
void mpr_engine_cancel(struct mpr_engine *engine, struct mpr_engine_op *op);

/* Says whether an operation is in flight: submitted, and its callback not yet called. */
bool mpr_engine_op_is_active(const struct mpr_engine_op *op);

/* Starts what was submitted and completes what is done, at most `completions_max` (1 or more)
 * operations. If there is nothing to complete it waits up to `wait_ns` nanoseconds (0: not at all;
 * MPR_ENGINE_FOREVER) for the first.
 * Returns how many it completed: 0 when the time is over, or earlier (a signal came). A negative
 * errno means that the kernel cannot serve now (-ENOMEM, -EAGAIN); nothing is lost, run again
 * later. */
int mpr_engine_run(struct mpr_engine *engine, int64_t wait_ns, int completions_max);

#endif
