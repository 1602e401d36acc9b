/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool of chunks. */
#include "shm/chunk.h"

#include <stdlib.h>

#include "base/error.h"
#include "shm/segment.h"

static struct mpr_chunk_state *states_of(const struct mpr_segment *segment, uint32_t owner)
{
    unsigned char *base = (unsigned char *)segment->header + segment->layout.chunk_state_offset;
    return (struct mpr_chunk_state *)(void *)base + (uint64_t)owner * segment->geometry.chunk_count;
}

static unsigned char *chunks_of(const struct mpr_segment *segment, uint32_t owner)
{
    const struct mpr_geometry *geometry = &segment->geometry;
    return (unsigned char *)segment->header + segment->layout.chunks_offset +
           (uint64_t)owner * geometry->chunk_count * geometry->chunk_bytes;
}

int mpr_chunk_pool_open(struct mpr_chunk_pool *pool, const struct mpr_segment *segment,
                        uint32_t rank)
{
    uint32_t count = segment->geometry.chunk_count;

    *pool = (struct mpr_chunk_pool){
        .states = states_of(segment, rank),
        .base = chunks_of(segment, rank),
        .count = count,
        .bytes = segment->geometry.chunk_bytes,
        .free_count = count,
    };
    pool->free = malloc(2 * count * sizeof(*pool->free));
    pool->uses = malloc(count * sizeof(*pool->uses));
    if (pool->free == NULL || pool->uses == NULL) {
        mpr_chunk_pool_close(pool);
        return MPR_ERR_NO_MEMORY;
    }
    pool->given = pool->free + count;
    for (uint32_t i = 0; i < count; i++) {
        pool->free[i] = count - 1 - i; // the first one is taken first
    }
    return MPR_OK;
}

void mpr_chunk_pool_close(struct mpr_chunk_pool *pool)
{
    free(pool->free);
    free(pool->uses);
    pool->free = NULL;
    pool->uses = NULL;
}

static void collect(struct mpr_chunk_pool *pool)
{
    for (uint32_t i = pool->given_count; i-- > 0;) {
        uint32_t chunk = pool->given[i];
        if (!mpr_chunk_is_busy(pool, chunk)) {
            pool->given[i] = pool->given[--pool->given_count];
            pool->free[pool->free_count++] = chunk;
            pool->eager_count -= pool->uses[chunk] == MPR_CHUNK_EAGER;
        }
    }
}

uint32_t mpr_chunk_take(struct mpr_chunk_pool *pool, enum mpr_chunk_use use)
{
    collect(pool);
    if (pool->free_count == 0 ||
        (use == MPR_CHUNK_EAGER && pool->eager_count >= pool->count / 2)) {
        return MPR_CHUNK_NONE;
    }
    uint32_t chunk = pool->free[--pool->free_count];
    pool->uses[chunk] = (uint8_t)use;
    pool->eager_count += use == MPR_CHUNK_EAGER;
    return chunk;
}

void mpr_chunk_give(struct mpr_chunk_pool *pool, uint32_t chunk)
{
    pool->given[pool->given_count++] = chunk;
}

const unsigned char *mpr_chunk_find(const struct mpr_segment *segment, uint32_t owner,
                                    uint32_t chunk)
{
    return chunks_of(segment, owner) + (uint64_t)chunk * segment->geometry.chunk_bytes;
}

void mpr_chunk_release(const struct mpr_segment *segment, uint32_t owner, uint32_t chunk)
{
    atomic_store_explicit(&states_of(segment, owner)[chunk].busy, 0, memory_order_release); /* R4 */
}
