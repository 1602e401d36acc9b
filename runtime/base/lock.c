/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's lock: a mutex that knows whether anybody waits for it, because a mutex that is
 * dropped and taken again in a loop is seldom seen free by others. */
#include "base/lock.h"

#include <pthread.h>
#include <sched.h>

bool mpr_lock_is_needed = true;
_Thread_local bool mpr_lock_is_held;
bool mpr_callers_may_change;

static pthread_mutex_t library_mutex = PTHREAD_MUTEX_INITIALIZER;
atomic_int mpr_lock_waiter_count;

static void count_waiters(int more)
{
    atomic_fetch_add_explicit(&mpr_lock_waiter_count, more, memory_order_relaxed);
}

void mpr_lock_take(void)
{
    if (pthread_mutex_trylock(&library_mutex) != 0) {
        count_waiters(1);
        pthread_mutex_lock(&library_mutex);
        count_waiters(-1);
    }
    mpr_lock_is_held = true;
}

void mpr_lock_drop(void)
{
    mpr_lock_is_held = false;
    pthread_mutex_unlock(&library_mutex);
}

/* Counts as a waiter from the first: one that is let in may have the same core, and this thread
 * cannot say that it wants the lock back before it runs again. */
bool mpr_lock_pass(void)
{
    if (!mpr_lock_is_wanted()) {
        return false;
    }
    count_waiters(1);
    mpr_lock_drop();
    sched_yield();
    mpr_lock_take();
    count_waiters(-1);
    return true;
}
