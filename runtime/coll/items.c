/* SPDX-License-Identifier: BSD-3-Clause */
/* Cutting buffers into blocks. */
#include "coll/items.h"

struct mpr_blocks mpr_blocks_cut(struct mpr_items items, int size)
{
    MPI_Count each = items.count / size + (items.count % size != 0);
    MPI_Count item_bytes = items.type->size_bytes;
    if (item_bytes > 0 && item_bytes < MPR_LINE_BYTES) {
        MPI_Count line = MPR_LINE_BYTES / item_bytes;
        each = (each + line - 1) / line * line;
    }
    return (struct mpr_blocks){items.buffer, items.type, NULL, each, items.count};
}

MPI_Count mpr_blocks_longest(const struct mpr_blocks *blocks, int size)
{
    MPI_Count longest = 0;
    for (int rank = 0; rank < size; rank++) {
        MPI_Count count = mpr_block(blocks, rank).count;
        longest = count > longest ? count : longest;
    }
    return longest;
}

MPI_Count mpr_blocks_most_bytes(const struct mpr_blocks *blocks, int size)
{
    MPI_Count most = 0;
    for (int rank = 0; rank < size; rank++) {
        MPI_Count bytes = mpr_items_bytes(mpr_block(blocks, rank));
        most = bytes > most ? bytes : most;
    }
    return most;
}

MPI_Count mpr_blocks_bytes(const struct mpr_blocks *blocks, int size)
{
    MPI_Count bytes = 0;
    for (int rank = 0; rank < size; rank++) {
        bytes += mpr_items_bytes(mpr_block(blocks, rank));
    }
    return bytes;
}
