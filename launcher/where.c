/* SPDX-License-Identifier: BSD-3-Clause */
/* The ranks' status boards as a whole. What stands there may be a mixture of two moments, or
 * written over by a rank gone wild: nothing here trusts the values. */
#include "launcher/where.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "launcher/report.h"
#include "shm/doorbell.h"

/* Of a circle, so many ranks are named. */
enum { CIRCLE_NAMES_MAX = 8 };

MPR_PRINTF(2, 3)
static void say(const struct mpr_where *where, const char *format, ...)
{
    char text[MPR_REPORT_BYTES + 64];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    where->say(where->context, text);
}

static const struct mpr_rank_control *control_of(const struct mpr_where *where, int slot)
{
    return mpr_segment_control(where->segment, (uint32_t)slot);
}

static bool is_running(const struct mpr_where *where, int slot)
{
    return where->is_running(where->context, slot);
}

/* ---- Who waits for whom ---- */

/* The slot of the rank that the one of this slot has been seen to wait for; -1: none, or not only
 * that. */
static int seen_by(const struct mpr_where *where, int slot)
{
    const struct mpr_board *board = &control_of(where, slot)->board;
    int peer = atomic_load_explicit(&board->peer, memory_order_relaxed);
    int awaited = atomic_load_explicit(&board->slot, memory_order_relaxed);
    bool is_known = peer >= 0 && awaited >= 0 && awaited < (int)where->segment->geometry.slot_count;

    return is_known && is_running(where, slot) ? awaited : -1;
}

/* Whether two ranks that run are in the same collective of one communicator. */
static bool are_together(const struct mpr_where *where, int slot, int other)
{
    const struct mpr_rank_control *controls[] = {control_of(where, slot), control_of(where, other)};
    const char *call = mpr_report_call(controls[0]);

    return is_running(where, other) && mpr_report_is_collective(call) &&
           strcmp(call, mpr_report_call(controls[1])) == 0 &&
           atomic_load_explicit(&controls[0]->board.context, memory_order_relaxed) ==
               atomic_load_explicit(&controls[1]->board.context, memory_order_relaxed);
}

/* In a collective, a rank that others wait for may have come since, without anybody having been
 * woken for it alone: then what counts is whom that one waits for, and so on. The slot whose board
 * tells for what the rank of this slot waits. */
static int witness_of(const struct mpr_where *where, int slot)
{
    int witness = slot;

    for (int steps = (int)where->segment->geometry.slot_count; steps > 0; steps--) {
        int next = seen_by(where, witness);
        if (next < 0 || !are_together(where, slot, next)) {
            return witness;
        }
        witness = next;
    }
    return slot; // they are all there
}

static int awaited_by(const struct mpr_where *where, int slot)
{
    return seen_by(where, witness_of(where, slot));
}

/* ---- The table ---- */

static void describe(const struct mpr_where *where, int slot, char activity[MPR_REPORT_BYTES])
{
    if (is_running(where, slot)) {
        const struct mpr_board *board = &control_of(where, witness_of(where, slot))->board;
        mpr_report_activity(activity, MPR_REPORT_BYTES, control_of(where, slot), board,
                            mpr_clock_ns());
    } else {
        snprintf(activity, MPR_REPORT_BYTES, "ended");
    }
}

static void say_ranks(const struct mpr_where *where, int first, int last, const char *activity)
{
    if (first == last) {
        say(where, "rank %d: %s", first, activity);
    } else {
        say(where, "ranks %d-%d: %s", first, last, activity);
    }
}

void mpr_where_say(const struct mpr_where *where)
{
    const struct mpr_geometry *geometry = &where->segment->geometry;
    const int rank_count = (int)geometry->rank_count, slot_count = (int)geometry->slot_count;
    char activity[2][MPR_REPORT_BYTES], label[MPR_LABEL_BYTES];
    int first = 0;

    describe(where, 0, activity[0]);
    for (int rank = 1; rank < rank_count; rank++) {
        char *present = activity[rank % 2], *previous = activity[(rank + 1) % 2];
        describe(where, rank, present);
        if (strcmp(present, previous) != 0) {
            say_ranks(where, first, rank - 1, previous);
            first = rank;
        }
    }
    say_ranks(where, first, rank_count - 1, activity[(rank_count - 1) % 2]);
    for (int slot = rank_count; slot < slot_count; slot++) {
        if (is_running(where, slot)) {
            describe(where, slot, activity[0]);
            say(where, "rank %s: %s", mpr_report_label(label, control_of(where, slot)),
                activity[0]);
        }
    }
}

