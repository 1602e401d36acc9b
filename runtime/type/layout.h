/* SPDX-License-Identifier: BSD-3-Clause */
/* Layouts: a datatype's blocks and bounds while it is being made.
 *
 * Every constructor of MPI is made of two operations: repeat a layout at equal distances, and put
 * layouts one after the other (in the order of the type map, wherever they lie). Both keep the
 * blocks few: runs that touch become one run, pieces at equal distances one row, and what is made
 * of many blocks is referred to, not copied. So the memory of a layout is bounded by the
 * description that the user gave, whatever the counts are. Needs the library's lock. */
#ifndef MPR_TYPE_LAYOUT_H
#define MPR_TYPE_LAYOUT_H

#include "type/type.h"

struct mpr_layout {
    MPI_Count size_bytes;
    MPI_Count element_count;
    MPI_Aint true_lower; /* of the data, if there is any */
    MPI_Aint true_upper;
    bool resized;        /* see struct mpr_type; then */
    MPI_Aint lower_mark; /* these are its bounds */
    MPI_Aint upper_mark;
    size_t alignment;
    uint32_t block_count;
    const struct mpr_block *blocks;
};

/* Blocks that were made for one type, and the offsets that they list. */
struct mpr_block_array {
    struct mpr_block_array *next;
    struct mpr_block blocks[];
};

/* layout_list.c: lists short pieces that are in no order in one block instead of many. Returns
 * `array` or what takes its place, with *count blocks, whose positions are not set yet. Without
 * memory it leaves all as it is. */
struct mpr_block_array *mpr_blocks_list(struct mpr_block_array *array, uint32_t *count);

/* What the layouts of one type are made in: it owns their blocks, and keeps the first error. After
 * an error (MPR_ERR_NO_MEMORY; MPR_ERR_LIMIT: an address or size that MPI_Count cannot hold)
 * layouts are worthless, but harmless. */
struct mpr_layout_pool {
    struct mpr_block_array *arrays;
    int error;
};

void mpr_block_arrays_free(struct mpr_block_array *arrays);

/* The layout of a type that lives at least as long as what is made of it. */
struct mpr_layout mpr_layout_of(const struct mpr_type *type);

/* The bounds of a layout: as given, or around the data, with the padding of a C struct. */
MPI_Aint mpr_layout_lower(const struct mpr_layout *layout);
MPI_Aint mpr_layout_extent(struct mpr_layout_pool *pool, const struct mpr_layout *layout);

/* `count` times `part`: the first at `offset`, the next each `stride` bytes further on. */
struct mpr_layout mpr_layout_repeat(struct mpr_layout_pool *pool, const struct mpr_layout *part,
                                    MPI_Count count, MPI_Aint offset, MPI_Aint stride);

/* Any number of such rows, one after the other. */
struct mpr_layout_sum {
    struct mpr_layout_pool *pool;
    struct mpr_layout layout;
    struct mpr_block_array *array;
    size_t room;
    struct mpr_block last; /* may still grow; none while its count is 0 */
};
void mpr_layout_sum_begin(struct mpr_layout_sum *sum, struct mpr_layout_pool *pool);
void mpr_layout_sum_add(struct mpr_layout_sum *sum, const struct mpr_layout *part, MPI_Count count,
                        MPI_Aint offset, MPI_Aint stride);
struct mpr_layout mpr_layout_sum_end(struct mpr_layout_sum *sum);

/* a + b, a - b and a * b; each notes when it overflows. */
MPI_Aint mpr_layout_plus(struct mpr_layout_pool *pool, MPI_Aint a, MPI_Aint b);
MPI_Aint mpr_layout_minus(struct mpr_layout_pool *pool, MPI_Aint a, MPI_Aint b);
MPI_Aint mpr_layout_times(struct mpr_layout_pool *pool, MPI_Aint a, MPI_Aint b);

#endif
