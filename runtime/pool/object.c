/* SPDX-License-Identifier: BSD-3-Clause */
/* Objects: how they come and go, and how they are called. */
#include "pool/object.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "pool/clock.h"
#include "pool/error.h"

/* Operations of every object; the classes' own calls and messages begin at MPP_OWN. */
enum {
    ANSWER = 0xff00,
    CANCEL,
    LEAVE = 0x7fff,
    NOT_WAITING = 0x8000, /* flag of a call: to be answered at once */
    FACTS_MAX = 6
};

uint64_t mpp_thread_number(void)
{
    static atomic_uint_fast64_t last;
    static _Thread_local uint64_t mine;
    if (!mine) {
        mine = atomic_fetch_add(&last, 1) + 1;
    }
    return mine;
}

/* ---- lines ---- */

void mpp_line_append(struct mpp_line *line, struct mpp_ticket *ticket)
{
    ticket->next = NULL;
    if (line->last) {
        line->last->next = ticket;
    } else {
        line->first = ticket;
    }
    line->last = ticket;
}

struct mpp_ticket *mpp_line_take(struct mpp_line *line)
{
    struct mpp_ticket *ticket = line->first;
    if (ticket) {
        line->first = ticket->next;
        line->last = line->first ? line->last : NULL;
    }
    return ticket;
}

int mpp_line_up(struct mpp_object *object, struct mpp_line *line, const struct mpp_ticket *ticket)
{
    struct mpp_ticket *copy = malloc(sizeof *copy);
    if (!copy) {
        mpp_answer(object, ticket, MPP_NO_MEMORY, 0, NULL, 0);
        return 0;
    }
    *copy = *ticket;
    mpp_line_append(line, copy);
    return 1;
}

void mpp_line_answer_all(struct mpp_object *object, struct mpp_line *line, int result)
{
    struct mpp_ticket *ticket;
    while ((ticket = mpp_line_take(line)) != NULL) {
        mpp_answer(object, ticket, result, 0, NULL, 0);
        free(ticket);
    }
}

void mpp_line_bury(struct mpp_line *line, int rank)
{
    struct mpp_line living = {0};
    struct mpp_ticket *ticket;
    while ((ticket = mpp_line_take(line)) != NULL) {
        if (ticket->rank == rank) {
            free(ticket);
        } else {
            mpp_line_append(&living, ticket);
        }
    }
    *line = living;
}

/* Takes out the ticket of a caller; null when it was answered already. */
static struct mpp_ticket *take_ticket(struct mpp_line *line, int rank, uint64_t token)
{
    struct mpp_ticket *before = NULL;
    struct mpp_ticket *ticket = line->first;
    while (ticket && (ticket->rank != rank || ticket->token != token)) {
        before = ticket;
        ticket = ticket->next;
    }
    if (ticket) {
        *(before ? &before->next : &line->first) = ticket->next;
        line->last = line->last == ticket ? before : line->last;
    }
    return ticket;
}

/* ---- at home ---- */

static void cancel(struct mpp_object *object, int rank, uint64_t token)
{
    struct mpp_ticket *ticket = take_ticket(&object->waiting, rank, token);
    if (!ticket) {
        return;
    }
    if (object->class->give_up) {
        object->class->give_up(object, ticket);
    } else {
        mpp_answer(object, ticket, MPP_RESULT(MP_ERROR_TIMEOUT), 0, NULL, 0);
        free(ticket);
    }
}

/* Lets all members go when the last has come: nobody calls any more. */
static void let_go(struct mpp_object *object)
{
    int gone_count = object->dead_count;
    for (const struct mpp_ticket *ticket = object->leaving.first; ticket; ticket = ticket->next) {
        gone_count++;
    }
    if (gone_count == object->channel->size) {
        mpp_line_answer_all(object, &object->leaving, MPP_OK);
    }
}

static void serve(struct mpp_object *object, struct mpp_ticket *ticket, const void *data,
                  size_t bytes)
{
    if (ticket->operation == LEAVE) {
        mpp_line_up(object, &object->leaving, ticket);
        let_go(object);
        return;
    }
    int may_wait = !(ticket->operation & NOT_WAITING);
    ticket->operation &= (uint16_t)~NOT_WAITING;
    object->class->serve(object, ticket, data, bytes);
    if (!may_wait) {
        cancel(object, ticket->rank, ticket->token);
    }
}

static void finish(struct mpp_waiter *waiter, int result, int64_t value, const void *data,
                   size_t bytes)
{
    waiter->result = result;
    waiter->value = value;
    waiter->bytes = bytes;
    if (bytes && waiter->data) {
        memcpy(waiter->data, data, bytes < waiter->room ? bytes : waiter->room);
    }
    mpp_waiter_finish(waiter);
}

