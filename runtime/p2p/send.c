/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting sends. */
#include "base/error.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/record.h"
#include "shm/board.h"

static uint32_t context_of(const struct mpr_comm *comm, enum mpr_plane plane)
{
    return comm->context + (uint32_t)plane;
}

/* A send to MPI_PROC_NULL: complete before it began. */
static int start_nothing(struct mpr_comm *comm, struct mpr_type *type, struct mpr_request **request)
{
    *request = mpr_request_make(MPR_REQUEST_SEND, comm, type);
    if (*request == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    (*request)->source = MPI_PROC_NULL;
    (*request)->tag = MPI_ANY_TAG;
    mpr_request_complete(*request, MPR_OK);
    return MPR_OK;
}

int mpr_send_start(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request)
{
    if (dest == MPI_PROC_NULL) {
        return start_nothing(comm, type, request);
    }
    struct mpr_request *send = mpr_request_make(MPR_REQUEST_SEND, comm, type);
    if (send == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    send->context = context_of(comm, plane);
    send->source = comm->rank;
    send->tag = tag;
    send->buffer = (void *)(uintptr_t)buffer; // only read
    send->count = count;
    send->bytes = mpr_type_bytes(type, count);
    send->peer = comm->world_ranks[dest];
    send->synchronous = mode == MPR_SEND_SYNCHRONOUS;
    send->action = MPR_ACTION_EAGER;
    *request = send;
    mpr_peer_push(send);
    return MPR_OK;
}

/* The common case, without a request: there is room, and the message is short enough. */
static bool send_at_once(const void *buffer, MPI_Count count, struct mpr_type *type, int dest,
                         int tag, struct mpr_comm *comm, enum mpr_plane plane)
{
    struct mpr_peer *peer = &mpr_peers[comm->world_ranks[dest]];
    const struct mpr_message message = {
        .envelope = {context_of(comm, plane), comm->rank, tag},
        .buffer = buffer,
        .count = count,
        .type = type,
        .bytes = mpr_type_bytes(type, count),
    };
    return mpr_peer_is_clear(peer) && mpr_eager_send(peer, &message) == MPR_EAGER_SENT;
}

int mpr_send(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
             struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode)
{
    struct mpr_request *request;

    if (dest == MPI_PROC_NULL) {
        return MPR_OK;
    }
    if (mode != MPR_SEND_SYNCHRONOUS &&
        send_at_once(buffer, count, type, dest, tag, comm, plane)) {
        return MPR_OK;
    }
    int code = mpr_send_start(buffer, count, type, dest, tag, comm, plane, mode, &request);
    if (code != MPR_OK) {
        return code;
    }
    mpr_board_peer(dest, tag, comm->context);
    code = mpr_request_wait(request);
    mpr_request_release(request);
    return code;
}
