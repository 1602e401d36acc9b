/* SPDX-License-Identifier: BSD-3-Clause */
/* Meetings: writing, waiting, waking.
 *
 * Who sleeps in a meeting is woken not by each member that comes, but by those who have seen that
 * all have: otherwise, where ranks share cores, each would be woken once for every other, mostly in
 * vain. Somebody always sees it. All members write their marks before they sleep, and arm their
 * doorbells with a full barrier before their last look; so the last one to arm sees all marks and
 * does not sleep. He rings, after his look: either he sees the doorbell of a sleeper armed, or that
 * one, in its look after arming, saw the marks that he saw (shm/doorbell.h; that the marks were
 * written by a third one changes nothing, since all cores see a store at the same time). One who
 * dies before he has rung is announced, and that wakes everybody. Who learns from another one's
 * outcome that all have come rings nobody: that one has rung before he told it.
 *
 * The first looks are free of everything else, because the others mostly come at the same time. */
#include "coll/slate.h"

#include <stddef.h>

#include "p2p/mates.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/wait.h"
#include "shm/board.h"

enum { FREE_LOOKS = 100 };

/* Members that share cores find out who runs on their CPU in one meeting of so many. */
enum { MEETINGS_PER_CENSUS = 256 };

/* Of a payload in a cell, what lies in the line of the mark. */
enum { FIRST_LINE_BYTES = MPR_LINE_BYTES - offsetof(struct mpr_slate_cell, payload) };

/* How much of an area a member fetches before it writes there. To fetch more takes longer than it
 * spares where cores are near, and where they are far, longer payloads are written past the cache.
 */
enum { FETCH_BYTES_MAX = 1024 };

/* --- Waiting ---------------------------------------------------------------------------------- */

/* Where ranks share cores, the others come when this one gives way. */
static inline int free_looks(void)
{
    return mpr_wait_may_spin() ? FREE_LOOKS : 1;
}

/* The first looks, in a loop of their own for each thing to come. A pass of progress takes a fifth
 * of a switch, for what it looks at is no longer in caches that others have used meanwhile: so most
 * waits give way without one. */
static MPR_INLINE bool comes_soon(bool (*has_come)(void *state), void *state, int looks)
{
    for (int i = looks; i > 0; i--) {
        if (has_come(state)) {
            return true;
        }
        mpr_pause();
    }
    return mpr_wait_give_way() && has_come(state);
}

/* All further looks. `awaited` is the rank that is waited for, which a look may move on; the status
 * board shows it. False: a death has ended the call. */
MPR_COLD static bool comes_at_last(bool (*has_come)(void *state), void *state,
                                   struct mpr_coll *coll, const int *awaited)
{
    struct mpr_wait wait = mpr_wait_begin_for(has_come, state);
    bool is_there = has_come(state);

    while (!is_there && !mpr_coll_is_over(coll)) {
        mpr_board_peer(*awaited, coll->comm->world_ranks[*awaited], coll->tag, coll->comm->context);
        mpr_wait_step(&wait);
        is_there = has_come(state);
    }
    mpr_wait_end(&wait);
    coll->is_late = coll->is_late || wait.is_late;
    return is_there;
}

static MPR_INLINE bool comes(bool (*has_come)(void *state), void *state, int looks,
                             struct mpr_coll *coll, const int *awaited)
{
    return comes_soon(has_come, state, looks) || comes_at_last(has_come, state, coll, awaited);
}

static void wake_all(const struct mpr_comm *comm)
{
    mpr_doorbell_fence();
    for (int rank = 0; rank < comm->size; rank++) {
        if (rank != comm->rank) {
            mpr_doorbell_look(mpr_peers[comm->world_ranks[rank]].control);
        }
    }
}

/* --- Mates: the members that run on one CPU ---
 *
 * Of these, the last to come need not give way at once: the others have come, too, and those that
 * are missing run elsewhere. If they come while it looks for them, it goes on to the next meeting,
 * and there is one switch less in each. Where the CPU has ranks that are no members, these wait for
 * nothing of this, and should have it. Ranks that share cores are not bound, so that they tell now
 * and then where they run (p2p/mates.h). One that has been moved since looks a little too long, or
 * too little, until then. */

static inline bool finds_mates(const struct mpr_meeting *meeting)
{
    const struct mpr_coll *coll = meeting->coll;

    return (meeting->mark - coll->comm->slate.mark) % MEETINGS_PER_CENSUS == 0 &&
           mpr_coll_is_crowded() && mpr_mates_are_few();
}

