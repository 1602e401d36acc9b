/* SPDX-License-Identifier: BSD-3-Clause */
/* What the programs share that measure the machine itself, without MPI. */
#ifndef MPR_TESTS_BARE_H
#define MPR_TESTS_BARE_H

#include <sched.h>
#include <stdlib.h>
#include <time.h>

/* The first CPUs that the process may use, `most` at the most: how many there are. */
static inline int bare_cpus(int *cpus, int most)
{
    cpu_set_t usable;
    int count = 0;

    sched_getaffinity(0, sizeof usable, &usable);
    for (int cpu = 0; cpu < CPU_SETSIZE && count < most; cpu++) {
        if (CPU_ISSET(cpu, &usable)) {
            cpus[count++] = cpu;
        }
    }
    return count;
}

/* Binds the calling thread. */
static inline void bare_bind(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static inline double bare_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static inline int bare_compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

/* Sorts the values. */
static inline double bare_median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], bare_compare);
    return values[count / 2];
}

#endif
