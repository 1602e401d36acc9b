/* SPDX-License-Identifier: BSD-3-Clause */
/* Argument checks of the collectives, and of others that name their buffers.
 *
 * Each returns MPI_SUCCESS or has raised the standard's class. MPI_IN_PLACE is an error here: an
 * entry point that allows it asks for it first. */
#ifndef MPR_MPI_COLL_ARGS_H
#define MPR_MPI_COLL_ARGS_H

#include "coll/coll.h"
#include "coll/items.h"
#include "mpi/api.h"

/* What the standard's binding calls the arguments that describe one buffer. */
struct mpr_arg_names {
    const char *buffer;
    const char *count;
    const char *displs; /* of vector forms */
    const char *type;
};

static inline struct mpr_vector mpr_vector_int(const int *counts, const int *displs)
{
    return (struct mpr_vector){counts, displs, false};
}

static inline struct mpr_vector mpr_vector_large(const MPI_Count *counts, const MPI_Aint *displs)
{
    return (struct mpr_vector){counts, displs, true};
}

/* A buffer of `count` items: count not negative, type committed, buffer there. */
int mpr_arg_items(struct mpr_comm *comm, const struct mpr_arg_names *names, const void *buffer,
                  MPI_Count count, MPI_Datatype datatype, struct mpr_type **type);

/* The counts of a vector form, one for each rank: there, and none negative. */
int mpr_arg_counts(struct mpr_comm *comm, const struct mpr_arg_names *names,
                   const struct mpr_vector *vector);

/* A buffer with a block of items for each rank: counts and displacements right, type committed,
 * buffer there if any block has items. */
int mpr_arg_blocks(struct mpr_comm *comm, const struct mpr_arg_names *names, const void *buffer,
                   const struct mpr_vector *vector, MPI_Datatype datatype, struct mpr_type **type);

/* The first data bytes of what is sent and of what is received are not the same: the user who means
 * that passes MPI_IN_PLACE. */
int mpr_arg_apart(struct mpr_comm *comm, struct mpr_items sent, struct mpr_items received);

/* This rank's own items and its block, or the first one, of a buffer for all ranks' items. */
int mpr_arg_apart_block(struct mpr_comm *comm, struct mpr_items own, struct mpr_blocks blocks);

#endif
