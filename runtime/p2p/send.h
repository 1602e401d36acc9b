/* SPDX-License-Identifier: BSD-3-Clause */
/* What send.c has for those that send on behalf of others. */
#ifndef MPR_P2P_SEND_H
#define MPR_P2P_SEND_H

#include "p2p/p2p.h"

/* Sends without a request if the message is short and there is room now; `dest` is a rank. */
bool mpr_send_at_once(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                      struct mpr_comm *comm, enum mpr_plane plane);

#endif
