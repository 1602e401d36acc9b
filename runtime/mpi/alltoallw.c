/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Alltoallw (MPI 5.0, 6.8): a type of its own for each block. */
#include "mpi/api.h"
#include "mpi/coll_args.h"

static const struct mpr_arg_names sends_names = {"sendbuf", "sendcounts", "sdispls", "sendtypes"};
static const struct mpr_arg_names recvs_names = {"recvbuf", "recvcounts", "rdispls", "recvtypes"};

static int alltoallw(const void *sendbuf, struct mpr_vector sends, void *recvbuf,
                     struct mpr_vector recvs, MPI_Comm comm)
{
    struct mpr_comm *c;
    bool is_in_place = mpr_is_in_place(sendbuf);
    MPR_TRY(mpr_arg_comm(comm, &c));
    if (!is_in_place) {
        MPR_TRY(mpr_arg_typed_blocks(c, &sends_names, sendbuf, &sends, c->remote_size));
    }
    MPR_TRY(mpr_arg_typed_blocks(c, &recvs_names, recvbuf, &recvs, c->remote_size));
    if (!is_in_place) {
        struct mpr_blocks out = mpr_blocks_typed(sendbuf, &sends);
        struct mpr_blocks in = mpr_blocks_typed(recvbuf, &recvs);
        for (int rank = 0; rank < c->remote_size; rank++) {
            MPR_TRY(mpr_arg_apart(c, mpr_block(&out, rank), mpr_block(&in, rank)));
        }
    }
    return mpr_result(
        c, mpr_alltoallv(sendbuf, &sends, mpr_type_byte, recvbuf, &recvs, mpr_type_byte, c));
}

MPR_API(int, Alltoallw,
        (const void *sendbuf, const int sendcounts[], const int sdispls[],
         const MPI_Datatype sendtypes[], void *recvbuf, const int recvcounts[], const int rdispls[],
         const MPI_Datatype recvtypes[], MPI_Comm comm))
{
    const struct mpr_vector sends = {sendcounts, sdispls, false, false, sendtypes};
    const struct mpr_vector recvs = {recvcounts, rdispls, false, false, recvtypes};
    return MPR_RUN(Alltoallw, alltoallw(sendbuf, sends, recvbuf, recvs, comm));
}

MPR_API(int, Alltoallw_c,
        (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
         const MPI_Datatype sendtypes[], void *recvbuf, const MPI_Count recvcounts[],
         const MPI_Aint rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm))
{
    const struct mpr_vector sends = {sendcounts, sdispls, true, true, sendtypes};
    const struct mpr_vector recvs = {recvcounts, rdispls, true, true, recvtypes};
    return MPR_RUN(Alltoallw, alltoallw(sendbuf, sends, recvbuf, recvs, comm));
}
