/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing records into rings: eager messages, offers, and the small ones that drive a transfer. */
#ifndef MPR_P2P_RECORD_H
#define MPR_P2P_RECORD_H

#include <stdbool.h>

#include "base/tunables.h"
#include "p2p/data.h"
#include "p2p/peer.h"
#include "p2p/request.h"
#include "shm/window.h"

/* What a send has to say. */
struct mpr_message {
    struct mpr_envelope envelope;
    const void *buffer;
    MPI_Count count;
    const struct mpr_type *type;
    MPI_Count bytes;
    uint64_t synchronous_request; /* the request that wants to know of the match; 0 for none */
};

/* What a request for a send has to say. */
static inline struct mpr_message mpr_record_message(const struct mpr_request *request)
{
    return (struct mpr_message){
        .envelope = {request->context, request->source, request->tag},
        .buffer = request->buffer,
        .count = request->count,
        .type = request->type,
        .bytes = request->bytes,
        .synchronous_request = request->synchronous ? request->object.handle : 0,
    };
}

enum mpr_eager_result {
    MPR_EAGER_SENT,
    MPR_EAGER_FULL,      /* no room in the ring now */
    MPR_EAGER_IMPOSSIBLE /* too long, or no chunk to be had: offer it instead */
};

static inline void mpr_record_begin(struct mpr_cell *cell, enum mpr_record_kind kind,
                                    uint32_t payload_bytes)
{
    cell->kind = (uint8_t)kind;
    cell->flags = 0;
    cell->reserved = 0;
    cell->payload_bytes = payload_bytes;
}

static inline void mpr_record_address(struct mpr_cell *cell, const struct mpr_envelope *envelope)
{
    cell->context = envelope->context;
    cell->tag = envelope->tag;
    cell->source = (uint32_t)envelope->source;
}

/* Sends a message of MPR_CELL_INLINE_BYTES at the most, about which nobody wants to hear. The
 * commonest case of mpr_eager_send(), in line. */
static MPR_INLINE enum mpr_eager_result mpr_eager_send_in_cell(struct mpr_peer *peer,
                                                               const struct mpr_message *message)
{
    struct mpr_cell *cell = mpr_ring_reserve(&peer->out, 0, NULL);
    if (mpr_unlikely(cell == NULL)) {
        return MPR_EAGER_FULL;
    }
    mpr_record_begin(cell, MPR_RECORD_EAGER, (uint32_t)message->bytes);
    mpr_record_address(cell, &message->envelope);
    mpr_data_out(message->type, message->buffer, 0, cell->body.bytes, (size_t)message->bytes);
    mpr_peer_publish(peer, cell);
    return MPR_EAGER_SENT;
}

/* Whether a receiver may read `bytes` bytes at `buffer` where they lie, now or when they have moved
 * into the window: then their sender waits for it. */
static inline bool mpr_record_may_be_read_there(const void *buffer, MPI_Count bytes,
                                                const struct mpr_type *type)
{
    return bytes >= mpr_tunables.direct_bytes && type->contiguous && mpr_window_may_have(buffer);
}

/* Where others are to read such data that is sent, or shown, now: their offset in the window, into
 * which they come when they have been sent often enough; or MPR_WINDOW_NOWHERE. To be asked once
 * each time, for it counts. */
uint64_t mpr_record_place(const void *buffer, MPI_Count bytes, const struct mpr_type *type);

/* A message from `peer` is written to the `bytes` at `buffer`, which may be sent on. */
void mpr_record_note_received(const struct mpr_peer *peer, const void *buffer, MPI_Count bytes);

/* Sends the whole message as one record, if it may be and there is room. Decides, where it is
 * undecided, *window_offset: where the receiver is to read the data instead, or
 * MPR_WINDOW_NOWHERE. The caller has seen that the peer has no backlog, or is flushing it. */
enum mpr_eager_result mpr_eager_send(struct mpr_peer *peer, const struct mpr_message *message,
                                     uint64_t *window_offset);

/* Tells `peer`, which has no backlog, that all data of its request has been taken. False: no room
 * now, nothing happened. */
bool mpr_record_send_done(struct mpr_peer *peer, uint64_t peer_request);

/* Sends the record that `request` owes `peer`. False: no room now, nothing happened. When it
 * returns true the request may be complete, and gone. */
bool mpr_record_send(struct mpr_peer *peer, struct mpr_request *request);

#endif
