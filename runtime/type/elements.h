/* SPDX-License-Identifier: BSD-3-Clause */
/* The basic elements of a message: how many there are in its first bytes, and the other way round.
 */
#ifndef MPR_TYPE_ELEMENTS_H
#define MPR_TYPE_ELEMENTS_H

#include "type/type.h"

/* The basic elements in the first `bytes` data bytes of any number of items; MPI_UNDEFINED when the
 * last one is cut. */
MPI_Count mpr_type_elements(const struct mpr_type *type, MPI_Count bytes);

/* The data bytes of the first `count` basic elements of any number of items, which have elements.
 */
MPI_Count mpr_type_element_bytes(const struct mpr_type *type, MPI_Count count);

#endif
