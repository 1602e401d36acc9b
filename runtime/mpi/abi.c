/* SPDX-License-Identifier: BSD-3-Clause */
/* Inquiries about the binary interface (MPI 5.0, chapter 20).
 *
 * The library knows no Fortran compiler. A Fortran binding above it registers that compiler's types
 * and the representation of its logicals, once for the process, and whoever works for the binding
 * reads it. */
#include <stdlib.h>
#include <string.h>

#include "mpi/api.h"

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

/* ---- Fortran's logicals ---- */

enum { LOGICAL_BYTES_MAX = 16 };

static struct {
    int size; /* in bytes; 0 until registered */
    unsigned char of_true[LOGICAL_BYTES_MAX];
    unsigned char of_false[LOGICAL_BYTES_MAX];
} fortran_logical;

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
        return mpr_raise(
            NULL, MPI_ERR_ABI,
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

/* ---- Sizes of types ---- */

static int describe(struct mpr_info *info)
{
    int code = mpr_info_set_number(info, "mpi_aint_size", sizeof(MPI_Aint));
    if (code == MPR_OK) {
        code = mpr_info_set_number(info, "mpi_count_size", sizeof(MPI_Count));
    }
    return code == MPR_OK ? mpr_info_set_number(info, "mpi_offset_size", sizeof(MPI_Offset)) : code;
}

static int get_info(MPI_Info *info)
{
    MPR_TRY(mpr_arg_pointer(NULL, "info", info));
    struct mpr_info *made = mpr_info_make();
    return mpr_give_info(NULL, made, made != NULL ? describe(made) : MPR_OK, info);
}

MPR_API(int, Abi_get_info, (MPI_Info * info))
{
    return MPR_RUN_ANYTIME(Abi_get_info, get_info(info));
}

/* ---- Fortran's types ---- */

static struct mpr_info fortran_info;
static bool fortran_info_is_set;

/* The sizes that MPI_INTEGER and the like have here. */
static const struct {
    const char *key;
    int bytes;
} fortran_sizes[] = {{"mpi_logical_size", 4},
                     {"mpi_integer_size", 4},
                     {"mpi_real_size", 4},
                     {"mpi_double_precision_size", 8}};

static int check_fortran_sizes(const struct mpr_info *info)
{
    for (size_t i = 0; i < mpr_array_count(fortran_sizes); i++) {
        const char *value = mpr_info_get(info, fortran_sizes[i].key);
        if (value != NULL && atoi(value) != fortran_sizes[i].bytes) {
            return mpr_raise(NULL, MPI_ERR_UNSUPPORTED_OPERATION,
                             "%s is %s, but only %d bytes are supported", fortran_sizes[i].key,
                             value, fortran_sizes[i].bytes);
        }
    }
    return MPI_SUCCESS;
}

static int set_fortran_info(MPI_Info info)
{
    struct mpr_info *found;
    MPR_TRY(mpr_arg_info_object(info, &found));
    if (fortran_info_is_set) {
        return mpr_raise(NULL, MPI_ERR_ABI,
                         "the Fortran info is set already; the first call counts");
    }
    MPR_TRY(check_fortran_sizes(found));
    MPR_TRY(mpr_result(NULL, mpr_info_set_all(&fortran_info, found)));
    fortran_info_is_set = true;
    return MPI_SUCCESS;
}

MPR_API(int, Abi_set_fortran_info, (MPI_Info info))
{
    return MPR_RUN_ANYTIME(Abi_set_fortran_info, set_fortran_info(info));
}

static int get_fortran_info(MPI_Info *info)
{
    MPR_TRY(mpr_arg_pointer(NULL, "info", info));
    if (!fortran_info_is_set) {
        *info = MPI_INFO_NULL;
        return MPI_SUCCESS;
    }
    struct mpr_info *made = mpr_info_make();
    int code = made != NULL ? mpr_info_set_all(made, &fortran_info) : MPR_OK;
    return mpr_give_info(NULL, made, code, info);
}

MPR_API(int, Abi_get_fortran_info, (MPI_Info * info))
{
    return MPR_RUN_ANYTIME(Abi_get_fortran_info, get_fortran_info(info));
}
