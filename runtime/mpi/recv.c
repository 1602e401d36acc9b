/* SPDX-License-Identifier: BSD-3-Clause */
/* Receives and probes (MPI 5.0, 3.2, 3.7 and 3.8). */
#include "mpi/enter.h"
#include "p2p/recv.h"

static MPR_COLD int recv_checked(void *buf, MPI_Count count, MPI_Datatype datatype, int source,
                                 int tag, MPI_Comm comm, MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_type *t;

    MPR_TRY(mpr_arg_recv(buf, count, datatype, source, tag, comm, &c, &t));
    return mpr_result(c, mpr_recv(buf, count, t, source, tag, c, MPR_PLANE_POINT,
                                  mpr_status_wanted(status)));
}

static MPR_INLINE int recv(void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                           MPI_Comm comm, MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_type *t;

    if (!mpr_args_are_plain(buf, count, datatype, source, tag, comm, &c, &t)) {
        return recv_checked(buf, count, datatype, source, tag, comm, status);
    }
    return mpr_result_inline(
        c, mpr_recv(buf, count, t, source, tag, c, MPR_PLANE_POINT, mpr_status_wanted(status)));
}

static MPR_COLD int irecv_checked(void *buf, MPI_Count count, MPI_Datatype datatype, int source,
                                  int tag, MPI_Comm comm, MPI_Request *request)
{
    struct mpr_comm *c;
    struct mpr_type *t;
    struct mpr_request *started;

    MPR_TRY(mpr_arg_recv(buf, count, datatype, source, tag, comm, &c, &t));
    MPR_TRY(mpr_arg_pointer(c, "request", request));
    MPR_TRY(mpr_result(
        c, mpr_recv_start(buf, count, t, source, tag, c, MPR_PLANE_POINT, &started)));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

static MPR_INLINE int irecv(void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                            MPI_Comm comm, MPI_Request *request)
{
    struct mpr_comm *c;
    struct mpr_type *t;
    struct mpr_request *started;

    if (mpr_unlikely(request == NULL) ||
        !mpr_args_are_plain(buf, count, datatype, source, tag, comm, &c, &t)) {
        return irecv_checked(buf, count, datatype, source, tag, comm, request);
    }
    struct mpr_request *done = mpr_recv_at_once(buf, count, t, source, tag, c, MPR_PLANE_POINT);
    if (done != NULL) {
        *request = mpr_request_handle(done);
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_result_inline(
        c, mpr_recv_start(buf, count, t, source, tag, c, MPR_PLANE_POINT, &started)));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

/* A probe in vain is what programs have between two pieces of work: in line. */
static MPR_INLINE int check_probe(int source, int tag, MPI_Comm comm, struct mpr_comm **c)
{
    *c = mpr_comm_find(comm);
    return mpr_likely(*c != NULL && (tag >= 0 || tag == MPI_ANY_TAG) &&
                      ((unsigned)source < (unsigned)(*c)->remote_size ||
                       source == MPI_ANY_SOURCE))
               ? MPI_SUCCESS
               : mpr_arg_probe(source, tag, comm, c);
}

static int probe(int source, int tag, MPI_Comm comm, MPI_Status *status)
{
    struct mpr_comm *c;

    MPR_TRY(check_probe(source, tag, comm, &c));
    return mpr_result_inline(
        c, mpr_probe(source, tag, c, MPR_PLANE_POINT, mpr_status_wanted(status)));
}

static int iprobe(int source, int tag, MPI_Comm comm, int *flag, MPI_Status *status)
{
    struct mpr_comm *c;
    bool found;

    MPR_TRY(check_probe(source, tag, comm, &c));
    if (mpr_unlikely(flag == NULL)) {
        return mpr_arg_pointer(c, "flag", flag);
    }
    int code = mpr_probe_once(source, tag, c, MPR_PLANE_POINT, &found, mpr_status_wanted(status));
    *flag = found;
    return mpr_result_inline(c, code);
}

MPR_API(int, Recv, (void *buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm,
                    MPI_Status *status))
{
    return MPR_RUN_INLINE(Recv, recv(buf, count, datatype, source, tag, comm, status));
}

MPR_API(int, Recv_c, (void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                      MPI_Comm comm, MPI_Status *status))
{
    return MPR_RUN_INLINE(Recv_c, recv(buf, count, datatype, source, tag, comm, status));
}

MPR_API(int, Irecv, (void *buf, int count, MPI_Datatype datatype, int source, int tag,
                     MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN_INLINE(Irecv, irecv(buf, count, datatype, source, tag, comm, request));
}

MPR_API(int, Irecv_c, (void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                       MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN_INLINE(Irecv_c, irecv(buf, count, datatype, source, tag, comm, request));
}

MPR_API(int, Probe, (int source, int tag, MPI_Comm comm, MPI_Status *status))
{
    return MPR_RUN_INLINE(Probe, probe(source, tag, comm, status));
}

MPR_API(int, Iprobe, (int source, int tag, MPI_Comm comm, int *flag, MPI_Status *status))
{
    return MPR_RUN_INLINE(Iprobe, iprobe(source, tag, comm, flag, status));
}
