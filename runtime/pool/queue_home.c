/* SPDX-License-Identifier: BSD-3-Clause */
/* A queue at its home: the items, and the credit of those who put. */
#include <stdlib.h>
#include <string.h>

#include "pool/error.h"
#include "pool/queue.h"

/* ---- credit ---- */

/* Home talks to itself like to any other member, only directly. */
static void tell(struct mp_queue *queue, int rank, uint16_t operation, int64_t value)
{
    struct mpp_message message = {.operation = operation,
                                  .result = queue->is_closed ? MPP_RESULT(MP_ERROR_CLOSED) : MPP_OK,
                                  .value = value};
    if (rank != queue->object.rank) {
        mpp_tell(&queue->object, rank, &message, NULL);
    } else if (operation == MPP_QUEUE_GRANT) {
        mpp_queue_hear_grant(queue, &message);
    } else {
        mpp_queue_hear_recall(queue, &message);
    }
}

static int64_t room_of(const struct mp_queue *queue)
{
    return queue->capacity - queue->count - queue->leased;
}

/* Leases a part of the room, so that something is left for others. Home needs no lease beyond the
 * item that it puts. Returns how many credits. */
static int64_t lease(struct mp_queue *queue, int rank)
{
    struct mpp_member *member = &queue->members[rank];
    int64_t room = room_of(queue);
    int64_t share = (room + 1) / 2;
    int64_t window = rank == queue->object.rank ? 1 : queue->window;
    if (queue->is_closed || member->is_recalled || member->lease >= window) {
        return 0;
    }
    share = share < window - member->lease ? share : window - member->lease;
    member->lease += share;
    queue->leased += share;
    return share;
}

static void grant(struct mp_queue *queue, int rank, int64_t credits, int64_t acknowledgements)
{
    struct mpp_member *member = &queue->members[rank];
    int64_t answers = member->ask_count;
    member->ask_count = 0;
    tell(queue, rank, MPP_QUEUE_GRANT, acknowledgements << 48 | answers << 32 | credits);
}

static void stop_hunger(struct mp_queue *queue, struct mpp_member *member)
{
    queue->hungry_count -= member->is_hungry;
    member->is_hungry = 0;
}

/* Asks those who hold credits to return them, for others who want some, or because it closes.
 * Threads of home that wait are about to use theirs. */
static void recall(struct mp_queue *queue)
{
    for (int rank = 0; rank < queue->object.channel->size; rank++) {
        struct mpp_member *member = &queue->members[rank];
        int is_used = rank == queue->object.rank && queue->putters != NULL;
        int is_wanted = queue->is_closed || (queue->hungry_count > member->is_hungry && !is_used);
        if (is_wanted && member->lease && !member->is_recalled) {
            member->is_recalled = 1;
            queue->recalled_count++;
            tell(queue, rank, MPP_QUEUE_RECALL, 0);
        }
    }
}

/* All that could be had has been given: tells those who ask that it is
 * nothing. They stay hungry. */
static void answer_asks(struct mp_queue *queue)
{
    for (int rank = 0; rank < queue->object.channel->size; rank++) {
        struct mpp_member *member = &queue->members[rank];
        if (member->ask_count && !member->is_recalled) {
            grant(queue, rank, 0, 0);
        }
    }
}

void mpp_queue_feed(struct mp_queue *queue)
{
    int size = queue->object.channel->size;
    queue->object.is_due = 0;
    for (int i = 0; i < size && queue->hungry_count && room_of(queue) > 0; i++) {
        int rank = queue->next_hungry;
        struct mpp_member *member = &queue->members[rank];
        queue->next_hungry = (rank + 1) % size;
        int64_t credits = member->is_hungry ? lease(queue, rank) : 0;
        if (credits) {
            stop_hunger(queue, member);
            grant(queue, rank, credits, 0);
        }
    }
    if (queue->hungry_count) {
        recall(queue);
        if (!queue->recalled_count) {
            answer_asks(queue);
        }
    }
}

void mpp_queue_ask(struct mp_queue *queue, int rank)
{
    struct mpp_member *member = &queue->members[rank];
    member->ask_count++;
    if (queue->is_closed) {
        grant(queue, rank, 0, 0);
        return;
    }
    queue->hungry_count += !member->is_hungry;
    member->is_hungry = 1;
    mpp_queue_feed(queue);
}

/* Room has come. While home gets in a row it is leased in larger parts; else at once. */
static void offer_room(struct mp_queue *queue)
{
    int64_t part = queue->capacity / 4 < queue->window ? queue->capacity / 4 : queue->window;
    if (!queue->hungry_count) {
        return;
    }
    if (room_of(queue) >= part || !queue->count) {
        mpp_queue_feed(queue);
    } else {
        mpp_object_hold(&queue->object);
    }
}

/* ---- items ---- */

/* The queue is closed: tells so those who wait, when nothing can come any more. */
static void settle_close(struct mp_queue *queue)
{
    if (!queue->is_closed || queue->leased) {
        return;
    }
    mpp_line_answer_all(&queue->object, &queue->closers, MPP_OK);
    if (!queue->count) {
        mpp_line_answer_all(&queue->object, &queue->object.waiting, MPP_RESULT(MP_ERROR_CLOSED));
    }
}

