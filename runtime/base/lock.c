/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's lock: a mutex that knows whether anybody waits for it, because a mutex that is
 * dropped and taken again in a loop is seldom seen free by others. */
#include "base/lock.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/stat.h>

bool mpr_lock_is_needed = true;
_Thread_local bool mpr_lock_is_held;
bool mpr_callers_may_change;

static pthread_mutex_t library_mutex = PTHREAD_MUTEX_INITIALIZER;
atomic_int mpr_lock_waiter_count;

/* Of the threads that are in mpr_lock_pass(), all and those who have been called back since. */
static int passer_count;
int mpr_lock_called_count;
static uint64_t call_count;

void mpr_lock_take(void)
{
    if (pthread_mutex_trylock(&library_mutex) != 0) {
        atomic_fetch_add_explicit(&mpr_lock_waiter_count, 1, memory_order_relaxed);
        pthread_mutex_lock(&library_mutex);
        atomic_fetch_sub_explicit(&mpr_lock_waiter_count, 1, memory_order_relaxed);
    }
    mpr_lock_is_held = true;
}

void mpr_lock_drop(void)
{
    mpr_lock_is_held = false;
    pthread_mutex_unlock(&library_mutex);
}

/* One that is let in may have the same core, and this thread cannot say that it wants the lock back
 * before it runs again: so others must say it for it. */
bool mpr_lock_pass(void)
{
    if (!mpr_lock_is_wanted()) {
        return false;
    }
    const uint64_t calls = call_count;
    passer_count++;
    mpr_lock_drop();
    sched_yield();
    mpr_lock_take();
    passer_count--;
    if (call_count != calls) {
        mpr_lock_called_count--;
    }
    return true;
}

void mpr_lock_call_back(void)
{
    call_count++;
    mpr_lock_called_count = passer_count;
}

/* A folder of /proc has as many links as it has folders in it, and two more. */
int mpr_lock_count_threads(void)
{
    struct stat threads;

    return stat("/proc/self/task", &threads) == 0 ? (int)threads.st_nlink - 2 : 0;
}
