/* SPDX-License-Identifier: BSD-3-Clause */
/* Scratch memory: for one collective call, small pieces on the stack and the rest kept between
 * calls; and large pieces for as long as a schedule lives. All functions need the library's lock.
 */
#ifndef MPR_COLL_SCRATCH_H
#define MPR_COLL_SCRATCH_H

#include <stddef.h>

#include "base/compiler.h"

#define MPR_SCRATCH_STACK_BYTES 1024

struct mpr_scratch {
    MPR_ALIGNED(MPR_LINE_BYTES) unsigned char stack[MPR_SCRATCH_STACK_BYTES];
    void *memory;
    size_t bytes;
};

/* `bytes` bytes, aligned to a cache line, until the close; not zeroed. NULL: no memory; then there
 * is nothing to close. */
void *mpr_scratch_open(struct mpr_scratch *scratch, size_t bytes);
void mpr_scratch_close(struct mpr_scratch *scratch);

/* *bytes bytes or more, aligned to a cache line, which must be given back: sets *bytes to how many
 * there are. NULL: no memory. */
void *mpr_scratch_take(size_t *bytes);
void mpr_scratch_give(void *memory, size_t bytes);

#endif
