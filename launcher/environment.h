/* SPDX-License-Identifier: BSD-3-Clause */
/* The environment of a rank: mprun's own, what the options set, and what tells the rank its place.
 */
#ifndef LAUNCHER_ENVIRONMENT_H
#define LAUNCHER_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "launcher/heap.h"
#include "launcher/options.h"

#define MPR_ENVIRONMENT_PLACES     4
#define MPR_ENVIRONMENT_ADDED      3
#define MPR_ENVIRONMENT_TEXT_BYTES 40

struct mpr_environment {
    char **variables; // "NAME=value", NULL at the end: what execve takes
    size_t count;
    char texts[MPR_ENVIRONMENT_PLACES][MPR_ENVIRONMENT_TEXT_BYTES];
    char *added[MPR_ENVIRONMENT_ADDED]; // longer texts of our own
};

/* Makes the environment of a program's ranks, with the heap that they get, and what suits those
 * that share cores. Of several settings of one variable the last holds. `base` and the settings are
 * pointed to, not copied. Returns 0, or -ENOMEM. */
int mpr_environment_make(struct mpr_environment *environment, char **base,
                         const struct mpr_settings *const settings[], size_t settings_count,
                         const struct mpr_heap_plan *heap, bool shares_cores);

/* Changes it for one rank. OMP_NUM_THREADS is set to `thread_count`, unless that is 0 or the user
 * has set it. */
void mpr_environment_set_rank(struct mpr_environment *environment, int rank, int segment_fd,
                              int thread_count);

void mpr_environment_free(struct mpr_environment *environment);

#endif
