/* SPDX-License-Identifier: BSD-3-Clause */
/* The receiving half of the protocol: one function for each kind of record. */
#include "p2p/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "p2p/bury.h"
#include "p2p/data.h"
#include "p2p/growing.h"
#include "p2p/record.h"
#include "p2p/retract.h"
#include "p2p/transfer.h"
#include "p2p/wait.h"
#include "shm/job.h"
#include "shm/window.h"

/* Where the data of an eager message lies. */
struct data {
    const void *address;
    MPI_Count bytes;
    uint32_t chunk; /* or MPR_CHUNK_NONE */
    bool is_growing;
};

static int store(const struct mpr_peer *peer, const struct data *data, struct mpr_type *type,
                 void *buffer, MPI_Count capacity_bytes, MPI_Count *received_bytes)
{
    bool fits = data->bytes <= capacity_bytes;
    MPI_Count bytes = fits ? data->bytes : capacity_bytes;

    *received_bytes = bytes;
    mpr_record_note_received(peer, buffer, bytes);
    if (!data->is_growing) {
        mpr_data_in(type, buffer, 0, data->address, (size_t)bytes);
    } else if (!mpr_growing_receive((uint32_t)peer->rank, data->chunk, (uint32_t)data->bytes, type,
                                    buffer, 0, (uint32_t)bytes)) {
        *received_bytes = 0;
        return MPR_ERR_PEER;
    }
    return fits ? MPR_OK : MPR_ERR_TRUNCATE;
}

static struct data data_of(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    struct data data = {NULL, cell->payload_bytes, MPR_CHUNK_NONE, false};

    if ((cell->flags & MPR_RECORD_IN_CHUNK) != 0) {
        data.chunk = (uint32_t)cell->body.words[1];
        data.address = mpr_chunk_find(&mpr_job.segment, (uint32_t)peer->rank, data.chunk);
        data.is_growing = (cell->flags & MPR_RECORD_GROWING) != 0;
    } else {
        data.address = mpr_deliver_in_ring(peer, cell);
    }
    return data;
}

int mpr_deliver_data(const struct mpr_peer *peer, const struct mpr_cell *cell,
                     struct mpr_type *type, void *buffer, MPI_Count capacity_bytes,
                     MPI_Count *received_bytes)
{
    const struct data data = data_of(peer, cell);
    return store(peer, &data, type, buffer, capacity_bytes, received_bytes);
}

static struct data data_of_kept(const struct mpr_unexpected *message)
{
    struct data data = {message->data, message->bytes, message->chunk, message->growing};

    if (data.chunk != MPR_CHUNK_NONE) {
        data.address = mpr_chunk_find(&mpr_job.segment, (uint32_t)message->peer, data.chunk);
    }
    return data;
}

/* A chunk that nobody has read may not be full yet. */
static void release(const struct mpr_peer *peer, const struct data *data)
{
    if (data->chunk == MPR_CHUNK_NONE) {
        return;
    }
    if (data->is_growing) {
        mpr_growing_await((uint32_t)peer->rank, data->chunk, (uint32_t)data->bytes);
    }
    mpr_chunk_release(&mpr_job.segment, (uint32_t)peer->rank, data->chunk);
    mpr_doorbell_ring(peer->control);
}

void mpr_deliver_release(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    if ((cell->flags & MPR_RECORD_IN_CHUNK) != 0) {
        const struct data data = data_of(peer, cell);
        release(peer, &data);
    }
}

void mpr_deliver_discard(struct mpr_unexpected *message)
{
    const struct data data = data_of_kept(message);

    release(&mpr_peers[message->peer], &data);
    free(message);
}

/* The receive now knows its message. */
static void bind(struct mpr_request *request, const struct mpr_envelope *envelope, int peer,
                 uint64_t peer_request, MPI_Count bytes)
{
    bool fits = bytes <= request->bytes;

    mpr_request_meet(request, envelope->source, envelope->tag, peer,
                     fits ? bytes : request->bytes);
    request->peer_request = peer_request;
    request->message_bytes = bytes;
    request->error = fits ? MPR_OK : MPR_ERR_TRUNCATE;
}

