/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbourhood collectives (MPI 5.0, 8.6). */
#include "coll/neighbor.h"

#include "comm/topology.h"
#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "mpi/coll_form.h"

static const struct mpr_arg_names send_names = {"sendbuf", "sendcount", NULL, "sendtype"};
static const struct mpr_arg_names recv_names = {"recvbuf", "recvcount", NULL, "recvtype"};
static const struct mpr_arg_names gathered_names = {"recvbuf", "recvcounts", "displs", "recvtype"};
static const struct mpr_arg_names sends_names = {"sendbuf", "sendcounts", "sdispls", "sendtype"};
static const struct mpr_arg_names recvs_names = {"recvbuf", "recvcounts", "rdispls", "recvtype"};
static const struct mpr_arg_names typed_sends_names = {"sendbuf", "sendcounts", "sdispls",
                                                       "sendtypes"};
static const struct mpr_arg_names typed_recvs_names = {"recvbuf", "recvcounts", "rdispls",
                                                       "recvtypes"};

/* A communicator with neighbours. */
static int arg_comm(MPI_Comm comm, struct mpr_comm **found)
{
    MPR_TRY(mpr_arg_intra(comm, found));
    if ((*found)->topology == NULL) {
        return mpr_raise(*found, MPI_ERR_TOPOLOGY,
                         "comm has no topology, and so nobody has neighbours");
    }
    return MPI_SUCCESS;
}

/* Whether block 0 is somebody's. That of MPI_PROC_NULL may lie anywhere (MPI 5.0, 8.6). */
static bool has_first(int count, const int *ranks)
{
    return count > 0 && ranks[0] != MPI_PROC_NULL;
}

/* What is sent does not begin where the first block is received. */
static int arg_apart(struct mpr_comm *comm, const struct mpr_neighbors *neighbors,
                     struct mpr_items first_sent, const struct mpr_blocks *in)
{
    return has_first(neighbors->source_count, neighbors->sources)
               ? mpr_arg_apart(comm, first_sent, mpr_block(in, 0))
               : MPI_SUCCESS;
}

static int arg_blocks_apart(struct mpr_comm *comm, const struct mpr_neighbors *neighbors,
                            const struct mpr_blocks *out, const struct mpr_blocks *in)
{
    return has_first(neighbors->destination_count, neighbors->destinations)
               ? arg_apart(comm, neighbors, mpr_block(out, 0), in)
               : MPI_SUCCESS;
}

/* --- Allgather -------------------------------------------------------------------------------- */

static int allgather(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                     MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm,
                     const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent, *received;
    MPR_TRY(arg_comm(comm, &c));
    const struct mpr_neighbors *neighbors = &c->topology->neighbors;
    MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    struct mpr_items own = mpr_items(sendbuf, sendcount, sent);
    struct mpr_blocks in = mpr_blocks_equal(recvbuf, recvcount, received, neighbors->source_count);
    MPR_TRY(arg_apart(c, neighbors, own, &in));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_neighbor_share(&coll, own, &in);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Neighbor_allgather, Ineighbor_allgather, , allgather,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                int recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

MPR_COLLECTIVE(Neighbor_allgather, Ineighbor_allgather, _c, allgather,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

static int allgatherv(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype,
                      void *recvbuf, struct mpr_vector recvs, MPI_Datatype recvtype, MPI_Comm comm,
                      const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent, *received;
    MPR_TRY(arg_comm(comm, &c));
    const struct mpr_neighbors *neighbors = &c->topology->neighbors;
    MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    MPR_TRY(mpr_arg_blocks_of(c, &gathered_names, recvbuf, &recvs, recvtype,
                              neighbors->source_count, &received));
    struct mpr_items own = mpr_items(sendbuf, sendcount, sent);
    struct mpr_blocks in = mpr_blocks_vector(recvbuf, &recvs, received);
    MPR_TRY(arg_apart(c, neighbors, own, &in));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_neighbor_share(&coll, own, &in);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Neighbor_allgatherv, Ineighbor_allgatherv, , allgatherv,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                const int recvcounts[], const int displs[], MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, mpr_vector_int(recvcounts, displs), recvtype,
                comm))

MPR_COLLECTIVE(Neighbor_allgatherv, Ineighbor_allgatherv, _c, allgatherv,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                const MPI_Count recvcounts[], const MPI_Aint displs[], MPI_Datatype recvtype,
                MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, mpr_vector_large(recvcounts, displs),
                recvtype, comm))

/* --- Alltoall --------------------------------------------------------------------------------- */

