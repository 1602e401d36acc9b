/* SPDX-License-Identifier: BSD-3-Clause */
/* Setting up the peers, and their backlogs. */
#include "p2p/peer.h"

#include <stdlib.h>

#include "base/error.h"
#include "p2p/record.h"
#include "shm/job.h"

struct mpr_peer *mpr_peers;
struct mpr_chunk_pool mpr_chunks;

static uint32_t *payload_ends;
static struct mpr_list peers_with_backlog;

static void open_peer(struct mpr_peer *peer, uint32_t rank)
{
    const struct mpr_segment *segment = &mpr_job.segment;
    uint32_t self = (uint32_t)mpr_job.rank;
    struct mpr_ring_place place;

    mpr_ring_place_find(&place, segment, rank, self);
    mpr_ring_producer_open(&peer->out, &place, payload_ends + (size_t)rank * place.cell_count);
    mpr_ring_place_find(&place, segment, self, rank);
    mpr_ring_consumer_open(&peer->in, &place);
    peer->control = mpr_segment_control(segment, rank);
    peer->rank = (int)rank;
    mpr_list_init(&peer->backlog);
    mpr_list_init(&peer->backlog_link);
    mpr_list_init(&peer->dead_link);
}

int mpr_peers_start(void)
{
    uint32_t count = (uint32_t)mpr_job.size;
    size_t cell_count = mpr_job.segment.geometry.ring_cells;

    mpr_list_init(&peers_with_backlog);
    mpr_peers = calloc(count, sizeof(*mpr_peers));
    payload_ends = calloc(count * cell_count, sizeof(*payload_ends));
    if (mpr_peers == NULL || payload_ends == NULL ||
        mpr_chunk_pool_open(&mpr_chunks, &mpr_job.segment, (uint32_t)mpr_job.rank) != MPR_OK) {
        mpr_peers_stop();
        return MPR_ERR_NO_MEMORY;
    }
    for (uint32_t rank = 0; rank < count; rank++) {
        open_peer(&mpr_peers[rank], rank);
    }
    return MPR_OK;
}

void mpr_peers_stop(void)
{
    mpr_chunk_pool_close(&mpr_chunks);
    free(payload_ends);
    free(mpr_peers);
    payload_ends = NULL;
    mpr_peers = NULL;
}

/* Who had only to say that all data has come need not say it. */
MPR_COLD static void push_to_dead(struct mpr_request *request)
{
    mpr_request_complete(request,
                         request->action == MPR_ACTION_DONE ? request->error : MPR_ERR_PEER);
}

void mpr_peer_push(struct mpr_request *request)
{
    struct mpr_peer *peer = &mpr_peers[request->peer];

    if (mpr_unlikely(peer->is_dead)) {
        push_to_dead(request);
        return;
    }
    if (mpr_peer_is_clear(peer)) {
        if (mpr_record_send(peer, request)) {
            return;
        }
        mpr_list_append(&peers_with_backlog, &peer->backlog_link);
    }
    mpr_list_append(&peer->backlog, &request->peer_link);
}

static int flush(struct mpr_peer *peer)
{
    int sent = 0;

    while (!mpr_peer_is_clear(peer)) {
        struct mpr_request *request =
            mpr_list_entry(peer->backlog.next, struct mpr_request, peer_link);
        // Out of the list first: a request that is sent may be gone.
        mpr_list_remove(&request->peer_link);
        if (!mpr_record_send(peer, request)) {
            mpr_list_prepend(&peer->backlog, &request->peer_link);
            break;
        }
        sent++;
    }
    return sent;
}

int mpr_peers_flush(void)
{
    struct mpr_list *link;
    struct mpr_list *next;
    int sent = 0;

    mpr_list_each(link, next, &peers_with_backlog) {
        struct mpr_peer *peer = mpr_list_entry(link, struct mpr_peer, backlog_link);
        sent += flush(peer);
        if (mpr_peer_is_clear(peer)) {
            mpr_list_remove(&peer->backlog_link);
        }
    }
    return sent;
}

bool mpr_peers_have_backlog(void)
{
    return !mpr_list_is_empty(&peers_with_backlog);
}
