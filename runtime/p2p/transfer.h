/* SPDX-License-Identifier: BSD-3-Clause */
/* Rendezvous: how the data of an offered message gets from one buffer into the other.
 *
 * The sender offers; when the receive is known the receiver chooses a path and either takes the
 * data itself (SELF, DIRECT, CMA) or accepts, upon which the sender moves it (CHUNK, PIPE):
 *
 *     SELF    receiver: copy, complete both
 *     DIRECT  receiver: copy from the sender's window; DONE     sender completes at DONE
 *     CMA     receiver: read the sender's memory; DONE          sender completes at DONE
 *     CHUNK   receiver: ACCEPT; sender: CHUNK ...               sender completes at its last chunk
 *     PIPE    receiver: ACCEPT; sender: vmsplice ...; DONE      sender completes at DONE
 *
 * A path that turns out to be forbidden (seccomp, ptrace rules, descriptors) falls back to CHUNK
 * silently and is not tried again: a receiver that cannot read accepts on CHUNK instead; a sender
 * that cannot splice sends chunks although PIPE was accepted, and the receiver follows.
 *
 * When the peer dies, or a death ends the collective that the transfer belongs to, it is given up
 * (p2p/bury.h). */
#ifndef MPR_P2P_TRANSFER_H
#define MPR_P2P_TRANSFER_H

#include "p2p/peer.h"
#include "p2p/request.h"

void mpr_transfer_start(void);

/* Gives up what a path keeps for the next transfer; none is under way. */
void mpr_transfer_rest(void);

/* Begins to receive an offered message; peer, peer_request, message_bytes and address of `request`
 * are set, error and received_bytes too. */
void mpr_transfer_receive(struct mpr_request *request);

/* The receiver has accepted `request`, a send, on `path`. */
void mpr_transfer_send(struct mpr_request *request, enum mpr_path path);

/* A chunk of the message has arrived for `request`, a receive. */
void mpr_transfer_take_chunk(struct mpr_request *request, uint32_t chunk, uint32_t bytes);

/* `request`, which is about to end, must not touch its buffer any more. */
void mpr_transfer_give_up(struct mpr_request *request);

/* What is copied at a time by DIRECT at the most: others must get their turn. */
enum { MPR_DIRECT_PASS_BYTES = 1 << 20 };

/* Where the data that `cell` of `peer` offers can be read at present, and the sender told so at
 * once: in its window. NULL: it is for the general way. */
const unsigned char *mpr_direct_offered(const struct mpr_peer *peer, const struct mpr_cell *cell);

/* Takes the whole message, whose `data` that function has found, into `buffer`, which has room, and
 * tells the sender: DIRECT, without a request. False: it cannot be had so, and the offer stands;
 * something may have been written to the buffer. */
bool mpr_direct_take(struct mpr_peer *peer, const struct mpr_cell *cell, const unsigned char *data,
                     struct mpr_type *type, void *buffer);

/* All data of `request`, a receive, is in its buffer: tells the sender, then completes. */
void mpr_transfer_finish_receive(struct mpr_request *request);

/* One bounded pass over all transfers that this side drives. Returns how much moved. */
int mpr_transfer_progress(void);

#endif
