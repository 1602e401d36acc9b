/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_MINLOC and MPI_MAXLOC: the extreme value, and the lowest index at which it stands.
 *
 * Members are written one by one, so that the gaps of a user's structs stay as they are. A NaN goes
 * before every number, and two NaNs are alike, so that the result is the same in any order. */
#include "type/op_kernel.h"

#include <stdbool.h>

/* Whether `a` goes first: its value comes before, or both are alike and its index is lower.
 * `before` is the order of values, `not_after` the same or equality. All of the result depends on
 * this one bit. */
#define INTEGER_GOES_FIRST(before, not_after)                                                      \
    ((a.value before b.value) | ((a.value == b.value) & (a.index < b.index)))

#define IS_NAN(value) ((value) != (value))
#define FLOAT_GOES_FIRST(before, not_after)                                                        \
    (a.index < b.index ? (a.value not_after b.value) | IS_NAN(a.value)                             \
                       : !(b.value not_after a.value) & !IS_NAN(b.value))

#define LOCATION(operator, element, type, GOES_FIRST, before, not_after)                           \
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
            bool first = GOES_FIRST(before, not_after);                                            \
            outs[i].value = first ? a.value : b.value;                                             \
            outs[i].index = first ? a.index : b.index;                                             \
        }                                                                                          \
    }

#define MINLOC_OF_INTEGERS(element, type) LOCATION(minloc, element, type, INTEGER_GOES_FIRST, <, <=)
#define MAXLOC_OF_INTEGERS(element, type) LOCATION(maxloc, element, type, INTEGER_GOES_FIRST, >, >=)
MPR_INTEGER_PAIR_ELEMENTS(MINLOC_OF_INTEGERS)
MPR_INTEGER_PAIR_ELEMENTS(MAXLOC_OF_INTEGERS)

#define MINLOC_OF_FLOATS(element, type) LOCATION(minloc, element, type, FLOAT_GOES_FIRST, <, <=)
#define MAXLOC_OF_FLOATS(element, type) LOCATION(maxloc, element, type, FLOAT_GOES_FIRST, >, >=)
MPR_FLOAT_PAIR_ELEMENTS(MINLOC_OF_FLOATS)
MPR_FLOAT_PAIR_ELEMENTS(MAXLOC_OF_FLOATS)

#define MINLOC_ENTRY(element, type) MPR_KERNEL_ENTRY(minloc, element)
#define MAXLOC_ENTRY(element, type) MPR_KERNEL_ENTRY(maxloc, element)

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, minloc)[MPR_ELEMENT_COUNT] = {
    MPR_INTEGER_PAIR_ELEMENTS(MINLOC_ENTRY) MPR_FLOAT_PAIR_ELEMENTS(MINLOC_ENTRY)};

mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, maxloc)[MPR_ELEMENT_COUNT] = {
    MPR_INTEGER_PAIR_ELEMENTS(MAXLOC_ENTRY) MPR_FLOAT_PAIR_ELEMENTS(MAXLOC_ENTRY)};
