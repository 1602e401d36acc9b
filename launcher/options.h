/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line of mprun: a table of options, and what a command line asks for. */
#ifndef LAUNCHER_OPTIONS_H
#define LAUNCHER_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MPR_RANKS_MAX 32768

enum mpr_bind {
    MPR_BIND_DEFAULT,
    MPR_BIND_NONE,
    MPR_BIND_HWTHREAD,
    MPR_BIND_CORE,
    MPR_BIND_L3,
    MPR_BIND_NUMA,
    MPR_BIND_SOCKET
};
enum mpr_map {
    MPR_MAP_DEFAULT,
    MPR_MAP_SLOT,
    MPR_MAP_HWTHREAD,
    MPR_MAP_CORE,
    MPR_MAP_L3,
    MPR_MAP_NUMA,
    MPR_MAP_SOCKET
};

/* Who reads mprun's standard input; a value of 0 or more is a rank. */
#define MPR_STDIN_NONE (-1)
#define MPR_STDIN_ALL  (-2)

/* What is to be done with a job in which no rank can go on. */
enum mpr_hang { MPR_HANG_END, MPR_HANG_TELL, MPR_HANG_IGNORE };

/* Variables for the ranks' environment, each as "NAME=value". */
struct mpr_settings {
    char **texts;
    size_t count;
};

/* One program of the job: what stands between two ':'. */
struct mpr_app {
    char **argv;    // the program and its arguments, NULL at the end; points into main's argv
    int rank_count; // 0: not given
    const char *directory; // NULL: where mprun was started
    struct mpr_settings settings;
};

struct mpr_options {
    struct mpr_app *apps;
    size_t app_count;
    struct mpr_settings settings; // for all programs
    enum mpr_bind bind;
    enum mpr_map map;
    int cores_per_rank;  // PE=; 0: not given
    const char *cpu_set; // NULL: not given
    int stdin_rank;
    int64_t timeout_ns; // 0: none
    enum mpr_hang on_hang;
    int status_pid;     // for MPR_OPTIONS_STATUS: of the mprun that is asked about
    bool continues;     // when ranks die
    bool dry_run;
    bool report_bindings;
    bool tag_output;
    bool timestamp_output;
};

enum mpr_options_verdict {
    MPR_OPTIONS_RUN,      // do what the options say
    MPR_OPTIONS_DONE,     // help or version was printed: end with success
    MPR_OPTIONS_STATUS,   // tell about another job
    MPR_OPTIONS_MISUSE,   // the message says what is wrong: end with failure
    MPR_OPTIONS_NO_MEMORY // the message says where: the command line may be right, mprun failed
};

/* Reads main's arguments into *options, which point into them and are to be given to
 * mpr_options_free() whatever the verdict. Help and version go to `stream`, which is standard
 * output but for tests; notes about ignored options go to standard error. For MPR_OPTIONS_MISUSE
 * `message` holds one line that says what is wrong, where, and what to do; for
 * MPR_OPTIONS_NO_MEMORY, one that says where memory ran out. */
enum mpr_options_verdict mpr_options_parse(struct mpr_options *options, int argc, char **argv,
                                           FILE *stream, char *message, size_t message_bytes);

void mpr_options_free(struct mpr_options *options);

/* Gives each program its number of ranks: a single program without -n gets `cpus_usable`, one of
 * several gets 1. Returns the sum, or -1 if that is more than MPR_RANKS_MAX. */
int mpr_options_count_ranks(struct mpr_options *options, int cpus_usable);

#endif
