/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop that copies longer data. */
#include "base/copy.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/tunables.h"
#include "base/watched.h"

void *(*mpr_copy_long)(void *restrict to, const void *restrict from, size_t bytes) = memcpy;

#ifdef __x86_64__
#include <immintrin.h>

enum { VECTOR_BYTES = 32, STEP_BYTES = 2 * VECTOR_BYTES };

static inline __attribute__((target("avx2"))) void copy_vector(char *to, const char *from)
{
    _mm256_storeu_si256((__m256i *)(void *)to, _mm256_loadu_si256((const void *)from));
}

/* Whole vectors, of which no store crosses a line; the first and the last one overlap with them. */
static __attribute__((target("avx2"))) void *copy_avx2(void *restrict target,
                                                       const void *restrict source, size_t bytes)
{
    char *to = target;
    const char *from = source;
    size_t done = VECTOR_BYTES - (uintptr_t)to % VECTOR_BYTES;

    copy_vector(to, from);
    for (; done + STEP_BYTES <= bytes; done += STEP_BYTES) {
        const __m256i first = _mm256_loadu_si256((const void *)(from + done));
        const __m256i second = _mm256_loadu_si256((const void *)(from + done + VECTOR_BYTES));
        _mm256_store_si256((void *)(to + done), first);
        _mm256_store_si256((void *)(to + done + VECTOR_BYTES), second);
    }
    copy_vector(to + bytes - STEP_BYTES, from + bytes - STEP_BYTES);
    copy_vector(to + bytes - VECTOR_BYTES, from + bytes - VECTOR_BYTES);
    return target;
}

void mpr_copy_start(void)
{
    const bool may_use = mpr_tunables.vector != MPR_VECTOR_BASE && !mpr_is_sanitized();

    mpr_copy_long = may_use && __builtin_cpu_supports("avx2") ? copy_avx2 : memcpy;
}
#else
void mpr_copy_start(void)
{
}
#endif
