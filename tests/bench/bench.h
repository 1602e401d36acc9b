/* SPDX-License-Identifier: BSD-3-Clause */
/* What the benchmarks share: an operation is repeated until the clock can tell, and the median of a
 * few such runs is reported. Plain MPI, so that the same source measures every library.
 *
 * A report is a line "name, bytes, value" with tabs between, printed by rank 0. */
#ifndef MPR_TESTS_BENCH_H
#define MPR_TESTS_BENCH_H

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BENCH_RUNS = 5, BENCH_COUNT_MAX = 1 << 24 };

/* One operation to be timed; every rank calls it the same number of times. */
typedef void bench_operation(void *context);

/* The time for one run of many operations, in seconds: BENCH_BUDGET_MS in the environment. */
static inline double bench_budget_s(void)
{
    const char *budget = getenv("BENCH_BUDGET_MS");

    return (budget != NULL ? atof(budget) : 10.0) / 1e3;
}

static inline double bench_run_s(bench_operation *operation, void *context, int count)
{
    double start;

    MPI_Barrier(MPI_COMM_WORLD);
    start = MPI_Wtime();
    for (int i = 0; i < count; i++) {
        operation(context);
    }
    return MPI_Wtime() - start;
}

static inline int bench_compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* The time of one operation as rank 0 sees it, in seconds: the median of BENCH_RUNS runs, each long
 * enough. The trials that find out how long that is also warm up. All ranks call this together. */
static inline double bench_time_s(bench_operation *operation, void *context)
{
    const double budget_s = bench_budget_s();
    double runs_s[BENCH_RUNS];
    int count = 1, enough = 0;

    while (!enough) {
        const double elapsed_s = bench_run_s(operation, context, count);
        const double grow = elapsed_s > 0 ? 1.2 * budget_s / elapsed_s : 10;

        enough = elapsed_s >= budget_s || count >= BENCH_COUNT_MAX;
        MPI_Bcast(&enough, 1, MPI_INT, 0, MPI_COMM_WORLD);
        if (!enough) {
            count = grow < 10 ? (int)(count * grow) + 1 : count * 10;
        }
        MPI_Bcast(&count, 1, MPI_INT, 0, MPI_COMM_WORLD);
    }
    for (int run = 0; run < BENCH_RUNS; run++) {
        runs_s[run] = bench_run_s(operation, context, count) / count;
    }
    qsort(runs_s, BENCH_RUNS, sizeof runs_s[0], bench_compare);
    return runs_s[BENCH_RUNS / 2];
}

static inline void bench_report(const char *name, long bytes, double value)
{
    int rank;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        printf("%s\t%ld\t%.9g\n", name, bytes, value);
        fflush(stdout);
    }
}

/* A buffer whose pages are there, at the start of a page. */
static inline char *bench_buffer(size_t bytes)
{
    void *buffer = NULL;

    if (posix_memalign(&buffer, 4096, bytes > 0 ? bytes : 1) != 0) {
        fprintf(stderr, "no memory for %zu bytes\n", bytes);
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    memset(buffer, 1, bytes);
    return buffer;
}

#endif
