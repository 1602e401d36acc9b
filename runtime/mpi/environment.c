/* SPDX-License-Identifier: BSD-3-Clause */
/* The values of the predefined attributes. */
#include "mpi/environment.h"

#include "mpi/api.h"
#include "mpi/errclass.h"
#include "shm/job.h"

/* Variables, since programs get their addresses; those that the job decides are set when they are
 * asked for. Each process can read and write files, and all share one clock. A job
 * has use for as many processes as it has CPUs, or for those that were started. */
static int tag_ub = MPR_TAG_MAX;
static int io = MPI_ANY_SOURCE;
static int host = MPI_PROC_NULL;
static int wtime_is_global = 1;
static int appnum;
static int universe_size;

int *mpr_environment_attribute(int keyval)
{
    switch (keyval) {
    case MPI_TAG_UB:
        return &tag_ub;
    case MPI_IO:
        return &io;
    case MPI_HOST:
        return &host;
    case MPI_WTIME_IS_GLOBAL:
        return &wtime_is_global;
    case MPI_APPNUM:
        appnum = mpr_job.control->appnum;
        return &appnum;
    case MPI_UNIVERSE_SIZE:
        universe_size = (int)mpr_job.segment.header->cpus_total;
        if (universe_size < mpr_job.size) {
            universe_size = mpr_job.size;
        }
        return &universe_size;
    case MPI_LASTUSEDCODE:
        return &mpr_errclass_last;
    default:
        return NULL;
    }
}
