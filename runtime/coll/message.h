/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of one collective call: messages, copies, applications of an operator.
 *
 * What is sent where depends on ranks, counts and types alone, never on data. So every algorithm is
 * written once, with the functions below, and serves twice: each function takes its step at once
 * and waits for it; or, while coll->schedule is set, it writes the step down in that schedule,
 * which a nonblocking call then works off in the same order (coll/schedule.h). An algorithm must
 * therefore leave all work on data to these functions, and read none itself.
 *
 * Messages travel on the communicator's collective plane and bear the call's number as their tag,
 * so that neither the user's messages nor those of another call match. A message that fails
 * (truncation) does not end the call: the first error is noted, everything else goes on, so that no
 * peer waits for a message which never comes; mpr_coll.error is the result of the call. Only lack
 * of memory ends it early, and the death of a process of the communicator: every member hears of
 * that by itself (p2p/bury.h), and from then on the functions below send nothing and wait for
 * nothing. All functions need the library's lock. */
#ifndef MPR_COLL_MESSAGE_H
#define MPR_COLL_MESSAGE_H

#include <limits.h>

#include "base/error.h"
#include "coll/items.h"
#include "coll/scratch.h"
#include "comm/comm.h"
#include "p2p/request.h"
#include "p2p/store.h"
#include "type/op.h"

struct mpr_schedule;

struct mpr_coll {
    struct mpr_comm *comm;
    int rank;
    int size;
    int tag;
    int error;                     /* 0, or the first mpr error */
    bool is_late;                  /* a member was waited for on the slate, for microseconds */
    struct mpr_schedule *schedule; /* NULL: steps are taken at once; else they are written down */
    struct mpr_type *types[2];     /* held by a blocking call: another thread may free them */
    struct mpr_op *op;             /* the same; NULL where there is none */
};

/* Begins the next collective call on `comm`, a blocking one. Every rank of it must get here, in the
 * same order; for the other forms, see mpr_schedule_begin(). */
static inline void mpr_coll_begin(struct mpr_comm *comm, struct mpr_coll *coll)
{
    uint32_t number = comm->collective_count++;
    *coll = (struct mpr_coll){
        .comm = comm,
        .rank = comm->rank,
        .size = comm->size,
        .tag = (int)(number & INT_MAX),
        .error = mpr_unlikely(comm->has_dead) ? MPR_ERR_PEER : MPR_OK,
    };
}

static inline void mpr_coll_note(struct mpr_coll *coll, int code)
{
    if (mpr_unlikely(code != 0) && coll->error == 0) {
        coll->error = code;
    }
}

/* Whether a death has ended the call, which is noted. */
static inline bool mpr_coll_is_over(struct mpr_coll *coll)
{
    bool is_over = mpr_unlikely(coll->comm->has_dead);
    mpr_coll_note(coll, is_over ? MPR_ERR_PEER : MPR_OK);
    return is_over;
}

/* --- Messages --------------------------------------------------------------------------------- */

/* Items are handed on field by field, in registers: to copy a struct whose fields were written a
 * moment ago makes a processor wait for as long as the rest of a short step. */
void mpr_coll_send_fields(struct mpr_coll *coll, const void *buffer, MPI_Count count,
                          struct mpr_type *type, int dest);
void mpr_coll_recv_fields(struct mpr_coll *coll, void *buffer, MPI_Count count,
                          struct mpr_type *type, int source);

/* Each is over before the next step begins. Ranks may be MPI_PROC_NULL. */
static inline void mpr_coll_send(struct mpr_coll *coll, struct mpr_items items, int dest)
{
    mpr_coll_send_fields(coll, items.buffer, items.count, items.type, dest);
}

static inline void mpr_coll_recv(struct mpr_coll *coll, struct mpr_items items, int source)
{
    mpr_coll_recv_fields(coll, items.buffer, items.count, items.type, source);
}

void mpr_coll_sendrecv(struct mpr_coll *coll, struct mpr_items out, int dest, struct mpr_items in,
                       int source);

/* Messages in flight, while other steps are taken. Empty ones are left out on both sides. Messages
 * of two batches may be in flight together; the second one is opened when the first has all
 * of its own. */
struct mpr_batch {
    struct mpr_coll *coll;
    struct mpr_flight *flights; /* NULL in a schedule */
    int first, end;             /* steps of the schedule */
    int count;
    struct mpr_scratch scratch;
};

struct mpr_flight {
    struct mpr_request *request; /* NULL: it is over */
    struct mpr_items *place;     /* of one that may be borrowed, else NULL */
};

