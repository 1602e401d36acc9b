/* SPDX-License-Identifier: BSD-3-Clause */
/* One request: waiting and testing, freeing and cancelling (MPI 5.0, 3.7.3 and 3.8.4). */
#include "mpi/complete.h"
#include "mpi/enter.h"
#include "p2p/p2p.h"

static int collect_one(struct mpr_request *found, MPI_Request *request, MPI_Status *status)
{
    struct mpr_failure failure = {.index = -1};

    mpr_request_collect(found, request, 0, status, &failure);
    return mpr_failure_raise(&failure);
}

static int wait_one(MPI_Request *request, MPI_Status *status)
{
    MPR_TRY(mpr_arg_request(request));
    struct mpr_request *found = mpr_request_wait_for(*request);
    if (found == NULL) {
        mpr_request_skip(request, status);
        return MPI_SUCCESS;
    }
    return collect_one(found, request, status);
}

/* A request that is tested in vain is what programs have between two pieces of work: in line. */
static int test_one(MPI_Request *request, int *flag, MPI_Status *status)
{
    if (mpr_unlikely(request == NULL || flag == NULL)) {
        MPR_TRY(mpr_arg_pointer(NULL, "request", request));
        MPR_TRY(mpr_arg_pointer(NULL, "flag", flag));
    }
    struct mpr_request *found = mpr_request_find_busy(*request);
    if (found != NULL && !found->complete) {
        mpr_wait_poll(0);
        found = mpr_request_find_busy(*request); // other threads may have run
    }
    if (found == NULL) {
        MPR_TRY(mpr_arg_request(request));
        *flag = 1;
        mpr_request_skip(request, status);
        return MPI_SUCCESS;
    }
    *flag = found->complete;
    return *flag ? collect_one(found, request, status) : MPI_SUCCESS;
}

/* Whether the request is of a kind that must stay until it is complete, and is active. */
static bool is_bound(const struct mpr_request *request)
{
    return request->active && request->class->binding;
}

/* What a function of a generalized request has returned, raised if it is an error. */
static int user_result(int error, const char *function)
{
    return error == MPI_SUCCESS
               ? MPI_SUCCESS
               : mpr_raise(NULL, error, "the %s function of the generalized request has failed",
                           function);
}

static int free_one(MPI_Request *request)
{
    MPR_TRY(mpr_arg_request(request));
    struct mpr_request *found = mpr_request_find_held(*request);
    if (found == NULL) {
        return mpr_raise(NULL, MPI_ERR_REQUEST, "request is MPI_REQUEST_NULL");
    }
    if (is_bound(found)) {
        return mpr_raise(found->comm, MPI_ERR_REQUEST,
                         "request is of a collective that is active: complete it instead");
    }
    *request = MPI_REQUEST_NULL;
    mpr_request_give_up(found);
    int error =
        mpr_is_grequest(found) && found->complete ? mpr_grequest_free(found) : MPI_SUCCESS;
    mpr_request_release(found);
    return user_result(error, "free");
}

static int cancel(const MPI_Request *request)
{
    MPR_TRY(mpr_arg_request(request));
    struct mpr_request *found = mpr_request_find_busy(*request);
    if (found == NULL) {
        return mpr_raise(NULL, MPI_ERR_REQUEST,
                         "request is not active: there is nothing to cancel");
    }
    if (is_bound(found)) {
        return mpr_raise(found->comm, MPI_ERR_REQUEST,
                         "request is of a collective, which cannot be cancelled");
    }
    if (!mpr_is_grequest(found)) {
        mpr_request_cancel(found);
        return MPI_SUCCESS;
    }
    mpr_request_retain(found);
    int error = mpr_grequest_cancel(found);
    mpr_request_release(found);
    return user_result(error, "cancel");
}

MPR_API(int, Wait, (MPI_Request *request, MPI_Status *status))
{
    return MPR_RUN_INLINE(Wait, wait_one(request, status));
}

MPR_API(int, Test, (MPI_Request *request, int *flag, MPI_Status *status))
{
    return MPR_RUN_INLINE(Test, test_one(request, flag, status));
}

MPR_API(int, Request_free, (MPI_Request *request))
{
    return MPR_RUN(Request_free, free_one(request));
}

MPR_API(int, Cancel, (MPI_Request *request))
{
    return MPR_RUN(Cancel, cancel(request));
}
