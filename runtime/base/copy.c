/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop that copies longer data. */
#include "base/copy.h"

#include <stdint.h>

#include "base/vectors.h"

void *(*mpr_copy_long)(void *restrict to, const void *restrict from, size_t bytes) = memcpy;

#ifdef __x86_64__
#include <immintrin.h>

/* Defines a loop of whole vectors, of which no store crosses a line; the first and the last ones
 * overlap with them. */
#define DEFINE_COPY(name, isa, vector, load_any, store_any, store_aligned)                         \
    static __attribute__((target(isa))) void *name(void *restrict target,                          \
                                                   const void *restrict source, size_t bytes)      \
    {                                                                                              \
        enum { VECTOR_BYTES = sizeof(vector), STEP_BYTES = 2 * VECTOR_BYTES };                     \
        char *to = target;                                                                         \
        const char *from = source;                                                                 \
        size_t done = VECTOR_BYTES - (uintptr_t)to % VECTOR_BYTES;                                 \
                                                                                                   \
        store_any((void *)to, load_any((const void *)from));                                       \
        for (; done + STEP_BYTES <= bytes; done += STEP_BYTES) {                                   \
            const vector first = load_any((const void *)(from + done));                            \
            const vector second = load_any((const void *)(from + done + VECTOR_BYTES));            \
            store_aligned((void *)(to + done), first);                                             \
            store_aligned((void *)(to + done + VECTOR_BYTES), second);                             \
        }                                                                                          \
        for (size_t left = STEP_BYTES; left > 0; left -= VECTOR_BYTES) {                           \
            store_any((void *)(to + bytes - left), load_any((const void *)(from + bytes - left))); \
        }                                                                                          \
        return target;                                                                             \
    }

DEFINE_COPY(copy_avx2, "avx2", __m256i, _mm256_loadu_si256, _mm256_storeu_si256,
            _mm256_store_si256)
DEFINE_COPY(copy_avx512, "avx512f", __m512i, _mm512_loadu_si512, _mm512_storeu_si512,
            _mm512_store_si512)

void mpr_copy_start(void)
{
    switch (mpr_vector_bytes()) {
    case 64:
        mpr_copy_long = copy_avx512;
        break;
    case 32:
        mpr_copy_long = copy_avx2;
        break;
    default:
        mpr_copy_long = memcpy;
    }
}
#else
void mpr_copy_start(void)
{
}
#endif
