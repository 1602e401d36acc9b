/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking sends back. Question and answer are owed to the peer by requests of their own: that of the
 * send may be in a backlog already, and may end before the question has found room. */
#include "p2p/retract.h"

#include "p2p/deliver.h"
#include "p2p/match.h"

static bool tell(int peer, enum mpr_action action, uint64_t request)
{
    struct mpr_request *courier = mpr_request_make(&mpr_send_class, NULL);

    if (courier == NULL) {
        return false;
    }
    courier->peer = peer;
    courier->peer_request = request;
    mpr_request_activate(courier);
    courier->action = (uint8_t)action;
    mpr_peer_push(courier);
    mpr_request_release(courier);
    return true;
}

void mpr_retract(struct mpr_request *request)
{
    (void)tell(request->peer, MPR_ACTION_RETRACT, request->object.handle);
}

/* The message that is searched for. */
static struct {
    int peer;
    uint64_t request;
    struct mpr_unexpected *message; /* NULL: not seen yet */
} wanted;

static void note_if_wanted(struct mpr_unexpected *message)
{
    if (message->peer == wanted.peer && message->peer_request == wanted.request) {
        wanted.message = message;
    }
}

void mpr_retract_asked(const struct mpr_peer *peer, uint64_t peer_request)
{
    wanted.peer = peer->rank;
    wanted.request = peer_request;
    wanted.message = NULL;
    mpr_match_each_kept(note_if_wanted);
    if (wanted.message != NULL && tell(peer->rank, MPR_ACTION_RETRACTED, peer_request)) {
        mpr_match_take(wanted.message);
        mpr_deliver_discard(wanted.message);
    }
}

void mpr_retract_granted(struct mpr_request *request)
{
    request->cancelled = true;
    mpr_request_complete(request, MPR_OK);
}
