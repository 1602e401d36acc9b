/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking sends back: MPI_Cancel of one that is not complete.
 *
 * Only the receiver knows whether the message has matched, so it is asked. Question and message
 * travel in one ring: when the question comes, the message is either kept there still, and is
 * dropped and the send is cancelled; or it has matched, or is held by a matched probe, and the
 * answer is what that leads to anyway. Until the receiver looks, the send is not complete. */
#ifndef MPR_P2P_RETRACT_H
#define MPR_P2P_RETRACT_H

#include "p2p/peer.h"
#include "p2p/request.h"

/* For the class of sends: asks the receiver to give the message of `request` back. It is not asked
 * where there is no memory to do so. */
void mpr_retract(struct mpr_request *request);

/* `peer` asks for the message of its request `peer_request` back. */
void mpr_retract_asked(const struct mpr_peer *peer, uint64_t peer_request);

/* The receiver has given the message of `request` back, which is under way. */
void mpr_retract_granted(struct mpr_request *request);

#endif
