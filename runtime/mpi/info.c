/* SPDX-License-Identifier: BSD-3-Clause */
/* Info arguments (MPI 5.0, 10). The only info objects are the predefined ones: MPI_INFO_NULL, and
 * MPI_INFO_ENV, which holds no key that a call could use. */
#include "mpi/api.h"

int mpr_arg_info(struct mpr_comm *comm, MPI_Info info)
{
    if (info != MPI_INFO_NULL && info != MPI_INFO_ENV) {
        return mpr_raise(comm, MPI_ERR_INFO, "info is no info object");
    }
    return MPI_SUCCESS;
}
