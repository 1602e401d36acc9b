/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives that the library calls for its own ends: they block, and return 0 or an mpr error. */
#ifndef MPR_COLL_NOW_H
#define MPR_COLL_NOW_H

#include "coll/coll.h"

static inline int mpr_bcast_now(void *buffer, MPI_Count bytes, int root, struct mpr_comm *comm)
{
    struct mpr_coll coll;
    mpr_coll_begin(comm, &coll);
    mpr_bcast(&coll, buffer, bytes, mpr_type_byte, root);
    return coll.error;
}

/* `bytes` bytes of each rank, and for each rank. */
static inline int mpr_allgather_now(const void *own, MPI_Count bytes, void *all,
                                    struct mpr_comm *comm)
{
    struct mpr_coll coll;
    mpr_coll_begin(comm, &coll);
    mpr_allgather(&coll, own, bytes, mpr_type_byte, all, bytes, mpr_type_byte);
    return coll.error;
}

static inline int mpr_alltoall_now(const void *out, MPI_Count bytes, void *in,
                                   struct mpr_comm *comm)
{
    struct mpr_coll coll;
    mpr_coll_begin(comm, &coll);
    mpr_alltoall(&coll, out, bytes, mpr_type_byte, in, bytes, mpr_type_byte);
    return coll.error;
}

/* Counts and displacements in bytes. */
static inline int mpr_alltoallv_now(const void *out, const struct mpr_vector *sends, void *in,
                                    const struct mpr_vector *recvs, struct mpr_comm *comm)
{
    struct mpr_coll coll;
    mpr_coll_begin(comm, &coll);
    mpr_alltoallv(&coll, out, sends, mpr_type_byte, in, recvs, mpr_type_byte);
    return coll.error;
}

/* In place. */
static inline int mpr_allreduce_now(void *values, MPI_Count count, MPI_Datatype type, MPI_Op op,
                                    struct mpr_comm *comm)
{
    struct mpr_coll coll;
    mpr_coll_begin(comm, &coll);
    mpr_allreduce(&coll, MPI_IN_PLACE, values, count, mpr_type_find(type), mpr_op_find(op));
    return coll.error;
}

#endif
