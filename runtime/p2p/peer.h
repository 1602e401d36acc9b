/* SPDX-License-Identifier: BSD-3-Clause */
/* The other ranks as this one sees them: the two rings that connect it with each, and what could
 * not be sent for lack of room. */
#ifndef MPR_P2P_PEER_H
#define MPR_P2P_PEER_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/list.h"
#include "p2p/envelope.h"
#include "p2p/pace.h"
#include "p2p/patience.h"
#include "p2p/request.h"
#include "p2p/store.h"
#include "shm/chunk.h"
#include "shm/doorbell.h"
#include "shm/ring.h"

struct mpr_peer {
    struct mpr_ring_producer out;
    struct mpr_ring_consumer in;
    struct mpr_ring_common common; /* to both */
    struct mpr_rank_control *control;
    int rank;            /* its slot */
    uint32_t generation; /* of the slot, when the rings were opened */
    int polled_index;    /* in mpr_polled; -1: it is in no group of ours, or this process */

    /* Requests whose next record found no room, in the order in which the records must go out: as
     * long as there are any, nothing overtakes them. */
    struct mpr_list backlog;
    struct mpr_list backlog_link; /* in the list of peers that have a backlog */

    /* A dead peer's backlog holds this link for ever, and so does that of this process itself
     * (p2p/self.h): what looks for a backlog only, as the quick ways of sending do, need not ask
     * for either. */
    struct mpr_list closed_link;

    /* When it was last sent something for which this rank waits: how far its ring was read, and how
     * many answers to that were to come (p2p/send.c). */
    uint32_t position_at_send;
    uint32_t answers_at_send;
    struct mpr_patience patience; /* with it, when it is to read something */

    struct mpr_pace pace;   /* of what we receive from it */
    struct mpr_store store; /* of what it reads from our chunks */
    bool is_dead;
    uint32_t burial; /* its number, once dead (p2p/bury.h) */
};

/* By slot; this process itself is one of them. The rings of those that are not held, and
 * never were, are not open. */
extern MPR_HIDDEN struct mpr_peer *mpr_peers;

/* Those that are held, but for this process: whose rings may hold something for us. */
extern MPR_HIDDEN struct mpr_peer **mpr_polled;
extern MPR_HIDDEN int mpr_polled_count;

/* Our chunks. */
extern MPR_HIDDEN struct mpr_chunk_pool mpr_chunks;

/* Whether a peer, not this process, is held; otherwise its memory must not be looked at. */
static inline bool mpr_peer_is_held(const struct mpr_peer *peer)
{
    return peer->control != NULL && peer->polled_index >= 0;
}

/* Passes of progress begin with `peer`, one of mpr_polled. */
void mpr_peer_poll_first(struct mpr_peer *peer);

/* Nothing is sent to the peer any more. */
void mpr_peer_set_dead(struct mpr_peer *peer, uint32_t burial);

int mpr_peers_start(void);

/* Whether a new envelope may go straight to the ring. */
static inline bool mpr_peer_is_clear(const struct mpr_peer *peer)
{
    return mpr_list_is_empty(&peer->backlog);
}

/* Publishes the cell and wakes the peer if it sleeps. */
static inline void mpr_peer_publish(struct mpr_peer *peer, struct mpr_cell *cell)
{
    mpr_ring_publish(&peer->out, cell);
    mpr_doorbell_ring(peer->control);
}

/* Gives the front cell of `peer` back, and wakes the peer if it may have waited for the room. */
static inline void mpr_peer_consume(struct mpr_peer *peer, const struct mpr_cell *cell)
{
    if (mpr_ring_consume(&peer->in, cell)) {
        mpr_doorbell_ring(peer->control);
    }
}

/* Sends the record that `request` owes its peer (request->action), now or as soon as there is room;
 * if the peer is dead the request ends.
 * The request may be complete, and gone, when this returns. */
void mpr_peer_push(struct mpr_request *request);

/* Takes the record that `request` owes its peer out of the backlog, if it is there: it will not be
 * sent. */
void mpr_peer_withdraw(struct mpr_request *request);

/* Sends what the backlogs hold, as far as there is room. Returns how many records went out. */
int mpr_peers_flush(void);

/* Whether a backlog holds anything. */
bool mpr_peers_have_backlog(void);

#endif
