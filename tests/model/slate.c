/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenes of meetings on slates: the real ones (coll/slate.c), waiting (p2p/wait.c), doorbells
 * (shm/doorbell.c), announcements of deaths (shm/death.c) and claims (shm/slate.c). */
#include "base/tunables.h"
#include "member.h"
#include "shm/death.h"

/* Processes, and the threads that they consist of. */
enum { MORTAL = 1, LAUNCHER = 2, NEWCOMER = 2 };
enum { MEETINGS = 4 };

/* ---- Beginnings ---- */

static void name_meetings(int members)
{
    for (int round = 0; round < MPR_SLATE_RESTS; round++) {
        for (int rank = 0; rank < members; rank++) {
            name_cell(&memory()->resting_meetings[round][rank]);
        }
    }
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
    for (int round = 0; round < MPR_SLATE_RESTS; round++) {
        name_cell(&memory()->resting_meetings[round][1]);
    }
    for (int round = 0; round < MPR_SLATE_MEETINGS; round++) {
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
        model_atomic(&memory()->resting_meetings[0][rank].mark, "mark");
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

/* ---- Operations ---- */

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
        atomic_store_explicit(&memory()->resting_meetings[0][thread].mark, comm.slate.mark,
                              memory_order_release);
    } else {
        run_barrier(thread);
    }
}

/* Who is left hears of the death, or has met the dead before. */
static void run_deaths(int thread)
{
    const struct mpr_slate_cell *cell = &memory()->resting_meetings[0][MORTAL];

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
        write_number(memory()->resting_meetings[0][rank].payload, 0);
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
        {2, {0, 1}, 0, false, start_told_meetings, run_told_meetings},
        {2, {0, 1}, 0, false, start_told_sleepers, run_told_barrier},
        {2, {0, 1}, 0, false, start_tree, run_tree},
        {2, {0, 1}, 0, false, start_sleepy_tree, run_sleepy_tree},
        {2, {0, 1}, 0, false, start_lending, run_lending},
    };
    return number < (int)mpr_array_count(scenes) ? &scenes[number] : NULL;
}
