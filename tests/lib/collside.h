/* SPDX-License-Identifier: BSD-3-Clause */
/* One side of a collective with datatypes at random: a buffer of blocks, each of some items of a
 * type of its own, and beside it what the whole buffer must look like in the end, byte by byte. */
#ifndef MPR_TESTS_COLLSIDE_H
#define MPR_TESTS_COLLSIDE_H

#include "tests/lib/typemap.h"

enum { COLLSIDE_BLOCKS_MAX = 80, COLLSIDE_FILLER = 0x5a, COLLSIDE_ALIGNMENT = 16 };

struct collside {
    int block_count;
    int counts[COLLSIDE_BLOCKS_MAX];
    int displs[COLLSIDE_BLOCKS_MAX];       /* as MPI wants them: in items, or in bytes */
    MPI_Aint offsets[COLLSIDE_BLOCKS_MAX]; /* in bytes */
    MPI_Datatype handles[COLLSIDE_BLOCKS_MAX];
    const struct mapped_type *types[COLLSIDE_BLOCKS_MAX];
    struct mapped_buffer buffer;
    unsigned char *expected;
};

/* Bytes of data that a block has. */
static inline size_t collside_bytes(const struct collside *side, int block)
{
    return (size_t)(typemap_size(&side->types[block]->map) * side->counts[block]);
}

/* Lays out blocks of counts[] items of one type: one after the other; or, with a `key`, from the
 * last to the first with gaps between them. */
static inline void collside_lay_out(struct collside *side, const struct mapped_type *type,
                                    uint64_t key)
{
    int total = 0;

    for (int i = 0; i < side->block_count; i++) {
        int block = key != 0 ? side->block_count - 1 - i : i;
        side->types[block] = type;
        side->handles[block] = type->type;
        side->displs[block] = total;
        side->offsets[block] = total * typemap_extent(&type->map);
        total += side->counts[block];
        total += key != 0 ? (int)(mpitest_mix(key + (uint64_t)block) % 3) : 0;
    }
    side->buffer = mapped_buffer_make(&type->map, total);
}

/* Lays out blocks of counts[] items of types[], each in bytes of its own. */
static inline void collside_lay_out_typed(struct collside *side, uint64_t key)
{
    MPI_Aint end = MAPPED_MARGIN, low, high;

    for (int block = 0; block < side->block_count; block++) {
        typemap_reach(&side->types[block]->map, side->counts[block], &low, &high);
        end += (MPI_Aint)(mpitest_mix(key + (uint64_t)block) % 3) * COLLSIDE_ALIGNMENT - low;
        end += (COLLSIDE_ALIGNMENT - end % COLLSIDE_ALIGNMENT) % COLLSIDE_ALIGNMENT;
        side->handles[block] = side->types[block]->type;
        side->offsets[block] = end;
        side->displs[block] = (int)end;
        end += high;
    }
    side->buffer.bytes = (size_t)end + MAPPED_MARGIN;
    side->buffer.memory = side->buffer.base = mpitest_malloc(side->buffer.bytes);
}

/* Filler wherever nothing is put afterwards. */
static inline void collside_clear(struct collside *side)
{
    memset(side->buffer.memory, COLLSIDE_FILLER, side->buffer.bytes);
}

/* Block `block` holds these data. */
static inline void collside_put(struct collside *side, int block, const unsigned char *packed)
{
    mapped_scatter(&side->types[block]->map, side->buffer.base + side->offsets[block],
                   side->counts[block], packed);
}

/* Nothing is to change but by collside_expect(). */
static inline void collside_hold(struct collside *side)
{
    free(side->expected);
    side->expected = mpitest_malloc(side->buffer.bytes);
    memcpy(side->expected, side->buffer.memory, side->buffer.bytes);
}

/* Where a block must be in the end. */
static inline unsigned char *collside_expected(const struct collside *side, int block)
{
    return side->expected + (side->buffer.base - side->buffer.memory) + side->offsets[block];
}

static inline void collside_expect(struct collside *side, int block, const unsigned char *packed)
{
    mapped_scatter(&side->types[block]->map, collside_expected(side, block), side->counts[block],
                   packed);
}

/* A block that the standard leaves open: whatever it is now. */
static inline void collside_expect_anything(struct collside *side, int block)
{
    unsigned char *packed = mpitest_malloc(collside_bytes(side, block));

    mapped_gather(&side->types[block]->map, side->buffer.base + side->offsets[block],
                  side->counts[block], packed);
    collside_expect(side, block, packed);
    free(packed);
}

/* The first byte that is not as expected; -1: none. */
static inline long collside_first_wrong(const struct collside *side)
{
    for (size_t i = 0; i < side->buffer.bytes; i++) {
        if (side->buffer.memory[i] != side->expected[i]) {
            return (long)i;
        }
    }
    return -1;
}

static inline void collside_free(struct collside *side)
{
    free(side->buffer.memory);
    free(side->expected);
}

#endif
