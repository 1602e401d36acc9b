/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffered sends (MPI 5.0, 3.6): messages that cannot leave at once wait in a buffer of the user.
 *
 * A buffer is attached to the process or to a communicator; a communicator's own comes first.
 * `comm` is NULL for the buffer of the process. A process without a buffer behaves as with one of
 * no bytes. */
#ifndef MPR_P2P_BSEND_H
#define MPR_P2P_BSEND_H

#include "comm/comm.h"
#include "mpi.h"
#include "p2p/request.h"
#include "type/type.h"

/* Attaches `buffer`, or as much memory as messages need: MPI_BUFFER_AUTOMATIC. Returns 0,
 * MPR_ERR_ARGUMENT when one is attached already, or MPR_ERR_NO_MEMORY. NULL attaches nothing. */
int mpr_bsend_attach(struct mpr_comm *comm, void *buffer, MPI_Count bytes);

/* Waits until the buffer's messages have left, and takes it off. NULL and 0: there was none. */
void mpr_bsend_detach(struct mpr_comm *comm, void **buffer, MPI_Count *bytes);

/* Detaches a buffer that nobody will ask for any more, if there is one. */
void mpr_bsend_drop(struct mpr_comm *comm);

/* Waits until the messages that are in the buffer now have left; later ones do not count. */
void mpr_bsend_flush(struct mpr_comm *comm);

/* The same as a request. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_bsend_flush_start(struct mpr_comm *comm, struct mpr_request **request);

/* Sends from the user's buffer, or from a copy of the message. Returns 0; MPR_ERR_PEER
 * when the receiver is known to be dead; or MPR_ERR_NO_SPACE: it would have to wait, and no attached
 * buffer has room for it. */
int mpr_bsend(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
              struct mpr_comm *comm);

#endif
