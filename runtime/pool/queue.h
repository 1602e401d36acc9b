/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues: items lie at home, puts stream there on credit, gets are calls.
 *
 * Credit. An item may be put only with a credit, which is room set aside for it at home. Home
 * leases credits to ranks, many at a time, so that
 *
 *     items at home + credits leased <= capacity
 *
 * at any instant, and a put with a credit needs no answer: it cannot be refused. The item goes into
 * a batch, which is sent at once unless an earlier batch has not been acknowledged; then it is sent
 * when that has been, when it is full, or, within a millisecond or two, by the service thread of a
 * producer that computes. Home acknowledges each batch and tops the lease up; a rank
 * without credits asks.
 *
 * When home is asked and has no room, it recalls the leases of the others, who send what they have
 * put and return the rest. So a rank is told "full" only when nobody holds unused room, and one who
 * waits gets the first room there is; by several gets of home at once where these are quick.
 *
 * Gets. Home gives items to those who wait, in the order in which they came. A get whose time is up
 * is cancelled at home: it either has its item by then, and returns it, or never takes one.
 *
 * Close. Home recalls all leases and grants none any more. A call of close returns, and getters
 * find the end, when all leases are back: so no put can succeed after a close, and what was
 * put can be got.
 *
 * Deaths. Of a producer: what had arrived stays, its lease is void. Of a getter: the item on its
 * way to it has been got. Of home: the items are gone, and all calls say so. */
#ifndef MPP_QUEUE_H
#define MPP_QUEUE_H

#include "pool/buffer.h"
#include "pool/fifo.h"
#include "pool/object.h"

/* Calls to home. */
enum { MPP_QUEUE_GET, MPP_QUEUE_SIZE, MPP_QUEUE_CLOSE };

/* Messages: to home ... */
enum {
    MPP_QUEUE_PUT,    /* value: items, as records */
    MPP_QUEUE_ASK,    /* for credits */
    MPP_QUEUE_RETURN, /* value: credits */
    /* ... and from home; result: MPP_RESULT(MP_ERROR_CLOSED) when it is. */
    MPP_QUEUE_GRANT,  /* value: acknowledgements << 48 | answers to asks << 32 | credits */
    MPP_QUEUE_RECALL
};

/* A rank as home sees it. */
struct mpp_member {
    int64_t lease;   /* credits it holds, or that are in its items on the way */
    int ask_count;   /* not answered yet */
    int is_hungry;   /* wants credits */
    int is_recalled; /* has not returned its credits yet */
};

struct mp_queue {
    struct mpp_object object;
    size_t item_bytes;
    int64_t capacity;
    int64_t window; /* credits that another rank may hold */

    /* At home. */
    struct mpp_fifo fifo;
    int64_t count;            /* items in it */
    int64_t leased;           /* credits that members hold */
    struct mpp_member *members;
    int hungry_count;
    int recalled_count;
    int next_hungry;          /* whose turn it is */
    struct mpp_line closers;

    /* In each rank. */
    int is_closed;
    int64_t credits;
    uint32_t ask_count;      /* for credits, so far */
    uint32_t answer_count;
    uint32_t unacknowledged; /* batches */
    unsigned put_count;
    struct mpp_waiter *putters; /* threads that wait for credits, in order */
    struct mpp_buffer batch;
    int64_t batch_count;
};

/* ---- at home (queue_home.c); the lock is held ---- */

void mpp_queue_serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                     size_t bytes);
void mpp_queue_bury(struct mpp_object *object, int rank);
void mpp_queue_hear_at_home(struct mp_queue *queue, int source, const struct mpp_message *message,
                            const void *run);

/* A rank has no credits, and wants some. */
void mpp_queue_ask(struct mp_queue *queue, int rank);

/* An item of home itself, for a credit. Returns whether there was memory. */
int mpp_queue_push(struct mp_queue *queue, const void *item, size_t bytes);

/* Takes the first item, if there is one that nobody else waits for. Returns whether there was. */
int mpp_queue_pop(struct mp_queue *queue, void *item, size_t *bytes);

/* Leases the room there is to those who want it. */
void mpp_queue_feed(struct mp_queue *queue);

/* ---- in each rank (queue.c) ---- */

/* What home says; called directly for home itself. */
void mpp_queue_hear_grant(struct mp_queue *queue, const struct mpp_message *message);
void mpp_queue_hear_recall(struct mp_queue *queue, const struct mpp_message *message);

#endif
