/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_MINLOC and MPI_MAXLOC: the extreme value, and the lowest index at which it stands.
 *
 * Members are written one by one, so that the gaps of a user's structs stay as they are. A NaN goes
 * before every number, and two NaNs are alike, so that the result is the same in any order. */
#include "type/op_kernel.h"

#include <stdbool.h>

#define IS_NAN(value) ((value) != (value))
#define IS_NEVER_NAN(value) 0

#define LOCATION(operator, element, type, before, is_nan)                                          \
    static void operator##_##element(const void *left, const void *right, void *out,               \
                                     MPI_Count count)                                              \
    {                                                                                              \
        typedef type stored MPR_STORED_STRUCT;                                                     \
        const stored *lefts = left;                                                                \
        const stored *rights = right;                                                              \
        stored *outs = out;                                                                        \
        MPR_KERNEL_LOOP(i, count)                                                                  \
        {                                                                                          \
            type a = {lefts[i].value, lefts[i].index};                                             \
            type b = {rights[i].value, rights[i].index};                                           \
            bool first = (a.value before b.value) | (is_nan(a.value) & !is_nan(b.value));          \
            bool alike = (a.value == b.value) | (is_nan(a.value) & is_nan(b.value));               \
            bool low = alike ? a.index < b.index : first;                                          \
            outs[i].value = first ? a.value : b.value;                                             \
            outs[i].index = low ? a.index : b.index;                                               \
        }                                                                                          \
    }

#define MINLOC_OF_INTEGERS(element, type) LOCATION(minloc, element, type, <, IS_NEVER_NAN)
#define MAXLOC_OF_INTEGERS(element, type) LOCATION(maxloc, element, type, >, IS_NEVER_NAN)
MPR_INTEGER_PAIR_ELEMENTS(MINLOC_OF_INTEGERS)
MPR_INTEGER_PAIR_ELEMENTS(MAXLOC_OF_INTEGERS)

#define MINLOC_OF_FLOATS(element, type) LOCATION(minloc, element, type, <, IS_NAN)
#define MAXLOC_OF_FLOATS(element, type) LOCATION(maxloc, element, type, >, IS_NAN)
MPR_FLOAT_PAIR_ELEMENTS(MINLOC_OF_FLOATS)
MPR_FLOAT_PAIR_ELEMENTS(MAXLOC_OF_FLOATS)

#define MINLOC_ENTRY(element, type) MPR_KERNEL_ENTRY(minloc, element)
#define MAXLOC_ENTRY(element, type) MPR_KERNEL_ENTRY(maxloc, element)

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, minloc)[MPR_ELEMENT_COUNT] = {
    MPR_INTEGER_PAIR_ELEMENTS(MINLOC_ENTRY) MPR_FLOAT_PAIR_ELEMENTS(MINLOC_ENTRY)};

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, maxloc)[MPR_ELEMENT_COUNT] = {
    MPR_INTEGER_PAIR_ELEMENTS(MAXLOC_ENTRY) MPR_FLOAT_PAIR_ELEMENTS(MAXLOC_ENTRY)};
