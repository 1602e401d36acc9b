/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool of chunks: shares for eager messages and transfers, order, gaps and reuse. */
#include "shm/chunk.h"

#include "segment_fixture.h"
#include "tests/lib/unit.h"

enum { OWNER = 1, UNITS = 16, UNIT_BYTES = MPR_POOL_UNIT_BYTES };

static struct mpr_segment segment;
static struct mpr_chunk_pool pool;

static void open_pool_of(uint32_t units)
{
    fixture_open_pools(&segment, 2, 8, 4096, units * UNIT_BYTES);
    CU_ASSERT_EQUAL_FATAL(mpr_chunk_pool_open(&pool, &segment, OWNER), 0);
    CU_ASSERT_EQUAL_FATAL(pool.unit_count, units);
}

static void open_pool(void)
{
    open_pool_of(UNITS);
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

/* The chunk of `units` that lies so many units before the end of the pool. */
static uint32_t from_end(uint32_t end, uint32_t units)
{
    return pool.unit_count - end - units;
}

static void release(uint32_t chunk)
{
    mpr_chunk_release(&segment, OWNER, chunk);
}

/* A reader's core fetches lines ahead: they should be of the chunk that it has read before. */
static void gives_each_unit_once_from_the_end_on(void)
{
    open_pool();
    for (uint32_t i = 0; i < UNITS; i++) {
        CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), from_end(i, 1));
    }
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    close_pool();
}

static void counts_in_whole_units(void)
{
    open_pool();
    CU_ASSERT_EQUAL(take(UNIT_BYTES, MPR_CHUNK_TRANSFER), from_end(0, 1));
    CU_ASSERT_EQUAL(take(UNIT_BYTES + 1, MPR_CHUNK_TRANSFER), from_end(1, 2));
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), from_end(3, 1));
    CU_ASSERT_EQUAL(mpr_chunk_bytes_max(&pool), UNITS / 4 * UNIT_BYTES);
    close_pool();
}

static void memory_rests_before_it_is_used_again(void)
{
    open_pool();
    for (uint32_t round = 0; round < 3 * UNITS; round++) {
        uint32_t chunk = take(UNIT_BYTES, MPR_CHUNK_TRANSFER);
        CU_ASSERT_EQUAL(chunk, from_end(round % UNITS, 1));
        release(chunk);
    }
    close_pool();
}

static void goes_around_what_is_still_unread(void)
{
    open_pool();
    for (uint32_t i = 0; i < UNITS; i += 2) {
        CU_ASSERT_EQUAL(take(2 * UNIT_BYTES, MPR_CHUNK_TRANSFER), from_end(i, 2));
    }
    release(from_end(4, 2));
    release(from_end(8, 2));
    release(from_end(10, 2));
    // The first gap that is wide enough.
    CU_ASSERT_EQUAL(take(3 * UNIT_BYTES, MPR_CHUNK_TRANSFER), from_end(8, 3));
    CU_ASSERT_EQUAL(take(2 * UNIT_BYTES, MPR_CHUNK_TRANSFER), from_end(4, 2));
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), from_end(11, 1));
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    close_pool();
}

static void no_chunk_goes_around_the_end(void)
{
    open_pool();
    for (uint32_t i = 0; i < UNITS - 2; i++) {
        release(take(1, MPR_CHUNK_TRANSFER));
    }
    CU_ASSERT_EQUAL(take(3 * UNIT_BYTES, MPR_CHUNK_TRANSFER), from_end(0, 3));
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
    release(from_end(3, 1));
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_EAGER), from_end(3, 1));
    close_pool();
}

static uint32_t take_piece(uint32_t *bytes)
{
    uint32_t chunk = mpr_chunk_take_piece(&pool, bytes, READER);
    CU_ASSERT_TRUE_FATAL(mpr_chunk_pool_is_valid(&pool));
    return chunk;
}

