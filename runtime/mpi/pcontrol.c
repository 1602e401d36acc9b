/* SPDX-License-Identifier: BSD-3-Clause */
/* The call for profiling libraries, which do with it what they like; this one does nothing, and so
 * has no need to be entered (MPI 5.0, 15.2.4). */
#include "mpi/api.h"

MPR_API(int, Pcontrol, (const int level, ...))
{
    (void)level;
    return MPI_SUCCESS;
}
