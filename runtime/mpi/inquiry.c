/* SPDX-License-Identifier: BSD-3-Clause */
/* Inquiries about the environment: versions, the processor's name, clocks (MPI 5.0, 9.1 and 9.6).
 *
 * The clocks do not enter the library: programs call MPI_Wtime around what they measure, often
 * before MPI_Init and from many threads, and it needs nothing of the library's state. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "mpi/api.h"

#define SECONDS_PER_NS 1e-9

static int get_version(int *version, int *subversion)
{
    MPR_TRY(mpr_arg_pointer(NULL, "version", version));
    MPR_TRY(mpr_arg_pointer(NULL, "subversion", subversion));
    *version = MPI_VERSION;
    *subversion = MPI_SUBVERSION;
    return MPI_SUCCESS;
}

MPR_API(int, Get_version, (int *version, int *subversion))
{
    return MPR_RUN_ANYTIME(Get_version, get_version(version, subversion));
}

static int get_library_version(char *version, int *resultlen)
{
    MPR_TRY(mpr_arg_pointer(NULL, "version", version));
    MPR_TRY(mpr_arg_pointer(NULL, "resultlen", resultlen));
    *resultlen = snprintf(version, MPI_MAX_LIBRARY_VERSION_STRING, "%s, MPI %d.%d, ABI %d.%d",
                          mpr_version_text(), MPI_VERSION, MPI_SUBVERSION, MPI_ABI_VERSION,
                          MPI_ABI_SUBVERSION);
    return MPI_SUCCESS;
}

MPR_API(int, Get_library_version, (char *version, int *resultlen))
{
    return MPR_RUN_ANYTIME(Get_library_version, get_library_version(version, resultlen));
}

/* The host's name: all processors of a job are in one host, and ranks move between them. */
static int get_processor_name(char *name, int *resultlen)
{
    MPR_TRY(mpr_arg_pointer(NULL, "name", name));
    MPR_TRY(mpr_arg_pointer(NULL, "resultlen", resultlen));
    if (gethostname(name, MPI_MAX_PROCESSOR_NAME) != 0) {
        return mpr_result(NULL, MPR_ERR_SYSTEM);
    }
    *resultlen = (int)strlen(name);
    return MPI_SUCCESS;
}

MPR_API(int, Get_processor_name, (char *name, int *resultlen))
{
    return MPR_RUN(Get_processor_name, get_processor_name(name, resultlen));
}

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
