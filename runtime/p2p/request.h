/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests: operations in flight, and waiting for them.
 *
 * An activated request completes exactly once, by one owner: the progress engine (or the start, for
 * what is done at once). It is freed when nobody holds a reference: the user's handle holds one
 * until the completing call or MPI_Request_free, the transport holds one while the request is
 * active. A persistent request is activated again and again, and keeps its handle. All functions
 * need the library's lock.
 *
 * A composite request (a sendrecv, a collective) moves by parts, requests that its class starts and
 * holds, and may be a part itself:
 *
 *     start:    mpr_request_activate(request);
 *               start parts, mpr_request_await(request, part) for each;
 *     advance:  release the parts, start those of the next step and await them,
 *               or after the last step mpr_request_complete(request, error).
 *
 * mpr_progress() calls `advance` when the awaited parts have completed, never from within a
 * completion: no depth of composition is a depth of calls, and what is not ready costs nothing. A
 * step whose parts are all complete at once awaits nothing: the class goes on to the next one
 * itself. */
#ifndef MPR_P2P_REQUEST_H
#define MPR_P2P_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/handle.h"
#include "base/list.h"
#include "comm/comm.h"
#include "mpi.h"
#include "type/type.h"

struct mpr_request;

/* What one kind of request does, for all of its kind. */
struct mpr_request_class {
    /* Activates a request that is not active, and starts it. Returns 0, or an mpr error, and then
     * the request is not active. */
    int (*start)(struct mpr_request *request);

    /* Composite requests: see above. Returns how much has moved. The request may be complete, and
     * gone, afterwards. Must not wait. */
    int (*advance)(struct mpr_request *request);

    /* Takes an active request back, if that is still possible: it completes as cancelled, now or
     * soon. NULL: it is never possible. */
    void (*cancel)(struct mpr_request *request);

    /* The last reference has gone: gives back what `state` holds. NULL: nothing. */
    void (*destroy)(struct mpr_request *request);

    bool binding;  /* may be neither cancelled nor freed while it is active (MPI 5.0, 6.12) */
};

extern MPR_HIDDEN const struct mpr_request_class mpr_send_class;
extern MPR_HIDDEN const struct mpr_request_class mpr_recv_class;

/* The record that a request owes its peer (p2p/envelope.h); see mpr_record_send(). */
enum mpr_action {
    MPR_ACTION_SEND,   /* sender: envelope, and the data or where they are */
    MPR_ACTION_ACCEPT, /* receiver: send me the data, on request->path */
    MPR_ACTION_DONE,   /* receiver: the buffer is yours again; completes the receive */
    MPR_ACTION_RETRACT,  /* p2p/retract.h: give the message of your peer_request back */
    MPR_ACTION_RETRACTED /* and: it is yours again */
};

struct mpr_request {
    struct mpr_object object;
    const struct mpr_request_class *class;
    struct mpr_request *parent; /* the composite request that awaits this one, or NULL */
    void *state;                /* the class's own */

    /* Flags, all clear at first. */
    uint8_t action;
    uint8_t path; /* enum mpr_path, once accepted */
    bool complete;
    bool born_done;    /* when it was started (p2p/done.h) */
    bool paced;    /* a receive that is under way in its peer's pace (p2p/pace.h) */
    bool may_borrow;   /* a receive whose data may stay with the sender (p2p/borrow.h) */
    bool has_borrowed; /* they do, to be returned */
    bool promised; /* another rank counts on it: MPI_Finalize waits until it is complete */
    bool cancelled;
    bool synchronous;
    bool buffered;
    bool persistent;
    bool freed;  /* the user has given up the handle */
    bool active; /* started, and its completion not collected yet */
    int error;   /* 0 or an mpr error; valid once complete */

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
    struct mpr_type *type; /* NULL in a request that moves no data itself */
    MPI_Count bytes;       /* a send's message; a receive's capacity */

    int peer;              /* world rank of the other end; -1 while unknown */
    uint64_t peer_request; /* the request at the other end, as its handle */
    MPI_Count message_bytes;
    MPI_Count position; /* data bytes moved so far */
    uint64_t address;   /* receiver: where the data lies in the sender; 0 for nowhere */
    uint64_t window_offset; /* receiver: and in its window, or MPR_WINDOW_NOWHERE; sender: where in
                             * its own the receiver is to read them, or MPR_WINDOW_UNDECIDED */

    struct mpr_list match_link; /* posted queue */
    uint64_t match_sequence;
    struct mpr_list peer_link; /* backlog of a peer, list of transfers, or queue for the pipe; of a
                                * composite request: the list of those that advance next */

    int awaited_count; /* completions of parts to come before this one advances */
};

/* A request that is not active, with a handle and one reference, the caller's. NULL: no memory.
 * Freed requests are kept and used again. Retains comm. */
struct mpr_request *mpr_request_make(const struct mpr_request_class *class, struct mpr_comm *comm);

/* What a new request moves: sets buffer, count, type, which it retains, and bytes. Items that lie
 * as one gap-free run become bytes, so that every path is open to them. */
void mpr_request_set_data(struct mpr_request *request, const void *buffer, MPI_Count count,
                          struct mpr_type *type);

/* The request that a handle names, or NULL. */
static inline struct mpr_request *mpr_request_find(MPI_Request handle)
{
    return (struct mpr_request *)mpr_handle_find(MPR_KIND_REQUEST, (uintptr_t)handle);
}

/* The same for a handle that the user gives: NULL also for a request that has been freed and only
 * lives on until it is complete. */
static inline struct mpr_request *mpr_request_find_held(MPI_Request handle)
{
    struct mpr_request *request = mpr_request_find(handle);
    return request == NULL || request->freed ? NULL : request;
}

