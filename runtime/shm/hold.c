/* SPDX-License-Identifier: BSD-3-Clause */
/* Counting the groups that other processes are in. */
#include "shm/hold.h"

#include <stdlib.h>

#include "base/error.h"
#include "shm/slot.h"

struct hold {
    uint32_t count;
    uint32_t generation; /* by which it is held */
};

static struct hold *holds; /* by slot */
static const struct mpr_hold_hooks *hooks;

static uint32_t generation_of(int slot)
{
    return atomic_load_explicit(&mpr_segment_control(&mpr_job.segment, (uint32_t)slot)->generation,
                                memory_order_relaxed);
}

static _Atomic uint8_t *link_to(int slot)
{
    return mpr_segment_link(&mpr_job.segment, (uint32_t)mpr_job.slot, (uint32_t)slot);
}

int mpr_holds_start(void)
{
    int slots = (int)mpr_job.segment.geometry.slot_count;

    holds = calloc((size_t)slots + 1, sizeof(*holds));
    if (holds == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    holds[mpr_job.slot].count = 1;
    holds[mpr_job.slot].generation = generation_of(mpr_job.slot);
    if (mpr_job.world != 0) {
        atomic_store_explicit(link_to(mpr_job.slot), MPR_LINK_HELD, memory_order_relaxed);
    } else {
        for (int slot = 0; slot < mpr_job.size; slot++) {
            holds[slot].count = 1;
        }
    }
    return MPR_OK;
}

void mpr_holds_stop(void)
{
    free(holds);
    holds = NULL;
}

void mpr_holds_set_hooks(const struct mpr_hold_hooks *wanted)
{
    hooks = wanted;
    for (int slot = 0; hooks != NULL && slot < mpr_hold_nobody(); slot++) {
        if (holds[slot].count > 0) {
            hooks->opened(slot);
        }
    }
}

struct mpr_member mpr_hold_name(int slot)
{
    // What stands for the dead can be nobody elsewhere either: no process has such a generation.
    return slot == mpr_hold_nobody() ? (struct mpr_member){0, UINT32_MAX}
                                     : (struct mpr_member){slot, holds[slot].generation};
}

/* See shm/slot.h for the argument. */
static bool hold(struct mpr_member member)
{
    _Atomic uint8_t *link = link_to(member.slot);
    uint8_t before = atomic_exchange_explicit(link, MPR_LINK_HELD, memory_order_relaxed);
    uint8_t held = MPR_LINK_HELD;

    atomic_thread_fence(memory_order_seq_cst); /* H1 */
    if (generation_of(member.slot) == member.generation) {
        return true;
    }
    // What was LEFT still is, or was wiped meanwhile: to wipe it again does no harm. What mprun has
    // promised meanwhile stays.
    atomic_compare_exchange_strong_explicit(link, &held, before, memory_order_relaxed,
                                            memory_order_relaxed);
    return false;
}

static int enter_nobody(void)
{
    int nobody = mpr_hold_nobody();
    struct mpr_rank_control *control = mpr_segment_control(&mpr_job.segment, (uint32_t)nobody);

    atomic_store_explicit(&control->state, MPR_RANK_DEAD, memory_order_relaxed);
    return nobody;
}

int mpr_hold_enter(struct mpr_member member)
{
    struct hold *one = &holds[member.slot];

    if (one->count > 0 ? one->generation != member.generation : !hold(member)) {
        return enter_nobody();
    }
    one->generation = member.generation;
    if (one->count++ == 0 && hooks != NULL) {
        hooks->opened(member.slot);
    }
    return member.slot;
}

void mpr_hold_again(int slot)
{
    holds[slot].count++;
}

void mpr_hold_leave(int slot)
{
    if (slot == mpr_hold_nobody() || --holds[slot].count > 0) {
        return;
    }
    if (hooks != NULL) {
        hooks->closed(slot);
    }
    atomic_store_explicit(link_to(slot), MPR_LINK_LEFT, memory_order_release); /* H2 */
}
