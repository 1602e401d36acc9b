/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends: standard, synchronous, ready and buffered; blocking and nonblocking (MPI 5.0, 3.2, 3.4 and
 * 3.7). */
#include "mpi/enter.h"
#include "p2p/done.h"
#include "p2p/send.h"

static MPR_COLD int blocking_checked(const void *buf, MPI_Count count, MPI_Datatype datatype,
                                     int dest, int tag, MPI_Comm comm, enum mpr_send_mode mode)
{
    struct mpr_comm *c;
    struct mpr_type *t;

    MPR_TRY(mpr_arg_send(buf, count, datatype, dest, tag, comm, &c, &t));
    return mpr_result(c, mpr_send(buf, count, t, dest, tag, c, MPR_PLANE_POINT, mode));
}

/* Sends that are done when a short message is in the ring. */
static MPR_INLINE bool may_be_at_once(enum mpr_send_mode mode)
{
    return mode == MPR_SEND_STANDARD || mode == MPR_SEND_READY;
}

static MPR_INLINE int blocking(const void *buf, MPI_Count count, MPI_Datatype datatype, int dest,
                               int tag, MPI_Comm comm, enum mpr_send_mode mode)
{
    struct mpr_comm *c;
    struct mpr_type *t;

    if (!mpr_args_are_plain(buf, count, datatype, dest, tag, comm, &c, &t)) {
        return blocking_checked(buf, count, datatype, dest, tag, comm, mode);
    }
    if (may_be_at_once(mode) &&
        mpr_send_in_cell(buf, count, t, dest, tag, c, MPR_PLANE_POINT)) {
        return MPI_SUCCESS;
    }
    return mpr_result_inline(c, mpr_send(buf, count, t, dest, tag, c, MPR_PLANE_POINT, mode));
}

static MPR_COLD int nonblocking_checked(const void *buf, MPI_Count count, MPI_Datatype datatype,
                                        int dest, int tag, MPI_Comm comm, enum mpr_send_mode mode,
                                        MPI_Request *request)
{
    struct mpr_comm *c;
    struct mpr_type *t;
    struct mpr_request *started;

    MPR_TRY(mpr_arg_send(buf, count, datatype, dest, tag, comm, &c, &t));
    MPR_TRY(mpr_arg_pointer(c, "request", request));
    MPR_TRY(mpr_result(
        c, mpr_send_start(buf, count, t, dest, tag, c, MPR_PLANE_POINT, mode, &started)));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

static MPR_INLINE int nonblocking(const void *buf, MPI_Count count, MPI_Datatype datatype, int dest,
                                  int tag, MPI_Comm comm, enum mpr_send_mode mode,
                                  MPI_Request *request)
{
    struct mpr_comm *c;
    struct mpr_type *t;
    struct mpr_request *started;

    if (mpr_unlikely(request == NULL) ||
        !mpr_args_are_plain(buf, count, datatype, dest, tag, comm, &c, &t)) {
        return nonblocking_checked(buf, count, datatype, dest, tag, comm, mode, request);
    }
    if (may_be_at_once(mode) &&
        mpr_send_in_cell(buf, count, t, dest, tag, c, MPR_PLANE_POINT)) {
        *request = mpr_request_handle(mpr_request_share_sent());
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_result_inline(
        c, mpr_send_start(buf, count, t, dest, tag, c, MPR_PLANE_POINT, mode, &started)));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

#define DEFINE_BLOCKING(name, mode)                                                                \
    MPR_API(int, name, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag,      \
                        MPI_Comm comm))                                                            \
    {                                                                                              \
        return MPR_RUN_INLINE(name, blocking(buf, count, datatype, dest, tag, comm, mode));        \
    }                                                                                              \
    MPR_API(int, name##_c, (const void *buf, MPI_Count count, MPI_Datatype datatype, int dest,     \
                            int tag, MPI_Comm comm))                                               \
    {                                                                                              \
        return MPR_RUN_INLINE(name##_c, blocking(buf, count, datatype, dest, tag, comm, mode));    \
    }

#define DEFINE_NONBLOCKING(name, mode)                                                             \
    MPR_API(int, name, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag,      \
                        MPI_Comm comm, MPI_Request *request))                                      \
    {                                                                                              \
        return MPR_RUN_INLINE(                                                                     \
            name, nonblocking(buf, count, datatype, dest, tag, comm, mode, request));              \
    }                                                                                              \
    MPR_API(int, name##_c, (const void *buf, MPI_Count count, MPI_Datatype datatype, int dest,     \
                            int tag, MPI_Comm comm, MPI_Request *request))                         \
    {                                                                                              \
        return MPR_RUN_INLINE(                                                                     \
            name##_c, nonblocking(buf, count, datatype, dest, tag, comm, mode, request));          \
    }

DEFINE_BLOCKING(Send, MPR_SEND_STANDARD)
DEFINE_BLOCKING(Ssend, MPR_SEND_SYNCHRONOUS)
DEFINE_BLOCKING(Rsend, MPR_SEND_READY)
DEFINE_BLOCKING(Bsend, MPR_SEND_BUFFERED)
DEFINE_NONBLOCKING(Isend, MPR_SEND_STANDARD)
DEFINE_NONBLOCKING(Issend, MPR_SEND_SYNCHRONOUS)
DEFINE_NONBLOCKING(Irsend, MPR_SEND_READY)
DEFINE_NONBLOCKING(Ibsend, MPR_SEND_BUFFERED)
