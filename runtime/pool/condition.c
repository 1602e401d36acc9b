/* SPDX-License-Identifier: BSD-3-Clause */
/* Conditions: lines of their own beside a lock's.
 *
 * A wait is one call: home lets go of the lock and lines the ticket up here. Notified, or out of
 * time, it moves to the line of the lock, whose grant answers it: so nothing can come between. The
 * home of both is the same. */
#include <stdlib.h>

#include "pool/error.h"
#include "pool/lock.h"

enum { WAIT, NOTIFY };

struct mp_condition {
    struct mpp_object object;
    struct mp_lock *lock;
};

static void move_to_lock(struct mp_condition *condition, struct mpp_ticket *ticket, int result)
{
    ticket->result = (int16_t)result;
    mpp_lock_take(condition->lock, ticket);
    free(ticket);
}

static void notify(struct mp_condition *condition, int64_t count)
{
    for (; count && condition->object.waiting.first; count--) {
        move_to_lock(condition, mpp_line_take(&condition->object.waiting), MPP_OK);
    }
}

static void serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                  size_t bytes)
{
    struct mp_condition *condition = (struct mp_condition *)object;
    (void)data;
    (void)bytes;
    if (ticket->operation == WAIT) {
        if (mpp_line_up(object, &object->waiting, ticket)) {
            mpp_lock_pass(condition->lock);
        }
    } else {
        notify(condition, ticket->value);
        mpp_answer(object, ticket, MPP_OK, 0, NULL, 0);
    }
}

static void give_up(struct mpp_object *object, struct mpp_ticket *ticket)
{
    move_to_lock((struct mp_condition *)object, ticket, MPP_RESULT(MP_ERROR_TIMEOUT));
}

static const struct mpp_class condition_class = {
    .name = "condition", .serve = serve, .give_up = give_up};

int mp_condition_create(mp_lock *lock, mp_condition **condition)
{
    if (!lock || !condition) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__,
                                "the lock, or the place for the condition, is a null pointer");
    }
    int64_t facts[] = {lock->object.id};
    struct mp_condition *made = calloc(1, sizeof *made);
    if (made) {
        made->lock = lock;
    }
    mpp_channel_retain(lock->object.channel);
    int error = mpp_object_open(made ? &made->object : NULL, &condition_class, lock->object.channel,
                                lock->object.home, facts, 1, 1, __func__);
    if (error) {
        free(made);
        made = NULL;
    }
    *condition = made;
    return error;
}

static int check(mp_condition *condition, const char *function)
{
    return condition ? mpp_lock_check_holder(condition->lock, function)
                     : mpp_bad_argument(MPI_COMM_NULL, function, "the condition is a null pointer");
}

int mp_condition_wait(mp_condition *condition, double timeout)
{
    struct mpp_call call = {.operation = WAIT, .timeout = timeout};
    int error = check(condition, __func__);
    if (error) {
        return error;
    }
    struct mp_lock *lock = condition->lock;
    mpp_sync_lock();
    int depth = lock->depth;
    lock->owner = 0;
    lock->depth = 0;
    int result = mpp_object_call_locked(&condition->object, &call);
    if (result != MPP_RESULT(MP_ERROR_PEER_DIED)) {
        lock->owner = mpp_thread_number();
        lock->depth = depth;
    }
    mpp_sync_unlock();
    return mpp_object_error(&condition->object, result, __func__);
}

int mp_condition_notify(mp_condition *condition, int64_t count)
{
    struct mpp_call call = {.operation = NOTIFY, .value = count, .timeout = MP_FOREVER};
    int error = check(condition, __func__);
    return error ? error
                 : mpp_object_error(&condition->object, mpp_object_call(&condition->object, &call),
                                    __func__);
}

int mp_condition_free(mp_condition **condition)
{
    if (!condition || !*condition) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the condition is a null pointer");
    }
    int error = mpp_object_close(&(*condition)->object, __func__);
    free(*condition);
    *condition = NULL;
    return error;
}
