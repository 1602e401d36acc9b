/* SPDX-License-Identifier: BSD-3-Clause */
/* The receiving half of the protocol: one function for each kind of record. */
#include "p2p/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
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

/* An eager message rests in its chunk, if it is in one; otherwise it must leave the ring. */
static bool keep_eager(const struct mpr_peer *peer, const struct mpr_cell *cell,
                       const struct mpr_envelope *envelope)
{
    bool in_chunk = (cell->flags & MPR_RECORD_IN_CHUNK) != 0;
    size_t kept_bytes = in_chunk ? 0 : cell->payload_bytes;
    struct mpr_unexpected *message = malloc(sizeof(*message) + kept_bytes);

    if (message == NULL) {
        return false;
    }
    message->envelope = *envelope;
    message->peer = peer->rank;
    message->kind = MPR_RECORD_EAGER;
    message->synchronous = (cell->flags & MPR_RECORD_SYNC) != 0;
    message->chunk = in_chunk ? (uint32_t)cell->body.words[1] : MPR_CHUNK_NONE;
    message->peer_request = message->synchronous ? cell->body.words[0] : 0;
    message->bytes = cell->payload_bytes;
    if (kept_bytes > 0) {
        memcpy(message->data, mpr_deliver_locate(peer, cell), kept_bytes);
    }
    mpr_match_keep(message);
    return true;
}

static bool deliver_eager(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    struct mpr_envelope envelope = mpr_envelope_of(cell);
    struct mpr_request *request = mpr_match_arrival(&envelope);

    if (request == NULL) {
        return keep_eager(peer, cell, &envelope);
    }
    receive_eager(request, peer, cell, &envelope);
    return true;
}

static bool keep_offer(const struct mpr_peer *peer, const struct mpr_cell *cell,
                       const struct mpr_envelope *envelope)
{
    struct mpr_unexpected *message = malloc(sizeof(*message));

    if (message == NULL) {
        return false;
    }
    message->envelope = *envelope;
    message->peer = peer->rank;
    message->kind = MPR_RECORD_OFFER;
    message->synchronous = false;
    message->chunk = MPR_CHUNK_NONE;
    message->peer_request = cell->body.words[0];
    message->bytes = (MPI_Count)cell->body.words[1];
    message->address = cell->body.words[2];
    mpr_match_keep(message);
    return true;
}

static bool deliver_offer(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    struct mpr_envelope envelope = mpr_envelope_of(cell);
    struct mpr_request *request = mpr_match_arrival(&envelope);

    if (request == NULL) {
        return keep_offer(peer, cell, &envelope);
    }
    bind(request, &envelope, peer->rank, cell->body.words[0], (MPI_Count)cell->body.words[1]);
    request->address = cell->body.words[2];
    mpr_transfer_receive(request);
    return true;
}

/* The request that a record of a peer names. It is there, unless memory was overwritten: each side
 * keeps its request until the other side's last record. */
static struct mpr_request *named(const struct mpr_cell *cell)
{
    return mpr_request_find((MPI_Request)(uintptr_t)cell->body.words[0]);
}

static void deliver_accept(const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        request->peer_request = cell->body.words[1];
        mpr_transfer_send(request, (enum mpr_path)cell->body.words[2]);
    }
}

static void deliver_chunk(const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        mpr_transfer_take_chunk(request, (uint32_t)cell->body.words[1], cell->payload_bytes);
    }
}

static void deliver_done(const struct mpr_cell *cell)
{
    struct mpr_request *request = named(cell);
    if (request != NULL) {
        mpr_request_complete(request, MPR_OK);
    }
}

bool mpr_deliver(struct mpr_peer *peer, struct mpr_cell *cell)
{
    switch ((enum mpr_record_kind)cell->kind) {
    case MPR_RECORD_EAGER:
        if (!deliver_eager(peer, cell)) {
            return false;
        }
        break;
    case MPR_RECORD_OFFER:
        if (!deliver_offer(peer, cell)) {
            return false;
        }
        break;
    case MPR_RECORD_ACCEPT:
        deliver_accept(cell);
        break;
    case MPR_RECORD_CHUNK:
        deliver_chunk(cell);
        break;
    case MPR_RECORD_DONE:
        deliver_done(cell);
        break;
    }
    mpr_peer_consume(peer, cell);
    return true;
}

void mpr_deliver_kept(struct mpr_request *request, struct mpr_unexpected *message)
{
    const struct mpr_peer *peer = &mpr_peers[message->peer];
    const void *data = message->data;
    MPI_Count stored;

    bind(request, &message->envelope, message->peer, message->peer_request, message->bytes);
    if (message->kind == MPR_RECORD_OFFER) {
        request->address = message->address;
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
