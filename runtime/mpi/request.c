/* SPDX-License-Identifier: BSD-3-Clause */
/* Completing requests: wait and test in all eight forms, and freeing (MPI 5.0, 3.7.3 to 3.7.5).
 *
 * All forms share one picture: an array of handles, some of them null; looking at it; collecting a
 * complete one, which frees its request and sets its handle to MPI_REQUEST_NULL. */
#include "mpi/api.h"
#include "p2p/p2p.h"
#include "p2p/wait.h"

/* Checks the arguments that the array forms share. */
static int check_array(int count, const MPI_Request requests[])
{
    MPR_TRY(mpr_arg_count(NULL, "count", count));
    if (count > 0) {
        MPR_TRY(mpr_arg_pointer(NULL, "array_of_requests", requests));
    }
    for (int i = 0; i < count; i++) {
        if (requests[i] != MPI_REQUEST_NULL && mpr_request_find_held(requests[i]) == NULL) {
            return mpr_raise(NULL, MPI_ERR_REQUEST,
                             "array_of_requests[%d] (%#llx) is no request: it was never started, or "
                             "has been completed",
                             i, (unsigned long long)(uintptr_t)requests[i]);
        }
    }
    return MPI_SUCCESS;
}

static int check_one(const MPI_Request *request)
{
    MPR_TRY(mpr_arg_pointer(NULL, "request", request));
    if (*request != MPI_REQUEST_NULL && mpr_request_find_held(*request) == NULL) {
        return mpr_raise(NULL, MPI_ERR_REQUEST,
                         "request (%#llx) is no request: it was never started, or has been completed",
                         (unsigned long long)(uintptr_t)*request);
    }
    return MPI_SUCCESS;
}

/* A null handle, or a persistent request that is not started: nothing to wait for. */
static bool is_inactive(MPI_Request handle)
{
    return handle == MPI_REQUEST_NULL || !mpr_request_find_held(handle)->active;
}

static bool is_complete(MPI_Request handle)
{
    return mpr_request_find_held(handle)->complete;
}

/* The first error among the requests that a call collects. */
struct failure {
    int index; /* in the array; -1 while there is none */
    int code;
    struct mpr_comm *comm; /* a reference: the request may have held the last one */
};

/* Takes the result of the complete request at `index` and frees it, unless it is persistent. Returns
 * its mpr error, which is noted in *failure if it is the first. */
static int collect(MPI_Request requests[], int index, MPI_Status *status, struct failure *failure)
{
    struct mpr_request *request = mpr_request_find_held(requests[index]);
    int code = request->error;

    if (status != MPI_STATUS_IGNORE) {
        mpr_request_status(request, status);
    }
    if (code != MPR_OK && failure->index < 0) {
        *failure = (struct failure){index, code, request->comm};
        mpr_comm_retain(request->comm);
    }
    request->active = false;
    if (!request->persistent) {
        mpr_request_release(request);
        requests[index] = MPI_REQUEST_NULL;
    }
    return code;
}

static int collect_one(MPI_Request requests[], int index, MPI_Status *status)
{
    struct failure failure = {.index = -1};
    int code = collect(requests, index, status, &failure);

    if (code == MPR_OK) {
        return MPI_SUCCESS;
    }
    code = mpr_result(failure.comm, code);
    mpr_comm_release(failure.comm);
    return code;
}

static int raise_in_status(const struct failure *failure)
{
    if (failure->index < 0) {
        return MPI_SUCCESS;
    }
    int code = mpr_raise(failure->comm, MPI_ERR_IN_STATUS, "array_of_requests[%d]: %s",
                         failure->index, mpr_error_text(failure->code));
    mpr_comm_release(failure->comm);
    return code;
}

static void set_empty(MPI_Status *status)
{
    if (status != MPI_STATUS_IGNORE) {
        mpr_status_set_empty(status);
    }
}

static MPI_Status *status_at(MPI_Status statuses[], int index)
{
    return statuses == MPI_STATUSES_IGNORE ? MPI_STATUS_IGNORE : &statuses[index];
}

/* ---- One request -------------------------------------------------------------------------- */

static int wait_one(MPI_Request *request, MPI_Status *status)
{
    MPR_TRY(check_one(request));
    if (is_inactive(*request)) {
        set_empty(status);
        return MPI_SUCCESS;
    }
    mpr_request_wait(mpr_request_find_held(*request));
    return collect_one(request, 0, status);
}

static int test_one(MPI_Request *request, int *flag, MPI_Status *status)
{
    MPR_TRY(check_one(request));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = 1;
    if (is_inactive(*request)) {
        set_empty(status);
        return MPI_SUCCESS;
    }
    if (!is_complete(*request)) {
        mpr_wait_poll();
        if (!is_complete(*request)) {
            *flag = 0;
            return MPI_SUCCESS;
        }
    }
    return collect_one(request, 0, status);
}