void mpp_answer(struct mpp_object *object, const struct mpp_ticket *ticket, int result,
                int64_t value, const void *data, size_t bytes)
{
    if (ticket->rank == object->rank) {
        finish((struct mpp_waiter *)(uintptr_t)ticket->token, result, value, data, bytes);
        return;
    }
    struct mpp_message message = {.operation = ANSWER,
                                  .result = (int16_t)result,
                                  .token = ticket->token,
                                  .value = value,
                                  .bytes = bytes};
    mpp_post(object->channel, ticket->rank, &message, data);
}

int mpp_tell(struct mpp_object *object, int rank, const struct mpp_message *message,
             const void *data)
{
    struct mpp_message addressed = *message;
    addressed.object = object->id;
    return mpp_post(object->channel, rank, &addressed, data);
}

void mpp_object_hold(struct mpp_object *object)
{
    object->is_due = 1;
    mpp_service_rouse();
}

void mpp_object_take(struct mpp_channel *channel, int source, const struct mpp_message *message,
                     const void *data)
{
    if (message->operation == ANSWER) {
        finish((struct mpp_waiter *)(uintptr_t)message->token, message->result, message->value,
               data, (size_t)message->bytes);
        return;
    }
    struct mpp_object *object = mpp_channel_find(channel, message->object);
    if (!object) {
        return; /* freed, with nobody waiting for it */
    }
    if (message->operation == CANCEL) {
        cancel(object, source, message->token);
    } else if (message->token) {
        struct mpp_ticket ticket = {.token = message->token,
                                    .value = message->value,
                                    .rank = source,
                                    .operation = message->operation};
        serve(object, &ticket, data, (size_t)message->bytes);
    } else {
        object->class->hear(object, source, message, data);
    }
}

void mpp_object_bury(struct mpp_object *object, int rank)
{
    if (rank == object->home) {
        object->home_died = 1;
        mpp_waiters_bury(object, MPP_RESULT(MP_ERROR_PEER_DIED));
    } else if (object->rank == object->home) {
        mpp_line_bury(&object->waiting, rank);
        mpp_line_bury(&object->leaving, rank);
        if (object->class->bury) {
            object->class->bury(object, rank);
        }
        object->dead_count++;
        let_go(object);
    }
}

/* ---- calling ---- */

/* Hands the call over to home. Returns 0, or the result when home is dead. */
static int begin(struct mpp_object *object, const struct mpp_call *call, struct mpp_waiter *waiter)
{
    uint16_t operation = call->operation | (call->timeout == 0 ? NOT_WAITING : 0);
    uint64_t token = (uint64_t)(uintptr_t)waiter;
    if (object->is_due) {
        object->class->flush(object);
    }
    if (object->rank == object->home) {
        struct mpp_ticket ticket = {
            .token = token, .value = call->value, .rank = object->rank, .operation = operation};
        serve(object, &ticket, call->data, call->bytes);
        return MPP_OK;
    }
    struct mpp_message message = {
        .operation = operation, .token = token, .value = call->value, .bytes = call->bytes};
    int error =
        object->home_died ? MPI_ERR_OTHER : mpp_tell(object, object->home, &message, call->data);
    return error ? MPP_RESULT(MP_ERROR_PEER_DIED) : MPP_OK;
}

/* The time is up. The answer comes all the same, and decides. */
static void give_up(struct mpp_object *object, struct mpp_waiter *waiter)
{
    uint64_t token = (uint64_t)(uintptr_t)waiter;
    if (object->rank == object->home) {
        cancel(object, object->rank, token);
    } else {
        struct mpp_message message = {.operation = CANCEL, .token = token};
        mpp_tell(object, object->home, &message, NULL);
    }
    mpp_wait(waiter, MPP_NEVER);
}

int mpp_object_call_locked(struct mpp_object *object, struct mpp_call *call)
{
    struct mpp_waiter waiter = {.object = object, .data = call->answer, .room = call->room};
    uint64_t deadline_ns = call->timeout == 0 ? MPP_NEVER : mpp_deadline_ns(call->timeout);
    int result = begin(object, call, &waiter);
    if (result) {
        return result;
    }
    mpp_waiter_enter(&waiter);
    if (!waiter.is_done && !mpp_wait(&waiter, deadline_ns)) {
        give_up(object, &waiter);
    }
    mpp_waiter_leave(&waiter);
    call->answer_bytes = waiter.bytes;
    call->answer_value = waiter.value;
    return waiter.result;
}

int mpp_object_call(struct mpp_object *object, struct mpp_call *call)
{
    mpp_sync_lock();
    int result = mpp_object_call_locked(object, call);
    mpp_sync_unlock();
    return result;
}

