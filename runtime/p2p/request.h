/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests: operations in flight, and waiting for them.
 *
 * An activated request completes exactly once, by one owner: the progress engine (or the start, for
 * what is done at once). It is freed when nobody holds a reference: the user's handle holds one until
 * the completing call or MPI_Request_free, the transport holds one while the request is active. A
 * persistent request is activated again and again, and keeps its handle. All functions need the
 * library's lock. */
#ifndef MPR_P2P_REQUEST_H
#define MPR_P2P_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/handle.h"
#include "base/list.h"
#include "comm/comm.h"
#include "mpi.h"
#include "type/type.h"

enum mpr_request_kind { MPR_REQUEST_SEND, MPR_REQUEST_RECV };

/* The record that a request owes its peer (p2p/envelope.h); see mpr_record_send(). */
enum mpr_action {
    MPR_ACTION_EAGER,  /* sender: envelope and data */
    MPR_ACTION_OFFER,  /* sender: envelope and where the data is */
    MPR_ACTION_ACCEPT, /* receiver: send me the data, on request->path */
    MPR_ACTION_DONE    /* receiver: the buffer is yours again; completes the receive */
};

/* The chunks that a transfer fills in turn. */
enum { MPR_WINDOW_CHUNKS = 8 };

struct mpr_request {
    struct mpr_object object;
    uint8_t kind;
    uint8_t action;
    uint8_t path; /* enum mpr_path, once accepted */
    bool complete;
    bool cancelled;
    bool synchronous;
    bool buffered;
    bool persistent;
    bool active; /* started, and its completion not collected yet */
    int error; /* 0 or an mpr error; valid once complete */

    /* The result as MPI_Status reports it, valid once complete. For a receive `source` and `tag`
     * hold what is wanted, wildcards included, until the message is known. */
    int source;
    int tag;
    MPI_Count received_bytes;

    struct mpr_comm *comm;
    uint32_t context; /* of the plane in use */
    int other;        /* rank in comm: destination or wanted source, wildcards included */
    int wanted_tag;

    void *buffer; /* const for a send */
    MPI_Count count;
    struct mpr_type *type;
    MPI_Count bytes; /* a send's message; a receive's capacity */

    int peer;              /* world rank of the other end; -1 while unknown */
    uint64_t peer_request; /* the request at the other end, as its handle */
    MPI_Count message_bytes;
    MPI_Count position; /* data bytes moved so far */
    uint64_t address;   /* receiver: where the data lies in the sender; 0 for nowhere */

    uint32_t chunks[MPR_WINDOW_CHUNKS];
    uint32_t chunk_count;

    struct mpr_list match_link; /* posted queue */
    uint64_t match_sequence;
    struct mpr_list peer_link; /* backlog of a peer, list of transfers, or queue for the pipe */
};

/* A request that is not active, with a handle and one reference, the caller's. NULL: no memory. Freed
 * requests are kept and used again. Retains comm. */
struct mpr_request *mpr_request_make(enum mpr_request_kind kind, struct mpr_comm *comm,
                                     struct mpr_type *type);

/* The request that a handle names, or NULL. */
struct mpr_request *mpr_request_find(MPI_Request handle);

static inline MPI_Request mpr_request_handle(const struct mpr_request *request)
{
    return (MPI_Request)request->object.handle;
}

/* Hands the request to the transport, which holds a reference from now on. */
void mpr_request_activate(struct mpr_request *request);

/* Marks `request` complete and drops the transport's reference. */
void mpr_request_complete(struct mpr_request *request, int error);

/* Drops the caller's reference; an operation in flight goes on and completes unseen. */
void mpr_request_release(struct mpr_request *request);

/* Waits until `request` is complete. Does not release it. Returns request->error. */
int mpr_request_wait(struct mpr_request *request);

/* Waits until all are complete, and releases them; NULL entries are skipped. Returns the first
 * error. What collectives use. */
int mpr_request_wait_all(struct mpr_request **requests, int count);

/* Fills *status (not NULL) from a complete request: source, tag, received bytes, cancelled.
 * MPI_ERROR is left alone, as MPI 5.0, 3.2.5 asks of calls that return a single status. */
void mpr_request_status(const struct mpr_request *request, MPI_Status *status);

/* The status of "nothing" (MPI 5.0, 3.7.3: empty) and of MPI_PROC_NULL. */
void mpr_status_set_empty(MPI_Status *status);
void mpr_status_set_proc_null(MPI_Status *status);

/* Where the byte count and the cancelled flag live in the reserved part of MPI_Status. */
MPI_Count mpr_status_bytes(const MPI_Status *status);
void mpr_status_set_bytes(MPI_Status *status, MPI_Count bytes);
bool mpr_status_is_cancelled(const MPI_Status *status);
void mpr_status_set_cancelled(MPI_Status *status, bool cancelled);

/* Sends that are not complete yet. */
int mpr_request_sends_in_flight(void);

#endif
