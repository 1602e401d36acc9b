/* SPDX-License-Identifier: BSD-3-Clause */
/* Sending and receiving in one call, blocking and nonblocking, with two buffers or one
 * (MPI 5.0, 3.10). */
#include <stdlib.h>

#include "coll/scratch.h"
#include "mpi/api.h"
#include "mpi/coll_args.h"
#include "p2p/p2p.h"
#include "p2p/resend.h"

/* Where the messages go to and come from. */
struct route {
    int dest;
    int send_tag;
    int source;
    int recv_tag;
    struct mpr_comm *comm;
};

/* What is sent and what is received. */
struct buffers {
    const void *out;
    MPI_Count out_count;
    struct mpr_type *out_type;
    void *in;
    MPI_Count in_count;
    struct mpr_type *in_type;
};

/* How the call ends: with a status, or with a request. */
struct ending {
    bool blocks;
    MPI_Status *status;
    MPI_Request *request;
};

static int exchange(const struct buffers *buffers, const struct route *route, MPI_Status *status)
{
    return mpr_sendrecv(buffers->out, buffers->out_count, buffers->out_type, route->dest,
                        route->send_tag, buffers->in, buffers->in_count, buffers->in_type,
                        route->source, route->recv_tag, route->comm, MPR_PLANE_POINT,
                        mpr_status_wanted(status));
}

/* `owned` is memory that goes with the request, or NULL. */
static int start_exchange(const struct buffers *buffers, const struct route *route, void *owned,
                          MPI_Request *request)
{
    struct mpr_request *started;

    MPR_TRY(mpr_sendrecv_start(buffers->out, buffers->out_count, buffers->out_type, route->dest,
                               route->send_tag, buffers->in, buffers->in_count, buffers->in_type,
                               route->source, route->recv_tag, route->comm, MPR_PLANE_POINT, owned,
                               &started));
    *request = mpr_request_handle(started);
    return MPR_OK;
}

static int check_route(const struct route *route, const struct ending *ending)
{
    MPR_TRY(mpr_arg_source(route->comm, route->source));
    MPR_TRY(mpr_arg_recv_tag(route->comm, "recvtag", route->recv_tag));
    MPR_TRY(mpr_arg_dest(route->comm, route->dest));
    MPR_TRY(mpr_arg_send_tag(route->comm, "sendtag", route->send_tag));
    return ending->blocks ? MPI_SUCCESS
                          : mpr_arg_pointer(route->comm, "request", ending->request);
}

static int sendrecv(const void *sendbuf, MPI_Count sendcount, MPI_Datatype sendtype, int dest,
                    int sendtag, void *recvbuf, MPI_Count recvcount, MPI_Datatype recvtype,
                    int source, int recvtag, MPI_Comm comm, const struct ending *ending)
{
    static const struct mpr_arg_names out_names = {"sendbuf", "sendcount", NULL, "sendtype"};
    static const struct mpr_arg_names in_names = {"recvbuf", "recvcount", NULL, "recvtype"};
    struct route route = {dest, sendtag, source, recvtag, NULL};
    struct buffers buffers = {sendbuf, sendcount, NULL, recvbuf, recvcount, NULL};

    MPR_TRY(mpr_arg_comm(comm, &route.comm));
    MPR_TRY(mpr_arg_items(route.comm, &out_names, sendbuf, sendcount, sendtype, &buffers.out_type));
    MPR_TRY(mpr_arg_items(route.comm, &in_names, recvbuf, recvcount, recvtype, &buffers.in_type));
    MPR_TRY(check_route(&route, ending));
    return mpr_result(route.comm, ending->blocks
                                      ? exchange(&buffers, &route, ending->status)
                                      : start_exchange(&buffers, &route, NULL, ending->request));
}

/* What is to go out, `bytes` of it, is copied to `copy`, so that the buffer is free for what comes
 * in. */
static void make_copy(struct buffers *buffers, void *copy, MPI_Count bytes)
{
    mpr_type_pack(buffers->in_type, buffers->in, 0, copy, (size_t)bytes);
    mpr_resend_forget(copy, (uint64_t)bytes); // written anew, even if the data are the same
    buffers->out = copy;
    buffers->out_count = bytes;
    buffers->out_type = mpr_type_byte;
}

