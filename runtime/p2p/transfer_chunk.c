/* SPDX-License-Identifier: BSD-3-Clause */
/* The CHUNK path, sender's side: fills a few chunks in turn while the receiver empties the others. */
#include "base/error.h"
#include "p2p/data.h"
#include "p2p/peer.h"
#include "p2p/transfer_path.h"

enum { CHUNKS_PER_PASS = 16 };

/* A chunk of this transfer that the receiver has read, or one more from the pool. */
static uint32_t next_chunk(struct mpr_request *request)
{
    for (uint32_t i = 0; i < request->chunk_count; i++) {
        if (!mpr_chunk_is_busy(&mpr_chunks, request->chunks[i])) {
            return request->chunks[i];
        }
    }
    if (request->chunk_count == MPR_WINDOW_CHUNKS) {
        return MPR_CHUNK_NONE;
    }
    uint32_t chunk = mpr_chunk_take(&mpr_chunks, MPR_CHUNK_TRANSFER);
    if (chunk != MPR_CHUNK_NONE) {
        request->chunks[request->chunk_count++] = chunk;
    }
    return chunk;
}

static bool send_chunk(struct mpr_peer *peer, struct mpr_request *request)
{
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, 0, NULL);
    if (cell == NULL) {
        return false;
    }
    uint32_t chunk = next_chunk(request);
    if (chunk == MPR_CHUNK_NONE) {
        return false;
    }
    MPI_Count left = request->bytes - request->position;
    size_t bytes = left < mpr_chunks.bytes ? (size_t)left : mpr_chunks.bytes;

    mpr_data_out(request->type, request->buffer, request->position,
                 mpr_chunk_bytes(&mpr_chunks, chunk), bytes);
    mpr_chunk_mark_busy(&mpr_chunks, chunk);
    cell->kind = MPR_RECORD_CHUNK;
    cell->flags = 0;
    cell->payload_bytes = (uint32_t)bytes;
    cell->body.words[0] = request->peer_request;
    cell->body.words[1] = chunk;
    mpr_peer_publish(peer, cell);
    request->position += (MPI_Count)bytes;
    return true;
}

static void finish(struct mpr_request *request)
{
    for (uint32_t i = 0; i < request->chunk_count; i++) {
        mpr_chunk_give(&mpr_chunks, request->chunks[i]);
    }
    request->chunk_count = 0;
    mpr_list_remove(&request->peer_link);
    mpr_request_complete(request, MPR_OK);
}

int mpr_chunks_advance(struct mpr_request *request)
{
    struct mpr_peer *peer = &mpr_peers[request->peer];
    int sent = 0;

    while (sent < CHUNKS_PER_PASS && request->position < request->bytes &&
           send_chunk(peer, request)) {
        sent++;
    }
    if (request->position == request->bytes) {
        finish(request);
    }
    return sent;
}
