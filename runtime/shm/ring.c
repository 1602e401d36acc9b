/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring's two sides.
 *
 * The design follows the single-producer single-consumer queues that keep a copy of the other
 * side's counter (L. Lamport, "Specifying Concurrent Program Modules", 1983, for the queue; P. Lee
 * et al., "MCRingBuffer", IPDPS 2010, for the lazy copies and the batched publication of the head),
 * with the full flag moved into the element (J. Giacomoni et al., "FastForward", PPoPP 2008), so
 * that an empty-check and the message share one line.
 *
 * The consumer publishes its head once for a quarter of the cells or of the payload area: a line
 * less to move for most messages. What it keeps back can never starve the producer, see
 * mpr_ring_payload_max(). */
#include "shm/ring.h"

#include "shm/segment.h"

/* Of rings that have no cell in common: never written. */
static struct mpr_ring_common no_common;

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
    *producer = (struct mpr_ring_producer){
        .place = *place, .common = &no_common, .payload_ends = payload_ends};
}

void mpr_ring_consumer_open(struct mpr_ring_consumer *consumer, const struct mpr_ring_place *place)
{
    *consumer = (struct mpr_ring_consumer){.place = *place, .common = &no_common};
}

struct mpr_cell *mpr_ring_common_find(const struct mpr_segment *segment, uint32_t one,
                                      uint32_t other)
{
    unsigned char *base = (unsigned char *)segment->header;
    uint64_t offset =
        segment->layout.commons_offset + mpr_layout_pair(one, other) * MPR_COMMON_BYTES;

    return (struct mpr_cell *)(void *)(base + offset);
}

void mpr_ring_share(struct mpr_ring_producer *producer, struct mpr_ring_consumer *consumer,
                    struct mpr_ring_common *common, struct mpr_cell *cell, bool is_first)
{
    *common = (struct mpr_ring_common){
        .cell = cell,
        .own_mark = is_first ? MPR_COMMON_FIRST : 0,
        .other_mark = is_first ? 0 : MPR_COMMON_FIRST,
        .may_write = is_first,
        .may_read = !is_first,
    };
    producer->common = common;
    consumer->common = common;
}

static void refresh_head(struct mpr_ring_producer *producer)
{
    uint32_t head = atomic_load_explicit(&producer->place.control->head_position,
                                         memory_order_acquire); /* A3 */
    if (head != producer->head_position) {
        producer->head_position = head;
        producer->payload_head =
            producer->payload_ends[(head - 1) & (producer->place.cell_count - 1)];
    }
}

bool mpr_ring_find_room(struct mpr_ring_producer *producer, uint32_t room)
{
    refresh_head(producer);
    return mpr_ring_has_room(producer, room);
}

void mpr_ring_give_back(struct mpr_ring_consumer *consumer)
{
    consumer->published_position = consumer->position;
    consumer->payload_published = consumer->payload_position;
    atomic_store_explicit(&consumer->place.control->head_position, consumer->position,
                          memory_order_release); /* R3 */
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