/* Whether the request is of a kind that must stay until it is complete, and is active. */
static bool is_bound(const struct mpr_request *request)
{
    return request->active && request->class->binding;
}

static int free_one(MPI_Request *request)
{
    MPR_TRY(check_one(request));
    if (*request == MPI_REQUEST_NULL) {
        return mpr_raise(NULL, MPI_ERR_REQUEST, "request is MPI_REQUEST_NULL");
    }
    struct mpr_request *found = mpr_request_find_held(*request);
    if (is_bound(found)) {
        return mpr_raise(found->comm, MPI_ERR_REQUEST,
                         "request is of a collective that is active: complete it instead");
    }
    found->freed = true;
    mpr_request_release(found);
    *request = MPI_REQUEST_NULL;
    return MPI_SUCCESS;
}

/* Like a test that leaves the request alone. */
static int get_status(MPI_Request handle, int *flag, MPI_Status *status)
{
    MPR_TRY(check_one(&handle));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = 1;
    if (is_inactive(handle)) {
        set_empty(status);
        return MPI_SUCCESS;
    }
    if (!is_complete(handle)) {
        mpr_wait_poll();
    }
    *flag = is_complete(handle);
    if (*flag && status != MPI_STATUS_IGNORE) {
        mpr_request_status(mpr_request_find_held(handle), status);
    }
    return MPI_SUCCESS;
}

static int cancel(const MPI_Request *request)
{
    MPR_TRY(check_one(request));
    if (is_inactive(*request)) {
        return mpr_raise(NULL, MPI_ERR_REQUEST, "request is not active: there is nothing to cancel");
    }
    struct mpr_request *found = mpr_request_find_held(*request);
    if (is_bound(found)) {
        return mpr_raise(found->comm, MPI_ERR_REQUEST,
                         "request is of a collective, which cannot be cancelled");
    }
    mpr_request_cancel(found);
    return MPI_SUCCESS;
}

/* ---- Looking at arrays -------------------------------------------------------------------- */

/* The first complete request, or -1; *active_count says how many are not null. */
static int find_complete(int count, const MPI_Request requests[], int *active_count)
{
    *active_count = 0;
    for (int i = 0; i < count; i++) {
        if (is_inactive(requests[i])) {
            continue;
        }
        (*active_count)++;
        if (is_complete(requests[i])) {
            return i;
        }
    }
    return -1;
}

static bool all_complete(int count, const MPI_Request requests[])
{
    for (int i = 0; i < count; i++) {
        if (!is_inactive(requests[i]) && !is_complete(requests[i])) {
            return false;
        }
    }
    return true;
}

/* ---- Any ---------------------------------------------------------------------------------- */

static int wait_any(int count, MPI_Request requests[], int *index, MPI_Status *status)
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    int active_count;
    int found;

    MPR_TRY(check_array(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "index", index));
    while ((found = find_complete(count, requests, &active_count)) < 0 && active_count > 0) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    if (found < 0) {
        *index = MPI_UNDEFINED;
        set_empty(status);
        return MPI_SUCCESS;
    }
    *index = found;
    return collect_one(requests, found, status);
}

static int test_any(int count, MPI_Request requests[], int *index, int *flag, MPI_Status *status)
{
    int active_count;
    int found;

    MPR_TRY(check_array(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "index", index));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    found = find_complete(count, requests, &active_count);
    if (found < 0 && active_count > 0) {
        mpr_wait_poll();
        found = find_complete(count, requests, &active_count);
    }
    *flag = found >= 0 || active_count == 0;
    *index = found >= 0 ? found : MPI_UNDEFINED;
    if (found >= 0) {
        return collect_one(requests, found, status);
    }
    if (*flag) {
        set_empty(status);
    }
    return MPI_SUCCESS;
}

/* ---- All ---------------------------------------------------------------------------------- */

static void set_error(MPI_Status *status, int error_class)
{
    if (status != MPI_STATUS_IGNORE) {
        status->MPI_ERROR = error_class;
    }
}

/* Collects every request; all are complete. MPI_ERROR of the statuses is set when one has failed
 * (MPI 5.0, 3.7.5). */
static int collect_all(int count, MPI_Request requests[], MPI_Status statuses[])
{
    struct failure failure = {.index = -1};

    for (int i = 0; i < count; i++) {
        MPI_Status *status = status_at(statuses, i);
        int code = MPR_OK;
        if (is_inactive(requests[i])) {
            set_empty(status);
        } else {
            code = collect(requests, i, status, &failure);
        }
        set_error(status, mpr_error_class(code));
    }
    return raise_in_status(&failure);
}

static int wait_all(int count, MPI_Request requests[], MPI_Status statuses[])
{
    MPR_TRY(check_array(count, requests));
    for (int i = 0; i < count; i++) {
        if (!is_inactive(requests[i])) {
            mpr_request_wait(mpr_request_find_held(requests[i]));
        }
    }
    return collect_all(count, requests, statuses);
}

