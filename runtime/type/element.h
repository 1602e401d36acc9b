/* SPDX-License-Identifier: BSD-3-Clause */
/* The elements of predefined types as C types: lists that generate tables and operators.
 *
 * Each list calls X(element, C type) for its elements, without those that the compiler lacks. */
#ifndef MPR_TYPE_ELEMENT_H
#define MPR_TYPE_ELEMENT_H

#include <float.h>
#include <stdint.h>

#ifdef __SIZEOF_INT128__
#define MPR_HAS_INT128 1
typedef __int128 mpr_int128;
typedef unsigned __int128 mpr_uint128;
#define MPR_IF_INT128(item) item
#else
#define MPR_HAS_INT128 0
#define MPR_IF_INT128(item)
#endif

#ifdef __FLT16_MAX__
#define MPR_HAS_FLOAT16 1
typedef _Float16 mpr_float16;
#define MPR_IF_FLOAT16(item) item
#else
#define MPR_HAS_FLOAT16 0
#define MPR_IF_FLOAT16(item)
#endif

#if defined(__SIZEOF_FLOAT128__)
#define MPR_HAS_FLOAT128 1
typedef __float128 mpr_float128;
#define MPR_IF_FLOAT128(item) item
#elif LDBL_MANT_DIG == 113
#define MPR_HAS_FLOAT128 1
typedef long double mpr_float128;
#define MPR_IF_FLOAT128(item) item
#else
#define MPR_HAS_FLOAT128 0
#define MPR_IF_FLOAT128(item)
#endif

#define MPR_SIGNED_ELEMENTS(X)                                                                     \
    X(INT8, int8_t)                                                                                \
    X(INT16, int16_t)                                                                              \
    X(INT32, int32_t)                                                                              \
    X(INT64, int64_t)                                                                              \
    MPR_IF_INT128(X(INT128, mpr_int128))

#define MPR_UNSIGNED_ELEMENTS(X)                                                                   \
    X(UINT8, uint8_t)                                                                              \
    X(UINT16, uint16_t)                                                                            \
    X(UINT32, uint32_t)                                                                            \
    X(UINT64, uint64_t)                                                                            \
    MPR_IF_INT128(X(UINT128, mpr_uint128))

#define MPR_FLOAT_ELEMENTS(X)                                                                      \
    MPR_IF_FLOAT16(X(FLOAT16, mpr_float16))                                                        \
    X(FLOAT, float)                                                                                \
    X(DOUBLE, double)                                                                              \
    X(LONG_DOUBLE, long double)                                                                    \
    MPR_IF_FLOAT128(X(FLOAT128, mpr_float128))

/* X(element of a part, type of a part): a complex number is its real and its imaginary part. */
#define MPR_COMPLEX_ELEMENTS(X) MPR_FLOAT_ELEMENTS(X)

/* A value and its index as they lie in C's structs and Fortran's arrays of two. */
#define MPR_PAIR(name, value_type, index_type)                                                     \
    struct __attribute__((may_alias)) name {                                                       \
        value_type value;                                                                          \
        index_type index;                                                                          \
    }

MPR_PAIR(mpr_short_int, short, int);
MPR_PAIR(mpr_2int, int, int);
MPR_PAIR(mpr_long_int, long, int);
MPR_PAIR(mpr_float_int, float, int);
MPR_PAIR(mpr_double_int, double, int);
MPR_PAIR(mpr_long_double_int, long double, int);
MPR_PAIR(mpr_2float, float, float);
MPR_PAIR(mpr_2double, double, double);

#define MPR_INTEGER_PAIR_ELEMENTS(X)                                                               \
    X(SHORT_INT, struct mpr_short_int)                                                             \
    X(2INT, struct mpr_2int)                                                                       \
    X(LONG_INT, struct mpr_long_int)

#define MPR_FLOAT_PAIR_ELEMENTS(X)                                                                 \
    X(FLOAT_INT, struct mpr_float_int)                                                             \
    X(DOUBLE_INT, struct mpr_double_int)                                                           \
    X(LONG_DOUBLE_INT, struct mpr_long_double_int)                                                 \
    X(2FLOAT, struct mpr_2float)                                                                   \
    X(2DOUBLE, struct mpr_2double)

#endif
