/* SPDX-License-Identifier: BSD-3-Clause */
/* The inside of mp_process. */
#ifndef MPP_PROCESS_H
#define MPP_PROCESS_H

#include <mpi.h>

/* In the new process: takes function and argument from the parent, runs it, and tells its exit
 * code. Returns the exit status: 0 when the parent has been told. */
int mpp_process_main(MPI_Comm parent);

#endif
