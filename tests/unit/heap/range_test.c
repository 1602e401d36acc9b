/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs of pages: taken, given back, joined, made longer and shorter; at random against a map. */
#include "heap/range.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/unit.h"

enum { PAGES = 1000 };

static struct mpr_run table[PAGES];
static struct mpr_range range;

static void open_range(void)
{
    memset(table, 0, sizeof(table));
    mpr_range_open(&range, table, PAGES);
}

static uint32_t take(uint32_t pages, uint32_t alignment)
{
    bool are_clean;
    uint32_t first = mpr_range_take(&range, pages, alignment, &are_clean);
    CU_ASSERT_TRUE_FATAL(mpr_range_is_valid(&range));
    return first;
}

static struct mpr_freed give(uint32_t first)
{
    struct mpr_freed freed = mpr_range_give(&range, first);
    CU_ASSERT_TRUE_FATAL(mpr_range_is_valid(&range));
    return freed;
}

static void hands_out_all_pages_once(void)
{
    open_range();
    CU_ASSERT_EQUAL(take(1, 1), 0);
    CU_ASSERT_EQUAL(take(PAGES - 2, 1), 1);
    CU_ASSERT_EQUAL(take(2, 1), MPR_RANGE_NONE);
    CU_ASSERT_EQUAL(take(1, 1), PAGES - 1);
    CU_ASSERT_EQUAL(take(1, 1), MPR_RANGE_NONE);
    CU_ASSERT_EQUAL(mpr_range_pages(&range, 1), PAGES - 2);
    CU_ASSERT_EQUAL(mpr_range_pages(&range, 2), 0);
}

static void joins_with_both_neighbours(void)
{
    open_range();
    for (uint32_t i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(take(10, 1), i * 10);
    }
    give(0);
    give(20);
    struct mpr_pages joined = give(10).run;
    CU_ASSERT_EQUAL(joined.first, 0);
    CU_ASSERT_EQUAL(joined.count, 30);
    CU_ASSERT_EQUAL(range.dirty_pages, 30);
    CU_ASSERT_EQUAL(take(30, 1), 0);
}

static void the_same_size_fits_again(void)
{
    open_range();
    uint32_t first = take(513, 1);
    take(1, 1);
    give(first);
    CU_ASSERT_EQUAL(take(513, 1), first);
}

static void aligns_and_wastes_nothing(void)
{
    open_range();
    take(3, 1);
    CU_ASSERT_EQUAL(take(16, 64), 64);
    CU_ASSERT_EQUAL(take(61, 1), 3);
}

static void knows_what_is_clean(void)
{
    bool are_clean;

    open_range();
    uint32_t first = mpr_range_take(&range, 8, 1, &are_clean);
    CU_ASSERT_TRUE(are_clean);
    take(1, 1);
    give(first);
    CU_ASSERT_EQUAL(mpr_range_take(&range, 4, 1, &are_clean), first);
    CU_ASSERT_FALSE(are_clean);
    struct mpr_pages joined = give(first).run;
    mpr_range_set_clean(&range, joined.first);
    CU_ASSERT_TRUE(mpr_range_is_valid(&range));
    CU_ASSERT_EQUAL(range.dirty_pages, 0);
    CU_ASSERT_EQUAL(mpr_range_take(&range, 8, 1, &are_clean), first);
    CU_ASSERT_TRUE(are_clean);
}

static void check_pages(struct mpr_pages pages, uint32_t first, uint32_t count)
{
    CU_ASSERT_EQUAL(pages.first, first);
    CU_ASSERT_EQUAL(pages.count, count);
}

/* A large clean run does not become dirty by a few pages, wherever they lie. */
static void knows_how_much_is_dirty(void)
{
    open_range();
    take(1, 1);
    mpr_range_set_clean(&range, give(take(100, 1)).run.first); // the top falls
    uint32_t first = take(100, 1);
    take(1, 1);
    mpr_range_set_clean(&range, give(first).run.first);

    CU_ASSERT_EQUAL(take(10, 1), first);
    struct mpr_freed freed = give(first);
    check_pages(freed.run, first, 100);
    check_pages(freed.dirty, first, 10);
    CU_ASSERT_EQUAL(range.dirty_pages, 10);

    CU_ASSERT_EQUAL(take(20, 1), first);
    CU_ASSERT_EQUAL(range.dirty_pages, 10); // they may be any of those that are left
    freed = give(first);
    check_pages(freed.dirty, first, 100);
    CU_ASSERT_EQUAL(range.dirty_pages, 30);
}

