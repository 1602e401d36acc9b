/* SPDX-License-Identifier: BSD-3-Clause */
/* Blocking collectives, built on point-to-point messages of the communicator's collective plane.
 *
 * All functions need the library's lock. The API layer has checked arguments and resolved handles:
 * types and operators are valid, counts not negative, roots within the communicator. MPI_IN_PLACE
 * is passed through as it came, where the standard allows it. Vector forms take counts and
 * displacements as struct mpr_vector, which reads int and MPI_Count arrays alike. Each returns 0 or
 * an mpr error; after an error the other ranks' results are undefined, but nobody hangs on a
 * truncation. */
#ifndef MPR_COLL_COLL_H
#define MPR_COLL_COLL_H

#include "comm/comm.h"
#include "mpi.h"
#include "type/op.h"
#include "type/type.h"

/* Counts and displacements of a vector collective, as arrays of int or of MPI_Count and MPI_Aint.
 */
struct mpr_vector {
    const void *counts;
    const void *displs; /* NULL: one after the other */
    bool large_counts;
    bool large_displs;
    const MPI_Datatype *types; /* one for each block, and displs in bytes; NULL: one type for all */
};

static inline struct mpr_vector mpr_vector_int(const int *counts, const int *displs)
{
    return (struct mpr_vector){counts, displs, false, false, NULL};
}

static inline struct mpr_vector mpr_vector_large(const MPI_Count *counts, const MPI_Aint *displs)
{
    return (struct mpr_vector){counts, displs, true, true, NULL};
}

static inline MPI_Count mpr_vector_count(const struct mpr_vector *vector, int index)
{
    return vector->large_counts ? ((const MPI_Count *)vector->counts)[index]
                                : ((const int *)vector->counts)[index];
}

static inline MPI_Aint mpr_vector_displ(const struct mpr_vector *vector, int index)
{
    return vector->large_displs ? ((const MPI_Aint *)vector->displs)[index]
                                : ((const int *)vector->displs)[index];
}

int mpr_barrier(struct mpr_comm *comm);
int mpr_bcast(void *buffer, MPI_Count count, struct mpr_type *type, int root,
              struct mpr_comm *comm);
int mpr_gather(const void *sendbuf, MPI_Count sendcount, struct mpr_type *sendtype, void *recvbuf,
               MPI_Count recvcount, struct mpr_type *recvtype, int root, struct mpr_comm *comm);
int mpr_gatherv(const void *sendbuf, MPI_Count sendcount, struct mpr_type *sendtype, void *recvbuf,
                const struct mpr_vector *recvs, struct mpr_type *recvtype, int root,
                struct mpr_comm *comm);
int mpr_scatter(const void *sendbuf, MPI_Count sendcount, struct mpr_type *sendtype, void *recvbuf,
                MPI_Count recvcount, struct mpr_type *recvtype, int root, struct mpr_comm *comm);
int mpr_scatterv(const void *sendbuf, const struct mpr_vector *sends, struct mpr_type *sendtype,
                 void *recvbuf, MPI_Count recvcount, struct mpr_type *recvtype, int root,
                 struct mpr_comm *comm);
int mpr_allgather(const void *sendbuf, MPI_Count sendcount, struct mpr_type *sendtype,
                  void *recvbuf, MPI_Count recvcount, struct mpr_type *recvtype,
                  struct mpr_comm *comm);
int mpr_allgatherv(const void *sendbuf, MPI_Count sendcount, struct mpr_type *sendtype,
                   void *recvbuf, const struct mpr_vector *recvs, struct mpr_type *recvtype,
                   struct mpr_comm *comm);
int mpr_alltoall(const void *sendbuf, MPI_Count sendcount, struct mpr_type *sendtype, void *recvbuf,
                 MPI_Count recvcount, struct mpr_type *recvtype, struct mpr_comm *comm);
/* Also MPI_Alltoallw: with vectors that have types, sendtype and recvtype are mpr_type_byte. */
int mpr_alltoallv(const void *sendbuf, const struct mpr_vector *sends, struct mpr_type *sendtype,
                  void *recvbuf, const struct mpr_vector *recvs, struct mpr_type *recvtype,
                  struct mpr_comm *comm);
int mpr_reduce(const void *sendbuf, void *recvbuf, MPI_Count count, struct mpr_type *type,
               struct mpr_op *op, int root, struct mpr_comm *comm);
int mpr_allreduce(const void *sendbuf, void *recvbuf, MPI_Count count, struct mpr_type *type,
                  struct mpr_op *op, struct mpr_comm *comm);
int mpr_reduce_scatter_block(const void *sendbuf, void *recvbuf, MPI_Count recvcount,
                             struct mpr_type *type, struct mpr_op *op, struct mpr_comm *comm);
int mpr_reduce_scatter(const void *sendbuf, void *recvbuf, const struct mpr_vector *recvs,
                       struct mpr_type *type, struct mpr_op *op, struct mpr_comm *comm);
int mpr_scan(const void *sendbuf, void *recvbuf, MPI_Count count, struct mpr_type *type,
             struct mpr_op *op, struct mpr_comm *comm);
int mpr_exscan(const void *sendbuf, void *recvbuf, MPI_Count count, struct mpr_type *type,
               struct mpr_op *op, struct mpr_comm *comm);

#endif