static int test_all(int count, MPI_Request requests[], int *flag, MPI_Status statuses[])
{
    MPR_TRY(check_array(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = all_complete(count, requests);
    if (!*flag) {
        mpr_wait_poll();
        *flag = all_complete(count, requests);
    }
    return *flag ? collect_all(count, requests, statuses) : MPI_SUCCESS;
}

/* ---- Some --------------------------------------------------------------------------------- */

static int check_some(int count, const MPI_Request requests[], const int *outcount,
                      const int indices[])
{
    MPR_TRY(check_array(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "outcount", outcount));
    return count > 0 ? mpr_arg_pointer(NULL, "array_of_indices", indices) : MPI_SUCCESS;
}

/* Collects every complete request; the first has been found at `first`. */
static int collect_some(int first, int count, MPI_Request requests[], int *outcount, int indices[],
                        MPI_Status statuses[])
{
    struct failure failure = {.index = -1};

    *outcount = 0;
    for (int i = first; i < count; i++) {
        if (is_inactive(requests[i]) || !is_complete(requests[i])) {
            continue;
        }
        MPI_Status *status = status_at(statuses, *outcount);
        set_error(status, mpr_error_class(collect(requests, i, status, &failure)));
        indices[(*outcount)++] = i;
    }
    return raise_in_status(&failure);
}

static int wait_some(int count, MPI_Request requests[], int *outcount, int indices[],
                     MPI_Status statuses[])
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    int active_count;
    int found;

    MPR_TRY(check_some(count, requests, outcount, indices));
    while ((found = find_complete(count, requests, &active_count)) < 0 && active_count > 0) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    if (found < 0) {
        *outcount = MPI_UNDEFINED;
        return MPI_SUCCESS;
    }
    return collect_some(found, count, requests, outcount, indices, statuses);
}

static int test_some(int count, MPI_Request requests[], int *outcount, int indices[],
                     MPI_Status statuses[])
{
    int active_count;
    int found;

    MPR_TRY(check_some(count, requests, outcount, indices));
    found = find_complete(count, requests, &active_count);
    if (found < 0 && active_count > 0) {
        mpr_wait_poll();
        found = find_complete(count, requests, &active_count);
    }
    if (found < 0) {
        *outcount = active_count > 0 ? 0 : MPI_UNDEFINED;
        return MPI_SUCCESS;
    }
    return collect_some(found, count, requests, outcount, indices, statuses);
}

/* ---- Entry points ------------------------------------------------------------------------- */

MPR_API(int, Wait, (MPI_Request *request, MPI_Status *status))
{
    return MPR_RUN(Wait, wait_one(request, status));
}

MPR_API(int, Test, (MPI_Request *request, int *flag, MPI_Status *status))
{
    return MPR_RUN(Test, test_one(request, flag, status));
}

MPR_API(int, Request_free, (MPI_Request *request))
{
    return MPR_RUN(Request_free, free_one(request));
}

MPR_API(int, Request_get_status, (MPI_Request request, int *flag, MPI_Status *status))
{
    return MPR_RUN(Request_get_status, get_status(request, flag, status));
}

MPR_API(int, Cancel, (MPI_Request *request))
{
    return MPR_RUN(Cancel, cancel(request));
}

MPR_API(int, Waitany, (int count, MPI_Request array_of_requests[], int *index, MPI_Status *status))
{
    return MPR_RUN(Waitany, wait_any(count, array_of_requests, index, status));
}

MPR_API(int, Testany, (int count, MPI_Request array_of_requests[], int *index, int *flag,
                       MPI_Status *status))
{
    return MPR_RUN(Testany, test_any(count, array_of_requests, index, flag, status));
}

MPR_API(int, Waitall, (int count, MPI_Request array_of_requests[], MPI_Status array_of_statuses[]))
{
    return MPR_RUN(Waitall, wait_all(count, array_of_requests, array_of_statuses));
}

MPR_API(int, Testall, (int count, MPI_Request array_of_requests[], int *flag,
                       MPI_Status array_of_statuses[]))
{
    return MPR_RUN(Testall, test_all(count, array_of_requests, flag, array_of_statuses));
}

MPR_API(int, Waitsome, (int incount, MPI_Request array_of_requests[], int *outcount,
                        int array_of_indices[], MPI_Status array_of_statuses[]))
{
    return MPR_RUN(Waitsome, wait_some(incount, array_of_requests, outcount, array_of_indices,
                                       array_of_statuses));
}

MPR_API(int, Testsome, (int incount, MPI_Request array_of_requests[], int *outcount,
                        int array_of_indices[], MPI_Status array_of_statuses[]))
{
    return MPR_RUN(Testsome, test_some(incount, array_of_requests, outcount, array_of_indices,
                                       array_of_statuses));
}
