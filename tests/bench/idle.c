/* SPDX-License-Identifier: BSD-3-Clause */
/* The CPU time, in milliseconds, of a rank that waits two seconds in a receive. */
#include <sys/resource.h>
#include <time.h>

#include "bench.h"

static double cpu_ms(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return 1e3 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    double burnt_ms = 0;
    int rank;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank == 0) {
        const struct timespec two_seconds = {.tv_sec = 2};

        nanosleep(&two_seconds, NULL);
        MPI_Send(NULL, 0, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(&burnt_ms, 1, MPI_DOUBLE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else if (rank == 1) {
        const double before_ms = cpu_ms();

        MPI_Recv(NULL, 0, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        burnt_ms = cpu_ms() - before_ms;
        MPI_Send(&burnt_ms, 1, MPI_DOUBLE, 0, 1, MPI_COMM_WORLD);
    }
    bench_report("CPU of a 2 s wait", 0, burnt_ms);
    MPI_Finalize();
    return 0;
}