static void find_mates(const struct mpr_comm *comm, struct mpr_slate *slate)
{
    int count = 0;

    for (int rank = 0; rank < comm->size; rank++) {
        if (!mpr_mates_include(mpr_peers[comm->world_ranks[rank]].control)) {
            continue;
        }
        if (count < MPR_SLATE_MATES_MAX) {
            slate->mates[count] = rank;
        }
        count++;
    }
    slate->mate_count = count <= MPR_SLATE_MATES_MAX && count == mpr_mates_count() ? count : 0;
}

static inline bool mates_have_come(const struct mpr_meeting *meeting)
{
    const struct mpr_slate *slate = &meeting->coll->comm->slate;
    const struct mpr_slate_cell *cells = meeting->cells;
    int come_count = 0;

    while (come_count < slate->mate_count &&
           atomic_load_explicit(&cells[slate->mates[come_count]].mark, memory_order_relaxed) ==
               meeting->mark) {
        come_count++;
    }
    return come_count > 0 && come_count == slate->mate_count;
}

/* --- Meetings --------------------------------------------------------------------------------- */

/* Whether the member that is looked for has written the mark of this meeting. */
static inline bool has_mark(const struct mpr_meeting *meeting, const struct mpr_slate_cell *cells)
{
    return atomic_load_explicit(&cells[meeting->awaited].mark,
                                memory_order_acquire) /* T1 */ == meeting->mark;
}

/* Who could tell it has seen that all have come. */
static inline bool is_outcome_there(struct mpr_meeting *meeting)
{
    const struct mpr_slate_memory *memory = meeting->memory;
    uint32_t teller = atomic_load_explicit(&memory->tellers[meeting->round].rank,
                                           memory_order_relaxed);
    uint64_t mark = atomic_load_explicit(&memory->outcomes[meeting->round][teller].mark,
                                         memory_order_acquire); /* T1 */

    if (mark != meeting->mark) {
        return false;
    }
    meeting->teller = (int)teller;
    return true;
}

static inline bool all_have_come(void *state)
{
    struct mpr_meeting *meeting = state;
    const struct mpr_slate_cell *cells = meeting->cells;

    if (meeting->is_told && is_outcome_there(meeting)) {
        return true;
    }
    while (meeting->awaited != meeting->coll->rank) {
        if (!has_mark(meeting, cells)) {
            return false;
        }
        meeting->awaited = mpr_meeting_next(meeting->coll, meeting->awaited);
    }
    return true;
}

/* The next meeting's cell, and of cell and area what this one has taken, unless payloads are lent.
 * Others have read there what an earlier one was about, and to fetch a line back from them takes as
 * long as the rest of a meeting. */
static void fetch_next(const struct mpr_meeting *meeting)
{
    const struct mpr_slate *slate = &meeting->coll->comm->slate;
    int round = 1 - meeting->round, rank = meeting->coll->rank;
    struct mpr_slate_cell *cell = &mpr_meeting_cells(meeting->coll, slate->meeting_count)[rank];
    bool is_lent = meeting->may_lend && slate->is_lent_by_all;
    uint32_t area_bytes = !meeting->in_areas || is_lent      ? 0
                          : meeting->bytes < FETCH_BYTES_MAX ? meeting->bytes
                                                             : FETCH_BYTES_MAX;

    mpr_prefetch_write(cell);
    if (!meeting->in_areas && meeting->bytes > FIRST_LINE_BYTES) {
        mpr_prefetch_write(&cell->payload[FIRST_LINE_BYTES]);
    }
    for (uint32_t i = 0; i < area_bytes; i += MPR_LINE_BYTES) {
        mpr_prefetch_write(&meeting->memory->members[rank].meeting_areas[round][i]);
    }
}

static inline struct mpr_slate_cell *own_cell(const struct mpr_meeting *meeting)
{
    return &meeting->cells[meeting->coll->rank];
}

static inline struct mpr_slate_cell *own_outcome(const struct mpr_meeting *meeting)
{
    return &meeting->memory->outcomes[meeting->round][meeting->coll->rank];
}

/* All have come, so that all talks before are over. */
static void end(const struct mpr_meeting *meeting)
{
    struct mpr_slate *slate = &meeting->coll->comm->slate;

    slate->talks_over = slate->talk_count;
    fetch_next(meeting);
}

void mpr_meeting_come(struct mpr_meeting *meeting)
{
    if (mpr_coll_is_over(meeting->coll)) {
        return;
    }
    if (finds_mates(meeting)) {
        mpr_mates_tell_cpu();
    }
    atomic_store_explicit(&own_cell(meeting)->mark, meeting->mark, memory_order_release); /* S1 */
}

