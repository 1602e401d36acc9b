/* SPDX-License-Identifier: BSD-3-Clause */
/* The CHUNK path, sender's side: fills chunks while the receiver empties those before. */
#include "base/error.h"
#include "p2p/peer.h"
#include "p2p/transfer_path.h"

enum { CHUNKS_PER_PASS = 16 };

/* The receiver reads one piece while the next is written: where there are fewer than these, half as
 * long ones hide more of the shorter copy. */
enum { PIECES_MIN = 4 };

static uint32_t piece_bytes(const struct mpr_request *request)
{
    MPI_Count left = request->bytes - request->position;
    uint32_t most = mpr_chunk_bytes_max(&mpr_chunks);
    uint32_t piece = mpr_tunables.chunk_bytes < most ? (uint32_t)mpr_tunables.chunk_bytes : most;

    if (request->bytes < PIECES_MIN * (MPI_Count)piece) {
        piece /= 2;
    }
    return left < piece ? (uint32_t)left : piece;
}

static bool send_chunk(struct mpr_peer *peer, struct mpr_request *request)
{
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, 0, NULL);
    if (cell == NULL) {
        return false;
    }
    uint32_t bytes = piece_bytes(request);
    uint32_t chunk = mpr_chunk_take_piece(&mpr_chunks, &bytes, (uint32_t)peer->rank);
    if (chunk == MPR_CHUNK_NONE) {
        return false;
    }
    mpr_store_out(&peer->store, request->type, request->buffer, request->position,
                  mpr_chunk_address(&mpr_chunks, chunk), bytes);
    cell->kind = MPR_RECORD_CHUNK;
    cell->flags = MPR_RECORD_IN_CHUNK;
    cell->payload_bytes = bytes;
    cell->body.words[0] = request->peer_request;
    cell->body.words[1] = chunk;
    mpr_peer_publish(peer, cell);
    request->position += bytes;
    return true;
}

static void finish(struct mpr_request *request)
{
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