/* Of two runs that fit as well, the memory of one is there already. */
static void prefers_what_is_dirty(void)
{
    open_range();
    uint32_t dirty = take(8, 1);
    take(1, 1);
    uint32_t clean = take(8, 1);
    take(1, 1);
    give(dirty);
    mpr_range_set_clean(&range, give(clean).run.first);
    CU_ASSERT_EQUAL(take(8, 1), dirty);
    CU_ASSERT_EQUAL(take(8, 1), clean);
}

static void finds_the_longest_dirty_run(void)
{
    static const uint32_t sizes[] = {8, 100, 40, 200};
    uint32_t firsts[4];

    open_range();
    for (size_t i = 0; i < 4; i++) {
        firsts[i] = take(sizes[i], 1);
        take(1, 1);
    }
    check_pages(mpr_range_find_dirty(&range, 1, MPR_RANGE_NONE), MPR_RANGE_NONE, 0);
    for (size_t i = 0; i < 4; i++) {
        give(firsts[i]);
    }
    mpr_range_set_clean(&range, firsts[3]);
    check_pages(mpr_range_find_dirty(&range, 1, MPR_RANGE_NONE), firsts[1], 100);
    check_pages(mpr_range_find_dirty(&range, 40, firsts[1]), firsts[2], 40);
    check_pages(mpr_range_find_dirty(&range, 41, firsts[1]), MPR_RANGE_NONE, 0);
}

static void top_falls_when_its_end_is_clean(void)
{
    open_range();
    take(8, 1);
    uint32_t last = take(8, 1);
    give(last);
    mpr_range_set_clean(&range, last);
    CU_ASSERT_EQUAL(range.top, 8);
    CU_ASSERT_TRUE(mpr_range_is_valid(&range));
}

static void top_falls_by_a_part(void)
{
    open_range();
    take(8, 1);
    give(take(20, 1));
    mpr_range_lower(&range, 8, 13);
    CU_ASSERT_EQUAL(range.top, 13);
    CU_ASSERT_EQUAL(range.dirty_pages, 5);
    CU_ASSERT_TRUE(mpr_range_is_valid(&range));
}

static void grows_and_shrinks_in_place(void)
{
    struct mpr_freed freed;

    open_range();
    uint32_t first = take(10, 1);
    uint32_t second = take(10, 1);
    take(1, 1);
    CU_ASSERT_FALSE(mpr_range_resize(&range, first, 11, &freed));
    give(second);
    CU_ASSERT_TRUE(mpr_range_resize(&range, first, 15, &freed));
    CU_ASSERT_TRUE(mpr_range_resize(&range, first, 20, &freed));
    CU_ASSERT_FALSE(mpr_range_resize(&range, first, 21, &freed));
    CU_ASSERT_TRUE(mpr_range_resize(&range, first, 5, &freed));
    check_pages(freed.run, 5, 15);
    CU_ASSERT_TRUE(mpr_range_is_valid(&range));
    uint32_t last = take(30, 1);
    CU_ASSERT_TRUE(mpr_range_resize(&range, last, 100, &freed)); // into what was never handed out
    CU_ASSERT_FALSE(mpr_range_resize(&range, last, PAGES, &freed));
    CU_ASSERT_EQUAL(mpr_range_pages(&range, last), 100);
    CU_ASSERT_TRUE(mpr_range_is_valid(&range));
}

static void grows_into_its_room(void)
{
    struct mpr_freed freed;

    open_range();
    uint32_t first = take(15, 1);
    take(1, 1);
    mpr_range_spare(&range, first, 5);
    CU_ASSERT_EQUAL(mpr_range_used(&range, first), 10);
    CU_ASSERT_TRUE(mpr_range_resize(&range, first, 12, &freed));
    CU_ASSERT_EQUAL(freed.run.count, 0);
    CU_ASSERT_EQUAL(mpr_range_used(&range, first), 12);
    CU_ASSERT_TRUE(mpr_range_is_valid(&range));
    CU_ASSERT_TRUE(mpr_range_resize(&range, first, 11, &freed)); // and loses the rest of it
    check_pages(freed.run, 11, 4);
    CU_ASSERT_EQUAL(mpr_range_used(&range, first), 11);
    CU_ASSERT_EQUAL(mpr_range_pages(&range, first), 11);
    mpr_range_spare(&range, first, 1);
    give(first);
    CU_ASSERT_TRUE(mpr_range_is_valid(&range));
}

