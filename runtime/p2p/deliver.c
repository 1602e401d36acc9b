/* SPDX-License-Identifier: BSD-3-Clause */
/* The receiving half of the protocol: one function for each kind of record. */
#include "p2p/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "p2p/bury.h"
#include "p2p/data.h"
#include "p2p/transfer.h"
#include "shm/job.h"

int mpr_deliver_data(struct mpr_type *type, void *buffer, MPI_Count capacity_bytes,
                     const void *data, MPI_Count message_bytes, MPI_Count *received_bytes)
{
    bool fits = message_bytes <= capacity_bytes;
    MPI_Count bytes = fits ? message_bytes : capacity_bytes;

    if (bytes > 0) {
        mpr_data_in(type, buffer, 0, data, (size_t)bytes);
    }
    *received_bytes = bytes;
    return fits ? MPR_OK : MPR_ERR_TRUNCATE;
}

const void *mpr_deliver_locate(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    if ((cell->flags & MPR_CELL_AREA) != 0) {
        return mpr_ring_payload(&peer->in, cell);
    }
    if ((cell->flags & MPR_RECORD_IN_CHUNK) != 0) {
        return mpr_chunk_find(&mpr_job.segment, (uint32_t)peer->rank,
                              (uint32_t)cell->body.words[1]);
    }
    return cell->body.bytes;
}

static void release_chunk(const struct mpr_peer *peer, uint32_t chunk)
{
    mpr_chunk_release(&mpr_job.segment, (uint32_t)peer->rank, chunk);
    mpr_doorbell_ring(peer->control);
}

void mpr_deliver_release(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    if ((cell->flags & MPR_RECORD_IN_CHUNK) != 0) {
        release_chunk(peer, (uint32_t)cell->body.words[1]);
    }
}

void mpr_deliver_discard(struct mpr_unexpected *message)
{
    if (message->chunk != MPR_CHUNK_NONE) {
        release_chunk(&mpr_peers[message->peer], message->chunk);
    }
    free(message);
}

/* The receive now knows its message. */
static void bind(struct mpr_request *request, const struct mpr_envelope *envelope, int peer,
                 uint64_t peer_request, MPI_Count bytes)
{
    bool fits = bytes <= request->bytes;

    request->source = envelope->source;
    request->tag = envelope->tag;
    request->peer = peer;
    request->peer_request = peer_request;
    request->message_bytes = bytes;
    request->received_bytes = fits ? bytes : request->bytes;
    request->error = fits ? MPR_OK : MPR_ERR_TRUNCATE;
}

/* All data of an eager message is in the buffer. */
static void finish_eager(struct mpr_request *request, bool synchronous)
{
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
    MPI_Count stored;

    bind(request, envelope, peer->rank, synchronous ? cell->body.words[0] : 0,
         cell->payload_bytes);
    mpr_deliver_data(request->type, request->buffer, request->bytes,
                     mpr_deliver_locate(peer, cell), cell->payload_bytes, &stored);
    mpr_deliver_release(peer, cell);
    finish_eager(request, synchronous);
}

/* Memory for a message that is to be kept. Leaving the message where it is instead would stop all that
 * come after it, and the job with them, without a word. */
static struct mpr_unexpected *make_kept(const struct mpr_peer *peer, MPI_Count message_bytes,
                                        size_t kept_bytes)
{
    struct mpr_unexpected *message = malloc(sizeof(*message) + kept_bytes);

    if (message == NULL) {
        mpr_job_fail(MPI_ERR_NO_MEM,
                     "out of memory: no room to keep a message of %lld bytes from rank %d (in the "
                     "world) that arrived before its receive; %u such messages are kept already",
                     (long long)message_bytes, peer->rank, mpr_match_unexpected_count());
    }
    message->peer = peer->rank;
    message->bytes = message_bytes;
    return message;
}

