/* SPDX-License-Identifier: BSD-3-Clause */
/* Persistent point-to-point requests (MPI 5.0, 3.9). */
#include "mpi/api.h"
#include "p2p/p2p.h"

static int send_init(const void *buf, MPI_Count count, MPI_Datatype datatype, int dest, int tag,
                     MPI_Comm comm, enum mpr_send_mode mode, MPI_Request *request)
{
    struct mpr_comm *c;
    struct mpr_type *t;
    struct mpr_request *made;

    MPR_TRY(mpr_arg_send(buf, count, datatype, dest, tag, comm, &c, &t));
    MPR_TRY(mpr_arg_pointer(c, "request", request));
    MPR_TRY(mpr_result(
        c, mpr_send_prepare(buf, count, t, dest, tag, c, MPR_PLANE_POINT, mode, &made)));
    made->persistent = true;
    *request = mpr_request_handle(made);
    return MPI_SUCCESS;
}

static int recv_init(void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                     MPI_Comm comm, MPI_Request *request)
{
    struct mpr_comm *c;
    struct mpr_type *t;
    struct mpr_request *made;

    MPR_TRY(mpr_arg_recv(buf, count, datatype, source, tag, comm, &c, &t));
    MPR_TRY(mpr_arg_pointer(c, "request", request));
    MPR_TRY(
        mpr_result(c, mpr_recv_prepare(buf, count, t, source, tag, c, MPR_PLANE_POINT, &made)));
    made->persistent = true;
    *request = mpr_request_handle(made);
    return MPI_SUCCESS;
}

/* Finds requests[index], which must be one that may be started; the others'
 * state does not matter. */
static int find_startable(const MPI_Request requests[], int index, struct mpr_request **found)
{
    struct mpr_request *request = mpr_request_find_held(requests[index]);

    *found = request;
    if (request == NULL) {
        return mpr_raise(NULL, MPI_ERR_REQUEST,
                         "request %d (%#llx) is no request: it was never made, or has been freed",
                         index, (unsigned long long)(uintptr_t)requests[index]);
    }
    if (!request->persistent) {
        return mpr_raise(request->comm, MPI_ERR_REQUEST,
                         "request %d is not persistent: it was started when it was made", index);
    }
    if (request->active) {
        return mpr_raise(request->comm, MPI_ERR_REQUEST,
                         "request %d is active: complete it before it is started again", index);
    }
    return MPI_SUCCESS;
}

static int start_all(int count, const MPI_Request requests[])
{
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    if (count > 0) {
        MPR_TRY(mpr_arg_pointer(NULL, "array_of_requests", requests));
    }
    struct mpr_request *request;
    for (int i = 0; i < count; i++) {
        MPR_TRY(find_startable(requests, i, &request));
    }
    for (int i = 0; i < count; i++) {
        MPR_TRY(find_startable(requests, i, &request)); // again: a handle may stand there twice
        MPR_TRY(mpr_result(request->comm, mpr_request_start(request)));
    }
    return MPI_SUCCESS;
}

static int start_one(const MPI_Request *request)
{
    MPR_TRY(mpr_arg_pointer(NULL, "request", request));
    return start_all(1, request);
}

#define DEFINE_SEND_INIT(name, mode)                                                               \
    MPR_API(int, name, (const void *buf, int count, MPI_Datatype datatype, int dest, int tag,      \
                        MPI_Comm comm, MPI_Request *request))                                      \
    {                                                                                              \
        return MPR_RUN(name, send_init(buf, count, datatype, dest, tag, comm, mode, request));     \
    }                                                                                              \
    MPR_API(int, name##_c, (const void *buf, MPI_Count count, MPI_Datatype datatype, int dest,     \
                            int tag, MPI_Comm comm, MPI_Request *request))                         \
    {                                                                                              \
        return MPR_RUN(name##_c, send_init(buf, count, datatype, dest, tag, comm, mode, request)); \
    }

DEFINE_SEND_INIT(Send_init, MPR_SEND_STANDARD)
DEFINE_SEND_INIT(Ssend_init, MPR_SEND_SYNCHRONOUS)
DEFINE_SEND_INIT(Rsend_init, MPR_SEND_READY)
DEFINE_SEND_INIT(Bsend_init, MPR_SEND_BUFFERED)

MPR_API(int, Recv_init, (void *buf, int count, MPI_Datatype datatype, int source, int tag,
                         MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN(Recv_init, recv_init(buf, count, datatype, source, tag, comm, request));
}

MPR_API(int, Recv_init_c, (void *buf, MPI_Count count, MPI_Datatype datatype, int source, int tag,
                           MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN(Recv_init_c, recv_init(buf, count, datatype, source, tag, comm, request));
}

MPR_API(int, Start, (MPI_Request *request))
{
    return MPR_RUN(Start, start_one(request));
}

MPR_API(int, Startall, (int count, MPI_Request array_of_requests[]))
{
    return MPR_RUN(Startall, start_all(count, array_of_requests));
}
