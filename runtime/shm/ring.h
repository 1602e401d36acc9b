/* SPDX-License-Identifier: BSD-3-Clause */
/* A single-producer single-consumer ring: one for each ordered pair of ranks.
 *
 * A message is one cell: a cache line with the envelope and up to MPR_CELL_INLINE_BYTES of payload.
 * Longer payload lies in the ring's payload area, which the producer hands out in the order of the
 * cells, always contiguous. The consumer polls the cell that comes next; its `turn` says that it is
 * full. So a small message moves exactly one line between the cores.
 *
 * Who owns what (P: producer, C: consumer):
 *
 *     cell.turn, cell.*        P writes, C reads after it has seen the turn
 *     payload area             P writes the bytes of a cell it has not published yet, C reads those
 *                              of a published one
 *     tail                     P writes: how many cells were published. C polls it to find out which
 *                              of many rings has something; it may lag behind the turns
 *     control.head_position    C writes: how many cells were consumed, in batches; P reads it when
 *                              the ring seems full
 *     all of struct mpr_ring_producer / mpr_ring_consumer   private to P / C
 *
 * Memory order:
 *
 *     label  store                                  load
 *     R1/A1  P: cell.turn, release                  C: cell.turn, acquire
 *            publishes the cell and its payload
 *     R2/A2  P: tail, release (after R1)            C: tail, acquire
 *            tail shows a cell => its turn is visible
 *     R3/A3  C: head_position, release              P: head_position, acquire
 *            the consumed cells and payload are read; P may write them again
 *
 * Linearisation point of a send: R1. Both sides are wait-free. Positions are free-running 32-bit
 * counters and only their differences are compared; a cell's turn is its position plus one, so
 * that a zeroed cell is never full, and a cell of the previous lap never equals the next turn.
 * (After 2^32 messages the turns repeat, one lap of cells is long overwritten by then.)
 *
 * A process that dies leaves the ring in a state that the other side reads correctly: before R1 the
 * message does not exist, after it the message is whole. */
#ifndef MPR_SHM_RING_H
#define MPR_SHM_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define MPR_CELL_INLINE_BYTES 40

/* One message: envelope and small payload in one line. The ring does not interpret the envelope. */
struct mpr_cell {
    _Atomic uint32_t turn;
    uint8_t kind;
    uint8_t flags;
    uint16_t reserved;
    uint32_t context;
    int32_t tag;
    uint32_t source;
    uint32_t payload_bytes;
    union {
        unsigned char bytes[MPR_CELL_INLINE_BYTES];
        uint64_t words[MPR_CELL_INLINE_BYTES / 8];
    } body;
};
_Static_assert(sizeof(struct mpr_cell) == MPR_LINE_BYTES, "a cell is one cache line");

struct mpr_ring_control {
    MPR_ALIGNED(MPR_LINE_BYTES) _Atomic uint32_t head_position;
};
_Static_assert(sizeof(struct mpr_ring_control) == MPR_LINE_BYTES, "a line for each ring");

/* Whether a chunk is in use; set by its owner, cleared by whoever has read it (shm/chunk.h). */
struct mpr_chunk_state {
    MPR_ALIGNED(MPR_LINE_BYTES) _Atomic uint32_t busy;
};

/* Where a ring lies in this process, and its sizes. */
struct mpr_ring_place {
    struct mpr_cell *cells;
    unsigned char *payload;
    struct mpr_ring_control *control;
    _Atomic uint32_t *tail;
    uint32_t cell_count;    /* power of two */
    uint32_t payload_bytes; /* power of two */
};

struct mpr_ring_producer {
    struct mpr_ring_place place;
    uint32_t position;         /* next cell to write */
    uint32_t head_position;    /* the consumer's, as last seen */
    uint32_t payload_position; /* next payload byte to hand out */
    uint32_t payload_head;     /* payload bytes that the consumer has given back */
    uint32_t *payload_ends;    /* by cell index: payload_position after that cell */
};

struct mpr_ring_consumer {
    struct mpr_ring_place place;
    uint32_t position;           /* next cell to read */
    uint32_t published_position; /* the head_position that the producer can see */
    uint32_t payload_consumed_bytes; /* since then */
};

/* Prepares a side of a ring whose memory is zeroed. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_ring_producer_open(struct mpr_ring_producer *producer, const struct mpr_ring_place *place);
void mpr_ring_producer_close(struct mpr_ring_producer *producer);
void mpr_ring_consumer_open(struct mpr_ring_consumer *consumer, const struct mpr_ring_place *place);

/* The largest payload that a cell can carry in the payload area: a quarter of it, so that a message
 * always finds room once the ring is drained, whatever is lost at the wrap. */
static inline uint32_t mpr_ring_payload_max(const struct mpr_ring_place *place)
{
    return place->payload_bytes / 4;
}

/* The next cell to fill, with room for `payload_bytes` in the payload area at *payload (unless that
 * is 0), or NULL while the ring is full. Nothing is visible to the consumer until
 * mpr_ring_publish(); a cell that is not published may be asked for again. */
struct mpr_cell *mpr_ring_reserve(struct mpr_ring_producer *producer, uint32_t payload_bytes,
                                  unsigned char **payload);

/* Publishes the cell that the last mpr_ring_reserve() gave, with all its payload. */
void mpr_ring_publish(struct mpr_ring_producer *producer, struct mpr_cell *cell);

/* The next full cell, or NULL. Looks at the cell itself. */
struct mpr_cell *mpr_ring_front(const struct mpr_ring_consumer *consumer);

/* Whether the tail shows cells that were not consumed yet. */
bool mpr_ring_has_more(const struct mpr_ring_consumer *consumer);

/* The payload of the front cell in the payload area. */
const unsigned char *mpr_ring_payload(const struct mpr_ring_consumer *consumer,
                                      const struct mpr_cell *cell);

/* Gives the front cell back. Returns true when the producer was told of new room, which is when a
 * producer that sleeps for lack of room must be woken. */
bool mpr_ring_consume(struct mpr_ring_consumer *consumer, const struct mpr_cell *cell);

/* The invariants that must hold at any time between calls; for tests. */
bool mpr_ring_producer_is_valid(const struct mpr_ring_producer *producer);
bool mpr_ring_consumer_is_valid(const struct mpr_ring_consumer *consumer);

#endif
