/* SPDX-License-Identifier: BSD-3-Clause */
/* How long a sender gives copies to a receiver that has come late. */
#include "p2p/patience.h"

#include "tests/lib/unit.h"

static struct mpr_patience patience;

/* How many messages are copies, before the next one that is waited for. */
static uint32_t copies(void)
{
    uint32_t count = 0;

    while (mpr_patience_takes_copy(&patience)) {
        count++;
    }
    return count;
}

static void waits_for_those_in_time(void)
{
    patience = (struct mpr_patience){0};
    for (int i = 0; i < 1000; i++) {
        CU_ASSERT_FALSE(mpr_patience_takes_copy(&patience));
    }
    CU_ASSERT_FALSE(mpr_patience_is_lost(&patience));
}

static void copies_more_each_time_in_vain(void)
{
    uint32_t expected = MPR_PATIENCE_COPIES;

    patience = (struct mpr_patience){0};
    CU_ASSERT_FALSE(mpr_patience_takes_copy(&patience));
    for (int turn = 0; turn < 10; turn++) {
        mpr_patience_lose(&patience);
        CU_ASSERT(mpr_patience_is_lost(&patience));
        CU_ASSERT_EQUAL(copies(), expected);
        expected = expected < MPR_PATIENCE_COPIES_MAX ? 2 * expected + 1 : expected;
    }
    CU_ASSERT_EQUAL(expected, MPR_PATIENCE_COPIES_MAX);
}

static void begins_anew_after_one_in_time(void)
{
    patience = (struct mpr_patience){0};
    for (int turn = 0; turn < 5; turn++) {
        CU_ASSERT_EQUAL(copies(), turn == 0 ? 0 : MPR_PATIENCE_COPIES);
        CU_ASSERT_EQUAL(copies(), 0); // the first one came in time
        mpr_patience_lose(&patience);
    }
}

UNIT_MAIN("patience", UNIT(waits_for_those_in_time), UNIT(copies_more_each_time_in_vain),
          UNIT(begins_anew_after_one_in_time))
