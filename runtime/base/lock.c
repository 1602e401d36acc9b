/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's lock: a mutex that knows whether anybody waits for it, because a mutex that is
 * dropped and taken again in a loop is seldom seen free by others. */
#include "base/lock.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

bool mpr_lock_is_needed = true;
_Thread_local bool mpr_lock_is_held;
bool mpr_callers_may_change;

static pthread_mutex_t library_mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_int waiter_count;

void mpr_lock_take(void)
{
    if (pthread_mutex_trylock(&library_mutex) != 0) {
        atomic_fetch_add_explicit(&waiter_count, 1, memory_order_relaxed);
        pthread_mutex_lock(&library_mutex);
        atomic_fetch_sub_explicit(&waiter_count, 1, memory_order_relaxed);
    }
    mpr_lock_is_held = true;
}

void mpr_lock_drop(void)
{
    mpr_lock_is_held = false;
    pthread_mutex_unlock(&library_mutex);
}

bool mpr_lock_pass(void)
{
    if (atomic_load_explicit(&waiter_count, memory_order_relaxed) == 0) {
        return false;
    }
    mpr_lock_drop();
    sched_yield();
    mpr_lock_take();
    return true;
}
