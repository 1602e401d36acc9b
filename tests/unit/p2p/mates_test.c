/* SPDX-License-Identifier: BSD-3-Clause */
/* Whom a rank that shares its core waits for, and when it keeps nobody from it. One process plays
 * all ranks, the first one last. */
#include "p2p/mates.h"

#include "p2p/peer.h"
#include "shm/job.h"
#include "tests/lib/unit.h"
#include "tests/unit/shm/segment_fixture.h"

enum { RANKS = 12, CELLS = 8 };

static struct mpr_peer peers[RANKS];
static struct mpr_peer *polled[RANKS];
static uint32_t payload_ends[RANKS][CELLS];
static int cpu;

int __wrap_sched_getcpu(void);

int __wrap_sched_getcpu(void)
{
    return cpu;
}

/* From now on this process is `rank`, on the CPU `where`. */
static void play(int rank, int where)
{
    struct mpr_ring_place place;

    cpu = where;
    mpr_job.slot = rank;
    mpr_job.control = mpr_segment_control(&mpr_job.segment, (uint32_t)rank);
    atomic_store(&mpr_job.control->state, MPR_RANK_ATTACHED);
    mpr_polled = polled;
    mpr_polled_count = 0;
    for (int i = 0; i < RANKS; i++) {
        peers[i] = (struct mpr_peer){.control = mpr_segment_control(&mpr_job.segment, (uint32_t)i)};
        mpr_ring_place_find(&place, &mpr_job.segment, (uint32_t)rank, (uint32_t)i);
        mpr_ring_consumer_open(&peers[i].in, &place);
        if (i != rank) {
            polled[mpr_polled_count++] = &peers[i];
        }
    }
    mpr_mates_tell_cpu();
}

static void play_waiting(int rank, int where, int sender)
{
    play(rank, where);
    mpr_mates_await(&peers[sender]);
}

/* The sender's messages come to the receiver, the first `count`. */
static void come(int receiver, int sender, int count)
{
    struct mpr_ring_producer producer;
    struct mpr_ring_place place;

    mpr_ring_place_find(&place, &mpr_job.segment, (uint32_t)receiver, (uint32_t)sender);
    mpr_ring_producer_open(&producer, &place, payload_ends[sender]);
    for (int i = 0; i < count; i++) {
        producer.head_position = producer.position; // all have been taken before
        mpr_ring_publish(&producer, mpr_ring_reserve(&producer, 0, NULL));
    }
}

static void begin(void)
{
    fixture_open(&mpr_job.segment, RANKS, CELLS, 4096);
}

static void end(void)
{
    mpr_segment_detach(&mpr_job.segment);
    mpr_polled_count = 0;
}

static void who_waits_in_vain_sends_nothing(void)
{
    begin();
    play_waiting(1, 1, 2);
    play_waiting(0, 0, 1);
    CU_ASSERT_FALSE(mpr_mates_may_send(&peers[1]));
    come(1, 2, 1);
    CU_ASSERT_TRUE(mpr_mates_may_send(&peers[1]));
    CU_ASSERT_TRUE(mpr_mates_may_send(&peers[3])); // does not wait
    end();
}

/* What has come stays so, though others have come into its cell since. */
static void what_came_laps_ago_has_come(void)
{
    begin();
    play_waiting(1, 1, 2);
    play_waiting(0, 0, 1);
    for (int count = 1; count <= 3 * CELLS; count++) {
        come(1, 2, count);
        CU_ASSERT_TRUE(mpr_mates_may_send(&peers[1]));
    }
    end();
}

static void nobody_sends_from_the_same_cpu(void)
{
    begin();
    play(1, 0);
    play_waiting(0, 0, 1);
    CU_ASSERT_FALSE(mpr_mates_may_send(&peers[1]));
    play(1, 1); // moved
    play_waiting(0, 0, 1);
    CU_ASSERT_TRUE(mpr_mates_may_send(&peers[1]));
    end();
}

static void mates_are_on_the_same_cpu_and_alive(void)
{
    begin();
    play(1, 0);
    play(2, 1);
    play(0, 0);
    CU_ASSERT_TRUE(mpr_mates_include(peers[0].control));
    CU_ASSERT_TRUE(mpr_mates_include(peers[1].control));
    CU_ASSERT_FALSE(mpr_mates_include(peers[2].control));
    CU_ASSERT_FALSE(mpr_mates_include(peers[3].control)); // has not told yet
    CU_ASSERT_EQUAL(mpr_mates_count(), 2);
    atomic_store(&peers[1].control->state, MPR_RANK_FINALIZED);
    CU_ASSERT_FALSE(mpr_mates_include(peers[1].control));
    CU_ASSERT_EQUAL(mpr_mates_count(), 1);
    end();
}

static void mates_are_idle_until_something_comes(void)
{
    begin();
    play_waiting(2, 0, 1);
    play_waiting(3, 1, 2);
    play_waiting(0, 0, 1);
    CU_ASSERT_TRUE(mpr_mates_are_idle());
    come(3, 2, 1); // who is no mate
    CU_ASSERT_TRUE(mpr_mates_are_idle());
    come(2, 1, 1);
    CU_ASSERT_FALSE(mpr_mates_are_idle());
    end();
}

static void who_does_not_wait_is_busy(void)
{
    begin();
    play(2, 0);
    play_waiting(1, 1, 0);
    play_waiting(0, 0, 1);
    CU_ASSERT_FALSE(mpr_mates_are_idle());
    end();
}

static void who_has_ended_is_no_mate(void)
{
    begin();
    play(2, 0);
    atomic_store(&mpr_job.control->state, MPR_RANK_FINALIZED);
    play_waiting(1, 1, 0);
    play_waiting(0, 0, 1);
    CU_ASSERT_TRUE(mpr_mates_are_idle());
    end();
}

/* One that is told of a new CPU looks for its mates there. */
static void mates_change_with_the_cpu(void)
{
    begin();
    play(2, 0);
    play_waiting(1, 1, 0);
    play_waiting(0, 1, 2);
    CU_ASSERT_TRUE(mpr_mates_are_idle());
    play_waiting(0, 0, 1);
    CU_ASSERT_FALSE(mpr_mates_are_idle());
    end();
}

static void many_mates_are_never_idle(void)
{
    begin();
    for (int rank = 1; rank < RANKS; rank++) {
        play_waiting(rank, 0, 0);
    }
    play_waiting(0, 0, 1);
    CU_ASSERT_FALSE(mpr_mates_are_idle());
    end();
}

/* On as many CPUs as ranks there are few to each; on one there are not. */
static void few_are_so_for_each_cpu(void)
{
    begin();
    play(0, 0);
    CU_ASSERT_TRUE(mpr_mates_are_few());
    mpr_job.segment.header->cpus_usable = 1;
    CU_ASSERT_FALSE(mpr_mates_are_few());
    mpr_polled_count = 8;
    CU_ASSERT_TRUE(mpr_mates_are_few());
    end();
}

UNIT_MAIN("mates", UNIT(few_are_so_for_each_cpu), UNIT(who_waits_in_vain_sends_nothing),
          UNIT(what_came_laps_ago_has_come), UNIT(nobody_sends_from_the_same_cpu),
          UNIT(mates_are_on_the_same_cpu_and_alive), UNIT(mates_are_idle_until_something_comes),
          UNIT(who_does_not_wait_is_busy), UNIT(who_has_ended_is_no_mate),
          UNIT(mates_change_with_the_cpu), UNIT(many_mates_are_never_idle))