bool mpr_meeting_await(struct mpr_meeting *meeting)
{
    if (mpr_coll_is_over(meeting->coll)) {
        return false;
    }
    int looks = mates_have_come(meeting) ? FREE_LOOKS : free_looks();
    if (!comes(all_have_come, meeting, looks, meeting->coll, &meeting->awaited)) {
        return false;
    }
    if (finds_mates(meeting)) {
        find_mates(meeting->coll->comm, &meeting->coll->comm->slate);
    }
    if (meeting->teller < 0) {
        wake_all(meeting->coll->comm);
    }
    end(meeting);
    return true;
}

void mpr_meeting_tell(const struct mpr_meeting *meeting)
{
    atomic_store_explicit(&own_outcome(meeting)->mark, meeting->mark,
                          memory_order_release); /* S1 */
    atomic_store_explicit(&meeting->memory->tellers[meeting->round].rank,
                          (uint32_t)meeting->coll->rank, memory_order_relaxed);
}

/* --- Meetings along a tree -------------------------------------------------------------------- */

static bool has_shown(void *state)
{
    const struct mpr_meeting *meeting = state;

    return has_mark(meeting, meeting->cells);
}

static bool has_told(void *state)
{
    const struct mpr_meeting *meeting = state;

    return has_mark(meeting, meeting->memory->outcomes[meeting->round]);
}

bool mpr_meeting_await_payload(struct mpr_meeting *meeting, int child)
{
    meeting->awaited = child;
    return comes(has_shown, meeting, free_looks(), meeting->coll, &meeting->awaited);
}

void mpr_meeting_show(const struct mpr_meeting *meeting, int parent)
{
    atomic_store_explicit(&own_cell(meeting)->mark, meeting->mark, memory_order_release); /* S1 */
    mpr_doorbell_ring(mpr_peers[meeting->coll->comm->world_ranks[parent]].control);
}

bool mpr_meeting_await_outcome(struct mpr_meeting *meeting, int parent)
{
    meeting->awaited = parent;
    return comes(has_told, meeting, free_looks(), meeting->coll, &meeting->awaited);
}

static void wake(const struct mpr_comm *comm, const int *ranks, int count)
{
    mpr_doorbell_fence();
    for (int i = 0; i < count; i++) {
        mpr_doorbell_look(mpr_peers[comm->world_ranks[ranks[i]]].control);
    }
}

void mpr_meeting_tell_each(const struct mpr_meeting *meeting, const int *children, int child_count)
{
    if (child_count > 0) {
        atomic_store_explicit(&own_outcome(meeting)->mark, meeting->mark,
                              memory_order_release); /* S1 */
        wake(meeting->coll->comm, children, child_count);
    }
    end(meeting);
}

/* --- Talks ------------------------------------------------------------------------------------ */

enum { TALKS_PER_COUNT = MPR_SLATE_TALK_AREAS / 2 };

/* How many talks ahead cells are fetched. Who says something mostly says more, and is ahead of
 * those who hear it: so each fetches the lines of later talks while it is still in this one.
 * Between far cores both together halve the time of a broadcast, either alone gains little. */
enum { SAID_AHEAD = 2, HEARD_AHEAD = 3 };

void mpr_talk_open(struct mpr_talk *talk, struct mpr_coll *coll)
{
    struct mpr_slate *slate = &coll->comm->slate;
    uint32_t number = slate->talk_count++;

    *talk = (struct mpr_talk){
        .coll = coll, .slate = slate, .number = number, .mark = slate->mark + number};
}

static bool lies_in_cell(uint64_t bytes)
{
    return bytes <= MPR_SLATE_CELL_BYTES || bytes == MPR_TALK_LENT;
}

/* How many talks back the memory was used before. */
static int32_t window_of(uint64_t bytes)
{
    return lies_in_cell(bytes) ? MPR_SLATE_TALKS : MPR_SLATE_TALK_AREAS;
}

/* Of the talk that is `ahead` talks further on. */
static struct mpr_slate_cell *cell_ahead(const struct mpr_talk *talk, int rank, uint32_t ahead)
{
    return &talk->slate->memory->members[rank].talks[(talk->number + ahead) % MPR_SLATE_TALKS];
}

static struct mpr_slate_cell *cell_of(const struct mpr_talk *talk, int rank)
{
    return cell_ahead(talk, rank, 0);
}

/* One member of a talk that another one waits for. */
struct awaited {
    const struct mpr_talk *talk;
    int rank;
    int32_t window; /* see has_ended() */
    uint32_t ended; /* so many talks are over for it, as has_ended() has seen last */
};

/* Whether the talk that used the memory before is over for a member, which may even be further than
 * this one. Counts of other communicators that the slate has served differ in their upper halves:
 * then nothing is over yet. */
