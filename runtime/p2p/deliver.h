/* SPDX-License-Identifier: BSD-3-Clause */
/* What arrives: from cells of the rings to receives and requests. */
#ifndef MPR_P2P_DELIVER_H
#define MPR_P2P_DELIVER_H

#include "p2p/match.h"
#include "p2p/peer.h"
#include "p2p/request.h"

/* Handles the front cell of `peer` and gives it back. Ends the job, saying why, when there is no memory
 * to keep a message that nobody has asked for yet. */
void mpr_deliver(struct mpr_peer *peer, struct mpr_cell *cell);

/* Hands an unexpected message, taken out of its queue, to a receive, and frees it. */
void mpr_deliver_kept(struct mpr_request *request, struct mpr_unexpected *message);

/* Frees a message, taken out of its queue, that nobody will ask for. */
void mpr_deliver_discard(struct mpr_unexpected *message);

/* Copies the data of an eager cell to a receive's buffer. Returns 0, MPR_ERR_TRUNCATE, or MPR_ERR_PEER
 * when the sender has died before all was there; *received_bytes is what was stored. */
int mpr_deliver_data(const struct mpr_peer *peer, const struct mpr_cell *cell, struct mpr_type *type,
                     void *buffer, MPI_Count capacity_bytes, MPI_Count *received_bytes);

/* The cell's data has been read: releases its chunk, if it is in one. */
void mpr_deliver_release(const struct mpr_peer *peer, const struct mpr_cell *cell);

#endif
