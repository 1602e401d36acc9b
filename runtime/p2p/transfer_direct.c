/* SPDX-License-Identifier: BSD-3-Clause */
/* The DIRECT path, receiver's side: copies straight out of the sender's window (shm/window.h).
 *
 * The sender has written the data before it published the offer (R1 of shm/ring.h), and touches it
 * again only after it has seen DONE, which the receiver publishes (R1) after its last read: the
 * edges of the rings are those of the data, too. The window stays when its owner dies, so that what
 * was offered can be taken to its end. When a death ends the operation that the message belongs to,
 * the sender may have its buffer back before the receiver has heard of it: so what was copied is
 * believed only if no death is news even after the copying, as with cross-memory attach. */
#include "p2p/bury.h"
#include "p2p/data.h"
#include "p2p/record.h"
#include "p2p/store.h"
#include "p2p/transfer.h"
#include "p2p/transfer_path.h"
#include "shm/window.h"

static const unsigned char *find(int peer, uint64_t offset, uint64_t bytes)
{
    return offset != MPR_WINDOW_NOWHERE ? mpr_window_find((uint32_t)peer, offset, bytes) : NULL;
}

const unsigned char *mpr_direct_find(const struct mpr_request *request)
{
    return find(request->peer, request->window_offset, (uint64_t)request->message_bytes);
}

/* How much of the message the buffer has room for. */
static MPI_Count wanted_bytes(const struct mpr_request *request)
{
    return request->message_bytes < request->bytes ? request->message_bytes : request->bytes;
}

static void copy(struct mpr_type *type, void *buffer, MPI_Count position,
                 const unsigned char *from, size_t bytes)
{
    if (type->contiguous) {
        mpr_store_back((unsigned char *)buffer + position, from, bytes);
    } else {
        mpr_data_in(type, buffer, position, from, bytes);
    }
}

static void copy_part(struct mpr_request *request)
{
    MPI_Count left = wanted_bytes(request) - request->position;
    size_t bytes = left < MPR_DIRECT_PASS_BYTES ? (size_t)left : MPR_DIRECT_PASS_BYTES;

    copy(request->type, request->buffer, request->position,
         mpr_direct_find(request) + request->position, bytes);
    request->position += (MPI_Count)bytes;
}

int mpr_direct_advance(struct mpr_request *request)
{
    if (request->position < wanted_bytes(request)) {
        copy_part(request);
    }
    if (request->position == wanted_bytes(request) && !mpr_bury_is_due_after_reading()) {
        mpr_list_remove(&request->peer_link);
        mpr_transfer_finish_receive(request);
    }
    return 1;
}

const unsigned char *mpr_direct_offered(const struct mpr_peer *peer, const struct mpr_cell *cell)
{
    return mpr_peer_is_clear(peer)
               ? find(peer->rank, cell->body.words[3], mpr_record_message_bytes(cell))
               : NULL;
}

bool mpr_direct_take(struct mpr_peer *peer, const struct mpr_cell *cell, const unsigned char *data,
                     struct mpr_type *type, void *buffer)
{
    copy(type, buffer, 0, data, mpr_record_message_bytes(cell));
    return !mpr_bury_is_due_after_reading() && mpr_record_send_done(peer, cell->body.words[0]);
}
