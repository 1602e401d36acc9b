/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives without a root that move data: barrier, allgather and alltoall (MPI 5.0, 6.3, 6.7 and
 * 6.8). */
#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "mpi/coll_form.h"

static const struct mpr_arg_names send_names = {"sendbuf", "sendcount", NULL, "sendtype"};
static const struct mpr_arg_names recv_names = {"recvbuf", "recvcount", NULL, "recvtype"};
static const struct mpr_arg_names gathered_names = {"recvbuf", "recvcounts", "displs", "recvtype"};
static const struct mpr_arg_names sends_names = {"sendbuf", "sendcounts", "sdispls", "sendtype"};
static const struct mpr_arg_names recvs_names = {"recvbuf", "recvcounts", "rdispls", "recvtype"};

static MPR_INLINE int barrier(MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_barrier(&coll);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Barrier, Ibarrier, , barrier, (MPI_Comm comm), (comm))

/* --- Allgather -------------------------------------------------------------------------------- */

static MPR_INLINE int allgather(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype,
                                void *recvbuf, MPI_Count recvcount, MPI_Datatype recvtype,
                                MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    MPR_TRY(mpr_arg_comm(comm, &c));
    bool is_in_place = mpr_arg_is_in_place(c, sendbuf);
    if (!is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    if (!is_in_place) {
        MPR_TRY(
            mpr_arg_apart_block(c, mpr_items(sendbuf, sendcount, sent),
                                mpr_blocks_equal(recvbuf, recvcount, received, c->remote_size)));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_allgather(&coll, sendbuf, sendcount, sent, recvbuf, recvcount, received);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Allgather, Iallgather, , allgather,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                int recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

MPR_COLLECTIVE(Allgather, Iallgather, _c, allgather,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

static int allgatherv(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype,
                      void *recvbuf, struct mpr_vector recvs, MPI_Datatype recvtype, MPI_Comm comm,
                      const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    MPR_TRY(mpr_arg_comm(comm, &c));
    bool is_in_place = mpr_arg_is_in_place(c, sendbuf);
    if (!is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_blocks(c, &gathered_names, recvbuf, &recvs, recvtype, &received));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_apart_block(c, mpr_items(sendbuf, sendcount, sent),
                                    mpr_blocks_vector(recvbuf, &recvs, received)));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_allgatherv(&coll, sendbuf, sendcount, sent, recvbuf, &recvs, received);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Allgatherv, Iallgatherv, , allgatherv,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                const int recvcounts[], const int displs[], MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, mpr_vector_int(recvcounts, displs), recvtype,
                comm))

MPR_COLLECTIVE(Allgatherv, Iallgatherv, _c, allgatherv,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                const MPI_Count recvcounts[], const MPI_Aint displs[], MPI_Datatype recvtype,
                MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, mpr_vector_large(recvcounts, displs),
                recvtype, comm))

/* --- Alltoall --------------------------------------------------------------------------------- */

static MPR_INLINE int alltoall(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype,
                               void *recvbuf, MPI_Count recvcount, MPI_Datatype recvtype,
                               MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    MPR_TRY(mpr_arg_comm(comm, &c));
    bool is_in_place = mpr_arg_is_in_place(c, sendbuf);
    if (!is_in_place) {
        MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_apart(c, mpr_items(sendbuf, sendcount, sent),
                              mpr_items(recvbuf, recvcount, received)));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_alltoall(&coll, sendbuf, sendcount, sent, recvbuf, recvcount, received);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Alltoall, Ialltoall, , alltoall,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                int recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

MPR_COLLECTIVE(Alltoall, Ialltoall, _c, alltoall,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

static int alltoallv(const void *sendbuf, struct mpr_vector sends, MPI_Datatype sendtype,
                     void *recvbuf, struct mpr_vector recvs, MPI_Datatype recvtype, MPI_Comm comm,
                     const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent = NULL;
    struct mpr_type *received;
    MPR_TRY(mpr_arg_comm(comm, &c));
    bool is_in_place = mpr_arg_is_in_place(c, sendbuf);
    if (!is_in_place) {
        MPR_TRY(mpr_arg_blocks(c, &sends_names, sendbuf, &sends, sendtype, &sent));
    }
    MPR_TRY(mpr_arg_blocks(c, &recvs_names, recvbuf, &recvs, recvtype, &received));
    if (!is_in_place) {
        struct mpr_blocks out = mpr_blocks_vector(sendbuf, &sends, sent);
        struct mpr_blocks in = mpr_blocks_vector(recvbuf, &recvs, received);
        MPR_TRY(mpr_arg_apart_blocks(c, &out, &in));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_alltoallv(&coll, sendbuf, &sends, sent, recvbuf, &recvs, received);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Alltoallv, Ialltoallv, , alltoallv,
               (const void *sendbuf, const int sendcounts[], const int sdispls[],
                MPI_Datatype sendtype, void *recvbuf, const int recvcounts[], const int rdispls[],
                MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, mpr_vector_int(sendcounts, sdispls), sendtype, recvbuf,
                mpr_vector_int(recvcounts, rdispls), recvtype, comm))

MPR_COLLECTIVE(Alltoallv, Ialltoallv, _c, alltoallv,
               (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
                MPI_Datatype sendtype, void *recvbuf, const MPI_Count recvcounts[],
                const MPI_Aint rdispls[], MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, mpr_vector_large(sendcounts, sdispls), sendtype, recvbuf,
                mpr_vector_large(recvcounts, rdispls), recvtype, comm))
