/* SPDX-License-Identifier: BSD-3-Clause */
/* A rank that waits in a receive: the CPU time that two seconds of it burn, in milliseconds; and
 * how long after the send it runs again, in microseconds, when it has waited for long enough to
 * sleep. */
#include <sys/resource.h>
#include <time.h>

#include "bench.h"

enum { WAKES = 41, REST_MS = 5 };

static double cpu_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return 1e3 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void rest_ms(int ms)
{
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

/* The clock that all processes of a machine share. */
static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static double measure_burning(int rank)
{
    double burnt_ms = 0;

    if (rank == 0) {
        rest_ms(2000);
        MPI_Send(NULL, 0, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(&burnt_ms, 1, MPI_DOUBLE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
        const double before_ms = cpu_ms();

        MPI_Recv(NULL, 0, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        burnt_ms = cpu_ms() - before_ms;
        MPI_Send(&burnt_ms, 1, MPI_DOUBLE, 0, 1, MPI_COMM_WORLD);
    }
    return burnt_ms;
}

/* Rank 0 sends the time at which it sends; rank 1 compares that with its own when it is back. */
static double measure_waking(int rank)
{
    double late_us[WAKES], sent_us, median_us = 0;

    if (rank == 0) {
        for (int i = 0; i < WAKES; i++) {
            rest_ms(REST_MS);
            sent_us = now_us();
            MPI_Send(&sent_us, 1, MPI_DOUBLE, 1, 0, MPI_COMM_WORLD);
        }
        MPI_Recv(&median_us, 1, MPI_DOUBLE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
        for (int i = 0; i < WAKES; i++) {
            MPI_Recv(&sent_us, 1, MPI_DOUBLE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            late_us[i] = now_us() - sent_us;
        }
        qsort(late_us, WAKES, sizeof late_us[0], bench_compare);
        median_us = late_us[WAKES / 2];
        MPI_Send(&median_us, 1, MPI_DOUBLE, 0, 1, MPI_COMM_WORLD);
    }
    return median_us;
}

int main(int argc, char **argv)
{
    int rank;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Barrier(MPI_COMM_WORLD);
    bench_report("CPU of a 2 s wait", 0, measure_burning(rank));
    MPI_Barrier(MPI_COMM_WORLD);
    bench_report("waking of a blocked rank", 0, measure_waking(rank));
    MPI_Finalize();
    return 0;
}
