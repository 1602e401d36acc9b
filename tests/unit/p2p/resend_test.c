/* SPDX-License-Identifier: BSD-3-Clause */
/* What is sent again is the same or not, each buffer by itself. */
#include "p2p/resend.h"

#include "tests/lib/unit.h"

enum { WORDS = 1000 };

static uint64_t data[2][WORDS];

static bool is_same(int buffer)
{
    return mpr_resend_is_same(data[buffer], sizeof(data[buffer]));
}

static void what_is_not_known_is_not_the_same(void)
{
    CU_ASSERT_FALSE(is_same(0));
    CU_ASSERT_TRUE(is_same(0));
    CU_ASSERT_FALSE(is_same(1));
    CU_ASSERT_TRUE(is_same(1));
    CU_ASSERT_TRUE(is_same(0));
}

static void a_change_shows_once(void)
{
    CU_ASSERT_FALSE(mpr_resend_is_same(data[0], WORDS));
    CU_ASSERT_TRUE(mpr_resend_is_same(data[0], WORDS));
    for (int i = 0; i < WORDS; i++) {
        data[0][i]++;
    }
    CU_ASSERT_FALSE(mpr_resend_is_same(data[0], WORDS));
    CU_ASSERT_TRUE(mpr_resend_is_same(data[0], WORDS));
}

/* The ends belong to the samples, and nothing beyond them does. */
static void the_ends_are_seen(void)
{
    const uint64_t bytes = 99 * sizeof(uint64_t);
    static uint64_t row[101];

    mpr_resend_is_same(&row[1], bytes);
    row[1] = 1;
    CU_ASSERT_FALSE(mpr_resend_is_same(&row[1], bytes));
    row[99] = 1;
    CU_ASSERT_FALSE(mpr_resend_is_same(&row[1], bytes));
    row[0] = row[100] = 1;
    CU_ASSERT_TRUE(mpr_resend_is_same(&row[1], bytes));
}

static void another_length_is_another_message(void)
{
    mpr_resend_is_same(data[1], 800);
    CU_ASSERT_FALSE(mpr_resend_is_same(data[1], 8));
    CU_ASSERT_TRUE(mpr_resend_is_same(data[1], 8));
}

/* What is received in place of what was sent, and only that, is no longer the same. */
static void what_is_received_is_forgotten(void)
{
    is_same(0);
    is_same(1);
    mpr_resend_forget(data[0], sizeof(data[0]));
    CU_ASSERT_TRUE(is_same(1));
    CU_ASSERT_FALSE(is_same(0));
    CU_ASSERT_TRUE(is_same(0));
    mpr_resend_forget(data[0] + 1, sizeof(data[0]) - sizeof(uint64_t));
    CU_ASSERT_TRUE(is_same(0));
}

UNIT_MAIN("resend", UNIT(what_is_not_known_is_not_the_same), UNIT(a_change_shows_once),
          UNIT(the_ends_are_seen), UNIT(another_length_is_another_message),
          UNIT(what_is_received_is_forgotten))
