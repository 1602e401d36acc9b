/* SPDX-License-Identifier: BSD-3-Clause */
/* The standard's predefined datatypes by its groups (MPI 5.0, 3.2.2, 6.9.2 and 6.9.4), each with
 * the C type that it stands for, apart from the library's own table; and random bytes.
 *
 * X(handle, C type); a complex type is two of its C type, a pair is X(handle, value, index). */
#ifndef TESTS_UNIT_TYPE_PREDEFINED_TYPES_H
#define TESTS_UNIT_TYPE_PREDEFINED_TYPES_H

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

#include "type/element.h"

#define C_INTEGERS(X)                                                                              \
    X(MPI_INT, int)                                                                                \
    X(MPI_LONG, long)                                                                              \
    X(MPI_SHORT, short)                                                                            \
    X(MPI_UNSIGNED_SHORT, unsigned short)                                                          \
    X(MPI_UNSIGNED, unsigned)                                                                      \
    X(MPI_UNSIGNED_LONG, unsigned long)                                                            \
    X(MPI_LONG_LONG_INT, long long)                                                                \
    X(MPI_LONG_LONG, long long)                                                                    \
    X(MPI_UNSIGNED_LONG_LONG, unsigned long long)                                                  \
    X(MPI_SIGNED_CHAR, signed char)                                                                \
    X(MPI_UNSIGNED_CHAR, unsigned char)                                                            \
    X(MPI_INT8_T, int8_t)                                                                          \
    X(MPI_INT16_T, int16_t)                                                                        \
    X(MPI_INT32_T, int32_t)                                                                        \
    X(MPI_INT64_T, int64_t)                                                                        \
    X(MPI_UINT8_T, uint8_t)                                                                        \
    X(MPI_UINT16_T, uint16_t)                                                                      \
    X(MPI_UINT32_T, uint32_t)                                                                      \
    X(MPI_UINT64_T, uint64_t)

#define FORTRAN_INTEGERS(X)                                                                        \
    X(MPI_INTEGER, int32_t)                                                                        \
    X(MPI_INTEGER1, int8_t)                                                                        \
    X(MPI_INTEGER2, int16_t)                                                                       \
    X(MPI_INTEGER4, int32_t)                                                                       \
    X(MPI_INTEGER8, int64_t)                                                                       \
    MPR_IF_INT128(X(MPI_INTEGER16, mpr_int128))

#define FLOATINGS(X)                                                                               \
    X(MPI_FLOAT, float)                                                                            \
    X(MPI_DOUBLE, double)                                                                          \
    X(MPI_REAL, float)                                                                             \
    X(MPI_DOUBLE_PRECISION, double)                                                                \
    X(MPI_LONG_DOUBLE, long double)                                                                \
    X(MPI_REAL4, float)                                                                            \
    X(MPI_REAL8, double)                                                                           \
    MPR_IF_FLOAT16(X(MPI_REAL2, mpr_float16))                                                      \
    MPR_IF_FLOAT128(X(MPI_REAL16, mpr_float128))

#define LOGICALS(X)                                                                                \
    X(MPI_LOGICAL, int32_t)                                                                        \
    X(MPI_C_BOOL, uint8_t)                                                                         \
    X(MPI_CXX_BOOL, uint8_t)                                                                       \
    X(MPI_LOGICAL1, int8_t)                                                                        \
    X(MPI_LOGICAL2, int16_t)                                                                       \
    X(MPI_LOGICAL4, int32_t)                                                                       \
    X(MPI_LOGICAL8, int64_t)                                                                       \
    MPR_IF_INT128(X(MPI_LOGICAL16, mpr_int128))

#define COMPLEXES(X)                                                                               \
    X(MPI_COMPLEX, float)                                                                          \
    X(MPI_C_COMPLEX, float)                                                                        \
    X(MPI_C_FLOAT_COMPLEX, float)                                                                  \
    X(MPI_C_DOUBLE_COMPLEX, double)                                                                \
    X(MPI_C_LONG_DOUBLE_COMPLEX, long double)                                                      \
    X(MPI_CXX_FLOAT_COMPLEX, float)                                                                \
    X(MPI_CXX_DOUBLE_COMPLEX, double)                                                              \
    X(MPI_CXX_LONG_DOUBLE_COMPLEX, long double)                                                    \
    X(MPI_DOUBLE_COMPLEX, double)                                                                  \
    X(MPI_COMPLEX8, float)                                                                         \
    X(MPI_COMPLEX16, double)                                                                       \
    MPR_IF_FLOAT16(X(MPI_COMPLEX4, mpr_float16))                                                   \
    MPR_IF_FLOAT128(X(MPI_COMPLEX32, mpr_float128))

#define BYTES(X) X(MPI_BYTE, unsigned char)

#define MULTI_LANGUAGE(X)                                                                          \
    X(MPI_AINT, MPI_Aint)                                                                          \
    X(MPI_OFFSET, MPI_Offset)                                                                      \
    X(MPI_COUNT, MPI_Count)

#define PAIRS(X)                                                                                   \
    X(MPI_FLOAT_INT, float, int)                                                                   \
    X(MPI_DOUBLE_INT, double, int)                                                                 \
    X(MPI_LONG_INT, long, int)                                                                     \
    X(MPI_2INT, int, int)                                                                          \
    X(MPI_SHORT_INT, short, int)                                                                   \
    X(MPI_LONG_DOUBLE_INT, long double, int)                                                       \
    X(MPI_2REAL, float, float)                                                                     \
    X(MPI_2DOUBLE_PRECISION, double, double)                                                       \
    X(MPI_2INTEGER, int32_t, int32_t)

/* Types that nothing is reckoned with. */
/* No integers by the standard, but reduced as such by existing programs. */
#define CHARS(X) X(MPI_CHAR, char)

#define TEXTS(X)                                                                                   \
    X(MPI_WCHAR, wchar_t)                                                                          \
    X(MPI_CHARACTER, char)                                                                         \
    X(MPI_PACKED, unsigned char)

/* A fixed sequence of scattered numbers (splitmix64), so that a failure comes back. */
static inline uint64_t next_random(void)
{
    static uint64_t state = 1;
    uint64_t x = state += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline size_t random_below(size_t limit)
{
    return (size_t)(next_random() % limit);
}

static inline void fill_random(void *buffer, size_t bytes)
{
    unsigned char *to = buffer;
    for (size_t i = 0; i < bytes; i++) {
        to[i] = (unsigned char)next_random();
    }
}

#endif
