/* SPDX-License-Identifier: BSD-3-Clause */
/* Argument checks that only topologies need. Each returns MPI_SUCCESS or has raised the standard's
 * class. */
#ifndef MPR_MPI_TOPOLOGY_ARGS_H
#define MPR_MPI_TOPOLOGY_ARGS_H

#include "comm/topology.h"
#include "mpi/api.h"

/* A communicator with a topology of `kind`: MPI_CART, MPI_GRAPH or MPI_DIST_GRAPH. */
int mpr_arg_topology(MPI_Comm comm, int kind, struct mpr_comm **found);

/* A rank of `comm`. */
int mpr_arg_rank(struct mpr_comm *comm, const char *name, int rank);

/* An array of `count` entries: there, unless it has none. */
int mpr_arg_array(struct mpr_comm *comm, const char *name, const void *array, int count);

/* At least 0: a number of array entries. */
int mpr_arg_length(struct mpr_comm *comm, const char *name, int length);

/* Room for `needed` entries in an array of which the user says that it has `most`. */
int mpr_arg_room(struct mpr_comm *comm, const char *name, int most, int needed);

#endif
