/* SPDX-License-Identifier: BSD-3-Clause */
/* Addresses (MPI 5.0, 5.1.5). They are computed as integers without sign, which wrap around. */
#include "mpi/api.h"

static int get_address(const void *location, MPI_Aint *address)
{
    MPR_TRY(mpr_arg_pointer(NULL, "address", address));
    *address = (MPI_Aint)location;
    return MPI_SUCCESS;
}

/* MPI_BOTTOM, which is address 0, is a location too. */
MPR_API(int, Get_address, (const void *location, MPI_Aint *address))
{
    return MPR_RUN(Get_address, get_address(location, address));
}

MPR_API(MPI_Aint, Aint_add, (MPI_Aint base, MPI_Aint disp))
{
    return (MPI_Aint)((uintptr_t)base + (uintptr_t)disp);
}

MPR_API(MPI_Aint, Aint_diff, (MPI_Aint addr1, MPI_Aint addr2))
{
    return (MPI_Aint)((uintptr_t)addr1 - (uintptr_t)addr2);
}
