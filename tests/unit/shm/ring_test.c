/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring between two ranks: through wrap and full states, one thread and
 * two, contents checked. */
#include "shm/ring.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "segment_fixture.h"
#include "tests/lib/unit.h"

enum { CELLS = 8, BYTES = 4096 };

struct pair {
    struct mpr_segment segment;
    struct mpr_ring_producer producer;
    struct mpr_ring_consumer consumer;
    uint32_t payload_ends[1024];
};

static void open_pair(struct pair *pair, int64_t cells, int64_t bytes)
{
    struct mpr_ring_place place;

    fixture_open(&pair->segment, 3, cells, bytes);
    mpr_ring_place_find(&place, &pair->segment, 2, 1);
    mpr_ring_producer_open(&pair->producer, &place, pair->payload_ends);
    mpr_ring_consumer_open(&pair->consumer, &place);
}

static void close_pair(struct pair *pair)
{
    mpr_segment_detach(&pair->segment);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Message number n: its length follows from n, and so do its bytes. */
static uint32_t length_of(uint32_t number, uint32_t most)
{
    uint32_t state = number;
    uint32_t kind = next_random(&state) % 4;
    return kind == 0 ? 0 : kind == 1 ? most : next_random(&state) % (most + 1);
}

static bool push(struct pair *pair, uint32_t number)
{
    uint32_t bytes = length_of(number, mpr_ring_payload_max(&pair->producer.place));
    unsigned char *payload = NULL;
    struct mpr_cell *cell = mpr_ring_reserve(&pair->producer, bytes, &payload);

    if (cell == NULL) {
        return false;
    }
    cell->flags = MPR_CELL_AREA;
    cell->payload_bytes = bytes;
    cell->body.words[0] = number;
    if (bytes > 0) {
        memset(payload, (int)(number & 0xff), bytes);
    }
    mpr_ring_publish(&pair->producer, cell);
    return true;
}

/* Whether message `number` was at the front, whole. */
static bool pop(struct pair *pair, uint32_t number)
{
    struct mpr_cell *cell = mpr_ring_front(&pair->consumer);
    bool good;

    if (cell == NULL) {
        return false;
    }
    uint32_t bytes = length_of(number, mpr_ring_payload_max(&pair->consumer.place));
    good = cell->body.words[0] == number && cell->payload_bytes == bytes;
    const unsigned char *payload = bytes > 0 ? mpr_ring_payload(&pair->consumer, cell) : NULL;
    for (uint32_t i = 0; good && i < bytes; i++) {
        good = payload[i] == (number & 0xff);
    }
    mpr_ring_consume(&pair->consumer, cell);
    CU_ASSERT_TRUE_FATAL(good);
    return true;
}

static void is_empty_when_new(void)
{
    struct pair pair;
    open_pair(&pair, CELLS, BYTES);
    CU_ASSERT_PTR_NULL(mpr_ring_front(&pair.consumer));
    CU_ASSERT_FALSE(mpr_ring_has_more(&pair.consumer));
    CU_ASSERT_TRUE(mpr_ring_producer_is_valid(&pair.producer));
    CU_ASSERT_TRUE(mpr_ring_consumer_is_valid(&pair.consumer));
    close_pair(&pair);
}

static void shows_nothing_before_it_is_published(void)
{
    struct pair pair;
    open_pair(&pair, CELLS, BYTES);
    struct mpr_cell *cell = mpr_ring_reserve(&pair.producer, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(cell);
    CU_ASSERT_PTR_NULL(mpr_ring_front(&pair.consumer));
    CU_ASSERT_PTR_EQUAL(mpr_ring_reserve(&pair.producer, 0, NULL), cell);
    cell->flags = 0;
    mpr_ring_publish(&pair.producer, cell);
    CU_ASSERT_PTR_EQUAL(mpr_ring_front(&pair.consumer), cell);
    CU_ASSERT_TRUE(mpr_ring_has_more(&pair.consumer));
    close_pair(&pair);
}

/* Sends a message of `bytes` in the area, or of none. Returns its cell; NULL: there is no room. */
static struct mpr_cell *fill(struct pair *pair, uint32_t bytes, unsigned char **payload)
{
    struct mpr_cell *cell = mpr_ring_reserve(&pair->producer, bytes, payload);

    if (cell != NULL) {
        cell->flags = bytes > 0 ? MPR_CELL_AREA : 0;
        cell->payload_bytes = bytes;
        mpr_ring_publish(&pair->producer, cell);
    }
    return cell;
}

/* Whether there was a cell, and giving it back told the producer. */
static bool consume_front(struct pair *pair)
{
    struct mpr_cell *cell = mpr_ring_front(&pair->consumer);

    CU_ASSERT_PTR_NOT_NULL(cell);
    return cell != NULL && mpr_ring_consume(&pair->consumer, cell);
}

static void pushes_back_when_the_cells_are_used(void)
{
    struct pair pair;
    open_pair(&pair, CELLS, BYTES);
    for (int i = 0; i < CELLS; i++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(fill(&pair, 0, NULL));
    }
    CU_ASSERT_PTR_NULL(mpr_ring_reserve(&pair.producer, 0, NULL));
    // A quarter of the cells makes room.
    CU_ASSERT_FALSE(consume_front(&pair));
    CU_ASSERT_PTR_NULL(mpr_ring_reserve(&pair.producer, 0, NULL));
    CU_ASSERT_TRUE(consume_front(&pair));
    CU_ASSERT_PTR_NOT_NULL(mpr_ring_reserve(&pair.producer, 0, NULL));
    close_pair(&pair);
}

static void pushes_back_when_the_payload_is_used(void)
{
    struct pair pair;
    unsigned char *payload = NULL;
    open_pair(&pair, 64, BYTES);
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(fill(&pair, BYTES / 4, &payload));
    }
    CU_ASSERT_PTR_NULL(mpr_ring_reserve(&pair.producer, 1, &payload));
    CU_ASSERT_PTR_NOT_NULL(mpr_ring_reserve(&pair.producer, 0, NULL)); // cells are left
    CU_ASSERT_TRUE(consume_front(&pair));
    CU_ASSERT_PTR_NOT_NULL(mpr_ring_reserve(&pair.producer, BYTES / 4, &payload));
    close_pair(&pair);
}

static void finds_room_for_the_longest_message_whenever_it_is_drained(void)
{
    struct pair pair;
    uint32_t state = 1;
    open_pair(&pair, CELLS, BYTES);
    for (uint32_t round = 0; round < 20000; round++) {
        unsigned char *payload = NULL;
        uint32_t bytes = next_random(&state) % 5 == 0 ? BYTES / 4 : 1 + next_random(&state) % 700;
        struct mpr_cell *cell = fill(&pair, bytes, &payload);
        CU_ASSERT_PTR_NOT_NULL_FATAL(cell);
        CU_ASSERT_PTR_EQUAL_FATAL(mpr_ring_front(&pair.consumer), cell);
        CU_ASSERT_TRUE_FATAL(mpr_ring_payload(&pair.consumer, cell) == payload);
        mpr_ring_consume(&pair.consumer, cell);
    }
    close_pair(&pair);
}

static void keeps_order_and_contents_through_random_fill_levels(void)
{
    struct pair pair;
    uint32_t state = 7;
    uint32_t sent = 0;
    uint32_t seen = 0;
    open_pair(&pair, CELLS, BYTES);
    while (seen < 100000) {
        for (uint32_t n = next_random(&state) % (2 * CELLS); n > 0 && push(&pair, sent); n--) {
            sent++;
        }
        CU_ASSERT_TRUE_FATAL(mpr_ring_producer_is_valid(&pair.producer));
        for (uint32_t n = next_random(&state) % (2 * CELLS); n > 0 && pop(&pair, seen); n--) {
            seen++;
        }
        CU_ASSERT_TRUE_FATAL(mpr_ring_consumer_is_valid(&pair.consumer));
    }
    close_pair(&pair);
}

static void counters_may_wrap_around(void)
{
    struct pair pair;
    const uint32_t start = UINT32_MAX - 20;
    uint32_t seen = 0;
    open_pair(&pair, CELLS, BYTES);
    // As if four billion messages had gone through: every counter stands shortly before its end.
    pair.producer.position = pair.producer.head_position = start;
    pair.consumer.position = pair.consumer.published_position = start;
    atomic_store(&pair.producer.place.control->head_position, start);
    atomic_store(pair.producer.place.tail, start);
    pair.producer.payload_position = pair.producer.payload_head = 0u - BYTES;
    pair.consumer.payload_position = pair.consumer.payload_published = 0u - BYTES;
    for (uint32_t sent = 0; sent < 200; sent++) {
        CU_ASSERT_TRUE_FATAL(push(&pair, sent));
        CU_ASSERT_TRUE(mpr_ring_has_more(&pair.consumer));
        CU_ASSERT_TRUE_FATAL(pop(&pair, seen));
        seen++;
        CU_ASSERT_FALSE(mpr_ring_has_more(&pair.consumer));
    }
    close_pair(&pair);
}

enum { THREAD_MESSAGES = 300000 };

static void *produce(void *argument)
{
    struct pair *pair = argument;
    uint32_t state = 3;
    for (uint32_t number = 0; number < THREAD_MESSAGES;) {
        if (push(pair, number)) {
            number++;
        } else {
            sched_yield();
        }
        if (next_random(&state) % 1000 == 0) {
            sched_yield();
        }
    }
    return NULL;
}

static void two_threads(int64_t cells, int64_t bytes)
{
    struct pair pair;
    pthread_t producer;
    open_pair(&pair, cells, bytes);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&producer, NULL, produce, &pair), 0);
    for (uint32_t number = 0; number < THREAD_MESSAGES;) {
        if (pop(&pair, number)) {
            number++;
        } else {
            sched_yield();
        }
    }
    pthread_join(producer, NULL);
    CU_ASSERT_PTR_NULL(mpr_ring_front(&pair.consumer));
    close_pair(&pair);
}

static void carries_messages_between_threads(void)
{
    two_threads(64, 16384);
}

static void carries_messages_between_threads_in_the_smallest_ring(void)
{
    two_threads(4, 1024);
}

UNIT_MAIN("ring", UNIT(is_empty_when_new), UNIT(shows_nothing_before_it_is_published),
          UNIT(pushes_back_when_the_cells_are_used), UNIT(pushes_back_when_the_payload_is_used),
          UNIT(finds_room_for_the_longest_message_whenever_it_is_drained),
          UNIT(keeps_order_and_contents_through_random_fill_levels),
          UNIT(counters_may_wrap_around), UNIT(carries_messages_between_threads),
          UNIT(carries_messages_between_threads_in_the_smallest_ring))
