/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages of one collective call.
 *
 * They travel on the communicator's collective plane and bear the call's number as their tag, so
 * that neither the user's messages nor those of a later call match. A message that fails
 * (truncation, a peer that is gone) does not end the call: the first error is noted, everything
 * else goes on, so that no peer waits for a message which never comes; mpr_coll.error is the result
 * of the call. Only lack of memory ends it early. All functions need the library's lock. */
#ifndef MPR_COLL_MESSAGE_H
#define MPR_COLL_MESSAGE_H

#include "coll/items.h"
#include "coll/scratch.h"
#include "comm/comm.h"
#include "p2p/request.h"

struct mpr_coll {
    struct mpr_comm *comm;
    int rank;
    int size;
    int tag;
    int error; /* 0, or the first mpr error */
};

/* Begins the next collective call on `comm`. Every rank of it must get here, in the same order. */
struct mpr_coll mpr_coll_begin(struct mpr_comm *comm);

static inline void mpr_coll_note(struct mpr_coll *coll, int code)
{
    if (mpr_unlikely(code != 0) && coll->error == 0) {
        coll->error = code;
    }
}

void mpr_coll_send(struct mpr_coll *coll, struct mpr_items items, int dest);
void mpr_coll_recv(struct mpr_coll *coll, struct mpr_items items, int source);
void mpr_coll_sendrecv(struct mpr_coll *coll, struct mpr_items out, int dest, struct mpr_items in,
                       int source);

/* Scratch memory for the call, see coll/scratch.h. NULL or false: no memory, noted; then there is
 * nothing to close. */
void *mpr_coll_open(struct mpr_coll *coll, struct mpr_scratch *scratch, size_t bytes);
bool mpr_coll_open_items(struct mpr_coll *coll, struct mpr_scratch *scratch, int run_count,
                         MPI_Count count, struct mpr_type *type, struct mpr_items *runs);

/* A message to itself: the shorter of the two; more than `to` holds is a truncation. */
void mpr_coll_copy(struct mpr_coll *coll, struct mpr_items from, struct mpr_items to);

/* The same in flight. NULL: could not start, noted. */
struct mpr_request *mpr_coll_send_start(struct mpr_coll *coll, struct mpr_items items, int dest);
struct mpr_request *mpr_coll_recv_start(struct mpr_coll *coll, struct mpr_items items, int source);

/* Waits for and releases a request; nothing to do for NULL. */
void mpr_coll_wait(struct mpr_coll *coll, struct mpr_request *request);

/* Messages in flight that are waited for together. Empty ones are left out on both sides. */
struct mpr_batch {
    struct mpr_coll *coll;
    struct mpr_request **requests;
    int count;
    struct mpr_scratch scratch;
};

/* Room for `most` messages. False: no memory, noted; then there is nothing to finish. */
bool mpr_batch_open(struct mpr_batch *batch, struct mpr_coll *coll, int most);
void mpr_batch_send(struct mpr_batch *batch, struct mpr_items items, int dest);
void mpr_batch_recv(struct mpr_batch *batch, struct mpr_items items, int source);
void mpr_batch_finish(struct mpr_batch *batch);

#endif
