/* SPDX-License-Identifier: BSD-3-Clause */
/* Meetings: writing, waiting, waking.
 *
 * Who sleeps in a meeting is woken not by each member that comes, but by those who have seen that all
 * have: otherwise, where ranks share cores, each would be woken once for every other, mostly in vain.
 * Somebody always sees it. All members write their marks before they sleep, and arm their doorbells
 * with a full barrier before their last look; so the last one to arm sees all marks and does not
 * sleep. He rings, after his look: either he sees the doorbell of a sleeper armed, or that one, in
 * its look after arming, saw the marks that he saw (shm/doorbell.h; that the marks were written by a
 * third one changes nothing, since all cores see a store at the same time). One who dies before he
 * has rung is announced, and that wakes everybody.
 *
 * The first looks are free of everything else, because the others mostly come at the same time. */
#include "coll/slate.h"

#include "p2p/peer.h"
#include "p2p/wait.h"
#include "shm/board.h"

enum { FREE_LOOKS = 100, LOOKS_PER_STEP = 8 };

/* The rank that is waited for next: each member begins with its neighbour, so that they do not all
 * look at one line. */
static int awaited(const struct mpr_meeting *meeting)
{
    int rank = meeting->coll->rank + meeting->met_count;
    return rank < meeting->coll->size ? rank : rank - meeting->coll->size;
}

static inline bool all_have_come(struct mpr_meeting *meeting)
{
    const struct mpr_slate_cell *cells = meeting->memory->meetings[meeting->round];

    while (meeting->met_count < meeting->coll->size) {
        uint64_t mark = atomic_load_explicit(&cells[awaited(meeting)].mark,
                                             memory_order_acquire); /* T1 */
        if (mark != meeting->mark) {
            return false;
        }
        meeting->met_count++;
    }
    return true;
}

static bool have_come(void *state)
{
    return all_have_come(state);
}

static bool look_often(struct mpr_meeting *meeting, int looks)
{
    for (int i = 0; i < looks; i++) {
        if (all_have_come(meeting)) {
            return true;
        }
        mpr_pause();
    }
    return false;
}

MPR_COLD static bool wait_for_all(struct mpr_meeting *meeting)
{
    struct mpr_coll *coll = meeting->coll;
    struct mpr_wait wait = mpr_wait_begin_for(have_come, meeting);
    int looks = mpr_wait_may_spin() ? LOOKS_PER_STEP : 1;

    bool have_met = look_often(meeting, looks);
    while (!have_met && !mpr_coll_is_over(coll)) {
        mpr_board_peer(awaited(meeting), coll->tag, coll->comm->context);
        mpr_wait_step(&wait);
        have_met = look_often(meeting, looks);
    }
    mpr_wait_end(&wait);
    return have_met;
}

static void wake_all(const struct mpr_meeting *meeting)
{
    const struct mpr_comm *comm = meeting->coll->comm;

    mpr_doorbell_fence();
    for (int rank = 0; rank < comm->size; rank++) {
        if (rank != comm->rank) {
            mpr_doorbell_look(mpr_peers[comm->world_ranks[rank]].control);
        }
    }
}

/* The next meeting's cell, and as much of the area as this one has taken: others have read there what
 * the last one but this was about, and to fetch a line back from them takes as long as the rest of a
 * meeting. */
static void fetch_next(const struct mpr_meeting *meeting)
{
    int round = 1 - meeting->round, rank = meeting->coll->rank;

    mpr_prefetch_write(&meeting->memory->meetings[round][rank]);
    for (uint32_t i = 0; meeting->in_areas && i < meeting->bytes; i += MPR_LINE_BYTES) {
        mpr_prefetch_write(&meeting->memory->areas[round][rank][i]);
    }
}

bool mpr_meeting_hold(struct mpr_meeting *meeting)
{
    struct mpr_slate_cell *own =
        &meeting->memory->meetings[meeting->round][meeting->coll->rank];

    if (mpr_coll_is_over(meeting->coll)) {
        return false;
    }
    atomic_store_explicit(&own->mark, meeting->mark, memory_order_release); /* S1 */
    if (!look_often(meeting, mpr_wait_may_spin() ? FREE_LOOKS : 1) && !wait_for_all(meeting)) {
        return false;
    }
    wake_all(meeting);
    fetch_next(meeting);
    return true;
}
