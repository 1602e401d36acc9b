/* SPDX-License-Identifier: BSD-3-Clause */
/* The lock: threads that wait for each other let each other in, and nobody is counted who is not
 * there any more. */
#include "base/lock.h"

#include <pthread.h>

#include "tests/lib/unit.h"

enum { THREADS = 3, ROUNDS = 2000 };

static int turn; /* whose it is; under the lock */

static void nobody_is_let_in_who_is_not_there(void)
{
    mpr_lock();
    CU_ASSERT_FALSE(mpr_lock_is_wanted());
    CU_ASSERT_FALSE(mpr_lock_pass());
    mpr_lock_call_back();
    CU_ASSERT_FALSE(mpr_lock_is_wanted());
    CU_ASSERT_FALSE(mpr_lock_pass());
    CU_ASSERT_TRUE(mpr_lock_is_held);
    mpr_unlock();
    CU_ASSERT_FALSE(mpr_lock_is_held);
}

/* Waits for its turn without giving up the lock but by passing it on, as a rank does that waits for
 * a message; then it is the next one's. */
static void *take_turns(void *argument)
{
    const int number = *(const int *)argument;

    mpr_lock();
    for (int round = 0; round < ROUNDS; round++) {
        while (turn % THREADS != number) {
            mpr_lock_pass();
        }
        turn++;
        mpr_lock_call_back();
    }
    mpr_unlock();
    return NULL;
}

static void threads_that_wait_for_each_other_take_turns(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    turn = 0;
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, take_turns, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    CU_ASSERT_EQUAL(turn, THREADS * ROUNDS);
    CU_ASSERT_EQUAL(mpr_lock_waiter_count, 0);
    CU_ASSERT_EQUAL(mpr_lock_called_count, 0);
}

UNIT_MAIN("lock", UNIT(nobody_is_let_in_who_is_not_there),
          UNIT(threads_that_wait_for_each_other_take_turns))
