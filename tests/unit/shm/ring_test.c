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

/* One of two that talk with each other: what it sends with and what it receives with. */
struct talker {
    struct pair sides;
    struct mpr_ring_common common;
    uint32_t sent, seen;
};

/* Ranks 1 and 2; the first one begins. All positions stand at `start`. */
static void open_talkers(struct talker *talkers, uint32_t start)
{
    struct mpr_segment *segment = &talkers[0].sides.segment;

    fixture_open(segment, 3, CELLS, BYTES);
    for (uint32_t i = 0; i < 2; i++) {
        struct talker *talker = &talkers[i];
        struct pair *sides = &talker->sides;
        struct mpr_ring_place place;
        sides->segment = *segment;
        mpr_ring_place_find(&place, segment, 2 - i, 1 + i);
        mpr_ring_producer_open(&sides->producer, &place, sides->payload_ends);
        atomic_store(&place.control->head_position, start);
        atomic_store(place.tail, start);
        mpr_ring_place_find(&place, segment, 1 + i, 2 - i);
        mpr_ring_consumer_open(&sides->consumer, &place);
        mpr_ring_share(&sides->producer, &sides->consumer, &talker->common,
                       mpr_ring_common_find(segment, 1 + i, 2 - i), i == 0);
        sides->producer.position = sides->producer.head_position = start;
        sides->consumer.position = sides->consumer.published_position = start;
        talker->sent = talker->seen = 0;
    }
}

static void an_answer_lies_where_the_message_lay(void)
{
    struct talker talkers[2];
    struct pair *first = &talkers[0].sides, *second = &talkers[1].sides;
    open_talkers(talkers, 0);
    struct mpr_cell *common = mpr_ring_common_find(&first->segment, 1, 2);
    CU_ASSERT_PTR_EQUAL(common, mpr_ring_common_find(&first->segment, 2, 1));
    // Who has not read the cell writes elsewhere, and so does who has written it.
    CU_ASSERT_PTR_NOT_EQUAL(fill(second, 0, NULL), common);
    CU_ASSERT_PTR_EQUAL(fill(first, 0, NULL), common);
    CU_ASSERT_PTR_NOT_EQUAL(fill(first, 0, NULL), common);
    CU_ASSERT_PTR_NOT_EQUAL(mpr_ring_front(&first->consumer), common);
    consume_front(first);
    CU_ASSERT_PTR_NULL(mpr_ring_front(&first->consumer));
    CU_ASSERT_PTR_EQUAL(mpr_ring_front(&second->consumer), common);
    CU_ASSERT_PTR_NOT_EQUAL(mpr_ring_reserve(&second->producer, 0, NULL), common);
    consume_front(second);
    CU_ASSERT_PTR_NOT_EQUAL(mpr_ring_front(&second->consumer), common);
    CU_ASSERT_PTR_EQUAL(fill(second, 0, NULL), common);
    CU_ASSERT_PTR_EQUAL(mpr_ring_front(&first->consumer), common);
    close_pair(first);
}

static void the_common_cell_takes_short_payload_alone(void)
{
    struct talker talkers[2];
    struct pair *first = &talkers[0].sides, *second = &talkers[1].sides;
    unsigned char *payload = NULL;
    open_talkers(talkers, 0);
    struct mpr_cell *common = mpr_ring_common_find(&first->segment, 1, 2);
    CU_ASSERT_PTR_NOT_EQUAL(
        mpr_ring_reserve(&first->producer, MPR_COMMON_PAYLOAD_BYTES + 1, &payload), common);
    CU_ASSERT_PTR_EQUAL(fill(first, MPR_COMMON_PAYLOAD_BYTES, &payload), common);
    CU_ASSERT_PTR_EQUAL(payload, common + 1);
    CU_ASSERT_PTR_EQUAL(mpr_ring_payload(&second->consumer, common), payload);
    consume_front(second);
    CU_ASSERT_EQUAL(second->consumer.payload_position, 0);
    CU_ASSERT_EQUAL(first->producer.payload_position, 0);
    close_pair(first);
}

