/* SPDX-License-Identifier: BSD-3-Clause */
/* The set of addresses against an array of flags. */
#include "base/address_set.h"

#include <stdlib.h>

#include "tests/lib/unit.h"

enum { UNIVERSE = 3000, ROUNDS = 400000 };

static void adds_and_removes_as_a_set_does(void)
{
    static bool is_in[UNIVERSE];
    struct mpr_address_set set = {0};
    size_t count = 0;

    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        // Mostly adding, then mostly removing, and so on, over addresses a line apart.
        int i = rand() % UNIVERSE;
        uintptr_t address = 0x10000 + (uintptr_t)i * 64;
        bool adds = rand() % 4 < (round / 20000 % 2 == 0 ? 3 : 1);
        if (adds && !is_in[i]) {
            CU_ASSERT_EQUAL(mpr_address_set_add(&set, address), 0);
            is_in[i] = true;
            count++;
        } else if (!adds) {
            CU_ASSERT_EQUAL(mpr_address_set_remove(&set, address), is_in[i]);
            count -= is_in[i];
            is_in[i] = false;
        }
        CU_ASSERT_EQUAL(set.count, count);
    }
    for (int i = 0; i < UNIVERSE; i++) {
        CU_ASSERT_EQUAL(mpr_address_set_remove(&set, 0x10000 + (uintptr_t)i * 64), is_in[i]);
    }
    CU_ASSERT_EQUAL(set.count, 0);
    for (size_t i = 0; i < set.slot_count; i++) {
        CU_ASSERT_EQUAL(set.slots[i], 0);
    }
    free(set.slots);
}

static void the_empty_set_has_nothing(void)
{
    struct mpr_address_set set = {0};
    CU_ASSERT_FALSE(mpr_address_set_remove(&set, 64));
    CU_ASSERT_FALSE(mpr_address_set_remove(&set, 0));
    CU_ASSERT_EQUAL(mpr_address_set_add(&set, 64), 0);
    CU_ASSERT_FALSE(mpr_address_set_remove(&set, 0));
    CU_ASSERT_FALSE(mpr_address_set_remove(&set, 65));
    CU_ASSERT(mpr_address_set_remove(&set, 64));
    free(set.slots);
}

static void use_does_not_make_it_grow(void)
{
    struct mpr_address_set set = {0};
    for (uintptr_t i = 1; i < 100000; i++) {
        CU_ASSERT_EQUAL(mpr_address_set_add(&set, i * 64), 0);
        CU_ASSERT(mpr_address_set_remove(&set, i * 64));
    }
    CU_ASSERT_EQUAL(set.slot_count, 64);
    free(set.slots);
}

UNIT_MAIN("address_set", UNIT(adds_and_removes_as_a_set_does), UNIT(the_empty_set_has_nothing),
          UNIT(use_does_not_make_it_grow))
