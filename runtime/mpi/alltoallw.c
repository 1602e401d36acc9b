/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Alltoallw (MPI 5.0, 6.8): a type of its own for each block. */
#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "mpi/coll_form.h"

static const struct mpr_arg_names sends_names = {"sendbuf", "sendcounts", "sdispls", "sendtypes"};
static const struct mpr_arg_names recvs_names = {"recvbuf", "recvcounts", "rdispls", "recvtypes"};

static int alltoallw(const void *sendbuf, struct mpr_vector sends, void *recvbuf,
                     struct mpr_vector recvs, MPI_Comm comm, const struct mpr_form *form)
{
    struct mpr_coll coll;
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    bool is_in_place = mpr_arg_is_in_place(c, sendbuf);
    if (!is_in_place) {
        MPR_TRY(mpr_arg_typed_blocks(c, &sends_names, sendbuf, &sends, c->remote_size));
    }
    MPR_TRY(mpr_arg_typed_blocks(c, &recvs_names, recvbuf, &recvs, c->remote_size));
    if (!is_in_place) {
        struct mpr_blocks out = mpr_blocks_typed(sendbuf, &sends);
        struct mpr_blocks in = mpr_blocks_typed(recvbuf, &recvs);
        MPR_TRY(mpr_arg_apart_blocks(c, &out, &in));
    }
    MPR_TRY(mpr_form_begin(form, c, &coll));
    mpr_alltoallv(&coll, sendbuf, &sends, mpr_type_byte, recvbuf, &recvs, mpr_type_byte);
    return mpr_form_end(form, &coll);
}

#define INT(counts, displs, types)   ((struct mpr_vector){counts, displs, false, false, types})
#define LARGE(counts, displs, types) ((struct mpr_vector){counts, displs, true, true, types})

MPR_COLLECTIVE(Alltoallw, Ialltoallw, , alltoallw,
               (const void *sendbuf, const int sendcounts[], const int sdispls[],
                const MPI_Datatype sendtypes[], void *recvbuf, const int recvcounts[],
                const int rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
               (sendbuf, INT(sendcounts, sdispls, sendtypes), recvbuf,
                INT(recvcounts, rdispls, recvtypes), comm))

MPR_COLLECTIVE(Alltoallw, Ialltoallw, _c, alltoallw,
               (const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
                const MPI_Datatype sendtypes[], void *recvbuf, const MPI_Count recvcounts[],
                const MPI_Aint rdispls[], const MPI_Datatype recvtypes[], MPI_Comm comm),
               (sendbuf, LARGE(sendcounts, sdispls, sendtypes), recvbuf,
                LARGE(recvcounts, rdispls, recvtypes), comm))
