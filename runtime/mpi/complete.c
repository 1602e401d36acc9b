/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at requests, and collecting complete ones. */
#include "mpi/complete.h"

#include <stdio.h>

#include "p2p/wait.h"

/* ---- Arguments ---- */

static bool is_request(MPI_Request handle)
{
    return handle == MPI_REQUEST_NULL || mpr_request_find_held(handle) != NULL;
}

int mpr_arg_request(const MPI_Request *request)
{
    MPR_TRY(mpr_arg_pointer(NULL, "request", request));
    if (!is_request(*request)) {
        return mpr_raise(NULL, MPI_ERR_REQUEST,
                         "request (%#llx) is no request: it was never started, or has been "
                         "completed",
                         (unsigned long long)(uintptr_t)*request);
    }
    return MPI_SUCCESS;
}

static int arg_requests(const char *count_name, int count, const MPI_Request requests[])
{
    if (mpr_unlikely(count < 0 || (count > 0 && requests == NULL))) {
        MPR_TRY(mpr_arg_count(NULL, count_name, count));
        MPR_TRY(mpr_arg_pointer(NULL, "array_of_requests", requests));
    }
    for (int i = 0; i < count; i++) {
        if (!is_request(requests[i])) {
            return mpr_raise(NULL, MPI_ERR_REQUEST,
                             "array_of_requests[%d] (%#llx) is no request: it was never started, "
                             "or has been completed",
                             i, (unsigned long long)(uintptr_t)requests[i]);
        }
    }
    return MPI_SUCCESS;
}

int mpr_arg_requests(int count, const MPI_Request requests[])
{
    return arg_requests("count", count, requests);
}

int mpr_arg_requests_some(int count, const MPI_Request requests[], const int *outcount,
                          const int indices[])
{
    MPR_TRY(arg_requests("incount", count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "outcount", outcount));
    return count > 0 ? mpr_arg_pointer(NULL, "array_of_indices", indices) : MPI_SUCCESS;
}

/* ---- Looking ---- */

int mpr_requests_find_complete(int count, const MPI_Request requests[], int *active_count)
{
    *active_count = 0;
    for (int i = 0; i < count; i++) {
        const struct mpr_request *request = mpr_request_find_busy(requests[i]);
        if (request == NULL) {
            continue;
        }
        (*active_count)++;
        if (request->complete) {
            return i;
        }
    }
    return -1;
}

bool mpr_requests_are_complete(int count, const MPI_Request requests[])
{
    for (int i = 0; i < count; i++) {
        const struct mpr_request *request = mpr_request_find_busy(requests[i]);
        if (request != NULL && !request->complete) {
            return false;
        }
    }
    return true;
}

int mpr_requests_poll_one(int count, const MPI_Request requests[], int *active_count)
{
    int found = mpr_requests_find_complete(count, requests, active_count);

    if (found < 0 && *active_count > 0 && mpr_wait_poll(count)) {
        found = mpr_requests_find_complete(count, requests, active_count);
    }
    return found;
}

bool mpr_requests_poll_all(int count, const MPI_Request requests[])
{
    return mpr_requests_are_complete(count, requests) ||
           (mpr_wait_poll(count) && mpr_requests_are_complete(count, requests));
}

struct mpr_request *mpr_request_wait_held(struct mpr_request *request)
{
    MPI_Request handle = mpr_request_handle(request);

    mpr_request_retain(request);
    mpr_request_wait(request);
    mpr_request_release(request);
    return mpr_request_find_busy(handle);
}

/* ---- Collecting ---- */

static void note(struct mpr_failure *failure, int index, int error, const char *text,
                 struct mpr_comm *comm)
{
    if (error == MPI_SUCCESS || failure->index >= 0) {
        return;
    }
    *failure = (struct mpr_failure){index, error, text, comm};
    if (comm != NULL) {
        mpr_comm_retain(comm);
    }
}

/* The functions of a generalized request end it: the last one's error counts, then the first one's
 * (MPI 5.0, 13.2). */
static int finish_generalized(struct mpr_request *request, MPI_Status *status)
{
    int query_error = mpr_grequest_query(request, status);
    int free_error = mpr_grequest_free(request);

    return free_error != MPI_SUCCESS ? free_error : query_error;
}

int mpr_request_collect_special(struct mpr_request *request, MPI_Request requests[], int index,
                                MPI_Status *status, struct mpr_failure *failure)
{
    bool is_persistent = request->persistent;
    int error = MPI_SUCCESS;

    // From here on the handle is invalid, and its reference ours.
    if (is_persistent) {
        request->active = false;
    } else {
        mpr_request_give_up(request);
        requests[index] = MPI_REQUEST_NULL;
    }
    if (mpr_unlikely(mpr_is_grequest(request))) {
        error = finish_generalized(request, status);
        note(failure, index, error, "a function of the generalized request has failed", NULL);
    } else {
        if (status != MPI_STATUS_IGNORE) {
            mpr_request_status(request, status);
        }
        if (mpr_unlikely(request->error != MPR_OK)) {
            error = mpr_error_class(request->error);
            note(failure, index, error, mpr_error_text(request->error), request->comm);
        }
    }
    if (!is_persistent) {
        mpr_request_release(request);
    }
    return error;
}

int mpr_request_inspect(struct mpr_request *request, int index, MPI_Status *status,
                        struct mpr_failure *failure)
{
    int error = MPI_SUCCESS;

    if (mpr_is_grequest(request)) {
        mpr_request_retain(request);
        error = mpr_grequest_query(request, status);
        note(failure, index, error, "the query function of the generalized request has failed",
             NULL);
        mpr_request_release(request);
    } else if (status != MPI_STATUS_IGNORE) {
        mpr_request_status(request, status);
    }
    return error;
}

void mpr_request_skip(MPI_Request *request, MPI_Status *status)
{
    mpr_status_clear(status);
    if (mpr_request_find_held(*request) == NULL) {
        *request = MPI_REQUEST_NULL;
    }
}

/* ---- Raising ---- */

int mpr_failure_raise(const struct mpr_failure *failure)
{
    if (mpr_likely(failure->index < 0)) {
        return MPI_SUCCESS;
    }
    int code = mpr_raise(failure->comm, failure->error, "%s", failure->text);
    if (failure->comm != NULL) {
        mpr_comm_release(failure->comm);
    }
    return code;
}

int mpr_failure_raise_in_status(const struct mpr_failure *failure)
{
    char text[128];
    struct mpr_failure whole = *failure;

    if (mpr_likely(failure->index < 0)) {
        return MPI_SUCCESS;
    }
    snprintf(text, sizeof(text), "array_of_requests[%d]: %s", failure->index, failure->text);
    whole.text = text;
    (void)mpr_failure_raise(&whole);
    return MPI_ERR_IN_STATUS;
}
