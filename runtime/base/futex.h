/* SPDX-License-Identifier: BSD-3-Clause */
/* Sleeping on a word of memory that processes share. */
#ifndef MPR_BASE_FUTEX_H
#define MPR_BASE_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Sleeps while *word is `expected`, until woken, interrupted, or `timeout` (relative; NULL: none)
 * is over: the caller looks at its condition again in every case. */
static inline void mpr_futex_wait(_Atomic uint32_t *word, uint32_t expected,
                                  const struct timespec *timeout)
{
    syscall(SYS_futex, word, FUTEX_WAIT, expected, timeout, NULL, 0);
}

static inline void mpr_futex_wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

#endif
