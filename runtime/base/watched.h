/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether somebody watches over this process's memory. */
#ifndef MPR_BASE_WATCHED_H
#define MPR_BASE_WATCHED_H

#include <stdbool.h>
#include <stddef.h>

extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));
extern void __lsan_init(void) __attribute__((weak));

/* Whether the program was built with a sanitizer. */
static inline bool mpr_is_sanitized(void)
{
    return __asan_init != NULL || __tsan_init != NULL || __msan_init != NULL ||
           __lsan_init != NULL;
}

#endif
