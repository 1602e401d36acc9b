/* SPDX-License-Identifier: BSD-3-Clause */
/* The doorbell: no wake-up is ever lost, whatever the two sides do at the same time. */
#include "shm/doorbell.h"

#include <pthread.h>
#include <sched.h>

#include "segment_fixture.h"
#include "tests/lib/unit.h"

enum { ROUNDS = 100000 };

static struct mpr_segment segment;
static _Atomic uint32_t work;
static _Atomic uint32_t done;

/* Sends one piece of work at a time, so that the owner goes to sleep again and again, and a lost
 * wake-up stops the test for ever. */
static void *changer(void *argument)
{
    struct mpr_rank_control *control = mpr_segment_control(&segment, 1);
    (void)argument;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        atomic_store_explicit(&work, round, memory_order_release);
        mpr_doorbell_ring(control);
        for (uint32_t spins = 0; atomic_load_explicit(&done, memory_order_acquire) != round;
             spins++) {
            if (spins % 64 == 63) {
                sched_yield();
            }
        }
    }
    return NULL;
}

static void ping(uint32_t ranks, uint32_t cpus)
{
    pthread_t thread;
    struct mpr_rank_control *control;
    bool was_armed;
    const struct mpr_segment_config config = {
        .rank_count = ranks, .cpus_usable = cpus, .tunables = &mpr_tunables};

    CU_ASSERT_EQUAL_FATAL(mpr_segment_create(&segment, &config), 0);
    mpr_doorbell_start(&segment);
    control = mpr_segment_control(&segment, 1);
    atomic_store(&work, 0);
    atomic_store(&done, 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, changer, NULL), 0);
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        while (atomic_load_explicit(&work, memory_order_acquire) != round) {
            uint32_t armed = mpr_doorbell_arm(control, &was_armed);
            if (atomic_load_explicit(&work, memory_order_acquire) != round) {
                mpr_doorbell_sleep(control, armed, false);
            }
            mpr_doorbell_disarm(control);
        }
        atomic_store_explicit(&done, round, memory_order_release);
    }
    pthread_join(thread, NULL);
    mpr_segment_detach(&segment);
}

static void loses_nothing_with_membarrier(void)
{
    ping(2, 2);
}

static void loses_nothing_with_fences(void)
{
    ping(2, 1);
}

static void ringing_costs_no_system_call_while_nobody_sleeps(void)
{
    const struct mpr_segment_config config = {
        .rank_count = 2, .cpus_usable = 2, .tunables = &mpr_tunables};
    CU_ASSERT_EQUAL_FATAL(mpr_segment_create(&segment, &config), 0);
    struct mpr_rank_control *control = mpr_segment_control(&segment, 0);
    mpr_doorbell_ring(control);
    CU_ASSERT_EQUAL(atomic_load(&control->doorbell), 0);
    bool was_armed;
    uint32_t armed = mpr_doorbell_arm(control, &was_armed);
    CU_ASSERT_FALSE(was_armed);
    CU_ASSERT_NOT_EQUAL(armed, 0);
    CU_ASSERT_EQUAL(atomic_load(&control->doorbell), armed);
    mpr_doorbell_ring(control);
    CU_ASSERT_EQUAL(atomic_load(&control->doorbell), 0);
    mpr_doorbell_sleep(control, armed, false); // returns at once: it has been rung
    uint32_t another = mpr_doorbell_arm(control, &was_armed);
    CU_ASSERT_FALSE(was_armed);
    CU_ASSERT_NOT_EQUAL(another, armed);
    mpr_doorbell_sleep(control, armed, false); // at once: it was another's that is armed now
    mpr_doorbell_arm(control, &was_armed);
    CU_ASSERT_TRUE(was_armed);
    mpr_segment_detach(&segment);
}

UNIT_MAIN("doorbell", UNIT(ringing_costs_no_system_call_while_nobody_sleeps),
          UNIT(loses_nothing_with_membarrier), UNIT(loses_nothing_with_fences))
