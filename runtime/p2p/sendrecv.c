/* SPDX-License-Identifier: BSD-3-Clause */
/* A send and a receive at once: blocking, or as one request with two parts. The blocking form sends
 * first: a short message is then away, and all that is left is a plain receive. Where this process
 * is the destination it receives first: the message is then copied once. */
#include <stdlib.h>

#include "base/error.h"
#include "p2p/p2p.h"
#include "p2p/recv.h"
#include "p2p/send.h"
#include "shm/job.h"

static int exchange_with_self(const void *send_buffer, MPI_Count send_count,
                              struct mpr_type *send_type, int dest, int send_tag,
                              void *recv_buffer, MPI_Count recv_count, struct mpr_type *recv_type,
                              int source, int recv_tag, struct mpr_comm *comm,
                              enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_request *recv;
    int code = mpr_recv_start(recv_buffer, recv_count, recv_type, source, recv_tag, comm, plane,
                              &recv);
    if (code != MPR_OK) {
        return code;
    }
    const int send_code = mpr_send(send_buffer, send_count, send_type, dest, send_tag, comm, plane,
                                   MPR_SEND_STANDARD);
    code = mpr_recv_finish(recv, status);
    return send_code != MPR_OK ? send_code : code;
}

static bool is_to_self(int dest, const struct mpr_comm *comm)
{
    return dest != MPI_PROC_NULL && comm->world_ranks[dest] == mpr_job.slot;
}

int mpr_sendrecv(const void *send_buffer, MPI_Count send_count, struct mpr_type *send_type,
                 int dest, int send_tag, void *recv_buffer, MPI_Count recv_count,
                 struct mpr_type *recv_type, int source, int recv_tag, struct mpr_comm *comm,
                 enum mpr_plane plane, MPI_Status *status)
{
    struct mpr_request *send = NULL;
    int send_code = MPR_OK;

    if (mpr_unlikely(is_to_self(dest, comm))) {
        return exchange_with_self(send_buffer, send_count, send_type, dest, send_tag, recv_buffer,
                                  recv_count, recv_type, source, recv_tag, comm, plane, status);
    }
    if (dest != MPI_PROC_NULL) {
        send_code = mpr_send_begin(send_buffer, send_count, send_type, dest, send_tag, comm, plane,
                                   MPR_SEND_STANDARD, &send);
    }
    if (send == NULL) {
        int code =
            mpr_recv(recv_buffer, recv_count, recv_type, source, recv_tag, comm, plane, status);
        return send_code != MPR_OK ? send_code : code;
    }
    int code = mpr_recv_unwatched(recv_buffer, recv_count, recv_type, source, recv_tag, comm,
                                  plane, status);
    send_code = mpr_request_wait(send);
    mpr_request_release(send);
    return send_code != MPR_OK ? send_code : code;
}

/* ---- As one request ---- */

struct exchange {
    struct mpr_request *recv;
    struct mpr_request *send; /* NULL: the message has gone at once, or there is none */
    void *owned;
};

/* The status is that of the receive. */
static int advance(struct mpr_request *request)
{
    const struct exchange *exchange = request->state;
    int send_error = exchange->send != NULL ? exchange->send->error : MPR_OK;

    request->source = exchange->recv->source;
    request->tag = exchange->recv->tag;
    request->received_bytes = exchange->recv->received_bytes;
    mpr_request_complete(request, send_error != MPR_OK ? send_error : exchange->recv->error);
    return 1;
}

static void destroy(struct mpr_request *request)
{
    struct exchange *exchange = request->state;

    if (exchange->send != NULL) {
        mpr_request_release(exchange->send);
    }
    if (exchange->recv != NULL) {
        mpr_request_release(exchange->recv);
    }
    free(exchange->owned);
    free(exchange);
}

/* Not to be cancelled: one half could be, and the other not. */
static const struct mpr_request_class exchange_class = {.advance = advance, .destroy = destroy};

static struct mpr_request *exchange_make(struct mpr_comm *comm)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    struct mpr_request *request = exchange != NULL ? mpr_request_make(&exchange_class, comm) : NULL;

    if (request == NULL) {
        free(exchange);
        return NULL;
    }
    request->state = exchange;
    return request;
}

static void await_parts(struct mpr_request *request)
{
    const struct exchange *exchange = request->state;

    mpr_request_activate(request);
    mpr_request_await(request, exchange->recv);
    if (exchange->send != NULL) {
        mpr_request_await(request, exchange->send);
    }
    if (request->awaited_count == 0) {
        advance(request);
    }
}

int mpr_sendrecv_start(const void *send_buffer, MPI_Count send_count, struct mpr_type *send_type,
                       int dest, int send_tag, void *recv_buffer, MPI_Count recv_count,
                       struct mpr_type *recv_type, int source, int recv_tag, struct mpr_comm *comm,
                       enum mpr_plane plane, void *owned, struct mpr_request **request)
{
    struct mpr_request *made = exchange_make(comm);
    if (made == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    struct exchange *exchange = made->state;
    int code = mpr_recv_start(recv_buffer, recv_count, recv_type, source, recv_tag, comm, plane,
                              &exchange->recv);
    if (code == MPR_OK && dest != MPI_PROC_NULL) {
        code = mpr_send_begin(send_buffer, send_count, send_type, dest, send_tag, comm, plane,
                              MPR_SEND_STANDARD, &exchange->send);
        if (code != MPR_OK) {
            mpr_request_cancel(exchange->recv);
        }
    }
    if (code != MPR_OK) {
        mpr_request_release(made);
        return code;
    }
    exchange->owned = owned;
    await_parts(made);
    *request = made;
    return MPR_OK;
}
