/* SPDX-License-Identifier: BSD-3-Clause */
/* Chunks: buffers in the segment through which large messages are copied.
 *
 * Each rank owns a pool. It takes a chunk, fills it, marks it busy and names it in a cell; whoever
 * receives the cell reads the chunk and releases it, and the owner may fill it again. A transfer takes
 * a few chunks, fills them in turn, and gives them back to the pool when it has sent its last; an
 * eager message gives its chunk back at once. A chunk that was given back is taken again when its
 * reader has released it, the most recent one first, because it is still in the cache.
 *
 * An eager message may rest in its chunk until its receive is posted, perhaps for ever. So eager
 * messages never hold more than half of the pool, and a transfer, whose chunks the receiver empties
 * in every case, always gets through.
 *
 * Who owns what: a chunk's bytes and its `busy` word belong to the pool's owner while busy is 0, and
 * to the receiver from the publication of the cell that names it (R1 of shm/ring.h) until it
 * stores 0. All else is private to the owner.
 *
 *     label  store                                     load
 *     R4/A4  receiver: busy = 0, release               owner: busy, acquire
 *            the chunk has been read; the owner may write it again
 *
 * When the receiver dies, its chunks stay busy; when the owner dies, nobody takes chunks any more. */
#ifndef MPR_SHM_CHUNK_H
#define MPR_SHM_CHUNK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct mpr_segment;

struct mpr_chunk_state {
    MPR_ALIGNED(MPR_LINE_BYTES) _Atomic uint32_t busy;
};

enum mpr_chunk_use { MPR_CHUNK_TRANSFER, MPR_CHUNK_EAGER };

#define MPR_CHUNK_NONE UINT32_MAX

struct mpr_chunk_pool {
    struct mpr_chunk_state *states;
    unsigned char *base;
    uint32_t count;
    uint32_t bytes; /* of one chunk */
    uint32_t eager_count;
    uint32_t free_count;
    uint32_t given_count;
    uint32_t *free;  /* stack */
    uint32_t *given; /* back from their users, perhaps not read yet */
    uint8_t *uses;   /* by chunk: enum mpr_chunk_use */
};

/* The pool of `rank`, for its owner. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_chunk_pool_open(struct mpr_chunk_pool *pool, const struct mpr_segment *segment,
                        uint32_t rank);
void mpr_chunk_pool_close(struct mpr_chunk_pool *pool);

/* A chunk that nobody reads, or MPR_CHUNK_NONE when there is none now for this use. */
uint32_t mpr_chunk_take(struct mpr_chunk_pool *pool, enum mpr_chunk_use use);

/* Ends the use of a chunk; its last message may still be unread. */
void mpr_chunk_give(struct mpr_chunk_pool *pool, uint32_t chunk);

/* Between filling a chunk and publishing the cell that names it. */
static inline void mpr_chunk_mark_busy(struct mpr_chunk_pool *pool, uint32_t chunk)
{
    atomic_store_explicit(&pool->states[chunk].busy, 1, memory_order_relaxed);
}

/* Whether the message in the chunk has not been read yet. */
static inline bool mpr_chunk_is_busy(const struct mpr_chunk_pool *pool, uint32_t chunk)
{
    return atomic_load_explicit(&pool->states[chunk].busy, memory_order_acquire) != 0; /* A4 */
}

static inline unsigned char *mpr_chunk_bytes(const struct mpr_chunk_pool *pool, uint32_t chunk)
{
    return pool->base + (uint64_t)chunk * pool->bytes;
}

/* The receiver's side: where chunk `chunk` of `owner` lies, and that it has been read. */
const unsigned char *mpr_chunk_find(const struct mpr_segment *segment, uint32_t owner,
                                    uint32_t chunk);
void mpr_chunk_release(const struct mpr_segment *segment, uint32_t owner, uint32_t chunk);

#endif
