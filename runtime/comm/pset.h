/* SPDX-License-Identifier: BSD-3-Clause */
/* Process sets: groups that sessions know by name (MPI 5.0, 11.3.2).
 *
 *     mpi://WORLD     the processes that were started together
 *     mpi://SELF      this process
 *     mprun://APP/0   those that run the first program of the command line, and so on
 *
 * They never change. Each process knows them all by name, but lists only those that it is in:
 * WORLD, SELF and the set of its own program. Valid after mpr_comm_start(). */
#ifndef MPR_COMM_PSET_H
#define MPR_COMM_PSET_H

#include "comm/group.h"
#include "mpi.h"

/* How many sets this process is in: they have the numbers from 0 on. */
enum { MPR_PSET_LISTED_COUNT = 3 };

void mpr_pset_name(int index, char name[MPI_MAX_PSET_NAME_LEN]);

/* The number of the set with a name, in capitals or not, whoever is in it; -1: there is none. */
int mpr_pset_find(const char *name);

/* Its processes in the order of their ranks, as a group with one reference, no handle and no
 * session. NULL: no memory. */
struct mpr_group *mpr_pset_group(int index);

#endif