/* The copy lies in memory that the next call uses again: it comes to lie in the window. */
static int exchange_copy(struct buffers *buffers, const struct route *route, MPI_Status *status)
{
    MPI_Count bytes = mpr_type_bytes(buffers->in_type, buffers->in_count);
    struct mpr_scratch scratch;
    void *copy = mpr_scratch_open(&scratch, (size_t)bytes);

    if (copy == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    make_copy(buffers, copy, bytes);
    int code = exchange(buffers, route, status);
    mpr_scratch_close(&scratch);
    return code;
}

static int start_exchange_copy(struct buffers *buffers, const struct route *route,
                               MPI_Request *request)
{
    MPI_Count bytes = mpr_type_bytes(buffers->in_type, buffers->in_count);
    void *copy = malloc(bytes > 0 ? (size_t)bytes : 1);

    if (copy == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    make_copy(buffers, copy, bytes);
    int code = start_exchange(buffers, route, copy, request);
    if (code != MPR_OK) {
        free(copy);
    }
    return code;
}

static int sendrecv_replace(void *buf, MPI_Count count, MPI_Datatype datatype, int dest,
                            int sendtag, int source, int recvtag, MPI_Comm comm,
                            const struct ending *ending)
{
    struct route route = {dest, sendtag, source, recvtag, NULL};
    struct buffers buffers = {.in = buf, .in_count = count};

    MPR_TRY(mpr_arg_comm(comm, &route.comm));
    MPR_TRY(mpr_arg_data(route.comm, buf, count, datatype, &buffers.in_type));
    MPR_TRY(check_route(&route, ending));
    return mpr_result(route.comm, ending->blocks
                                      ? exchange_copy(&buffers, &route, ending->status)
                                      : start_exchange_copy(&buffers, &route, ending->request));
}

#define DEFINE_SENDRECV(suffix, count_type)                                                        \
    MPR_API(int, Sendrecv##suffix,                                                                 \
            (const void *sendbuf, count_type sendcount, MPI_Datatype sendtype, int dest,           \
             int sendtag, void *recvbuf, count_type recvcount, MPI_Datatype recvtype, int source,  \
             int recvtag, MPI_Comm comm, MPI_Status *status))                                      \
    {                                                                                              \
        const struct ending ending = {.blocks = true, .status = status};                           \
        return MPR_RUN(Sendrecv##suffix,                                                           \
                       sendrecv(sendbuf, sendcount, sendtype, dest, sendtag, recvbuf, recvcount,   \
                                recvtype, source, recvtag, comm, &ending));                        \
    }                                                                                              \
    MPR_API(int, Isendrecv##suffix,                                                                \
            (const void *sendbuf, count_type sendcount, MPI_Datatype sendtype, int dest,           \
             int sendtag, void *recvbuf, count_type recvcount, MPI_Datatype recvtype, int source,  \
             int recvtag, MPI_Comm comm, MPI_Request *request))                                    \
    {                                                                                              \
        const struct ending ending = {.request = request};                                         \
        return MPR_RUN(Isendrecv##suffix,                                                          \
                       sendrecv(sendbuf, sendcount, sendtype, dest, sendtag, recvbuf, recvcount,   \
                                recvtype, source, recvtag, comm, &ending));                        \
    }

#define DEFINE_SENDRECV_REPLACE(suffix, count_type)                                                \
    MPR_API(int, Sendrecv_replace##suffix,                                                         \
            (void *buf, count_type count, MPI_Datatype datatype, int dest, int sendtag,            \
             int source, int recvtag, MPI_Comm comm, MPI_Status *status))                          \
    {                                                                                              \
        const struct ending ending = {.blocks = true, .status = status};                           \
        return MPR_RUN(Sendrecv_replace##suffix,                                                   \
                       sendrecv_replace(buf, count, datatype, dest, sendtag, source, recvtag,      \
                                        comm, &ending));                                           \
    }                                                                                              \
    MPR_API(int, Isendrecv_replace##suffix,                                                        \
            (void *buf, count_type count, MPI_Datatype datatype, int dest, int sendtag,            \
             int source, int recvtag, MPI_Comm comm, MPI_Request *request))                        \
    {                                                                                              \
        const struct ending ending = {.request = request};                                         \
        return MPR_RUN(Isendrecv_replace##suffix,                                                  \
                       sendrecv_replace(buf, count, datatype, dest, sendtag, source, recvtag,      \
                                        comm, &ending));                                           \
    }

DEFINE_SENDRECV(, int)
DEFINE_SENDRECV(_c, MPI_Count)
DEFINE_SENDRECV_REPLACE(, int)
DEFINE_SENDRECV_REPLACE(_c, MPI_Count)
