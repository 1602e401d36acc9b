/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenes of the slates: the real meetings and talks (coll/slate.c), waiting (p2p/wait.c), doorbells
 * (shm/doorbell.c), announcements of deaths (shm/death.c) and claims (shm/slate.c).
 *
 * A slate is smaller here (check.sh), so that few operations go around its cells and areas more
 * than once. It is found as another communicator has left it. Each operation's payload is its
 * number. */
#include "coll/slate.h"

#include <string.h>

#include "base/tunables.h"
#include "machine.h"
#include "p2p/bury.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/progress.h"
#include "shm/death.h"
#include "shm/doorbell.h"

/* Processes, and the threads that they consist of. */
enum { RANKS = 3, MORTAL = 1, LAUNCHER = 2, NEWCOMER = 2 };
enum { MEETINGS = 4, TALKS = MPR_SLATE_TALKS + 3, ROUNDS_MAX = 2 };
enum { CONTEXT = 4, OLD_CONTEXT = 3, OLD_TALKS = 100 };

struct shared {
    struct mpr_segment_header header;
    struct mpr_rank_control controls[RANKS];
    struct mpr_slate_table table;
    struct mpr_slate_memory memory;
    struct mpr_slate_member members[RANKS]; /* those of `memory` */
};
_Static_assert(sizeof(struct shared) <= MODEL_SHARED_BYTES, "the model keeps all that is shared");

static struct mpr_peer peers[RANKS];
static struct mpr_comm comm;
static const int world_ranks[RANKS] = {0, 1, 2};
static int rounds_left; /* of a wait that sleeps */

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

static struct mpr_slate_memory *memory(void)
{
    return &((struct shared *)model_shared())->memory;
}

static void name_cell(struct mpr_slate_cell *cell)
{
    const uint64_t old_mark = (uint64_t)OLD_CONTEXT << 32;

    model_atomic(&cell->mark, "mark");
    model_plain(&cell->bytes, sizeof(*cell) - sizeof(cell->mark), "cell");
    atomic_store_explicit(&cell->mark, old_mark, memory_order_relaxed);
}

static void name_meetings(int members)
{
    for (int round = 0; round < MPR_SLATE_MEETINGS; round++) {
        for (int rank = 0; rank < members; rank++) {
            name_cell(&memory()->meetings[round][rank]);
        }
    }
}

static void name_doorbells(int members)
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

/* Ranks look once in vain before they wait, by spinning or by sleeping. */
static void start(int process, int members, enum mpr_wait_choice wait, bool has_fences)
{
    struct mpr_segment_header *header = &((struct shared *)model_shared())->header;

    header->geometry = (struct mpr_geometry){.rank_count = RANKS, .slot_count = RANKS};
    header->oversubscribed = has_fences;
    atomic_store_explicit(&header->crowded, 1, memory_order_relaxed);
    mpr_tunables.wait = wait;
    start_rank(process, members);
    mpr_doorbell_start(&mpr_job.segment);
}

/* Without fences, which order more than is asked for. */
static void start_meetings(int process)
{
    name_meetings(2);
    start(process, 2, MPR_WAIT_SPIN, false);
}

/* Ranks that share cores tell each other the outcome. */
static void name_outcomes(int members)
{
    mpr_tunables.crowded = MPR_CROWDED_YES;
    for (int round = 0; round < MPR_SLATE_MEETINGS; round++) {
        model_atomic(&memory()->tellers[round].rank, "teller");
        for (int rank = 0; rank < members; rank++) {
            name_cell(&memory()->outcomes[round][rank]);
        }
    }
}

/* What they lend each other lies elsewhere; here in areas that nobody else needs. */
static unsigned char *lent_by(int rank)
{
    return memory()->members[rank].outcome_areas[0];
}

static void start_lending(int process)
{
    name_meetings(2);
    for (int rank = 0; rank < 2; rank++) {
        model_plain(lent_by(rank), MPR_SLATE_AREA_BYTES, "lent");
    }
    start(process, 2, MPR_WAIT_SPIN, false);
}

