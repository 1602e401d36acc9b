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

/* Whether this process is the root of a call. */
static inline bool mpr_arg_is_root(const struct mpr_comm *comm, int root)
{
    return root == (mpr_comm_is_inter(comm) ? MPI_ROOT : comm->rank);
}

/* Whether it gives its part to the root, or gets it from there: all processes do, on an
 * intercommunicator those of the group that the root is not in. */
static inline bool mpr_arg_has_part(const struct mpr_comm *comm, int root)
{
    return !mpr_comm_is_inter(comm) || root >= 0;
}

/* Whether the user asks for an operation in place, where that has a meaning. */
static inline bool mpr_arg_is_in_place(const struct mpr_comm *comm, const void *buffer)
{
    return mpr_is_in_place(buffer) && !mpr_comm_is_inter(comm);
}

/* mpr_arg_items() where it takes more than a glance. */
int mpr_arg_items_checked(struct mpr_comm *comm, const struct mpr_arg_names *names,
                          const void *buffer, MPI_Count count, MPI_Datatype datatype,
                          struct mpr_type **type);

/* A buffer of `count` items: count not negative, type committed, buffer there. */
static inline int mpr_arg_items(struct mpr_comm *comm, const struct mpr_arg_names *names,
                                const void *buffer, MPI_Count count, MPI_Datatype datatype,
                                struct mpr_type **type)
{
    return mpr_arg_is_plain(buffer, count, datatype, type)
               ? MPI_SUCCESS
               : mpr_arg_items_checked(comm, names, buffer, count, datatype, type);
}

/* `block_count` counts of a vector form: there, and none negative. */
int mpr_arg_counts(struct mpr_comm *comm, const struct mpr_arg_names *names,
                   const struct mpr_vector *vector, int block_count);

/* A buffer with `block_count` blocks of items: counts and displacements right, type committed,
 * buffer there if any block has items. */
int mpr_arg_blocks_of(struct mpr_comm *comm, const struct mpr_arg_names *names, const void *buffer,
                      const struct mpr_vector *vector, MPI_Datatype datatype, int block_count,
                      struct mpr_type **type);

/* A block for each rank that messages on `comm` name. */
static inline int mpr_arg_blocks(struct mpr_comm *comm, const struct mpr_arg_names *names,
                                 const void *buffer, const struct mpr_vector *vector,
                                 MPI_Datatype datatype, struct mpr_type **type)
{
    return mpr_arg_blocks_of(comm, names, buffer, vector, datatype, comm->remote_size, type);
}

/* The same where the vector has a type for each block. */
int mpr_arg_typed_blocks(struct mpr_comm *comm, const struct mpr_arg_names *names,
                         const void *buffer, const struct mpr_vector *vector, int block_count);

/* mpr_arg_apart() where both begin at the same address: harmless if either is empty. */
int mpr_arg_apart_checked(struct mpr_comm *comm, struct mpr_items sent, struct mpr_items received);

/* The first data bytes of what is sent and of what is received are not the same: the user who means
 * that passes MPI_IN_PLACE. */
static inline int mpr_arg_apart(struct mpr_comm *comm, struct mpr_items sent,
                                struct mpr_items received)
{
    uintptr_t first_sent = (uintptr_t)sent.buffer + (uintptr_t)sent.type->true_lower_bound;
    uintptr_t first_received =
        (uintptr_t)received.buffer + (uintptr_t)received.type->true_lower_bound;

    return mpr_likely(first_sent != first_received) ? MPI_SUCCESS
                                                    : mpr_arg_apart_checked(comm, sent, received);
}

/* The same for the blocks that are sent to each rank and received from it. */
int mpr_arg_apart_blocks(struct mpr_comm *comm, const struct mpr_blocks *out,
                         const struct mpr_blocks *in);

/* This rank's own items and its block, or the first one, of a buffer for all ranks' items. */
static MPR_INLINE int mpr_arg_apart_block(struct mpr_comm *comm, struct mpr_items own,
                                          struct mpr_blocks blocks)
{
    MPR_TRY(mpr_arg_apart(comm, own, mpr_block(&blocks, 0)));
    return mpr_comm_is_inter(comm) ? MPI_SUCCESS
                                   : mpr_arg_apart(comm, own, mpr_block(&blocks, comm->rank));
}

#endif
