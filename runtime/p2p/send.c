/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends: prepared, started, and the short way of those that block. */
#include "p2p/send.h"
#include "base/error.h"
#include "p2p/bsend.h"
#include "p2p/bury.h"
#include "p2p/done.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/record.h"
#include "p2p/retract.h"
#include "p2p/self.h"
#include "shm/window.h"

static uint32_t context_of(const struct mpr_comm *comm, enum mpr_plane plane)
{
    return comm->context + (uint32_t)plane;
}

int mpr_send_prepare(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                     struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                     struct mpr_request **request)
{
    struct mpr_request *send = mpr_request_make(&mpr_send_class, comm);
    if (send == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    mpr_request_set_data(send, buffer, count, type);
    send->context = context_of(comm, plane);
    send->other = dest;
    send->wanted_tag = tag;
    send->peer = dest == MPI_PROC_NULL ? -1 : comm->world_ranks[dest];
    send->synchronous = mode == MPR_SEND_SYNCHRONOUS;
    send->buffered = mode == MPR_SEND_BUFFERED;
    send->window_offset = MPR_WINDOW_UNDECIDED;
    *request = send;
    return MPR_OK;
}

/* A buffered send is complete when the message is in the ring or in the attached buffer. */
static int start_buffered(struct mpr_request *request)
{
    int code = mpr_bsend(request->buffer, request->count, request->type, request->other,
                         request->wanted_tag, request->comm);
    if (code == MPR_OK) {
        mpr_request_activate(request);
        mpr_request_complete(request, MPR_OK);
    }
    return code;
}

static int activate(struct mpr_request *request)
{
    request->source = request->comm->rank;
    request->tag = request->wanted_tag;
    if (request->buffered) {
        return start_buffered(request);
    }
    mpr_request_activate(request);
    mpr_request_promise(request);
    if (request->other == MPI_PROC_NULL) {
        request->source = MPI_PROC_NULL;
        request->tag = MPI_ANY_TAG;
        mpr_request_complete(request, MPR_OK);
    } else if (mpr_bury_forbids(request->comm, request->context)) {
        mpr_request_complete(request, MPR_ERR_PEER);
    } else {
        mpr_peer_push(request);
    }
    return MPR_OK;
}

/* One that is complete when it is started, as most are, cannot be cancelled; any other must be,
 * where no receive has matched: MPI 5.0, 3.8.4 lets nobody wait for one that may never come. */
const struct mpr_request_class mpr_send_class = {.start = activate, .cancel = mpr_retract};

/* The common case, without a request: there is room, and the message is short enough. What
 * mpr_eager_send() decides on the way holds when it is tried again. */
static MPR_INLINE enum mpr_eager_result try_at_once(const void *buffer, MPI_Count count,
                                                    struct mpr_type *type, int dest, int tag,
                                                    struct mpr_comm *comm, enum mpr_plane plane,
                                                    uint64_t *window_offset)
{
    struct mpr_peer *peer = &mpr_peers[comm->world_ranks[dest]];
    const struct mpr_message message = mpr_send_message(buffer, count, type, tag, comm, plane);

    if (mpr_likely(mpr_peer_is_clear(peer))) {
        return mpr_eager_send(peer, &message, window_offset);
    }
    return peer->rank == mpr_job.slot ? mpr_self_send(&message) : MPR_EAGER_FULL;
}

bool mpr_send_at_once(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                      struct mpr_comm *comm, enum mpr_plane plane)
{
    uint64_t window_offset = MPR_WINDOW_UNDECIDED;

    return try_at_once(buffer, count, type, dest, tag, comm, plane, &window_offset) ==
           MPR_EAGER_SENT;
}

static int start_request(const void *buffer, MPI_Count count, struct mpr_type *type, int dest,
                         int tag, struct mpr_comm *comm, enum mpr_plane plane,
                         enum mpr_send_mode mode, uint64_t window_offset,
                         struct mpr_request **request)
{
    int code = mpr_send_prepare(buffer, count, type, dest, tag, comm, plane, mode, request);
    if (code != MPR_OK) {
        return code;
    }
    (*request)->window_offset = window_offset;
    code = activate(*request);
    if (code != MPR_OK) {
        mpr_request_release(*request);
        *request = NULL;
    }
    return code;
}

/* mpr_send_begin(), for the other forms in line. */
static MPR_INLINE int begin(const void *buffer, MPI_Count count, struct mpr_type *type, int dest,
                            int tag, struct mpr_comm *comm, enum mpr_plane plane,
                            enum mpr_send_mode mode, struct mpr_request **request)
{
    const bool may_be_done = mode == MPR_SEND_STANDARD || mode == MPR_SEND_READY;
    uint64_t window_offset = MPR_WINDOW_UNDECIDED;

    *request = NULL;
    if (may_be_done && dest != MPI_PROC_NULL && !mpr_bury_forbids(comm, context_of(comm, plane)) &&
        try_at_once(buffer, count, type, dest, tag, comm, plane, &window_offset) ==
            MPR_EAGER_SENT) {
        return MPR_OK;
    }
    return start_request(buffer, count, type, dest, tag, comm, plane, mode, window_offset, request);
}

int mpr_send_begin(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request)
{
    return begin(buffer, count, type, dest, tag, comm, plane, mode, request);
}

int mpr_send_start(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request)
{
    int code = begin(buffer, count, type, dest, tag, comm, plane, mode, request);

    if (code == MPR_OK && *request == NULL) {
        *request = mpr_request_share_sent();
    }
    return code;
}

int mpr_send(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
             struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode)
{
    struct mpr_request *request;

    if (dest == MPI_PROC_NULL) {
        return MPR_OK;
    }
    if (mode == MPR_SEND_BUFFERED) {
        return mpr_bsend(buffer, count, type, dest, tag, comm);
    }
    int code = begin(buffer, count, type, dest, tag, comm, plane, mode, &request);
    if (request == NULL) {
        return code;
    }
    code = mpr_request_wait(request);
    mpr_request_release(request);
    return code;
}
