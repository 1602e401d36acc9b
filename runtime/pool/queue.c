/* SPDX-License-Identifier: BSD-3-Clause */
/* Queues, as the ranks use them: batches, waiting for credit, and the calls of mp.h. */
#include "pool/queue.h"

#include <stdlib.h>

#include "pool/clock.h"
#include "pool/error.h"

enum {
    CAPACITY = 65536,         /* where the caller gives none */
    BATCH_BYTES = 2048,       /* a message that travels without a chunk of its own */
    WINDOW_COUNT = 8192,      /* credits of one rank: enough for the time of a round trip ... */
    WINDOW_BYTES = 1 << 20,   /* ... of large items as well */
    POLL_STEPS = 16           /* puts between two looks at what home says */
};

static const char create_name[] = "mp_queue_create";

/* ---- batches ---- */

/* Returns whether home could be reached. */
static int send_batch(struct mp_queue *queue)
{
    struct mpp_message message = {
        .operation = MPP_QUEUE_PUT, .value = queue->batch_count, .bytes = queue->batch.used};
    queue->object.is_due = 0;
    if (!queue->batch_count) {
        return 1;
    }
    int error = mpp_tell(&queue->object, queue->object.home, &message, queue->batch.bytes);
    queue->unacknowledged++;
    queue->batch_count = 0;
    queue->batch.used = 0;
    return !error;
}

static void flush(struct mpp_object *object)
{
    struct mp_queue *queue = (struct mp_queue *)object;
    if (object->rank == object->home) {
        mpp_queue_feed(queue);
    } else {
        send_batch(queue);
    }
}

/* Adds an item to the batch, for which there is a credit, and sends it when it is time to. */
static int add_to_batch(struct mp_queue *queue, const void *item, size_t bytes)
{
    size_t record_bytes = mpp_record_bytes(bytes);
    if (queue->batch.used + record_bytes > BATCH_BYTES && !send_batch(queue)) {
        return MPP_RESULT(MP_ERROR_PEER_DIED);
    }
    void *place = mpp_buffer_reserve(&queue->batch, record_bytes);
    if (!place) {
        return MPP_NO_MEMORY;
    }
    mpp_record_write(place, item, bytes);
    queue->batch.used += record_bytes;
    queue->batch_count++;
    queue->credits--;
    if (!queue->unacknowledged || queue->batch.used >= BATCH_BYTES) {
        return send_batch(queue) ? MPP_OK : MPP_RESULT(MP_ERROR_PEER_DIED);
    }
    if (!queue->object.is_due) {
        mpp_object_hold(&queue->object);
    }
    return MPP_OK;
}

/* ---- credit ---- */

static void wake_putters(struct mp_queue *queue)
{
    for (struct mpp_waiter *waiter = queue->putters; waiter; waiter = waiter->next_in_line) {
        mpp_waiter_finish(waiter);
    }
}

void mpp_queue_hear_grant(struct mp_queue *queue, const struct mpp_message *message)
{
    uint64_t value = (uint64_t)message->value;
    queue->credits += (int64_t)(value & UINT32_MAX);
    queue->answer_count += (uint32_t)(value >> 32 & UINT16_MAX);
    queue->unacknowledged -= (uint32_t)(value >> 48);
    queue->is_closed |= message->result != MPP_OK;
    if (!queue->unacknowledged && queue->batch_count) {
        send_batch(queue);
    }
    wake_putters(queue);
}

static void ask(struct mp_queue *queue)
{
    struct mpp_message message = {.operation = MPP_QUEUE_ASK};
    queue->ask_count++;
    if (queue->object.rank == queue->object.home) {
        mpp_queue_ask(queue, queue->object.rank);
    } else {
        send_batch(queue);
        mpp_tell(&queue->object, queue->object.home, &message, NULL);
    }
}

/* Batches first: home settles accounts by the order of messages. One who waits here, and may not
 * have begun to run since its credit came, keeps that. */
void mpp_queue_hear_recall(struct mp_queue *queue, const struct mpp_message *message)
{
    queue->is_closed |= message->result != MPP_OK;
    int64_t kept = queue->putters && queue->credits && !queue->is_closed;
    struct mpp_message answer = {.operation = MPP_QUEUE_RETURN, .value = queue->credits - kept};
    queue->credits = kept;
    if (queue->object.rank == queue->object.home) {
        mpp_queue_hear_at_home(queue, queue->object.rank, &answer, NULL);
    } else {
        send_batch(queue);
        mpp_tell(&queue->object, queue->object.home, &answer, NULL);
    }
    wake_putters(queue);
}

