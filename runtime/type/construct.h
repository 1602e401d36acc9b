/* SPDX-License-Identifier: BSD-3-Clause */
/* Making derived datatypes from the arguments of their constructors. Needs the library's lock. */
#ifndef MPR_TYPE_CONSTRUCT_H
#define MPR_TYPE_CONSTRUCT_H

#include "type/contents.h"
#include "type/layout.h"
#include "type/type.h"

/* A type as MPI's constructor `contents->combiner` describes it, not committed, with a handle and
 * one reference. The arguments have been checked: counts are not negative, subarrays lie within
 * their arrays. Takes `contents` over in any case. Returns 0, MPR_ERR_NO_MEMORY, or MPR_ERR_LIMIT
 * when the type's size, bounds or addresses are more than MPI_Count and MPI_Aint can hold. */
int mpr_type_make(struct mpr_contents *contents, struct mpr_type **type);

/* A type that is equal to `original` in everything but its name, with a handle and a reference of
 * its own. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_type_clone(struct mpr_type *original, struct mpr_type **copy);

/* construct_array.c: MPI_Type_create_subarray and MPI_Type_create_darray. */
struct mpr_layout mpr_layout_subarray(struct mpr_layout_pool *pool,
                                      const struct mpr_contents *contents);
struct mpr_layout mpr_layout_darray(struct mpr_layout_pool *pool,
                                    const struct mpr_contents *contents);

#endif
