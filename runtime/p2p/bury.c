/* SPDX-License-Identifier: BSD-3-Clause */
/* Burying the dead.
 *
 * Deaths are rare and may cost: the operations that end are found by a walk over all requests of
 * the process, so that no list is kept for them while everybody lives. */
#include "p2p/bury.h"

#include "base/error.h"
#include "p2p/deliver.h"
#include "p2p/match.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/progress.h"
#include "p2p/transfer.h"
#include "shm/context.h"

uint32_t mpr_buried_count;
uint32_t mpr_deaths_heard;

/* ---- Who has died ---- */

static const struct mpr_peer *peer_of(const struct mpr_comm *comm, int rank)
{
    return &mpr_peers[comm->world_ranks[rank]];
}

/* The rank in `comm` of the first who was buried as number `since` or later; -1: nobody. */
static int first_dead_since(const struct mpr_comm *comm, uint32_t since)
{
    int first = -1;

    for (int rank = 0; comm->has_dead && rank < comm->remote_size; rank++) {
        const struct mpr_peer *peer = peer_of(comm, rank);
        if (peer->is_dead && peer->burial >= since &&
            (first < 0 || peer->burial < peer_of(comm, first)->burial)) {
            first = rank;
        }
    }
    return first;
}

/* Nobody but this process is left to send anything on `comm`. */
static bool is_deserted(const struct mpr_comm *comm)
{
    bool has_other = false;

    for (int rank = 0; rank < comm->remote_size; rank++) {
        if (comm->world_ranks[rank] != mpr_job.slot) {
            has_other = true;
            if (!peer_of(comm, rank)->is_dead) {
                return false;
            }
        }
    }
    return has_other;
}

static int ask_anybody(struct mpr_comm *comm, int *source)
{
    int dead = first_dead_since(comm, comm->deaths_told);

    if (dead >= 0) {
        comm->deaths_told = peer_of(comm, dead)->burial + 1;
        *source = dead;
        return MPR_ERR_PEER;
    }
    comm->deaths_told = mpr_buried_count;
    return comm->has_dead && is_deserted(comm) ? MPR_ERR_PEER : MPR_OK;
}

int mpr_bury_ask(struct mpr_comm *comm, uint32_t context, int *source)
{
    if (mpr_bury_forbids(comm, context)) {
        return MPR_ERR_PEER;
    }
    if (*source == MPI_ANY_SOURCE) {
        return ask_anybody(comm, source);
    }
    return peer_of(comm, *source)->is_dead ? MPR_ERR_PEER : MPR_OK;
}

/* ---- What ends with them ---- */

static bool is_message(const struct mpr_request *request)
{
    return request->class == &mpr_send_class || request->class == &mpr_recv_class;
}

static bool is_under_way(const struct mpr_request *request)
{
    return is_message(request) && request->active && !request->complete;
}

/* A communicator that the user has freed is known to its operations alone. */
static void note_deaths_of(struct mpr_object *object, void *context)
{
    const struct mpr_request *request = mpr_container_of(object, struct mpr_request, object);

    (void)context;
    if (request->comm != NULL) {
        mpr_comm_note_deaths(request->comm);
    }
}

/* Takes a request that is under way out of every queue and ends it. A receive that has all its
 * data, and only owes the word of it, ends well. */
static void end(struct mpr_request *request)
{
    bool has_data = request->class == &mpr_recv_class && request->action == MPR_ACTION_DONE;

    if (!mpr_list_is_empty(&request->match_link)) {
        mpr_match_withdraw(request);
    }
    mpr_transfer_give_up(request);
    if (request->peer >= 0) { // or it has waited for a message from anybody
        mpr_peer_withdraw(request);
    }
    if (has_data) {
        mpr_request_complete(request, request->error);
    } else {
        request->received_bytes = 0;
        mpr_request_complete(request, MPR_ERR_PEER);
    }
}

/* `context`: the number of the first burial of this time. */
static void end_if_hopeless(struct mpr_object *object, void *context)
{
    struct mpr_request *request = mpr_container_of(object, struct mpr_request, object);
    const uint32_t *since = context;

    if (!is_under_way(request)) {
        return;
    }
    if (request->peer >= 0) {
        // One of no communicator takes a word to a peer, no message.
        if (mpr_peers[request->peer].is_dead ||
            (request->comm != NULL && mpr_bury_forbids(request->comm, request->context))) {
            end(request);
        }
        return;
    }
    int dead = first_dead_since(request->comm, *since);
    if (dead >= 0) {
        mpr_match_withdraw(request);
        request->source = dead;
        request->comm->deaths_told = peer_of(request->comm, dead)->burial + 1;
        end(request);
    }
}

/* ---- Messages that nobody will receive ---- */

struct search {
    uint32_t context;
    bool is_found;
};

static void look_at(struct mpr_object *object, void *context)
{
    const struct mpr_comm *comm = mpr_container_of(object, struct mpr_comm, object);
    struct search *search = context;

    if (mpr_bury_forbids(comm, search->context) ||
        (comm->local != NULL && mpr_bury_forbids(comm->local, search->context))) {
        search->is_found = true;
    }
}

bool mpr_bury_find_ended(uint32_t context)
{
    struct search search = {.context = context};

    if (context % MPR_CONTEXT_PLANES == MPR_PLANE_COLLECTIVE) {
        look_at(&mpr_comm_world->object, &search);
        mpr_handle_each(MPR_KIND_COMM, look_at, &search);
    }
    return search.is_found;
}

static void forget_if_ended(struct mpr_unexpected *message)
{
    if (mpr_bury_find_ended(message->envelope.context)) {
        mpr_match_take(message);
        mpr_deliver_discard(message);
    }
}

/* ---- The burial ---- */

/* The order matters: what the dead has sent may complete what would end with it. */
static void bury(struct mpr_peer *peer)
{
    while (mpr_progress_peer(peer) > 0) {
    }
    mpr_peer_set_dead(peer, mpr_buried_count++);
    mpr_chunk_reclaim(&mpr_chunks, (uint32_t)peer->rank);
}

int mpr_bury(void)
{
    const struct mpr_segment *segment = &mpr_job.segment;
    uint32_t since = mpr_buried_count;

    mpr_deaths_heard = mpr_death_count(segment);
    for (uint32_t slot = 0; slot < segment->geometry.slot_count; slot++) {
        struct mpr_peer *peer = &mpr_peers[slot];
        if (mpr_peer_is_held(peer) && !peer->is_dead && mpr_death_has_taken(segment, slot)) {
            bury(peer);
        }
    }
    if (mpr_buried_count == since) {
        return 0;
    }
    mpr_comms_note_deaths();
    mpr_handle_each(MPR_KIND_REQUEST, note_deaths_of, NULL);
    mpr_handle_each(MPR_KIND_REQUEST, end_if_hopeless, &since);
    mpr_match_each_kept(forget_if_ended);
    return 1;
}
