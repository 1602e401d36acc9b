/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's lock: one for the process, taken wherever several threads may call at once.
 *
 * That is under MPI_THREAD_MULTIPLE, and as long as nothing has been initialized, since the calls
 * that are allowed then are allowed in any thread. Every entry point holds it while it is inside; a
 * wait lets go of it while it sleeps or yields, so that the other threads of the rank get in.
 * Not recursive. */
#ifndef MPR_BASE_LOCK_H
#define MPR_BASE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/compiler.h"

/* Changed only by a call that initializes or finalizes. The call that changes it, and others that
 * are under way, let go of what they hold. */
extern MPR_HIDDEN bool mpr_lock_is_needed;

/* Whether this thread holds the lock. Found without a function call: each message passes here. */
extern MPR_HIDDEN _Thread_local bool mpr_lock_is_held __attribute__((tls_model("initial-exec")));

/* Whether different threads may call, at once or in turn: MPI_THREAD_SERIALIZED and up. */
extern MPR_HIDDEN bool mpr_callers_may_change;

/* How many threads wait for the lock; and how many have passed it on and are called back, which who
 * holds the lock knows. */
extern MPR_HIDDEN atomic_int mpr_lock_waiter_count;
extern MPR_HIDDEN int mpr_lock_called_count;

/* Whether another thread waits for the lock, or had better get it. */
static inline bool mpr_lock_is_wanted(void)
{
    return atomic_load_explicit(&mpr_lock_waiter_count, memory_order_relaxed) > 0 ||
           mpr_lock_called_count > 0;
}

void mpr_lock_take(void);
void mpr_lock_drop(void);

/* From a loop that holds the lock and waits for something: lets in another thread that wants it.
 * Returns whether one did. */
bool mpr_lock_pass(void);

/* Something has happened for which threads that have passed the lock may wait. Needs the lock. */
void mpr_lock_call_back(void);

/* How many threads the process has, of the program and of libraries; 0: not known. */
int mpr_lock_count_threads(void);

static inline void mpr_lock(void)
{
    if (mpr_lock_is_needed) {
        mpr_lock_take();
    }
}

static inline void mpr_unlock(void)
{
    if (mpr_lock_is_held) {
        mpr_lock_drop();
    }
}

#endif
