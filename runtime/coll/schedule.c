/* SPDX-License-Identifier: BSD-3-Clause */
/* Schedules: writing them down, and working them off as composite requests (p2p/request.h).
 *
 * A step that waits names the steps whose messages it waits for, and while one of them is in flight
 * the schedule stands there. So steps are taken in the order in which a blocking call takes them,
 * which is all that the algorithms rely on: that a buffer is complete before it is passed on, and
 * that two messages from one rank to another are matched in the order of both lists.
 *
 * While a step runs a function of the user, an operator say, other threads and the function itself
 * may enter the library. They do not meet this schedule: it awaits nothing, and its request stays.
 * But the function's calls must not take the steps of yet another schedule, or a crowd of them
 * would nest ever deeper. */
#include "coll/schedule.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "p2p/borrow.h"
#include "p2p/done.h"
#include "p2p/p2p.h"
#include "p2p/send.h"

enum {
    STEPS_FIRST = 16, /* room in a new list; it doubles */
    MEMORY_FIRST_BYTES = 512,
    KEPT_MAX = 64,
    SEND_NOW_BYTES = 1 << 10, /* longer messages are made out with the peer (p2p/resend.h) */
    STEPS_PER_PASS = 256,
    LARGE_BYTES = 64 << 10 /* scratch memory worth keeping for the next call */
};

int mpr_schedule_active_count;

static int taking_count; /* steps that are being taken now */

enum step_kind {
    STEP_SEND,
    STEP_RECV,
    STEP_BORROW,
    STEP_COPY,
    STEP_APPLY,
    STEP_FOLD,
    STEP_CALL,
    STEP_WAIT,
    STEP_RETURN
};

struct step {
    enum step_kind kind;
    int peer; /* of messages, as are the next two */
    int tag;
    struct mpr_comm *comm;
    struct mpr_items items; /* a message; what is copied; the result of the operator; or none */
    union {
        struct {
            struct mpr_request *request; /* NULL: it is not in flight */
            struct mpr_items *place;     /* where what it has borrowed lies */
        } message;
        struct mpr_items to; /* of a copy */
        struct {
            struct mpr_op *op;
            const void *left;
            const void *right;
        } apply;
        struct {
            struct mpr_op *op;
            const struct mpr_items *operands;
            int count;
        } fold;
        struct {
            void (*function)(struct mpr_coll *coll, void *state);
            void *state;
        } call;
        struct {
            int first;
            int end;
        } range; /* of steps, which are waited for, or returned */
    };
};

/* Memory that lives as long as the schedule; the user's part begins a cache line further on. */
struct block {
    struct block *next;
    size_t bytes;
};

struct mpr_schedule {
    struct mpr_coll coll; /* takes the steps, one by one */
    struct step *steps;
    int step_count;
    int step_room;
    int next;      /* the step to be taken */
    bool is_early; /* steps may be taken while it is written */
    struct block *blocks;
    size_t memory_used_bytes;
    struct mpr_schedule *next_kept;
    struct step first_steps[STEPS_FIRST];
    MPR_ALIGNED(MPR_LINE_BYTES) unsigned char first_memory[MEMORY_FIRST_BYTES];
};

/* Schedules that are over, for the next calls: a small one fits into what it has of its own, and to
 * allocate that took longer than its steps. */
static struct mpr_schedule *kept;
static int kept_count;

/* --- Writing ---------------------------------------------------------------------------------- */

/* Schedules that are used again have tags of a range of their own, below all wildcards, and so
 * never meet the calls that are begun meanwhile, however many. One tag serves all starts: what one
 * rank sends to another is matched in the order of the starts. */
static int lasting_tag(struct mpr_comm *comm)
{
    return INT_MIN + (int)(comm->lasting_count++ & (INT_MAX >> 1));
}

static struct mpr_schedule *schedule_make(void)
{
    struct mpr_schedule *schedule = kept;

    if (mpr_likely(schedule != NULL)) {
        kept = schedule->next_kept;
        kept_count--;
    } else if ((schedule = aligned_alloc(MPR_LINE_BYTES, sizeof(*schedule))) == NULL) {
        return NULL;
    }
    schedule->steps = schedule->first_steps;
    schedule->step_count = 0;
    schedule->step_room = STEPS_FIRST;
    schedule->blocks = NULL;
    schedule->memory_used_bytes = 0;
    return schedule;
}