int mpp_object_error(const struct mpp_object *object, int result, const char *function)
{
    static const char *const texts[MP_ERROR_COUNT] = {
        [MP_ERROR_TIMEOUT] = "the time limit passed; nothing was done",
        [MP_ERROR_CLOSED] = "it is closed",
        [MP_ERROR_HOLDER_DIED] =
            "acquired; its last holder died with it, so look at what it protects",
        [MP_ERROR_BROKEN] =
            "it is broken: a party gave up, died or aborted it; mp_barrier_reset mends it",
    };
    if (result == MPP_OK) {
        return MPI_SUCCESS;
    }
    if (result == MPP_NO_MEMORY) {
        return mpp_no_memory(object->channel->user_comm, function, sizeof(struct mpp_ticket));
    }
    enum mp_error kind = (enum mp_error)(result - 1);
    if (kind == MP_ERROR_PEER_DIED) {
        return mpp_state(kind, function, "rank %d, home of the %s, has died", object->home,
                         object->class->name);
    }
    return mpp_state(kind, function, "%s: %s", object->class->name,
                     texts[kind] ? texts[kind] : "failed");
}

/* ---- life ---- */

/* Whether all members came with the same facts and with memory: 0, or an mp error kind + 1, or
 * MPP_NO_MEMORY; *error is MPI's. Each fact travels with its negative: the least of both tell
 * whether all are equal. */
static int agree(struct mpp_channel *channel, const int64_t *facts, int count, int is_able,
                 int *error)
{
    int64_t mine[1 + 2 * FACTS_MAX];
    int64_t least[1 + 2 * FACTS_MAX];
    MPI_Request request = MPI_REQUEST_NULL;
    mine[0] = is_able;
    for (int i = 0; i < count; i++) {
        mine[1 + 2 * i] = facts[i];
        mine[2 + 2 * i] = -facts[i];
    }
    *error = MPI_Iallreduce(mine, least, 1 + 2 * count, MPI_INT64_T, MPI_MIN, channel->comm,
                            &request);
    if (!*error) {
        *error = mpp_wait_request(&request);
    }
    if (*error) {
        return MPP_OK;
    }
    for (int i = 0; i < count; i++) {
        if (least[1 + 2 * i] != -least[2 + 2 * i]) {
            return MPP_RESULT(MP_ERROR_SIZE);
        }
    }
    return least[0] ? MPP_OK : MPP_NO_MEMORY;
}

static int fail_open(struct mpp_object *object, int result, int error, const char *function)
{
    struct mpp_channel *channel = object->channel;
    MPI_Comm comm = channel->user_comm;
    mpp_sync_lock();
    if (object->id) {
        mpp_channel_leave(channel, object->id);
    }
    mpp_sync_unlock();
    mpp_channel_release(channel);
    if (error) {
        return mpp_from_mpi(error, function);
    }
    return result == MPP_NO_MEMORY
               ? mpp_no_memory(comm, function, sizeof *object)
               : mpp_misuse(MP_ERROR_SIZE, comm, function,
                            "the ranks of the communicator give different homes, sizes or kinds");
}

int mpp_object_prepare(MPI_Comm comm, int home, const void *place, struct mpp_channel **channel,
                       const char *function)
{
    int error = mpp_channel_open(comm, channel, function);
    if (error) {
        return error;
    }
    if (place && home >= 0 && home < (*channel)->size) {
        return MPI_SUCCESS;
    }
    int size = (*channel)->size;
    mpp_channel_release(*channel);
    return place
               ? mpp_bad_argument(comm, function, "home is %d: no rank of a communicator of %d",
                                  home, size)
               : mpp_bad_argument(comm, function, "the place for the new object is a null pointer");
}

int mpp_object_open(struct mpp_object *object, const struct mpp_class *class,
                    struct mpp_channel *channel, int home, const int64_t *facts, int fact_count,
                    int is_able, const char *function)
{
    int64_t all[FACTS_MAX] = {0};
    int error = MPI_SUCCESS;
    struct mpp_object nobody = {0};
    if (!object) {
        object = &nobody;
        is_able = 0;
    }
    object->class = class;
    object->channel = channel;
    object->rank = channel->rank;
    object->home = home;
    mpp_sync_lock();
    object->id = mpp_channel_enter(channel, object);
    mpp_sync_unlock();
    all[0] = home;
    all[1] = object->id;
    if (fact_count) {
        memcpy(all + 2, facts, (size_t)fact_count * sizeof *facts);
    }
    int result = agree(channel, all, 2 + fact_count, is_able && object->id, &error);
    return result || error ? fail_open(object, result, error, function) : MPI_SUCCESS;
}

int mpp_object_close(struct mpp_object *object, const char *function)
{
    struct mpp_channel *channel = object->channel;
    struct mpp_call call = {.operation = LEAVE, .timeout = MP_FOREVER};
    mpp_sync_lock();
    int result = mpp_object_call_locked(object, &call);
    mpp_channel_leave(channel, object->id);
    struct mpp_ticket *ticket;
    while ((ticket = mpp_line_take(&object->waiting)) != NULL) {
        free(ticket);
    }
    mpp_sync_unlock();
    int error = result == MPP_NO_MEMORY ? mpp_object_error(object, result, function) : MPI_SUCCESS;
    mpp_channel_release(channel);
    return error; // a home that has died need not be waited for
}
