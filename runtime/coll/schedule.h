/* SPDX-License-Identifier: BSD-3-Clause */
/* Schedules: collective calls written down, to be worked off while the program does other things.
 *
 *     struct mpr_coll coll;
 *     struct mpr_request *request;
 *     mpr_schedule_begin(comm, MPR_SCHEDULE_ONCE, &coll);
 *     mpr_allreduce(&coll, ...);                        or any other: its steps are written down
 *     mpr_schedule_finish(&coll, &request);
 *     mpr_request_start(request);                       works off what can be done at once
 *
 * Afterwards each pass of progress goes on with those schedules whose messages have come, and while
 * there are any, every call into the library makes a pass. Several schedules of one communicator
 * may be under way, in any states: each has a tag of its own.
 *
 * The first steps of a call that is started once are taken while they are written down, as far as
 * nothing has to be waited for: short messages, copies, operators that are predefined. A call of
 * which nothing else is left has a request that was done when it was started (p2p/done.h).
 *
 * A schedule is a list of steps in the order of the algorithm: start a message, copy, apply an
 * operator, or wait for messages of earlier steps. Counts, displacements and types of vector forms
 * are read while it is written and not needed any more afterwards; it keeps datatypes, operators
 * and its scratch memory until the request is gone. All functions need the library's lock. */
#ifndef MPR_COLL_SCHEDULE_H
#define MPR_COLL_SCHEDULE_H

#include "base/compiler.h"
#include "coll/message.h"

enum mpr_schedule_use {
    MPR_SCHEDULE_ONCE, /* started as soon as it is finished, if that is still to be done */
    MPR_SCHEDULE_AGAIN /* of a persistent request: started any number of times */
};

/* Begins the next collective call on `comm`, of which every rank must get here in the same order.
 * Its steps go to coll->schedule. Returns 0 or an mpr error. */
int mpr_schedule_begin(struct mpr_comm *comm, enum mpr_schedule_use use, struct mpr_coll *coll);

/* Begins a part of an intercommunicator's call that the processes of this group do among
 * themselves, on their own communicator and in the same schedule, if there is one. part->error is
 * the caller's to note. */
void mpr_coll_begin_part(const struct mpr_coll *whole, struct mpr_coll *part);

/* Makes a request of what was written down, not started, or done if that is nothing, with one
 * reference for the caller. To start one that is done does nothing. Returns 0, or an mpr error,
 * that of the writing first; then its functions were called with coll->error, and the schedule is
 * gone. */
int mpr_schedule_finish(struct mpr_coll *coll, struct mpr_request **request);

extern MPR_HIDDEN int mpr_schedule_active_count; /* started and not complete; schedule.c counts */

/* The pass of progress for those calls that make none otherwise. */
void mpr_schedules_progress(void);

/* What coll/message.c writes down. Each adds a step, or takes it. They return 0 or
 * MPR_ERR_NO_MEMORY. */
int mpr_schedule_send(const struct mpr_coll *coll, struct mpr_items items, int dest);
int mpr_schedule_recv(const struct mpr_coll *coll, struct mpr_items items, int source);
int mpr_schedule_borrow(const struct mpr_coll *coll, struct mpr_items *place, int source);
int mpr_schedule_copy(const struct mpr_coll *coll, struct mpr_items from, struct mpr_items to);
int mpr_schedule_apply(const struct mpr_coll *coll, struct mpr_op *op, const void *left,
                       const void *right, struct mpr_items out);
int mpr_schedule_fold(struct mpr_schedule *schedule, struct mpr_op *op,
                      const struct mpr_items *operands, int count, struct mpr_items out);

int mpr_schedule_call(struct mpr_schedule *schedule,
                      void (*function)(struct mpr_coll *coll, void *state), void *state);

/* Waits for the messages among the steps [first, end); and returns what they have borrowed. */
int mpr_schedule_wait(struct mpr_schedule *schedule, int first, int end);
int mpr_schedule_return(struct mpr_schedule *schedule, int first, int end);

/* The number of steps so far, which is that of the next one. */
int mpr_schedule_end(const struct mpr_schedule *schedule);

/* `bytes` bytes, aligned to a cache line, that live as long as the schedule. NULL: no memory. */
void *mpr_schedule_memory(struct mpr_schedule *schedule, size_t bytes);

#endif
