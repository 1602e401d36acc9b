/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs of pages.
 *
 * Between calls no two free runs touch, and all entries are 0 but those at the ends of runs: a
 * run's first entry says how long it is, and a free run's last entry as well, so that the run
 * behind it finds its beginning. */
#include "heap/range.h"

#include <string.h>

/* Below this many pages each size has a list of its own; above, four lists to a power of two. */
enum { SMALL_PAGES = 8, SMALL_BITS = 3, STEP_BITS = 2 };

/* How many runs of a list are looked at, of which some may fit and some not, and some be clean. */
enum { LOOKS_MAX = 16 };

static uint32_t list_of(uint32_t pages)
{
    if (pages < SMALL_PAGES) {
        return pages;
    }
    uint32_t power = 31 - (uint32_t)__builtin_clz(pages);
    uint32_t step = (pages >> (power - STEP_BITS)) & ((1u << STEP_BITS) - 1);
    return SMALL_PAGES + ((power - SMALL_BITS) << STEP_BITS) + step;
}

void mpr_range_open(struct mpr_range *range, struct mpr_run *table, uint32_t page_count)
{
    *range = (struct mpr_range){.runs = table, .page_count = page_count};
    memset(range->lists, 0xff, sizeof(range->lists)); // MPR_RANGE_NONE
}

static uint32_t smaller(uint32_t left, uint32_t right)
{
    return left < right ? left : right;
}

/* Makes [first, first + pages) a free run, of which at most `dirty_pages` are dirty; its neighbours
 * are not free. */
static void insert(struct mpr_range *range, uint32_t first, uint32_t pages, uint32_t dirty_pages)
{
    uint32_t list = list_of(pages);
    uint32_t next = range->lists[list];
    struct mpr_run *run = &range->runs[first];

    run->pages = pages;
    run->is_free = 1;
    run->dirty_pages = smaller(dirty_pages, pages);
    run->next = next;
    run->previous = MPR_RANGE_NONE;
    range->runs[first + pages - 1].end_pages = pages;
    if (next != MPR_RANGE_NONE) {
        range->runs[next].previous = first;
    }
    range->lists[list] = first;
    range->filled[list / 64] |= UINT64_C(1) << (list % 64);
    range->dirty_pages += run->dirty_pages;
}

/* Takes a free run out of its list; its entries are 0 then. */
static struct mpr_run remove_run(struct mpr_range *range, uint32_t first)
{
    struct mpr_run run = range->runs[first];
    uint32_t list = list_of(run.pages);

    if (run.next != MPR_RANGE_NONE) {
        range->runs[run.next].previous = run.previous;
    }
    if (run.previous != MPR_RANGE_NONE) {
        range->runs[run.previous].next = run.next;
    } else {
        range->lists[list] = run.next;
        if (run.next == MPR_RANGE_NONE) {
            range->filled[list / 64] &= ~(UINT64_C(1) << (list % 64));
        }
    }
    range->dirty_pages -= run.dirty_pages;
    range->runs[first + run.pages - 1].end_pages = 0;
    range->runs[first] = (struct mpr_run){0};
    return run;
}

/* The first list from `list` on that has a run, or MPR_RANGE_LISTS. */
static uint32_t filled_list(const struct mpr_range *range, uint32_t list)
{
    for (; list < MPR_RANGE_LISTS; list = (list / 64 + 1) * 64) {
        uint64_t filled = range->filled[list / 64] >> (list % 64);
        if (filled != 0) {
            return list + (uint32_t)__builtin_ctzll(filled);
        }
    }
    return MPR_RANGE_LISTS;
}

/* A run in a list that has at least so many pages, or MPR_RANGE_NONE. Rather a dirty one, whose
 * memory is there already: that of a clean one has to be made. */
static uint32_t find_in(const struct mpr_range *range, uint32_t list, uint32_t pages)
{
    uint32_t run = range->lists[list];
    uint32_t found = MPR_RANGE_NONE;

    for (int looks = 0; run != MPR_RANGE_NONE && looks < LOOKS_MAX; looks++) {
        bool fits = range->runs[run].pages >= pages;
        if (fits && range->runs[run].dirty_pages > 0) {
            return run;
        }
        found = fits && found == MPR_RANGE_NONE ? run : found;
        run = range->runs[run].next;
    }
    return found;
}

