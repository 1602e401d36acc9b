/* SPDX-License-Identifier: BSD-3-Clause */
/* Storing into chunks: the same bytes through the cache and past it, and when the way changes. */
#include "p2p/store.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/unit.h"

enum { CHUNK_BYTES = 16384, GAP = 3 };
enum { NEAR_PS = 5000, FAR_PS = 12000, INTERRUPTED_PS = 4000000 };

static _Alignas(64) unsigned char chunk[CHUNK_BYTES];
static unsigned char source[CHUNK_BYTES * GAP];

/* Bytes that lie GAP apart, and such that do not. */
static const struct mpr_type dense = {.size_bytes = 1, .extent = 1, .contiguous = true};
static const struct mpr_block byte = {.bytes = 1, .count = 1};
static struct mpr_type spaced = {.size_bytes = 1, .extent = GAP, .block_count = 1, .blocks = &byte};

static bool arrives(struct mpr_store *store, const struct mpr_type *type, size_t position,
                    size_t bytes)
{
    memset(chunk, 0, sizeof(chunk));
    mpr_store_out(store, type, source, (MPI_Count)position, chunk, bytes);
    for (size_t i = 0; i < sizeof(chunk); i++) {
        const unsigned char wanted = i < bytes ? source[(position + i) * (size_t)type->extent] : 0;
        if (chunk[i] != wanted) {
            return false;
        }
    }
    return true;
}

static void all_bytes_arrive_in_either_way(void)
{
    static const size_t lengths[] = {0, 1, 63, 64, 65, 2047, 2048, 2049, 4096, 7777, 12345};
    const struct mpr_type *const types[] = {&dense, &spaced};

    mpr_type_set_items(&spaced);
    for (size_t i = 0; i < sizeof(source); i++) {
        source[i] = (unsigned char)(1 + rand() % 255);
    }
    for (int i = 0; i < 400; i++) { // samples are among them
        struct mpr_store store = {.line_ps = i % 2 == 0 ? FAR_PS : NEAR_PS,
                                  .until_sample = (uint8_t)(i / 2 % 3)};
        const size_t bytes = lengths[(size_t)i % (sizeof(lengths) / sizeof(lengths[0]))];
        CU_ASSERT_TRUE_FATAL(arrives(&store, types[i / 2 % 2], (size_t)(i * 7), bytes));
    }
}

static void learn(struct mpr_store *store, uint64_t line_ps, int times)
{
    for (int i = 0; i < times; i++) {
        mpr_store_learn(store, line_ps);
    }
}

static void one_sample_may_be_chance(void)
{
    struct mpr_store store = {0};

    learn(&store, NEAR_PS, 20);
    learn(&store, INTERRUPTED_PS, 1);
    CU_ASSERT_FALSE(mpr_store_is_past(&store));
    CU_ASSERT_EQUAL(store.until_sample, 1); // the next call says whether it was chance
    learn(&store, NEAR_PS, 1);
    CU_ASSERT_FALSE(mpr_store_is_past(&store));
    CU_ASSERT_TRUE(store.until_sample > 1);
}

/* A reader at the writer's heels makes some samples long, of which many come in a row. */
static void some_long_samples_are_not_far(void)
{
    struct mpr_store store = {0};

    for (int i = 0; i < 1000; i++) {
        learn(&store, i % 4 < 3 ? NEAR_PS : 10000, 1);
        CU_ASSERT_FALSE_FATAL(mpr_store_is_past(&store));
    }
}

static void the_way_changes_and_changes_back(void)
{
    struct mpr_store store = {0};

    learn(&store, FAR_PS, 5);
    CU_ASSERT_TRUE(mpr_store_is_past(&store));
    learn(&store, FAR_PS, 20);
    learn(&store, NEAR_PS, 1);
    CU_ASSERT_TRUE(mpr_store_is_past(&store));
    learn(&store, NEAR_PS, 4);
    CU_ASSERT_FALSE(mpr_store_is_past(&store));
}

/* Whoever sends nothing that is worth a sample otherwise. */
static void short_data_does_not_go_past_for_ever(void)
{
    enum { SHORT_BYTES = 600, CALLS = 100 };
    struct mpr_store far = {.line_ps = FAR_PS}, near = {.line_ps = NEAR_PS};

    for (int i = 0; i < CALLS; i++) {
        mpr_store_out(&far, &dense, source, 0, chunk, SHORT_BYTES);
        mpr_store_out(&near, &dense, source, 0, chunk, SHORT_BYTES);
    }
    CU_ASSERT_NOT_EQUAL(far.line_ps, FAR_PS);
    CU_ASSERT_EQUAL(near.line_ps, NEAR_PS);
}

UNIT_MAIN("store", UNIT(all_bytes_arrive_in_either_way), UNIT(one_sample_may_be_chance),
          UNIT(some_long_samples_are_not_far), UNIT(the_way_changes_and_changes_back),
          UNIT(short_data_does_not_go_past_for_ever))
