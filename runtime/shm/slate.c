/* SPDX-License-Identifier: BSD-3-Clause */
/* Which communicator has which slate. */
#include "shm/slate.h"

#include <stdbool.h>

#include "shm/segment.h"

enum { TABLE_BYTES = MPR_PAGE_BYTES };

_Static_assert(sizeof(struct mpr_slate_cell) == MPR_APART_BYTES, "a cell is a pair of lines");
_Static_assert(sizeof(struct mpr_slate_table) <= TABLE_BYTES, "slates begin at a page");
_Static_assert(sizeof(struct mpr_slate_memory) % MPR_PAGE_BYTES == 0, "slates share no page");
_Static_assert(sizeof(struct mpr_slate_member) % MPR_PAGE_BYTES == 0, "nor do members");

static unsigned char *base(const struct mpr_segment *segment)
{
    return (unsigned char *)segment->header + segment->layout.slates_offset;
}

static struct mpr_slate_table *table(const struct mpr_segment *segment)
{
    return (struct mpr_slate_table *)base(segment);
}

static bool has_slates(const struct mpr_geometry *geometry)
{
    return geometry->rank_count > 1;
}

/* Of one slate. */
static uint64_t slate_bytes(const struct mpr_geometry *geometry)
{
    uint64_t member_count = geometry->slot_count < MPR_SLATE_MEMBERS_MAX ? geometry->slot_count
                                                                         : MPR_SLATE_MEMBERS_MAX;
    return sizeof(struct mpr_slate_memory) + member_count * sizeof(struct mpr_slate_member);
}

uint64_t mpr_slates_bytes(const struct mpr_geometry *geometry)
{
    return has_slates(geometry) ? TABLE_BYTES + MPR_SLATE_COUNT * slate_bytes(geometry) : 0;
}

/* Looks before it swaps, as contexts are taken. */
static bool claim(_Atomic uint32_t *slate_users, uint32_t users)
{
    uint32_t expected = 0;
    return atomic_load_explicit(slate_users, memory_order_relaxed) == 0 &&
           atomic_compare_exchange_strong_explicit(slate_users, &expected, users,
                                                   memory_order_acquire, /* T3 */
                                                   memory_order_relaxed);
}

/* The first that is free, because its pages are more likely to be there already. */
uint32_t mpr_slate_claim(const struct mpr_segment *segment, uint32_t users)
{
    uint32_t end = has_slates(&segment->geometry) ? MPR_SLATE_COUNT : 0;

    for (uint32_t number = MPR_SLATE_WORLD + 1; number < end; number++) {
        if (claim(&table(segment)->users[number], users)) {
            return number;
        }
    }
    return MPR_SLATE_NONE;
}

void mpr_slate_drop(const struct mpr_segment *segment, uint32_t number, uint32_t users)
{
    if (number != MPR_SLATE_NONE) {
        atomic_fetch_sub_explicit(&table(segment)->users[number], users,
                                  memory_order_release); /* S3 */
    }
}

struct mpr_slate mpr_slate_open(const struct mpr_segment *segment, uint32_t number,
                                uint32_t context)
{
    unsigned char *slates = base(segment) + TABLE_BYTES;

    return (struct mpr_slate){
        .memory = (struct mpr_slate_memory *)(slates + number * slate_bytes(&segment->geometry)),
        .number = number,
        .mark = (uint64_t)(context + 1) << 32, // ids are multiples of MPR_CONTEXT_PLANES: not 0
    };
}
