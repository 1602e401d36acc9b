/* SPDX-License-Identifier: BSD-3-Clause */
/* What the whole library says to the compiler: hints, padding, visibility. */
#ifndef MPR_BASE_COMPILER_H
#define MPR_BASE_COMPILER_H

#include <stddef.h>

/* A cache line, and the distance that keeps two writers apart: two lines, because the adjacent-line
 * prefetcher of common processors moves lines in pairs. */
#define MPR_LINE_BYTES 64
#define MPR_APART_BYTES 128

#define mpr_likely(x) __builtin_expect(!!(x), 1)
#define mpr_unlikely(x) __builtin_expect(!!(x), 0)

#define MPR_ALIGNED(bytes) __attribute__((aligned(bytes)))
#define MPR_INLINE inline __attribute__((always_inline))
#define MPR_COLD __attribute__((cold, noinline))
#define MPR_NORETURN __attribute__((noreturn))
#define MPR_PRINTF(text, first) __attribute__((format(printf, text, first)))
#define MPR_EXPORT __attribute__((visibility("default")))

/* For declarations of variables: all of them lie in this library, so that none is looked up in the
 * global offset table. (-fvisibility=hidden says so of definitions alone.) */
#define MPR_HIDDEN __attribute__((visibility("hidden")))

#define mpr_container_of(pointer, type, member) \
    ((type *)((char *)(pointer) - offsetof(type, member)))

#define mpr_array_count(array) (sizeof(array) / sizeof((array)[0]))

static inline size_t mpr_round_up(size_t value, size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static inline int mpr_is_power_of_two(size_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

/* Begins to fetch a line that will be written soon, if it may be (where the core does not know how,
 * nothing happens). */
static inline void mpr_prefetch_write(const void *line)
{
#if defined(__x86_64__)
    __asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)line));
#else
    __builtin_prefetch(line, 1);
#endif
}

/* Tells the core that this is a spin loop. */
static inline void mpr_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

#endif
