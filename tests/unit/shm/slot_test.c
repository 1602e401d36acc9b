/* SPDX-License-Identifier: BSD-3-Clause */
/* Slots are taken again when nobody alive holds them, and wiped then. */
#include "shm/slot.h"

#include <string.h>

#include "segment_fixture.h"
#include "shm/chunk.h"
#include "shm/mail.h"
#include "shm/ring.h"
#include "tests/lib/unit.h"

enum { RANKS = 2, SPARE = RANKS, OTHER = RANKS + 1, CELLS = 8, BYTES = 4096 };

static struct mpr_segment segment;
static bool is_alive[RANKS + 256];

static void begin(void)
{
    fixture_open(&segment, RANKS, CELLS, BYTES);
    memset(is_alive, 0, sizeof(is_alive));
    is_alive[0] = true;
}

static void set_link(uint32_t holder, uint32_t slot, enum mpr_link link)
{
    atomic_store(mpr_segment_link(&segment, holder, slot), link);
}

static uint32_t generation_of(uint32_t slot)
{
    return atomic_load(&mpr_segment_control(&segment, slot)->generation);
}

static void is_taken_when_nobody_holds_it(void)
{
    begin();
    CU_ASSERT_TRUE(mpr_slot_take(&segment, SPARE, is_alive));
    CU_ASSERT_EQUAL(generation_of(SPARE), 1);
    set_link(0, SPARE, MPR_LINK_LEFT);
    set_link(1, SPARE, MPR_LINK_HELD); // by one that is dead
    CU_ASSERT_TRUE(mpr_slot_take(&segment, SPARE, is_alive));
    CU_ASSERT_EQUAL(generation_of(SPARE), 2);
    CU_ASSERT_EQUAL(atomic_load(mpr_segment_link(&segment, 0, SPARE)), MPR_LINK_FREE);
    mpr_segment_detach(&segment);
}

static void stays_with_its_holder(void)
{
    begin();
    set_link(0, SPARE, MPR_LINK_HELD);
    mpr_segment_control(&segment, SPARE)->world_rank = 7;
    CU_ASSERT_FALSE(mpr_slot_take(&segment, SPARE, is_alive));
    CU_ASSERT_EQUAL(generation_of(SPARE), 0); // one to whom it is promised finds it valid
    CU_ASSERT_EQUAL(mpr_segment_control(&segment, SPARE)->world_rank, 7);
    CU_ASSERT_TRUE(mpr_slot_take(&segment, OTHER, is_alive));
    mpr_segment_detach(&segment);
}

static void stays_with_whom_it_is_promised(void)
{
    struct mpr_member spare = {SPARE, 0};

    begin();
    mpr_slot_promise(&segment, spare, 1); // one that is dead
    CU_ASSERT_TRUE(mpr_slot_take(&segment, SPARE, is_alive));
    mpr_slot_promise(&segment, spare, 0); // an old name
    CU_ASSERT_TRUE(mpr_slot_take(&segment, SPARE, is_alive));
    spare.generation = generation_of(SPARE);
    mpr_slot_promise(&segment, spare, 0);
    CU_ASSERT_FALSE(mpr_slot_take(&segment, SPARE, is_alive));
    CU_ASSERT_EQUAL(generation_of(SPARE), spare.generation);
    mpr_slot_break_promise(&segment, spare, 0);
    CU_ASSERT_EQUAL(atomic_load(mpr_segment_link(&segment, 0, SPARE)), MPR_LINK_LEFT);
    CU_ASSERT_TRUE(mpr_slot_take(&segment, SPARE, is_alive));
    set_link(0, SPARE, MPR_LINK_HELD); // the holder has heard of it
    mpr_slot_break_promise(&segment, spare, 0);
    CU_ASSERT_FALSE(mpr_slot_take(&segment, SPARE, is_alive));
    mpr_segment_detach(&segment);
}

