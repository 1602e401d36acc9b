/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of numbers of 4 and 8 bytes at equal distances, the most frequent data with gaps: columns of
 * matrices, one component of a vector field, the real parts of complex numbers. */
#ifndef MPR_TYPE_NUMBERS_H
#define MPR_TYPE_NUMBERS_H

#include <stddef.h>

#include "base/compiler.h"
#include "mpi.h"

/* Finds out what suits this processor; until then loops run that suit any. */
void mpr_numbers_start(void);

/* Copies `count` numbers of `bytes` bytes, 4 or 8, the first at `memory`, each `stride` bytes after
 * the one before (below 0: downwards), to `packed`, one behind the other. May read the gaps between
 * them. */
void mpr_numbers_pack(char *restrict packed, const char *restrict memory, MPI_Aint stride,
                      size_t bytes, MPI_Count count);

/* The other way round. Leaves the gaps alone. */
void mpr_numbers_unpack(char *restrict memory, MPI_Aint stride, const char *restrict packed,
                        size_t bytes, MPI_Count count);

#endif
