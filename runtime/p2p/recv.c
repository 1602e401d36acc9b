/* SPDX-License-Identifier: BSD-3-Clause */
/* Receives: prepared, started, and the short way of those that block. */
#include "p2p/recv.h"

#include "base/error.h"
#include "base/lock.h"
#include "p2p/bury.h"
#include "p2p/wait.h"

enum {
    /* Looks at the expected ring this often before a receive is posted like any other. */
    DIRECT_LOOKS = 256,
    /* Other threads that want the lock wait for so many of them: a message that is about to come
     * takes fewer. */
    LOCK_LOOKS = 32
};

int mpr_recv_prepare(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                     struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request)
{
    struct mpr_request *recv = mpr_request_make(&mpr_recv_class, comm);
    if (recv == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    mpr_request_set_data(recv, buffer, count, type);
    recv->context = comm->context + (uint32_t)plane;
    recv->other = source;
    recv->wanted_tag = tag;
    *request = recv;
    return MPR_OK;
}

/* Whether all that the receive has to do is to copy. */
static bool is_at_hand(const struct mpr_cell *cell)
{
    return cell->kind == MPR_RECORD_EAGER && (cell->flags & MPR_RECORD_SYNC) == 0;
}

/* The message may have come already, behind those that earlier receives wait for: then it need not
 * be waited for, nor looked up when it is found later. */
static bool take_arrived(struct mpr_request *request, const struct mpr_envelope *pattern)
{
    if (request->peer < 0 || request->peer == mpr_job.slot) {
        return false;
    }
    struct mpr_peer *peer = &mpr_peers[request->peer];
    struct mpr_cell *cell = mpr_deliver_posted(peer);
    if (cell == NULL || !mpr_recv_is_ours(cell, pattern)) {
        return false;
    }
    mpr_deliver_to(request, peer, cell);
    return true;
}

/* Starts the receive: `message` is the one that has come for it before, or NULL. */
static void begin(struct mpr_request *request, const struct mpr_envelope *pattern,
                  struct mpr_unexpected *message)
{
    mpr_request_activate(request);
    request->source = request->other;
    request->tag = request->wanted_tag;
    request->peer = request->other < 0 ? -1 : request->comm->world_ranks[request->other];
    if (request->other == MPI_PROC_NULL) {
        request->tag = MPI_ANY_TAG;
        mpr_request_complete(request, MPR_OK);
    } else if (message != NULL) {
        mpr_match_take(message);
        mpr_deliver_kept(request, message);
    } else if (mpr_bury_may_tell(request->comm) &&
               mpr_bury_ask(request->comm, request->context, &request->source) != MPR_OK) {
        mpr_request_complete(request, MPR_ERR_PEER);
    } else if (!take_arrived(request, pattern)) {
        mpr_match_post(request);
    }
}

static int activate(struct mpr_request *request)
{
    const struct mpr_envelope pattern = {request->context, request->other, request->wanted_tag};

    begin(request, &pattern, mpr_match_find(&pattern));
    return MPR_OK;
}

/* A receive that stands in the posted queue: no message has matched it. */
static void cancel(struct mpr_request *request)
{
    if (!mpr_list_is_empty(&request->match_link)) {
        mpr_match_withdraw(request);
        request->cancelled = true;
        mpr_request_complete(request, MPR_OK);
        mpr_wait_notify(); // another thread may wait for it
    }
}

const struct mpr_request_class mpr_recv_class = {.start = activate, .cancel = cancel};

int mpr_recv_start(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request)
{
    int code = mpr_recv_prepare(buffer, count, type, source, tag, comm, plane, request);
    return code == MPR_OK ? activate(*request) : code;
}

int mpr_recv_taken_start(void *buffer, MPI_Count count, struct mpr_type *type,
                         struct mpr_unexpected *message, struct mpr_comm *comm,
                         struct mpr_request **request)
{
    int code = mpr_recv_prepare(buffer, count, type, message->envelope.source,
                                message->envelope.tag, comm, MPR_PLANE_POINT, request);
    if (code == MPR_OK) {
        mpr_request_activate(*request);
        mpr_deliver_kept(*request, message);
    }
    return code;
}

bool mpr_recv_if_there(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                       struct mpr_comm *comm, enum mpr_plane plane)
{
    struct mpr_peer *peer = &mpr_peers[comm->world_ranks[source]];
    const struct mpr_envelope pattern = mpr_recv_pattern(source, tag, comm, plane);
    struct mpr_cell *cell = mpr_recv_look(peer, &pattern, mpr_type_bytes(type, count));

    if (cell == NULL) {
        return false;
    }
    mpr_data_in(type, buffer, 0, mpr_deliver_in_ring(peer, cell), cell->payload_bytes);
    mpr_peer_consume(peer, cell);
    return true;
}

/* The message of `cell` is received. */
static MPR_INLINE void finish(struct mpr_peer *peer, const struct mpr_cell *cell, MPI_Count stored,
                              MPI_Status *status)
{
    if (status != NULL) {
        mpr_status_set(status, (int)cell->source, cell->tag, stored);
    }
    mpr_peer_consume(peer, cell);
}

static int take(struct mpr_peer *peer, const struct mpr_cell *cell, void *buffer,
                MPI_Count capacity_bytes, struct mpr_type *type, MPI_Status *status)
{
    MPI_Count stored;
    int code = mpr_deliver_data_inline(peer, cell, type, buffer, capacity_bytes, &stored);

    finish(peer, cell, stored, status);
    return code;
}

/* The same for a message that is offered, and lies where it can be read. */
static bool take_offered(struct mpr_peer *peer, const struct mpr_cell *cell, void *buffer,
                         MPI_Count capacity_bytes, struct mpr_type *type, MPI_Status *status)
{
    if (cell->kind != MPR_RECORD_OFFER ||
        !mpr_deliver_offer(peer, cell, type, buffer, capacity_bytes)) {
        return false;
    }
    finish(peer, cell, (MPI_Count)mpr_record_message_bytes(cell), status);
    return true;
}

/* Watches the ring of a known sender while no other message or receive is about. Returns the cell
 * with our message, or NULL when the general way must be taken. */
static struct mpr_cell *watch(const struct mpr_peer *peer, const struct mpr_envelope *pattern)
{
    for (int look = 0; look < DIRECT_LOOKS; look++) {
        struct mpr_cell *cell = mpr_ring_front(&peer->in);
        if (cell != NULL) {
            return mpr_recv_is_ours(cell, pattern) ? cell : NULL;
        }
        if (look % LOCK_LOOKS == LOCK_LOOKS - 1 && mpr_lock_is_wanted()) {
            return NULL; // perhaps by the thread that sends it
        }
        mpr_wait_before_look();
    }
    return NULL;
}

int mpr_recv_finish(struct mpr_request *request, MPI_Status *status)
{
    int code = mpr_request_wait(request);

    if (status != NULL) {
        mpr_request_status(request, status);
    }
    mpr_request_release(request);
    return code;
}

int mpr_recv_unwatched(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                       struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status)
{
    const struct mpr_envelope pattern = mpr_recv_pattern(source, tag, comm, plane);
    struct mpr_unexpected *message = mpr_match_find(&pattern);
    struct mpr_request *request;

    if (message != NULL && mpr_unexpected_is_copy(message)) {
        mpr_match_take(message);
        return mpr_deliver_kept_at_once(message, type, buffer, mpr_type_bytes(type, count), status);
    }
    int code = mpr_recv_prepare(buffer, count, type, source, tag, comm, plane, &request);
    if (code != MPR_OK) {
        return code;
    }
    begin(request, &pattern, message);
    return mpr_recv_finish(request, status);
}

int mpr_recv(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
             struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status)
{
    if (source == MPI_PROC_NULL) {
        if (status != NULL) {
            mpr_status_set_proc_null(status);
        }
        return MPR_OK;
    }
    if (source != MPI_ANY_SOURCE && mpr_match_is_empty() && mpr_wait_may_spin()) {
        struct mpr_peer *peer = &mpr_peers[comm->world_ranks[source]];
        const struct mpr_envelope pattern = mpr_recv_pattern(source, tag, comm, plane);
        struct mpr_cell *cell = watch(peer, &pattern);
        if (cell != NULL && is_at_hand(cell)) {
            return take(peer, cell, buffer, mpr_type_bytes(type, count), type, status);
        }
        if (cell != NULL && !mpr_bury_may_tell(comm) &&
            take_offered(peer, cell, buffer, mpr_type_bytes(type, count), type, status)) {
            return MPR_OK;
        }
    }
    return mpr_recv_unwatched(buffer, count, type, source, tag, comm, plane, status);
}
