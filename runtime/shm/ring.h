/* SPDX-License-Identifier: BSD-3-Clause */
/* A single-producer single-consumer ring: one for each ordered pair of ranks.
 *
 * A message is one cell: a cache line with the envelope and up to MPR_CELL_INLINE_BYTES of payload.
 * Longer payload lies in the ring's payload area, which both sides walk through in the order of the
 * cells; a payload is always contiguous: one that does not fit before the area's end begins at its
 * start. The consumer polls the cell that comes next; its `turn` says that it is
 * full. So a small message moves exactly one line between the cores.
 *
 * The two rings of a pair may have one cell in common, in which both write by turns: whoever has
 * read the last message in it may write the next one that is short enough. Such a message counts as
 * the one of its position in its ring, whose own cell of that position is left out: so the order is
 * that of the positions, wherever they lie. An answer then lies in a line that its writer's core
 * has just been given, and moves that line back; in a cell of the ring the writer must first take
 * from the reader's core what that one has read a lap ago, which is a second transfer.
 *
 * Who owns what (P: producer, C: consumer):
 *
 *     cell.turn, cell.*        P writes, C reads after it has seen the turn
 *     common cell and the      whoever may write there (may_write), of one pair one at a time: P
 *     bytes behind it          gives it up with R1, C has it when it has consumed the message
 *     payload area             P writes the bytes of a cell it has not published yet, C reads those
 *                              of a published one
 *     tail                     P writes: how many cells were published. C polls it to find out
 *                              which of many rings has something; it may lag behind the turns
 *     control.head_position    C writes: how many cells were consumed, in batches; P reads it when
 *                              the ring seems full
 *     all of struct mpr_ring_producer / mpr_ring_consumer   private to P / C
 *
 * Memory order:
 *
 *     label  store                                  load
 *     R1/A1  P: cell.turn, release                  C: cell.turn, acquire
 *            publishes the cell and its payload
 *     R1/A6  the same in the common cell. It passes the right to write there as well: what P has
 *            read and written there before lies before what C writes there after it
 *     R2/A2  P: tail, release (after R1)            C: tail, acquire
 *            tail shows a cell => its turn is visible
 *     R3/A3  C: head_position, release              P: head_position, acquire
 *            the consumed cells and payload are read; P may write them again
 *
 * Linearisation point of a send: R1. Both sides are wait-free. Positions are free-running 32-bit
 * counters, of which only differences are compared. A cell's turn is the position of its message
 * plus one: a zeroed cell is not full, and neither is one of the lap before. (Turns repeat after
 * 2^32 messages; every cell has been overwritten many times by then.) In the common cell the
 * highest bit of the turn tells who has written it, so that nobody takes his own message for the
 * other's. Only he looks there who has written last, or who has not begun: he sees his own turn,
 * the zero of the start, which is no turn of the one who begins, or one that he has yet to come to.
 *
 * A process that dies leaves the ring in a state that the other side reads correctly: before R1 the
 * message does not exist, after it cell and payload are whole. The common cell stays with one who
 * dies, and the rings go on without it. */
#ifndef MPR_SHM_RING_H
#define MPR_SHM_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

struct mpr_segment;

#define MPR_CELL_INLINE_BYTES 40

/* In mpr_cell.flags: the payload lies in the payload area. The other bits are the user's. */
#define MPR_CELL_AREA 0x80

/* One message: envelope and small payload in one line. The ring looks at turn, payload_bytes and
 * MPR_CELL_AREA alone. */
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

/* Where a ring lies in this process, and its sizes (powers of two). */
struct mpr_ring_place {
    struct mpr_cell *cells;
    unsigned char *payload;
    struct mpr_ring_control *control;
    _Atomic uint32_t *tail;
    uint32_t cell_count;
    uint32_t payload_bytes;
};

/* The common cell begins a block, in whose other lines payload lies. */
enum {
    MPR_COMMON_BYTES = 4 * MPR_LINE_BYTES,
    MPR_COMMON_PAYLOAD_BYTES = MPR_COMMON_BYTES - MPR_LINE_BYTES
};

/* The highest bit of a turn in the common cell: it is by the one who begins. */
#define MPR_COMMON_FIRST (UINT32_C(1) << 31)

/* One side's view of the common cell: private, and the same for its producer and its consumer. */
struct mpr_ring_common {
    struct mpr_cell *cell; /* NULL: there is none */
    uint32_t own_mark;     /* the highest bit of our turns, and of the other side's */
    uint32_t other_mark;
    bool may_write; /* we have read the last message there */
    bool may_read;  /* the next one there will be for us */
};

struct mpr_ring_producer {
    struct mpr_ring_place place;
    struct mpr_ring_common *common;
    uint32_t position;      /* next cell to write */
    uint32_t head_position; /* the consumer's, as last seen */
    uint32_t payload_position; /* next payload byte to hand out */
    uint32_t payload_head;  /* up to here the consumer has given payload back */
    uint32_t payload_end;   /* payload_position after the cell that is reserved now */
    uint32_t *payload_ends; /* by cell index: payload_position after that cell */
};

