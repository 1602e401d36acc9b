/* SPDX-License-Identifier: BSD-3-Clause */
/* A member of a slate, of which the scenes of meetings and talks consist. */
#include "member.h"

#include <string.h>

#include "base/tunables.h"
#include "p2p/bury.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/progress.h"
#include "shm/death.h"
#include "shm/doorbell.h"

enum { ROUNDS_MAX = 2 };

static struct mpr_peer peers[RANKS];
static const int world_ranks[RANKS] = {0, 1, 2};
static int rounds_left; /* of a wait that sleeps */

struct mpr_comm comm;

/* ---- What a rank consists of, as far as it matters here; the rest is in rank.c ---- */

struct mpr_rank_control *mpr_segment_control(const struct mpr_segment *segment, uint32_t slot)
{
    struct shared *shared = mpr_container_of(segment->header, struct shared, header);
    return &shared->controls[slot];
}

/* Who spins has always moved something, so that nothing counts up in its wait. Who sleeps has not,
 * but for deaths, before it arms its doorbell and after that. */
int mpr_progress(void)
{
    if (mpr_tunables.wait == MPR_WAIT_SPIN) {
        model_pause();
        return 1;
    }
    if (rounds_left-- == 0) {
        model_give_up();
    }
    if (!mpr_bury_is_due()) {
        return 0;
    }
    mpr_deaths_heard = mpr_death_count(&mpr_job.segment);
    comm.has_dead = true;
    return 1;
}

/* Nobody waits for messages of one peer. */
bool mpr_progress_next(struct mpr_peer *peer)
{
    (void)peer;
    return false;
}

/* Nor are there any messages. */
bool mpr_probe_next(int source, int tag, const struct mpr_comm *of, enum mpr_plane plane)
{
    (void)source;
    (void)tag;
    (void)of;
    (void)plane;
    return false;
}

bool mpr_probe_kept(int tag, const struct mpr_comm *of, enum mpr_plane plane)
{
    (void)tag;
    (void)of;
    (void)plane;
    return false;
}

/* ---- Beginnings ---- */

struct mpr_slate_memory *memory(void)
{
    return &((struct shared *)model_shared())->memory;
}

void name_cell(struct mpr_slate_cell *cell)
{
    const uint64_t old_mark = (uint64_t)OLD_CONTEXT << 32;

    model_atomic(&cell->mark, "mark");
    model_plain(&cell->bytes, sizeof(*cell) - sizeof(cell->mark), "cell");
    atomic_store_explicit(&cell->mark, old_mark, memory_order_relaxed);
}

void name_doorbells(int members)
{
    for (int rank = 0; rank < members; rank++) {
        model_atomic(&((struct shared *)model_shared())->controls[rank].doorbell, "doorbell");
    }
}

static void start_rank(int rank, int members)
{
    struct shared *shared = model_shared();
    struct mpr_segment *segment = &mpr_job.segment;

    *segment = (struct mpr_segment){.header = &shared->header};
    segment->geometry = shared->header.geometry;
    segment->layout.slates_offset = offsetof(struct shared, table);
    mpr_job.control = &shared->controls[rank];
    mpr_peers = peers;
    for (int other = 0; other < members; other++) {
        peers[other].control = &shared->controls[other];
    }
    comm = (struct mpr_comm){
        .rank = rank,
        .size = members,
        .world_ranks = world_ranks,
        .slate = {.memory = &shared->memory, .mark = (uint64_t)(CONTEXT + 1) << 32}};
}

void start(int process, int members, enum mpr_wait_choice wait, bool has_fences)
{
    struct mpr_segment_header *header = &((struct shared *)model_shared())->header;

    header->geometry = (struct mpr_geometry){.rank_count = RANKS, .slot_count = RANKS};
    header->oversubscribed = has_fences;
    atomic_store_explicit(&header->crowded, 1, memory_order_relaxed);
    mpr_tunables.wait = wait;
    start_rank(process, members);
    mpr_doorbell_start(&mpr_job.segment);
}

unsigned char *lent_by(int rank)
{
    return memory()->members[rank].outcome_areas[0];
}

/* ---- Operations ---- */

void begin(struct mpr_coll *coll)
{
    rounds_left = ROUNDS_MAX;
    mpr_coll_begin(&comm, coll);
}

void write_number(unsigned char *payload, int number)
{
    model_writes(payload);
    memcpy(payload, &number, sizeof(number));
}

void read_number(const unsigned char *payload, int number)
{
    model_reads(payload);
    model_check(memcmp(payload, &number, sizeof(number)) == 0);
}

bool pass_barrier(void)
{
    struct mpr_coll coll;
    struct mpr_meeting meeting;

    begin(&coll);
    mpr_meeting_open(&meeting, &coll, 0);
    return mpr_meeting_hold(&meeting);
}