/* Each page belongs to the run that the map says; 0: to none. And whether it is dirty. */
static unsigned char map[PAGES];
static bool is_dirty[PAGES];

static void check_and_mark(uint32_t first, uint32_t pages, unsigned char old, unsigned char new)
{
    for (uint32_t page = first; page < first + pages; page++) {
        CU_ASSERT_EQUAL_FATAL(map[page], old);
        map[page] = new;
    }
}

static void check_clean(uint32_t first, uint32_t end)
{
    for (uint32_t page = first; page < end; page++) {
        CU_ASSERT_FALSE_FATAL(is_dirty[page]);
    }
}

/* What is taken is as clean as it is said to be, and is dirty from then on. */
static uint32_t take_and_use(uint32_t pages, uint32_t alignment)
{
    bool are_clean;
    uint32_t first = mpr_range_take(&range, pages, alignment, &are_clean);

    CU_ASSERT_TRUE_FATAL(mpr_range_is_valid(&range));
    if (first == MPR_RANGE_NONE) {
        return first;
    }
    CU_ASSERT_EQUAL(first % alignment, 0);
    if (are_clean) {
        check_clean(first, first + pages);
    }
    memset(is_dirty + first, true, pages);
    return first;
}

/* What is free and dirty lies where it is said to. Now and then it is cleaned. */
static void give_and_clean(uint32_t first)
{
    struct mpr_freed freed = give(first);
    uint32_t end = freed.run.first + freed.run.count;

    check_clean(freed.run.first, freed.dirty.first);
    check_clean(freed.dirty.first + freed.dirty.count, end);
    if (rand() % 4 == 0) {
        memset(is_dirty + freed.run.first, false, freed.run.count);
        mpr_range_set_clean(&range, freed.run.first);
    }
}

static void survives_random_use(void)
{
    enum { STEPS = 20000, RUNS = 60 };
    uint32_t firsts[RUNS];
    struct mpr_freed freed;

    open_range();
    srand(7);
    memset(firsts, 0xff, sizeof(firsts));
    memset(map, 0, sizeof(map));
    memset(is_dirty, false, sizeof(is_dirty));
    for (int step = 0; step < STEPS; step++) {
        unsigned char id = (unsigned char)(rand() % RUNS + 1);
        uint32_t *first = &firsts[id - 1];
        uint32_t pages = 1 + (uint32_t)rand() % 40;
        if (*first == MPR_RANGE_NONE) {
            *first = take_and_use(pages, 1u << (rand() % 5));
            if (*first != MPR_RANGE_NONE) {
                check_and_mark(*first, pages, 0, id);
            }
            continue;
        }
        uint32_t old = mpr_range_pages(&range, *first);
        if (rand() % 2 == 0) {
            check_and_mark(*first, old, id, 0);
            give_and_clean(*first);
            *first = MPR_RANGE_NONE;
        } else if (mpr_range_resize(&range, *first, pages, &freed)) {
            check_and_mark(*first, old, id, 0);
            check_and_mark(*first, pages, 0, id);
            memset(is_dirty + *first, true, pages);
        }
        CU_ASSERT_TRUE_FATAL(mpr_range_is_valid(&range));
    }
}

UNIT_MAIN("range", UNIT(hands_out_all_pages_once), UNIT(joins_with_both_neighbours),
          UNIT(the_same_size_fits_again), UNIT(aligns_and_wastes_nothing),
          UNIT(knows_what_is_clean), UNIT(knows_how_much_is_dirty),
          UNIT(prefers_what_is_dirty), UNIT(finds_the_longest_dirty_run),
          UNIT(top_falls_when_its_end_is_clean), UNIT(top_falls_by_a_part),
          UNIT(grows_and_shrinks_in_place), UNIT(grows_into_its_room),
          UNIT(survives_random_use))