/* A free run of at least so many pages, or MPR_RANGE_NONE. */
static uint32_t find(const struct mpr_range *range, uint32_t pages)
{
    uint32_t list = list_of(pages);
    uint32_t run = find_in(range, list, pages);

    if (run != MPR_RANGE_NONE) {
        return run;
    }
    list = filled_list(range, list + 1);
    return list < MPR_RANGE_LISTS ? find_in(range, list, pages) : MPR_RANGE_NONE;
}

/* A free run of at least so many pages at the end of what was ever handed out, which grows. */
static uint32_t extend(struct mpr_range *range, uint32_t pages)
{
    uint32_t kept = range->top > 0 ? range->runs[range->top - 1].end_pages : 0;
    uint32_t first = range->top - kept;
    uint32_t dirty_pages = 0;

    if (pages > range->page_count - first) {
        return MPR_RANGE_NONE;
    }
    if (kept > 0) {
        dirty_pages = remove_run(range, first).dirty_pages;
    }
    range->top = first + pages;
    insert(range, first, pages, dirty_pages);
    return first;
}

uint32_t mpr_range_take(struct mpr_range *range, uint32_t pages, uint32_t alignment,
                        bool *are_clean)
{
    uint64_t wanted = (uint64_t)pages + alignment - 1;

    if (wanted > range->page_count) {
        return MPR_RANGE_NONE;
    }
    uint32_t first = find(range, (uint32_t)wanted);
    if (first == MPR_RANGE_NONE) {
        first = extend(range, (uint32_t)wanted);
    }
    if (first == MPR_RANGE_NONE) {
        return MPR_RANGE_NONE;
    }
    struct mpr_run run = remove_run(range, first);
    uint32_t begin = (first + alignment - 1) & ~(alignment - 1);
    uint32_t end = first + run.pages;
    if (begin > first) {
        insert(range, first, begin - first, run.dirty_pages);
    }
    if (begin + pages < end) {
        insert(range, begin + pages, end - begin - pages, run.dirty_pages);
    }
    range->runs[begin].pages = pages;
    *are_clean = run.dirty_pages == 0;
    return begin;
}

uint32_t mpr_range_pages(const struct mpr_range *range, uint32_t first)
{
    const struct mpr_run *run = &range->runs[first];
    return first < range->top && !run->is_free ? run->pages : 0;
}

uint32_t mpr_range_used(const struct mpr_range *range, uint32_t first)
{
    return mpr_range_pages(range, first) - range->runs[first].spare_pages;
}

void mpr_range_spare(struct mpr_range *range, uint32_t first, uint32_t spare_pages)
{
    range->runs[first].spare_pages = spare_pages;
}

/* Makes pages free that belong to no run now, and joins them with their neighbours. */
static struct mpr_freed join(struct mpr_range *range, uint32_t first, uint32_t pages)
{
    uint32_t end = first + pages, dirty_pages = pages;
    uint32_t dirty_first = first, dirty_end = end;

    if (end < range->top && range->runs[end].is_free) {
        struct mpr_run next = remove_run(range, end);
        end += next.pages;
        dirty_pages += next.dirty_pages;
        dirty_end = next.dirty_pages > 0 ? end : dirty_end;
    }
    if (first > 0 && range->runs[first - 1].end_pages > 0) {
        first -= range->runs[first - 1].end_pages;
        uint32_t before = remove_run(range, first).dirty_pages;
        dirty_pages += before;
        dirty_first = before > 0 ? first : dirty_first;
    }
    insert(range, first, end - first, dirty_pages);
    return (struct mpr_freed){.run = {first, end - first},
                              .dirty = {dirty_first, dirty_end - dirty_first}};
}

struct mpr_freed mpr_range_give(struct mpr_range *range, uint32_t first)
{
    uint32_t pages = range->runs[first].pages;

