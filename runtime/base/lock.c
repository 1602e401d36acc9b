/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's lock. */
#include "base/lock.h"

#include <pthread.h>

bool mpr_lock_is_needed;

static pthread_mutex_t library_mutex = PTHREAD_MUTEX_INITIALIZER;

void mpr_lock_take(void)
{
    pthread_mutex_lock(&library_mutex);
}

void mpr_lock_drop(void)
{
    pthread_mutex_unlock(&library_mutex);
}
