/* SPDX-License-Identifier: BSD-3-Clause */
/* Copying past the cache: for lines that this core will not read again, and
 * that another one has. */
#ifndef MPR_BASE_STREAM_H
#define MPR_BASE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>

#define MPR_CAN_STREAM true

/* Copies `bytes` to `to`, whose address is a multiple of 64. Only mpr_stream_end() orders the copy
 * before later stores. */
static inline void mpr_stream_copy(void *to, const void *from, size_t bytes)
{
    __m128i *line = to;
    const __m128i *source = from;
    size_t left = bytes;

    for (; left >= 64; left -= 64, line += 4, source += 4) {
        const __m128i a = _mm_loadu_si128(source);
        const __m128i b = _mm_loadu_si128(source + 1);
        const __m128i c = _mm_loadu_si128(source + 2);
        const __m128i d = _mm_loadu_si128(source + 3);
        _mm_stream_si128(line, a);
        _mm_stream_si128(line + 1, b);
        _mm_stream_si128(line + 2, c);
        _mm_stream_si128(line + 3, d);
    }
    memcpy(line, source, left);
}

static inline void mpr_stream_end(void)
{
    _mm_sfence();
}
#else
#define MPR_CAN_STREAM false

static inline void mpr_stream_copy(void *to, const void *from, size_t bytes)
{
    memcpy(to, from, bytes);
}

static inline void mpr_stream_end(void)
{
}
#endif

#endif
