/* SPDX-License-Identifier: BSD-3-Clause */
/* What programs promise about their use of a communicator (MPI 5.0, 7.4.4), as bits. */
#ifndef MPR_COMM_HINTS_H
#define MPR_COMM_HINTS_H

#include <stdint.h>

#include "comm/info.h"

enum mpr_hint {
    MPR_HINT_NO_ANY_TAG = 1 << 0,
    MPR_HINT_NO_ANY_SOURCE = 1 << 1,
    MPR_HINT_EXACT_LENGTH = 1 << 2,
    MPR_HINT_ALLOW_OVERTAKING = 1 << 3,
    MPR_HINT_STRICT_COLLECTIVE_ORDER = 1 << 4 /* of persistent collectives */
};

/* Memory of the system and of MPI_Alloc_mem: all that a process without accelerators has (MPI 5.0,
 * 11.4.3). */
#define MPR_MEMORY_KINDS "system,mpi"

/* Takes over those hints that `info` (NULL: none) sets to true or false; what else it says is
 * ignored, as the standard lets libraries do. */
void mpr_hints_update(uint32_t *hints, const struct mpr_info *info);

/* Says all hints by their keys. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_hints_describe(uint32_t hints, struct mpr_info *info);

#endif
