/* SPDX-License-Identifier: BSD-3-Clause */
/* A communicator of our own beside each of the user's that mp is used on, so that our messages
 * never meet the user's. */
#ifndef MPP_OWN_COMM_H
#define MPP_OWN_COMM_H

#include <mpi.h>

/* The twin of comm, which returns errors: made at the first use, collectively, and freed with comm.
 * Returns MPI's error. */
int mpp_own_comm(MPI_Comm comm, MPI_Comm *own);

#endif
