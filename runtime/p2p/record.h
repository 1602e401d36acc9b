/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing records into rings: eager messages, offers, and the small ones that drive a transfer. */
#ifndef MPR_P2P_RECORD_H
#define MPR_P2P_RECORD_H

#include <stdbool.h>

#include "p2p/peer.h"
#include "p2p/request.h"

/* What a send has to say. */
struct mpr_message {
    struct mpr_envelope envelope;
    const void *buffer;
    MPI_Count count;
    const struct mpr_type *type;
    MPI_Count bytes;
    uint64_t synchronous_request; /* the request that wants to know of the match; 0 for none */
};

enum mpr_eager_result {
    MPR_EAGER_SENT,
    MPR_EAGER_FULL,      /* no room in the ring now */
    MPR_EAGER_IMPOSSIBLE /* too long, or no chunk to be had: offer it instead */
};

/* Sends the whole message as one record, if it may be and there is room. The caller has seen that
 * the peer has no backlog, or is flushing it. */
enum mpr_eager_result mpr_eager_send(struct mpr_peer *peer, const struct mpr_message *message);

/* Sends the record that `request` owes `peer`. False: no room now, nothing happened. When it
 * returns true the request may be complete, and gone. */
bool mpr_record_send(struct mpr_peer *peer, struct mpr_request *request);

#endif
