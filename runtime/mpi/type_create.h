/* SPDX-License-Identifier: BSD-3-Clause */
/* What the constructors of datatypes share. */
#ifndef MPR_MPI_TYPE_CREATE_H
#define MPR_MPI_TYPE_CREATE_H

#include <stddef.h>
#include <stdint.h>

#include "mpi/api.h"
#include "type/contents.h"

/* An array of a constructor: of int, MPI_Aint or MPI_Count. */
struct mpr_numbers {
    const void *values;
    size_t bytes; /* of one */
};

static inline struct mpr_numbers mpr_numbers_int(const int *values)
{
    return (struct mpr_numbers){values, sizeof(*values)};
}

static inline struct mpr_numbers mpr_numbers_aint(const MPI_Aint *values)
{
    return (struct mpr_numbers){values, sizeof(*values)};
}

static inline struct mpr_numbers mpr_numbers_count(const MPI_Count *values)
{
    return (struct mpr_numbers){values, sizeof(*values)};
}

static inline MPI_Count mpr_number(struct mpr_numbers numbers, MPI_Count index)
{
    return numbers.bytes == sizeof(int32_t) ? ((const int32_t *)numbers.values)[index]
                                            : ((const int64_t *)numbers.values)[index];
}

/* Checks oldtype, and that there is a place for newtype. */
int mpr_arg_types(MPI_Datatype oldtype, const MPI_Datatype *newtype, struct mpr_type **old);

/* Copies `count` numbers behind the `*filled` that contents->counts has already. */
void mpr_contents_add(struct mpr_contents *contents, MPI_Count *filled, struct mpr_numbers numbers,
                      MPI_Count count);

/* Makes a type of `contents` (NULL: there was no memory for them), which it takes over. Returns
 * MPI_SUCCESS and the type's handle, or raises the error. */
int mpr_type_create(struct mpr_contents *contents, MPI_Datatype *newtype);

#endif
