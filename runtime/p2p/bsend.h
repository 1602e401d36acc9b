/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffered sends (MPI 5.0, 3.6): messages that cannot leave at once wait in a buffer of the user.
 *
 * A buffer is attached to the process or to a communicator; a communicator's own comes first. It is
 * divided into pieces, one for each message that is still on its way, first fit; a piece is free again
 * when its send is complete, which is looked at whenever another is asked for. With
 * MPI_BUFFER_AUTOMATIC the pieces come from malloc. */
#ifndef MPR_P2P_BSEND_H
#define MPR_P2P_BSEND_H

#include "comm/comm.h"
#include "mpi.h"
#include "type/type.h"

/* Attaches `buffer` (or MPI_BUFFER_AUTOMATIC) to `comm`, or to the process where comm is NULL. Returns
 * 0, MPR_ERR_ARGUMENT when one is attached already, or MPR_ERR_NO_MEMORY. */
int mpr_bsend_attach(struct mpr_comm *comm, void *buffer, MPI_Count bytes);

/* Waits until the buffer's messages have left, and takes it off. MPR_ERR_ARGUMENT: there is none. */
int mpr_bsend_detach(struct mpr_comm *comm, void **buffer, MPI_Count *bytes);

/* Waits until the buffer's messages have left; no buffer has none. */
void mpr_bsend_flush(struct mpr_comm *comm);

/* Sends from the user's buffer, or from a copy of the message. Returns 0, or MPR_ERR_NO_SPACE: it would
 * have to wait, and no attached buffer has room for it. */
int mpr_bsend(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
              struct mpr_comm *comm);

#endif