    range->runs[first].pages = 0;
    range->runs[first].spare_pages = 0;
    return join(range, first, pages);
}

static bool grow(struct mpr_range *range, uint32_t first, uint32_t pages)
{
    uint32_t end = first + range->runs[first].pages;
    uint32_t missing = pages - range->runs[first].pages;
    bool has_next = end < range->top && range->runs[end].is_free;
    uint32_t available = has_next ? range->runs[end].pages : 0;

    if (available < missing) {
        if (end + available != range->top || extend(range, missing) != end) {
            return false;
        }
    }
    struct mpr_run run = remove_run(range, end);
    if (run.pages > missing) {
        insert(range, end + missing, run.pages - missing, run.dirty_pages);
    }
    range->runs[first].pages = pages;
    return true;
}

bool mpr_range_resize(struct mpr_range *range, uint32_t first, uint32_t pages,
                      struct mpr_freed *freed)
{
    struct mpr_run *run = &range->runs[first];
    uint32_t old = run->pages;
    uint32_t used = old - run->spare_pages;

    *freed = (struct mpr_freed){.run = {first, 0}, .dirty = {first, 0}};
    if (pages > old && !grow(range, first, pages)) {
        return false;
    }
    run->spare_pages = pages >= used && pages < old ? old - pages : 0;
    if (pages < used) {
        run->pages = pages;
        *freed = join(range, first + pages, old - pages);
    }
    return true;
}

struct mpr_pages mpr_range_find_dirty(const struct mpr_range *range, uint32_t dirty_pages,
                                      uint32_t except)
{
    for (uint32_t list = MPR_RANGE_LISTS; list-- > list_of(dirty_pages);) {
        uint32_t run = range->lists[list];
        for (int looks = 0; run != MPR_RANGE_NONE && looks < LOOKS_MAX; looks++) {
            if (range->runs[run].dirty_pages >= dirty_pages && run != except) {
                return (struct mpr_pages){run, range->runs[run].pages};
            }
            run = range->runs[run].next;
        }
    }
    return (struct mpr_pages){MPR_RANGE_NONE, 0};
}

void mpr_range_set_clean(struct mpr_range *range, uint32_t first)
{
    struct mpr_run run = remove_run(range, first);

    if (first + run.pages == range->top) {
        range->top = first;
    } else {
        insert(range, first, run.pages, 0);
    }
}

void mpr_range_lower(struct mpr_range *range, uint32_t first, uint32_t page)
{
    struct mpr_run run = remove_run(range, first);

    range->top = page;
    if (page > first) {
        insert(range, first, page - first, run.dirty_pages);
    }
}

/* A free run is in its list, and its last entry is right. */
static bool free_run_is_valid(const struct mpr_range *range, uint32_t first)
{
    uint32_t pages = range->runs[first].pages;
    uint32_t run = range->lists[list_of(pages)];

    while (run != first && run != MPR_RANGE_NONE) {
        run = range->runs[run].next;
    }
    return run == first && range->runs[first + pages - 1].end_pages == pages;
}

bool mpr_range_is_valid(const struct mpr_range *range)
{
    uint32_t dirty_pages = 0;
    bool was_free = false;
    uint32_t page = 0;

    while (page < range->top) {
        const struct mpr_run *run = &range->runs[page];
        if (run->pages == 0 || run->pages > range->top - page || (was_free && run->is_free) ||
            run->spare_pages >= (run->is_free ? 1 : run->pages) ||
            (run->is_free && !free_run_is_valid(range, page))) {
            return false;
        }
        for (uint32_t inner = page + 1; inner < page + run->pages; inner++) {
            bool is_end = run->is_free && inner == page + run->pages - 1;
            if (range->runs[inner].pages != 0 || (!is_end && range->runs[inner].end_pages != 0)) {
                return false;
            }
        }
        dirty_pages += run->is_free ? run->dirty_pages : 0;
        was_free = run->is_free;
        page += run->pages;
    }
    return page == range->top && dirty_pages == range->dirty_pages;
}