static bool has_ended(void *state)
{
    struct awaited *awaited = state;
    const struct mpr_talk *talk = awaited->talk;
    uint64_t ended = atomic_load_explicit(&talk->slate->memory->counts[awaited->rank].ended,
                                          memory_order_acquire); /* T2 */

    awaited->ended = (uint32_t)ended;
    return ended >> 32 == talk->mark >> 32 &&
           (int32_t)(talk->number - (uint32_t)ended) < awaited->window;
}

/* Waits for that, of all others. False: a death has ended the call. */
static bool await_ends(struct mpr_talk *talk, int32_t window)
{
    uint32_t least = talk->number + 1;

    for (int rank = 0; rank < talk->coll->size; rank++) {
        struct awaited awaited = {talk, rank, window, 0};
        if (rank == talk->coll->rank) {
            continue;
        }
        if (!comes(has_ended, &awaited, free_looks(), talk->coll, &awaited.rank)) {
            return false;
        }
        least = (int32_t)(awaited.ended - least) < 0 ? awaited.ended : least;
    }
    talk->slate->talks_over = least;
    return true;
}

const unsigned char *mpr_talk_payload(const struct mpr_talk *talk, int rank)
{
    struct mpr_slate_cell *cell = cell_of(talk, rank);

    return lies_in_cell(cell->bytes)
               ? cell->payload
               : talk->slate->memory->members[rank]
                     .talk_areas[talk->number % MPR_SLATE_TALK_AREAS];
}

unsigned char *mpr_talk_begin(struct mpr_talk *talk, uint64_t bytes)
{
    int32_t window = window_of(bytes);
    bool has_room = (int32_t)(talk->number - talk->slate->talks_over) < window;
    int own = talk->coll->rank;

    if (mpr_coll_is_over(talk->coll) || (mpr_unlikely(!has_room) && !await_ends(talk, window))) {
        return NULL;
    }
    cell_of(talk, own)->bytes = bytes;
    return (unsigned char *)(uintptr_t)mpr_talk_payload(talk, own);
}

void mpr_talk_say(struct mpr_talk *talk)
{
    struct mpr_slate_cell *cell = cell_of(talk, talk->coll->rank);

    atomic_store_explicit(&cell->mark, talk->mark, memory_order_release); /* S1 */
    wake_all(talk->coll->comm);
    mpr_prefetch_write(cell_ahead(talk, talk->coll->rank, SAID_AHEAD));
}

static bool has_said(void *state)
{
    const struct awaited *awaited = state;

    return atomic_load_explicit(&cell_of(awaited->talk, awaited->rank)->mark,
                                memory_order_acquire) /* T1 */ == awaited->talk->mark;
}

/* The same, or a message of the call has come: from who is waited for, or handed on by others. */
static bool has_said_or_sent(void *state)
{
    const struct awaited *awaited = state;
    const struct mpr_coll *coll = awaited->talk->coll;

    return has_said(state) ||
           mpr_probe_next(awaited->rank, coll->tag, coll->comm, MPR_PLANE_COLLECTIVE) ||
           mpr_probe_kept(coll->tag, coll->comm, MPR_PLANE_COLLECTIVE);
}

static MPR_INLINE bool hears(struct awaited *awaited, bool (*has_come)(void *state))
{
    const struct mpr_talk *talk = awaited->talk;

    __builtin_prefetch(cell_ahead(talk, awaited->rank, HEARD_AHEAD));
    return comes(has_come, awaited, free_looks(), talk->coll, &awaited->rank);
}

const struct mpr_slate_cell *mpr_talk_hear(struct mpr_talk *talk, int rank)
{
    struct awaited awaited = {talk, rank, 0, 0};

    return hears(&awaited, has_said) ? cell_of(talk, rank) : NULL;
}

const struct mpr_slate_cell *mpr_talk_hear_or_message(struct mpr_talk *talk, int rank)
{
    struct awaited awaited = {talk, rank, 0, 0};

    return hears(&awaited, has_said_or_sent) && has_said(&awaited) ? cell_of(talk, rank) : NULL;
}

static void tell_end(const struct mpr_talk *talk)
{
    atomic_store_explicit(&talk->slate->memory->counts[talk->coll->rank].ended,
                          talk->slate->mark + talk->number + 1, memory_order_release); /* S2 */
}

void mpr_talk_end_for(const struct mpr_talk *talk, int rank)
{
    tell_end(talk);
    mpr_doorbell_ring(mpr_peers[talk->coll->comm->world_ranks[rank]].control);
}

void mpr_talk_await_ends(struct mpr_talk *talk)
{
    (void)await_ends(talk, 0);
}

void mpr_talk_close(struct mpr_talk *talk)
{
    if ((talk->number + 1) % TALKS_PER_COUNT == 0) {
        tell_end(talk);
        wake_all(talk->coll->comm);
    }
}
