/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting for and testing arrays of requests: any, all, some (MPI 5.0, 3.7.5). */
#include <assert.h>

#include "mpi/complete.h"
#include "mpi/enter.h"
#include "p2p/wait.h"

/* Waits until one is complete: its index, or -1 when all are idle. */
static int wait_for_one(int count, const MPI_Request requests[])
{
    struct mpr_wait wait = mpr_wait_begin(-1);
    int active_count;
    int found;

    while ((found = mpr_requests_find_complete(count, requests, &active_count)) < 0 &&
           active_count > 0) {
        mpr_wait_step(&wait);
    }
    mpr_wait_end(&wait);
    return found;
}

/* ---- Any ---------------------------------------------------------------------------------- */

/* Collects the request at `found`, or none of them if that is negative. */
static int collect_any(int found, MPI_Request requests[], int *index, MPI_Status *status)
{
    struct mpr_failure failure = {.index = -1};

    if (found < 0) {
        *index = MPI_UNDEFINED;
        mpr_status_clear(status);
        return MPI_SUCCESS;
    }
    struct mpr_request *request = mpr_request_find_held(requests[found]);
    assert(request != NULL);
    *index = found;
    mpr_request_collect(request, requests, found, status, &failure);
    return mpr_failure_raise(&failure);
}

static int wait_any(int count, MPI_Request requests[], int *index, MPI_Status *status)
{
    MPR_TRY(mpr_arg_requests(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "indx", index));
    return collect_any(wait_for_one(count, requests), requests, index, status);
}

static int test_any(int count, MPI_Request requests[], int *index, int *flag, MPI_Status *status)
{
    int active_count;

    MPR_TRY(mpr_arg_requests(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "indx", index));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    int found = mpr_requests_poll_one(count, requests, &active_count);
    *flag = found >= 0 || active_count == 0;
    if (!*flag) {
        *index = MPI_UNDEFINED;
        return MPI_SUCCESS;
    }
    return collect_any(found, requests, index, status);
}

/* ---- All ---------------------------------------------------------------------------------- */

/* Collects the first of them as long as they were done at once, which most are in programs of small
 * messages. Returns how many. */
static MPR_INLINE int collect_done(int count, MPI_Request requests[], MPI_Status statuses[])
{
    const MPI_Request sent = mpr_request_handle(&mpr_request_sent);
    int i = 0;

    for (; i < count; i++) {
        MPI_Status *status = mpr_status_at(statuses, i);
        struct mpr_request *request =
            requests[i] == sent ? &mpr_request_sent : mpr_request_find_held(requests[i]);
        if (request == NULL || !request->born_done) {
            break;
        }
        requests[i] = MPI_REQUEST_NULL;
        if (status != MPI_STATUS_IGNORE) {
            mpr_request_status(request, status);
            status->MPI_ERROR = MPI_SUCCESS;
        }
        mpr_done_release(request);
    }
    return i;
}

/* Waits for each request from `first` on, and collects it. */
static int collect_all(int first, int count, MPI_Request requests[], MPI_Status statuses[])
{
    struct mpr_failure failure = {.index = -1};

    for (int i = first; i < count; i++) {
        MPI_Status *status = mpr_status_at(statuses, i);
        int error = MPI_SUCCESS;
        struct mpr_request *request = mpr_request_wait_for(requests[i]);
        if (request == NULL) {
            mpr_request_skip(&requests[i], status);
        } else {
            error = mpr_request_collect(request, requests, i, status, &failure);
        }
        mpr_status_set_error(status, error);
    }
    return mpr_failure_raise_in_status(&failure);
}

static int wait_all(int count, MPI_Request requests[], MPI_Status statuses[])
{
    int first = mpr_likely(requests != NULL) ? collect_done(count, requests, statuses) : 0;

    if (mpr_likely(first == count)) {
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_arg_requests(count, requests));
    return collect_all(first, count, requests, statuses);
}

static int test_all(int count, MPI_Request requests[], int *flag, MPI_Status statuses[])
{
    MPR_TRY(mpr_arg_requests(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = mpr_requests_poll_all(count, requests);
    return *flag ? collect_all(0, count, requests, statuses) : MPI_SUCCESS;
}

/* ---- Some --------------------------------------------------------------------------------- */

/* Collects every complete request; the first has been found at `first`. */
static int collect_some(int first, int count, MPI_Request requests[], int *outcount, int indices[],
                        MPI_Status statuses[])
{
    struct mpr_failure failure = {.index = -1};

    *outcount = 0;
    for (int i = first; i < count; i++) {
        struct mpr_request *request = mpr_request_find_busy(requests[i]);
        if (request == NULL || !request->complete) {
            continue;
        }
        MPI_Status *status = mpr_status_at(statuses, *outcount);
        mpr_status_set_error(status,
                             mpr_request_collect(request, requests, i, status, &failure));
        indices[(*outcount)++] = i;
    }
    return mpr_failure_raise_in_status(&failure);
}

static int wait_some(int count, MPI_Request requests[], int *outcount, int indices[],
                     MPI_Status statuses[])
{
    MPR_TRY(mpr_arg_requests_some(count, requests, outcount, indices));
    int found = wait_for_one(count, requests);
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

    MPR_TRY(mpr_arg_requests_some(count, requests, outcount, indices));
    int found = mpr_requests_poll_one(count, requests, &active_count);
    if (found < 0) {
        *outcount = active_count > 0 ? 0 : MPI_UNDEFINED;
        return MPI_SUCCESS;
    }
    return collect_some(found, count, requests, outcount, indices, statuses);
}

/* ---- Entry points ------------------------------------------------------------------------- */

MPR_API(int, Waitany, (int count, MPI_Request array_of_requests[], int *index, MPI_Status *status))
{
    return MPR_RUN(Waitany, wait_any(count, array_of_requests, index, status));
}

MPR_API(int, Testany, (int count, MPI_Request array_of_requests[], int *index, int *flag,
                       MPI_Status *status))
{
    return MPR_RUN_INLINE(Testany, test_any(count, array_of_requests, index, flag, status));
}

MPR_API(int, Waitall, (int count, MPI_Request array_of_requests[], MPI_Status array_of_statuses[]))
{
    return MPR_RUN_INLINE(Waitall, wait_all(count, array_of_requests, array_of_statuses));
}

MPR_API(int, Testall, (int count, MPI_Request array_of_requests[], int *flag,
                       MPI_Status array_of_statuses[]))
{
    return MPR_RUN_INLINE(Testall, test_all(count, array_of_requests, flag, array_of_statuses));
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
    return MPR_RUN_INLINE(Testsome, test_some(incount, array_of_requests, outcount,
                                              array_of_indices, array_of_statuses));
}