static void finish_eager(struct mpr_request *request, const struct mpr_peer *peer,
                         const struct data *data, bool synchronous)
{
    request->error = store(peer, data, request->type, request->buffer, request->bytes,
                           &request->received_bytes);
    release(peer, data);
    if (synchronous) {
        mpr_transfer_finish_receive(request);
    } else {
        mpr_request_complete(request, request->error);
    }
}

static void receive_eager(struct mpr_request *request, const struct mpr_peer *peer,
                          const struct mpr_cell *cell, const struct mpr_envelope *envelope)
{
    bool synchronous = (cell->flags & MPR_RECORD_SYNC) != 0;
    const struct data data = data_of(peer, cell);

    bind(request, envelope, peer->rank, synchronous ? cell->body.words[0] : 0,
         cell->payload_bytes);
    finish_eager(request, peer, &data, synchronous);
}

struct mpr_unexpected *mpr_deliver_make_kept(int peer, const struct mpr_envelope *envelope,
                                             MPI_Count message_bytes, size_t kept_bytes)
{
    struct mpr_unexpected *message = malloc(sizeof(*message) + kept_bytes);

    if (message == NULL) {
        mpr_job_fail(MPI_ERR_NO_MEM,
                     "out of memory: no room to keep a message of %lld bytes from rank %d (in the "
                     "world) that arrived before its receive; %u such messages are kept already",
                     (long long)message_bytes, peer, mpr_match_counts.unexpected);
    }
    message->envelope = *envelope;
    message->kind = MPR_RECORD_EAGER;
    message->peer = peer;
    message->bytes = message_bytes;
    message->chunk = MPR_CHUNK_NONE;
    message->synchronous = false;
    message->growing = false;
    message->peer_request = 0;
    return message;
}

/* An eager message rests in its chunk, if it is in one and not short; otherwise it must leave the
 * ring. */
static struct mpr_unexpected *keep_eager(const struct mpr_peer *peer, const struct mpr_cell *cell,
                                         const struct mpr_envelope *envelope)
{
    const struct data data = data_of(peer, cell);
    bool rests = data.chunk != MPR_CHUNK_NONE &&
                 (data.bytes > MPR_SHORT_BYTES || data.is_growing);
    size_t kept_bytes = rests ? 0 : cell->payload_bytes;
    struct mpr_unexpected *message =
        mpr_deliver_make_kept(peer->rank, envelope, cell->payload_bytes, kept_bytes);

    if (rests) {
        message->growing = data.is_growing;
        message->chunk = data.chunk;
    }
    if ((cell->flags & MPR_RECORD_SYNC) != 0) {
        message->synchronous = true;
        message->peer_request = cell->body.words[0];
    }
    if (kept_bytes > 0) {
        mpr_copy(message->data, data.address, kept_bytes);
    }
    if (!rests) {
        release(peer, &data);
    }
    return message;
}

static struct mpr_unexpected *keep_offer(const struct mpr_peer *peer, const struct mpr_cell *cell,
                                         const struct mpr_envelope *envelope)
{
    struct mpr_unexpected *message =
        mpr_deliver_make_kept(peer->rank, envelope, (MPI_Count)mpr_record_message_bytes(cell), 0);

    message->kind = MPR_RECORD_OFFER;
    message->peer_request = cell->body.words[0];
    message->address = cell->body.words[2];
    message->window_offset = cell->body.words[3];
    return message;
}

/* A sender whose message is short enough to be sent without asking should not wait for a receive
 * only because the data lie in its window: what nobody has asked for yet is taken out of there.
 * Programs in which each sends before it receives would stop otherwise. NULL: it cannot
 * be had now. */
