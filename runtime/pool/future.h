/* SPDX-License-Identifier: BSD-3-Clause */
/* A future: a work that is not waited for where it is given. */
#ifndef MPP_FUTURE_H
#define MPP_FUTURE_H

#include "pool/array_work.h"

struct mp_future {
    struct mpp_array_work array; /* first: what is waited for is a work */
    mp_pool *pool;
    int is_single;     /* a submitted task, whose input and output are ours */
    mp_bytes returned; /* the output of a single task, of any size */

    /* For mp_as_completed (several.c). */
    int is_reported;
    int is_listed; /* in its pool's list of those that are done and not reported */
    struct mp_future *before;
    struct mp_future *next;
    int place;     /* in the array in which it was seen last: a guess for later calls */
};

/* Whether all its tasks have ended; with its pool's lock held. */
int mpp_future_is_done(const void *future);

/* Called when all tasks of a future's work have ended: puts it into the list. */
void mpp_future_tell(struct mpp_work *work);

/* Takes it out of the list, if it is there. */
void mpp_future_forget(mp_future *future);

#endif
