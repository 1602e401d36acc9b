/* SPDX-License-Identifier: BSD-3-Clause */
/* Argument checks that only topologies need, and the kind of a topology (MPI 5.0, 8.5.5). */
#include "mpi/topology_args.h"

static const char *kind_name(int kind)
{
    return kind == MPI_CART    ? "Cartesian topology"
           : kind == MPI_GRAPH ? "graph topology"
                               : "distributed graph topology";
}

int mpr_arg_topology(MPI_Comm comm, int kind, struct mpr_comm **found)
{
    MPR_TRY(mpr_arg_intra(comm, found));
    const struct mpr_topology *topology = (*found)->topology;
    if (mpr_likely(topology != NULL && topology->kind == kind)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(*found, MPI_ERR_TOPOLOGY, "comm has %s, not a %s",
                     topology == NULL ? "no topology" : kind_name(topology->kind), kind_name(kind));
}

int mpr_arg_rank(struct mpr_comm *comm, const char *name, int rank)
{
    if (mpr_likely((unsigned)rank < (unsigned)comm->size)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_RANK, "%s is %d, but the communicator has ranks 0 to %d", name,
                     rank, comm->size - 1);
}

int mpr_arg_array(struct mpr_comm *comm, const char *name, const void *array, int count)
{
    return count == 0 ? MPI_SUCCESS : mpr_arg_pointer(comm, name, array);
}

int mpr_arg_length(struct mpr_comm *comm, const char *name, int length)
{
    if (mpr_likely(length >= 0)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_ARG, "%s is %d, but must not be negative", name, length);
}

int mpr_arg_room(struct mpr_comm *comm, const char *name, int most, int needed)
{
    if (mpr_likely(most >= needed)) {
        return MPI_SUCCESS;
    }
    return mpr_raise(comm, MPI_ERR_ARG, "%s is %d, but there are %d", name, most, needed);
}

static int topo_test(MPI_Comm comm, int *status)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "status", status));
    *status = c->topology != NULL ? c->topology->kind : MPI_UNDEFINED;
    return MPI_SUCCESS;
}

MPR_API(int, Topo_test, (MPI_Comm comm, int *status))
{
    return MPR_RUN(Topo_test, topo_test(comm, status));
}
