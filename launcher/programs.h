/* SPDX-License-Identifier: BSD-3-Clause */
/* The programs that MPI_Comm_spawn asks for, read from the texts of its question. */
#ifndef LAUNCHER_PROGRAMS_H
#define LAUNCHER_PROGRAMS_H

#include <stddef.h>

#include "launcher/options.h"

struct mpr_program {
    int process_count;         // wanted at the most
    const char *command;
    const char *directory;     // NULL: not given
    const char *path;          // directories to look for the command in, between ':'; NULL
    const char *soft;          // numbers of processes that will do, as MPI writes them; NULL
    struct mpr_settings settings; // of the environment
    char *lines;                  // what these point into
    char **argv;               // with a place for the command at the start, and NULL at the end
};

/* Reads `count` programs; all but the settings points into `texts` (`bytes` of them, the last is
 * null), which stay as they are.
 * Returns 0 and the programs, to be given to mpr_programs_free(), -EINVAL for texts that are none,
 * or -ENOMEM. */
int mpr_programs_read(struct mpr_program **programs, int count, char *texts, size_t bytes);

void mpr_programs_free(struct mpr_program *programs, int count);

/* The most processes, up to `most` and at least 1, that the program may be started with: those
 * wanted, or with `soft` the largest number it names. 0: none; -1: `soft` is no list of numbers a,
 * a:b or a:b:c between commas. */
int mpr_program_choose_count(const struct mpr_program *program, int most);

#endif
