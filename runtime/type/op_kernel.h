/* SPDX-License-Identifier: BSD-3-Clause */
/* How the kernels of the operators are written: loops over arrays, generated for each element.
 *
 * The files op_arithmetic.c, op_logical.c and op_location.c are compiled once for each instruction
 * set, with MPR_KERNEL_SET its name. Each copy has a table of kernels for every operator, with NULL
 * for elements that the operator does not know; op.c chooses a set when it starts. */
#ifndef MPR_TYPE_OP_KERNEL_H
#define MPR_TYPE_OP_KERNEL_H

#include "type/element.h"
#include "type/op.h"

/* mpr_kernels_base_sum and the like. */
#define MPR_KERNEL_TABLE(set, operator) MPR_KERNEL_JOIN(set, operator)
#define MPR_KERNEL_JOIN(set, operator) mpr_kernels_##set##_##operator

#define MPR_KERNEL_OPERATORS(X, set)                                                               \
    X(set, sum) X(set, prod) X(set, min) X(set, max)                                               \
    X(set, land) X(set, lor) X(set, lxor)                                                          \
    X(set, band) X(set, bor) X(set, bxor)                                                          \
    X(set, minloc) X(set, maxloc)

#define MPR_KERNEL_DECLARE(set, operator)                                                          \
    extern mpr_kernel *const MPR_KERNEL_TABLE(set, operator)[MPR_ELEMENT_COUNT];

/* The instructions that every processor of this kind has, and on x86-64 AVX2 as well. */
MPR_KERNEL_OPERATORS(MPR_KERNEL_DECLARE, base)
#ifdef __x86_64__
#define MPR_HAS_KERNELS_AVX2 1
MPR_KERNEL_OPERATORS(MPR_KERNEL_DECLARE, avx2)
#endif

/* A type as it lies in a buffer: at any address, and under whatever name the user has given it. A
 * struct must be declared may_alias itself. */
#define MPR_STORED __attribute__((aligned(1), may_alias))
#define MPR_STORED_STRUCT __attribute__((aligned(1)))

/* No iteration depends on another one, even where `out` is `left` or `right`; without this the
 * compiler would have to prove it at run time, and would fail to just in that common case. */
#define MPR_KERNEL_LOOP(i, count)                                                                  \
    _Pragma("omp simd") for (MPI_Count i = 0; i < (count); i++)

/* Defines the kernel operator_ELEMENT as `result`, an expression of `a` and `b`. */
#define MPR_KERNEL(operator, element, type, result)                                                \
    static void operator##_##element(const void *left, const void *right, void *out,               \
                                     MPI_Count count)                                              \
    {                                                                                              \
        typedef type stored MPR_STORED;                                                            \
        const stored *lefts = left;                                                                \
        const stored *rights = right;                                                              \
        stored *outs = out;                                                                        \
        MPR_KERNEL_LOOP(i, count)                                                                  \
        {                                                                                          \
            type a = lefts[i];                                                                     \
            type b = rights[i];                                                                    \
            outs[i] = (type)(result);                                                              \
        }                                                                                          \
    }

#define MPR_KERNEL_ENTRY(operator, element) [MPR_ELEMENT_##element] = operator##_##element,

/* Where the sign does not matter (two's complement), signed elements share the unsigned kernels. */
#define MPR_KERNEL_ENTRIES_INTEGER(operator)                                                       \
    [MPR_ELEMENT_INT8] = operator##_UINT8, [MPR_ELEMENT_UINT8] = operator##_UINT8,                 \
    [MPR_ELEMENT_INT16] = operator##_UINT16, [MPR_ELEMENT_UINT16] = operator##_UINT16,             \
    [MPR_ELEMENT_INT32] = operator##_UINT32, [MPR_ELEMENT_UINT32] = operator##_UINT32,             \
    [MPR_ELEMENT_INT64] = operator##_UINT64, [MPR_ELEMENT_UINT64] = operator##_UINT64,             \
    MPR_IF_INT128([MPR_ELEMENT_INT128] = operator##_UINT128 MPR_COMMA)                             \
    MPR_IF_INT128([MPR_ELEMENT_UINT128] = operator##_UINT128 MPR_COMMA)
#define MPR_COMMA ,

#endif
