/* SPDX-License-Identifier: BSD-3-Clause */
/* Progress: everything that can move, moves a little. */
#include "p2p/ask.h"
#include "p2p/bury.h"
#include "p2p/deliver.h"
#include "p2p/p2p.h"
#include "p2p/peer.h"
#include "p2p/progress.h"
#include "p2p/transfer.h"
#include "p2p/wait.h"
#include "shm/job.h"

enum { CELLS_PER_PASS = 32 };

bool mpr_progress_next(struct mpr_peer *peer)
{
    struct mpr_cell *cell = mpr_ring_front(&peer->in);

    if (cell == NULL) {
        return false;
    }
    mpr_deliver(peer, cell);
    return true;
}

int mpr_progress_peer(struct mpr_peer *peer)
{
    int delivered = 0;

    while (delivered < CELLS_PER_PASS && mpr_progress_next(peer)) {
        delivered++;
    }
    return delivered;
}

int mpr_progress(void)
{
    const bool are_few = mpr_polled_count <= MPR_PROGRESS_FEW_PEERS;
    int moved = 0;

    for (int i = 0; i < mpr_polled_count; i++) {
        if (are_few || mpr_ring_has_more(&mpr_polled[i]->in)) {
            moved += mpr_progress_peer(mpr_polled[i]);
        }
    }
    moved += mpr_peers_flush();
    moved += mpr_transfer_progress();
    if (mpr_unlikely(mpr_bury_is_due())) {
        moved += mpr_bury();
    }
    moved += mpr_requests_advance();
    moved += mpr_ask_is_open ? mpr_ask_progress() : 0;
    if (moved > 0) {
        mpr_wait_notify();
    }
    return moved;
}
