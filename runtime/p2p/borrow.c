/* SPDX-License-Identifier: BSD-3-Clause */
/* Borrowing. A receive that has borrowed is complete, and what it still owes its sender is DONE, as
 * any receive by the DIRECT path (p2p/transfer_direct.c, whose argument holds here, too): it is
 * activated once more to send that. */
#include "p2p/borrow.h"

#include "base/error.h"
#include "p2p/bury.h"
#include "p2p/transfer.h"
#include "p2p/transfer_path.h"

int mpr_borrow_start(void *buffer, MPI_Count count, struct mpr_type *type, int source, int tag,
                     struct mpr_comm *comm, enum mpr_plane plane, struct mpr_request **request)
{
    int code = mpr_recv_prepare(buffer, count, type, source, tag, comm, plane, request);
    if (code != MPR_OK) {
        return code;
    }
    (*request)->may_borrow = true;
    return mpr_request_start(*request);
}

bool mpr_borrow_take(struct mpr_request *request)
{
    if (!request->may_borrow || request->message_bytes != request->bytes) {
        return false;
    }
    request->buffer = (void *)(uintptr_t)mpr_direct_find(request);
    request->has_borrowed = true;
    mpr_request_complete(request, request->error);
    return true;
}

int mpr_borrow_return(struct mpr_request *request)
{
    if (!request->has_borrowed) {
        return MPR_OK;
    }
    if (mpr_bury_is_due_after_reading()) {
        mpr_bury();
    }
    request->has_borrowed = false;
    mpr_request_activate(request);
    mpr_request_promise(request);
    mpr_transfer_finish_receive(request);
    return mpr_bury_forbids(request->comm, request->context) ? MPR_ERR_PEER : MPR_OK;
}
