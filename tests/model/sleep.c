/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenes of sleeping: the real passes of progress (p2p/progress.c), waiting (p2p/wait.c), doorbells
 * (shm/doorbell.c), announcements of deaths (shm/death.c) and rings (shm/ring.c), between a rank
 * that sends and one that receives.
 *
 * Both wait as they do once they have spun in vain: each look that finds nothing ends in arming the
 * doorbell, one more look, and sleep. Whoever sleeps for ever is found because nobody can go on
 * then. */
#include "base/lock.h"
#include "base/tunables.h"
#include "machine.h"
#include "p2p/bury.h"
#include "p2p/deliver.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/progress.h"
#include "p2p/transfer.h"
#include "p2p/wait.h"
#include "shm/death.h"
#include "shm/doorbell.h"

enum { RECEIVER, SENDER, LAUNCHER }; /* processes; the first two are ranks as well */
enum { RANKS = 2, CELLS = 1, AREA_BYTES = 256, MESSAGES = 2, IDLE_STEPS = 63, ROUNDS_MAX = 3 };

struct shared {
    struct mpr_segment_header header;
    struct mpr_rank_control controls[RANKS];
    struct mpr_cell cells[CELLS];
    struct mpr_ring_control ring_control;
    _Atomic uint32_t tail;
};

/* ---- What a rank consists of, as far as it matters here; the rest is in rank.c ---- */

struct mpr_peer **mpr_polled;
int mpr_polled_count;
uint32_t mpr_buried_count;

static struct mpr_peer peers[RANKS];
static struct mpr_cell idle_cell;
static _Atomic uint32_t idle_tail;
static struct mpr_peer idle_peer; /* that sends nothing */
static struct mpr_peer *polled[1 + MPR_PROGRESS_FEW_PEERS];
static uint32_t payload_ends[CELLS];
static int received_count;
static bool was_received[MESSAGES]; /* by tag */
static bool wants_room;

struct mpr_rank_control *mpr_segment_control(const struct mpr_segment *segment, uint32_t slot)
{
    struct shared *shared = mpr_container_of(segment->header, struct shared, header);
    return &shared->controls[slot];
}

void mpr_deliver(struct mpr_peer *peer, struct mpr_cell *cell)
{
    was_received[cell->tag] = true;
    received_count++;
    mpr_peer_consume(peer, cell);
}

/* A rank that waits for room looks for it in each pass. */
int mpr_peers_flush(void)
{
    if (wants_room && mpr_ring_reserve(&peers[RECEIVER].out, 0, NULL) != NULL) {
        wants_room = false;
        return 1;
    }
    return 0;
}

/* As the real one does: read to the end what the dead has sent. */
int mpr_bury(void)
{
    mpr_deaths_heard = mpr_death_count(&mpr_job.segment);
    model_check(mpr_death_has_taken(&mpr_job.segment, SENDER));
    while (mpr_progress_peer(&peers[SENDER]) > 0) {
    }
    return 1;
}

int mpr_transfer_progress(void)
{
    return 0;
}

int mpr_requests_advance(void)
{
    return 0;
}

int mpr_ask_progress(void)
{
    return 0;
}

/* ---- The scenes ---- */

/* One of so many that tails are looked at. */
static void poll_sender(const struct mpr_ring_place *place)
{
    const struct mpr_ring_place idle = {&idle_cell, NULL, NULL, &idle_tail, 1, AREA_BYTES};

    mpr_ring_consumer_open(&peers[SENDER].in, place);
    mpr_ring_consumer_open(&idle_peer.in, &idle);
    polled[0] = &peers[SENDER];
    for (int i = 1; i < (int)mpr_array_count(polled); i++) {
        polled[i] = &idle_peer;
    }
    mpr_polled = polled;
    mpr_polled_count = mpr_array_count(polled);
}

static void start_rank(struct shared *shared, int rank)
{
    struct mpr_ring_place place = {shared->cells, NULL, &shared->ring_control, &shared->tail,
                                   CELLS,         AREA_BYTES};

    mpr_job.segment = (struct mpr_segment){.header = &shared->header};
    mpr_job.segment.geometry = shared->header.geometry;
    if (rank == LAUNCHER) {
        return;
    }
    mpr_job.control = &shared->controls[rank];
    mpr_tunables.wait = MPR_WAIT_SLEEP;
    mpr_peers = peers;
    peers[1 - rank].control = &shared->controls[1 - rank];
    if (rank == SENDER) {
        mpr_ring_producer_open(&peers[RECEIVER].out, &place, payload_ends);
    } else {
        poll_sender(&place);
    }
    mpr_doorbell_start(&mpr_job.segment);
}

/* Named are the words that matter: the order of turns and tails is left to the scenes of the ring.
 * */