/* One in each gap that would do. */
static void transfers_get_through_between_messages_at_rest(void)
{
    uint32_t bytes = 3 * UNIT_BYTES, chunk;

    open_pool();
    for (uint32_t i = 0; i < UNITS; i++) {
        chunk = take(1, i % 3 == 2 ? MPR_CHUNK_EAGER : MPR_CHUNK_TRANSFER);
        if (i % 3 != 2) {
            release(chunk);
        }
    }
    CU_ASSERT_EQUAL(take(bytes, MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    chunk = take_piece(&bytes);
    CU_ASSERT_EQUAL(bytes, 3 * UNIT_BYTES / 2);
    CU_ASSERT_NOT_EQUAL(chunk, MPR_CHUNK_NONE);
    bytes = 3 * UNIT_BYTES; // what is out now may leave more room when it comes back
    CU_ASSERT_EQUAL(take_piece(&bytes), MPR_CHUNK_NONE);
    CU_ASSERT_EQUAL(bytes, 3 * UNIT_BYTES);
    release(chunk);
    CU_ASSERT_NOT_EQUAL(take_piece(&bytes), MPR_CHUNK_NONE);
    close_pool();
}

/* As much as is left for others, until it has read some. */
static void no_reader_gets_all(void)
{
    enum { OTHER = 0 };
    uint32_t bytes = UNIT_BYTES, chunks[UNITS];

    open_pool();
    for (uint32_t i = 0; i < UNITS / 2; i++) {
        chunks[i] = take_piece(&bytes);
        CU_ASSERT_NOT_EQUAL_FATAL(chunks[i], MPR_CHUNK_NONE);
    }
    CU_ASSERT_EQUAL(take_piece(&bytes), MPR_CHUNK_NONE);
    for (uint32_t i = 0; i < UNITS / 4; i++) {
        CU_ASSERT_NOT_EQUAL(mpr_chunk_take_piece(&pool, &bytes, OTHER), MPR_CHUNK_NONE);
    }
    CU_ASSERT_EQUAL(mpr_chunk_take_piece(&pool, &bytes, OTHER), MPR_CHUNK_NONE);
    release(chunks[0]);
    release(chunks[1]);
    CU_ASSERT_NOT_EQUAL(mpr_chunk_take_piece(&pool, &bytes, OTHER), MPR_CHUNK_NONE);
    CU_ASSERT_EQUAL(bytes, UNIT_BYTES);
    close_pool();
}

enum { LARGE_UNITS = 64, FEW_UNITS = 16, LAPS = 16 };

/* How many units, from the end on, `count` eager messages of one unit touch that are read at once.
 */
static uint32_t touched_by(uint32_t count)
{
    uint32_t most = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t chunk = take(1, MPR_CHUNK_EAGER);
        most = LARGE_UNITS - chunk > most ? LARGE_UNITS - chunk : most;
        release(chunk);
    }
    return most;
}

static void who_sends_little_touches_little(void)
{
    open_pool_of(LARGE_UNITS);
    CU_ASSERT_EQUAL(touched_by(LAPS * FEW_UNITS), FEW_UNITS);
    CU_ASSERT_EQUAL(touched_by(LAPS * 2 * FEW_UNITS), 2 * FEW_UNITS);
    CU_ASSERT_EQUAL(touched_by(LARGE_UNITS), LARGE_UNITS);
    close_pool();
}

static void what_is_full_is_no_limit(void)
{
    open_pool_of(LARGE_UNITS);
    for (uint32_t i = 0; i < LARGE_UNITS / 2; i++) {
        CU_ASSERT_EQUAL(take(1, MPR_CHUNK_EAGER), from_end(i, 1));
    }
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_EAGER), MPR_CHUNK_NONE); // the other half is for transfers
    for (uint32_t i = LARGE_UNITS / 2; i < LARGE_UNITS; i++) {
        CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), from_end(i, 1));
    }
    close_pool();
}

static void takes_back_what_the_dead_have_not_read(void)
{
    open_pool();
    for (uint32_t reader = 0; reader < UNITS / 4; reader++) {
        CU_ASSERT_EQUAL(mpr_chunk_take(&pool, 4 * UNIT_BYTES, MPR_CHUNK_TRANSFER, reader),
                        from_end(4 * reader, 4));
    }
    mpr_chunk_reclaim(&pool, 2);
    mpr_chunk_reclaim(&pool, UNITS / 4); // to whom nothing was given
    CU_ASSERT_EQUAL(take(4 * UNIT_BYTES, MPR_CHUNK_TRANSFER), from_end(8, 4));
    CU_ASSERT_EQUAL(take(1, MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    close_pool();
}

static void use_at_random(uint32_t units)
{
    uint32_t chunks[LARGE_UNITS];
    uint32_t count = 0;
    uint32_t state = 5;
    open_pool_of(units);
    for (int step = 0; step < 200000; step++) {
        state = state * 1664525u + 1013904223u;
        uint32_t choice = state >> 16;
        if (choice % 2 == 0 && count < units) {
            uint32_t chunk = take(1 + choice % (units / 4 * UNIT_BYTES), (choice / 2) % 2);
            if (chunk != MPR_CHUNK_NONE) {
                chunks[count++] = chunk;
            }
        } else if (count > 0) {
            uint32_t index = choice % count;
            release(chunks[index]);
            chunks[index] = chunks[--count];
        }
    }
    close_pool();
}

static void survives_random_use(void)
{
    use_at_random(UNITS);
    use_at_random(LARGE_UNITS);
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

UNIT_MAIN("chunk", UNIT(gives_each_unit_once_from_the_end_on), UNIT(counts_in_whole_units),
          UNIT(memory_rests_before_it_is_used_again), UNIT(goes_around_what_is_still_unread),
          UNIT(no_chunk_goes_around_the_end), UNIT(eager_messages_leave_half_to_transfers),
          UNIT(transfers_get_through_between_messages_at_rest), UNIT(no_reader_gets_all),
          UNIT(who_sends_little_touches_little), UNIT(what_is_full_is_no_limit),
          UNIT(takes_back_what_the_dead_have_not_read), UNIT(survives_random_use),
          UNIT(both_sides_find_the_same_bytes))
