/* SPDX-License-Identifier: BSD-3-Clause */
/* Monotonic time in nanoseconds, the same for all processes of the machine. */
#ifndef MPR_BASE_CLOCK_H
#define MPR_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define MPR_MS_NS UINT64_C(1000000)

static inline uint64_t mpr_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
