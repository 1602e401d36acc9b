/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting persistent requests, and cancelling. */
#include "p2p/start.h"

#include "base/error.h"
#include "p2p/match.h"

int mpr_request_start(struct mpr_request *request)
{
    if (request->kind == MPR_REQUEST_SEND) {
        return mpr_send_activate(request);
    }
    mpr_recv_activate(request);
    return MPR_OK;
}

/* Whether a receive still stands in the posted queue: no message has matched it. */
static bool is_posted(const struct mpr_request *request)
{
    return request->kind == MPR_REQUEST_RECV && !mpr_list_is_empty(&request->match_link);
}

void mpr_request_cancel(struct mpr_request *request)
{
    if (!request->complete && is_posted(request)) {
        mpr_match_withdraw(request);
        request->cancelled = true;
        mpr_request_complete(request, MPR_OK);
    }
}
