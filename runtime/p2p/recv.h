/* SPDX-License-Identifier: BSD-3-Clause */
/* What recv.c has in line: the receive of a short message that is there already. */
#ifndef MPR_P2P_RECV_H
#define MPR_P2P_RECV_H

#include "p2p/deliver.h"
#include "p2p/done.h"
#include "p2p/match.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/record.h"

static inline struct mpr_envelope mpr_recv_pattern(int source, int tag, const struct mpr_comm *comm,
                                                   enum mpr_plane plane)
{
    return (struct mpr_envelope){comm->context + (uint32_t)plane, source, tag};
}

/* Waits for a receive, tells its status unless that is NULL, and drops the caller's reference.
 * Returns its error. */
int mpr_recv_finish(struct mpr_request *request, MPI_Status *status);

/* mpr_recv() without watching the ring first: for one beside which something else is in flight,
 * that needs progress. */
int mpr_recv_unwatched(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                       struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status);

/* Whether the front cell of a ring is a message that matches. A receive may take it out of the ring
 * if nothing that arrived or was posted earlier can come into it. */
static inline bool mpr_recv_is_ours(const struct mpr_cell *cell, const struct mpr_envelope *pattern)
{
    return mpr_record_is_message(cell) && cell->context == pattern->context &&
           (int)cell->source == pattern->source &&
           (cell->tag == pattern->tag || pattern->tag == MPI_ANY_TAG);
}

/* The cell of a short message that is there and may be received at once: it is the next of its
 * sender, fits, and nothing comes before it. NULL: the general way must be taken. */
static MPR_INLINE struct mpr_cell *mpr_recv_look(const struct mpr_peer *peer,
                                                 const struct mpr_envelope *pattern,
                                                 MPI_Count capacity_bytes)
{
    struct mpr_cell *cell = mpr_ring_front(&peer->in);

    return cell == NULL || !mpr_match_is_empty() || !mpr_deliver_is_copy(cell) ||
                   !mpr_recv_is_ours(cell, pattern) || cell->payload_bytes > capacity_bytes
               ? NULL
               : cell;
}

/* Receives such a message from the rank `source`. Returns a request that is complete; or NULL, and
 * nothing has happened. */
static MPR_INLINE struct mpr_request *mpr_recv_at_once(void *buffer, MPI_Count count,
                                                       struct mpr_type *type, int source, int tag,
                                                       struct mpr_comm *comm, enum mpr_plane plane)
{
    struct mpr_peer *peer = &mpr_peers[comm->world_ranks[source]];
    const struct mpr_envelope pattern = mpr_recv_pattern(source, tag, comm, plane);
    struct mpr_cell *cell = mpr_recv_look(peer, &pattern, mpr_type_bytes(type, count));

    if (cell == NULL) {
        return NULL;
    }
    struct mpr_request *request =
        mpr_request_make_done(&mpr_recv_class, source, cell->tag, cell->payload_bytes);
    if (mpr_likely(request != NULL)) {
        mpr_data_in(type, buffer, 0, mpr_deliver_in_ring(peer, cell), cell->payload_bytes);
        mpr_peer_consume(peer, cell);
    }
    return request;
}

#endif
