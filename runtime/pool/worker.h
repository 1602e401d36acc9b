/* SPDX-License-Identifier: BSD-3-Clause */
/* The worker's side of a pool. */
#ifndef MPP_WORKER_H
#define MPP_WORKER_H

#include <mpi.h>

/* Works for `root` of comm until it says that the pool has ended. comm returns errors. Returns
 * MPI_SUCCESS, also when the initializer failed (the root tells), or an error: the root is gone. */
int mpp_worker_serve(MPI_Comm comm, int root);

#endif
