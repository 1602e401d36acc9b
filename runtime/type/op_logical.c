/* SPDX-License-Identifier: BSD-3-Clause */
/* The logical operators MPI_LAND, MPI_LOR, MPI_LXOR and the bitwise MPI_BAND, MPI_BOR, MPI_BXOR.
 *
 * Signed integers, bool and Fortran's LOGICAL share the kernels of the unsigned integers: a truth
 * value is read as "not 0" and written as 1 or 0, and bool is never read as a bool, because a byte
 * that is neither 0 nor 1 would be undefined. */
#include "type/op_kernel.h"

#define LAND(element, type) MPR_KERNEL(land, element, type, (a != 0) & (b != 0))
#define LOR(element, type) MPR_KERNEL(lor, element, type, (a | b) != 0)
#define LXOR(element, type) MPR_KERNEL(lxor, element, type, (a != 0) ^ (b != 0))
MPR_UNSIGNED_ELEMENTS(LAND)
MPR_UNSIGNED_ELEMENTS(LOR)
MPR_UNSIGNED_ELEMENTS(LXOR)

#define BAND(element, type) MPR_KERNEL(band, element, type, a & b)
#define BOR(element, type) MPR_KERNEL(bor, element, type, a | b)
#define BXOR(element, type) MPR_KERNEL(bxor, element, type, a ^ b)
MPR_UNSIGNED_ELEMENTS(BAND)
MPR_UNSIGNED_ELEMENTS(BOR)
MPR_UNSIGNED_ELEMENTS(BXOR)

#define TABLE(operator)                                                                            \
    mpr_kernel *const MPR_KERNEL_TABLE(MPR_KERNEL_SET, operator)[MPR_ELEMENT_COUNT] = {            \
        MPR_KERNEL_ENTRIES_INTEGER(operator)};
TABLE(land)
TABLE(lor)
TABLE(lxor)
TABLE(band)
TABLE(bor)
TABLE(bxor)