static inline MPI_Request mpr_request_handle(const struct mpr_request *request)
{
    return (MPI_Request)request->object.handle;
}

/* Activates and starts a request that is not active. Returns 0 or an mpr error, and then the
 * request is not active. */
static inline int mpr_request_start(struct mpr_request *request)
{
    return request->class->start(request);
}

/* Takes an active request back, if its class can and it is not too late: a receive that no message
 * has matched; a send that no receive has, when its receiver has said so. */
void mpr_request_cancel(struct mpr_request *request);

/* For classes. Hands the request to the transport, which holds a reference from now on. */
static inline void mpr_request_activate(struct mpr_request *request)
{
    request->object.references++;
    request->active = true;
    request->complete = false;
    request->cancelled = false;
    request->error = MPR_OK;
    request->action = MPR_ACTION_SEND;
    request->position = 0;
    request->received_bytes = 0;
    request->parent = NULL;
    request->awaited_count = 0;
    if (request->comm != NULL) {
        request->comm->active_count++;
    }
}

/* Promised requests in flight. */
extern MPR_HIDDEN int mpr_request_promised;

/* Another rank counts on it that `request`, active, completes. */
static inline void mpr_request_promise(struct mpr_request *request)
{
    request->promised = true;
    mpr_request_promised++;
}

/* What mpr_request_release() does at the last. */
void mpr_request_destroy(struct mpr_request *request);

/* Drops the caller's reference; an operation in flight goes on and completes unseen. */
static inline void mpr_request_release(struct mpr_request *request)
{
    if (--request->object.references == 0) {
        mpr_request_destroy(request);
    }
}

/* For mpr_request_complete(): a part of `parent` has completed. */
void mpr_request_tell_parent(struct mpr_request *parent);

/* Marks `request` complete and drops the transport's reference. */
static inline void mpr_request_complete(struct mpr_request *request, int error)
{
    request->error = error;
    request->complete = true;
    if (request->comm != NULL) {
        request->comm->active_count--;
    }
    mpr_request_promised -= request->promised;
    request->promised = false;
    if (mpr_unlikely(request->parent != NULL)) {
        mpr_request_tell_parent(request->parent);
    }
    mpr_request_release(request);
}

/* `parent`, active, advances when this part too has completed; a part that is complete is not
 * counted. */
void mpr_request_await(struct mpr_request *parent, struct mpr_request *part);

/* `request`, active, advances in the next pass of progress, whatever it awaits. */
void mpr_request_advance_soon(struct mpr_request *request);

/* Advances the composite requests whose time has come, each once. Returns how much has moved. */
int mpr_requests_advance(void);

/* Takes a reference. */
static inline void mpr_request_retain(struct mpr_request *request)
{
    request->object.references++;
}

/* Waits until `request` is complete. Does not release it. Returns request->error. */
int mpr_request_wait(struct mpr_request *request);

/* Waits until all are complete, and releases them; NULL entries are skipped. Returns the first
 * error. What collectives use. */
int mpr_request_wait_all(struct mpr_request **requests, int count);

/* `request`, a receive, has its message, from the world rank `peer`: what its status will say. */
static inline void mpr_request_meet(struct mpr_request *request, int source, int tag, int peer,
                                    MPI_Count received_bytes)
{
    request->source = source;
    request->tag = tag;
    request->peer = peer;
    request->received_bytes = received_bytes;
}

/* The status of "nothing" (MPI 5.0, 3.7.3: empty) and of MPI_PROC_NULL, but for MPI_ERROR. */
void mpr_status_set_empty(MPI_Status *status);
void mpr_status_set_proc_null(MPI_Status *status);

/* Where the byte count and the cancelled flag live in the five reserved words of MPI_Status: the
 * count in two halves, then a word of flags. */
enum { MPR_STATUS_BYTES_LOW, MPR_STATUS_BYTES_HIGH, MPR_STATUS_FLAGS };
enum { MPR_STATUS_CANCELLED = 1 };

static inline MPI_Count mpr_status_bytes(const MPI_Status *status)
{
    MPI_Count bytes;
    memcpy(&bytes, &status->MPI_internal[MPR_STATUS_BYTES_LOW], sizeof(bytes));
    return bytes;
}

static inline void mpr_status_set_bytes(MPI_Status *status, MPI_Count bytes)
{
    memcpy(&status->MPI_internal[MPR_STATUS_BYTES_LOW], &bytes, sizeof(bytes));
}

static inline bool mpr_status_is_cancelled(const MPI_Status *status)
{
    return (status->MPI_internal[MPR_STATUS_FLAGS] & MPR_STATUS_CANCELLED) != 0;
}

static inline void mpr_status_set_cancelled(MPI_Status *status, bool cancelled)
{
    status->MPI_internal[MPR_STATUS_FLAGS] = cancelled ? MPR_STATUS_CANCELLED : 0;
}

/* Fills *status (not NULL) with what a message tells. MPI_ERROR is left alone, as MPI 5.0, 3.2.5
 * asks of calls that return a single status. */
static inline void mpr_status_set(MPI_Status *status, int source, int tag, MPI_Count bytes)
{
    status->MPI_SOURCE = source;
    status->MPI_TAG = tag;
    mpr_status_set_bytes(status, bytes);
    mpr_status_set_cancelled(status, false);
}

/* The same from a complete request, which may have been cancelled. */
static inline void mpr_request_status(const struct mpr_request *request, MPI_Status *status)
{
    mpr_status_set(status, request->source, request->tag, request->received_bytes);
    mpr_status_set_cancelled(status, request->cancelled);
}

#endif
