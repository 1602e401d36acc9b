/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_SUM, MPI_PROD, MPI_MIN and MPI_MAX. */
#include "type/op_kernel.h"

// Narrow factors would be promoted to int, whose products may overflow: 1u keeps them unsigned.
#define SUM_OF_INTEGERS(element, type) MPR_KERNEL(sum, element, type, a + b)
#define PROD_OF_INTEGERS(element, type) MPR_KERNEL(prod, element, type, 1u * a * b)
MPR_UNSIGNED_ELEMENTS(SUM_OF_INTEGERS)
MPR_UNSIGNED_ELEMENTS(PROD_OF_INTEGERS)

#define SUM_OF_FLOATS(element, type) MPR_KERNEL(sum, element, type, a + b)
#define PROD_OF_FLOATS(element, type) MPR_KERNEL(prod, element, type, (a * b))
MPR_FLOAT_ELEMENTS(SUM_OF_FLOATS)
MPR_FLOAT_ELEMENTS(PROD_OF_FLOATS)

#define MIN_OF_INTEGERS(element, type) MPR_KERNEL(min, element, type, a < b ? a : b)
#define MAX_OF_INTEGERS(element, type) MPR_KERNEL(max, element, type, a > b ? a : b)
MPR_SIGNED_ELEMENTS(MIN_OF_INTEGERS)
MPR_SIGNED_ELEMENTS(MAX_OF_INTEGERS)
MPR_UNSIGNED_ELEMENTS(MIN_OF_INTEGERS)
MPR_UNSIGNED_ELEMENTS(MAX_OF_INTEGERS)

// Only a NaN differs from itself. The operators are `|`, not `||`, so that there is no branch.
#define MIN_OF_FLOATS(element, type) MPR_KERNEL(min, element, type, ((a < b) | (a != a)) ? a : b)
#define MAX_OF_FLOATS(element, type) MPR_KERNEL(max, element, type, ((a > b) | (a != a)) ? a : b)
MPR_FLOAT_ELEMENTS(MIN_OF_FLOATS)
MPR_FLOAT_ELEMENTS(MAX_OF_FLOATS)

#define SUM_OF_COMPLEX(part, type)                                                                 \
    static void sum_COMPLEX_##part(const void *left, const void *right, void *out,                 \
                                   MPI_Count count)                                                \
    {                                                                                              \
        sum_##part(left, right, out, 2 * count);                                                   \
    }
MPR_COMPLEX_ELEMENTS(SUM_OF_COMPLEX)

#define PROD_OF_COMPLEX(part, type)                                                                \
    static void prod_COMPLEX_##part(const void *left, const void *right, void *out,                \
                                    MPI_Count count)                                               \
    {                                                                                              \
        typedef type stored MPR_STORED;                                                            \
        const stored *lefts = left;                                                                \
        const stored *rights = right;                                                              \
        stored *outs = out;                                                                        \
        MPR_KERNEL_LOOP(i, count)                                                                  \
        {                                                                                          \
            type a_re = lefts[2 * i], a_im = lefts[2 * i + 1];                                     \
            type b_re = rights[2 * i], b_im = rights[2 * i + 1];                                   \
            outs[2 * i] = a_re * b_re - a_im * b_im;                                               \
            outs[2 * i + 1] = a_re * b_im + a_im * b_re;                                           \
        }                                                                                          \
    }
MPR_COMPLEX_ELEMENTS(PROD_OF_COMPLEX)

#define SUM_ENTRY(element, type) MPR_KERNEL_ENTRY(sum, element)
#define PROD_ENTRY(element, type) MPR_KERNEL_ENTRY(prod, element)
#define MIN_ENTRY(element, type) MPR_KERNEL_ENTRY(min, element)
#define MAX_ENTRY(element, type) MPR_KERNEL_ENTRY(max, element)
#define SUM_ENTRY_COMPLEX(part, type) MPR_KERNEL_ENTRY(sum, COMPLEX_##part)
#define PROD_ENTRY_COMPLEX(part, type) MPR_KERNEL_ENTRY(prod, COMPLEX_##part)

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, sum)[MPR_ELEMENT_COUNT] = {
    MPR_KERNEL_ENTRIES_INTEGER(sum) MPR_FLOAT_ELEMENTS(SUM_ENTRY)
        MPR_COMPLEX_ELEMENTS(SUM_ENTRY_COMPLEX)};

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, prod)[MPR_ELEMENT_COUNT] = {
    MPR_KERNEL_ENTRIES_INTEGER(prod) MPR_FLOAT_ELEMENTS(PROD_ENTRY)
        MPR_COMPLEX_ELEMENTS(PROD_ENTRY_COMPLEX)};

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, min)[MPR_ELEMENT_COUNT] = {
    MPR_SIGNED_ELEMENTS(MIN_ENTRY) MPR_UNSIGNED_ELEMENTS(MIN_ENTRY) MPR_FLOAT_ELEMENTS(MIN_ENTRY)};

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, max)[MPR_ELEMENT_COUNT] = {
    MPR_SIGNED_ELEMENTS(MAX_ENTRY) MPR_UNSIGNED_ELEMENTS(MAX_ENTRY) MPR_FLOAT_ELEMENTS(MAX_ENTRY)};
