/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handles and statuses as Fortran has them: MPI_Fint, the conversions MPI_X_c2f and MPI_X_f2c, and
 * those of statuses.
 *
 * The standard's binary interface leaves these out, since they depend on the Fortran compiler; many
 * C programs call them all the same, for entry points that Fortran calls or just to have a handle
 * as a number. So mpi.h includes this header; -DMPI_ABI_NO_INTEROP keeps it out, for a program or a
 * Fortran binding that brings its own. A program that includes it by name says that it needs it.
 *
 * All of it is inline, on MPI_X_toint and MPI_X_fromint: a binary that uses it still runs over any
 * library of the standard's ABI. A Fortran INTEGER is taken to be an int, as it is unless a
 * compiler is told otherwise (-fdefault-integer-8 and the like). The constants that only a Fortran
 * binding can have, MPI_F_STATUS_IGNORE and its kin, are not here.
 */
#ifndef MPI_INTEROP_H_INCLUDED
#define MPI_INTEROP_H_INCLUDED

#include "mpi.h"

typedef int MPI_Fint; /* INTEGER */
typedef MPI_Status
    MPI_F08_status; /* TYPE(MPI_Status) of mpi_f08; INTEGER(MPI_F_STATUS_SIZE) else */

#define MPI_ABI_INTEROP_NAMED(prefix, name, type)                                                  \
    static inline MPI_Fint prefix##name##_c2f(type handle)                                         \
    {                                                                                              \
        return prefix##name##_toint(handle);                                                       \
    }                                                                                              \
    static inline type prefix##name##_f2c(MPI_Fint handle)                                         \
    {                                                                                              \
        return prefix##name##_fromint(handle);                                                     \
    }

/* Like every function of the standard, under its PMPI name too. */
#define MPI_ABI_INTEROP(name, type)                                                                \
    MPI_ABI_INTEROP_NAMED(MPI_, name, type)                                                        \
    MPI_ABI_INTEROP_NAMED(PMPI_, name, type)

MPI_ABI_INTEROP(Comm, MPI_Comm)
MPI_ABI_INTEROP(Errhandler, MPI_Errhandler)
MPI_ABI_INTEROP(File, MPI_File)
MPI_ABI_INTEROP(Group, MPI_Group)
MPI_ABI_INTEROP(Info, MPI_Info)
MPI_ABI_INTEROP(Message, MPI_Message)
MPI_ABI_INTEROP(Op, MPI_Op)
MPI_ABI_INTEROP(Request, MPI_Request)
MPI_ABI_INTEROP(Session, MPI_Session)
MPI_ABI_INTEROP(Type, MPI_Datatype)
MPI_ABI_INTEROP(Win, MPI_Win)

#undef MPI_ABI_INTEROP
#undef MPI_ABI_INTEROP_NAMED

/* Statuses. They return MPI_SUCCESS, or MPI_ERR_ARG for a null pointer: MPI_STATUS_IGNORE has
 * nothing to convert. */

static inline int MPI_Status_c2f(const MPI_Status *c_status, MPI_Fint *f_status)
{
    int i;

    if (!c_status || !f_status)
        return MPI_ERR_ARG;
    f_status[MPI_F_SOURCE] = c_status->MPI_SOURCE;
    f_status[MPI_F_TAG] = c_status->MPI_TAG;
    f_status[MPI_F_ERROR] = c_status->MPI_ERROR;
    for (i = MPI_F_ERROR + 1; i < MPI_F_STATUS_SIZE; i++)
        f_status[i] = c_status->MPI_internal[i - MPI_F_ERROR - 1];
    return MPI_SUCCESS;
}

static inline int MPI_Status_f2c(const MPI_Fint *f_status, MPI_Status *c_status)
{
    int i;

    if (!f_status || !c_status)
        return MPI_ERR_ARG;
    c_status->MPI_SOURCE = f_status[MPI_F_SOURCE];
    c_status->MPI_TAG = f_status[MPI_F_TAG];
    c_status->MPI_ERROR = f_status[MPI_F_ERROR];
    for (i = MPI_F_ERROR + 1; i < MPI_F_STATUS_SIZE; i++)
        c_status->MPI_internal[i - MPI_F_ERROR - 1] = f_status[i];
    return MPI_SUCCESS;
}

static inline int MPI_Status_c2f08(const MPI_Status *c_status, MPI_F08_status *f08_status)
{
    if (!c_status || !f08_status)
        return MPI_ERR_ARG;
    *f08_status = *c_status;
    return MPI_SUCCESS;
}

static inline int MPI_Status_f082c(const MPI_F08_status *f08_status, MPI_Status *c_status)
{
    return MPI_Status_c2f08(f08_status, c_status);
}

static inline int MPI_Status_f2f08(const MPI_Fint *f_status, MPI_F08_status *f08_status)
{
    return MPI_Status_f2c(f_status, f08_status);
}

static inline int MPI_Status_f082f(const MPI_F08_status *f08_status, MPI_Fint *f_status)
{
    return MPI_Status_c2f(f08_status, f_status);
}

#define MPI_ABI_INTEROP_TWIN(name, from, to)                                                       \
    static inline int PMPI_##name(const from *source, to *target)                                  \
    {                                                                                              \
        return MPI_##name(source, target);                                                         \
    }

MPI_ABI_INTEROP_TWIN(Status_c2f, MPI_Status, MPI_Fint)
MPI_ABI_INTEROP_TWIN(Status_f2c, MPI_Fint, MPI_Status)
MPI_ABI_INTEROP_TWIN(Status_c2f08, MPI_Status, MPI_F08_status)
MPI_ABI_INTEROP_TWIN(Status_f082c, MPI_F08_status, MPI_Status)
MPI_ABI_INTEROP_TWIN(Status_f2f08, MPI_Fint, MPI_F08_status)
MPI_ABI_INTEROP_TWIN(Status_f082f, MPI_F08_status, MPI_Fint)

#undef MPI_ABI_INTEROP_TWIN

#endif
