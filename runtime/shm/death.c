/* SPDX-License-Identifier: BSD-3-Clause */
/* Announcing deaths. */
#include "shm/death.h"

#include "shm/doorbell.h"

/* Waking the dead, and slots without a process, does no harm. */
void mpr_death_announce(const struct mpr_segment *segment, uint32_t rank, int wait_status)
{
    struct mpr_rank_control *control = mpr_segment_control(segment, rank);

    atomic_store_explicit(&control->ended, wait_status + 1, memory_order_relaxed);
    atomic_store_explicit(&control->state, MPR_RANK_DEAD, memory_order_release); /* D2 */
    atomic_fetch_add_explicit(&segment->header->death_count, 1, memory_order_release); /* D1 */
    for (uint32_t other = 0; other < segment->geometry.slot_count; other++) {
        mpr_doorbell_wake_for_the_dead(mpr_segment_control(segment, other));
    }
}
