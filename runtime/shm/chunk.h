/* SPDX-License-Identifier: BSD-3-Clause */
/* Chunks: buffers in the segment through which large messages are copied.
 *
 * Each rank owns a pool of memory and hands out chunks of it: runs of neighbouring units. It takes
 * a chunk, fills it and names it in a cell; whoever receives the cell reads the chunk and releases
 * it, and the owner may hand out its units again.
 *
 * Chunks are handed out from the pool's end to its start, around and around (next fit; D. Knuth,
 * TAOCP vol. 1, 2.5), so that memory rests for as long as possible between a reading and the next
 * writing. It should: lines that were read a moment ago lie in the reader's cache, and to write
 * them again means to take them from it one by one, at a quarter of the speed (runtime/README.md
 * has the numbers). A pool twice as large as a core's cache gives them the time to leave it. And
 * the lines that the reader's core fetches unasked, behind the end of what it reads, are those of
 * the chunk before: otherwise they would be the next ones to be written.
 *
 * But memory that has never been touched costs more than all that, a page at a time. So eager
 * messages begin with a small part of the pool and reach for more when they have gone around in it
 * for some time, or find it full: who sends little touches little.
 *
 * An eager message may rest in its chunk until its receive is posted, perhaps for ever. So eager
 * messages never hold more than half of the pool, and a transfer, whose chunks the receiver empties
 * in every case, always gets through: unit by unit, where messages at rest leave no longer gap.
 * A receiver that computes empties no chunks meanwhile; what it has been given for transfers is
 * never more than is left for others, who so get through, too, if such receivers are few.
 *
 * Who owns what: a chunk's bytes and the `busy` word of its first unit belong to the pool's owner
 * while busy is 0, and to the receiver from the publication of the cell that names it (R1 of
 * shm/ring.h) until it stores 0. A chunk that the cell calls growing (p2p/growing.h) belongs to
 * both: the owner writes on, and stores 1 + the bytes that are written so far; the receiver reads
 * these, and does not store 0 before they are all. All else is private to the owner.
 *
 *     label  store                                     load
 *     R4/A4  receiver: busy = 0, release               owner: busy, acquire
 *            the chunk has been read; the owner may write it again
 *     R5/A5  owner: busy = 1 + bytes, release          receiver: busy, acquire
 *            so many bytes of a growing chunk are written
 *
 * When the receiver dies, the owner, who knows whom it has given each chunk to, stores the 0 in its
 * place. When the owner dies, nobody takes chunks any more, and those that others have still to
 * read stay as they are. */
#ifndef MPR_SHM_CHUNK_H
#define MPR_SHM_CHUNK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

struct mpr_segment;

enum { MPR_POOL_UNIT_BYTES = 4096 };

/* One for each unit; that of a chunk's first unit speaks for the chunk. */
struct mpr_unit_state {
    MPR_ALIGNED(MPR_LINE_BYTES) _Atomic uint32_t busy;
};

enum mpr_chunk_use { MPR_CHUNK_TRANSFER, MPR_CHUNK_EAGER };

/* A chunk's name: the number of its first unit. */
#define MPR_CHUNK_NONE UINT32_MAX

struct mpr_chunk_pool {
    struct mpr_unit_state *states;
    unsigned char *base;
    uint32_t unit_count;
    uint32_t reach;      /* units before this one are handed out */
    uint32_t laps;       /* around them */
    uint32_t cursor;     /* the unit after the last chunk handed out */
    uint32_t eager_units;    /* of eager chunks that were not seen released yet */
    uint32_t transfer_units; /* and of others, */
    uint32_t *held;          /* of these, by reader */
    struct mpr_chunk_run *runs; /* by first unit */
};

/* The pool of `rank`, for its owner. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_chunk_pool_open(struct mpr_chunk_pool *pool, const struct mpr_segment *segment,
                        uint32_t rank);
void mpr_chunk_pool_close(struct mpr_chunk_pool *pool);

/* The largest chunk that a use is ever given: a quarter of the pool. */
uint32_t mpr_chunk_bytes_max(const struct mpr_chunk_pool *pool);

/* A chunk of `bytes` (1 to mpr_chunk_bytes_max()) for `reader`, or MPR_CHUNK_NONE when there is
 * none now for this use. The caller publishes it: it is not given back but by mpr_chunk_release(),
 * or when the reader has died. */
uint32_t mpr_chunk_take(struct mpr_chunk_pool *pool, uint32_t bytes, enum mpr_chunk_use use,
                        uint32_t reader);

/* The same for a transfer, as long as the reader has its share. The chunk may be shorter than the
 * transfer would like it, if no chunk of a transfer is out after which there may be more room:
 * *bytes is what it has. */
uint32_t mpr_chunk_take_piece(struct mpr_chunk_pool *pool, uint32_t *bytes, uint32_t reader);

/* `reader` has died: its chunks are free. */
void mpr_chunk_reclaim(struct mpr_chunk_pool *pool, uint32_t reader);

static inline unsigned char *mpr_chunk_address(const struct mpr_chunk_pool *pool, uint32_t chunk)
{
    return pool->base + (uint64_t)chunk * MPR_POOL_UNIT_BYTES;
}

/* The owner: the first `bytes` of a chunk that was published before it is full are written now. */
static inline void mpr_chunk_fill(struct mpr_chunk_pool *pool, uint32_t chunk, uint32_t bytes)
{
    atomic_store_explicit(&pool->states[chunk].busy, 1 + bytes, memory_order_release); /* R5 */
}

/* The receiver of such a chunk: how many bytes may be read. */
uint32_t mpr_chunk_filled(const struct mpr_segment *segment, uint32_t owner, uint32_t chunk);

/* The receiver's side: where chunk `chunk` of `owner` lies, and that it has been read. */
const unsigned char *mpr_chunk_find(const struct mpr_segment *segment, uint32_t owner,
                                    uint32_t chunk);
void mpr_chunk_release(const struct mpr_segment *segment, uint32_t owner, uint32_t chunk);

/* The invariants that hold between calls, for tests. */
bool mpr_chunk_pool_is_valid(const struct mpr_chunk_pool *pool);

#endif
