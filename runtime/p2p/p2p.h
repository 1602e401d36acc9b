/* SPDX-License-Identifier: BSD-3-Clause */
/* Point-to-point: what the API layer and the collectives call.
 *
 * All functions need the library's lock. Counts, buffers and ranks were checked by the caller;
 * ranks are ranks in `comm`, MPI_PROC_NULL and (for receives) MPI_ANY_SOURCE included. A buffer
 * belongs to the operation from its start to its completion. Errors of a receive (truncation) are
 * reported in the request and by the completing call. */
#ifndef MPR_P2P_P2P_H
#define MPR_P2P_P2P_H

#include "comm/comm.h"
#include "mpi.h"
#include "p2p/match.h"
#include "p2p/request.h"
#include "type/type.h"

enum mpr_send_mode {
    MPR_SEND_STANDARD,
    MPR_SEND_SYNCHRONOUS, /* completes only after its receive has begun */
    MPR_SEND_READY,       /* the user promises that the receive is posted: as standard */
    MPR_SEND_BUFFERED     /* completes at once, from the user's attached buffer (p2p/bsend.h) */
};

/* Attaches the rings of this process (mpr_job must be joined). After it the process can send
 * and receive. Returns 0 or an mpr error. */
int mpr_p2p_start(void);

/* Detaches the buffer of the process, and completes what is still to be sent, requests that the
 * user has freed included. The rings stay: whoever comes back goes on with them. */
void mpr_p2p_settle(void);

/* Starts an operation. Returns 0 and a request that is in flight or already complete, with one
 * reference that the caller owns; or an mpr error and no request. */
int mpr_send_start(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                   struct mpr_request **request);
int mpr_recv_start(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                   struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request);

/* Receives without a request a short message of the rank `source` that is there, if nothing comes
 * before it and it fits. False: nothing has happened, the general way must be taken. */
bool mpr_recv_if_there(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                       struct mpr_comm *comm, enum mpr_plane plane);

/* The same, not started: persistent requests. Started by mpr_request_start(). */
int mpr_send_prepare(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
                     struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode,
                     struct mpr_request **request);
int mpr_recv_prepare(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                     struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request);

/* Blocking forms; the fast path without a request. `status` may be NULL. Return 0 or an mpr error
 * (MPR_ERR_TRUNCATE from a receive: the status is filled all the same). */
int mpr_send(const void *buffer, MPI_Count count, struct mpr_type *type, int dest, int tag,
             struct mpr_comm *comm, enum mpr_plane plane, enum mpr_send_mode mode);
int mpr_recv(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
             struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status);
int mpr_sendrecv(const void *send_buffer, MPI_Count send_count, struct mpr_type *send_type,
                 int dest, int send_tag, void *recv_buffer, MPI_Count recv_count,
                 struct mpr_type *recv_type, int source, int recv_tag, struct mpr_comm *comm,
                 enum mpr_plane plane, MPI_Status *status);

/* The same as one request, whose status is that of the receive. `owned` is NULL or memory from
 * malloc, which goes with the request; after an error it is still the caller's. */
int mpr_sendrecv_start(const void *send_buffer, MPI_Count send_count, struct mpr_type *send_type,
                       int dest, int send_tag, void *recv_buffer, MPI_Count recv_count,
                       struct mpr_type *recv_type, int source, int recv_tag,
                       struct mpr_comm *comm, enum mpr_plane plane, void *owned,
                       struct mpr_request **request);

/* Whether a message that matches has arrived; fills *status if so. All probes return 0, or
 * MPR_ERR_PEER when none will come any more (p2p/bury.h), with the dead as the status's source. */
int mpr_probe_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane, bool *found,
                   MPI_Status *status);
/* Waits until one has. */
int mpr_probe(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane, MPI_Status *status);

/* Whether a message from `source` is the next in its ring; and whether one from anybody is kept.
 * Neither makes progress. */
bool mpr_probe_next(int source, int tag, const struct mpr_comm *comm, enum mpr_plane plane);
bool mpr_probe_kept(int tag, const struct mpr_comm *comm, enum mpr_plane plane);

/* What a matched probe (MPI 5.0, 3.8.2) has found: a message that is kept, or one that lies at the
 * front of its sender's ring still; or nothing. */
struct mpr_found {
    struct mpr_unexpected *kept;
    struct mpr_peer *peer;
    struct mpr_cell *cell;
};

static inline bool mpr_found_any(const struct mpr_found *found)
{
    return found->kept != NULL || found->cell != NULL;
}

/* Looks for a message; the second waits until one has arrived. It is still in its place: who takes
 * it out (mpr_match_take(), mpr_deliver_take_out()) before the lock is let go of has it alone. */
int mpr_probe_find_once(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                        struct mpr_found *found, MPI_Status *status);
int mpr_probe_find(int source, int tag, struct mpr_comm *comm, enum mpr_plane plane,
                   struct mpr_found *found, MPI_Status *status);

/* Starts the receive of a message that has been taken out, of `comm`. */
int mpr_recv_taken_start(void *buffer, MPI_Count count, struct mpr_type *type,
                         struct mpr_unexpected *message, struct mpr_comm *comm,
                         struct mpr_request **request);

/* One bounded pass over everything that can move. Returns how much has moved. */
int mpr_progress(void);

#endif
