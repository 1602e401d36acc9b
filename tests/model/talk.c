/* SPDX-License-Identifier: BSD-3-Clause */
/* Scenes of talks on slates: the real ones (coll/slate.c), waiting (p2p/wait.c) and doorbells
 * (shm/doorbell.c). */
#include "member.h"

enum { TALKS = MPR_SLATE_TALKS + 3, OLD_TALKS = 100 };

/* ---- Beginnings ---- */

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
        model_atomic(&memory()->resting_meetings[0][rank].mark, "mark of the meeting");
    }
    start(process, 2, MPR_WAIT_SPIN, true);
}

/* ---- Operations ---- */

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

static void talk_on(int count, int bytes)
{
    for (int number = 0; number < count; number++) {
        talk(number, 0, bytes);
    }
}

static void run_talks(int thread)
{
    (void)thread;
    talk_on(TALKS, MPR_SLATE_CELL_BYTES);
}

static void run_fewer_talks(int thread)
{
    (void)thread;
    talk_on(MPR_SLATE_TALKS + 1, MPR_SLATE_CELL_BYTES);
}

static void run_long_talks(int thread)
{
    (void)thread;
    talk_on(TALKS, MPR_SLATE_AREA_BYTES);
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
        {2, {0, 1}, 0, false, start_talks, run_talks},
        {2, {0, 1}, 0, false, start_long_talks, run_long_talks},
        {2, {0, 1}, 0, false, start_talks_in_turn, run_talks_in_turn},
        {2, {0, 1}, 0, false, start_mixture, run_mixture},
        {2, {0, 1}, 0, false, start_sleepy_root, run_fewer_talks},
        {2, {0, 1}, 0, false, start_sleepy_hearer, run_talk},
        {2, {0, 1}, 0, false, start_lending_talks, run_lending_talks},
        {2, {0, 1}, 0, false, start_sleepy_lender, run_lending_talk},
    };
    return number < (int)mpr_array_count(scenes) ? &scenes[number] : NULL;
}
