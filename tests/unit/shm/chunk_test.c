/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool of chunks: shares for eager messages and transfers, order, gaps and reuse. */
#include "shm/chunk.h"

#include "segment_fixture.h"
#include "tests/lib/unit.h"

enum { OWNER = 1, UNITS = 16, UNIT_BYTES = MPR_POOL_UNIT_BYTES };

static struct mpr_segment segment;
static struct mpr_chunk_pool pool;

static void open_pool(void)
{
    fixture_open(&segment, 2, 8, 4096);
    CU_ASSERT_EQUAL_FATAL(mpr_chunk_pool_open(&pool, &segment, OWNER), 0);
    CU_ASSERT_EQUAL_FATAL(pool.unit_count, UNITS);
}

static void close_pool(void)
{
    CU_ASSERT_TRUE(mpr_chunk_pool_is_valid(&pool));
    mpr_chunk_pool_close(&pool);
    mpr_segment_detach(&segment);
}

enum { READER = 1 };

static uint32_t take(uint32_t bytes, enum mpr_chunk_use use)
{
    uint32_t chunk = mpr_chunk_take(&pool, bytes, use, READER);
    CU_ASSERT_TRUE_FATAL(mpr_chunk_pool_is_valid(&pool));
    return chunk;
}

static void gives_each_unit_once(void)
{
    open_pool();
    for (uint32_t i = 0; i < UNITS; i++) {
        CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), i);
    }
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    close_pool();
}

static void counts_in_whole_units(void)
{
    open_pool();
    CU_ASSERT_EQUAL(take(UNIT_BYTES, MPR_CHUNK_TRANSFER), 0);
    CU_ASSERT_EQUAL(take(UNIT_BYTES + 1, MPR_CHUNK_TRANSFER), 1);
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), 3);
    CU_ASSERT_EQUAL(mpr_chunk_bytes_max(&pool), UNITS / 4 * UNIT_BYTES);
    close_pool();
}

static void memory_rests_before_it_is_used_again(void)
{
    open_pool();
    for (uint32_t round = 0; round < 3 * UNITS; round++) {
        CU_ASSERT_EQUAL(take(UNIT_BYTES, MPR_CHUNK_TRANSFER), round % UNITS);
        mpr_chunk_release(&segment, OWNER, round % UNITS);
    }
    close_pool();
}

static void goes_around_what_is_still_unread(void)
{
    open_pool();
    for (uint32_t i = 0; i < UNITS; i += 2) {
        CU_ASSERT_EQUAL(take(2 * UNIT_BYTES, MPR_CHUNK_TRANSFER), i);
    }
    mpr_chunk_release(&segment, OWNER, 4);
    mpr_chunk_release(&segment, OWNER, 8);
    mpr_chunk_release(&segment, OWNER, 10);
    CU_ASSERT_EQUAL(take(3 * UNIT_BYTES, MPR_CHUNK_TRANSFER),
                    8); // the first gap that is wide enough
    CU_ASSERT_EQUAL(take(2 * UNIT_BYTES, MPR_CHUNK_TRANSFER), 4);
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), 11);
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    close_pool();
}

static void no_chunk_goes_around_the_end(void)
{
    open_pool();
    for (uint32_t i = 0; i < UNITS - 2; i++) {
        mpr_chunk_release(&segment, OWNER, take(1, MPR_CHUNK_TRANSFER));
    }
    CU_ASSERT_EQUAL(take(3 * UNIT_BYTES, MPR_CHUNK_TRANSFER), 0);
    close_pool();
}

static void eager_messages_leave_half_to_transfers(void)
{
    open_pool();
    for (int i = 0; i < UNITS / 2; i++) {
        CU_ASSERT_TRUE_FATAL(take(1, MPR_CHUNK_EAGER) < UNITS);
    }
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_EAGER), MPR_CHUNK_NONE);
    for (int i = 0; i < UNITS / 2; i++) {
        CU_ASSERT_TRUE(take(1, MPR_CHUNK_TRANSFER) < UNITS);
    }
    mpr_chunk_release(&segment, OWNER, 3);
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_EAGER), 3);
    close_pool();
}

static void takes_back_what_the_dead_have_not_read(void)
{
    open_pool();
    for (uint32_t reader = 0; reader < UNITS / 2; reader++) {
        CU_ASSERT_EQUAL(mpr_chunk_take(&pool, 2 * UNIT_BYTES, MPR_CHUNK_TRANSFER, reader),
                        2 * reader);
    }
    mpr_chunk_reclaim(&pool, 2);
    mpr_chunk_reclaim(&pool, UNITS); // to whom nothing was given
    CU_ASSERT_EQUAL(take(2 * UNIT_BYTES, MPR_CHUNK_TRANSFER), 4);
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    close_pool();
}

static void survives_random_use(void)
{
    uint32_t chunks[UNITS];
    uint32_t count = 0;
    uint32_t state = 5;
    open_pool();
    for (int step = 0; step < 200000; step++) {
        state = state * 1664525u + 1013904223u;
        uint32_t choice = state >> 16;
        if (choice % 2 == 0 && count < UNITS) {
            uint32_t chunk = take(1 + choice % (UNITS / 4 * UNIT_BYTES), (choice / 2) % 2);
            if (chunk != MPR_CHUNK_NONE) {
                chunks[count++] = chunk;
            }
        } else if (count > 0) {
            uint32_t index = choice % count;
            mpr_chunk_release(&segment, OWNER, chunks[index]);
            chunks[index] = chunks[--count];
        }
    }
    close_pool();
}

static void both_sides_find_the_same_bytes(void)
{
    open_pool();
    for (uint32_t chunk = 0; chunk < UNITS; chunk++) {
        CU_ASSERT_PTR_EQUAL(mpr_chunk_find(&segment, OWNER, chunk),
                            mpr_chunk_address(&pool, chunk));
    }
    CU_ASSERT_NOT_EQUAL(mpr_chunk_find(&segment, 0, 0), mpr_chunk_find(&segment, OWNER, 0));
    close_pool();
}

UNIT_MAIN("chunk", UNIT(gives_each_unit_once), UNIT(counts_in_whole_units),
          UNIT(memory_rests_before_it_is_used_again), UNIT(goes_around_what_is_still_unread),
          UNIT(no_chunk_goes_around_the_end), UNIT(eager_messages_leave_half_to_transfers),
          UNIT(takes_back_what_the_dead_have_not_read), UNIT(survives_random_use),
          UNIT(both_sides_find_the_same_bytes))
