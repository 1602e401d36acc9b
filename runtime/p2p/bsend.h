/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffered sends (MPI 5.0, 3.6): messages that cannot leave at once wait in a buffer of the user.
 *
 * A buffer is attached to a communicator, to the session that it is derived from, or to the
 * process: the first of these that has one is used. All are named by the place where it is
 * attached: that of a struct mpr_comm or mpr_session, or mpr_bsend_of_process. A place without a
 * buffer behaves as with one of no bytes. */
#ifndef MPR_P2P_BSEND_H
#define MPR_P2P_BSEND_H

#include "base/compiler.h"
#include "comm/comm.h"
#include "mpi.h"
#include "p2p/request.h"
#include "type/type.h"

struct mpr_attached;

extern MPR_HIDDEN struct mpr_attached *mpr_bsend_of_process;

/* Attaches `buffer`, or as much memory as messages need: MPI_BUFFER_AUTOMATIC. Returns 0,
 * MPR_ERR_ARGUMENT when one is attached already, or MPR_ERR_NO_MEMORY. NULL attaches nothing. */
int mpr_bsend_attach(struct mpr_attached **place, void *buffer, MPI_Count bytes);

/* Waits until the buffer's messages have left, and takes it off. NULL and 0: there was none. */
void mpr_bsend_detach(struct mpr_attached **place, void **buffer, MPI_Count *bytes);

/* Detaches a buffer that nobody will ask for any more, if there is one. */
void mpr_bsend_drop(struct mpr_attached **place);

/* Waits until the messages that are in the buffer now have left; later ones do not count. */
void mpr_bsend_flush(struct mpr_attached **place);

/* The same as a request. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_bsend_flush_start(struct mpr_attached **place, struct mpr_request **request);

/* Sends from the user's buffer, or from a copy of the message. Returns 0; MPR_ERR_PEER
 * when the receiver is known to be dead; or MPR_ERR_NO_SPACE: it would have to wait, and no
 * attached buffer has room for it. */
int mpr_bsend(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
              struct mpr_comm *comm);

#endif