/* Whether a waiter need not wait any longer, and how it ends. Those who may wait take turns. */
static int is_settled(const struct mp_queue *queue, const struct mpp_waiter *waiter,
                      uint32_t my_ask, int may_wait, int *result)
{
    if (queue->object.home_died || queue->is_closed) {
        *result = MPP_RESULT(queue->is_closed ? MP_ERROR_CLOSED : MP_ERROR_PEER_DIED);
        return 1;
    }
    if (queue->credits && (!may_wait || queue->putters == waiter)) {
        *result = MPP_OK;
        return 1;
    }
    *result = MPP_RESULT(MP_ERROR_TIMEOUT);
    return !may_wait && (int32_t)(queue->answer_count - my_ask) >= 0;
}

static void join_line(struct mp_queue *queue, struct mpp_waiter *waiter)
{
    struct mpp_waiter **link = &queue->putters;
    while (*link) {
        link = &(*link)->next_in_line;
    }
    *link = waiter;
    mpp_waiter_enter(waiter);
}

static void leave_line(struct mp_queue *queue, struct mpp_waiter *waiter)
{
    struct mpp_waiter **link = &queue->putters;
    while (*link != waiter) {
        link = &(*link)->next_in_line;
    }
    *link = waiter->next_in_line;
    mpp_waiter_leave(waiter);
}

/* Waits for a credit. One who does not wait has home look whether there really is no room. */
static int wait_for_credit(struct mp_queue *queue, double timeout)
{
    int may_wait = timeout != 0;
    uint64_t deadline_ns = may_wait ? mpp_deadline_ns(timeout) : MPP_NEVER;
    struct mpp_waiter waiter = {.object = &queue->object};
    int result = MPP_OK;
    int is_in_time = 1;
    join_line(queue, &waiter); // first, so that home does not recall at once what it grants
    ask(queue);
    uint32_t my_ask = queue->ask_count;
    while (!is_settled(queue, &waiter, my_ask, may_wait, &result) && is_in_time) {
        waiter.is_done = 0;
        is_in_time = mpp_wait(&waiter, deadline_ns);
    }
    leave_line(queue, &waiter);
    return result;
}

/* Lets the next in line have what is left, or asks for more. */
static void wake_next(struct mp_queue *queue)
{
    if (queue->putters && !queue->credits && !queue->is_closed && !queue->object.home_died) {
        ask(queue);
    } else if (queue->putters) {
        mpp_waiter_finish(queue->putters);
    }
}

static int put(struct mp_queue *queue, const void *item, size_t bytes, double timeout)
{
    int is_home = queue->object.rank == queue->object.home;
    int result = MPP_OK;
    if (++queue->put_count % POLL_STEPS == 0) {
        mpp_poll_once();
    }
    if (queue->is_closed) {
        return MPP_RESULT(MP_ERROR_CLOSED);
    }
    if (!queue->credits || (queue->putters && timeout != 0)) {
        result = wait_for_credit(queue, timeout);
    }
    if (!result && is_home) {
        queue->credits--;
        result = mpp_queue_push(queue, item, bytes) ? MPP_OK : MPP_NO_MEMORY;
    } else if (!result) {
        result = add_to_batch(queue, item, bytes);
    }
    wake_next(queue);
    return result;
}

/* ---- the calls of mp.h ---- */

static void hear(struct mpp_object *object, int source, const struct mpp_message *message,
                 const void *data)
{
    struct mp_queue *queue = (struct mp_queue *)object;
    if (message->operation == MPP_QUEUE_GRANT) {
        mpp_queue_hear_grant(queue, message);
    } else if (message->operation == MPP_QUEUE_RECALL) {
        mpp_queue_hear_recall(queue, message);
    } else {
        mpp_queue_hear_at_home(queue, source, message, data);
    }
}

static const struct mpp_class queue_class = {.name = "queue",
                                             .serve = mpp_queue_serve,
                                             .bury = mpp_queue_bury,
                                             .hear = hear,
                                             .flush = flush};

static void free_queue(struct mp_queue *queue)
{
    if (queue) {
        mpp_fifo_free(&queue->fifo);
        mpp_buffer_free(&queue->batch);
        free(queue->members);
        free(queue);
    }
}

static int64_t window_of(size_t item_bytes)
{
    int64_t window = (int64_t)(WINDOW_BYTES / item_bytes);
    return window < 1 ? 1 : window < WINDOW_COUNT ? window : WINDOW_COUNT;
}

static struct mp_queue *new_queue(size_t item_bytes, int64_t capacity, int members)
{
    struct mp_queue *queue = calloc(1, sizeof *queue);
    if (!queue) {
        return NULL;
    }
    queue->item_bytes = item_bytes;
    queue->capacity = capacity ? capacity : CAPACITY;
    queue->window = window_of(item_bytes);
    queue->members = calloc((size_t)members, sizeof *queue->members);
    if (!queue->members) {
        free_queue(queue);
        return NULL;
    }
    return queue;
}

