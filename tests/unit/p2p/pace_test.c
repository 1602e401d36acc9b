/* SPDX-License-Identifier: BSD-3-Clause */
/* The measured choice between chunks and cross-memory attach, in a world of made-up speeds. */
#include "p2p/pace.h"
#include "tests/lib/unit.h"

enum { LARGE = 2 << 20, SMALL = 64 << 10 };

struct world {
    uint64_t now_ns, chunk_ns, cma_ns; /* for a megabyte */
};

/* Receives a message by the path that is chosen; returns the path. */
static enum mpr_path receive(struct mpr_pace *pace, struct world *world, uint64_t bytes)
{
    enum mpr_path path = mpr_pace_begin(pace, bytes, world->now_ns);
    uint64_t speed_ns = path == MPR_PATH_CMA ? world->cma_ns : world->chunk_ns;

    world->now_ns += speed_ns * bytes >> 20;
    mpr_pace_end(pace, path, bytes, world->now_ns);
    world->now_ns += 1000000; // computes for a while
    return path;
}

static int count_of(struct mpr_pace *pace, struct world *world, enum mpr_path path, int messages)
{
    int count = 0;
    for (int i = 0; i < messages; i++) {
        count += receive(pace, world, LARGE) == path;
    }
    return count;
}

static void the_quicker_path_is_taken(void)
{
    struct mpr_pace near = {0}, far = {0};
    struct world near_world = {.chunk_ns = 36000, .cma_ns = 85000};
    struct world far_world = {.chunk_ns = 440000, .cma_ns = 85000};

    CU_ASSERT_TRUE(count_of(&near, &near_world, MPR_PATH_CHUNK, 1000) >= 980);
    CU_ASSERT_TRUE(count_of(&far, &far_world, MPR_PATH_CMA, 1000) >= 980);
}

/* Who sends little never touches the memory of chunks. */
static void chunks_are_tried_when_enough_has_been_sent(void)
{
    struct mpr_pace pace = {0};
    struct world world = {.chunk_ns = 36000, .cma_ns = 85000};

    CU_ASSERT_EQUAL(count_of(&pace, &world, MPR_PATH_CMA, 4), 4);
    CU_ASSERT_EQUAL(receive(&pace, &world, LARGE), MPR_PATH_CHUNK);
}

/* Chunks are slow as long as their memory is new. */
static void chunks_are_not_judged_by_their_first_use(void)
{
    enum { POOL_BYTES = 2 << 20 };
    struct mpr_pace pace = {0};
    struct world world = {.chunk_ns = 800000, .cma_ns = 85000};
    int by_chunk = 0;

    while (by_chunk < POOL_BYTES / SMALL) {
        by_chunk += receive(&pace, &world, SMALL) == MPR_PATH_CHUNK;
    }
    world.chunk_ns = 36000;
    for (int i = 0; i < POOL_BYTES / SMALL + 1; i++) {
        receive(&pace, &world, SMALL);
    }
    for (int i = 0; i < 15; i++) {
        CU_ASSERT_EQUAL(receive(&pace, &world, SMALL), MPR_PATH_CHUNK);
    }
}

static void trials_become_rare(void)
{
    struct mpr_pace pace = {0};
    struct world world = {.chunk_ns = 36000, .cma_ns = 85000};

    count_of(&pace, &world, MPR_PATH_CMA, 10000);
    int trials = count_of(&pace, &world, MPR_PATH_CMA, 10000);
    CU_ASSERT_TRUE(trials > 0 && trials <= 40);
}

/* What gets slower is left after a few messages, what gets quicker is found by the next trial. */
static void a_change_of_the_world_is_noticed(void)
{
    struct mpr_pace pace = {0};
    struct world world = {.chunk_ns = 36000, .cma_ns = 85000};

    count_of(&pace, &world, MPR_PATH_CHUNK, 5000);
    world.chunk_ns = 440000;
    CU_ASSERT_TRUE(count_of(&pace, &world, MPR_PATH_CHUNK, 100) <= 10);
    count_of(&pace, &world, MPR_PATH_CMA, 5000);
    world.chunk_ns = 36000;
    count_of(&pace, &world, MPR_PATH_CMA, 300);
    CU_ASSERT_TRUE(count_of(&pace, &world, MPR_PATH_CHUNK, 100) >= 90);
}

