/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at requests, and collecting complete ones: what the wait, test and get_status calls
 * share.
 *
 * All forms share one picture: an array of handles, some of them idle; looking at it; collecting
 * what is complete, which gives up the request and sets its handle to MPI_REQUEST_NULL. A wait lets
 * go of the library's lock, and another thread may then free a request that is waited for: its
 * handle names nothing any more and counts as idle, as a null handle does. */
#ifndef MPR_MPI_COMPLETE_H
#define MPR_MPI_COMPLETE_H

#include <stdbool.h>

#include "mpi/api.h"
#include "mpi/grequest.h"
#include "p2p/done.h"

/* Argument checks: one handle or an array of handles, each null or of a request. */
int mpr_arg_request(const MPI_Request *request);
int mpr_arg_requests(int count, const MPI_Request requests[]);
int mpr_arg_requests_some(int count, const MPI_Request requests[], const int *outcount,
                          const int indices[]); /* what the «some» calls take besides */

/* The request of a handle, unless it is idle: a null handle, or a persistent request that is not
 * started. There is nothing to wait for then. */
static inline struct mpr_request *mpr_request_find_busy(MPI_Request handle)
{
    struct mpr_request *request = mpr_request_find_held(handle);
    return request == NULL || !request->active ? NULL : request;
}

/* The user's handle names nothing any more, unless others hold the same. */
static inline void mpr_request_give_up(struct mpr_request *request)
{
    request->freed = request != &mpr_request_sent;
}

/* The first complete request, or -1; *active_count says how many are not idle. */
int mpr_requests_find_complete(int count, const MPI_Request requests[], int *active_count);

/* Whether all are complete or idle. */
bool mpr_requests_are_complete(int count, const MPI_Request requests[]);

/* The same two; where they find nothing they make one pass of progress and look again. */
int mpr_requests_poll_one(int count, const MPI_Request requests[], int *active_count);
bool mpr_requests_poll_all(int count, const MPI_Request requests[]);

/* Waits for a request of the user, which is held and not complete. Returns what its handle names
 * then. */
struct mpr_request *mpr_request_wait_held(struct mpr_request *request);

/* Waits for the request of a handle, if it is not idle. Returns it, complete, or NULL if the handle
 * is idle now. */
static inline struct mpr_request *mpr_request_wait_for(MPI_Request handle)
{
    struct mpr_request *request = mpr_request_find_busy(handle);

    return mpr_likely(request == NULL || request->complete) ? request
                                                            : mpr_request_wait_held(request);
}

/* The first error among the requests of a call. */
struct mpr_failure {
    int index; /* in the array; -1 while there is none */
    int error; /* MPI error code */
    const char *text;
    struct mpr_comm *comm; /* NULL, or a reference: the request may have held the last one */
};

/* The status of `request`, complete, whose handle is at `index`; it is left as it is. Errors of the
 * operation are left to the call that collects it; returned and noted are those of a query
 * function. */
int mpr_request_inspect(struct mpr_request *request, int index, MPI_Status *status,
                        struct mpr_failure *failure);

/* Passes over an idle request: its status is the empty one. */
void mpr_request_skip(MPI_Request *request, MPI_Status *status);

/* Raise the error, if there is one. They return it, or MPI_ERR_IN_STATUS in its place. */
int mpr_failure_raise(const struct mpr_failure *failure);
int mpr_failure_raise_in_status(const struct mpr_failure *failure);

static inline MPI_Status *mpr_status_at(MPI_Status statuses[], int index)
{
    return statuses == MPI_STATUSES_IGNORE ? MPI_STATUS_IGNORE : &statuses[index];
}

/* Of all statuses that a call without an error returns, the empty one alone says so itself
 * (MPI 5.0, 3.7.3). */
static inline void mpr_status_clear(MPI_Status *status)
{
    if (status != MPI_STATUS_IGNORE) {
        mpr_status_set_empty(status);
        status->MPI_ERROR = MPI_SUCCESS;
    }
}

/* In the calls that return several statuses MPI_ERROR is set (MPI 5.0, 3.7.5). */
static inline void mpr_status_set_error(MPI_Status *status, int error)
{
    if (status != MPI_STATUS_IGNORE) {
        status->MPI_ERROR = error;
    }
}

/* For mpr_request_collect(): where it is not that simple. */
int mpr_request_collect_special(struct mpr_request *request, MPI_Request requests[], int index,
                                MPI_Status *status, struct mpr_failure *failure);

/* Takes the result of `request`, complete, whose handle is at `index`, and gives it up, unless it
 * is persistent. Returns its MPI error code, which is noted in *failure if it is the first.
 * Functions of the user (generalized requests) are called: see mpi/api.h. */
static inline int mpr_request_collect(struct mpr_request *request, MPI_Request requests[],
                                      int index, MPI_Status *status, struct mpr_failure *failure)
{
    if (mpr_unlikely(request->persistent || request->error != MPR_OK || mpr_is_grequest(request))) {
        return mpr_request_collect_special(request, requests, index, status, failure);
    }
    requests[index] = MPI_REQUEST_NULL;
    if (status != MPI_STATUS_IGNORE) {
        mpr_request_status(request, status);
    }
    mpr_request_give_up(request);
    mpr_request_release(request);
    return MPI_SUCCESS;
}

#endif