int mp_queue_create(MPI_Comm comm, int home, size_t item_bytes, int64_t capacity, mp_queue **queue)
{
    struct mpp_channel *channel = NULL;
    int error = mpp_object_prepare(comm, home, queue, &channel, create_name);
    if (error) {
        return error;
    }
    if (!item_bytes || item_bytes > INT32_MAX / 2 || capacity < 0) {
        mpp_channel_release(channel);
        return mpp_bad_argument(
            comm, create_name,
            "a queue for %lld items of %zu bytes: 1 byte to 1 GiB each, and not fewer than 0",
            (long long)capacity, item_bytes);
    }
    int64_t facts[] = {(int64_t)item_bytes, capacity};
    struct mp_queue *made =
        new_queue(item_bytes, capacity, channel->rank == home ? channel->size : 1);
    error = mpp_object_open(made ? &made->object : NULL, &queue_class, channel, home, facts, 2, 1,
                            create_name);
    if (error) {
        free_queue(made);
        made = NULL;
    }
    *queue = made;
    return error;
}

static int null_queue(const char *function)
{
    return mpp_bad_argument(MPI_COMM_NULL, function,
                            "the queue, or a place for data, is a null pointer");
}

int mp_queue_put(mp_queue *queue, const void *item, size_t bytes, double timeout)
{
    if (!queue || (!item && bytes)) {
        return null_queue(__func__);
    }
    if (bytes > queue->item_bytes) {
        return mpp_misuse(MP_ERROR_SIZE, queue->object.channel->user_comm, __func__,
                          "an item of %zu bytes: the queue takes up to %zu", bytes,
                          queue->item_bytes);
    }
    mpp_sync_lock();
    int result = put(queue, item, bytes, timeout);
    mpp_sync_unlock();
    return mpp_object_error(&queue->object, result, __func__);
}

static int get(struct mp_queue *queue, void *item, size_t *bytes, double timeout)
{
    struct mpp_call call = {.operation = MPP_QUEUE_GET,
                            .answer = item,
                            .room = queue->item_bytes,
                            .timeout = timeout};
    if (queue->object.rank == queue->object.home) {
        if (!queue->count) {
            mpp_poll_once();
        }
        if (mpp_queue_pop(queue, item, bytes)) {
            return MPP_OK;
        }
    }
    int result = mpp_object_call_locked(&queue->object, &call);
    if (!result && bytes) {
        *bytes = call.answer_bytes;
    }
    return result;
}

int mp_queue_get(mp_queue *queue, void *item, size_t *bytes, double timeout)
{
    if (!queue || !item) {
        return null_queue(__func__);
    }
    mpp_sync_lock();
    int result = get(queue, item, bytes, timeout);
    mpp_sync_unlock();
    return mpp_object_error(&queue->object, result, __func__);
}

int mp_queue_size(mp_queue *queue, int64_t *size)
{
    struct mpp_call call = {.operation = MPP_QUEUE_SIZE, .timeout = MP_FOREVER};
    if (!queue || !size) {
        return null_queue(__func__);
    }
    int result = mpp_object_call(&queue->object, &call);
    *size = call.answer_value;
    return mpp_object_error(&queue->object, result, __func__);
}

int mp_queue_empty(mp_queue *queue, int *empty)
{
    int64_t size = 0;
    int error = empty ? mp_queue_size(queue, &size) : null_queue(__func__);
    if (!error) {
        *empty = size == 0;
    }
    return error;
}

int mp_queue_full(mp_queue *queue, int *full)
{
    int64_t size = 0;
    int error = full ? mp_queue_size(queue, &size) : null_queue(__func__);
    if (!error) {
        *full = size >= queue->capacity;
    }
    return error;
}

int mp_queue_close(mp_queue *queue)
{
    struct mpp_call call = {.operation = MPP_QUEUE_CLOSE, .timeout = MP_FOREVER};
    if (!queue) {
        return null_queue(__func__);
    }
    return mpp_object_error(&queue->object, mpp_object_call(&queue->object, &call), __func__);
}

int mp_queue_free(mp_queue **queue)
{
    if (!queue || !*queue) {
        return null_queue(__func__);
    }
    int error = mpp_object_close(&(*queue)->object, __func__);
    while ((*queue)->closers.first) {
        free(mpp_line_take(&(*queue)->closers));
    }
    free_queue(*queue);
    *queue = NULL;
    return error;
}
