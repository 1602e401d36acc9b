/* SPDX-License-Identifier: BSD-3-Clause */
/* Progress for a single peer; mpr_progress() of p2p/p2p.h is for all. */
#ifndef MPR_P2P_PROGRESS_H
#define MPR_P2P_PROGRESS_H

#include "p2p/peer.h"

/* The tails of 16 peers lie in one line, but who has seen there that something has come must still
 * fetch its cell: where peers are so few, a pass looks at the cells themselves. */
enum { MPR_PROGRESS_FEW_PEERS = 3 };

/* Delivers the next cell that `peer` has published. Returns whether there was one. */
bool mpr_progress_next(struct mpr_peer *peer);

/* Delivers a bounded number of cells that `peer` has published. Returns how many. */
int mpr_progress_peer(struct mpr_peer *peer);

#endif
