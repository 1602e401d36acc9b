/* SPDX-License-Identifier: BSD-3-Clause */
/* Packing and unpacking rows of numbers.
 *
 * A core stores once in a cycle and loads more often. So numbers are packed by stores of 16 bytes;
 * and strides are multiplied, for sums would have to wait for each other. Where vectors of 64 bytes
 * are cheap, every second number is taken out of two of them at once, and put back by stores with a
 * mask, which leave what lies in between alone even if another thread is writing it. */
#include "type/numbers.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/vectors.h"

typedef uint32_t numbers_4 __attribute__((vector_size(16)));
typedef uint64_t numbers_8 __attribute__((vector_size(16)));

static inline uint32_t load_4(const char *from)
{
    uint32_t number;
    memcpy(&number, from, sizeof(number));
    return number;
}

static inline uint64_t load_8(const char *from)
{
    uint64_t number;
    memcpy(&number, from, sizeof(number));
    return number;
}

static void pack_4(char *restrict packed, const char *restrict memory, MPI_Aint stride,
                   MPI_Count count)
{
    for (; count >= 4; count -= 4) {
        const numbers_4 four = {load_4(memory), load_4(memory + stride),
                                load_4(memory + 2 * stride), load_4(memory + 3 * stride)};
        memcpy(packed, &four, sizeof(four));
        packed += sizeof(four);
        memory += 4 * stride;
    }
    for (MPI_Count i = 0; i < count; i++) {
        memcpy(packed + 4 * i, memory + i * stride, 4);
    }
}

static void pack_8(char *restrict packed, const char *restrict memory, MPI_Aint stride,
                   MPI_Count count)
{
    for (; count >= 4; count -= 4) {
        const numbers_8 first = {load_8(memory), load_8(memory + stride)};
        const numbers_8 second = {load_8(memory + 2 * stride), load_8(memory + 3 * stride)};
        memcpy(packed, &first, sizeof(first));
        memcpy(packed + sizeof(first), &second, sizeof(second));
        packed += sizeof(first) + sizeof(second);
        memory += 4 * stride;
    }
    for (MPI_Count i = 0; i < count; i++) {
        memcpy(packed + 8 * i, memory + i * stride, 8);
    }
}

static inline __attribute__((always_inline)) void unpack(char *restrict memory, MPI_Aint stride,
                                                         const char *restrict packed, size_t bytes,
                                                         MPI_Count count)
{
    for (; count >= 4; count -= 4) {
        memcpy(memory, packed, bytes);
        memcpy(memory + stride, packed + bytes, bytes);
        memcpy(memory + 2 * stride, packed + 2 * bytes, bytes);
        memcpy(memory + 3 * stride, packed + 3 * bytes, bytes);
        memory += 4 * stride;
        packed += 4 * bytes;
    }
    for (MPI_Count i = 0; i < count; i++) {
        memcpy(memory + i * stride, packed + (size_t)i * bytes, bytes);
    }
}

/* ---- Every second number ---- */

#ifdef __x86_64__
#include <immintrin.h>

enum { VECTOR_BYTES = sizeof(__m512i) };

static bool is_wide; // whether vectors of this size are cheap

/* The numbers that are wanted of two vectors, and the places to which one vector's come in two. */
static const int32_t even_4[] = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
static const int64_t even_8[] = {0, 2, 4, 6, 8, 10, 12, 14};
static const int32_t twice_4[] = {0, 0, 1, 1, 2,  2,  3,  3,  4,  4,  5,  5,  6,  6,  7,  7,
                                  8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15};
static const int64_t twice_8[] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7};

/* Define loops over numbers of SIZE bytes, that return how many they have moved: whole vectors.
 * The gap behind the last number of all they do not touch: the program's memory may end there. */