struct mpr_ring_consumer {
    struct mpr_ring_place place;
    struct mpr_ring_common *common;
    uint32_t position;           /* next cell to read */
    uint32_t published_position; /* the head_position that the producer can see */
    uint32_t payload_position;   /* where the next payload is looked for */
    uint32_t payload_published;  /* payload_position at published_position */
};

/* Where the ring that `sender` writes and `receiver` reads lies. */
void mpr_ring_place_find(struct mpr_ring_place *place, const struct mpr_segment *segment,
                         uint32_t receiver, uint32_t sender);

/* Prepare a side of a ring whose memory is zeroed. `payload_ends` is the caller's: cell_count
 * entries, for as long as the producer lives. */
void mpr_ring_producer_open(struct mpr_ring_producer *producer, const struct mpr_ring_place *place,
                            uint32_t *payload_ends);
void mpr_ring_consumer_open(struct mpr_ring_consumer *consumer, const struct mpr_ring_place *place);

/* Where the common cell of two ranks lies. */
struct mpr_cell *mpr_ring_common_find(const struct mpr_segment *segment, uint32_t one,
                                      uint32_t other);

/* Gives the rings to and from one other rank, newly opened, a cell in common, in zeroed memory.
 * Both sides do so, and one of them is the first to write there. *common is the caller's,
 * for as long as the rings live. */
void mpr_ring_share(struct mpr_ring_producer *producer, struct mpr_ring_consumer *consumer,
                    struct mpr_ring_common *common, struct mpr_cell *cell, bool is_first);

/* The largest payload that a cell can carry in the payload area. A quarter of it: a consumer may
 * keep up to a quarter unpublished, a quarter may be lost at the wrap, and still the message
 * finds room once the ring is drained. */
static inline uint32_t mpr_ring_payload_max(const struct mpr_ring_place *place)
{
    return place->payload_bytes / 4;
}

/* Where the cell of a position lies. Of each eight cells the first and the third bit of the index
 * change places, so that a cell is never followed by its neighbour: the reader's core, which
 * fetches neighbouring lines unasked, would take them while the writer is at work on them. */
static inline struct mpr_cell *mpr_ring_cell(const struct mpr_ring_place *place, uint32_t position)
{
    uint32_t index = position & (place->cell_count - 1);
    uint32_t differ = (index ^ index >> 2) & (place->cell_count >= 8);

    return &place->cells[index ^ (differ | differ << 2)];
}

/* What both sides round payload up to. */
enum { MPR_RING_UNIT_BYTES = MPR_LINE_BYTES };

/* The consumer tells of consumed cells when they are this part of all cells
 * or of the payload area. */
enum { MPR_RING_PUBLISH_PARTS = 4 };

/* The bytes of the area that a payload at `position` takes: itself in whole lines, and before it
 * what is left until the wrap when it does not fit there (*skip). Both sides compute the same. */
static inline uint32_t mpr_ring_room(const struct mpr_ring_place *place, uint32_t position,
                                     uint32_t bytes, uint32_t *skip)
{
    uint32_t room = (uint32_t)mpr_round_up(bytes, MPR_RING_UNIT_BYTES);
    uint32_t index = position & (place->payload_bytes - 1);
    *skip = index + room > place->payload_bytes ? place->payload_bytes - index : 0;
    return room + *skip;
}

/* For mpr_ring_reserve(): whether there is a cell and `room` bytes of the area, as far as is known;
 * and the same after a look at the consumer's head. */
static inline bool mpr_ring_has_room(const struct mpr_ring_producer *producer, uint32_t room)
{
    uint32_t used = producer->payload_position - producer->payload_head;
    return producer->position - producer->head_position < producer->place.cell_count &&
           (room == 0 || room <= producer->place.payload_bytes - used);
}
bool mpr_ring_find_room(struct mpr_ring_producer *producer, uint32_t room);

static inline uint32_t mpr_ring_common_turn(uint32_t turn, uint32_t mark)
{
    return (turn & ~MPR_COMMON_FIRST) | mark;
}

/* The next cell to fill, with room for `payload_bytes` in the payload area at *payload (not touched
 * when that is 0), or NULL while the ring is full. The consumer sees nothing of it before
 * mpr_ring_publish(); a cell that is not published is given again by the next call. */
static inline struct mpr_cell *mpr_ring_reserve(struct mpr_ring_producer *producer,
                                                uint32_t payload_bytes, unsigned char **payload)
{
    const struct mpr_ring_place *place = &producer->place;
    const bool is_common =
        producer->common->may_write && payload_bytes <= MPR_COMMON_PAYLOAD_BYTES;
    uint32_t skip = 0;
    uint32_t room = 0;

    if (payload_bytes > 0 && !is_common) {
        room = mpr_ring_room(place, producer->payload_position, payload_bytes, &skip);
    }
    if (mpr_unlikely(!mpr_ring_has_room(producer, room)) && !mpr_ring_find_room(producer, room)) {
        return NULL;
    }
    producer->payload_end = producer->payload_position + room;
    if (is_common) {
        if (payload_bytes > 0) {
            *payload = (unsigned char *)(producer->common->cell + 1);
        }
        return producer->common->cell;
    }
    if (payload_bytes > 0) {
        uint32_t index = (producer->payload_position + skip) & (place->payload_bytes - 1);
        *payload = place->payload + index;
    }
    return mpr_ring_cell(place, producer->position);
}

