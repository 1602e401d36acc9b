/* SPDX-License-Identifier: BSD-3-Clause */
/* Inquiries about the binary interface (MPI 5.0, chapter 20).
 *
 * The library knows no Fortran compiler. A Fortran binding above it registers the representation of
 * that compiler's logicals, once for the process, and whoever works for the binding reads it. */
#include <string.h>

#include "mpi/api.h"

enum { LOGICAL_BYTES_MAX = 16 };

static struct {
    int size; /* in bytes; 0 until registered */
    unsigned char of_true[LOGICAL_BYTES_MAX];
    unsigned char of_false[LOGICAL_BYTES_MAX];
} fortran_logical;

static int get_version(int *abi_major, int *abi_minor)
{
    MPR_TRY(mpr_arg_pointer(NULL, "abi_major", abi_major));
    MPR_TRY(mpr_arg_pointer(NULL, "abi_minor", abi_minor));
    *abi_major = MPI_ABI_VERSION;
    *abi_minor = MPI_ABI_SUBVERSION;
    return MPI_SUCCESS;
}

MPR_API(int, Abi_get_version, (int *abi_major, int *abi_minor))
{
    return MPR_RUN_ANYTIME(Abi_get_version, get_version(abi_major, abi_minor));
}

static int check_logical(int size, const void *logical_true, const void *logical_false)
{
    if (size > LOGICAL_BYTES_MAX || size <= 0 || !mpr_is_power_of_two((size_t)size)) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "logical_size is %d, but a Fortran logical has 1, 2, 4, 8 or %d bytes",
                         size, LOGICAL_BYTES_MAX);
    }
    MPR_TRY(mpr_arg_pointer(NULL, "logical_true", logical_true));
    return mpr_arg_pointer(NULL, "logical_false", logical_false);
}

static int set_fortran_booleans(int size, const void *logical_true, const void *logical_false)
{
    MPR_TRY(check_logical(size, logical_true, logical_false));
    if (fortran_logical.size != 0) {
        return mpr_raise(NULL, MPI_ERR_ABI,
                         "the Fortran logicals are set already, with %d bytes; the first call counts",
                         fortran_logical.size);
    }
    fortran_logical.size = size;
    memcpy(fortran_logical.of_true, logical_true, (size_t)size);
    memcpy(fortran_logical.of_false, logical_false, (size_t)size);
    return MPI_SUCCESS;
}

MPR_API(int, Abi_set_fortran_booleans, (int logical_size, void *logical_true, void *logical_false))
{
    return MPR_RUN_ANYTIME(Abi_set_fortran_booleans,
                           set_fortran_booleans(logical_size, logical_true, logical_false));
}

static int get_fortran_booleans(int size, void *logical_true, void *logical_false, int *is_set)
{
    MPR_TRY(check_logical(size, logical_true, logical_false));
    MPR_TRY(mpr_arg_pointer(NULL, "is_set", is_set));
    *is_set = size == fortran_logical.size;
    if (*is_set) {
        memcpy(logical_true, fortran_logical.of_true, (size_t)size);
        memcpy(logical_false, fortran_logical.of_false, (size_t)size);
    }
    return MPI_SUCCESS;
}

MPR_API(int, Abi_get_fortran_booleans,
        (int logical_size, void *logical_true, void *logical_false, int *is_set))
{
    return MPR_RUN_ANYTIME(Abi_get_fortran_booleans,
                           get_fortran_booleans(logical_size, logical_true, logical_false, is_set));
}
