/* SPDX-License-Identifier: BSD-3-Clause */
/* Choosing a path, and the transfers in flight. */
#include "p2p/transfer.h"

#include <assert.h>

#include "base/clock.h"
#include "base/error.h"
#include "p2p/borrow.h"
#include "p2p/data.h"
#include "p2p/record.h"
#include "p2p/transfer_path.h"
#include "p2p/wait.h"
#include "shm/job.h"

/* Transfers that this side must drive: sends on CHUNK, receives on CMA and DIRECT. */
static struct mpr_list active;

void mpr_transfer_start(void)
{
    mpr_list_init(&active);
    mpr_pipe_start();
}

void mpr_transfer_rest(void)
{
    mpr_pipe_stop();
}

void mpr_transfer_activate(struct mpr_request *request)
{
    mpr_list_append(&active, &request->peer_link);
}

static bool both_are_contiguous(const struct mpr_request *request)
{
    return request->address != 0 && request->type->contiguous;
}

static enum mpr_path measured_path(struct mpr_request *request)
{
    struct mpr_peer *peer = &mpr_peers[request->peer];

    if (request->message_bytes < mpr_tunables.cma_bytes || !mpr_cma_is_allowed(peer)) {
        return MPR_PATH_CHUNK;
    }
    // Ranks that share cores cannot copy at once; one copy by one side needs fewer switches.
    if (mpr_job.segment.header->oversubscribed) {
        return MPR_PATH_CMA;
    }
    request->paced = true;
    return mpr_pace_begin(&peer->pace, (uint64_t)request->message_bytes, mpr_clock_ns());
}

/* A receive has all its bytes. */
static void note_arrival(struct mpr_request *request)
{
    struct mpr_peer *peer = &mpr_peers[request->peer];

    mpr_record_note_received(peer, request->buffer, request->received_bytes);
    if (request->paced) {
        request->paced = false;
        mpr_pace_end(&peer->pace, (enum mpr_path)request->path,
                     (uint64_t)request->message_bytes, mpr_clock_ns());
    }
}

static enum mpr_path choose_path(struct mpr_request *request)
{
    if (request->peer == mpr_job.slot) {
        return MPR_PATH_SELF;
    }
    bool may_be_direct = mpr_tunables.copy == MPR_COPY_AUTO || mpr_tunables.copy == MPR_COPY_DIRECT;
    if (may_be_direct && mpr_direct_find(request) != NULL) {
        return MPR_PATH_DIRECT;
    }
    // What cannot be stored is discarded chunk by chunk; the other paths
    // would have no place for it.
    if (!both_are_contiguous(request) || request->message_bytes > request->bytes) {
        return MPR_PATH_CHUNK;
    }
    switch ((enum mpr_copy_choice)mpr_tunables.copy) {
    case MPR_COPY_CMA:
        return mpr_cma_is_allowed(&mpr_peers[request->peer]) ? MPR_PATH_CMA : MPR_PATH_CHUNK;
    case MPR_COPY_PIPE:
        return mpr_pipe_is_there() ? MPR_PATH_PIPE : MPR_PATH_CHUNK;
    case MPR_COPY_AUTO:
        return measured_path(request);
    case MPR_COPY_DIRECT:
    case MPR_COPY_CHUNK:
    default:
        return MPR_PATH_CHUNK;
    }
}

/* Sender and receiver are this process: the send's request has everything. Another thread may sleep
 * until that is complete. */
static void receive_from_self(struct mpr_request *request)
{
    struct mpr_request *send = mpr_request_find((MPI_Request)request->peer_request);

    assert(send != NULL);
    mpr_type_copy(send->type, send->buffer, send->count, request->type, request->buffer,
                  request->count);
    mpr_request_complete(send, MPR_OK);
    mpr_request_complete(request, request->error);
    mpr_wait_notify();
}

void mpr_transfer_accept(struct mpr_request *request, enum mpr_path path)
{
    request->path = (uint8_t)path;
    request->position = 0;
    request->action = MPR_ACTION_ACCEPT;
    mpr_peer_push(request);
}

void mpr_transfer_finish_receive(struct mpr_request *request)
{
    note_arrival(request);
    request->action = MPR_ACTION_DONE;
    mpr_peer_push(request);
}

void mpr_transfer_receive(struct mpr_request *request)
{
    mpr_request_promise(request);
    if (mpr_unlikely(mpr_peers[request->peer].is_dead)) { // what it had offered is gone
        request->received_bytes = 0;
        mpr_request_complete(request, MPR_ERR_PEER);
        return;
    }
    enum mpr_path path = choose_path(request);
    request->position = 0;
    request->path = (uint8_t)path;
    switch (path) {
    case MPR_PATH_SELF:
        receive_from_self(request);
        break;
    case MPR_PATH_CMA:
        mpr_transfer_activate(request);
        break;
    case MPR_PATH_DIRECT:
        if (!mpr_borrow_take(request)) {
            mpr_transfer_activate(request);
            mpr_direct_advance(request);
        }
        break;
    case MPR_PATH_PIPE:
        mpr_pipe_receive(request);
        break;
    case MPR_PATH_CHUNK:
    case MPR_PATH_NONE:
        mpr_transfer_accept(request, MPR_PATH_CHUNK);
        break;
    }
}

void mpr_transfer_send(struct mpr_request *request, enum mpr_path path)
{
    request->path = (uint8_t)path;
    request->position = 0;
    if (path == MPR_PATH_PIPE) {
        mpr_pipe_send(request);
    } else {
        mpr_transfer_activate(request);
    }
}

/* A read or a poll of the engine may be under way; what else there is ends with the lists. */
void mpr_transfer_give_up(struct mpr_request *request)
{
    if (request->path == MPR_PATH_PIPE) {
        mpr_pipe_give_up(request);
    }
    if (request->paced) {
        request->paced = false;
        mpr_pace_drop(&mpr_peers[request->peer].pace);
    }
}

void mpr_transfer_take_chunk(struct mpr_request *request, uint32_t chunk, uint32_t bytes)
{
    const struct mpr_segment *segment = &mpr_job.segment;
    uint32_t owner = (uint32_t)request->peer;
    MPI_Count room = request->bytes - request->position;

    if (request->path == MPR_PATH_PIPE) {
        mpr_pipe_abandon(request);
    }
    if (room > 0) {
        mpr_data_in(request->type, request->buffer, request->position,
                    mpr_chunk_find(segment, owner, chunk), (size_t)(room < bytes ? room : bytes));
    }
    mpr_chunk_release(segment, owner, chunk);
    mpr_doorbell_ring(mpr_peers[owner].control);
    request->position += bytes;
    if (request->position == request->message_bytes) {
        note_arrival(request);
        mpr_request_complete(request, request->error);
    }
}

static int advance(struct mpr_request *request)
{
    switch ((enum mpr_path)request->path) {
    case MPR_PATH_CMA:
        return mpr_cma_advance(request);
    case MPR_PATH_DIRECT:
        return mpr_direct_advance(request);
    default:
        return mpr_chunks_advance(request);
    }
}

int mpr_transfer_progress(void)
{
    struct mpr_list *link;
    struct mpr_list *next;
    int moved = mpr_pipe_progress();

    mpr_list_each(link, next, &active) {
        struct mpr_request *request = mpr_list_entry(link, struct mpr_request, peer_link);
        moved += advance(request);
    }
    return moved;
}