static void start_told_meetings(int process)
{
    name_meetings(2);
    name_outcomes(2);
    start(process, 2, MPR_WAIT_SPIN, false);
}

/* Along a tree: member 1 is the child of member 0. */
static void name_tree(void)
{
    for (int round = 0; round < MPR_SLATE_MEETINGS; round++) {
        name_cell(&memory()->meetings[round][1]);
        name_cell(&memory()->outcomes[round][0]);
    }
}

static void start_tree(int process)
{
    name_tree();
    start(process, 2, MPR_WAIT_SPIN, false);
}

static void start_sleepy_tree(int process)
{
    name_tree();
    name_doorbells(2);
    start(process, 2, MPR_WAIT_SLEEP, true);
}

static void start_sleepers(int process, int members, int sleepers, bool has_fences)
{
    for (int rank = 0; rank < members; rank++) {
        model_atomic(&memory()->meetings[0][rank].mark, "mark");
    }
    name_doorbells(sleepers);
    start(process, members, MPR_WAIT_SLEEP, has_fences);
}

static void start_two_with_membarrier(int process)
{
    start_sleepers(process, 2, 2, false);
}

/* One sleeps, one spins and wakes the sleeper; the third one writes its mark and does no more. */
static void start_three(int process)
{
    start_sleepers(process, 3, 1, true);
    mpr_tunables.wait = process == 0 ? MPR_WAIT_SLEEP : MPR_WAIT_SPIN;
}

static void start_told_sleepers(int process)
{
    mpr_tunables.crowded = MPR_CROWDED_YES;
    model_atomic(&memory()->tellers[0].rank, "teller");
    for (int rank = 0; rank < 2; rank++) {
        model_atomic(&memory()->outcomes[0][rank].mark, "outcome");
    }
    start_sleepers(process, 2, 2, true);
}

static void start_deaths(int process)
{
    model_atomic(&((struct shared *)model_shared())->header.death_count, "deaths");
    start_sleepers(process, 2, 2, true);
}

static void start_claim(int process)
{
    struct shared *shared = model_shared();

    name_meetings(2);
    model_atomic(&shared->table.users[1], "users");
    atomic_store_explicit(&shared->table.users[1], 2, memory_order_relaxed);
    start(process, 2, MPR_WAIT_SPIN, true);
}

/* The members are the root in turn, or one of them always is. */
static void name_talks(int roots, bool in_areas)
{
    for (int rank = 0; rank < 2; rank++) {
        struct mpr_slate_count *count = &memory()->counts[rank];
        model_atomic(&count->ended, "ended");
        atomic_store_explicit(&count->ended, (uint64_t)OLD_CONTEXT << 32 | OLD_TALKS,
                              memory_order_relaxed);
    }
    for (int number = 0; number < MPR_SLATE_TALKS; number++) {
        int root = number % roots;
        if (in_areas) {
            model_atomic(&memory()->members[root].talks[number].mark, "mark");
            model_plain(memory()->members[root].talk_areas[number], MPR_SLATE_AREA_BYTES, "area");
        } else {
            name_cell(&memory()->members[root].talks[number]);
        }
    }
}

static void start_talks(int process)
{
    name_talks(1, false);
    start(process, 2, MPR_WAIT_SPIN, true);
}

static void start_talks_in_turn(int process)
{
    name_talks(2, false);
    start(process, 2, MPR_WAIT_SPIN, true);
}

static void start_long_talks(int process)
{
    name_talks(1, true);
    start(process, 2, MPR_WAIT_SPIN, true);
}

/* The root sleeps until there is room. */
static void start_sleepy_root(int process)
{
    name_talks(1, false);
    name_doorbells(1);
    start(process, 2, process == 0 ? MPR_WAIT_SLEEP : MPR_WAIT_SPIN, true);
}

static void start_lending_talks(int process)
{
    model_plain(lent_by(0), MPR_SLATE_AREA_BYTES, "lent");
    start_talks(process);
}

