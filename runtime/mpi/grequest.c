/* SPDX-License-Identifier: BSD-3-Clause */
/* Generalized requests (MPI 5.0, 13.2). */
#include "mpi/grequest.h"

#include <stdlib.h>

#include "mpi/api.h"
#include "p2p/wait.h"

struct functions {
    MPI_Grequest_query_function *query;
    MPI_Grequest_free_function *free;
    MPI_Grequest_cancel_function *cancel;
    void *extra_state;
};

static void destroy(struct mpr_request *request)
{
    free(request->state);
}

const struct mpr_request_class mpr_grequest_class = {.destroy = destroy};

/* ---- Calling the user ---- */

int mpr_grequest_query(struct mpr_request *request, MPI_Status *status)
{
    const struct functions *functions = request->state;
    MPI_Status answer = {.MPI_ERROR = MPI_SUCCESS};

    mpr_status_set_empty(&answer);
    enum mpr_call call = mpr_api_step_out();
    int error = functions->query(functions->extra_state, &answer);
    mpr_api_step_in(call);
    if (status != MPI_STATUS_IGNORE) {
        answer.MPI_ERROR = status->MPI_ERROR;
        *status = answer;
    }
    return error;
}

int mpr_grequest_free(struct mpr_request *request)
{
    const struct functions *functions = request->state;
    enum mpr_call call = mpr_api_step_out();
    int error = functions->free(functions->extra_state);

    mpr_api_step_in(call);
    return error;
}

int mpr_grequest_cancel(struct mpr_request *request)
{
    const struct functions *functions = request->state;
    int is_complete = request->complete;
    enum mpr_call call = mpr_api_step_out();
    int error = functions->cancel(functions->extra_state, is_complete);

    mpr_api_step_in(call);
    return error;
}

/* ---- Entry points ---- */

static int check_functions(const struct functions *functions)
{
    const char *missing = functions->query == NULL    ? "query_fn"
                          : functions->free == NULL   ? "free_fn"
                          : functions->cancel == NULL ? "cancel_fn"
                                                      : NULL;
    return missing == NULL ? MPI_SUCCESS
                           : mpr_raise(NULL, MPI_ERR_ARG, "%s is NULL, but the call needs it",
                                       missing);
}

static int grequest_start(const struct functions *functions, MPI_Request *request)
{
    MPR_TRY(check_functions(functions));
    MPR_TRY(mpr_arg_pointer(NULL, "request", request));
    struct functions *kept = malloc(sizeof(*kept));
    struct mpr_request *made = mpr_request_make(&mpr_grequest_class, NULL);
    if (kept == NULL || made == NULL) {
        free(kept);
        if (made != NULL) {
            mpr_request_release(made);
        }
        return mpr_result(NULL, MPR_ERR_NO_MEMORY);
    }
    *kept = *functions;
    made->state = kept;
    mpr_request_activate(made);
    *request = mpr_request_handle(made);
    return MPI_SUCCESS;
}

/* The handle may have been given up by MPI_Request_free before. */
static int grequest_complete(MPI_Request handle)
{
    struct mpr_request *request = mpr_request_find(handle);
    int error = MPI_SUCCESS;

    if (request == NULL || !mpr_is_grequest(request)) {
        return mpr_raise(NULL, MPI_ERR_REQUEST, "request (%#llx) is no generalized request",
                         (unsigned long long)(uintptr_t)handle);
    }
    if (request->complete) {
        return mpr_raise(NULL, MPI_ERR_REQUEST, "request has been completed before");
    }
    mpr_request_retain(request);
    mpr_request_complete(request, MPR_OK);
    mpr_wait_notify();
    if (request->freed) {
        error = mpr_grequest_free(request);
    }
    mpr_request_release(request);
    return error == MPI_SUCCESS
               ? MPI_SUCCESS
               : mpr_raise(NULL, error, "the free function of the generalized request has failed");
}

MPR_API(int, Grequest_start, (MPI_Grequest_query_function * query_fn,
                              MPI_Grequest_free_function *free_fn,
                              MPI_Grequest_cancel_function *cancel_fn, void *extra_state,
                              MPI_Request *request))
{
    const struct functions functions = {query_fn, free_fn, cancel_fn, extra_state};
    return MPR_RUN(Grequest_start, grequest_start(&functions, request));
}

MPR_API(int, Grequest_complete, (MPI_Request request))
{
    return MPR_RUN(Grequest_complete, grequest_complete(request));
}
