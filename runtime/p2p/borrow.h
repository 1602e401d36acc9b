/* SPDX-License-Identifier: BSD-3-Clause */
/* Borrowing: receives whose data may stay where the sender has them.
 *
 * Who only reads a message once, to reduce it into something else, need not have a copy. Where it
 * lies in the sender's window (shm/window.h), such a receive completes without having moved a byte,
 * with `buffer` pointing there. The data stay the sender's, whose send is complete when they have
 * been returned. Everywhere else, and where the message is not as long as the buffer, it is a
 * receive like any other, whose data lie in its buffer.
 *
 * All functions need the library's lock. */
#ifndef MPR_P2P_BORROW_H
#define MPR_P2P_BORROW_H

#include "p2p/p2p.h"

/* Starts such a receive of items without gaps: as mpr_recv_start(), from a known source. When it is
 * complete its data lie at (*request)->buffer, to be read only. */
int mpr_borrow_start(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                     struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request);

/* For the transport: lets `request`, a receive that matches a message which can be read in its
 * sender's window, borrow it, if it may. Then it is complete. */
bool mpr_borrow_take(struct mpr_request *request);

/* The data of a complete request, borrowed or not, are read no more. Returns 0, or MPR_ERR_PEER
 * when a death has ended its operation, so that the sender may have changed them before
 * they were read. */
int mpr_borrow_return(struct mpr_request *request);

#endif