static void a_common_cell_makes_no_more_room(void)
{
    struct talker talkers[2];
    struct pair *first = &talkers[0].sides;
    open_talkers(talkers, 0);
    for (int i = 0; i < CELLS; i++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(fill(first, 0, NULL));
    }
    CU_ASSERT_PTR_NULL(mpr_ring_reserve(&first->producer, 0, NULL));
    close_pair(first);
}

/* A random step of one of two that talk. */
static void talk(struct talker *talker, struct talker *other, uint32_t *state)
{
    if (next_random(state) % 2 == 0) {
        talker->sent += push(&talker->sides, talker->sent);
    } else if (talker->seen < other->sent) {
        CU_ASSERT_TRUE_FATAL(mpr_ring_has_more(&talker->sides.consumer));
        CU_ASSERT_TRUE_FATAL(pop(&talker->sides, talker->seen));
        talker->seen++;
    } else {
        CU_ASSERT_PTR_NULL_FATAL(mpr_ring_front(&talker->sides.consumer));
    }
    CU_ASSERT_FALSE_FATAL(talker->common.may_write && other->common.may_write);
    CU_ASSERT_FALSE_FATAL(talker->common.may_write && talker->common.may_read);
}

/* Through every place at which the bits of a turn run over. */
static void talk_keeps_order_and_contents(void)
{
    const uint32_t starts[] = {0, UINT32_MAX - 1000, MPR_COMMON_FIRST - 1000};

    for (size_t i = 0; i < 3; i++) {
        struct talker talkers[2];
        uint32_t state = 11;
        open_talkers(talkers, starts[i]);
        for (int step = 0; step < 100000; step++) {
            const uint32_t who = next_random(&state) % 2;
            talk(&talkers[who], &talkers[1 - who], &state);
        }
        CU_ASSERT_TRUE(talkers[0].seen > 10000 && talkers[1].seen > 10000);
        close_pair(&talkers[0].sides);
    }
}

/* Sends whenever it may, receives whatever has come, until all has come and gone. */
static void *talk_to_the_end(void *argument)
{
    struct talker *talker = argument;
    uint32_t state = (uint32_t)(uintptr_t)argument;

    while (talker->sent < THREAD_MESSAGES || talker->seen < THREAD_MESSAGES) {
        const bool may_send = talker->sent < THREAD_MESSAGES && talker->sent <= talker->seen + 2;
        const bool sends = may_send && next_random(&state) % 4 != 0;
        if (sends && push(&talker->sides, talker->sent)) {
            talker->sent++;
        } else if (talker->seen < THREAD_MESSAGES && pop(&talker->sides, talker->seen)) {
            talker->seen++;
        } else if (!sends) {
            sched_yield();
        }
    }
    return NULL;
}

static void talks_between_threads(void)
{
    struct talker talkers[2];
    pthread_t other;

    open_talkers(talkers, 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&other, NULL, talk_to_the_end, &talkers[1]), 0);
    talk_to_the_end(&talkers[0]);
    pthread_join(other, NULL);
    CU_ASSERT_PTR_NULL(mpr_ring_front(&talkers[0].sides.consumer));
    close_pair(&talkers[0].sides);
}

UNIT_MAIN("ring", UNIT(is_empty_when_new), UNIT(shows_nothing_before_it_is_published),
          UNIT(pushes_back_when_the_cells_are_used), UNIT(pushes_back_when_the_payload_is_used),
          UNIT(finds_room_for_the_longest_message_whenever_it_is_drained),
          UNIT(keeps_order_and_contents_through_random_fill_levels),
          UNIT(counters_may_wrap_around), UNIT(carries_messages_between_threads),
          UNIT(carries_messages_between_threads_in_the_smallest_ring),
          UNIT(an_answer_lies_where_the_message_lay),
          UNIT(the_common_cell_takes_short_payload_alone), UNIT(a_common_cell_makes_no_more_room),
          UNIT(talk_keeps_order_and_contents), UNIT(talks_between_threads))
