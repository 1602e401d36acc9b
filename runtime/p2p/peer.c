/* SPDX-License-Identifier: BSD-3-Clause */
/* Setting up the peers, and their backlogs.
 *
 * Where a ring stands is known to its two processes alone, so a peer that is not held any more
 * keeps its rings as they are: it may come back, with another group. Only under a new generation of
 * its slot, another process, do they begin anew, on wiped memory (shm/slot.h). */
#include "p2p/peer.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/error.h"
#include "p2p/bury.h"
#include "p2p/deliver.h"
#include "p2p/match.h"
#include "p2p/record.h"
#include "p2p/self.h"
#include "shm/hold.h"

struct mpr_peer *mpr_peers;
struct mpr_peer **mpr_polled;
int mpr_polled_count;
struct mpr_chunk_pool mpr_chunks;

static uint32_t *payload_ends; /* for each slot what the ring to it needs */
static struct mpr_list peers_with_backlog;

/* Ranks that share cores do without: a switch takes longer than any transfer, and they tell each
 * other which cell they wait for (p2p/mates.h), which has to be one. */
static void share_cell(struct mpr_peer *peer, uint32_t self, uint32_t slot)
{
    const struct mpr_segment *segment = &mpr_job.segment;

    if (self != slot && !segment->header->oversubscribed) {
        mpr_ring_share(&peer->out, &peer->in, &peer->common,
                       mpr_ring_common_find(segment, self, slot), self < slot);
    }
}

static void open_rings(struct mpr_peer *peer, uint32_t slot)
{
    const struct mpr_segment *segment = &mpr_job.segment;
    uint32_t self = (uint32_t)mpr_job.slot;
    struct mpr_ring_place place;

    *peer = (struct mpr_peer){
        .control = mpr_segment_control(segment, slot),
        .rank = (int)slot,
        .generation = mpr_hold_name((int)slot).generation,
        .polled_index = -1,
    };
    mpr_ring_place_find(&place, segment, slot, self);
    mpr_ring_producer_open(&peer->out, &place, payload_ends + (size_t)slot * place.cell_count);
    mpr_ring_place_find(&place, segment, self, slot);
    mpr_ring_consumer_open(&peer->in, &place);
    share_cell(peer, self, slot);
    mpr_list_init(&peer->backlog);
    mpr_list_init(&peer->backlog_link);
    mpr_list_init(&peer->closed_link);
    if (peer->rank == mpr_job.slot) {
        mpr_list_append(&peer->backlog, &peer->closed_link);
    }
}

static void start_polling(struct mpr_peer *peer)
{
    peer->polled_index = mpr_polled_count;
    mpr_polled[mpr_polled_count++] = peer;
}

static void stop_polling(struct mpr_peer *peer)
{
    struct mpr_peer *last = mpr_polled[--mpr_polled_count];

    mpr_polled[peer->polled_index] = last;
    last->polled_index = peer->polled_index;
    peer->polled_index = -1;
}

void mpr_peer_poll_first(struct mpr_peer *peer)
{
    struct mpr_peer *first = mpr_polled[0];

    mpr_polled[peer->polled_index] = first;
    first->polled_index = peer->polled_index;
    mpr_polled[0] = peer;
    peer->polled_index = 0;
}

static void open_peer(int slot)
{
    struct mpr_peer *peer = &mpr_peers[slot];

    bool is_first = peer->control == NULL;

    if (is_first || peer->generation != mpr_hold_name(slot).generation) {
        if (!is_first) { // the one before may have died unburied
            mpr_chunk_reclaim(&mpr_chunks, (uint32_t)slot);
        }
        open_rings(peer, (uint32_t)slot);
    }
    if (slot != mpr_job.slot) {
        start_polling(peer);
    }
    if (!peer->is_dead && mpr_death_has_taken(&mpr_job.segment, (uint32_t)slot)) {
        mpr_deaths_heard--; // announced before we could hear of it: a burial is due
    }
}

/* The peer that is being closed. */
static int closing;

