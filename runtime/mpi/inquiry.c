/* SPDX-License-Identifier: BSD-3-Clause */
/* Inquiries about the environment: clocks (MPI 5.0, 9.6).
 *
 * The clocks do not enter the library: programs call MPI_Wtime around what they measure, often
 * before MPI_Init and from many threads, and it needs nothing of the library's state. */
#include <time.h>

#include "base/clock.h"
#include "mpi/api.h"

#define SECONDS_PER_NS 1e-9

/* All ranks of a job run on one machine and share its clock: MPI_WTIME_IS_GLOBAL holds. */
MPR_API(double, Wtime, (void))
{
    return (double)mpr_clock_ns() * SECONDS_PER_NS;
}

MPR_API(double, Wtick, (void))
{
    struct timespec resolution;
    clock_getres(CLOCK_MONOTONIC, &resolution);
    return (double)resolution.tv_sec + (double)resolution.tv_nsec * SECONDS_PER_NS;
}