static void start(int process, bool shares_cores)
{
    struct shared *shared = model_shared();

    if (process == 0) {
        shared->header.geometry = (struct mpr_geometry){.rank_count = RANKS, .slot_count = RANKS};
        shared->header.oversubscribed = shares_cores;
        model_atomic(&shared->tail, "tail");
        model_atomic(&shared->controls[RECEIVER].doorbell, "doorbell of the receiver");
    }
    start_rank(shared, process);
}

/* Cores are shared: both sides use fences. */
static void start_with_fences(int process)
{
    start(process, true);
}

/* A core for each: the sleeper pays for both. */
static void start_with_membarrier(int process)
{
    start(process, false);
}

/* The sender is the only peer: its cells are looked at. */
static void start_alone(int process, bool shares_cores)
{
    struct shared *shared = model_shared();

    model_atomic(&shared->cells[0].turn, "turn");
    start(process, shares_cores);
    mpr_polled_count = process == RECEIVER ? 1 : 0;
}

static void start_alone_with_fences(int process)
{
    start_alone(process, true);
}

static void start_alone_with_membarrier(int process)
{
    start_alone(process, false);
}

/* There each rank needs a fence to ring, and the sleeper a time limit. */
static void start_without_membarrier(int process)
{
    model_membarrier_works(false);
    start(process, false);
}

/* The sender sleeps too: what it waits for. */
static void name_room(void)
{
    struct shared *shared = model_shared();

    model_atomic(&shared->ring_control.head_position, "head");
    model_atomic(&shared->controls[SENDER].doorbell, "doorbell of the sender");
}

static void start_room_with_fences(int process)
{
    name_room();
    start(process, true);
}

static void start_room_with_membarrier(int process)
{
    name_room();
    start(process, false);
}

static void start_threads(int process)
{
    mpr_lock_is_needed = process == RECEIVER;
    start(process, true);
}

static void start_deaths(int process)
{
    struct shared *shared = model_shared();

    model_atomic(&shared->header.death_count, "deaths");
    model_atomic(&shared->controls[SENDER].state, "state of the sender");
    start(process, true);
}

static void wait_step(struct mpr_wait *wait, int *rounds)
{
    if (++*rounds > ROUNDS_MAX) {
        model_give_up();
    }
    wait->idle_steps = IDLE_STEPS;
    mpr_wait_step(wait);
}

static void send(int tag)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    struct mpr_cell *cell;
    int rounds = 0;

    while ((cell = mpr_ring_reserve(&peers[RECEIVER].out, 0, NULL)) == NULL) {
        wants_room = true;
        wait_step(&wait, &rounds);
    }
    mpr_wait_end(&wait);
    cell->tag = tag;
    cell->flags = 0;
    mpr_peer_publish(&peers[RECEIVER], cell);
}

/* Until so many have come, or the sender is known to be dead. */
static void receive(int count)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    int rounds = 0;

    while (received_count < count && mpr_deaths_heard == 0) {
        wait_step(&wait, &rounds);
    }
    mpr_wait_end(&wait);
}

static void run_message(int thread)
{
    thread == SENDER ? send(0) : receive(1);
}

/* More messages than cells: the sender sleeps as well. */
static void run_messages(int thread)
{
    if (thread == RECEIVER) {
        receive(MESSAGES);
        return;
    }
    for (int tag = 0; tag < MESSAGES; tag++) {
        send(tag);
    }
}

static void run_deaths(int thread)
{
    if (thread != LAUNCHER) {
        run_message(thread);
    } else if (model_await_end()) {
        mpr_death_announce(&mpr_job.segment, SENDER, 9);
    }
}

/* Two threads of the receiver, each of which waits for a message of its own; the second one comes
 * only when the thread that waited for the first one is done. */
static void run_threads(int thread)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    int rounds = 0;

    if (thread == 2) {
        send(0);
        model_await_end();
        send(1);
        return;
    }
    mpr_lock();
    while (!was_received[thread]) {
        wait_step(&wait, &rounds);
    }
    mpr_wait_end(&wait);
    mpr_unlock();
}

const struct model_scene *model_scene_find(int number)
{
    static const struct model_scene scenes[] = {
        {2, {RECEIVER, SENDER}, 0, false, start_with_fences, run_message},
        {2, {RECEIVER, SENDER}, 0, false, start_with_membarrier, run_message},
        {2, {RECEIVER, SENDER}, 0, false, start_without_membarrier, run_message},
        {2, {RECEIVER, SENDER}, 0, false, start_room_with_fences, run_messages},
        {2, {RECEIVER, SENDER}, 0, false, start_room_with_membarrier, run_messages},
        {3, {RECEIVER, RECEIVER, SENDER}, 0, false, start_threads, run_threads},
        {3, {RECEIVER, SENDER, LAUNCHER}, SENDER, true, start_deaths, run_deaths},
        {2, {RECEIVER, SENDER}, 0, false, start_alone_with_fences, run_message},
        {2, {RECEIVER, SENDER}, 0, false, start_alone_with_membarrier, run_message},
    };
    return number < (int)mpr_array_count(scenes) ? &scenes[number] : NULL;
}
