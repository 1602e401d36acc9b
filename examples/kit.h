/* SPDX-License-Identifier: BSD-3-Clause */
/* What the larger examples share, so that each shows its own matter alone: the command line, fair
 * shares, memory, and the last line with the verdict. All of it is called by every rank. */
#ifndef EXAMPLES_KIT_H
#define EXAMPLES_KIT_H

#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    bool check; /* compare with a serial result */
    int size;   /* of the problem */
};

/* Reads "[--check] [SIZE]", where SIZE is from `least` to `most`, `usual` if not given. Otherwise
 * says so, and ends the program. */
static inline struct options read_options(int argc, char **argv, int usual, int least, int most)
{
    struct options options = {.size = usual};
    char *end = NULL;
    int rank;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    options.check = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (argc == 2 + options.check) {
        const long size = strtol(argv[1 + options.check], &end, 10);
        options.size = size >= least && size <= most ? (int)size : least - 1;
    }
    if (argc > 2 + options.check || (end != NULL && *end != '\0') || options.size < least) {
        if (rank == 0) {
            fprintf(stderr, "usage: mprun -n RANKS %s [--check] [SIZE], SIZE from %d to %d\n",
                    argv[0], least, most);
        }
        MPI_Finalize();
        exit(EXIT_FAILURE);
    }
    return options;
}

/* Where part `part` begins when `count` things are shared fairly; it ends where the next begins. */
static inline int share_start(int count, int parts, int part)
{
    return (int)((long long)count * part / parts);
}

/* The part that thing `i` falls into. */
static inline int share_owner(int count, int parts, int i)
{
    return (int)(((long long)parts * (i + 1) - 1) / count);
}

/* `count` things of `bytes` bytes each, all zero. Without memory the program ends. */
static inline void *allocate(size_t count, size_t bytes)
{
    void *memory = calloc(count > 0 ? count : 1, bytes);

    if (memory == NULL) {
        fprintf(stderr, "no memory for %zu times %zu bytes\n", count, bytes);
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    return memory;
}

/* Rank 0's last lines: how long it took since `start`, when all have come here. */
static inline void report_time(const char *what, double start)
{
    int rank, ranks;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        printf("%s: %d rank%s took %.4f s\n", what, ranks, ranks == 1 ? "" : "s",
               MPI_Wtime() - start);
    }
}

/* Rank 0 says how far the result is off the serial one; the return value is the exit status. What
 * is not a number is wrong. */
static inline int report_check(double error, double tolerance)
{
    const bool right = error <= tolerance;

    printf("checked against a serial run: off by %.1e, at most %.1e allowed: %s\n", error,
           tolerance, right ? "right" : "WRONG");
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
