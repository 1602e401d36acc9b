/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking sends back: MPI_Cancel of one that is not complete.
 *
 * Only the receiver knows whether the message has matched, so it is asked. Question and message
 * travel in one ring: when the question comes, the message is either kept there still, and is
 * dropped and the send is cancelled; or it has matched, or is held by a matched probe, and the
 * answer is what that leads to anyway. Until the receiver looks, the send is not complete.
 *
 * One that has finalized looks no more, and has told whatever it had to tell before it said so
 * (F1, shm/job.c). Whoever asks, and then sees that (F2) and nothing more in the ring from there,
 * knows that the message has not matched, and never will: with its last session the receiver has
 * given up all its communicators, so that even if it opens another one, and reads what lies in its
 * ring, no receive of its will be for this message. The sender takes it back by itself. It looks in
 * each pass of progress, and sleeps briefly meanwhile, because a rank that finalizes does not ring.
 * If either side dies, p2p/bury.h ends what the other one has under way. */
#ifndef MPR_P2P_RETRACT_H
#define MPR_P2P_RETRACT_H

#include "p2p/peer.h"
#include "p2p/request.h"

/* For the class of sends: asks the receiver to give the message of `request` back, once. It is not
 * asked where there is no memory to do so. */
void mpr_retract(struct mpr_request *request);

/* `peer` asks for the message of its request `peer_request` back. */
void mpr_retract_asked(const struct mpr_peer *peer, uint64_t peer_request);

/* The receiver has given the message of `request` back, which is under way. */
void mpr_retract_granted(struct mpr_request *request);

#endif