static void send_one(uint32_t receiver, uint32_t sender)
{
    uint32_t ends[CELLS];
    struct mpr_ring_place place;
    struct mpr_ring_producer producer;
    unsigned char *payload = NULL;

    mpr_ring_place_find(&place, &segment, receiver, sender);
    mpr_ring_producer_open(&producer, &place, ends);
    struct mpr_cell *cell = mpr_ring_reserve(&producer, 100, &payload);
    if (cell == NULL) {
        CU_FAIL_FATAL("an empty ring has no room");
        return;
    }
    cell->flags = MPR_CELL_AREA;
    memset(payload, 1, 100);
    mpr_ring_publish(&producer, cell);
    atomic_store(&place.control->head_position, 1);
}

static bool is_new(uint32_t receiver, uint32_t sender)
{
    struct mpr_ring_place place;
    struct mpr_ring_consumer consumer;

    mpr_ring_place_find(&place, &segment, receiver, sender);
    mpr_ring_consumer_open(&consumer, &place);
    return mpr_ring_front(&consumer) == NULL && !mpr_ring_has_more(&consumer) &&
           atomic_load(&place.control->head_position) == 0 && place.payload[0] == 0;
}

/* What it has shared, and nothing else. */
static void is_wiped(void)
{
    begin();
    send_one(SPARE, 0);
    send_one(0, SPARE);
    send_one(0, 1);
    send_one(OTHER, 0);
    set_link(0, SPARE, MPR_LINK_LEFT);
    set_link(0, OTHER, MPR_LINK_HELD);
    mpr_mail_put(&segment, SPARE, MPR_MAIL_BOXES - 1, 5, &(struct mpr_reply){.text = "old"});
    atomic_store(&mpr_segment_control(&segment, SPARE)->state, MPR_RANK_DEAD);
    CU_ASSERT_TRUE(mpr_slot_take(&segment, SPARE, is_alive));
    CU_ASSERT_TRUE(is_new(SPARE, 0));
    CU_ASSERT_TRUE(is_new(0, SPARE));
    CU_ASSERT_FALSE(is_new(0, 1));
    CU_ASSERT_FALSE(is_new(OTHER, 0));
    CU_ASSERT_EQUAL(
        atomic_load(&mpr_segment_mail(&segment, SPARE, MPR_MAIL_BOXES - 1)->number), 0);
    CU_ASSERT_EQUAL(atomic_load(&mpr_segment_control(&segment, SPARE)->state), MPR_RANK_EMPTY);
    CU_ASSERT_EQUAL(mpr_segment_control(&segment, SPARE)->pipe_read_fd, -1);
    mpr_segment_detach(&segment);
}

/* No two rings or tails are one. */
static void rings_lie_apart(void)
{
    struct mpr_geometry geometry = {.rank_count = 3, .slot_count = 7};
    bool seen[49] = {false};
    bool seen_tails[4096] = {false};

    for (uint32_t receiver = 0; receiver < geometry.slot_count; receiver++) {
        for (uint32_t sender = 0; sender < geometry.slot_count; sender++) {
            uint64_t ring = mpr_layout_ring(&geometry, receiver, sender);
            uint64_t tail = mpr_layout_tail(&geometry, receiver, sender);
            CU_ASSERT_TRUE_FATAL(ring < 49 && tail < sizeof(seen_tails) && tail % 4 == 0);
            CU_ASSERT_FALSE(seen[ring] || seen_tails[tail]);
            CU_ASSERT_TRUE(tail < mpr_layout_tail(&geometry, geometry.slot_count, 0));
            seen[ring] = true;
            seen_tails[tail] = true;
        }
    }
}

UNIT_MAIN("slot", UNIT(is_taken_when_nobody_holds_it), UNIT(stays_with_its_holder),
          UNIT(stays_with_whom_it_is_promised), UNIT(is_wiped), UNIT(rings_lie_apart))
