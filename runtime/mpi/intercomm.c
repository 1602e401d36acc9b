/* SPDX-License-Identifier: BSD-3-Clause */
/* Intercommunicators (MPI 5.0, 7.6). */
#include "coll/intercomm.h"

#include "mpi/api.h"

/* ---- Inquiry ---- */

static int comm_remote_size(MPI_Comm comm, int *size)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_inter("comm", comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "size", size));
    *size = c->remote_size;
    return MPI_SUCCESS;
}

MPR_API(int, Comm_remote_size, (MPI_Comm comm, int *size))
{
    return MPR_RUN(Comm_remote_size, comm_remote_size(comm, size));
}

static int comm_remote_group(MPI_Comm comm, MPI_Group *group)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_inter("comm", comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "group", group));
    int code = mpr_group_open(c->remote);
    if (code == 0) {
        *group = (MPI_Group)c->remote->object.handle;
    }
    return mpr_result(c, code);
}

MPR_API(int, Comm_remote_group, (MPI_Comm comm, MPI_Group *group))
{
    return MPR_RUN(Comm_remote_group, comm_remote_group(comm, group));
}

/* ---- Making ---- */

/* What the leader alone is asked for. */
static int arg_bridge(MPI_Comm peer_comm, int remote_leader, struct mpr_comm **bridge)
{
    MPR_TRY(mpr_arg_comm_named("peer_comm", peer_comm, bridge));
    if ((unsigned)remote_leader >= (unsigned)(*bridge)->remote_size) {
        return mpr_raise(*bridge, MPI_ERR_RANK,
                         "remote_leader is %d, but peer_comm has ranks 0 to %d", remote_leader,
                         (*bridge)->remote_size - 1);
    }
    return MPI_SUCCESS;
}

static int intercomm_create(MPI_Comm local_comm, int local_leader, MPI_Comm peer_comm,
                            int remote_leader, int tag, MPI_Comm *newintercomm)
{
    struct mpr_bridge bridge = {NULL, remote_leader, MPR_PLANE_MAKING, tag};
    struct mpr_comm *c, *made;
    MPR_TRY(mpr_arg_intra_named("local_comm", local_comm, &c));
    if ((unsigned)local_leader >= (unsigned)c->size) {
        return mpr_raise(c, MPI_ERR_RANK, "local_leader is %d, but local_comm has ranks 0 to %d",
                         local_leader, c->size - 1);
    }
    MPR_TRY(mpr_arg_send_tag(c, "tag", tag));
    MPR_TRY(mpr_arg_pointer(c, "newintercomm", newintercomm));
    if (c->rank == local_leader) {
        MPR_TRY(arg_bridge(peer_comm, remote_leader, &bridge.comm));
    }
    int code = mpr_intercomm_create(c, local_leader, &bridge, &made);
    if (code == 0) {
        *newintercomm = mpr_comm_handle(made);
    }
    return mpr_result(c, code);
}

MPR_API(int, Intercomm_create,
        (MPI_Comm local_comm, int local_leader, MPI_Comm peer_comm, int remote_leader, int tag,
         MPI_Comm *newintercomm))
{
    return MPR_RUN(Intercomm_create, intercomm_create(local_comm, local_leader, peer_comm,
                                                      remote_leader, tag, newintercomm));
}

static int intercomm_merge(MPI_Comm intercomm, int high, MPI_Comm *newintracomm)
{
    struct mpr_comm *c, *made;
    MPR_TRY(mpr_arg_inter("intercomm", intercomm, &c));
    MPR_TRY(mpr_arg_pointer(c, "newintracomm", newintracomm));
    int code = mpr_intercomm_merge(c, high != 0, &made);
    if (code == MPR_ERR_ARGUMENT) {
        return mpr_raise(c, MPI_ERR_ARG, "high is not the same in all processes of a group");
    }
    if (code == 0) {
        *newintracomm = mpr_comm_handle(made);
    }
    return mpr_result(c, code);
}

MPR_API(int, Intercomm_merge, (MPI_Comm intercomm, int high, MPI_Comm *newintracomm))
{
    return MPR_RUN(Intercomm_merge, intercomm_merge(intercomm, high, newintracomm));
}
