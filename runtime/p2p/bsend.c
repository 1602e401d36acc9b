/* SPDX-License-Identifier: BSD-3-Clause */
/* Sending through attached buffers, and waiting until what is in them has left.
 *
 * Whoever waits holds a reference: other threads may send, flush and detach meanwhile. */
#include "p2p/bsend.h"

#include <stdlib.h>

#include "base/error.h"
#include "comm/session.h"
#include "p2p/bsend_pieces.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/send.h"
#include "p2p/wait.h"

struct mpr_attached *mpr_bsend_of_process;

/* The buffer for messages on `comm`, or NULL. */
static struct mpr_attached *find(const struct mpr_comm *comm)
{
    const struct mpr_session *session = comm->group->session;

    if (comm->attached != NULL) {
        return comm->attached;
    }
    return session != NULL && session->attached != NULL ? session->attached : mpr_bsend_of_process;
}

int mpr_bsend_attach(struct mpr_attached **place, void *buffer, MPI_Count bytes)
{
    if (*place != NULL) {
        return MPR_ERR_ARGUMENT;
    }
    if (buffer == NULL) {
        return MPR_OK;
    }
    *place = mpr_attached_make(buffer, bytes);
    return *place != NULL ? MPR_OK : MPR_ERR_NO_MEMORY;
}

/* ---- Sending ---- */

/* Hears of all messages in the buffer that have been received. Not only when there is no room: a
 * piece that is put behind one which has long been received leaves a gap, and the last one of a
 * buffer of just the right size finds no place. */
static void hear(struct mpr_attached *attached)
{
    while (!mpr_pieces_have_left(attached, attached->piece_count) && mpr_progress() > 0) {
    }
}

/* Through the buffer, if it has room. */
static int send_copy(struct mpr_attached *attached, const void *buffer, MPI_Count count,
                     struct mpr_type *type, int dest, int tag, struct mpr_comm *comm)
{
    MPI_Count bytes = mpr_type_bytes(type, count);

    hear(attached);
    struct mpr_piece *piece = mpr_piece_take(attached, bytes);
    if (piece == NULL) {
        return MPR_ERR_NO_SPACE;
    }
    mpr_type_pack(type, buffer, 0, piece->data, (size_t)bytes);
    int code = mpr_send_start(piece->data, bytes, mpr_type_byte, dest, tag, comm, MPR_PLANE_POINT,
                              MPR_SEND_STANDARD, &piece->request);
    if (code != MPR_OK) {
        mpr_piece_return(attached, piece);
    }
    return code;
}

int mpr_bsend(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
              struct mpr_comm *comm)
{
    struct mpr_attached *attached = find(comm);

    if (dest == MPI_PROC_NULL) {
        return MPR_OK;
    }
    if (mpr_send_at_once(buffer, count, type, dest, tag, comm, MPR_PLANE_POINT)) {
        return MPR_OK;
    }
    if (mpr_peers[comm->world_ranks[dest]].is_dead) {
        return MPR_ERR_PEER;
    }
    return attached != NULL ? send_copy(attached, buffer, count, type, dest, tag, comm)
                            : MPR_ERR_NO_SPACE;
}

/* ---- Flushing ---- */

void mpr_bsend_flush(struct mpr_attached **place)
{
    struct mpr_attached *attached = *place;
    struct mpr_wait wait = mpr_wait_begin(-1);

    if (attached == NULL) {
        return;
    }
    const uint64_t end = attached->piece_count;
    attached->references++;
    while (!mpr_pieces_have_left(attached, end)) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    mpr_attached_release(attached);
}

/* What a flush in flight waits for. */
struct flush {
    struct mpr_attached *attached;
    uint64_t end;
};

/* Without a state there was no buffer. */
static int advance_flush(struct mpr_request *request)
{
    const struct flush *flush = request->state;

    if (flush != NULL && !mpr_pieces_have_left(flush->attached, flush->end)) {
        mpr_request_advance_soon(request);
        return 0;
    }
    mpr_request_complete(request, MPR_OK);
    return 1;
}

static void destroy_flush(struct mpr_request *request)
{
    struct flush *flush = request->state;

    if (flush != NULL) {
        mpr_attached_release(flush->attached);
        free(flush);
    }
}

static const struct mpr_request_class flush_class = {.advance = advance_flush,
                                                     .destroy = destroy_flush};

int mpr_bsend_flush_start(struct mpr_attached **place, struct mpr_request **request)
{
    struct mpr_attached *attached = *place;
    struct mpr_request *made = mpr_request_make(&flush_class, NULL);

    if (made == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    if (attached != NULL) {
        struct flush *flush = malloc(sizeof(*flush));
        if (flush == NULL) {
            mpr_request_release(made);
            return MPR_ERR_NO_MEMORY;
        }
        *flush = (struct flush){attached, attached->piece_count};
        attached->references++;
        made->state = flush;
    }
    mpr_request_activate(made);
    mpr_request_advance_soon(made);
    *request = made;
    return MPR_OK;
}

/* ---- Detaching ---- */

/* Messages that other threads send meanwhile are waited for too; of several that detach at once,
 * one gets the buffer. */
void mpr_bsend_detach(struct mpr_attached **place, void **buffer, MPI_Count *bytes)
{
    struct mpr_attached *attached = *place;
    struct mpr_wait wait = mpr_wait_begin(-1);

    *buffer = NULL;
    *bytes = 0;
    if (attached == NULL) {
        return;
    }
    attached->references++;
    while (!mpr_pieces_have_left(attached, attached->piece_count)) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    if (*place == attached) {
        *buffer = attached->buffer;
        *bytes = attached->bytes;
        *place = NULL;
        mpr_attached_release(attached);
    }
    mpr_attached_release(attached);
}

void mpr_bsend_drop(struct mpr_attached **place)
{
    void *buffer;
    MPI_Count bytes;

    mpr_bsend_detach(place, &buffer, &bytes);
}