#define DEFINE_EVERY_SECOND(SIZE, permute_two, permute, store_masked)                              \
    static __attribute__((target("avx512f"))) MPI_Count pack_every_second_##SIZE(                  \
        char *restrict packed, const char *restrict memory, MPI_Count count)                       \
    {                                                                                              \
        enum { NUMBERS = VECTOR_BYTES / SIZE };                                                    \
        const __m512i even = _mm512_loadu_si512(even_##SIZE);                                      \
        MPI_Count done = 0;                                                                        \
                                                                                                   \
        _Pragma("GCC unroll 2") for (; count - done > NUMBERS; done += NUMBERS)                    \
        {                                                                                          \
            const char *from = memory + 2 * SIZE * done;                                           \
            const __m512i first = _mm512_loadu_si512(from);                                        \
            const __m512i second = _mm512_loadu_si512(from + VECTOR_BYTES);                        \
            _mm512_storeu_si512(packed + SIZE * done, permute_two(first, even, second));           \
        }                                                                                          \
        return done;                                                                               \
    }                                                                                              \
                                                                                                   \
    static __attribute__((target("avx512f"))) MPI_Count unpack_every_second_##SIZE(                \
        char *restrict memory, const char *restrict packed, MPI_Count count)                       \
    {                                                                                              \
        enum { NUMBERS = VECTOR_BYTES / SIZE, EVEN = (1 << NUMBERS) / 3 };                         \
        const __m512i low = _mm512_loadu_si512(twice_##SIZE);                                      \
        const __m512i high = _mm512_loadu_si512(twice_##SIZE + NUMBERS);                           \
        MPI_Count done = 0;                                                                        \
                                                                                                   \
        _Pragma("GCC unroll 2") for (; count - done > NUMBERS; done += NUMBERS)                    \
        {                                                                                          \
            char *to = memory + 2 * SIZE * done;                                                   \
            const __m512i all = _mm512_loadu_si512(packed + SIZE * done);                          \
            store_masked(to, EVEN, permute(low, all));                                             \
            store_masked(to + VECTOR_BYTES, EVEN, permute(high, all));                             \
        }                                                                                          \
        return done;                                                                               \
    }

DEFINE_EVERY_SECOND(4, _mm512_permutex2var_epi32, _mm512_permutexvar_epi32,
                    _mm512_mask_storeu_epi32)
DEFINE_EVERY_SECOND(8, _mm512_permutex2var_epi64, _mm512_permutexvar_epi64,
                    _mm512_mask_storeu_epi64)

void mpr_numbers_start(void)
{
    is_wide = mpr_vector_bytes() == VECTOR_BYTES;
}

static bool lies_in_vectors(MPI_Aint stride, size_t bytes)
{
    return is_wide && stride == 2 * (MPI_Aint)bytes;
}

/* How many of the numbers have been packed: none where they do not lie so. */
static MPI_Count pack_vectors(char *restrict packed, const char *restrict memory, MPI_Aint stride,
                              size_t bytes, MPI_Count count)
{
    if (!lies_in_vectors(stride, bytes)) {
        return 0;
    }
    return bytes == 8 ? pack_every_second_8(packed, memory, count)
                      : pack_every_second_4(packed, memory, count);
}

static MPI_Count unpack_vectors(char *restrict memory, MPI_Aint stride, const char *restrict packed,
                                size_t bytes, MPI_Count count)
{
    if (!lies_in_vectors(stride, bytes)) {
        return 0;
    }
    return bytes == 8 ? unpack_every_second_8(memory, packed, count)
                      : unpack_every_second_4(memory, packed, count);
}
#else
void mpr_numbers_start(void)
{
}

static MPI_Count pack_vectors(char *restrict packed, const char *restrict memory, MPI_Aint stride,
                              size_t bytes, MPI_Count count)
{
    (void)packed, (void)memory, (void)stride, (void)bytes, (void)count;
    return 0;
}

static MPI_Count unpack_vectors(char *restrict memory, MPI_Aint stride, const char *restrict packed,
                                size_t bytes, MPI_Count count)
{
    (void)packed, (void)memory, (void)stride, (void)bytes, (void)count;
    return 0;
}
#endif

/* ---- Any numbers ---- */

void mpr_numbers_pack(char *restrict packed, const char *restrict memory, MPI_Aint stride,
                      size_t bytes, MPI_Count count)
{
    const MPI_Count done = pack_vectors(packed, memory, stride, bytes, count);

    packed += (size_t)done * bytes;
    memory += done * stride;
    if (bytes == 8) {
        pack_8(packed, memory, stride, count - done);
    } else {
        pack_4(packed, memory, stride, count - done);
    }
}

void mpr_numbers_unpack(char *restrict memory, MPI_Aint stride, const char *restrict packed,
                        size_t bytes, MPI_Count count)
{
    const MPI_Count done = unpack_vectors(memory, stride, packed, bytes, count);

    packed += (size_t)done * bytes;
    memory += done * stride;
    if (bytes == 8) {
        unpack(memory, stride, packed, 8, count - done);
    } else {
        unpack(memory, stride, packed, 4, count - done);
    }
}
