/* SPDX-License-Identifier: BSD-3-Clause */
/* Argument checks of the collectives, and of others that name their buffers. */
#include "mpi/coll_args.h"

#include <stdint.h>
#include <stdio.h>

/* Data at address 0: MPI_BOTTOM, which is NULL, is a buffer only with a type of absolute
 * addresses. */
static bool is_missing(const void *buffer, const struct mpr_type *type)
{
    return buffer == NULL && type->size_bytes > 0 && type->true_lower_bound == 0;
}

static int check_buffer(struct mpr_comm *comm, const struct mpr_arg_names *names,
                        const void *buffer, bool has_items, const struct mpr_type *type)
{
    if (mpr_is_in_place(buffer)) {
        return mpr_raise(comm, MPI_ERR_BUFFER, "%s is MPI_IN_PLACE, which is not allowed here",
                         names->buffer);
    }
    if (has_items && is_missing(buffer, type)) {
        return mpr_raise(comm, MPI_ERR_BUFFER, "%s is NULL, but %s asks for data", names->buffer,
                         names->count);
    }
    return MPI_SUCCESS;
}

int mpr_arg_items_checked(struct mpr_comm *comm, const struct mpr_arg_names *names,
                          const void *buffer, MPI_Count count, MPI_Datatype datatype,
                          struct mpr_type **type)
{
    MPR_TRY(mpr_arg_count(comm, names->count, count));
    MPR_TRY(mpr_arg_committed(comm, names->type, datatype, type));
    MPR_TRY(mpr_arg_bytes(comm, names->count, count, *type));
    return check_buffer(comm, names, buffer, count > 0, *type);
}

int mpr_arg_counts(struct mpr_comm *comm, const struct mpr_arg_names *names,
                   const struct mpr_vector *vector, int block_count)
{
    if (block_count > 0) {
        MPR_TRY(mpr_arg_pointer(comm, names->count, vector->counts));
    }
    for (int i = 0; i < block_count; i++) {
        MPI_Count count = mpr_vector_count(vector, i);
        if (count < 0) {
            return mpr_raise(comm, MPI_ERR_COUNT, "%s[%d] is %lld, but must not be negative",
                             names->count, i, (long long)count);
        }
    }
    return MPI_SUCCESS;
}

static int arg_layout(struct mpr_comm *comm, const struct mpr_arg_names *names,
                      const struct mpr_vector *vector, int block_count)
{
    MPR_TRY(mpr_arg_counts(comm, names, vector, block_count));
    return block_count > 0 ? mpr_arg_pointer(comm, names->displs, vector->displs) : MPI_SUCCESS;
}

static int arg_bytes_of_block(struct mpr_comm *comm, const struct mpr_arg_names *names, int index,
                              MPI_Count count, const struct mpr_type *type)
{
    MPI_Count bytes;
    char name[64];

    if (mpr_likely(!__builtin_mul_overflow(count, type->size_bytes, &bytes))) {
        return MPI_SUCCESS;
    }
    snprintf(name, sizeof(name), "%s[%d]", names->count, index);
    return mpr_arg_bytes(comm, name, count, type);
}

int mpr_arg_blocks_of(struct mpr_comm *comm, const struct mpr_arg_names *names, const void *buffer,
                      const struct mpr_vector *vector, MPI_Datatype datatype, int block_count,
                      struct mpr_type **type)
{
    MPR_TRY(arg_layout(comm, names, vector, block_count));
    MPR_TRY(mpr_arg_committed(comm, names->type, datatype, type));
    for (int i = 0; i < block_count; i++) {
        MPR_TRY(arg_bytes_of_block(comm, names, i, mpr_vector_count(vector, i), *type));
    }
    struct mpr_blocks blocks = mpr_blocks_vector(buffer, vector, *type);
    return check_buffer(comm, names, buffer, mpr_blocks_longest(&blocks, block_count) > 0, *type);
}

static int arg_type_of_block(struct mpr_comm *comm, const struct mpr_arg_names *names, int index,
                             MPI_Datatype datatype)
{
    struct mpr_type *type = mpr_type_find(datatype);
    char name[64];

    if (mpr_likely(type != NULL && type->committed)) {
        return MPI_SUCCESS;
    }
    snprintf(name, sizeof(name), "%s[%d]", names->type, index);
    return mpr_arg_committed(comm, name, datatype, &type);
}

/* The address that counts is the block's: with MPI_BOTTOM, displacements are addresses. */
int mpr_arg_typed_blocks(struct mpr_comm *comm, const struct mpr_arg_names *names,
                         const void *buffer, const struct mpr_vector *vector, int block_count)
{
    const struct mpr_blocks blocks = mpr_blocks_typed(buffer, vector);

    MPR_TRY(arg_layout(comm, names, vector, block_count));
    if (block_count > 0) {
        MPR_TRY(mpr_arg_pointer(comm, names->type, vector->types));
    }
    for (int i = 0; i < block_count; i++) {
        MPR_TRY(arg_type_of_block(comm, names, i, vector->types[i]));
        struct mpr_items block = mpr_block(&blocks, i);
        MPR_TRY(arg_bytes_of_block(comm, names, i, block.count, block.type));
        bool has_items = block.count > 0 && !mpr_is_in_place(buffer);
        const void *address = has_items ? block.buffer : buffer;
        MPR_TRY(check_buffer(comm, names, address, has_items, block.type));
    }
    return MPI_SUCCESS;
}

int mpr_arg_apart_checked(struct mpr_comm *comm, struct mpr_items sent, struct mpr_items received)
{
    if (mpr_items_bytes(sent) == 0 || mpr_items_bytes(received) == 0) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_BUFFER,
                     "sendbuf and recvbuf overlap at %p; to use one buffer for both, pass "
                     "MPI_IN_PLACE where the call allows it",
                     received.buffer);
}

int mpr_arg_apart_blocks(struct mpr_comm *comm, const struct mpr_blocks *out,
                         const struct mpr_blocks *in)
{
    for (int rank = 0; rank < comm->remote_size; rank++) {
        MPR_TRY(mpr_arg_apart(comm, mpr_block(out, rank), mpr_block(in, rank)));
    }
    return MPI_SUCCESS;
}
