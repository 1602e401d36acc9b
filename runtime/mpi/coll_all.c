/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives without a root that move data: barrier, allgather and alltoall (MPI 5.0, 6.3, 6.7 and
 * 6.8). */
#include "mpi/api.h"
#include "mpi/coll_args.h"

static const struct mpr_arg_names send_names = {"sendbuf", "sendcount", NULL, "sendtype"};
static const struct mpr_arg_names recv_names = {"recvbuf", "recvcount", NULL, "recvtype"};
static const struct mpr_arg_names gathered_names = {"recvbuf", "recvcounts", "displs", "recvtype"};
static const struct mpr_arg_names sends_names = {"sendbuf", "sendcounts", "sdispls", "sendtype"};
static const struct mpr_arg_names recvs_names = {"recvbuf", "recvcounts", "rdispls", "recvtype"};

static int barrier(MPI_Comm comm)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    return mpr_result(c, mpr_barrier(c));
}

MPR_API(int, Barrier, (MPI_Comm comm))
{
    return MPR_RUN(Barrier, barrier(comm));
}

/* --- Allgather -------------------------------------------------------------------------------- */

static int allgather(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                     MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm)
{
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    bool is_in_place = mpr_is_in_place(sendbuf);
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_apart_block(c, mpr_items(sendbuf, sendcount, sent),
                                    mpr_blocks_equal(recvbuf, recvcount, received, c->size)));
    }
    return mpr_result(c, mpr_allgather(sendbuf, sendcount, sent, recvbuf, recvcount, received, c));
}

MPR_API(int, Allgather,
        (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm))
{
    return MPR_RUN(Allgather,
                   allgather(sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
}

MPR_API(int, Allgather_c,
        (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
         MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm))
{
    return MPR_RUN(Allgather,
                   allgather(sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
}

static int allgatherv(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype,
                      void *recvbuf, struct mpr_vector recvs, MPI_Datatype recvtype, MPI_Comm comm)
{
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    bool is_in_place = mpr_is_in_place(sendbuf);
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_blocks(c, &gathered_names, recvbuf, &recvs, recvtype, &received));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_apart_block(c, mpr_items(sendbuf, sendcount, sent),
                                    mpr_blocks_vector(recvbuf, &recvs, received)));
    }
    return mpr_result(c, mpr_allgatherv(sendbuf, sendcount, sent, recvbuf, &recvs, received, c));
}

MPR_API(int, Allgatherv,
        (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
         const int recvcounts[], const int displs[], MPI_Datatype recvtype, MPI_Comm comm))
{
    return MPR_RUN(Allgatherv, allgatherv(sendbuf, sendcount, sendtype, recvbuf,
                                          mpr_vector_int(recvcounts, displs), recvtype, comm));
}

MPR_API(int, Allgatherv_c,
        (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
         const MPI_Count recvcounts[], const MPI_Aint displs[], MPI_Datatype recvtype,
         MPI_Comm comm))
{
    return MPR_RUN(Allgatherv, allgatherv(sendbuf, sendcount, sendtype, recvbuf,
                                          mpr_vector_large(recvcounts, displs), recvtype, comm));
}

/* --- Alltoall --------------------------------------------------------------------------------- */

static int alltoall(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                    MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm)
{
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    bool is_in_place = mpr_is_in_place(sendbuf);
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_apart(c, mpr_items(sendbuf, sendcount, sent),
                              mpr_items(recvbuf, recvcount, received)));
    }
    return mpr_result(c, mpr_alltoall(sendbuf, sendcount, sent, recvbuf, recvcount, received, c));
}

MPR_API(int, Alltoall,
        (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf, int recvcount,
         MPI_Datatype recvtype, MPI_Comm comm))
{
    return MPR_RUN(Alltoall,
                   alltoall(sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
}

MPR_API(int, Alltoall_c,
        (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
         MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm))
{
    return MPR_RUN(Alltoall,
                   alltoall(sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm));
}

static int alltoallv(const void *sendbuf, struct mpr_vector sends, MPI_Datatype sendtype,
                     void *recvbuf, struct mpr_vector recvs, MPI_Datatype recvtype, MPI_Comm comm)
{
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    bool is_in_place = mpr_is_in_place(sendbuf);
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_blocks(c, &sends_names, sendbuf, &sends, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_blocks(c, &recvs_names, recvbuf, &recvs, recvtype, &received));
    if (!is_in_place) {
        struct mpr_blocks out = mpr_blocks_vector(sendbuf, &sends, sent);
        struct mpr_blocks in = mpr_blocks_vector(recvbuf, &recvs, received);
        for (int rank = 0; rank < c->size; rank++) {
            MPR_TRY(mpr_arg_apart(c, mpr_block(&out, rank), mpr_block(&in, rank)));
        }
    }
    return mpr_result(c, mpr_alltoallv(sendbuf, &sends, sent, recvbuf, &recvs, received, c));
}

MPR_API(int, Alltoallv,
        (const void *sendbuf, const int sendcounts[], const int sdispls[], MPI_Datatype sendtype,
         void *recvbuf, const int recvcounts[], const int rdispls[], MPI_Datatype recvtype,
         MPI_Comm comm))
{
    return MPR_RUN(Alltoallv,
                   alltoallv(sendbuf, mpr_vector_int(sendcounts, sdispls), sendtype, recvbuf,
                             mpr_vector_int(recvcounts, rdispls), recvtype, comm));
}

MPR_API(int, Alltoallv_c,
        (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
         MPI_Datatype sendtype, void *recvbuf, const MPI_Count recvcounts[],
         const MPI_Aint rdispls[], MPI_Datatype recvtype, MPI_Comm comm))
{
    return MPR_RUN(Alltoallv,
                   alltoallv(sendbuf, mpr_vector_large(sendcounts, sdispls), sendtype, recvbuf,
                             mpr_vector_large(recvcounts, rdispls), recvtype, comm));
}
