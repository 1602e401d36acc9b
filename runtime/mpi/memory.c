/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory from the library (MPI 5.0, 9.2). It is remembered which blocks are out, so that a wrong or
 * repeated MPI_Free_mem is an error instead of a broken heap. */
#include <stdlib.h>

#include "base/address_set.h"
#include "base/tunables.h"
#include "mpi/api.h"
#include "shm/window.h"

static struct mpr_address_set blocks;

/* What is large enough to be read where it lies comes from the heap, as whole pages do. */
static size_t usual_alignment(MPI_Aint size)
{
    return mpr_window_is_used && size >= mpr_tunables.direct_bytes ? MPR_HEAP_PAGE_BYTES
                                                                   : MPR_LINE_BYTES;
}

/* Blocks begin on a cache line of their own, at a page, or as the program asks by the one key that
 * is known. */
static int arg_alignment(const struct mpr_info *info, MPI_Aint size, size_t *alignment)
{
    const char *key = "mpi_minimum_memory_alignment";
    const char *value = info != NULL ? mpr_info_get(info, key) : NULL;
    unsigned long long wanted = value != NULL ? strtoull(value, NULL, 10) : 0;

    *alignment = usual_alignment(size);
    if (value != NULL && !mpr_is_power_of_two(wanted)) {
        return mpr_raise(NULL, MPI_ERR_INFO_VALUE, "%s is \"%s\", but must be a power of two", key,
                         value);
    }
    if (wanted > *alignment) {
        *alignment = wanted;
    }
    return MPI_SUCCESS;
}

/* They take whole lines, or pages. */
static int alloc_mem(MPI_Aint size, MPI_Info info, void *baseptr)
{
    if (size < 0) {
        return mpr_raise(NULL, MPI_ERR_ARG, "size is %lld, but must not be negative",
                         (long long)size);
    }
    MPR_TRY(mpr_arg_info(NULL, info));
    MPR_TRY(mpr_arg_pointer(NULL, "baseptr", baseptr));

    size_t alignment;
    MPR_TRY(arg_alignment(mpr_info_find(info), size, &alignment));
    size_t bytes = mpr_round_up(size > 0 ? (size_t)size : 1, alignment);
    void *block = aligned_alloc(alignment, bytes);
    if (block == NULL || mpr_address_set_add(&blocks, (uintptr_t)block) != 0) {
        free(block);
        return mpr_raise(NULL, MPI_ERR_NO_MEM, "no memory for %lld bytes", (long long)size);
    }
    *(void **)baseptr = block;
    return MPI_SUCCESS;
}

MPR_API(int, Alloc_mem, (MPI_Aint size, MPI_Info info, void *baseptr))
{
    return MPR_RUN(Alloc_mem, alloc_mem(size, info, baseptr));
}

static int free_mem(void *base)
{
    if (!mpr_address_set_remove(&blocks, (uintptr_t)base)) {
        return mpr_raise(NULL, MPI_ERR_BASE,
                         "base is %p, which is no memory from MPI_Alloc_mem, or was freed before",
                         base);
    }
    free(base);
    return MPI_SUCCESS;
}

MPR_API(int, Free_mem, (void *base))
{
    return MPR_RUN(Free_mem, free_mem(base));
}
