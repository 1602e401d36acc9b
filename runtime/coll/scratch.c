/* SPDX-License-Identifier: BSD-3-Clause */
/* Scratch memory. The first touch of a fresh page costs more than the copy into it, so that a block
 * is not given back to the system at once: the largest one up to SCRATCH_KEPT_BYTES stays for the
 * next call. There is one such block for the process; a second collective that is under way at the
 * same time (in another thread, on another communicator) gets fresh memory. */
#include "coll/scratch.h"

#include <stdlib.h>

enum { SCRATCH_KEPT_BYTES = 4 << 20 };

static void *kept_memory;
static size_t kept_bytes;

void *mpr_scratch_take(size_t *bytes)
{
    if (*bytes > kept_bytes) {
        *bytes = mpr_round_up(*bytes, MPR_LINE_BYTES);
        return aligned_alloc(MPR_LINE_BYTES, *bytes);
    }
    void *memory = kept_memory;
    *bytes = kept_bytes;
    kept_memory = NULL;
    kept_bytes = 0;
    return memory;
}

void mpr_scratch_give(void *memory, size_t bytes)
{
    if (bytes > kept_bytes && bytes <= SCRATCH_KEPT_BYTES) {
        free(kept_memory);
        kept_memory = memory;
        kept_bytes = bytes;
    } else {
        free(memory);
    }
}

void *mpr_scratch_open(struct mpr_scratch *scratch, size_t bytes)
{
    if (bytes <= sizeof(scratch->stack)) {
        scratch->memory = scratch->stack;
    } else {
        scratch->bytes = bytes;
        scratch->memory = mpr_scratch_take(&scratch->bytes);
    }
    return scratch->memory;
}

void mpr_scratch_close(struct mpr_scratch *scratch)
{
    if (scratch->memory != scratch->stack) {
        mpr_scratch_give(scratch->memory, scratch->bytes);
    }
}
