/* SPDX-License-Identifier: BSD-3-Clause */
/* Computation that sends nothing, to be run under a launcher and, compiled with -DALONE and without
 * MPI, by itself: a triad as in STREAM, a loop that allocates, touches and frees, a matrix product.
 * Each is reported in milliseconds, the best of many runs, because only the least disturbed one
 * tells. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifndef ALONE
#include <mpi.h>
#endif

enum {
    TRIAD_COUNT = 1 << 21,  /* doubles: 16 MiB each of three */
    BLOCK_BYTES = 48 << 20, /* which malloc has from the system and gives back each time */
    PAGE_BYTES = 4096,
    SIDE = 256
};

static double *a, *b, *c;

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

static void triad(void)
{
    for (int i = 0; i < TRIAD_COUNT; i++) {
        a[i] = b[i] + 3.0 * c[i];
    }
}

static void page_faults(void)
{
    volatile char *memory = malloc(BLOCK_BYTES);

    for (int at = 0; memory != NULL && at < BLOCK_BYTES; at += PAGE_BYTES) {
        memory[at] = 1;
    }
    free((void *)memory);
}

static void product(void)
{
    for (int i = 0; i < SIDE; i++) {
        for (int j = 0; j < SIDE; j++) {
            a[i * SIDE + j] = 0;
        }
        for (int k = 0; k < SIDE; k++) {
            for (int j = 0; j < SIDE; j++) {
                a[i * SIDE + j] += b[i * SIDE + k] * c[k * SIDE + j];
            }
        }
    }
}

static void measure(const char *name, void (*work)(void), double budget_ms)
{
    const double begin_ms = now_ms();
    double best_ms = 0;

    work();
    for (int runs = 0; runs < 3 || now_ms() - begin_ms < budget_ms; runs++) {
        const double before_ms = now_ms();

        work();
        const double took_ms = now_ms() - before_ms;

        best_ms = runs == 0 || took_ms < best_ms ? took_ms : best_ms;
    }
    printf("%s\t0\t%.9g\n", name, best_ms);
}

int main(int argc, char **argv)
{
    const char *budget = getenv("BENCH_BUDGET_MS");
    const double budget_ms = 20 * (budget != NULL ? atof(budget) : 10.0);

#ifdef ALONE
    (void)argc;
    (void)argv;
#else
    MPI_Init(&argc, &argv);
#endif
    a = malloc(TRIAD_COUNT * sizeof *a);
    b = malloc(TRIAD_COUNT * sizeof *b);
    c = malloc(TRIAD_COUNT * sizeof *c);
    if (a == NULL || b == NULL || c == NULL) {
        fprintf(stderr, "no memory\n");
        return 1;
    }
    for (int i = 0; i < TRIAD_COUNT; i++) {
        a[i] = 0;
        b[i] = i % 7;
        c[i] = i % 5;
    }
    measure("triad", triad, budget_ms);
    measure("allocate, touch, free", page_faults, budget_ms);
    measure("matrix product", product, budget_ms);
    const double sum = a[SIDE + 1]; // somebody reads the result
    free(a);
    free(b);
    free(c);
#ifndef ALONE
    MPI_Finalize();
#endif
    return sum < 0;
}
