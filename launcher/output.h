/* SPDX-License-Identifier: BSD-3-Clause */
/* Gathers what the ranks print and passes it on, line by line.
 *
 * Each rank has two streams, standard output and standard error; all of a kind lead to one sink,
 * mprun's own, and those of both kinds where mprun has one file, pipe or terminal for both. A line
 * is never cut by another rank's. The beginning of a line that stays unfinished for a moment (a
 * prompt) is shown; if another rank then has a line to show, that starts on a line of its own. Time
 * in which a rank is kept from its CPU is not such a moment.
 * Bytes are otherwise passed on unchanged, whatever they are.
 *
 * A sink that is slow slows the ranks down, as it would without mprun: little is stored.
 */
#ifndef LAUNCHER_OUTPUT_H
#define LAUNCHER_OUTPUT_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/engine.h"

struct mpr_output;

struct mpr_output_config {
    struct mpr_engine *engine;
    int slot_count; // ranks that may write at a time
    int sink_fds[2]; // where standard output and standard error go
    bool tag;        // begin each line with the rank's label: "[3] "
    bool timestamp;  // begin each line with the time of day: "07:55:41.123 "
    uint64_t pause_ns; // how long the rest of a line may take before its beginning is shown
    // Says whether a rank runs or waits for its turn to, and its CPU time. NULL: that is not known.
    bool (*wants_cpu)(void *context, int slot, uint64_t *used_ns);
    // Called once if standard output takes no more: -EPIPE when its reader has gone, -ENOSPC, ...
    void (*lost)(void *context, int error);
    void *context;
};

/* Returns 0, or -ENOMEM. */
int mpr_output_create(struct mpr_output **output, const struct mpr_output_config *config);

/* Closes what is open; what has not been passed on is lost. The engine must be gone already: until
 * then it may write into the buffers. NULL is fine. */
void mpr_output_destroy(struct mpr_output *output);

/* Opens the streams of a rank, under a number below slot_count, and starts to read them. Returns 0
 * and two descriptors for its standard output and error, which the caller closes once the rank has
 * been started, or a negative errno and none to be closed. `label` is copied. */
int mpr_output_open(struct mpr_output *output, int slot, const char *label, int rank_fds[2]);

/* Says whether streams of that number are open, or hold something that was not passed on. */
bool mpr_output_is_used(const struct mpr_output *output, int slot);

/* Adds one line of mprun's own, "mprun: ..." to what goes to standard error. */
void mpr_output_say(struct mpr_output *output, const char *format, ...) MPR_PRINTF(2, 3);

/* Gives the ranks' terminals, if they have any, the size of the terminal that
 * their output goes to. */
void mpr_output_match_terminal(struct mpr_output *output);

/* Says whether every stream has ended and all of it has been passed on. */
bool mpr_output_is_drained(const struct mpr_output *output);

/* Says whether everything that has been read so far was passed on. */
bool mpr_output_is_idle(const struct mpr_output *output);

/* Stops reading; what has been read is still passed on. */
void mpr_output_stop_reading(struct mpr_output *output);

#endif
