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
#include "p2p/wait.h"
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

/* Up to here, to wait for the answer of a receiver that reads a message in the window takes longer
 * than a second copy. */
enum { ONE_WAY_BYTES_MAX = 4096 };

/* Whether nothing has come from the peer since it was last asked so, but for the answer to the
 * message that was sent then: whoever sends on and on had better not wait each time. Between those
 * who send in turn the answer comes with the other's message. */
static bool goes_one_way(struct mpr_peer *peer)
{
    const uint32_t come = peer->in.position - peer->position_at_send;
    const bool is_one_way = come <= peer->answers_at_send;

    peer->position_at_send = peer->in.position;
    peer->answers_at_send = is_one_way ? 0 : 1;
    return is_one_way;
}

/* Whether a short message had better be copied for the receiver than read by it where it lies. */
static bool is_better_copied(MPI_Count bytes, struct mpr_peer *peer)
{
    return (bytes <= ONE_WAY_BYTES_MAX && goes_one_way(peer)) ||
           mpr_patience_takes_copy(&peer->patience);
}

/* Where the receiver is to read a message for whose end the caller waits, as far as that is clear
 * before it is tried. */
static MPR_INLINE uint64_t place_of_awaited(MPI_Count bytes, int dest, const struct mpr_comm *comm)
{
    return bytes >= mpr_tunables.direct_bytes && bytes <= mpr_tunables.eager_bytes &&
                   mpr_tunables.copy != MPR_COPY_DIRECT && mpr_wait_may_spin() &&
                   is_better_copied(bytes, &mpr_peers[comm->world_ranks[dest]])
               ? MPR_WINDOW_NOWHERE
               : MPR_WINDOW_UNDECIDED;
}

/* mpr_send_begin(), for the other forms in line; `window_offset` is where the receiver is to read
 * the message, as far as that is clear. */
static MPR_INLINE int begin(const void *buffer, MPI_Count count, struct mpr_type *type, int dest,
                            int tag, struct mpr_comm *comm, enum mpr_plane plane,
                            enum mpr_send_mode mode, uint64_t window_offset,
                            struct mpr_request **request)
{
    const bool may_be_done = mode == MPR_SEND_STANDARD || mode == MPR_SEND_READY;

    *request = NULL;
    if (may_be_done && dest != MPI_PROC_NULL && !mpr_bury_forbids(comm, context_of(comm, plane)) &&
        try_at_once(buffer, count, type, dest, tag, comm, plane, &window_offset) ==
            MPR_EAGER_SENT) {
        return MPR_OK;
    }
    return start_request(buffer, count, type, dest, tag, comm, plane, mode, window_offset, request);
}

static MPR_INLINE int begin_awaited(const void *buffer, MPI_Count count, struct mpr_type *type,
                                    int dest, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                                    enum mpr_send_mode mode, struct mpr_request **request)
{
    const bool has_choice = mode != MPR_SEND_SYNCHRONOUS && dest != MPI_PROC_NULL;
    const uint64_t window_offset =
        has_choice ? place_of_awaited(mpr_type_bytes(type, count), dest, comm)
                   : MPR_WINDOW_UNDECIDED;

    return begin(buffer, count, type, dest, tag, comm, plane, mode, window_offset, request);
}

int mpr_send_begin(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request)
{
    return begin_awaited(buffer, count, type, dest, tag, comm, plane, mode, request);
}

int mpr_send_start(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request)
{
    int code = begin(buffer, count, type, dest, tag, comm, plane, mode, MPR_WINDOW_UNDECIDED,
                     request);

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
    int code = begin_awaited(buffer, count, type, dest, tag, comm, plane, mode, &request);
    if (request == NULL) {
        return code;
    }
    code = mpr_request_wait(request);
    mpr_request_release(request);
    return code;
}
