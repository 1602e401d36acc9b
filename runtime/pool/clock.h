/* SPDX-License-Identifier: BSD-3-Clause */
/* Time that never jumps, and deadlines made of it. */
#ifndef MPP_CLOCK_H
#define MPP_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t mpp_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* No time limit. */
#define MPP_NEVER UINT64_MAX

/* When a time limit in seconds ends; negative, or longer than a century: never. */
static inline uint64_t mpp_deadline_ns(double timeout)
{
    if (!(timeout >= 0 && timeout < 3e9)) {
        return MPP_NEVER;
    }
    return mpp_now_ns() + (uint64_t)(timeout * 1e9);
}

static inline int mpp_is_past(uint64_t deadline_ns)
{
    return deadline_ns != MPP_NEVER && mpp_now_ns() >= deadline_ns;
}

#endif