static void forget_if_closing(struct mpr_unexpected *message)
{
    if (message->peer == closing) {
        mpr_match_take(message);
        mpr_deliver_discard(message);
    }
}

/* With no communicator left, nobody will ask for what the peer has sent. */
static void close_peer(int slot)
{
    if (slot != mpr_job.slot) {
        stop_polling(&mpr_peers[slot]);
    }
    closing = slot;
    mpr_match_each_kept(forget_if_closing);
}

void mpr_peer_set_dead(struct mpr_peer *peer, uint32_t burial)
{
    peer->is_dead = true;
    peer->burial = burial;
    mpr_list_remove(&peer->backlog_link);
    mpr_list_append(&peer->backlog, &peer->closed_link);
}

/* Dead from the start: it is never sent to, and what is received from it is one cell
 * that nobody ever fills. */
static void open_nobody(struct mpr_peer *peer)
{
    static struct mpr_cell empty;
    const struct mpr_ring_place place = {.cells = &empty, .cell_count = 1};

    *peer = (struct mpr_peer){.control = mpr_segment_control(&mpr_job.segment,
                                                             (uint32_t)mpr_hold_nobody()),
                              .rank = mpr_hold_nobody(),
                              .polled_index = -1};
    mpr_ring_consumer_open(&peer->in, &place);
    mpr_list_init(&peer->backlog);
    mpr_list_init(&peer->backlog_link);
    mpr_list_init(&peer->closed_link);
    mpr_peer_set_dead(peer, 0);
}

static const struct mpr_hold_hooks hooks = {open_peer, close_peer};

/* By page and not from malloc, which would zero, and thereby touch, the part of the spare slots. */
static void *take_pages(size_t bytes)
{
    void *pages =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages != MAP_FAILED ? pages : NULL;
}

static void give_pages(void *pages, size_t bytes)
{
    if (pages != NULL) {
        munmap(pages, bytes);
    }
}

static size_t peer_count(void)
{
    return (size_t)mpr_hold_nobody() + 1;
}

static size_t payload_ends_bytes(void)
{
    return peer_count() * mpr_job.segment.geometry.ring_cells * sizeof(*payload_ends);
}

/* What there is, when a start fails. */
static void stop(void)
{
    mpr_holds_set_hooks(NULL);
    mpr_chunk_pool_close(&mpr_chunks);
    give_pages(payload_ends, payload_ends_bytes());
    free(mpr_polled);
    give_pages(mpr_peers, peer_count() * sizeof(*mpr_peers));
    payload_ends = NULL;
    mpr_polled = NULL;
    mpr_polled_count = 0;
    mpr_peers = NULL;
}

int mpr_peers_start(void)
{
    mpr_list_init(&peers_with_backlog);
    mpr_peers = take_pages(peer_count() * sizeof(*mpr_peers));
    mpr_polled = calloc(peer_count(), sizeof(*mpr_polled));
    payload_ends = take_pages(payload_ends_bytes());
    if (mpr_peers == NULL || mpr_polled == NULL || payload_ends == NULL ||
        mpr_chunk_pool_open(&mpr_chunks, &mpr_job.segment, (uint32_t)mpr_job.slot) != MPR_OK) {
        stop();
        return MPR_ERR_NO_MEMORY;
    }
    open_nobody(&mpr_peers[mpr_hold_nobody()]);
    mpr_holds_set_hooks(&hooks);
    return MPR_OK;
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
    } else if (mpr_unlikely(peer->rank == mpr_job.slot)) {
        mpr_self_push(request);
        return;
    }
    mpr_list_append(&peer->backlog, &request->peer_link);
}

void mpr_peer_withdraw(struct mpr_request *request)
{
    struct mpr_peer *peer = &mpr_peers[request->peer];

    mpr_list_remove(&request->peer_link);
    if (mpr_peer_is_clear(peer)) {
        mpr_list_remove(&peer->backlog_link);
    }
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

    if (mpr_likely(mpr_list_is_empty(&peers_with_backlog))) {
        return 0;
    }
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
