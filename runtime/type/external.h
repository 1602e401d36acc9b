/* SPDX-License-Identifier: BSD-3-Clause */
/* The data of items as "external32" (MPI 5.0, 14.5.2): what machines of different kinds exchange.
 *
 * Numbers follow each other in the order of the type map, without gaps, in sizes that the standard
 * fixes, the most significant byte first. */
#ifndef MPR_TYPE_EXTERNAL_H
#define MPR_TYPE_EXTERNAL_H

#include <stdbool.h>

#include "type/type.h"

/* The bytes of `count` items in this representation. False: more than MPI_Count can hold. */
bool mpr_external_bytes(const struct mpr_type *type, MPI_Count count, MPI_Count *bytes);

/* Converts `count` items at `buffer`, and back; `external` has mpr_external_bytes() of them.
 * Returns 0, or MPR_ERR_LIMIT at a number that is too large for the size that the standard gives it
 * (a long has 4 bytes there): those behind it are not converted then. */
int mpr_external_pack(const struct mpr_type *type, const void *buffer, MPI_Count count,
                      void *external);
int mpr_external_unpack(const struct mpr_type *type, void *buffer, MPI_Count count,
                        const void *external);

#endif
