/* SPDX-License-Identifier: BSD-3-Clause */
/* Handles as integers and back (MPI 5.0, 20.3). Allowed at any time; any integer is taken, and one
 * that no handle has given yields a handle that every other call refuses. */
#include "base/handle.h"
#include "base/lock.h"
#include "mpi/api.h"

static uintptr_t from_int(enum mpr_kind kind, int value)
{
    mpr_lock();
    uintptr_t handle = mpr_handle_from_int(kind, value);
    mpr_unlock();
    return handle;
}

#define CONVERSIONS(name, type, argument, kind)                                                    \
    MPR_API(int, name##_toint, (type argument))                                                    \
    {                                                                                              \
        return mpr_handle_to_int((uintptr_t)argument);                                             \
    }                                                                                              \
    MPR_API(type, name##_fromint, (int argument))                                                  \
    {                                                                                              \
        return (type)from_int(kind, argument);                                                     \
    }

CONVERSIONS(Comm, MPI_Comm, comm, MPR_KIND_COMM)
CONVERSIONS(Errhandler, MPI_Errhandler, errhandler, MPR_KIND_ERRHANDLER)
CONVERSIONS(File, MPI_File, file, MPR_KIND_FILE)
CONVERSIONS(Group, MPI_Group, group, MPR_KIND_GROUP)
CONVERSIONS(Info, MPI_Info, info, MPR_KIND_INFO)
CONVERSIONS(Message, MPI_Message, message, MPR_KIND_MESSAGE)
CONVERSIONS(Op, MPI_Op, op, MPR_KIND_OP)
CONVERSIONS(Request, MPI_Request, request, MPR_KIND_REQUEST)
CONVERSIONS(Session, MPI_Session, session, MPR_KIND_SESSION)
CONVERSIONS(Type, MPI_Datatype, datatype, MPR_KIND_TYPE)
CONVERSIONS(Win, MPI_Win, win, MPR_KIND_WIN)