static void give_front(struct mp_queue *queue, const struct mpp_ticket *ticket)
{
    size_t bytes;
    const void *item = mpp_fifo_front(&queue->fifo, &bytes);
    mpp_answer(&queue->object, ticket, MPP_OK, 0, item, bytes);
    mpp_fifo_pop(&queue->fifo);
    queue->count--;
}

/* Gives items to those who wait. */
static void distribute(struct mp_queue *queue)
{
    while (queue->count && queue->object.waiting.first) {
        struct mpp_ticket *ticket = mpp_line_take(&queue->object.waiting);
        give_front(queue, ticket);
        free(ticket);
    }
}

/* Items of a member have become items of the queue. */
static void settle(struct mp_queue *queue, int rank, int64_t count)
{
    queue->members[rank].lease -= count;
    queue->leased -= count;
    queue->count += count;
    distribute(queue);
    offer_room(queue);
    settle_close(queue);
}

int mpp_queue_push(struct mp_queue *queue, const void *item, size_t bytes)
{
    if (!mpp_fifo_push(&queue->fifo, item, bytes)) {
        return 0;
    }
    settle(queue, queue->object.rank, 1);
    return 1;
}

int mpp_queue_pop(struct mp_queue *queue, void *item, size_t *bytes)
{
    size_t length;
    if (!queue->count) {
        return 0;
    }
    const void *front = mpp_fifo_front(&queue->fifo, &length);
    memcpy(item, front, length);
    if (bytes) {
        *bytes = length;
    }
    mpp_fifo_pop(&queue->fifo);
    queue->count--;
    offer_room(queue);
    settle_close(queue);
    return 1;
}

/* ---- messages and calls ---- */

/* Without memory the items are lost, and so is the promise of this file: that ends the job. */
static void take_batch(struct mp_queue *queue, int source, const struct mpp_message *message,
                       const void *run)
{
    if (!mpp_fifo_push_run(&queue->fifo, run, (size_t)message->bytes)) {
        mpp_no_memory(MPI_COMM_NULL, "mp_queue_put", (size_t)message->bytes);
        MPI_Abort(queue->object.channel->comm, MPI_ERR_NO_MEM);
    }
    settle(queue, source, message->value);
    int64_t credits = queue->members[source].lease < queue->window / 2 && room_of(queue) > 0 &&
                              !queue->hungry_count
                          ? lease(queue, source)
                          : 0;
    grant(queue, source, credits, 1);
}

static void take_back(struct mp_queue *queue, int source, int64_t credits)
{
    struct mpp_member *member = &queue->members[source];
    member->lease -= credits;
    queue->leased -= credits;
    queue->recalled_count -= member->is_recalled;
    member->is_recalled = 0;
    mpp_queue_feed(queue);
    settle_close(queue);
}

void mpp_queue_hear_at_home(struct mp_queue *queue, int source, const struct mpp_message *message,
                            const void *run)
{
    switch (message->operation) {
    case MPP_QUEUE_PUT:
        take_batch(queue, source, message, run);
        break;
    case MPP_QUEUE_ASK:
        mpp_queue_ask(queue, source);
        break;
    case MPP_QUEUE_RETURN:
        take_back(queue, source, message->value);
        break;
    default:
        break;
    }
}

static void close_down(struct mp_queue *queue)
{
    if (!queue->is_closed) {
        queue->is_closed = 1;
        for (int rank = 0; rank < queue->object.channel->size; rank++) {
            if (queue->members[rank].is_hungry) {
                stop_hunger(queue, &queue->members[rank]);
                grant(queue, rank, 0, 0);
            }
        }
        recall(queue);
    }
    settle_close(queue);
}

void mpp_queue_serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                     size_t bytes)
{
    struct mp_queue *queue = (struct mp_queue *)object;
    (void)data;
    (void)bytes;
    if (ticket->operation == MPP_QUEUE_SIZE) {
        mpp_answer(object, ticket, MPP_OK, queue->count, NULL, 0);
    } else if (ticket->operation == MPP_QUEUE_CLOSE) {
        mpp_line_up(object, &queue->closers, ticket);
        close_down(queue);
    } else if (queue->count) {
        give_front(queue, ticket);
        mpp_queue_feed(queue);
        settle_close(queue);
    } else {
        mpp_line_up(object, &object->waiting, ticket);
        settle_close(queue);
    }
}

void mpp_queue_bury(struct mpp_object *object, int rank)
{
    struct mp_queue *queue = (struct mp_queue *)object;
    struct mpp_member *member = &queue->members[rank];
    mpp_line_bury(&queue->closers, rank);
    stop_hunger(queue, member);
    queue->recalled_count -= member->is_recalled;
    queue->leased -= member->lease;
    *member = (struct mpp_member){0};
    mpp_queue_feed(queue);
    settle_close(queue);
}
