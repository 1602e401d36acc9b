/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of this process to itself.
 *
 * They pass no ring: whoever sends has the library's lock, and with it both ends. A message whose
 * receive is posted is copied from buffer to buffer; any other becomes an unexpected one at once, a
 * short one with its data, a long or a synchronous one as an offer. The backlog of the peer that is
 * this process is never clear (p2p/peer.h), so that the quick ways of sending leave its messages to
 * these functions. */
#ifndef MPR_P2P_SELF_H
#define MPR_P2P_SELF_H

#include "p2p/record.h"
#include "p2p/request.h"

/* As mpr_eager_send(): the message is where it belongs, or it must be offered by a request. */
enum mpr_eager_result mpr_self_send(const struct mpr_message *message);

/* For mpr_peer_push(): the message of `request`, a send. */
void mpr_self_push(struct mpr_request *request);

#endif
