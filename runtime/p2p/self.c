/* SPDX-License-Identifier: BSD-3-Clause */
/* From one buffer of the process to another. Other threads may sleep until a message comes. */
#include "p2p/self.h"

#include "base/error.h"
#include "p2p/deliver.h"
#include "p2p/match.h"
#include "p2p/wait.h"
#include "shm/job.h"

static void copy(const struct mpr_message *message, const struct mpr_request *recv)
{
    mpr_record_note_received(&mpr_peers[mpr_job.slot], recv->buffer, recv->received_bytes);
    if (mpr_likely(message->type->contiguous)) {
        mpr_data_in(recv->type, recv->buffer, 0, message->buffer, (size_t)recv->received_bytes);
    } else {
        mpr_type_copy(message->type, message->buffer, message->count, recv->type, recv->buffer,
                      recv->count);
    }
}

/* Gives the message to the posted receive that it belongs to, if there is one. */
static bool hand_over(const struct mpr_message *message)
{
    struct mpr_request *recv = mpr_match_arrival(&message->envelope);
    if (recv == NULL) {
        return false;
    }
    const bool fits = message->bytes <= recv->bytes;
    mpr_request_meet(recv, message->envelope.source, message->envelope.tag, mpr_job.slot,
                     fits ? message->bytes : recv->bytes);
    copy(message, recv);
    mpr_request_complete(recv, fits ? MPR_OK : MPR_ERR_TRUNCATE);
    mpr_wait_notify();
    return true;
}

static void keep(struct mpr_unexpected *message)
{
    mpr_match_keep(message);
    mpr_wait_notify();
}

/* Whether a message is sent at once though its receive is not known: as one to another rank is, of
 * which the shortest always fits into a cell. */
static bool may_be_kept(const struct mpr_message *message)
{
    return message->synchronous_request == 0 &&
           (message->bytes <= mpr_tunables.eager_bytes || message->bytes <= MPR_CELL_INLINE_BYTES);
}

enum mpr_eager_result mpr_self_send(const struct mpr_message *message)
{
    if (hand_over(message)) {
        return MPR_EAGER_SENT;
    }
    if (!may_be_kept(message)) {
        return MPR_EAGER_IMPOSSIBLE;
    }
    const size_t bytes = (size_t)message->bytes;
    struct mpr_unexpected *kept =
        mpr_deliver_make_kept(mpr_job.slot, &message->envelope, message->bytes, bytes);
    mpr_data_out(message->type, message->buffer, 0, kept->data, bytes);
    keep(kept);
    return MPR_EAGER_SENT;
}

static void offer(const struct mpr_request *request, const struct mpr_envelope *envelope)
{
    struct mpr_unexpected *kept =
        mpr_deliver_make_kept(mpr_job.slot, envelope, request->bytes, 0);

    kept->kind = MPR_RECORD_OFFER;
    kept->peer_request = request->object.handle;
    kept->address = 0;
    kept->window_offset = MPR_WINDOW_NOWHERE;
    keep(kept);
}

void mpr_self_push(struct mpr_request *request)
{
    const struct mpr_message message = mpr_record_message(request);

    if (mpr_self_send(&message) == MPR_EAGER_SENT) {
        mpr_request_complete(request, MPR_OK);
    } else {
        offer(request, &message.envelope);
    }
}