/* Room for `most` messages. False: no memory, noted; then there is nothing to finish. */
bool mpr_batch_open(struct mpr_batch *batch, struct mpr_coll *coll, int most);
void mpr_batch_send_fields(struct mpr_batch *batch, const void *buffer, MPI_Count count,
                           struct mpr_type *type, int dest);
void mpr_batch_recv_fields(struct mpr_batch *batch, void *buffer, MPI_Count count,
                           struct mpr_type *type, int source);

static inline void mpr_batch_send(struct mpr_batch *batch, struct mpr_items items, int dest)
{
    mpr_batch_send_fields(batch, items.buffer, items.count, items.type, dest);
}

static inline void mpr_batch_recv(struct mpr_batch *batch, struct mpr_items items, int source)
{
    mpr_batch_recv_fields(batch, items.buffer, items.count, items.type, source);
}

/* A receive of items without gaps that are only read, and no more than once: they may be borrowed
 * (p2p/borrow.h). *place says where there is room for them, and once they have come where they lie.
 * It lives until the end of the batch; in a schedule, as long as that. */
void mpr_batch_borrow(struct mpr_batch *batch, struct mpr_items *place, int source);

/* Waits for all messages so far. What was borrowed stays so. */
void mpr_batch_wait(struct mpr_batch *batch);

/* Waits for all that is still in flight, and returns what was borrowed. */
void mpr_batch_finish(struct mpr_batch *batch);

/* --- Local work ------------------------------------------------------------------------------- */

/* mpr_coll_copy() of what is not one run of bytes, or too much for `to`, or not to be done yet. */
void mpr_coll_copy_any(struct mpr_coll *coll, const struct mpr_items *from,
                       const struct mpr_items *to);

/* A message to itself: the shorter of the two; more than `to` holds is a truncation. */
static inline void mpr_coll_copy(struct mpr_coll *coll, struct mpr_items from, struct mpr_items to)
{
    MPI_Count bytes = mpr_items_bytes(from);

    if (coll->schedule == NULL && from.type->contiguous && to.type->contiguous &&
        bytes <= mpr_items_bytes(to)) {
        mpr_store_back(to.buffer, from.buffer, (size_t)bytes);
    } else {
        mpr_coll_copy_any(coll, &from, &to);
    }
}

/* Copies all blocks of an intracommunicator to memory where they lie packed, one after the other,
 * and back. */
void mpr_coll_pack(struct mpr_coll *coll, const struct mpr_blocks *blocks, unsigned char *packed);
void mpr_coll_unpack(struct mpr_coll *coll, const unsigned char *packed,
                     const struct mpr_blocks *blocks);

/* out[i] = left[i] op right[i] for out.count items of out.type. `out` may be `right`, and must
 * otherwise overlap none. A function of the user runs without the lock (type/op.h). */
void mpr_coll_apply(struct mpr_coll *coll, struct mpr_op *op, const void *left, const void *right,
                    struct mpr_items out);

/* out[i] = operands[0][i] op operands[1][i] op ..., of `count` operands, two at least, which have
 * out.count items and overlap `out` nowhere. What the operands are is read
 * when the step is taken. */
void mpr_coll_fold(struct mpr_coll *coll, struct mpr_op *op, const struct mpr_items *operands,
                   int count, struct mpr_items out);

/* function(coll, state), which may look at coll->error and note one, and may run the user's
 * functions without the lock, but starts no messages. It is called once in any case: in its turn,
 * or, where lack of memory keeps a schedule from ever starting, as soon as that is clear. */
void mpr_coll_call(struct mpr_coll *coll, void (*function)(struct mpr_coll *coll, void *state),
                   void *state);

/* `bytes` bytes, aligned to a cache line, not zeroed: until the close or, in a schedule, as long as
 * that lives. The second form is room for `run_count` runs of `count` items of `type`, the third
 * for a count and a displacement of each rank. NULL or false: no memory, noted; then there is
 * nothing to close. */
void *mpr_coll_open(struct mpr_coll *coll, struct mpr_scratch *scratch, size_t bytes);
bool mpr_coll_open_items(struct mpr_coll *coll, struct mpr_scratch *scratch, int run_count,
                         MPI_Count count, struct mpr_type *type, struct mpr_items *runs);
bool mpr_coll_open_vector(struct mpr_coll *coll, struct mpr_scratch *scratch, MPI_Count **counts,
                          MPI_Aint **displs);
void mpr_coll_close(struct mpr_coll *coll, struct mpr_scratch *scratch);

#endif