/* An eager message rests in its chunk, if it is in one; otherwise it must leave the ring. */
static void keep_eager(const struct mpr_peer *peer, const struct mpr_cell *cell,
                       const struct mpr_envelope *envelope)
{
    bool in_chunk = (cell->flags & MPR_RECORD_IN_CHUNK) != 0;
    size_t kept_bytes = in_chunk ? 0 : cell->payload_bytes;
    struct mpr_unexpected *message = make_kept(peer, cell->payload_bytes, kept_bytes);

    message->envelope = *envelope;
    message->kind = MPR_RECORD_EAGER;
    message->synchronous = (cell->flags & MPR_RECORD_SYNC) != 0;
    message->chunk = in_chunk ? (uint32_t)cell->body.words[1] : MPR_CHUNK_NONE;
    message->peer_request = message->synchronous ? cell->body.words[0] : 0;
    if (kept_bytes > 0) {
        memcpy(message->data, mpr_deliver_locate(peer, cell), kept_bytes);
    }
    mpr_match_keep(message);
}

static void deliver_eager(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    struct mpr_envelope envelope = mpr_envelope_of(cell);
    struct mpr_request *request = mpr_match_arrival(&envelope);

    if (request == NULL && mpr_bury_has_ended(envelope.context)) {
        mpr_deliver_release(peer, cell);
    } else if (request == NULL) {
        keep_eager(peer, cell, &envelope);
    } else {
        receive_eager(request, peer, cell, &envelope);
    }
}

static void keep_offer(const struct mpr_peer *peer, const struct mpr_cell *cell,
                       const struct mpr_envelope *envelope)
{
    struct mpr_unexpected *message = make_kept(peer, (MPI_Count)cell->body.words[1], 0);

    message->envelope = *envelope;
    message->kind = MPR_RECORD_OFFER;
    message->synchronous = false;
    message->chunk = MPR_CHUNK_NONE;
    message->peer_request = cell->body.words[0];
    message->address = cell->body.words[2];
    message->window_offset = cell->body.words[3];
    mpr_match_keep(message);
}

static void deliver_offer(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    struct mpr_envelope envelope = mpr_envelope_of(cell);
    struct mpr_request *request = mpr_match_arrival(&envelope);

    if (request == NULL) {
        if (!mpr_bury_has_ended(envelope.context)) {
            keep_offer(peer, cell, &envelope);
        }
        return;
    }
    bind(request, &envelope, peer->rank, cell->body.words[0], (MPI_Count)cell->body.words[1]);
    request->address = cell->body.words[2];
    request->window_offset = cell->body.words[3];
    mpr_transfer_receive(request);
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
    uint32_t chunk = (uint32_t)cell->body.words[1];

    if (request != NULL) {
        mpr_transfer_take_chunk(request, chunk, cell->payload_bytes);
    } else {
        release_chunk(peer, chunk);
    }
}

static void deliver_done(const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        mpr_request_complete(request, MPR_OK);
    }
}

void mpr_deliver(struct mpr_peer *peer, struct mpr_cell *cell)
{
    switch ((enum mpr_record_kind)cell->kind) {
    case MPR_RECORD_EAGER:
        deliver_eager(peer, cell);
        break;
    case MPR_RECORD_OFFER:
        deliver_offer(peer, cell);
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
    }
    mpr_peer_consume(peer, cell);
}

void mpr_deliver_kept(struct mpr_request *request, struct mpr_unexpected *message)
{
    const struct mpr_peer *peer = &mpr_peers[message->peer];
    const void *data = message->data;
    MPI_Count stored;

    bind(request, &message->envelope, message->peer, message->peer_request, message->bytes);
    if (message->kind == MPR_RECORD_OFFER) {
        request->address = message->address;
        request->window_offset = message->window_offset;
        free(message);
        mpr_transfer_receive(request);
        return;
    }
    if (message->chunk != MPR_CHUNK_NONE) {
        data = mpr_chunk_find(&mpr_job.segment, (uint32_t)message->peer, message->chunk);
    }
    mpr_deliver_data(request->type, request->buffer, request->bytes, data, message->bytes, &stored);
    if (message->chunk != MPR_CHUNK_NONE) {
        release_chunk(peer, message->chunk);
    }
    bool synchronous = message->synchronous;
    free(message);
    finish_eager(request, synchronous);
}