static int alltoall(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                    MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm,
                    const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent, *received;
    MPR_TRY(arg_comm(comm, &c));
    const struct mpr_neighbors *neighbors = &c->topology->neighbors;
    MPR_TRY(mpr_arg_items(c, &send_names, sendbuf, sendcount, sendtype, &sent));
    MPR_TRY(mpr_arg_items(c, &recv_names, recvbuf, recvcount, recvtype, &received));
    struct mpr_blocks out =
        mpr_blocks_equal(sendbuf, sendcount, sent, neighbors->destination_count);
    struct mpr_blocks in = mpr_blocks_equal(recvbuf, recvcount, received, neighbors->source_count);
    MPR_TRY(arg_blocks_apart(c, neighbors, &out, &in));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_neighbor_exchange(&coll, &out, &in);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Neighbor_alltoall, Ineighbor_alltoall, , alltoall,
               (const void *sendbuf, int sendcount, MPI_Datatype sendtype, void *recvbuf,
                int recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

MPR_COLLECTIVE(Neighbor_alltoall, Ineighbor_alltoall, _c, alltoall,
               (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, void *recvbuf,
                MPI_Count recvcount, MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, sendcount, sendtype, recvbuf, recvcount, recvtype, comm))

static int alltoallv(const void *sendbuf, struct mpr_vector sends, MPI_Datatype sendtype,
                     void *recvbuf, struct mpr_vector recvs, MPI_Datatype recvtype, MPI_Comm comm,
                     const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    struct mpr_type *sent, *received;
    MPR_TRY(arg_comm(comm, &c));
    const struct mpr_neighbors *neighbors = &c->topology->neighbors;
    MPR_TRY(mpr_arg_blocks_of(c, &sends_names, sendbuf, &sends, sendtype,
                              neighbors->destination_count, &sent));
    MPR_TRY(mpr_arg_blocks_of(c, &recvs_names, recvbuf, &recvs, recvtype, neighbors->source_count,
                              &received));
    struct mpr_blocks out = mpr_blocks_vector(sendbuf, &sends, sent);
    struct mpr_blocks in = mpr_blocks_vector(recvbuf, &recvs, received);
    MPR_TRY(arg_blocks_apart(c, neighbors, &out, &in));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_form_hold(&coll, sent, received, NULL);
    mpr_neighbor_exchange(&coll, &out, &in);
    return mpr_form_end(form, &coll);
}

MPR_COLLECTIVE(Neighbor_alltoallv, Ineighbor_alltoallv, , alltoallv,
               (const void *sendbuf, const int sendcounts[], const int sdispls[],
                MPI_Datatype sendtype, void *recvbuf, const int recvcounts[], const int rdispls[],
                MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, mpr_vector_int(sendcounts, sdispls), sendtype, recvbuf,
                mpr_vector_int(recvcounts, rdispls), recvtype, comm))

MPR_COLLECTIVE(Neighbor_alltoallv, Ineighbor_alltoallv, _c, alltoallv,
               (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
                MPI_Datatype sendtype, void *recvbuf, const MPI_Count recvcounts[],
                const MPI_Aint rdispls[], MPI_Datatype recvtype, MPI_Comm comm),
               (sendbuf, mpr_vector_large(sendcounts, sdispls), sendtype, recvbuf,
                mpr_vector_large(recvcounts, rdispls), recvtype, comm))

static int alltoallw(const void *sendbuf, struct mpr_vector sends, void *recvbuf,
                     struct mpr_vector recvs, MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    MPR_TRY(arg_comm(comm, &c));
    const struct mpr_neighbors *neighbors = &c->topology->neighbors;
    MPR_TRY(
        mpr_arg_typed_blocks(c, &typed_sends_names, sendbuf, &sends, neighbors->destination_count));
    MPR_TRY(mpr_arg_typed_blocks(c, &typed_recvs_names, recvbuf, &recvs, neighbors->source_count));
    struct mpr_blocks out = mpr_blocks_typed(sendbuf, &sends);
    struct mpr_blocks in = mpr_blocks_typed(recvbuf, &recvs);
    MPR_TRY(arg_blocks_apart(c, neighbors, &out, &in));
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_neighbor_exchange(&coll, &out, &in);
    return mpr_form_end(form, &coll);
}

/* Displacements are addresses in the int form, too. */
#define INT(counts, displs, types)   ((struct mpr_vector){counts, displs, false, true, types, NULL})
#define LARGE(counts, displs, types) ((struct mpr_vector){counts, displs, true, true, types, NULL})

MPR_COLLECTIVE(Neighbor_alltoallw, Ineighbor_alltoallw, , alltoallw,
               (const void *sendbuf, const int sendcounts[], const MPI_Aint sdispls[],
                const MPI_Datatype sendtypes[], void *recvbuf, const int recvcounts[],
                const MPI_Aint rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
               (sendbuf, INT(sendcounts, sdispls, sendtypes), recvbuf,
                INT(recvcounts, rdispls, recvtypes), comm))

MPR_COLLECTIVE(Neighbor_alltoallw, Ineighbor_alltoallw, _c, alltoallw,
               (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
                const MPI_Datatype sendtypes[], void *recvbuf, const MPI_Count recvcounts[],
                const MPI_Aint rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
               (sendbuf, LARGE(sendcounts, sdispls, sendtypes), recvbuf,
                LARGE(recvcounts, rdispls, recvtypes), comm))
