/* SPDX-License-Identifier: BSD-3-Clause */
/* Requests of operations that were done when they were started: complete, active, of no
 * communicator, and with nothing but a status to be collected (request->born_done).
 *
 * All such sends share one, which has no source, tag and length to tell. All others have their own;
 * those that nobody holds are kept with all that is the same in each, apart from other requests. */
#ifndef MPR_P2P_DONE_H
#define MPR_P2P_DONE_H

#include "base/compiler.h"
#include "p2p/request.h"

/* Of every send: complete for ever. */
extern MPR_HIDDEN struct mpr_request mpr_request_sent;

/* Of others: those that nobody holds, linked by `parent`. */
extern MPR_HIDDEN struct mpr_request *mpr_done_kept;

/* Gives mpr_request_sent its handle, once. Returns 0 or an mpr error. */
int mpr_done_start(void);

static inline struct mpr_request *mpr_request_share_sent(void)
{
    mpr_request_retain(&mpr_request_sent);
    return &mpr_request_sent;
}

/* For mpr_request_make_done(): one that was never used. NULL: no memory. */
struct mpr_request *mpr_done_make(const struct mpr_request_class *class);

/* The request of something else that is done, a receive or a collective. NULL: no memory. */
static MPR_INLINE struct mpr_request *mpr_request_make_done(const struct mpr_request_class *class,
                                                            int source, int tag,
                                                            MPI_Count received_bytes)
{
    struct mpr_request *request = mpr_done_kept;

    if (mpr_unlikely(request == NULL)) {
        request = mpr_done_make(class);
        if (request == NULL) {
            return NULL;
        }
    } else {
        mpr_done_kept = request->parent;
        mpr_handle_wake(MPR_KIND_REQUEST, &request->object);
    }
    request->class = class;
    request->source = source;
    request->tag = tag;
    request->received_bytes = received_bytes;
    return request;
}

/* For mpr_request_destroy(). */
static MPR_INLINE void mpr_done_keep(struct mpr_request *request)
{
    mpr_handle_rest(MPR_KIND_REQUEST, &request->object);
    request->object.references = 1;
    request->freed = false;
    request->parent = mpr_done_kept;
    mpr_done_kept = request;
}

/* Drops the reference of the handle, which is the only one to any but a send's. */
static MPR_INLINE void mpr_done_release(struct mpr_request *request)
{
    if (request == &mpr_request_sent) {
        request->object.references--;
    } else {
        mpr_done_keep(request);
    }
}

#endif
