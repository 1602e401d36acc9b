/* SPDX-License-Identifier: BSD-3-Clause */
/* Context ids: unique among the living, late to come back, refused when none is left. */
#include "shm/context.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "tests/lib/unit.h"

static struct mpr_context_table table;

static void reset(void)
{
    memset(&table, 0, sizeof(table));
}

static uint32_t taken(uint32_t users)
{
    uint32_t context = UINT32_MAX;
    CU_ASSERT_EQUAL(mpr_context_take(&table, users, &context), MPR_OK);
    return context;
}

static void ids_leave_room_and_are_not_reserved(void)
{
    reset();
    for (int i = 0; i < 1000; i++) {
        uint32_t context = taken(1);
        CU_ASSERT_EQUAL(context % MPR_CONTEXT_PLANES, 0);
        CU_ASSERT(context != MPR_CONTEXT_WORLD && context != MPR_CONTEXT_SELF);
    }
}

static void a_freed_id_does_not_come_back_soon(void)
{
    reset();
    uint32_t first = taken(1);
    mpr_context_drop(&table, first, 1);
    for (uint32_t i = 0; i < 3 * MPR_CONTEXT_SLOTS; i++) {
        uint32_t context = taken(1);
        if (context == first) {
            CU_FAIL("came back");
            return;
        }
        mpr_context_drop(&table, context, 1);
    }
}

static void an_id_is_free_when_the_last_user_has_dropped_it(void)
{
    reset();
    for (uint32_t i = 2; i < MPR_CONTEXT_SLOTS; i++) {
        taken(3);
    }
    uint32_t context = 777 * MPR_CONTEXT_PLANES, refused;
    mpr_context_drop(&table, context, 1);
    mpr_context_drop(&table, context, 1);
    CU_ASSERT_EQUAL(mpr_context_take(&table, 3, &refused), MPR_ERR_LIMIT);
    mpr_context_drop(&table, context, 1);
    uint32_t again = taken(3);
    CU_ASSERT(again != context &&
              (again - context) % (MPR_CONTEXT_PLANES * MPR_CONTEXT_SLOTS) == 0);
    CU_ASSERT_EQUAL(mpr_context_take(&table, 3, &refused), MPR_ERR_LIMIT);
}

static void positions_wrap(void)
{
    reset();
    uint32_t kept = taken(1);
    atomic_store(&table.position, UINT32_MAX - 1);
    for (int i = 0; i < 8; i++) {
        uint32_t context = taken(1);
        CU_ASSERT(context % MPR_CONTEXT_PLANES == 0 && context != kept &&
                  context != MPR_CONTEXT_WORLD && context != MPR_CONTEXT_SELF);
    }
}

static void the_reserved_ids_are_never_dropped(void)
{
    reset();
    mpr_context_drop(&table, MPR_CONTEXT_WORLD, 1);
    mpr_context_drop(&table, MPR_CONTEXT_SELF, 1);
    CU_ASSERT_EQUAL(atomic_load(&table.users[0]), 0);
    CU_ASSERT_EQUAL(atomic_load(&table.users[1]), 0);
}

/* Several threads take and drop; each marks the slot of every id that it holds. */
enum { THREADS = 4, HELD = 64, ROUNDS = 20000 };

static atomic_int holder[MPR_CONTEXT_SLOTS];
static atomic_int collisions;

static void *take_and_drop(void *argument)
{
    uint32_t held[HELD] = {0};
    (void)argument;
    for (int round = 0; round < ROUNDS + HELD; round++) {
        uint32_t *mine = &held[round % HELD];
        if (*mine != 0) {
            atomic_fetch_sub(&holder[*mine / MPR_CONTEXT_PLANES % MPR_CONTEXT_SLOTS], 1);
            mpr_context_drop(&table, *mine, 1);
            *mine = 0;
        }
        if (round < ROUNDS && mpr_context_take(&table, 1, mine) == MPR_OK &&
            atomic_fetch_add(&holder[*mine / MPR_CONTEXT_PLANES % MPR_CONTEXT_SLOTS], 1) != 0) {
            atomic_fetch_add(&collisions, 1);
        }
    }
    return NULL;
}

static void threads_never_share_an_id(void)
{
    pthread_t threads[THREADS];

    reset();
    // All but 300 slots are taken, so that the threads meet often.
    for (uint32_t i = 2; i < MPR_CONTEXT_SLOTS - 300; i++) {
        atomic_store(&table.users[i], 1);
    }
    for (int i = 0; i < THREADS; i++) {
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, take_and_drop, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CU_ASSERT_EQUAL(atomic_load(&collisions), 0);
    for (uint32_t i = MPR_CONTEXT_SLOTS - 300; i < MPR_CONTEXT_SLOTS; i++) {
        CU_ASSERT_EQUAL(atomic_load(&table.users[i]), 0);
    }
}

UNIT_MAIN("context", UNIT(ids_leave_room_and_are_not_reserved),
          UNIT(a_freed_id_does_not_come_back_soon),
          UNIT(an_id_is_free_when_the_last_user_has_dropped_it), UNIT(positions_wrap),
          UNIT(the_reserved_ids_are_never_dropped), UNIT(threads_never_share_an_id))
