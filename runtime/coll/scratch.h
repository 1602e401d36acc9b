/* SPDX-License-Identifier: BSD-3-Clause */
/* Scratch memory for one collective call: small pieces on the stack, the rest kept between calls.
 */
#ifndef MPR_COLL_SCRATCH_H
#define MPR_COLL_SCRATCH_H

#include <stddef.h>

#include "base/compiler.h"
#include "coll/items.h"

#define MPR_SCRATCH_STACK_BYTES 1024

struct mpr_scratch {
    MPR_ALIGNED(MPR_LINE_BYTES) unsigned char stack[MPR_SCRATCH_STACK_BYTES];
    void *memory;
    size_t bytes;
};

/* `bytes` bytes, aligned to a cache line, until the close; not zeroed. NULL: no memory; then there
 * is nothing to close. Needs the library's lock. */
void *mpr_scratch_open(struct mpr_scratch *scratch, size_t bytes);
void mpr_scratch_close(struct mpr_scratch *scratch);

/* Room for `run_count` runs of `count` items of `type`: fills runs[]. Returns 0 or
 * MPR_ERR_NO_MEMORY; then there is nothing to close. */
int mpr_scratch_open_items(struct mpr_scratch *scratch, int run_count, MPI_Count count,
                           struct mpr_type *type, struct mpr_items *runs);

#endif
