/* SPDX-License-Identifier: BSD-3-Clause */
/* Which pages of a range of memory are handed out: an allocator of runs of pages that never touches
 * the pages themselves.
 *
 * All it knows stands in a table with an entry for each page, of which only those at the ends of
 * runs are used. Free runs are joined with their neighbours at once and kept in lists by size, two
 * sizes in a list being less than a quarter apart, as in TLSF (M. Masmano et al., ECRTS 2004); a
 * bit for each list tells whether it has any, and no more than some runs of a list are looked at.
 * So taking and giving cost the same however many runs there are. What lies beyond `top` was never
 * handed out, and is in no list.
 *
 * A free page is clean when it is zero and costs no memory: a fresh one, and one whose memory the
 * caller has given back to the system. Of a run it is known how many are dirty at most, not which.
 *
 * The caller sees to it that one thread at a time uses a range. */
#ifndef MPR_HEAP_RANGE_H
#define MPR_HEAP_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MPR_RANGE_NONE UINT32_MAX
#define MPR_RANGE_PAGES_MAX (UINT32_C(1) << 29)

enum { MPR_RANGE_LISTS = 128 };

struct mpr_run {
    uint32_t pages : 31; /* of the run that begins here; 0: none does */
    uint32_t is_free : 1;
    uint32_t spare_pages; /* of a run that is handed out: room to grow, at its end */
    uint32_t dirty_pages; /* of a free run, at most */
    uint32_t end_pages;   /* of the free run that ends here; 0: none does */
    uint32_t next;        /* in the list of a free run */
    uint32_t previous;
};

struct mpr_range {
    struct mpr_run *runs; /* by page */
    uint32_t page_count;
    uint32_t top;
    uint32_t dirty_pages; /* of all free runs, at most */
    uint32_t lists[MPR_RANGE_LISTS];
    uint64_t filled[MPR_RANGE_LISTS / 64];
};

/* A row of pages. */
struct mpr_pages {
    uint32_t first;
    uint32_t count;
};

/* Pages that have become free, and the free run that they are a part of now. */
struct mpr_freed {
    struct mpr_pages run;
    struct mpr_pages dirty; /* all of its pages that may be dirty lie in these; count 0: nothing is
                               free that was not */
};

/* A range of `page_count` pages (to MPR_RANGE_PAGES_MAX), none of them handed out. The table is the
 * caller's: page_count entries of zeros. */
void mpr_range_open(struct mpr_range *range, struct mpr_run *table, uint32_t page_count);

/* Hands out `pages` (at least 1) that begin at a multiple of `alignment`, a power of two, in pages.
 * Returns the first one, or MPR_RANGE_NONE; *are_clean tells whether all are zero. */
uint32_t mpr_range_take(struct mpr_range *range, uint32_t pages, uint32_t alignment,
                        bool *are_clean);

/* How many pages the run has that begins at `first` and is handed out; 0: none does. */
uint32_t mpr_range_pages(const struct mpr_range *range, uint32_t first);

/* The same without its room to grow. */
uint32_t mpr_range_used(const struct mpr_range *range, uint32_t first);

/* Says that the last `spare_pages` of a run that is handed out are room for it to grow, no more. */
void mpr_range_spare(struct mpr_range *range, uint32_t first, uint32_t spare_pages);

/* Takes the run that begins at `first` back. Its pages are dirty. */
struct mpr_freed mpr_range_give(struct mpr_range *range, uint32_t first);

/* Makes a run that is handed out shorter, or longer where it has room or what follows is free; it
 * stays where it is. Returns false when there is no room. *freed are the pages that it has left,
 * its room among them; none when it grows. */
bool mpr_range_resize(struct mpr_range *range, uint32_t first, uint32_t pages,
                      struct mpr_freed *freed);

/* One of the longest free runs with at least so many dirty pages, other than the one that begins at
 * `except`; count 0: there is none, or none among the first runs of each list. */
struct mpr_pages mpr_range_find_dirty(const struct mpr_range *range, uint32_t dirty_pages,
                                      uint32_t except);

/* All pages of the free run that begins at `first` are clean now. */
void mpr_range_set_clean(struct mpr_range *range, uint32_t first);

/* The same for the pages from `page` on, of the free run that begins at `first` and ends at the
 * top: the top falls to `page`. */
void mpr_range_lower(struct mpr_range *range, uint32_t first, uint32_t page);

/* The invariants that hold between calls, for tests. */
bool mpr_range_is_valid(const struct mpr_range *range);

#endif
