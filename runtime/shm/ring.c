/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring's two sides.
 *
 * The design follows the single-producer single-consumer queues that keep a copy of the other side's
 * counter (L. Lamport, "Specifying Concurrent Program Modules", 1983, for the queue; P. Lee et al.,
 * "MCRingBuffer", IPDPS 2010, for the lazy copies and the batched publication of the head), with the
 * full flag moved into the element (J. Giacomoni et al., "FastForward", PPoPP 2008), so that an
 * empty-check and the message share one line.
 *
 * The consumer publishes its head once for a quarter of the cells or of the payload area: a line less
 * to move for most messages. What it keeps back can never starve the producer, see
 * mpr_ring_payload_max(). */
#include "shm/ring.h"

#include "shm/segment.h"

enum { PAYLOAD_UNIT_BYTES = MPR_LINE_BYTES, PUBLISH_PARTS = 4 };

void mpr_ring_place_find(struct mpr_ring_place *place, const struct mpr_segment *segment,
                         uint32_t receiver, uint32_t sender)
{
    const struct mpr_geometry *geometry = &segment->geometry;
    const struct mpr_layout *layout = &segment->layout;
    unsigned char *base = (unsigned char *)segment->header;
    uint64_t ring = mpr_layout_ring(geometry, receiver, sender);
    uint64_t cells_bytes = (uint64_t)geometry->ring_cells * sizeof(struct mpr_cell);

    *place = (struct mpr_ring_place){
        .cells = (struct mpr_cell *)(void *)(base + layout->cells_offset + ring * cells_bytes),
        .payload = base + layout->payload_offset + ring * geometry->ring_bytes,
        .control = (struct mpr_ring_control *)(void *)(base + layout->ring_control_offset) + ring,
        .tail = (_Atomic uint32_t *)(void *)(base + layout->tails_offset +
                                             mpr_layout_tail(geometry, receiver, sender)),
        .cell_count = geometry->ring_cells,
        .payload_bytes = geometry->ring_bytes,
    };
}

void mpr_ring_producer_open(struct mpr_ring_producer *producer, const struct mpr_ring_place *place,
                            uint32_t *payload_ends)
{
    *producer = (struct mpr_ring_producer){.place = *place, .payload_ends = payload_ends};
}

void mpr_ring_consumer_open(struct mpr_ring_consumer *consumer, const struct mpr_ring_place *place)
{
    *consumer = (struct mpr_ring_consumer){.place = *place};
}

/* The bytes of the area that a payload at `position` takes: itself in whole lines, and before it what
 * is left until the wrap when it does not fit there (*skip). Both sides compute the same. */
static uint32_t payload_room(const struct mpr_ring_place *place, uint32_t position, uint32_t bytes,
                             uint32_t *skip)
{
    uint32_t room = (uint32_t)mpr_round_up(bytes, PAYLOAD_UNIT_BYTES);
    uint32_t index = position & (place->payload_bytes - 1);
    *skip = index + room > place->payload_bytes ? place->payload_bytes - index : 0;
    return room + *skip;
}

static void refresh_head(struct mpr_ring_producer *producer)
{
    uint32_t head = atomic_load_explicit(&producer->place.control->head_position,
                                         memory_order_acquire); /* A3 */
    if (head != producer->head_position) {
        producer->head_position = head;
        producer->payload_head = producer->payload_ends[(head - 1) & (producer->place.cell_count - 1)];
    }
}

static bool has_cell(const struct mpr_ring_producer *producer)
{
    return producer->position - producer->head_position < producer->place.cell_count;
}

static bool has_payload(const struct mpr_ring_producer *producer, uint32_t room)
{
    uint32_t used = producer->payload_position - producer->payload_head;
    return room <= producer->place.payload_bytes - used;
}

struct mpr_cell *mpr_ring_reserve(struct mpr_ring_producer *producer, uint32_t payload_bytes,
                                  unsigned char **payload)
{
    const struct mpr_ring_place *place = &producer->place;
    uint32_t skip = 0;
    uint32_t room = 0;

    if (payload_bytes > 0) {
        room = payload_room(place, producer->payload_position, payload_bytes, &skip);
    }
    if (!has_cell(producer) || !has_payload(producer, room)) {
        refresh_head(producer);
        if (!has_cell(producer) || !has_payload(producer, room)) {
            return NULL;
        }
    }
    if (payload_bytes > 0) {
        uint32_t index = (producer->payload_position + skip) & (place->payload_bytes - 1);
        *payload = place->payload + index;
    }
    producer->payload_end = producer->payload_position + room;
    return &place->cells[producer->position & (place->cell_count - 1)];
}

void mpr_ring_publish(struct mpr_ring_producer *producer, struct mpr_cell *cell)
{
    uint32_t index = producer->position & (producer->place.cell_count - 1);

    producer->payload_position = producer->payload_end;
    producer->payload_ends[index] = producer->payload_end;
    producer->position++;
    atomic_store_explicit(&cell->turn, producer->position, memory_order_release); /* R1 */
    atomic_store_explicit(producer->place.tail, producer->position, memory_order_release); /* R2 */
}

const unsigned char *mpr_ring_payload(const struct mpr_ring_consumer *consumer,
                                      const struct mpr_cell *cell)
{
    const struct mpr_ring_place *place = &consumer->place;
    uint32_t skip;

    payload_room(place, consumer->payload_position, cell->payload_bytes, &skip);
    return place->payload + ((consumer->payload_position + skip) & (place->payload_bytes - 1));
}

bool mpr_ring_consume(struct mpr_ring_consumer *consumer, const struct mpr_cell *cell)
{
    const struct mpr_ring_place *place = &consumer->place;

    if ((cell->flags & MPR_CELL_AREA) != 0 && cell->payload_bytes > 0) {
        uint32_t skip;
        consumer->payload_position +=
            payload_room(place, consumer->payload_position, cell->payload_bytes, &skip);
    }
    consumer->position++;
    uint32_t cells = consumer->position - consumer->published_position;
    uint32_t bytes = consumer->payload_position - consumer->payload_published;
    if (cells < place->cell_count / PUBLISH_PARTS && bytes < place->payload_bytes / PUBLISH_PARTS) {
        return false;
    }
    consumer->published_position = consumer->position;
    consumer->payload_published = consumer->payload_position;
    atomic_store_explicit(&place->control->head_position, consumer->position,
                          memory_order_release); /* R3 */
    return true;
}

bool mpr_ring_producer_is_valid(const struct mpr_ring_producer *producer)
{
    const struct mpr_ring_place *place = &producer->place;
    return mpr_is_power_of_two(place->cell_count) && mpr_is_power_of_two(place->payload_bytes) &&
           producer->position - producer->head_position <= place->cell_count &&
           producer->payload_position - producer->payload_head <= place->payload_bytes;
}

bool mpr_ring_consumer_is_valid(const struct mpr_ring_consumer *consumer)
{
    const struct mpr_ring_place *place = &consumer->place;
    return consumer->position - consumer->published_position < place->cell_count &&
           consumer->payload_position - consumer->payload_published < place->payload_bytes;
}