static void one_interruption_changes_nothing(void)
{
    struct mpr_pace pace = {0};
    struct world world = {.chunk_ns = 36000, .cma_ns = 85000};

    count_of(&pace, &world, MPR_PATH_CHUNK, 50);
    world.chunk_ns = 1000000000;
    receive(&pace, &world, LARGE);
    world.chunk_ns = 36000;
    CU_ASSERT_TRUE(count_of(&pace, &world, MPR_PATH_CHUNK, 100) >= 90);
}

static void sizes_are_measured_apart(void)
{
    struct mpr_pace pace = {0};
    struct world large = {.chunk_ns = 440000, .cma_ns = 85000};
    struct world small = {.chunk_ns = 50000, .cma_ns = 90000};

    for (int i = 0; i < 250; i++) {
        receive(&pace, &large, LARGE);
        receive(&pace, &small, SMALL);
    }
    CU_ASSERT_EQUAL(pace.classes[2].path, MPR_PATH_CMA);
    CU_ASSERT_EQUAL(pace.classes[0].path, MPR_PATH_CHUNK);
}

/* Messages that are under way together take one path, and count as one
 * transfer of all their bytes. */
static void a_stream_is_measured_as_a_whole(void)
{
    enum { WINDOW = 8 };
    struct mpr_pace pace = {0};
    uint64_t now_ns = 1000;

    for (int round = 0; round < 20; round++) {
        enum mpr_path path = mpr_pace_begin(&pace, LARGE, now_ns);
        for (int i = 1; i < WINDOW; i++) {
            CU_ASSERT_EQUAL(mpr_pace_begin(&pace, LARGE, now_ns), path);
        }
        for (int i = 0; i < WINDOW; i++) {
            now_ns += path == MPR_PATH_CMA ? 100000 : 300000;
            mpr_pace_end(&pace, path, LARGE, now_ns);
        }
    }
    CU_ASSERT_EQUAL(pace.classes[2].path, MPR_PATH_CMA);
    CU_ASSERT_EQUAL(pace.classes[2].cma_ns, 50000 + 1);
    CU_ASSERT_EQUAL(pace.classes[2].chunk_ns, 150000 + 1);
}

/* With another message always under way, a bad choice is not for ever. */
static void an_endless_stream_finds_its_path(void)
{
    struct mpr_pace pace = {0};
    uint64_t now_ns = 1000;
    int by_cma = 0;
    enum mpr_path path = mpr_pace_begin(&pace, LARGE, now_ns);

    for (int i = 0; i < 1000; i++) {
        enum mpr_path next = mpr_pace_begin(&pace, LARGE, now_ns);
        now_ns += path == MPR_PATH_CMA ? 100000 : 300000;
        mpr_pace_end(&pace, path, LARGE, now_ns);
        by_cma += path == MPR_PATH_CMA;
        path = next;
    }
    CU_ASSERT_TRUE(by_cma > 800);
}

static void what_is_dropped_does_not_count(void)
{
    struct mpr_pace pace = {0};

    mpr_pace_begin(&pace, LARGE, 0);
    mpr_pace_drop(&pace);
    CU_ASSERT_EQUAL(pace.open_count, 0);
    CU_ASSERT_EQUAL(pace.classes[2].chunk_bytes + pace.classes[2].cma_bytes, 0);
}

UNIT_MAIN("pace", UNIT(the_quicker_path_is_taken),
          UNIT(chunks_are_tried_when_enough_has_been_sent),
          UNIT(chunks_are_not_judged_by_their_first_use), UNIT(trials_become_rare),
          UNIT(a_change_of_the_world_is_noticed), UNIT(one_interruption_changes_nothing),
          UNIT(sizes_are_measured_apart), UNIT(a_stream_is_measured_as_a_whole),
          UNIT(an_endless_stream_finds_its_path), UNIT(what_is_dropped_does_not_count))