/* The root sleeps until it has back what it has lent. */
static void start_sleepy_lender(int process)
{
    model_plain(lent_by(0), MPR_SLATE_AREA_BYTES, "lent");
    start_sleepy_root(process);
}

/* The other one sleeps until it hears something. */
static void start_sleepy_hearer(int process)
{
    name_cell(&memory()->members[0].talks[0]);
    model_atomic(&((struct shared *)model_shared())->controls[1].doorbell, "doorbell");
    start(process, 2, process == 1 ? MPR_WAIT_SLEEP : MPR_WAIT_SPIN, true);
}

static void start_mixture(int process)
{
    name_talks(1, true);
    for (int rank = 0; rank < 2; rank++) {
        model_atomic(&memory()->meetings[0][rank].mark, "mark of the meeting");
    }
    start(process, 2, MPR_WAIT_SPIN, true);
}

/* ---- Operations ---- */

static void begin(struct mpr_coll *coll)
{
    rounds_left = ROUNDS_MAX;
    mpr_coll_begin(&comm, coll);
}

static void write_number(unsigned char *payload, int number)
{
    model_writes(payload);
    memcpy(payload, &number, sizeof(number));
}

static void read_number(const unsigned char *payload, int number)
{
    model_reads(payload);
    model_check(memcmp(payload, &number, sizeof(number)) == 0);
}

static void meet(int number)
{
    struct mpr_coll coll;
    struct mpr_meeting meeting;

    begin(&coll);
    write_number(mpr_meeting_open(&meeting, &coll, sizeof(number)), number);
    model_check(mpr_meeting_hold(&meeting));
    for (int rank = 0; rank < comm.size; rank++) {
        read_number(mpr_meeting_payload(&meeting, rank), number);
    }
}

/* As in coll/slate_lend.c: shown in one meeting, read, and given back in the next one. */
static void lend(int number)
{
    struct mpr_coll coll;
    struct mpr_meeting meeting, next;

    begin(&coll);
    write_number(lent_by(comm.rank), number);
    mpr_meeting_open(&meeting, &coll, 0);
    mpr_meeting_come(&meeting);
    model_check(mpr_meeting_await(&meeting));
    read_number(lent_by(1 - comm.rank), number);
    mpr_meeting_open(&next, &coll, 0);
    model_check(mpr_meeting_hold(&next));
}

/* The outcome is the sum of what all have written. */
static void meet_and_tell(int number)
{
    struct mpr_coll coll;
    struct mpr_meeting meeting;

    begin(&coll);
    write_number(mpr_meeting_open(&meeting, &coll, sizeof(number)), number);
    mpr_meeting_expect(&meeting);
    model_check(mpr_meeting_hold(&meeting));
    if (!mpr_meeting_is_to_tell(&meeting)) {
        read_number(mpr_meeting_outcome(&meeting, meeting.teller, sizeof(number)),
                    comm.size * number);
        return;
    }
    for (int rank = 0; rank < comm.size; rank++) {
        read_number(mpr_meeting_payload(&meeting, rank), number);
    }
    write_number(mpr_meeting_outcome(&meeting, comm.rank, sizeof(number)), comm.size * number);
    mpr_meeting_tell(&meeting);
}

static void meet_as_parent(struct mpr_meeting *meeting, int child, int number)
{
    model_check(mpr_meeting_await_payload(meeting, child));
    read_number(mpr_meeting_payload(meeting, child), number);
    write_number(mpr_meeting_outcome(meeting, comm.rank, sizeof(number)), 2 * number);
    mpr_meeting_tell_each(meeting, &child, 1);
}

static void meet_as_child(struct mpr_meeting *meeting, int parent, int number)
{
    write_number(mpr_meeting_payload(meeting, comm.rank), number);
    mpr_meeting_show(meeting, parent);
    model_check(mpr_meeting_await_outcome(meeting, parent));
    read_number(mpr_meeting_outcome(meeting, parent, sizeof(number)), 2 * number);
    mpr_meeting_tell_each(meeting, NULL, 0);
}