static struct mpr_unexpected *fetch_offer(struct mpr_peer *peer, const struct mpr_cell *cell,
                                          const struct mpr_envelope *envelope)
{
    const MPI_Count bytes = (MPI_Count)mpr_record_message_bytes(cell);

    if (bytes > mpr_tunables.eager_bytes || (cell->flags & MPR_RECORD_SYNC) != 0) {
        return NULL;
    }
    const unsigned char *data = mpr_direct_offered(peer, cell);
    if (data == NULL) {
        return NULL;
    }
    struct mpr_unexpected *message =
        mpr_deliver_make_kept(peer->rank, envelope, bytes, (size_t)bytes);
    if (!mpr_direct_take(peer, cell, data, mpr_type_byte, message->data)) {
        free(message);
        return NULL;
    }
    return message;
}

/* Copies the message in the front cell of `peer` to where it can be kept. */
static struct mpr_unexpected *keep(struct mpr_peer *peer, const struct mpr_cell *cell)
{
    const struct mpr_envelope envelope = mpr_envelope_of(cell);

    if (cell->kind == MPR_RECORD_EAGER) {
        return keep_eager(peer, cell, &envelope);
    }
    struct mpr_unexpected *message = fetch_offer(peer, cell, &envelope);
    return message != NULL ? message : keep_offer(peer, cell, &envelope);
}

struct mpr_unexpected *mpr_deliver_take_out(struct mpr_peer *peer, struct mpr_cell *cell)
{
    struct mpr_unexpected *message = keep(peer, cell);

    mpr_peer_consume(peer, cell);
    return message;
}

static void receive_offer(struct mpr_request *request, const struct mpr_peer *peer,
                          const struct mpr_cell *cell, const struct mpr_envelope *envelope)
{
    bind(request, envelope, peer->rank, cell->body.words[0],
         (MPI_Count)mpr_record_message_bytes(cell));
    request->address = cell->body.words[2];
    request->window_offset = cell->body.words[3];
    mpr_transfer_receive(request);
}

bool mpr_deliver_offer(struct mpr_peer *peer, const struct mpr_cell *cell, struct mpr_type *type,
                       void *buffer, MPI_Count capacity_bytes)
{
    const MPI_Count bytes = (MPI_Count)mpr_record_message_bytes(cell);

    if (bytes > capacity_bytes || bytes > MPR_DIRECT_PASS_BYTES) {
        return false;
    }
    const unsigned char *data = mpr_direct_offered(peer, cell);
    if (data == NULL || !mpr_direct_take(peer, cell, data, type, buffer)) {
        return false;
    }
    mpr_record_note_received(peer, buffer, bytes);
    return true;
}

/* The commonest messages: one that lies in the ring, that nobody wants to hear of, and that fits;
 * and one that lies in the sender's window. */
static MPR_INLINE bool receive_at_once(struct mpr_request *request, struct mpr_peer *peer,
                                       const struct mpr_cell *cell)
{
    if (mpr_likely(mpr_deliver_is_copy(cell) && cell->payload_bytes <= request->bytes)) {
        mpr_data_in(request->type, request->buffer, 0, mpr_deliver_in_ring(peer, cell),
                    cell->payload_bytes);
    } else if (cell->kind != MPR_RECORD_OFFER || request->may_borrow ||
               !mpr_deliver_offer(peer, cell, request->type, request->buffer, request->bytes)) {
        return false;
    }
    mpr_request_meet(request, (int)cell->source, cell->tag, peer->rank,
                     (MPI_Count)mpr_record_message_bytes(cell));
    mpr_request_complete(request, MPR_OK);
    return true;
}

static void receive_message(struct mpr_request *request, struct mpr_peer *peer,
                            const struct mpr_cell *cell, const struct mpr_envelope *envelope)
{
    if (mpr_likely(receive_at_once(request, peer, cell))) {
        return;
    }
    if (cell->kind == MPR_RECORD_EAGER) {
        receive_eager(request, peer, cell, envelope);
    } else {
        receive_offer(request, peer, cell, envelope);
    }
}

static void deliver_message(struct mpr_peer *peer, const struct mpr_cell *cell)
{
    struct mpr_envelope envelope = mpr_envelope_of(cell);
    struct mpr_request *request = mpr_match_arrival(&envelope);

    if (request != NULL) {
        receive_message(request, peer, cell, &envelope);
    } else if (mpr_bury_has_ended(envelope.context)) {
        mpr_deliver_release(peer, cell);
    } else {
        mpr_match_keep(keep(peer, cell));
    }
}

