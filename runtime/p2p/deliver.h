/* SPDX-License-Identifier: BSD-3-Clause */
/* What arrives: from cells of the rings to receives and requests. */
#ifndef MPR_P2P_DELIVER_H
#define MPR_P2P_DELIVER_H

#include "base/error.h"
#include "p2p/data.h"
#include "p2p/match.h"
#include "p2p/peer.h"
#include "p2p/request.h"

/* Handles the front cell of `peer` and gives it back. Ends the job, saying why, when there is no
 * memory to keep a message that nobody has asked for yet. */
void mpr_deliver(struct mpr_peer *peer, struct mpr_cell *cell);

/* Gives posted receives the messages that have come for them from `peer`, as long as the next one
 * is such. Returns the front cell that is left, whose message, if it is one, no posted receive
 * wants; or NULL. */
struct mpr_cell *mpr_deliver_posted(struct mpr_peer *peer);

/* Hands the message in the front cell of `peer` to an active receive that it matches, and gives
 * the cell back. */
void mpr_deliver_to(struct mpr_request *request, struct mpr_peer *peer, struct mpr_cell *cell);

/* A message from `peer` that is to be kept: an eager one that is not synchronous, with room for its
 * data in it, unless the caller says otherwise. Ends the job, saying why, when there is no memory:
 * leaving the message where it is instead would stop all that come after it, and the job with them,
 * without a word. */
struct mpr_unexpected *mpr_deliver_make_kept(int peer, const struct mpr_envelope *envelope,
                                             MPI_Count message_bytes, size_t kept_bytes);

/* Hands an unexpected message, taken out of its queue, to a receive, and frees it. */
void mpr_deliver_kept(struct mpr_request *request, struct mpr_unexpected *message);

/* The same without a request, where all that is to be done is to copy. `status` may be NULL.
 * Returns what mpr_deliver_data() returns. */
int mpr_deliver_kept_at_once(struct mpr_unexpected *message, struct mpr_type *type, void *buffer,
                             MPI_Count capacity_bytes, MPI_Status *status);

/* Takes the message in the front cell of `peer`, which no posted receive wants, out of the ring. */
struct mpr_unexpected *mpr_deliver_take_out(struct mpr_peer *peer, struct mpr_cell *cell);

/* Frees a message, taken out of its queue, that nobody will ask for. */
void mpr_deliver_discard(struct mpr_unexpected *message);

/* Copies the data of an eager cell to a receive's buffer. Returns 0, MPR_ERR_TRUNCATE, or
 * MPR_ERR_PEER when the sender has died before all was there; *received_bytes is what
 * was stored. */
int mpr_deliver_data(const struct mpr_peer *peer, const struct mpr_cell *cell,
                     struct mpr_type *type, void *buffer, MPI_Count capacity_bytes,
                     MPI_Count *received_bytes);

/* Receives what the cell of `peer` offers, if it is not too long, lies in the sender's window and
 * fits. False: the general way must be taken, and writes all of the buffer that this may have
 * written. */
bool mpr_deliver_offer(struct mpr_peer *peer, const struct mpr_cell *cell, struct mpr_type *type,
                       void *buffer, MPI_Count capacity_bytes);

/* The cell's data has been read: releases its chunk, if it is in one. */
void mpr_deliver_release(const struct mpr_peer *peer, const struct mpr_cell *cell);

/* Whether all that a receive has to do is to copy what lies in the ring: the message is in no
 * chunk, and nobody wants to hear of it. */
static inline bool mpr_deliver_is_copy(const struct mpr_cell *cell)
{
    return cell->kind == MPR_RECORD_EAGER && (cell->flags & ~MPR_CELL_AREA) == 0;
}

/* Where the data of an eager message that is in no chunk lies. */
static inline const void *mpr_deliver_in_ring(const struct mpr_peer *peer,
                                              const struct mpr_cell *cell)
{
    return mpr_likely((cell->flags & MPR_CELL_AREA) == 0) ? cell->body.bytes
                                                          : mpr_ring_payload(&peer->in, cell);
}

/* The last two, in line for data that lies in the ring and fits. */
static inline int mpr_deliver_data_inline(const struct mpr_peer *peer, const struct mpr_cell *cell,
                                          struct mpr_type *type, void *buffer,
                                          MPI_Count capacity_bytes, MPI_Count *received_bytes)
{
    if (mpr_likely((cell->flags & MPR_RECORD_IN_CHUNK) == 0 &&
                   cell->payload_bytes <= capacity_bytes)) {
        *received_bytes = cell->payload_bytes;
        mpr_data_in(type, buffer, 0, mpr_deliver_in_ring(peer, cell), cell->payload_bytes);
        return MPR_OK;
    }
    int code = mpr_deliver_data(peer, cell, type, buffer, capacity_bytes, received_bytes);
    mpr_deliver_release(peer, cell);
    return code;
}

#endif
