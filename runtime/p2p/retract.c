/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking sends back. Question and answer are owed to the peer by requests of their own: that of the
 * send may be in a backlog already, and may end before the question has found room. */
#include "p2p/retract.h"

#include <stdlib.h>

#include "base/error.h"
#include "p2p/deliver.h"
#include "p2p/match.h"
#include "p2p/wait.h"

/* The caller gets a reference. NULL: no memory. */
static struct mpr_request *tell(int peer, enum mpr_action action, uint64_t request)
{
    struct mpr_request *courier = mpr_request_make(&mpr_send_class, NULL);

    if (courier == NULL) {
        return NULL;
    }
    courier->peer = peer;
    courier->peer_request = request;
    mpr_request_activate(courier);
    courier->action = (uint8_t)action;
    mpr_peer_push(courier);
    return courier;
}

/* What a watch looks after: a send that is to be taken back, and the question for it. */
struct retraction {
    struct mpr_request *send;
    struct mpr_request *courier;
};

/* In this order: what is seen of the ring is what it held when the peer had finalized. */
static bool has_left(const struct mpr_peer *peer)
{
    return atomic_load_explicit(&peer->control->state, memory_order_acquire) /* F2 */ ==
               MPR_RANK_FINALIZED &&
           mpr_ring_front(&peer->in) == NULL;
}

/* What never went out goes nowhere any more. */
static void take_back(const struct retraction *retraction)
{
    mpr_peer_withdraw(retraction->send);
    if (!retraction->courier->complete) {
        mpr_peer_withdraw(retraction->courier);
        mpr_request_complete(retraction->courier, MPR_OK);
    }
    mpr_retract_granted(retraction->send);
}

/* It awaits the send, and looks in each pass until then. */
static int advance_watch(struct mpr_request *watch)
{
    const struct retraction *retraction = watch->state;

    if (watch->awaited_count == 0) {
        mpr_wait_unrung--;
        mpr_request_complete(watch, MPR_OK);
        return 0;
    }
    if (has_left(&mpr_peers[retraction->send->peer])) {
        take_back(retraction); // and so this request advances once more
        return 1;
    }
    mpr_request_advance_soon(watch);
    return 0;
}

static void destroy_watch(struct mpr_request *watch)
{
    struct retraction *retraction = watch->state;

    mpr_request_release(retraction->send);
    mpr_request_release(retraction->courier);
    free(retraction);
}

static const struct mpr_request_class watch_class = {.advance = advance_watch,
                                                     .destroy = destroy_watch};

/* Takes over the reference to `courier`. Other threads may sleep already. */
static bool start_watch(struct mpr_request *send, struct mpr_request *courier)
{
    struct retraction *retraction = malloc(sizeof(*retraction));
    struct mpr_request *watch = retraction != NULL ? mpr_request_make(&watch_class, NULL) : NULL;

    if (watch == NULL) {
        free(retraction);
        return false;
    }
    *retraction = (struct retraction){send, courier};
    mpr_request_retain(send);
    watch->state = retraction;
    mpr_request_activate(watch);
    mpr_request_await(watch, send);
    mpr_request_advance_soon(watch);
    mpr_request_release(watch);
    mpr_wait_unrung++;
    mpr_wait_notify();
    return true;
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

static struct mpr_unexpected *find_kept(int peer, uint64_t peer_request)
{
    wanted.peer = peer;
    wanted.request = peer_request;
    wanted.message = NULL;
    mpr_match_each_kept(note_if_wanted);
    return wanted.message;
}

static void drop(struct mpr_unexpected *message)
{
    mpr_match_take(message);
    mpr_deliver_discard(message);
}

/* The receiver is this process: nobody has to be asked. */
static void retract_own(struct mpr_request *request)
{
    struct mpr_unexpected *message = find_kept(request->peer, request->object.handle);

    if (message != NULL) {
        drop(message);
        mpr_retract_granted(request);
        mpr_wait_notify(); // another thread may wait for it
    }
}

void mpr_retract(struct mpr_request *request)
{
    if (request->peer == mpr_job.slot) {
        retract_own(request);
        return;
    }
    if (request->parent != NULL) { // asked already
        return;
    }
    struct mpr_request *courier = tell(request->peer, MPR_ACTION_RETRACT, request->object.handle);
    if (courier != NULL && !start_watch(request, courier)) {
        mpr_request_release(courier);
    }
}

void mpr_retract_asked(const struct mpr_peer *peer, uint64_t peer_request)
{
    struct mpr_unexpected *message = find_kept(peer->rank, peer_request);
    if (message == NULL) {
        return;
    }
    struct mpr_request *courier = tell(peer->rank, MPR_ACTION_RETRACTED, peer_request);
    if (courier != NULL) {
        mpr_request_release(courier);
        drop(message);
    }
}

void mpr_retract_granted(struct mpr_request *request)
{
    request->cancelled = true;
    mpr_request_complete(request, MPR_OK);
}
