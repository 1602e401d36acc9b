/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files that start operations. */
#ifndef MPR_P2P_START_H
#define MPR_P2P_START_H

#include "p2p/p2p.h"

/* Activate and start a prepared request of their kind. Return 0 or an mpr error (not active then). */
int mpr_send_activate(struct mpr_request *request);
void mpr_recv_activate(struct mpr_request *request);

/* Sends without a request if the message is short and there is room now; `dest` is a rank. */
bool mpr_send_at_once(const void *buffer, MPI_Count count, struct mpr_type *type, int dest,
                      int tag, struct mpr_comm *comm, enum mpr_plane plane);

#endif
