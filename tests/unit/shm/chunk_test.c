/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool of chunks: shares for eager messages and transfers, and reuse. */
#include "shm/chunk.h"

#include "segment_fixture.h"
#include "tests/lib/unit.h"

enum { OWNER = 1, COUNT = 6 };

static struct mpr_segment segment;
static struct mpr_chunk_pool pool;

static void open_pool(void)
{
    fixture_open(&segment, 2, 8, 4096);
    CU_ASSERT_EQUAL_FATAL(mpr_chunk_pool_open(&pool, &segment, OWNER), 0);
}

static void close_pool(void)
{
    mpr_chunk_pool_close(&pool);
    mpr_segment_detach(&segment);
}

static uint32_t take_and_send(enum mpr_chunk_use use)
{
    uint32_t chunk = mpr_chunk_take(&pool, use);
    if (chunk != MPR_CHUNK_NONE) {
        mpr_chunk_mark_busy(&pool, chunk);
    }
    return chunk;
}

static void gives_each_chunk_once(void)
{
    unsigned seen = 0;
    open_pool();
    for (int i = 0; i < COUNT; i++) {
        uint32_t chunk = take_and_send(MPR_CHUNK_TRANSFER);
        CU_ASSERT_TRUE_FATAL(chunk < COUNT);
        CU_ASSERT_EQUAL(seen & (1u << chunk), 0);
        seen |= 1u << chunk;
    }
    CU_ASSERT_EQUAL(take_and_send(MPR_CHUNK_TRANSFER), MPR_CHUNK_NONE);
    close_pool();
}

static void eager_messages_leave_half_to_transfers(void)
{
    open_pool();
    for (int i = 0; i < COUNT / 2; i++) {
        uint32_t chunk = take_and_send(MPR_CHUNK_EAGER);
        CU_ASSERT_TRUE_FATAL(chunk < COUNT);
        mpr_chunk_give(&pool, chunk); // unread, for ever
    }
    CU_ASSERT_EQUAL(take_and_send(MPR_CHUNK_EAGER), MPR_CHUNK_NONE);
    for (int i = 0; i < COUNT / 2; i++) {
        CU_ASSERT_TRUE(take_and_send(MPR_CHUNK_TRANSFER) < COUNT);
    }
    close_pool();
}

static void a_chunk_comes_back_when_it_is_read_and_given(void)
{
    open_pool();
    uint32_t chunk = take_and_send(MPR_CHUNK_EAGER);
    CU_ASSERT_TRUE(mpr_chunk_is_busy(&pool, chunk));
    mpr_chunk_give(&pool, chunk);
    CU_ASSERT_NOT_EQUAL(mpr_chunk_take(&pool, MPR_CHUNK_TRANSFER), chunk); // still unread
    mpr_chunk_release(&segment, OWNER, chunk);
    CU_ASSERT_FALSE(mpr_chunk_is_busy(&pool, chunk));
    CU_ASSERT_EQUAL(mpr_chunk_take(&pool, MPR_CHUNK_TRANSFER), chunk); // the warm one first
    close_pool();
}

static void both_sides_find_the_same_bytes(void)
{
    open_pool();
    for (uint32_t chunk = 0; chunk < COUNT; chunk++) {
        CU_ASSERT_PTR_EQUAL(mpr_chunk_find(&segment, OWNER, chunk), mpr_chunk_bytes(&pool, chunk));
    }
    CU_ASSERT_NOT_EQUAL(mpr_chunk_find(&segment, 0, 0), mpr_chunk_find(&segment, OWNER, 0));
    close_pool();
}

UNIT_MAIN("chunk", UNIT(gives_each_chunk_once), UNIT(eager_messages_leave_half_to_transfers),
          UNIT(a_chunk_comes_back_when_it_is_read_and_given), UNIT(both_sides_find_the_same_bytes))
