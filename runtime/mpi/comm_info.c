/* SPDX-License-Identifier: BSD-3-Clause */
/* Info of communicators: what programs promise, what memory kinds messages may lie in (MPI 5.0,
 * 7.4.4 and 11.4.3), and how those of its ranks ended that have died. */
#include <stdio.h>
#include <sys/wait.h>

#include "comm/comm.h"
#include "comm/hints.h"
#include "mpi/api.h"
#include "shm/death.h"
#include "shm/job.h"

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

/* One dead rank: mprun_end_RANK is "signal N" or "status N". */
static int describe_end(int rank, int wait_status, struct mpr_info *info)
{
    char key[MPI_MAX_INFO_KEY];
    char value[sizeof("signal -2147483648")];
    bool by_signal = WIFSIGNALED(wait_status);

    snprintf(key, sizeof(key), "mprun_end_%d", rank);
    snprintf(value, sizeof(value), "%s %d", by_signal ? "signal" : "status",
             by_signal ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
    return mpr_info_set(info, key, value);
}

static int describe_ends(const struct mpr_comm *comm, struct mpr_info *info)
{
    int code = MPR_OK;

    for (int rank = mpr_comm_find_dead(comm, 0); rank >= 0 && code == MPR_OK;
         rank = mpr_comm_find_dead(comm, rank + 1)) {
        uint32_t slot = (uint32_t)comm->world_ranks[rank];
        int wait_status;
        if (mpr_death_has_told(&mpr_job.segment, slot, &wait_status)) {
            code = describe_end(rank, wait_status, info);
        }
    }
    return code;
}

static int describe(const struct mpr_comm *comm, struct mpr_info *info)
{
    int code = mpr_hints_describe(comm->hints, info);
    code = code == MPR_OK ? mpr_info_set(info, "mpi_memory_alloc_kinds", MPR_MEMORY_KINDS) : code;
    return code == MPR_OK ? describe_ends(comm, info) : code;
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
