/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing records into rings. */
#include "p2p/record.h"

#include "base/error.h"
#include "p2p/data.h"
#include "p2p/growing.h"
#include "p2p/resend.h"
#include "shm/job.h"
#include "shm/window.h"

enum { AREA_BYTES = 512 };

enum { SENDS_BEFORE_MOVE = 32, SENDS_BEFORE_MOVE_CROWDED = 8 };

/* The lines of longer messages are in no core's own cache any more when they have been written. */
enum { CACHED_BYTES_MAX = 1 << 20 };

/* Up to here, what comes from afar had better be sent on through chunks. */
enum { FAR_BYTES_MAX = 32 << 10 };

/* The envelope and the facts that all eager messages share. */
static void begin_eager(struct mpr_cell *cell, const struct mpr_message *message)
{
    mpr_record_begin(cell, MPR_RECORD_EAGER, (uint32_t)message->bytes);
    mpr_record_address(cell, &message->envelope);
    if (message->synchronous_request != 0) {
        cell->flags |= MPR_RECORD_SYNC;
        cell->body.words[0] = message->synchronous_request;
    }
}

/* How often memory is sent from before it moves into the window. A page's move costs 3 to 5 µs.
 * Where every rank has a core of its own, a message then saves some 0.1 µs a page; where they share
 * cores, and the copy that is saved is time that others wait for, 0.2 µs, and up to 1 µs in
 * a reduction. */
static unsigned sends_before_move(void)
{
    return mpr_tunables.direct_sends > 0            ? (unsigned)mpr_tunables.direct_sends
           : mpr_job.segment.header->oversubscribed ? SENDS_BEFORE_MOVE_CROWDED
                                                    : SENDS_BEFORE_MOVE;
}

/* Whether a receiver had better read `bytes`, memory of the heap, there than in a chunk. Where
 * cores are shared the second copy costs more than lines that must be taken back; and what exceeds
 * the caches has no lines in them. */
static bool is_better_there(const void *buffer, MPI_Count bytes)
{
    return mpr_tunables.copy == MPR_COPY_DIRECT || mpr_job.segment.header->oversubscribed ||
           bytes >= CACHED_BYTES_MAX || mpr_resend_is_same(buffer, (uint64_t)bytes);
}

/* What comes in is written to the buffer, even if it is what was sent from there. From afar, more
 * than a few lines are written past the cache (p2p/store.h), and so have none to be taken back. */
void mpr_record_note_received(const struct mpr_peer *peer, const void *buffer, MPI_Count bytes)
{
    if (bytes >= mpr_tunables.direct_bytes &&
        (bytes <= FAR_BYTES_MAX || !mpr_store_is_past(&peer->store))) {
        mpr_resend_forget(buffer, (uint64_t)bytes);
    }
}

uint64_t mpr_record_place(const void *buffer, MPI_Count bytes, const struct mpr_type *type)
{
    if (!mpr_record_may_be_read_there(buffer, bytes, type) || !is_better_there(buffer, bytes)) {
        return MPR_WINDOW_NOWHERE;
    }
    uint64_t offset = mpr_window_offset(buffer, (uint64_t)bytes);
    if (offset == MPR_WINDOW_NOWHERE) {
        mpr_window_count(buffer, (uint64_t)bytes, sends_before_move());
        offset = mpr_window_offset(buffer, (uint64_t)bytes);
    }
    return offset;
}

/* How long a message in the ring may be. A near reader's core fetches lines ahead, and behind one
 * message those of the next, just when they are to be written; chunks lie apart. Where data goes
 * past the cache, or ranks share cores, there is nothing to take back, and the ring has less to
 * keep books about. */
static MPI_Count area_bytes(const struct mpr_peer *peer)
{
    if (mpr_tunables.area_bytes > 0) {
        return mpr_tunables.area_bytes;
    }
    bool is_plain = mpr_store_is_past(&peer->store) || mpr_job.segment.header->oversubscribed;
    return is_plain ? MPR_SHORT_BYTES : AREA_BYTES;
}

static bool fits_in_area(const struct mpr_peer *peer, MPI_Count bytes, MPI_Count most)
{
    return bytes <= most && bytes <= mpr_ring_payload_max(&peer->out.place);
}

static enum mpr_eager_result send_in_area(struct mpr_peer *peer, const struct mpr_message *message)
{
    unsigned char *payload = NULL;
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, (uint32_t)message->bytes, &payload);
    if (cell == NULL) {
        return MPR_EAGER_FULL;
    }
    begin_eager(cell, message);
    cell->flags |= MPR_CELL_AREA;
    mpr_store_out(&peer->store, message->type, message->buffer, 0, payload, (size_t)message->bytes);
    mpr_peer_publish(peer, cell);
    return MPR_EAGER_SENT;
}

