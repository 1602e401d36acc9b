/* SPDX-License-Identifier: BSD-3-Clause */
/* What send.c has for those that send on behalf of others. */
#ifndef MPR_P2P_SEND_H
#define MPR_P2P_SEND_H

#include "p2p/p2p.h"
#include "p2p/record.h"

static MPR_INLINE struct mpr_message mpr_send_message(const void *buffer, MPI_Count count,
                                                      const struct mpr_type *type, int tag,
                                                      const struct mpr_comm *comm,
                                                      enum mpr_plane plane)
{
    return (struct mpr_message){
        .envelope = {comm->context + (uint32_t)plane, comm->rank, tag},
        .buffer = buffer,
        .count = count,
        .type = type,
        .bytes = mpr_type_bytes(type, count),
    };
}

/* As mpr_send_start(), but there is no request, *request is NULL, if the message was sent at once,
 * and after an error. */
int mpr_send_begin(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request);

/* Sends without a request if the message is short and there is room now; `dest` is a rank. */
bool mpr_send_at_once(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                      struct mpr_comm *comm, enum mpr_plane plane);

/* The same, in line, for a message that fits into a cell; false for any other. */
static MPR_INLINE bool mpr_send_in_cell(const void *buffer, MPI_Count count, struct mpr_type *type,
                                        int dest, int tag, struct mpr_comm *comm,
                                        enum mpr_plane plane)
{
    struct mpr_peer *peer = &mpr_peers[comm->world_ranks[dest]];
    const struct mpr_message message = mpr_send_message(buffer, count, type, tag, comm, plane);

    return (uint64_t)message.bytes <= MPR_CELL_INLINE_BYTES &&
           mpr_likely(mpr_peer_is_clear(peer)) &&
           mpr_eager_send_in_cell(peer, &message) == MPR_EAGER_SENT;
}

#endif
