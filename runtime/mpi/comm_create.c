/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators made from groups (MPI 5.0, 7.4.2). */
#include "coll/newcomm.h"
#include "mpi/api.h"

/* All members of `part` are in the group of `comm` that this process is in. */
static int arg_subgroup(struct mpr_comm *comm, const struct mpr_group *part)
{
    for (int rank = 0; rank < part->size; rank++) {
        int world_rank = part->world_ranks[rank];
        if (mpr_group_rank_of(comm->group, world_rank) == MPI_UNDEFINED) {
            return mpr_raise(comm, MPI_ERR_GROUP,
                             "rank %d of group is no member of the communicator: it is rank %d of "
                             "MPI_COMM_WORLD",
                             rank, world_rank);
        }
    }
    return MPI_SUCCESS;
}

static int comm_create(MPI_Comm comm, MPI_Group group, MPI_Comm *newcomm)
{
    struct mpr_comm *c, *made;
    struct mpr_group *g;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_group(c, "group", group, &g));
    MPR_TRY(arg_subgroup(c, g));
    MPR_TRY(mpr_arg_pointer(c, "newcomm", newcomm));
    MPR_TRY(mpr_result(c, mpr_comm_create(c, g, &made)));
    *newcomm = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_create, (MPI_Comm comm, MPI_Group group, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_create, comm_create(comm, group, newcomm));
}

/* A process that is not in the group has nothing to do: most programs call only where it is. */
static int comm_create_group(MPI_Comm comm, MPI_Group group, int tag, MPI_Comm *newcomm)
{
    struct mpr_comm *c, *made = NULL;
    struct mpr_group *g;
    MPR_TRY(mpr_arg_intra(comm, &c));
    MPR_TRY(mpr_arg_group(c, "group", group, &g));
    MPR_TRY(arg_subgroup(c, g));
    MPR_TRY(mpr_arg_send_tag(c, "tag", tag));
    MPR_TRY(mpr_arg_pointer(c, "newcomm", newcomm));
    if (g->rank != MPI_UNDEFINED) {
        MPR_TRY(mpr_result(c, mpr_comm_create_group(c, g, MPR_PLANE_MAKING, tag, &made)));
    }
    *newcomm = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Comm_create_group, (MPI_Comm comm, MPI_Group group, int tag, MPI_Comm *newcomm))
{
    return MPR_RUN(Comm_create_group, comm_create_group(comm, group, tag, newcomm));
}
