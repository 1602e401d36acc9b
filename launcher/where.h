/* SPDX-License-Identifier: BSD-3-Clause */
/* Tells where the ranks of a job are, from their status boards: the table that a time limit, a job
 * in which nobody can go on, and --status print, and what can be concluded from it. */
#ifndef LAUNCHER_WHERE_H
#define LAUNCHER_WHERE_H

#include <stdbool.h>

#include "shm/segment.h"

/* Whose ranks, and to whom they are told. Nothing is owned or kept. */
struct mpr_where {
    const struct mpr_segment *segment;
    bool (*is_running)(void *context, int slot);  // a process has the slot, and has not ended
    void (*say)(void *context, const char *text); // one line, without its end
    void *context;
};

/* Says what each rank is doing, neighbours that do the same in one line; spawned ones that run
 * come last, each with a line of its own. */
void mpr_where_say(const struct mpr_where *where);

/* Whether no rank can ever go on (shm/doorbell.h): all processes are settled as they were when last
 * asked, which `settled` keeps by slot, all 0 at first. A process that is not there yet, computes,
 * has finalized, polls, waits for mprun's answer, or has another thread that may call is not. */
bool mpr_where_is_stuck(const struct mpr_where *where, uint32_t *settled);

/* Then, says so, the table, and who waits for one that has ended, who is missing from a collective,
 * and who wait for each other in a circle: one of each kind, as far as there is any. */
void mpr_where_say_stuck(const struct mpr_where *where);

#endif
