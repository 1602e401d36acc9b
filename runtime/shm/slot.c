/* SPDX-License-Identifier: BSD-3-Clause */
/* Wiping slots. Whole pages go back to the system, so that a job which spawns again and again needs
 * no more memory than the processes that it has at a time. */
#include "shm/slot.h"

#include <string.h>
#include <sys/mman.h>

#include "shm/chunk.h"
#include "shm/mail.h"
#include "shm/ring.h"

static void wipe(void *start, uint64_t bytes)
{
    unsigned char *at = start, *end = at + bytes;
    unsigned char *first = (unsigned char *)mpr_round_up((uintptr_t)at, MPR_PAGE_BYTES);
    unsigned char *last = (unsigned char *)((uintptr_t)end & ~(uintptr_t)(MPR_PAGE_BYTES - 1));

    if (first >= last || madvise(first, (size_t)(last - first), MADV_REMOVE) != 0) {
        memset(at, 0, bytes);
        return;
    }
    memset(at, 0, (size_t)(first - at));
    memset(last, 0, (size_t)(end - last));
}

static void wipe_ring(const struct mpr_segment *segment, uint32_t receiver, uint32_t sender)
{
    struct mpr_ring_place place;

    mpr_ring_place_find(&place, segment, receiver, sender);
    wipe(place.cells, place.cell_count * sizeof(*place.cells));
    wipe(place.payload, place.payload_bytes);
    atomic_store_explicit(&place.control->head_position, 0, memory_order_relaxed);
    atomic_store_explicit(place.tail, 0, memory_order_relaxed);
}

static bool is_held(const struct mpr_segment *segment, uint32_t slot, const bool *is_alive)
{
    for (uint32_t holder = 0; holder < segment->geometry.slot_count; holder++) {
        uint8_t link = atomic_load_explicit(mpr_segment_link(segment, holder, slot),
                                            memory_order_acquire); /* J2 */
        if (is_alive[holder] && (link == MPR_LINK_HELD || link == MPR_LINK_PROMISED)) {
            return true;
        }
    }
    return false;
}

static bool is_free(const struct mpr_segment *segment, uint32_t slot, const bool *is_alive)
{
    // First with the old generation: one to whom the slot is promised has yet to find it valid.
    if (is_held(segment, slot, is_alive)) {
        return false;
    }
    atomic_fetch_add_explicit(&mpr_segment_control(segment, slot)->generation, 1,
                              memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst); /* H1 */
    return !is_held(segment, slot, is_alive);
}

/* Everything that the slot's last process has shared with another one. */
static void wipe_pair(const struct mpr_segment *segment, uint32_t slot, uint32_t other)
{
    _Atomic uint8_t *theirs = mpr_segment_link(segment, other, slot);
    _Atomic uint8_t *own = mpr_segment_link(segment, slot, other);

    if (atomic_load_explicit(theirs, memory_order_relaxed) == MPR_LINK_FREE &&
        atomic_load_explicit(own, memory_order_relaxed) == MPR_LINK_FREE) {
        return;
    }
    wipe_ring(segment, slot, other);
    wipe_ring(segment, other, slot);
    wipe(mpr_ring_common_find(segment, slot, other), MPR_COMMON_BYTES);
    atomic_store_explicit(own, MPR_LINK_FREE, memory_order_relaxed);
    // Not over HELD: that one is about to see the generation, and takes it back itself.
    uint8_t left = MPR_LINK_LEFT;
    atomic_compare_exchange_strong_explicit(theirs, &left, MPR_LINK_FREE, memory_order_relaxed,
                                            memory_order_relaxed);
}

static void wipe_slot(const struct mpr_segment *segment, uint32_t slot)
{
    const struct mpr_geometry *geometry = &segment->geometry;
    unsigned char *base = (unsigned char *)segment->header;
    uint64_t states_bytes = geometry->pool_units * sizeof(struct mpr_unit_state);
    uint64_t pool_bytes = (uint64_t)geometry->pool_units * MPR_POOL_UNIT_BYTES;
    struct mpr_rank_control *control = mpr_segment_control(segment, slot);
    uint32_t generation = atomic_load_explicit(&control->generation, memory_order_relaxed);

    for (uint32_t other = 0; other < geometry->slot_count; other++) {
        wipe_pair(segment, slot, other);
    }
    wipe(base + segment->layout.unit_state_offset + slot * states_bytes, states_bytes);
    wipe(base + segment->layout.pool_offset + slot * pool_bytes, pool_bytes);
    wipe(mpr_segment_mail(segment, slot, MPR_MAIL_BIRTH), mpr_layout_mail_bytes(geometry));
    memset(control, 0, offsetof(struct mpr_rank_control, generation));
    mpr_segment_control_init(control);
    atomic_store_explicit(&control->generation, generation, memory_order_relaxed);
}

void mpr_slot_promise(const struct mpr_segment *segment, struct mpr_member member, uint32_t holder)
{
    _Atomic uint8_t *link = mpr_segment_link(segment, holder, (uint32_t)member.slot);
    uint8_t before = atomic_load_explicit(link, memory_order_relaxed);
    uint32_t generation =
        atomic_load_explicit(&mpr_segment_control(segment, (uint32_t)member.slot)->generation,
                             memory_order_relaxed);

    // The holder may let go, or take hold, meanwhile: then it has what it wants.
    if (generation == member.generation && before != MPR_LINK_HELD) {
        atomic_compare_exchange_strong_explicit(link, &before, MPR_LINK_PROMISED,
                                                memory_order_relaxed, memory_order_relaxed);
    }
}

/* The process may have written to the holder before it was stopped: that is to be wiped. */
void mpr_slot_break_promise(const struct mpr_segment *segment, struct mpr_member member,
                            uint32_t holder)
{
    uint8_t promised = MPR_LINK_PROMISED;

    atomic_compare_exchange_strong_explicit(
        mpr_segment_link(segment, holder, (uint32_t)member.slot), &promised, MPR_LINK_LEFT,
        memory_order_relaxed, memory_order_relaxed);
}

bool mpr_slot_take(const struct mpr_segment *segment, uint32_t slot, const bool *is_alive)
{
    if (!is_free(segment, slot, is_alive)) {
        return false;
    }
    wipe_slot(segment, slot);
    return true;
}
