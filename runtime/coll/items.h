/* SPDX-License-Identifier: BSD-3-Clause */
/* What collectives move: runs of items of one type, and buffers with a block of items per rank.
 *
 * Both are small values that point into buffers of the user or into scratch memory, and own
 * nothing. All arithmetic on addresses is done on integers, because MPI_BOTTOM with a type of
 * absolute addresses is a buffer too. */
#ifndef MPR_COLL_ITEMS_H
#define MPR_COLL_ITEMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "mpi.h"
#include "type/type.h"

struct mpr_items {
    void *buffer; /* only read where the items are sent */
    MPI_Count count;
    struct mpr_type *type;
};

static inline struct mpr_items mpr_items(const void *buffer, MPI_Count count, struct mpr_type *type)
{
    return (struct mpr_items){(void *)(uintptr_t)buffer, count, type};
}

/* `bytes` bytes at `buffer`, which is how packed data travels. */
static inline struct mpr_items mpr_items_packed(const void *buffer, MPI_Count bytes)
{
    return mpr_items(buffer, bytes, mpr_type_byte);
}

/* Whether both are the same items, where they may not overlap otherwise. */
static inline bool mpr_items_are_same(struct mpr_items left, struct mpr_items right)
{
    return left.buffer == right.buffer && left.type == right.type;
}

static inline MPI_Count mpr_items_bytes(struct mpr_items items)
{
    return mpr_type_bytes(items.type, items.count);
}

/* `count` items, `first` items further on: the caller keeps within the buffer. */
static inline struct mpr_items mpr_items_slice(struct mpr_items items, MPI_Count first,
                                               MPI_Count count)
{
    uintptr_t address = (uintptr_t)items.buffer + (uintptr_t)(first * items.type->extent);
    return mpr_items((const void *)address, count, items.type);
}

/* What lies of `items` in [first, first + count); maybe nothing. */
static inline struct mpr_items mpr_items_window(struct mpr_items items, MPI_Count first,
                                                MPI_Count count)
{
    MPI_Count left = items.count - first;
    return mpr_items_slice(items, first, left < 0 ? 0 : left < count ? left : count);
}

/* Counts and displacements of a vector collective, as arrays of int or of MPI_Count and MPI_Aint.
 */
struct mpr_vector {
    const void *counts;
    const void *displs; /* NULL: one after the other */
    bool large_counts;
    bool large_displs;
    const MPI_Datatype *types; /* one for each block, and displs in bytes; NULL: one type for all */
    struct mpr_type **held;    /* these types, where they may lose their handles; else NULL */
};

static inline struct mpr_vector mpr_vector_int(const int *counts, const int *displs)
{
    return (struct mpr_vector){counts, displs, false, false, NULL, NULL};
}

static inline struct mpr_vector mpr_vector_large(const MPI_Count *counts, const MPI_Aint *displs)
{
    return (struct mpr_vector){counts, displs, true, true, NULL, NULL};
}

static inline MPI_Count mpr_vector_count(const struct mpr_vector *vector, int index)
{
    return vector->large_counts ? ((const MPI_Count *)vector->counts)[index]
                                : ((const int *)vector->counts)[index];
}

static inline MPI_Aint mpr_vector_displ(const struct mpr_vector *vector, int index)
{
    return vector->large_displs ? ((const MPI_Aint *)vector->displs)[index]
                                : ((const int *)vector->displs)[index];
}

/* A buffer that holds a block of items for each rank. */
struct mpr_blocks {
    void *buffer;
    struct mpr_type *type;
    const struct mpr_vector *vector; /* NULL: blocks of `each` items, one after the other, */
    MPI_Count each;
    MPI_Count total; /* and of this many in all: the last may be short or empty */
};

static inline struct mpr_blocks mpr_blocks_equal(const void *buffer, MPI_Count each,
                                                 struct mpr_type *type, int size)
{
    return (struct mpr_blocks){(void *)(uintptr_t)buffer, type, NULL, each, each * size};
}

/* `vector` has displacements and outlives the blocks. */
static inline struct mpr_blocks
mpr_blocks_vector(const void *buffer, const struct mpr_vector *vector, struct mpr_type *type)
{
    return (struct mpr_blocks){(void *)(uintptr_t)buffer, type, vector, 0, 0};
}

/* `vector` has a type for each block, too. */
static inline struct mpr_blocks mpr_blocks_typed(const void *buffer,
                                                 const struct mpr_vector *vector)
{
    return mpr_blocks_vector(buffer, vector, mpr_type_byte);
}

/* `items` cut into `size` blocks as equal as can be, whose lengths are multiples of a cache line
 * where the items allow it, so that two ranks seldom write the same line. */
struct mpr_blocks mpr_blocks_cut(struct mpr_items items, int size);

/* A block of a vector whose blocks have types of their own. */
static inline struct mpr_items mpr_block_typed(const struct mpr_blocks *blocks, int rank)
{
    const struct mpr_vector *vector = blocks->vector;
    uintptr_t address = (uintptr_t)blocks->buffer + (uintptr_t)mpr_vector_displ(vector, rank);
    return mpr_items((const void *)address, mpr_vector_count(vector, rank),
                     vector->held != NULL ? vector->held[rank]
                                          : mpr_type_find(vector->types[rank]));
}

static inline struct mpr_items mpr_block(const struct mpr_blocks *blocks, int rank)
{
    const struct mpr_vector *vector = blocks->vector;
    struct mpr_items whole = mpr_items(blocks->buffer, blocks->total, blocks->type);
    return vector == NULL          ? mpr_items_window(whole, blocks->each * rank, blocks->each)
           : vector->types == NULL ? mpr_items_slice(whole, mpr_vector_displ(vector, rank),
                                                     mpr_vector_count(vector, rank))
                                   : mpr_block_typed(blocks, rank);
}

/* A block of those that mpr_blocks_equal() makes: all have the same number of items. */
static inline struct mpr_items mpr_block_equal(const struct mpr_blocks *blocks, int rank)
{
    return mpr_items_slice(mpr_items(blocks->buffer, 0, blocks->type), blocks->each * rank,
                           blocks->each);
}

/* The first item of a block, counted from the buffer's beginning, where all are of one type. */
static inline MPI_Count mpr_block_first(const struct mpr_blocks *blocks, int rank)
{
    return blocks->vector == NULL ? blocks->each * rank : mpr_vector_displ(blocks->vector, rank);
}

/* The number of items in the longest block. */
MPI_Count mpr_blocks_longest(const struct mpr_blocks *blocks, int size);

/* The number of bytes in the largest block. */
MPI_Count mpr_blocks_most_bytes(const struct mpr_blocks *blocks, int size);

/* That in all blocks together. */
MPI_Count mpr_blocks_bytes(const struct mpr_blocks *blocks, int size);

static inline bool mpr_is_in_place(const void *buffer)
{
    return buffer == MPI_IN_PLACE;
}

#endif