/* The request that a record of a peer names. It is there and waits for it: each side keeps its
 * request until the other side's last record; unless a death has ended a collective (p2p/bury.h),
 * of which one side may have heard before the other. NULL then. */
static struct mpr_request *named(const struct mpr_cell *cell)
{
    struct mpr_request *request = mpr_request_find((MPI_Request)(uintptr_t)cell->body.words[0]);
    return request != NULL && !request->complete ? request : NULL;
}

static void deliver_accept(const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        request->peer_request = cell->body.words[1];
        mpr_transfer_send(request, (enum mpr_path)cell->body.words[2]);
    }
}

static void deliver_chunk(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        mpr_transfer_take_chunk(request, (uint32_t)cell->body.words[1], cell->payload_bytes);
    } else {
        mpr_deliver_release(peer, cell);
    }
}

static void deliver_done(const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        mpr_request_complete(request, MPR_OK);
    }
}

static void deliver_retracted(const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        mpr_retract_granted(request);
    }
}

void mpr_deliver(struct mpr_peer *peer, struct mpr_cell *cell)
{
    switch ((enum mpr_record_kind)cell->kind) {
    case MPR_RECORD_EAGER:
    case MPR_RECORD_OFFER:
        deliver_message(peer, cell);
        break;
    case MPR_RECORD_ACCEPT:
        deliver_accept(cell);
        break;
    case MPR_RECORD_CHUNK:
        deliver_chunk(peer, cell);
        break;
    case MPR_RECORD_DONE:
        deliver_done(cell);
        break;
    case MPR_RECORD_RETRACT:
        mpr_retract_asked(peer, cell->body.words[0]);
        break;
    case MPR_RECORD_RETRACTED:
        deliver_retracted(cell);
        break;
    }
    mpr_peer_consume(peer, cell);
}

void mpr_deliver_to(struct mpr_request *request, struct mpr_peer *peer, struct mpr_cell *cell)
{
    struct mpr_envelope envelope = mpr_envelope_of(cell);

    receive_message(request, peer, cell, &envelope);
    mpr_peer_consume(peer, cell);
}

struct mpr_cell *mpr_deliver_posted(struct mpr_peer *peer)
{
    struct mpr_cell *cell;
    bool moved = false;

    while ((cell = mpr_ring_front(&peer->in)) != NULL && mpr_record_is_message(cell)) {
        struct mpr_envelope envelope = mpr_envelope_of(cell);
        struct mpr_request *request = mpr_match_arrival(&envelope);
        if (request == NULL) {
            break;
        }
        receive_message(request, peer, cell, &envelope);
        mpr_peer_consume(peer, cell);
        moved = true;
    }
    if (moved) {
        mpr_wait_notify();
    }
    return cell;
}

int mpr_deliver_kept_at_once(struct mpr_unexpected *message, struct mpr_type *type, void *buffer,
                             MPI_Count capacity_bytes, MPI_Status *status)
{
    const struct mpr_peer *peer = &mpr_peers[message->peer];
    const struct data data = data_of_kept(message);
    MPI_Count stored;
    int code = store(peer, &data, type, buffer, capacity_bytes, &stored);

    release(peer, &data);
    if (status != NULL) {
        mpr_status_set(status, message->envelope.source, message->envelope.tag, stored);
    }
    free(message);
    return code;
}

void mpr_deliver_kept(struct mpr_request *request, struct mpr_unexpected *message)
{
    bind(request, &message->envelope, message->peer, message->peer_request, message->bytes);
    if (message->kind == MPR_RECORD_OFFER) {
        request->address = message->address;
        request->window_offset = message->window_offset;
        free(message);
        mpr_transfer_receive(request);
        return;
    }
    const struct data data = data_of_kept(message);
    finish_eager(request, &mpr_peers[message->peer], &data, message->synchronous);
    free(message);
}
