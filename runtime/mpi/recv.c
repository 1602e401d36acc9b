/* SPDX-License-Identifier: BSD-3-Clause */
/* Receives, probes and MPI_Sendrecv (MPI 5.0, 3.2, 3.7, 3.8 and 3.11). */
#include <stdlib.h>

#include "mpi/api.h"
#include "p2p/p2p.h"

/* The library's functions take NULL for "no status". */
static MPI_Status *wanted(MPI_Status *status)
{
    return status == MPI_STATUS_IGNORE ? NULL : status;
}

static int recv(void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                MPI_Comm comm, MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_type *t;

    MPR_TRY(mpr_arg_recv(buf, count, datatype, source, tag, comm, &c, &t));
    return mpr_result(
        c, mpr_recv(buf, count, t, source, tag, c, MPR_PLANE_POINT, wanted(status)));
}

static int irecv(void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                 MPI_Comm comm, MPI_Request *request)
{
    struct mpr_comm *c;
    struct mpr_type *t;
    struct mpr_request *started;

    MPR_TRY(mpr_arg_recv(buf, count, datatype, source, tag, comm, &c, &t));
    MPR_TRY(mpr_arg_pointer(c, "request", request));
    MPR_TRY(mpr_result(c, mpr_recv_start(buf, count, t, source, tag, c, MPR_PLANE_POINT, &started)));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

static int sendrecv(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, int dest,
                    int sendtag, void *recvbuf, MPI_Count recvcount, MPI_Datatype recvtype,
                    int source, int recvtag, MPI_Comm comm, MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_type *st;
    struct mpr_type *rt;

    MPR_TRY(mpr_arg_recv(recvbuf, recvcount, recvtype, source, recvtag, comm, &c, &rt));
    MPR_TRY(mpr_arg_data(c, sendbuf, sendcount, sendtype, &st));
    MPR_TRY(mpr_arg_dest(c, dest));
    MPR_TRY(mpr_arg_send_tag(c, sendtag));
    return mpr_result(c, mpr_sendrecv(sendbuf, sendcount, st, dest, sendtag, recvbuf, recvcount, rt,
                                      source, recvtag, c, MPR_PLANE_POINT, wanted(status)));
}

/* The data goes out from a copy, so that the buffer is free for what comes in. */
static int sendrecv_replace(void *buf, MPI_Count count, MPI_Datatype datatype, int dest,
                            int sendtag, int source, int recvtag, MPI_Comm comm,
                            MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_type *t;

    MPR_TRY(mpr_arg_recv(buf, count, datatype, source, recvtag, comm, &c, &t));
    MPR_TRY(mpr_arg_dest(c, dest));
    MPR_TRY(mpr_arg_send_tag(c, sendtag));
    MPI_Count bytes = mpr_type_bytes(t, count);
    void *copy = malloc(bytes > 0 ? (size_t)bytes : 1);
    if (copy == NULL) {
        return mpr_result(c, MPR_ERR_NO_MEMORY);
    }
    mpr_type_pack(t, buf, 0, copy, (size_t)bytes);
    int code = mpr_sendrecv(copy, bytes, mpr_type_byte, dest, sendtag, buf, count, t, source,
                            recvtag, c, MPR_PLANE_POINT, wanted(status));
    free(copy);
    return mpr_result(c, code);
}

static int check_probe(int source, int tag, MPI_Comm comm, struct mpr_comm **c)
{
    MPR_TRY(mpr_arg_comm(comm, c));
    MPR_TRY(mpr_arg_source(*c, source));
    return mpr_arg_recv_tag(*c, tag);
}

static int probe(int source, int tag, MPI_Comm comm, MPI_Status *status)
{
    struct mpr_comm *c;

    MPR_TRY(check_probe(source, tag, comm, &c));
    mpr_probe(source, tag, c, MPR_PLANE_POINT, wanted(status));
    return MPI_SUCCESS;
}

static int iprobe(int source, int tag, MPI_Comm comm, int *flag, MPI_Status *status)
{
    struct mpr_comm *c;

    MPR_TRY(check_probe(source, tag, comm, &c));
    MPR_TRY(mpr_arg_pointer(c, "flag", flag));
    *flag = mpr_probe_once(source, tag, c, MPR_PLANE_POINT, wanted(status));
    return MPI_SUCCESS;
}

MPR_API(int, Recv, (void *buf, int count, MPI_Datatype datatype, int source, int tag, MPI_Comm comm,
                    MPI_Status *status))
{
    return MPR_RUN(Recv, recv(buf, count, datatype, source, tag, comm, status));
}

MPR_API(int, Recv_c, (void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                      MPI_Comm comm, MPI_Status *status))
{
    return MPR_RUN(Recv, recv(buf, count, datatype, source, tag, comm, status));
}

MPR_API(int, Irecv, (void *buf, int count, MPI_Datatype datatype, int source, int tag,
                     MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN(Irecv, irecv(buf, count, datatype, source, tag, comm, request));
}

MPR_API(int, Irecv_c, (void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                       MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN(Irecv, irecv(buf, count, datatype, source, tag, comm, request));
}

MPR_API(int, Sendrecv, (const void *sendbuf, int sendcount, MPI_Datatype sendtype, int dest,
                        int sendtag, void *recvbuf, int recvcount, MPI_Datatype recvtype,
                        int source, int recvtag, MPI_Comm comm, MPI_Status *status))
{
    return MPR_RUN(Sendrecv, sendrecv(sendbuf, sendcount, sendtype, dest, sendtag, recvbuf,
                                      recvcount, recvtype, source, recvtag, comm, status));
}

MPR_API(int, Sendrecv_c, (const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, int dest,
                          int sendtag, void *recvbuf, MPI_Count recvcount, MPI_Datatype recvtype,
                          int source, int recvtag, MPI_Comm comm, MPI_Status *status))
{
    return MPR_RUN(Sendrecv, sendrecv(sendbuf, sendcount, sendtype, dest, sendtag, recvbuf,
                                      recvcount, recvtype, source, recvtag, comm, status));
}

MPR_API(int, Sendrecv_replace, (void *buf, int count, MPI_Datatype datatype, int dest, int sendtag,
                                int source, int recvtag, MPI_Comm comm, MPI_Status *status))
{
    return MPR_RUN(Sendrecv_replace, sendrecv_replace(buf, count, datatype, dest, sendtag, source,
                                                      recvtag, comm, status));
}

MPR_API(int, Sendrecv_replace_c, (void *buf, MPI_Count count, MPI_Datatype datatype, int dest,
                                  int sendtag, int source, int recvtag, MPI_Comm comm,
                                  MPI_Status *status))
{
    return MPR_RUN(Sendrecv_replace, sendrecv_replace(buf, count, datatype, dest, sendtag, source,
                                                      recvtag, comm, status));
}

MPR_API(int, Probe, (int source, int tag, MPI_Comm comm, MPI_Status *status))
{
    return MPR_RUN(Probe, probe(source, tag, comm, status));
}

MPR_API(int, Iprobe, (int source, int tag, MPI_Comm comm, int *flag, MPI_Status *status))
{
    return MPR_RUN(Iprobe, iprobe(source, tag, comm, flag, status));
}
