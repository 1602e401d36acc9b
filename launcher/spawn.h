/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts the process of a rank. */
#ifndef LAUNCHER_SPAWN_H
#define LAUNCHER_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include <hwloc.h>

/* What a rank is to be. Nothing is owned or kept. */
struct mpr_spawn {
    char **argv; // the program, looked for in PATH unless it has a slash, and its arguments
    char **environment;
    const char *directory;     // NULL: stay
    hwloc_const_bitmap_t cpus; // NULL: do not bind
    int standard_fds[3];       // become its standard input, output and error; -1: mprun's own
    int kept_fds[2]; // inherited under these numbers: the segment, and where to ask
    const sigset_t *signal_mask;
};

enum mpr_spawn_step { MPR_SPAWN_NONE, MPR_SPAWN_FORK, MPR_SPAWN_DIRECTORY, MPR_SPAWN_PROGRAM };

struct mpr_spawn_result {
    enum mpr_spawn_step failed_step; // MPR_SPAWN_NONE: the program runs
    int error;                       // errno of the failed step
    int binding_error;               // errno with which the binding was refused; 0: bound
};

/* Lets this process open as many descriptors as the system allows; the ranks get back the limit
 * that mprun was started with. Call it once, before anything else here. */
void mpr_spawn_raise_limits(void);

/* Starts a process that dies with mprun. Call it from the main thread: the kernel ties that promise
 * to the thread which starts the process. All signals must be blocked. Returns the process id, or
 * -1 if result->failed_step says why not; no process is left then. */
int mpr_spawn(const struct mpr_spawn *spawn, struct mpr_spawn_result *result);

/* The path of the file that a program would be started from; for a name without a slash, in PATH.
 * Returns false if there is no file of that name. */
bool mpr_spawn_find(const char *program, const char *directory, char *path, size_t path_bytes);

/* Writes why a program could not be started, such as "cannot start ./prog: No such file or
 * directory", and returns the exit status that a shell would give: 126 or 127 (125 where not the
 * program is to blame). */
int mpr_spawn_explain(const struct mpr_spawn *spawn, const struct mpr_spawn_result *result,
                      char *text, size_t text_bytes);

#endif
