/* SPDX-License-Identifier: BSD-3-Clause */
/* Scratch memory. The first touch of a fresh page costs more than the copy into it, so that a block
 * is not given back to the system at once: the largest one up to SCRATCH_KEPT_BYTES stays for the
 * next call. There is one such block for the process; a second collective that is under way at the
 * same time (in another thread, on another communicator) gets fresh memory. */
#include "coll/scratch.h"

#include <stdlib.h>

#include "base/error.h"

enum { SCRATCH_KEPT_BYTES = 4 << 20 };

static void *kept_memory;
static size_t kept_bytes;

void *mpr_scratch_open(struct mpr_scratch *scratch, size_t bytes)
{
    if (bytes <= sizeof(scratch->stack)) {
        scratch->memory = scratch->stack;
    } else if (bytes <= kept_bytes) {
        scratch->memory = kept_memory;
        scratch->bytes = kept_bytes;
        kept_memory = NULL;
        kept_bytes = 0;
    } else {
        scratch->bytes = mpr_round_up(bytes, MPR_LINE_BYTES);
        scratch->memory = aligned_alloc(MPR_LINE_BYTES, scratch->bytes);
    }
    return scratch->memory;
}

void mpr_scratch_close(struct mpr_scratch *scratch)
{
    if (scratch->memory == scratch->stack) {
        return;
    }
    if (scratch->bytes > kept_bytes && scratch->bytes <= SCRATCH_KEPT_BYTES) {
        free(kept_memory);
        kept_memory = scratch->memory;
        kept_bytes = scratch->bytes;
    } else {
        free(scratch->memory);
    }
}

int mpr_scratch_open_items(struct mpr_scratch *scratch, int run_count, MPI_Count count,
                           struct mpr_type *type, struct mpr_items *runs)
{
    /* An item may begin below its address, and with a negative extent a run grows downwards. */
    MPI_Aint reach = count > 1 ? (count - 1) * type->extent : 0;
    MPI_Aint lowest = type->true_lower_bound + (reach < 0 ? reach : 0);
    MPI_Aint span = count > 0 ? type->true_extent + (reach < 0 ? -reach : reach) : 0;
    size_t stride = mpr_round_up((size_t)span, MPR_LINE_BYTES);

    unsigned char *memory = mpr_scratch_open(scratch, stride * (size_t)run_count);
    if (memory == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    for (int i = 0; i < run_count; i++) {
        uintptr_t address = (uintptr_t)memory + stride * (size_t)i - (uintptr_t)lowest;
        runs[i] = mpr_items((const void *)address, count, type);
    }
    return 0;
}
