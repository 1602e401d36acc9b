/* SPDX-License-Identifier: BSD-3-Clause */
/* Generalized requests: operations of the user with a request of ours (MPI 5.0, 13.2).
 *
 * Their functions are the user's, so they are called by the API layer and without the library's
 * lock (mpi/api.h): query and free by the call that collects the request, free by whichever comes
 * last of MPI_Request_free and MPI_Grequest_complete, cancel by MPI_Cancel. Each call returns what
 * the user's function has returned. The caller holds a reference. */
#ifndef MPR_MPI_GREQUEST_H
#define MPR_MPI_GREQUEST_H

#include <stdbool.h>

#include "base/compiler.h"
#include "p2p/request.h"

extern MPR_HIDDEN const struct mpr_request_class mpr_grequest_class;

static inline bool mpr_is_grequest(const struct mpr_request *request)
{
    return request->class == &mpr_grequest_class;
}

/* Fills *status, or none for MPI_STATUS_IGNORE; MPI_ERROR is left alone. */
int mpr_grequest_query(struct mpr_request *request, MPI_Status *status);

int mpr_grequest_free(struct mpr_request *request);
int mpr_grequest_cancel(struct mpr_request *request);

#endif
