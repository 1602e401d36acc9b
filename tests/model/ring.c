/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenes of the ring (shm/ring.c): a producer and a consumer, each a process, around the ring more
 * than once, with payload in the cells and in the payload area. */
#include "shm/ring.h"

#include <string.h>

#include "machine.h"

enum { CELLS = 4, AREA_BYTES = 256, UNIT_BYTES = 64, MESSAGES = 6, IN_CELL_BYTES = 8 };

/* The bytes of each message: one in the cell, the others in the area, whose end they meet unevenly.
 * */
static const uint32_t mixed_sizes[MESSAGES] = {64, 8, 100, 100, 33, 64};
static const uint32_t small_sizes[MESSAGES] = {8, 8, 8, 8, 8, 8};
static const uint32_t *sizes = mixed_sizes;

struct shared {
    struct mpr_cell cells[CELLS];
    _Alignas(64) unsigned char payload[AREA_BYTES];
    struct mpr_ring_control control;
    _Atomic uint32_t tail;
};

static struct mpr_ring_producer producer;
static struct mpr_ring_consumer consumer;
static uint32_t payload_ends[CELLS];

/* What two processes share that talk with each other: a ring each, and the cell in common. */
struct talk {
    struct shared rings[2];
    _Alignas(64) unsigned char common[MPR_COMMON_BYTES];
};

static struct mpr_ring_common common;

/* What each does, one after the other: it sends, or it receives. Messages answer each other, follow
 * each other and cross. */
static const char *const talks[2] = {"srssrrs", "rssrrsr"};

static struct mpr_ring_place name_ring(struct shared *shared)
{
    for (int i = 0; i < CELLS; i++) {
        model_atomic(&shared->cells[i].turn, "turn");
        model_plain(&shared->cells[i].kind, sizeof(shared->cells[i]) - 4, "cell");
    }
    for (int i = 0; i < AREA_BYTES / UNIT_BYTES; i++) {
        model_plain(shared->payload + i * UNIT_BYTES, UNIT_BYTES, "payload");
    }
    model_atomic(&shared->control.head_position, "head");
    model_atomic(&shared->tail, "tail");
    return (struct mpr_ring_place){shared->cells, shared->payload, &shared->control,
                                   &shared->tail, CELLS,           AREA_BYTES};
}

static void start(int process)
{
    const struct mpr_ring_place place = name_ring(model_shared());

    if (process == 0) {
        mpr_ring_producer_open(&producer, &place, payload_ends);
    } else {
        mpr_ring_consumer_open(&consumer, &place);
    }
}

/* All messages lie in their cells: these are what there may be too few of. */
static void start_small(int process)
{
    sizes = small_sizes;
    start(process);
}

static void start_talk(int process)
{
    struct talk *talk = model_shared();
    struct mpr_cell *cell = (struct mpr_cell *)(void *)talk->common;
    const struct mpr_ring_place places[] = {name_ring(&talk->rings[0]), name_ring(&talk->rings[1])};

    model_atomic(&cell->turn, "common turn");
    model_plain(&cell->kind, sizeof(*cell) - 4, "common cell");
    for (int i = 0; i < MPR_COMMON_PAYLOAD_BYTES / UNIT_BYTES; i++) {
        model_plain((unsigned char *)(cell + 1) + i * UNIT_BYTES, UNIT_BYTES, "common payload");
    }
    mpr_ring_producer_open(&producer, &places[process], payload_ends);
    mpr_ring_consumer_open(&consumer, &places[1 - process]);
    mpr_ring_share(&producer, &consumer, &common, cell, process == 0);
}

static void produce(int number)
{
    bool in_area = sizes[number] > IN_CELL_BYTES;
    unsigned char *payload = NULL;
    struct mpr_cell *cell;

    while ((cell = mpr_ring_reserve(&producer, in_area ? sizes[number] : 0, &payload)) == NULL) {
        model_pause();
    }
    model_writes(&cell->kind);
    cell->tag = number;
    cell->payload_bytes = sizes[number];
    cell->flags = in_area ? MPR_CELL_AREA : 0;
    if (in_area) {
        for (uint32_t at = 0; at < sizes[number]; at += UNIT_BYTES) {
            model_writes(payload + at);
        }
        memset(payload, number + 1, sizes[number]);
    }
    mpr_ring_publish(&producer, cell);
    model_check(mpr_ring_producer_is_valid(&producer));
}

static void take(const struct mpr_cell *cell, int number)
{
    model_reads(&cell->kind);
    model_check(cell->tag == number && cell->payload_bytes == sizes[number]);
    if ((cell->flags & MPR_CELL_AREA) != 0) {
        const unsigned char *payload = mpr_ring_payload(&consumer, cell);
        for (uint32_t at = 0; at < sizes[number]; at += UNIT_BYTES) {
            model_reads(payload + at);
        }
        model_check(payload[0] == number + 1 && payload[sizes[number] - 1] == number + 1);
    }
    mpr_ring_consume(&consumer, cell);
    model_check(mpr_ring_consumer_is_valid(&consumer));
}

static void await(int number)
{
    struct mpr_cell *cell;

    while ((cell = mpr_ring_front(&consumer)) == NULL) {
        model_pause();
    }
    take(cell, number);
}

static void run(int thread)
{
    for (int number = 0; number < MESSAGES; number++) {
        if (thread == 0) {
            produce(number);
            continue;
        }
        await(number);
    }
}

static void run_talk(int thread)
{
    int sent = 0, received = 0;

    for (const char *step = talks[thread]; *step != '\0'; step++) {
        if (*step == 's') {
            produce(sent++);
        } else {
            await(received++);
        }
    }
}

/* The consumer looks at the tail first, as one does that has many rings to look at. */
static void run_by_tail(int thread)
{
    if (thread == 0) {
        run(thread);
        return;
    }
    for (int number = 0; number < MESSAGES; number++) {
        while (!mpr_ring_has_more(&consumer)) {
            model_pause();
        }
        struct mpr_cell *cell = mpr_ring_front(&consumer);
        model_check(cell != NULL);
        if (cell == NULL) {
            return;
        }
        take(cell, number);
    }
}

const struct model_scene *model_scene_find(int number)
{
    static const struct model_scene scenes[] = {
        {2, {0, 1}, 0, false, start, run},
        {2, {0, 1}, 0, false, start, run_by_tail},
        {2, {0, 1}, 0, false, start_small, run},
        {2, {0, 1}, 0, false, start_talk, run_talk},
    };
    return number < (int)mpr_array_count(scenes) ? &scenes[number] : NULL;
}
