/* SPDX-License-Identifier: BSD-3-Clause */
/* Info of communicators: what programs promise, and what memory kinds messages may lie in (MPI 5.0,
 * 7.4.4 and 11.4.3). */
#include "comm/hints.h"
#include "mpi/api.h"

static int comm_set_info(MPI_Comm comm, MPI_Info info)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_info(c, info));
    mpr_hints_update(&c->hints, mpr_info_find(info));
    return MPI_SUCCESS;
}

MPR_API(int, Comm_set_info, (MPI_Comm comm, MPI_Info info))
{
    return MPR_RUN(Comm_set_info, comm_set_info(comm, info));
}

static int describe(const struct mpr_comm *comm, struct mpr_info *info)
{
    int code = mpr_hints_describe(comm->hints, info);
    return code == MPR_OK ? mpr_info_set(info, "mpi_memory_alloc_kinds", MPR_MEMORY_KINDS) : code;
}

static int comm_get_info(MPI_Comm comm, MPI_Info *info_used)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "info_used", info_used));
    struct mpr_info *made = mpr_info_make();
    return mpr_give_info(c, made, made != NULL ? describe(c, made) : MPR_OK, info_used);
}

MPR_API(int, Comm_get_info, (MPI_Comm comm, MPI_Info *info_used))
{
    return MPR_RUN(Comm_get_info, comm_get_info(comm, info_used));
}