/* Publishes the cell that the last mpr_ring_reserve() gave, with all its payload. */
static inline void mpr_ring_publish(struct mpr_ring_producer *producer, struct mpr_cell *cell)
{
    struct mpr_ring_common *common = producer->common;
    uint32_t index = producer->position & (producer->place.cell_count - 1);

    producer->payload_position = producer->payload_end;
    producer->payload_ends[index] = producer->payload_end;
    producer->position++;
    uint32_t turn = producer->position;
    if (cell == common->cell) {
        turn = mpr_ring_common_turn(turn, common->own_mark);
        common->may_write = false;
        common->may_read = true;
    }
    atomic_store_explicit(&cell->turn, turn, memory_order_release); /* R1 */
    atomic_store_explicit(producer->place.tail, producer->position, memory_order_release); /* R2 */
}

/* The payload of the front cell, which has MPR_CELL_AREA. */
static inline const unsigned char *mpr_ring_payload(const struct mpr_ring_consumer *consumer,
                                                    const struct mpr_cell *cell)
{
    const struct mpr_ring_place *place = &consumer->place;
    uint32_t skip;

    if (cell == consumer->common->cell) {
        return (const unsigned char *)(cell + 1);
    }
    mpr_ring_room(place, consumer->payload_position, cell->payload_bytes, &skip);
    return place->payload + ((consumer->payload_position + skip) & (place->payload_bytes - 1));
}

/* For mpr_ring_consume(): tells the producer of all that was consumed. */
void mpr_ring_give_back(struct mpr_ring_consumer *consumer);

/* Gives the front cell back. Returns true when the producer was told of new room: that is when a
 * producer that sleeps for lack of room must be woken. */
static inline bool mpr_ring_consume(struct mpr_ring_consumer *consumer, const struct mpr_cell *cell)
{
    const struct mpr_ring_place *place = &consumer->place;

    if (cell == consumer->common->cell) {
        consumer->common->may_read = false;
        consumer->common->may_write = true;
    } else if ((cell->flags & MPR_CELL_AREA) != 0) {
        uint32_t skip;
        consumer->payload_position +=
            mpr_ring_room(place, consumer->payload_position, cell->payload_bytes, &skip);
    }
    consumer->position++;
    uint32_t cells = consumer->position - consumer->published_position;
    uint32_t bytes = consumer->payload_position - consumer->payload_published;
    if (mpr_likely(cells < place->cell_count / MPR_RING_PUBLISH_PARTS &&
                   bytes < place->payload_bytes / MPR_RING_PUBLISH_PARTS)) {
        return false;
    }
    mpr_ring_give_back(consumer);
    return true;
}

/* The common cell, if the next message is there, or NULL. The lines behind it are fetched for
 * writing: that is where the answer is going to lie. */
static inline struct mpr_cell *mpr_ring_front_in_common(const struct mpr_ring_consumer *consumer)
{
    struct mpr_cell *cell = consumer->common->cell;
    uint32_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire); /* A6 */

    if (turn != mpr_ring_common_turn(consumer->position + 1, consumer->common->other_mark)) {
        return NULL;
    }
    if ((cell->flags & MPR_CELL_AREA) != 0) {
        const unsigned char *payload = (const unsigned char *)(cell + 1);
        for (uint32_t at = 0; at < cell->payload_bytes; at += MPR_LINE_BYTES) {
            mpr_prefetch_write(payload + at);
        }
    }
    return cell;
}

/* The next full cell, or NULL. Looks at the cell itself. */
static inline struct mpr_cell *mpr_ring_front(const struct mpr_ring_consumer *consumer)
{
    const struct mpr_ring_place *place = &consumer->place;
    if (consumer->common->may_read) {
        struct mpr_cell *common = mpr_ring_front_in_common(consumer);
        if (common != NULL) {
            return common;
        }
    }
    struct mpr_cell *cell = mpr_ring_cell(place, consumer->position);
    uint32_t turn = atomic_load_explicit(&cell->turn, memory_order_acquire); /* A1 */
    return turn == consumer->position + 1 ? cell : NULL;
}

/* Whether the tail shows cells that were not consumed yet. */
static inline bool mpr_ring_has_more(const struct mpr_ring_consumer *consumer)
{
    uint32_t tail = atomic_load_explicit(consumer->place.tail, memory_order_acquire); /* A2 */
    return (int32_t)(tail - consumer->position) > 0;
}

/* The invariants that hold between calls, for tests. */
bool mpr_ring_producer_is_valid(const struct mpr_ring_producer *producer);
bool mpr_ring_consumer_is_valid(const struct mpr_ring_consumer *consumer);

#endif