static enum mpr_eager_result send_in_chunk(struct mpr_peer *peer, const struct mpr_message *message)
{
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, 0, NULL);
    if (cell == NULL) {
        return MPR_EAGER_FULL;
    }
    uint32_t chunk = mpr_chunk_take(&mpr_chunks, (uint32_t)message->bytes, MPR_CHUNK_EAGER,
                                    (uint32_t)peer->rank);
    if (chunk == MPR_CHUNK_NONE) {
        return MPR_EAGER_IMPOSSIBLE;
    }
    begin_eager(cell, message);
    cell->flags |= MPR_RECORD_IN_CHUNK;
    cell->body.words[1] = chunk;
    mpr_growing_send(peer, cell, chunk, message->type, message->buffer, 0);
    return MPR_EAGER_SENT;
}

enum mpr_eager_result mpr_eager_send(struct mpr_peer *peer, const struct mpr_message *message,
                                     uint64_t *window_offset)
{
    MPI_Count bytes = message->bytes;

    if (bytes <= MPR_CELL_INLINE_BYTES && message->synchronous_request == 0) {
        return mpr_eager_send_in_cell(peer, message);
    }
    if (*window_offset == MPR_WINDOW_UNDECIDED) {
        *window_offset = mpr_record_place(message->buffer, bytes, message->type);
    }
    if (*window_offset != MPR_WINDOW_NOWHERE || bytes > mpr_tunables.eager_bytes) {
        return MPR_EAGER_IMPOSSIBLE;
    }
    if (fits_in_area(peer, bytes, area_bytes(peer))) {
        return send_in_area(peer, message);
    }
    if (bytes > mpr_chunk_bytes_max(&mpr_chunks)) {
        return MPR_EAGER_IMPOSSIBLE;
    }
    enum mpr_eager_result result = send_in_chunk(peer, message);
    return result == MPR_EAGER_IMPOSSIBLE && fits_in_area(peer, bytes, MPR_SHORT_BYTES)
               ? send_in_area(peer, message)
               : result;
}

/* An envelope without data, for a send that is too long to be eager. */
static bool send_offer(struct mpr_peer *peer, struct mpr_request *request)
{
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, 0, NULL);
    if (cell == NULL) {
        return false;
    }
    const struct mpr_envelope envelope = {request->context, request->source, request->tag};
    mpr_record_begin(cell, MPR_RECORD_OFFER, 0);
    cell->flags = request->synchronous ? MPR_RECORD_SYNC : 0;
    mpr_record_address(cell, &envelope);
    cell->body.words[0] = request->object.handle;
    cell->body.words[1] = (uint64_t)request->bytes;
    cell->body.words[2] = request->type->contiguous ? (uint64_t)(uintptr_t)request->buffer : 0;
    cell->body.words[3] = request->window_offset;
    request->window_offset = MPR_WINDOW_UNDECIDED; // should it be started again
    mpr_peer_publish(peer, cell);
    return true;
}

static bool send_message(struct mpr_peer *peer, struct mpr_request *request)
{
    const struct mpr_message message = mpr_record_message(request);

    switch (mpr_eager_send(peer, &message, &request->window_offset)) {
    case MPR_EAGER_SENT:
        request->window_offset = MPR_WINDOW_UNDECIDED;
        if (!request->synchronous) {
            mpr_request_complete(request, MPR_OK);
        }
        return true;
    case MPR_EAGER_IMPOSSIBLE:
        return send_offer(peer, request);
    case MPR_EAGER_FULL:
    default:
        return false;
    }
}

static bool send_accept(struct mpr_peer *peer, struct mpr_request *request)
{
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, 0, NULL);
    if (cell == NULL) {
        return false;
    }
    mpr_record_begin(cell, MPR_RECORD_ACCEPT, 0);
    cell->body.words[0] = request->peer_request;
    cell->body.words[1] = request->object.handle;
    cell->body.words[2] = request->path;
    mpr_peer_publish(peer, cell);
    return true;
}

/* A record that says no more than which request of the peer's it is about. */
static bool send_word(struct mpr_peer *peer, enum mpr_record_kind kind, uint64_t peer_request)
{
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, 0, NULL);
    if (cell == NULL) {
        return false;
    }
    mpr_record_begin(cell, kind, 0);
    cell->body.words[0] = peer_request;
    mpr_peer_publish(peer, cell);
    return true;
}

bool mpr_record_send_done(struct mpr_peer *peer, uint64_t peer_request)
{
    return send_word(peer, MPR_RECORD_DONE, peer_request);
}

/* The last that the request has to say. */
static bool send_last_word(struct mpr_peer *peer, struct mpr_request *request,
                           enum mpr_record_kind kind)
{
    if (!send_word(peer, kind, request->peer_request)) {
        return false;
    }
    mpr_request_complete(request, request->error);
    return true;
}

bool mpr_record_send(struct mpr_peer *peer, struct mpr_request *request)
{
    switch ((enum mpr_action)request->action) {
    case MPR_ACTION_SEND:
        return send_message(peer, request);
    case MPR_ACTION_ACCEPT:
        return send_accept(peer, request);
    case MPR_ACTION_DONE:
        return send_last_word(peer, request, MPR_RECORD_DONE);
    case MPR_ACTION_RETRACT:
        return send_last_word(peer, request, MPR_RECORD_RETRACT);
    case MPR_ACTION_RETRACTED:
        return send_last_word(peer, request, MPR_RECORD_RETRACTED);
    }
    return false;
}
