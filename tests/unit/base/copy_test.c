/* SPDX-License-Identifier: BSD-3-Clause */
/* Copying, from and to any place in a line and in a page. */
#include "base/copy.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "base/tunables.h"
#include "tests/lib/unit.h"

enum { PAGE = 4096, LONGEST = 3 * PAGE, ROOM = LONGEST + 3 * PAGE };

static unsigned char source[ROOM], target[ROOM], expected[ROOM];

/* What lies before and behind must stay. */
static void check(size_t from, size_t to, size_t bytes)
{
    memset(target, 0xa5, ROOM);
    memset(expected, 0xa5, ROOM);
    for (size_t i = 0; i < bytes; i++) {
        expected[to + i] = source[from + i];
    }
    mpr_copy(target + to, source + from, bytes);
    CU_ASSERT_EQUAL(memcmp(target, expected, ROOM), 0);
}

static void check_all(void)
{
    static const size_t lengths[] = {0, 1, 63, MPR_COPY_LONG_BYTES - 1, 2048, 2049, 2111, LONGEST};

    mpr_copy_start();
    for (size_t i = 0; i < ROOM; i++) {
        source[i] = (unsigned char)rand();
    }
    for (size_t place = 0; place <= 2 * MPR_LINE_BYTES; place++) {
        for (size_t i = 0; i < mpr_array_count(lengths); i++) {
            check(place, PAGE, lengths[i]);
            check(PAGE, place, lengths[i]);
        }
    }
    for (int i = 0; i < 2000; i++) {
        check((size_t)rand() % PAGE, (size_t)rand() % PAGE,
              (size_t)MPR_COPY_LONG_BYTES + (size_t)rand() % PAGE);
    }
}

static void check_choice(enum mpr_vector_choice choice)
{
    mpr_tunables.vector = choice;
    check_all();
    mpr_tunables.vector = MPR_VECTOR_AUTO;
}

static void copies_with_the_widest_vectors(void)
{
    check_choice(MPR_VECTOR_AUTO);
}

static void copies_with_vectors_of_32_bytes(void)
{
    check_choice(MPR_VECTOR_AVX2);
}

static void copies_without_vectors(void)
{
    check_choice(MPR_VECTOR_BASE);
    CU_ASSERT(mpr_copy_long == memcpy);
}

UNIT_MAIN("copy", UNIT(copies_with_the_widest_vectors), UNIT(copies_with_vectors_of_32_bytes),
          UNIT(copies_without_vectors))