static void meet_along_tree(int number)
{
    struct mpr_coll coll;
    struct mpr_meeting meeting;

    begin(&coll);
    mpr_meeting_open(&meeting, &coll, sizeof(number));
    if (comm.rank == 0) {
        meet_as_parent(&meeting, 1, number);
    } else {
        meet_as_child(&meeting, 0, number);
    }
}

static bool pass_barrier(void)
{
    struct mpr_coll coll;
    struct mpr_meeting meeting;

    begin(&coll);
    mpr_meeting_open(&meeting, &coll, 0);
    return mpr_meeting_hold(&meeting);
}

static bool pass_told_barrier(void)
{
    struct mpr_coll coll;
    struct mpr_meeting meeting;

    begin(&coll);
    mpr_meeting_open(&meeting, &coll, 0);
    mpr_meeting_expect(&meeting);
    if (!mpr_meeting_hold(&meeting)) {
        return false;
    }
    if (mpr_meeting_is_to_tell(&meeting)) {
        mpr_meeting_tell(&meeting);
    }
    return true;
}

static void talk(int number, int root, int bytes)
{
    struct mpr_coll coll;
    struct mpr_talk talk;

    begin(&coll);
    mpr_talk_open(&talk, &coll);
    if (comm.rank == root) {
        write_number(mpr_talk_begin(&talk, (uint64_t)bytes), number);
        mpr_talk_say(&talk);
    } else {
        mpr_talk_hear(&talk, root);
        read_number(mpr_talk_payload(&talk, root), number);
    }
    mpr_talk_close(&talk);
}

/* The root writes what it lends as soon as it has it back. */
static void lend_in_talk(int number)
{
    struct mpr_coll coll;
    struct mpr_talk talk;

    begin(&coll);
    mpr_talk_open(&talk, &coll);
    if (comm.rank == 0) {
        write_number(lent_by(0), number);
        write_number(mpr_talk_begin(&talk, MPR_TALK_LENT), number);
        mpr_talk_say(&talk);
        mpr_talk_await_ends(&talk);
    } else {
        mpr_talk_hear(&talk, 0);
        read_number(mpr_talk_payload(&talk, 0), number);
        read_number(lent_by(0), number);
        mpr_talk_end_for(&talk, 0);
    }
    mpr_talk_close(&talk);
}

/* ---- The scenes ---- */

static void run_meetings(int thread)
{
    (void)thread;
    for (int number = 0; number < MEETINGS; number++) {
        meet(number);
    }
}

static void run_lending(int thread)
{
    (void)thread;
    for (int number = 0; number <= MPR_SLATE_MEETINGS; number++) {
        lend(number);
    }
}

static void run_told_meetings(int thread)
{
    (void)thread;
    for (int number = 0; number <= MPR_SLATE_MEETINGS; number++) {
        meet_and_tell(number);
    }
}

static void run_tree(int thread)
{
    (void)thread;
    for (int number = 0; number < MEETINGS; number++) {
        meet_along_tree(number);
    }
}

static void run_sleepy_tree(int thread)
{
    (void)thread;
    meet_along_tree(0);
}

static void run_told_barrier(int thread)
{
    (void)thread;
    model_check(pass_told_barrier());
}

static void run_barrier(int thread)
{
    (void)thread;
    model_check(pass_barrier());
}

static void run_three(int thread)
{
    if (thread == 2) {
        atomic_store_explicit(&memory()->meetings[0][thread].mark, comm.slate.mark,
                              memory_order_release);
    } else {
        run_barrier(thread);
    }
}

/* Who is left hears of the death, or has met the dead before. */
static void run_deaths(int thread)
{
    const struct mpr_slate_cell *cell = &memory()->meetings[0][MORTAL];

    if (thread == LAUNCHER) {
        if (model_await_end()) {
            mpr_death_announce(&mpr_job.segment, MORTAL, 9);
        }
    } else if (pass_barrier()) {
        model_check(atomic_load_explicit(&cell->mark, memory_order_relaxed) == comm.slate.mark);
    } else {
        model_check(comm.has_dead);
    }
}

