/* SPDX-License-Identifier: BSD-3-Clause */
/* The status of requests that are left as they are (MPI 5.0, 3.7.6): like the tests, but nothing is
 * collected, so that the errors of operations are left to the call that does. */
#include "mpi/complete.h"

static int get_status(MPI_Request handle, int *flag, MPI_Status *status)
{
    struct mpr_failure failure = {.index = -1};

    MPR_TRY(mpr_arg_request(&handle));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = mpr_requests_poll_all(1, &handle);
    if (!*flag) {
        return MPI_SUCCESS;
    }
    struct mpr_request *request = mpr_request_find_busy(handle);
    if (request == NULL) {
        mpr_status_clear(status);
    } else {
        mpr_request_inspect(request, 0, status, &failure);
    }
    return mpr_failure_raise(&failure);
}

static int get_status_any(int count, const MPI_Request requests[], int *index, int *flag,
                          MPI_Status *status)
{
    struct mpr_failure failure = {.index = -1};
    int active_count;

    MPR_TRY(mpr_arg_requests(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "indx", index));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    int found = mpr_requests_poll_one(count, requests, &active_count);
    *flag = found >= 0 || active_count == 0;
    *index = found >= 0 ? found : MPI_UNDEFINED;
    if (found >= 0) {
        mpr_request_inspect(mpr_request_find_held(requests[found]), found, status, &failure);
    } else if (*flag) {
        mpr_status_clear(status);
    }
    return mpr_failure_raise(&failure);
}

static int get_status_all(int count, const MPI_Request requests[], int *flag,
                          MPI_Status statuses[])
{
    struct mpr_failure failure = {.index = -1};

    MPR_TRY(mpr_arg_requests(count, requests));
    MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    *flag = mpr_requests_poll_all(count, requests);
    for (int i = 0; *flag && i < count; i++) {
        MPI_Status *status = mpr_status_at(statuses, i);
        int error = MPI_SUCCESS;
        struct mpr_request *request = mpr_request_find_busy(requests[i]);
        if (request == NULL) {
            mpr_status_clear(status);
        } else {
            error = mpr_request_inspect(request, i, status, &failure);
        }
        mpr_status_set_error(status, error);
    }
    return mpr_failure_raise_in_status(&failure);
}

static int get_status_some(int count, const MPI_Request requests[], int *outcount, int indices[],
                           MPI_Status statuses[])
{
    struct mpr_failure failure = {.index = -1};
    int active_count;

    MPR_TRY(mpr_arg_requests_some(count, requests, outcount, indices));
    // What was complete before stays so: only a pass at each call finds out about the others.
    mpr_requests_poll_all(count, requests);
    int found = mpr_requests_find_complete(count, requests, &active_count);
    *outcount = active_count == 0 ? MPI_UNDEFINED : 0;
    for (int i = found; i >= 0 && i < count; i++) {
        struct mpr_request *request = mpr_request_find_busy(requests[i]);
        if (request == NULL || !request->complete) {
            continue;
        }
        MPI_Status *status = mpr_status_at(statuses, *outcount);
        mpr_status_set_error(status, mpr_request_inspect(request, i, status, &failure));
        indices[(*outcount)++] = i;
    }
    return mpr_failure_raise_in_status(&failure);
}

MPR_API(int, Request_get_status, (MPI_Request request, int *flag, MPI_Status *status))
{
    return MPR_RUN(Request_get_status, get_status(request, flag, status));
}

MPR_API(int, Request_get_status_any, (int count, const MPI_Request array_of_requests[], int *index,
                                      int *flag, MPI_Status *status))
{
    return MPR_RUN(Request_get_status_any,
                   get_status_any(count, array_of_requests, index, flag, status));
}

MPR_API(int, Request_get_status_all, (int count, const MPI_Request array_of_requests[], int *flag,
                                      MPI_Status array_of_statuses[]))
{
    return MPR_RUN(Request_get_status_all,
                   get_status_all(count, array_of_requests, flag, array_of_statuses));
}

MPR_API(int, Request_get_status_some, (int incount, const MPI_Request array_of_requests[],
                                       int *outcount, int array_of_indices[],
                                       MPI_Status array_of_statuses[]))
{
    return MPR_RUN(Request_get_status_some,
                   get_status_some(incount, array_of_requests, outcount, array_of_indices,
                                   array_of_statuses));
}
