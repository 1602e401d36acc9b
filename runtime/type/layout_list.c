/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of pieces: what an index of scattered items leaves behind is many short rows of the same
 * pieces. One block with the pieces' offsets takes an eighth of their memory, and is moved by one
 * loop instead of one for each row. */
#include <stdlib.h>
#include <string.h>

#include "type/layout.h"

/* A list pays from so many rows on, if they are no longer than this on average. */
enum { ROWS_MIN = 8, PIECES_PER_ROW_MAX = 3 };

/* Neighbouring blocks of the same pieces. */
struct group {
    uint32_t count; /* of blocks */
    MPI_Count pieces;
    bool is_listed;
};

static struct group find_group(const struct mpr_block *blocks, uint32_t count)
{
    struct group group = {0};

    while (group.count < count && blocks[group.count].offsets == NULL &&
           blocks[group.count].bytes == blocks[0].bytes &&
           blocks[group.count].body == blocks[0].body) {
        group.pieces += blocks[group.count].count;
        group.count++;
    }
    group.is_listed =
        group.count >= ROWS_MIN && group.pieces <= (MPI_Count)group.count * PIECES_PER_ROW_MAX;
    group.count += group.count == 0; // a list stands for itself
    return group;
}

/* One block for all of a group; *offsets is where its list goes, and moves behind it. */
static struct mpr_block list(const struct mpr_block *blocks, const struct group *group,
                             MPI_Aint **offsets)
{
    struct mpr_block listed = {.bytes = blocks[0].bytes,
                               .count = group->pieces,
                               .offsets = *offsets,
                               .body = blocks[0].body,
                               .body_count = blocks[0].body_count};

    for (uint32_t i = 0; i < group->count; i++) {
        for (MPI_Count piece = 0; piece < blocks[i].count; piece++) {
            *(*offsets)++ = blocks[i].offset + piece * blocks[i].stride;
        }
    }
    return listed;
}

/* The blocks that are left, and the pieces that are listed. */
static void measure(const struct mpr_block *blocks, uint32_t count, uint32_t *left_count,
                    size_t *listed_pieces)
{
    struct group group;

    *left_count = 0;
    *listed_pieces = 0;
    for (uint32_t i = 0; i < count; i += group.count) {
        group = find_group(blocks + i, count - i);
        *left_count += group.is_listed ? 1 : group.count;
        *listed_pieces += group.is_listed ? (size_t)group.pieces : 0;
    }
}

struct mpr_block_array *mpr_blocks_list(struct mpr_block_array *array, uint32_t *count)
{
    const struct mpr_block *blocks = array->blocks;
    uint32_t left_count;
    size_t listed_pieces;

    measure(blocks, *count, &left_count, &listed_pieces);
    if (listed_pieces == 0) {
        return array;
    }
    struct mpr_block_array *made =
        malloc(sizeof(*made) + left_count * sizeof(*blocks) + listed_pieces * sizeof(MPI_Aint));
    if (made == NULL) {
        return array;
    }
    MPI_Aint *offsets = (MPI_Aint *)(made->blocks + left_count);
    struct mpr_block *next = made->blocks;
    struct group group;
    for (uint32_t i = 0; i < *count; i += group.count) {
        group = find_group(blocks + i, *count - i);
        if (group.is_listed) {
            *next++ = list(blocks + i, &group, &offsets);
        } else {
            memcpy(next, blocks + i, group.count * sizeof(*blocks));
            next += group.count;
        }
    }
    free(array);
    *count = left_count;
    return made;
}