/* Two members leave, a third process makes the slate its own. */
static void run_claim(int thread)
{
    if (thread != NEWCOMER) {
        meet(0);
        mpr_slate_drop(&mpr_job.segment, 1, 1);
        return;
    }
    while (mpr_slate_claim(&mpr_job.segment, 1) == MPR_SLATE_NONE) {
        model_pause();
    }
    for (int rank = 0; rank < 2; rank++) {
        write_number(memory()->meetings[0][rank].payload, 0);
    }
}

static void run_talks(int thread)
{
    (void)thread;
    for (int number = 0; number < TALKS; number++) {
        talk(number, 0, MPR_SLATE_CELL_BYTES);
    }
}

static void run_fewer_talks(int thread)
{
    (void)thread;
    for (int number = 0; number <= MPR_SLATE_TALKS; number++) {
        talk(number, 0, MPR_SLATE_CELL_BYTES);
    }
}

static void run_long_talks(int thread)
{
    (void)thread;
    for (int number = 0; number < TALKS; number++) {
        talk(number, 0, MPR_SLATE_AREA_BYTES);
    }
}

static void run_lending_talks(int thread)
{
    (void)thread;
    for (int number = 0; number < TALKS; number++) {
        lend_in_talk(number);
    }
}

static void run_lending_talk(int thread)
{
    (void)thread;
    lend_in_talk(0);
}

static void run_talks_in_turn(int thread)
{
    (void)thread;
    for (int number = 0; number < TALKS; number++) {
        talk(number, number % 2, MPR_SLATE_CELL_BYTES);
    }
}

static void run_talk(int thread)
{
    (void)thread;
    talk(0, 0, MPR_SLATE_CELL_BYTES);
}

/* After a meeting nobody is asked for counts. */
static void run_mixture(int thread)
{
    (void)thread;
    for (int number = 0; number < TALKS; number++) {
        if (number == MPR_SLATE_TALKS) {
            pass_barrier();
        }
        talk(number, 0, MPR_SLATE_AREA_BYTES);
    }
}

const struct model_scene *model_scene_find(int number)
{
    static const struct model_scene scenes[] = {
        {2, {0, 1}, 0, false, start_meetings, run_meetings},
        {2, {0, 1}, 0, false, start_two_with_membarrier, run_barrier},
        {3, {0, 1, 2}, 0, false, start_three, run_three},
        {3, {0, MORTAL, LAUNCHER}, MORTAL, true, start_deaths, run_deaths},
        {3, {0, 1, NEWCOMER}, 0, false, start_claim, run_claim},
        {2, {0, 1}, 0, false, start_talks, run_talks},
        {2, {0, 1}, 0, false, start_long_talks, run_long_talks},
        {2, {0, 1}, 0, false, start_talks_in_turn, run_talks_in_turn},
        {2, {0, 1}, 0, false, start_mixture, run_mixture},
        {2, {0, 1}, 0, false, start_sleepy_root, run_fewer_talks},
        {2, {0, 1}, 0, false, start_sleepy_hearer, run_talk},
        {2, {0, 1}, 0, false, start_told_meetings, run_told_meetings},
        {2, {0, 1}, 0, false, start_told_sleepers, run_told_barrier},
        {2, {0, 1}, 0, false, start_tree, run_tree},
        {2, {0, 1}, 0, false, start_sleepy_tree, run_sleepy_tree},
        {2, {0, 1}, 0, false, start_lending, run_lending},
        {2, {0, 1}, 0, false, start_lending_talks, run_lending_talks},
        {2, {0, 1}, 0, false, start_sleepy_lender, run_lending_talk},
    };
    return number < (int)mpr_array_count(scenes) ? &scenes[number] : NULL;
}
