/* SPDX-License-Identifier: BSD-3-Clause */
/* Sizes and offsets of the job segment: pure functions, the same in every process. */
#include "shm/segment.h"

#include <unistd.h>

#include "shm/chunk.h"
#include "shm/context.h"
#include "shm/mail.h"
#include "shm/ring.h"
#include "shm/slate.h"

/* What one rank's row of rings may touch. An all-to-all exchange among N ranks touches every ring,
 * N of them a rank: so the cells of a rank's row, not of a ring, are what stays constant. With 256
 * ranks a ring has 8 cells, 512 bytes, and all 65,536 of them 32 MiB. */
enum {
    CELLS_ROW_MAX = 2048,
    CELLS_RING_MIN = 8,
    CELLS_RING_MAX = 128,
    PAYLOAD_ROW_BYTES = 1 << 20,
    PAYLOAD_RING_MIN_BYTES = 4096,
    PAYLOAD_RING_MAX_BYTES = 65536,
    CELLS_LEAST = 4,
    PAYLOAD_LEAST_BYTES = 1024
};

/* A pool is larger than a core's own cache (shm/chunk.h), as long as all of them together
 * stay small. */
enum {
    POOL_CACHES = 2,
    POOL_RANK_MIN_BYTES = 256 << 10,
    POOL_RANK_MAX_BYTES = 4 << 20,
    CACHE_USUAL_BYTES = 1 << 20,
    POOL_ALL_BYTES = 64 << 20
};

/* Spare slots cost address space: their rings with all others. */
enum { SPARE_USUAL = 32, SPARE_PER_CPU = 2, SPARE_MAX = 256 };

#define HUGE_BYTES ((size_t)2 << 20)

static uint32_t power_of_two_below(uint64_t value)
{
    uint32_t power = 1;
    while ((uint64_t)power * 2 <= value) {
        power *= 2;
    }
    return power;
}

static uint32_t clamp(uint64_t value, uint32_t least, uint32_t most)
{
    return value < least ? least : value > most ? most : (uint32_t)value;
}

static uint32_t pool_bytes(uint32_t rank_count, const struct mpr_tunables *tunables)
{
    long cache_bytes = sysconf(_SC_LEVEL2_CACHE_SIZE); // 0 where it is not known
    uint64_t wanted = POOL_CACHES * (cache_bytes > 0 ? (uint64_t)cache_bytes : CACHE_USUAL_BYTES);
    uint64_t share = POOL_ALL_BYTES / rank_count;

    if (tunables->pool_bytes > 0) {
        return (uint32_t)tunables->pool_bytes;
    }
    return clamp(wanted < share ? wanted : share, POOL_RANK_MIN_BYTES, POOL_RANK_MAX_BYTES);
}

uint32_t mpr_segment_spare_slots(const struct mpr_tunables *tunables)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    return tunables->spawn_max > 0
               ? (uint32_t)tunables->spawn_max
               : clamp((uint64_t)(cpus > 0 ? cpus : 1) * SPARE_PER_CPU, SPARE_USUAL, SPARE_MAX);
}

void mpr_geometry_choose(struct mpr_geometry *geometry, const struct mpr_segment_config *config)
{
    const struct mpr_tunables *tunables = config->tunables;
    uint32_t rank_count = config->rank_count;
    uint64_t cells = tunables->ring_cells > 0
                         ? clamp((uint64_t)tunables->ring_cells, CELLS_LEAST, 1u << 16)
                         : clamp(CELLS_ROW_MAX / rank_count, CELLS_RING_MIN, CELLS_RING_MAX);
    uint64_t bytes = tunables->ring_bytes > 0
                         ? clamp((uint64_t)tunables->ring_bytes, PAYLOAD_LEAST_BYTES, 1u << 26)
                         : clamp(PAYLOAD_ROW_BYTES / rank_count, PAYLOAD_RING_MIN_BYTES,
                                 PAYLOAD_RING_MAX_BYTES);
    *geometry = (struct mpr_geometry){
        .rank_count = rank_count,
        .slot_count = rank_count + config->spare_slots,
        .ring_cells = power_of_two_below(cells),
        .ring_bytes = power_of_two_below(bytes),
        .pool_units = pool_bytes(rank_count, tunables) / MPR_POOL_UNIT_BYTES,
        .heap_bytes = mpr_round_up(config->heap_bytes, HUGE_BYTES),
    };
}

/* Takes `bytes` at `*end`, aligned, and returns where they begin. */
static uint64_t place(uint64_t *end, uint64_t bytes, size_t alignment)
{
    uint64_t offset = mpr_round_up(*end, alignment);
    *end = offset + bytes;
    return offset;
}

static uint64_t tail_row_bytes(uint64_t sender_count)
{
    return mpr_round_up(sender_count * sizeof(uint32_t), MPR_APART_BYTES);
}

uint64_t mpr_layout_tail(const struct mpr_geometry *geometry, uint32_t receiver, uint32_t sender)
{
    uint64_t ranks = geometry->rank_count, slots = geometry->slot_count;
    uint64_t near_row = tail_row_bytes(ranks), far_row = tail_row_bytes(slots - ranks);

    if (receiver >= ranks) {
        return ranks * (near_row + far_row) + (receiver - ranks) * tail_row_bytes(slots) +
               sender * sizeof(uint32_t);
    }
    return sender < ranks
               ? receiver * near_row + sender * sizeof(uint32_t)
               : ranks * near_row + receiver * far_row + (sender - ranks) * sizeof(uint32_t);
}

uint64_t mpr_layout_mail_bytes(const struct mpr_geometry *geometry)
{
    return MPR_MAIL_BOXES * mpr_round_up(sizeof(struct mpr_answer) +
                                             geometry->slot_count * sizeof(struct mpr_member),
                                         MPR_PAGE_BYTES);
}

void mpr_layout_compute(struct mpr_layout *layout, const struct mpr_geometry *geometry)
{
    const size_t page = MPR_PAGE_BYTES;
    uint32_t slots = geometry->slot_count;
    uint64_t rings = (uint64_t)slots * slots;
    uint64_t units = (uint64_t)slots * geometry->pool_units;
    uint64_t end = sizeof(struct mpr_segment_header);

    layout->control_offset =
        place(&end, (slots + UINT64_C(1)) * sizeof(struct mpr_rank_control), MPR_APART_BYTES);
    layout->contexts_offset = place(&end, sizeof(struct mpr_context_table), page);
    layout->links_offset = place(&end, slots * mpr_layout_link_row_bytes(geometry), page);
    layout->mail_offset = place(&end, slots * mpr_layout_mail_bytes(geometry), page);
    layout->tails_offset = place(&end, mpr_layout_tail(geometry, slots, 0), page);
    layout->ring_control_offset = place(&end, rings * sizeof(struct mpr_ring_control), page);
    layout->cells_offset =
        place(&end, rings * geometry->ring_cells * sizeof(struct mpr_cell), page);
    layout->payload_offset = place(&end, rings * geometry->ring_bytes, page);
    layout->commons_offset = place(&end, mpr_layout_pair(0, slots) * MPR_COMMON_BYTES, page);
    layout->unit_state_offset = place(&end, units * sizeof(struct mpr_unit_state), page);
    layout->pool_offset = place(&end, units * MPR_POOL_UNIT_BYTES, page);
    layout->slates_offset = place(&end, mpr_slates_bytes(geometry), page);
    layout->heap_offset = place(&end, slots * geometry->heap_bytes, HUGE_BYTES);
    layout->segment_bytes = mpr_round_up(end, HUGE_BYTES);
}