/* ---- Conclusions ---- */

static void conclude_ended(const struct mpr_where *where)
{
    char labels[2][MPR_LABEL_BYTES];

    for (int slot = 0; slot < (int)where->segment->geometry.slot_count; slot++) {
        int awaited = awaited_by(where, slot);
        if (awaited >= 0 && !is_running(where, awaited)) {
            say(where, "rank %s has ended, but rank %s waits for it in %s",
                mpr_report_label(labels[0], control_of(where, awaited)),
                mpr_report_label(labels[1], control_of(where, slot)),
                mpr_report_call(control_of(where, slot)));
            return;
        }
    }
}

static void conclude_missing(const struct mpr_where *where)
{
    char label[MPR_LABEL_BYTES];

    for (int slot = 0; slot < (int)where->segment->geometry.slot_count; slot++) {
        int awaited = awaited_by(where, slot);
        const char *call = mpr_report_call(control_of(where, slot));
        if (awaited >= 0 && is_running(where, awaited) && mpr_report_is_collective(call) &&
            strcmp(mpr_report_call(control_of(where, awaited)), call) != 0) {
            say(where, "rank %s is missing from %s",
                mpr_report_label(label, control_of(where, awaited)), call);
            return;
        }
    }
}

/* Where the way from one rank to the one that it waits for, and so on, comes back to a rank that it
 * has passed: that one. -1: nowhere. `walks` tells of each slot in which walk it was passed. */
static int find_circle(const struct mpr_where *where, int *walks)
{
    for (int start = 0; start < (int)where->segment->geometry.slot_count; start++) {
        int slot = start;
        while (slot >= 0 && walks[slot] == 0) {
            walks[slot] = start + 1;
            slot = awaited_by(where, slot);
        }
        if (slot >= 0 && walks[slot] == start + 1) {
            return slot;
        }
    }
    return -1;
}

/* Names the ranks of the circle, of a large one the first. */
static void say_circle(const struct mpr_where *where, int first)
{
    char names[CIRCLE_NAMES_MAX * (MPR_LABEL_BYTES + 16)] = "", label[MPR_LABEL_BYTES];
    int slot = first;

    if (awaited_by(where, first) == first) {
        say(where, "rank %s waits for itself", mpr_report_label(label, control_of(where, first)));
        return;
    }
    for (int count = 0; count < CIRCLE_NAMES_MAX && (count == 0 || slot != first); count++) {
        const size_t used = strlen(names);
        slot = awaited_by(where, slot);
        if (slot < 0) {
            return; // it has moved after all
        }
        snprintf(names + used, sizeof(names) - used, "%s for rank %s", count > 0 ? ", that" : "",
                 mpr_report_label(label, control_of(where, slot)));
    }
    say(where, "in a circle, rank %s waits%s%s", mpr_report_label(label, control_of(where, first)),
        names, slot != first ? ", and so on" : "");
}

static void conclude_circle(const struct mpr_where *where)
{
    int *walks = calloc(where->segment->geometry.slot_count, sizeof(*walks));

    if (walks != NULL) {
        int first = find_circle(where, walks);
        if (first >= 0) {
            say_circle(where, first);
        }
        free(walks);
    }
}

/* ---- Jobs in which nobody can go on ---- */

/* With what the rank of a slot is settled; 0: it is not. */
static uint32_t find_settled(const struct mpr_where *where, int slot)
{
    const struct mpr_rank_control *control = control_of(where, slot);
    uint32_t state = atomic_load_explicit(&control->state, memory_order_acquire);

    return state == MPR_RANK_ATTACHED ? mpr_doorbell_settled(control) : 0;
}

bool mpr_where_is_stuck(const struct mpr_where *where, uint32_t *settled)
{
    bool has_been = true, has_ranks = false;

    for (int slot = 0; slot < (int)where->segment->geometry.slot_count; slot++) {
        if (is_running(where, slot)) {
            uint32_t now = find_settled(where, slot);
            has_ranks = true;
            has_been = has_been && now == settled[slot];
            settled[slot] = now;
            if (now == 0) {
                return false;
            }
        }
    }
    return has_ranks && has_been;
}

void mpr_where_say_stuck(const struct mpr_where *where)
{
    say(where, "no rank can ever go on: all wait, and nothing is under way; where they are:");
    mpr_where_say(where);
    conclude_ended(where);
    conclude_missing(where);
    conclude_circle(where);
}