int mpr_schedule_begin(struct mpr_comm *comm, enum mpr_schedule_use use, struct mpr_coll *coll)
{
    mpr_coll_begin(comm, coll);
    if (use == MPR_SCHEDULE_AGAIN) {
        coll->tag = lasting_tag(comm);
    }
    coll->schedule = schedule_make();
    if (coll->schedule == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    coll->schedule->is_early = use == MPR_SCHEDULE_ONCE;
    return 0;
}

/* Calls that last have tags below 0. */
void mpr_coll_begin_part(const struct mpr_coll *whole, struct mpr_coll *part)
{
    mpr_coll_begin(whole->comm->local, part);
    if (whole->tag < 0) {
        part->tag = lasting_tag(part->comm);
    }
    part->schedule = whole->schedule;
}

static int grow(struct mpr_schedule *schedule)
{
    if (schedule->step_room > INT_MAX / 2) {
        return MPR_ERR_NO_MEMORY;
    }
    int room = 2 * schedule->step_room;
    bool is_first = schedule->steps == schedule->first_steps;
    struct step *steps =
        realloc(is_first ? NULL : schedule->steps, (size_t)room * sizeof(*steps));
    if (steps == NULL) {
        return MPR_ERR_NO_MEMORY;
    }
    if (is_first) {
        memcpy(steps, schedule->first_steps, sizeof(schedule->first_steps));
    }
    schedule->steps = steps;
    schedule->step_room = room;
    return 0;
}

/* The operator of a step that has one, or NULL. */
static struct mpr_op *op_of(const struct step *step)
{
    return step->kind == STEP_APPLY  ? step->apply.op
           : step->kind == STEP_FOLD ? step->fold.op
                                     : NULL;
}

static int append(struct mpr_schedule *schedule, const struct step *step)
{
    if (schedule->step_count == schedule->step_room && grow(schedule) != 0) {
        return MPR_ERR_NO_MEMORY;
    }
    schedule->steps[schedule->step_count++] = *step;
    if (step->items.type != NULL) {
        mpr_type_retain(step->items.type);
    }
    if (step->kind == STEP_COPY) {
        mpr_type_retain(step->to.type);
    }
    if (op_of(step) != NULL) {
        mpr_op_retain(op_of(step));
    }
    return 0;
}

/* Whether the next step may be taken now: all before it have been. */
static bool is_next(const struct mpr_coll *coll)
{
    return coll->schedule->is_early && coll->schedule->step_count == 0 && coll->error == 0 &&
           mpr_likely(!coll->comm->has_dead);
}

static int append_message(const struct mpr_coll *coll, enum step_kind kind, struct mpr_items items,
                          int peer)
{
    return append(
        coll->schedule,
        &(struct step){
            .kind = kind, .peer = peer, .tag = coll->tag, .comm = coll->comm, .items = items});
}

int mpr_schedule_send(const struct mpr_coll *coll, struct mpr_items items, int dest)
{
    if (is_next(coll) && mpr_items_bytes(items) <= SEND_NOW_BYTES &&
        mpr_send_at_once(items.buffer, items.count, items.type, dest, coll->tag, coll->comm,
                         MPR_PLANE_COLLECTIVE)) {
        return 0;
    }
    return append_message(coll, STEP_SEND, items, dest);
}

int mpr_schedule_recv(const struct mpr_coll *coll, struct mpr_items items, int source)
{
    if (is_next(coll) && mpr_recv_if_there(items.buffer, items.count, items.type, source, coll->tag,
                                           coll->comm, MPR_PLANE_COLLECTIVE)) {
        return 0;
    }
    return append_message(coll, STEP_RECV, items, source);
}

int mpr_schedule_borrow(const struct mpr_coll *coll, struct mpr_items *place, int source)
{
    return append(coll->schedule, &(struct step){.kind = STEP_BORROW,
                                                 .peer = source,
                                                 .tag = coll->tag,
                                                 .comm = coll->comm,
                                                 .items = *place,
                                                 .message.place = place});
}

/* What is too much is an error of the call, not of its beginning. */
int mpr_schedule_copy(const struct mpr_coll *coll, struct mpr_items from, struct mpr_items to)
{
    if (is_next(coll) && mpr_items_bytes(from) <= mpr_items_bytes(to)) {
        mpr_type_copy(from.type, from.buffer, from.count, to.type, to.buffer, to.count);
        return 0;
    }
    return append(coll->schedule, &(struct step){.kind = STEP_COPY, .items = from, .to = to});
}

/* A function of the user runs without the lock: nobody must see this call half written. */
int mpr_schedule_apply(const struct mpr_coll *coll, struct mpr_op *op, const void *left,
                       const void *right, struct mpr_items out)
{
    if (is_next(coll) && op->predefined) {
        mpr_op_apply3(op, left, right, out.buffer, out.count, out.type);
        return 0;
    }
    return append(coll->schedule,
                  &(struct step){.kind = STEP_APPLY, .items = out, .apply = {op, left, right}});
}

int mpr_schedule_fold(struct mpr_schedule *schedule, struct mpr_op *op,
                      const struct mpr_items *operands, int count, struct mpr_items out)
{
    return append(schedule,
                  &(struct step){.kind = STEP_FOLD, .items = out, .fold = {op, operands, count}});
}

int mpr_schedule_call(struct mpr_schedule *schedule,
                      void (*function)(struct mpr_coll *coll, void *state), void *state)
{
    return append(schedule, &(struct step){.kind = STEP_CALL, .call = {function, state}});
}

int mpr_schedule_wait(struct mpr_schedule *schedule, int first, int end)
{
    return first == end ? 0
                        : append(schedule,
                                 &(struct step){.kind = STEP_WAIT, .range = {first, end}});
}

int mpr_schedule_return(struct mpr_schedule *schedule, int first, int end)
{
    for (int i = first; i < end; i++) {
        if (schedule->steps[i].kind == STEP_BORROW) {
            return append(schedule, &(struct step){.kind = STEP_RETURN, .range = {first, end}});
        }
    }
    return 0;
}

int mpr_schedule_end(const struct mpr_schedule *schedule)
{
    return schedule->step_count;
}

/* Memory that does not fit into the schedule's own. */
static void *block_memory(struct mpr_schedule *schedule, size_t bytes)
{
    size_t whole = mpr_round_up(bytes, MPR_LINE_BYTES) + MPR_LINE_BYTES;
    struct block *block =
        whole >= LARGE_BYTES ? mpr_scratch_take(&whole) : aligned_alloc(MPR_LINE_BYTES, whole);
    if (block == NULL) {
        return NULL;
    }
    block->bytes = whole;
    block->next = schedule->blocks;
    schedule->blocks = block;
    return (unsigned char *)block + MPR_LINE_BYTES;
}

void *mpr_schedule_memory(struct mpr_schedule *schedule, size_t bytes)
{
    size_t used = schedule->memory_used_bytes;

    if (bytes > sizeof(schedule->first_memory) - used) {
        return block_memory(schedule, bytes);
    }
    schedule->memory_used_bytes = used + mpr_round_up(bytes, MPR_LINE_BYTES);
    return schedule->first_memory + used;
}

static void release_objects(const struct step *step)
{
    if (step->items.type != NULL) {
        mpr_type_release(step->items.type);
    }
    if (step->kind == STEP_COPY) {
        mpr_type_release(step->to.type);
    }
    if (op_of(step) != NULL) {
        mpr_op_release(op_of(step));
    }
}

static void schedule_free(struct mpr_schedule *schedule)
{
    for (int i = 0; i < schedule->step_count; i++) {
        release_objects(&schedule->steps[i]);
    }
    while (schedule->blocks != NULL) {
        struct block *block = schedule->blocks;
        schedule->blocks = block->next;
        mpr_scratch_give(block, block->bytes);
    }
    if (schedule->steps != schedule->first_steps) {
        free(schedule->steps);
    }
    if (kept_count == KEPT_MAX) {
        free(schedule);
        return;
    }
    schedule->next_kept = kept;
    kept = schedule;
    kept_count++;
}

/* --- Working off ------------------------------------------------------------------------------ */

static void take_send(struct mpr_coll *coll, struct step *step)
{
    struct mpr_items items = step->items;
    if (!mpr_coll_is_over(coll)) {
        mpr_coll_note(coll, mpr_send_begin(items.buffer, items.count, items.type, step->peer,
                                           step->tag, step->comm, MPR_PLANE_COLLECTIVE,
                                           MPR_SEND_STANDARD, &step->message.request));
    }
}

static void take_recv(struct mpr_coll *coll, struct step *step)
{
    struct mpr_items items = step->items;
    if (!mpr_coll_is_over(coll) &&
        !mpr_recv_if_there(items.buffer, items.count, items.type, step->peer, step->tag, step->comm,
                           MPR_PLANE_COLLECTIVE)) {
        mpr_coll_note(coll, mpr_recv_start(items.buffer, items.count, items.type, step->peer,
                                           step->tag, step->comm, MPR_PLANE_COLLECTIVE,
                                           &step->message.request));
    }
}

static void take_borrow(struct mpr_coll *coll, struct step *step)
{
    struct mpr_items items = step->items;
    if (!mpr_coll_is_over(coll)) {
        mpr_coll_note(coll, mpr_borrow_start(items.buffer, items.count, items.type, step->peer,
                                             step->tag, step->comm, MPR_PLANE_COLLECTIVE,
                                             &step->message.request));
    }
}

static void release_request(struct step *step)
{
    mpr_request_release(step->message.request);
    step->message.request = NULL;
}

/* The message of a step has come. What was borrowed keeps its request. */
static void land(struct mpr_coll *coll, struct step *step)
{
    struct mpr_request *request = step->message.request;
    mpr_coll_note(coll, request->error);
    if (step->kind == STEP_BORROW) {
        step->message.place->buffer = request->buffer;
    } else {
        release_request(step);
    }
}

/* Collects the messages that have completed. False: `request` advances when the others have. */
static bool take_wait(struct mpr_schedule *schedule, const struct step *wait,
                      struct mpr_request *request)
{
    for (int i = wait->range.first; i < wait->range.end; i++) {
        struct step *step = &schedule->steps[i];
        if (step->kind > STEP_BORROW || step->message.request == NULL) {
            continue;
        }
        if (step->message.request->complete) {
            land(&schedule->coll, step);
        } else {
            mpr_request_await(request, step->message.request);
        }
    }
    return request->awaited_count == 0;
}

static void take_return(struct mpr_schedule *schedule, const struct step *back)
{
    for (int i = back->range.first; i < back->range.end; i++) {
        struct step *step = &schedule->steps[i];
        if (step->kind == STEP_BORROW && step->message.request != NULL) {
            mpr_coll_note(&schedule->coll, mpr_borrow_return(step->message.request));
            release_request(step);
        }
    }
}

/* False: the step is to be taken again later. */
static bool take(struct mpr_schedule *schedule, struct step *step, struct mpr_request *request)
{
    struct mpr_coll *coll = &schedule->coll;
    switch (step->kind) {
    case STEP_SEND:
        take_send(coll, step);
        return true;
    case STEP_RECV:
        take_recv(coll, step);
        return true;
    case STEP_BORROW:
        take_borrow(coll, step);
        return true;
    case STEP_COPY:
        mpr_coll_copy(coll, step->items, step->to);
        return true;
    case STEP_APPLY:
        mpr_coll_apply(coll, step->apply.op, step->apply.left, step->apply.right, step->items);
        return true;
    case STEP_FOLD:
        mpr_coll_fold(coll, step->fold.op, step->fold.operands, step->fold.count, step->items);
        return true;
    case STEP_CALL:
        step->call.function(coll, step->call.state);
        return true;
    case STEP_RETURN:
        take_return(schedule, step);
        return true;
    case STEP_WAIT:
        break;
    }
    return take_wait(schedule, step, request);
}

static int advance(struct mpr_request *request)
{
    struct mpr_schedule *schedule = request->state;
    for (int taken = 0; schedule->next < schedule->step_count; taken++) {
        if (taken == STEPS_PER_PASS) {
            mpr_request_advance_soon(request);
            return taken;
        }
        taking_count++;
        bool is_over = take(schedule, &schedule->steps[schedule->next], request);
        taking_count--;
        if (!is_over) {
            return taken;
        }
        schedule->next++;
    }
    mpr_schedule_active_count--;
    mpr_request_complete(request, schedule->coll.error);
    return 1;
}

/* The status of a collective's request says nothing about a message (MPI 5.0, 6.12). */
static int start(struct mpr_request *request)
{
    struct mpr_schedule *schedule = request->state;
    if (request->born_done) {
        return 0;
    }
    mpr_request_activate(request);
    mpr_request_promise(request);
    mpr_schedule_active_count++;
    request->source = MPI_ANY_SOURCE;
    request->tag = MPI_ANY_TAG;
    schedule->next = 0;
    schedule->coll.error = 0;
    mpr_coll_is_over(&schedule->coll);
    advance(request);
    return 0;
}

void mpr_schedules_progress(void)
{
    if (taking_count == 0) {
        mpr_progress();
    }
}

static void destroy(struct mpr_request *request)
{
    schedule_free(request->state);
}

static const struct mpr_request_class schedule_class = {
    .start = start, .advance = advance, .destroy = destroy, .binding = true};

/* The functions of a schedule that will not be started hear of it. */
static void call_off(struct mpr_coll *coll)
{
    struct mpr_schedule *schedule = coll->schedule;
    for (int i = 0; i < schedule->step_count; i++) {
        struct step *step = &schedule->steps[i];
        if (step->kind == STEP_CALL) {
            step->call.function(coll, step->call.state);
        }
    }
}

int mpr_schedule_finish(struct mpr_coll *coll, struct mpr_request **request)
{
    struct mpr_schedule *schedule = coll->schedule;
    bool is_done = schedule->is_early && schedule->step_count == 0;
    if (coll->error == 0) {
        *request = is_done ? mpr_request_make_done(&schedule_class, MPI_ANY_SOURCE, MPI_ANY_TAG, 0)
                           : mpr_request_make(&schedule_class, coll->comm);
        mpr_coll_note(coll, *request != NULL ? 0 : MPR_ERR_NO_MEMORY);
    }
    if (coll->error != 0) {
        call_off(coll);
        schedule_free(schedule);
        return coll->error;
    }
    if (is_done) {
        schedule_free(schedule);
        return 0;
    }
    schedule->coll = *coll;
    schedule->coll.schedule = NULL;
    (*request)->state = schedule;
    return 0;
}
