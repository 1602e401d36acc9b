/* SPDX-License-Identifier: BSD-3-Clause */
/* The collectives, one function for each, in all their forms: what `coll` has begun decides whether
 * it happens at once or is written down (coll/message.h), and holds the result.
 *
 *     struct mpr_coll coll;
 *     mpr_coll_begin(comm, &coll);
 *     mpr_barrier(&coll);
 *     return coll.error;
 *
 * On intercommunicators (coll/inter.h) roots are given as MPI has it, blocks are those of the other
 * group, and a process that says MPI_PROC_NULL needs no types; scans have no meaning there.
 *
 * All functions need the library's lock. The API layer has checked arguments and resolved handles:
 * types and operators are valid, counts not negative, roots within the communicator. MPI_IN_PLACE
 * is passed through as it came, where the standard allows it. Vector forms take counts and
 * displacements as struct mpr_vector, which reads int and MPI_Count arrays alike. After an error
 * the other ranks' results are undefined, but nobody hangs on a truncation. */
#ifndef MPR_COLL_COLL_H
#define MPR_COLL_COLL_H

#include "coll/message.h"
#include "mpi.h"
#include "type/op.h"
#include "type/type.h"

void mpr_barrier(struct mpr_coll *coll);
void mpr_bcast(struct mpr_coll *coll, void *buffer, MPI_Count count, struct mpr_type *type,
               int root);
void mpr_gather(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                struct mpr_type *recvtype, int root);
void mpr_gatherv(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                 struct mpr_type *sendtype, void *recvbuf, const struct mpr_vector *recvs,
                 struct mpr_type *recvtype, int root);
void mpr_scatter(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                 struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                 struct mpr_type *recvtype, int root);
void mpr_scatterv(struct mpr_coll *coll, const void *sendbuf, const struct mpr_vector *sends,
                  struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                  struct mpr_type *recvtype, int root);
void mpr_allgather(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                   struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                   struct mpr_type *recvtype);
void mpr_allgatherv(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                    struct mpr_type *sendtype, void *recvbuf, const struct mpr_vector *recvs,
                    struct mpr_type *recvtype);
void mpr_alltoall(struct mpr_coll *coll, const void *sendbuf, MPI_Count sendcount,
                  struct mpr_type *sendtype, void *recvbuf, MPI_Count recvcount,
                  struct mpr_type *recvtype);
/* Also MPI_Alltoallw: with vectors that have types, sendtype and recvtype are mpr_type_byte. */
void mpr_alltoallv(struct mpr_coll *coll, const void *sendbuf, const struct mpr_vector *sends,
                   struct mpr_type *sendtype, void *recvbuf, const struct mpr_vector *recvs,
                   struct mpr_type *recvtype);
void mpr_reduce(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
                struct mpr_type *type, struct mpr_op *op, int root);
void mpr_allreduce(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
                   struct mpr_type *type, struct mpr_op *op);
void mpr_reduce_scatter_block(struct mpr_coll *coll, const void *sendbuf, void *recvbuf,
                              MPI_Count recvcount, struct mpr_type *type, struct mpr_op *op);
void mpr_reduce_scatter(struct mpr_coll *coll, const void *sendbuf, void *recvbuf,
                        const struct mpr_vector *recvs, struct mpr_type *type, struct mpr_op *op);
void mpr_scan(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
              struct mpr_type *type, struct mpr_op *op);
void mpr_exscan(struct mpr_coll *coll, const void *sendbuf, void *recvbuf, MPI_Count count,
                struct mpr_type *type, struct mpr_op *op);

#endif
