/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks, plain and recursive. */
#include "pool/lock.h"

#include <stdlib.h>

#include "pool/error.h"

enum { ACQUIRE, RELEASE };

static const char create_name[] = "mp_lock_create";

/* ---- at home ---- */

static void grant(struct mp_lock *lock, const struct mpp_ticket *ticket)
{
    int result = lock->holder_died ? MPP_RESULT(MP_ERROR_HOLDER_DIED) : ticket->result;
    lock->is_held = 1;
    lock->holder = ticket->rank;
    lock->holder_died = 0;
    mpp_answer(&lock->object, ticket, result, 0, NULL, 0);
}

void mpp_lock_take(struct mp_lock *lock, const struct mpp_ticket *ticket)
{
    if (lock->is_held) {
        mpp_line_up(&lock->object, &lock->object.waiting, ticket);
    } else {
        grant(lock, ticket);
    }
}

void mpp_lock_pass(struct mp_lock *lock)
{
    lock->is_held = 0;
    struct mpp_ticket *next = mpp_line_take(&lock->object.waiting);
    if (next) {
        grant(lock, next);
        free(next);
    }
}

static void serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                  size_t bytes)
{
    struct mp_lock *lock = (struct mp_lock *)object;
    (void)data;
    (void)bytes;
    if (ticket->operation == ACQUIRE) {
        mpp_lock_take(lock, ticket);
    } else {
        mpp_lock_pass(lock);
        mpp_answer(object, ticket, MPP_OK, 0, NULL, 0);
    }
}

static void bury(struct mpp_object *object, int rank)
{
    struct mp_lock *lock = (struct mp_lock *)object;
    if (lock->is_held && lock->holder == rank) {
        lock->holder_died = 1;
        mpp_lock_pass(lock);
    }
}

static const struct mpp_class lock_class = {.name = "lock", .serve = serve, .bury = bury};

/* ---- in each rank ---- */

int mp_lock_create(MPI_Comm comm, int home, mp_lock_kind kind, mp_lock **lock)
{
    struct mpp_channel *channel = NULL;
    int64_t facts[] = {kind};
    int error = mpp_object_prepare(comm, home, lock, &channel, create_name);
    if (error) {
        return error;
    }
    struct mp_lock *made = calloc(1, sizeof *made);
    if (made) {
        made->kind = kind;
    }
    error = mpp_object_open(made ? &made->object : NULL, &lock_class, channel, home, facts, 1, 1,
                            create_name);
    if (error) {
        free(made);
        made = NULL;
    }
    *lock = made;
    return error;
}

static int is_mine(const struct mp_lock *lock)
{
    return lock->owner == mpp_thread_number();
}

/* Takes it again, if it is of that kind and the thread holds it. */
static int take_again(struct mp_lock *lock)
{
    if (lock->kind != MP_LOCK_RECURSIVE || !is_mine(lock)) {
        return 0;
    }
    lock->depth++;
    return 1;
}

static int acquire(struct mp_lock *lock, double timeout)
{
    struct mpp_call call = {.operation = ACQUIRE, .timeout = timeout};
    if (take_again(lock)) {
        return MPP_OK;
    }
    int result = mpp_object_call_locked(&lock->object, &call);
    if (result == MPP_OK || result == MPP_RESULT(MP_ERROR_HOLDER_DIED)) {
        lock->owner = mpp_thread_number();
        lock->depth = 1;
    }
    return result;
}

int mp_lock_acquire(mp_lock *lock, double timeout)
{
    if (!lock) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the lock is a null pointer");
    }
    mpp_sync_lock();
    int result = acquire(lock, timeout);
    mpp_sync_unlock();
    return mpp_object_error(&lock->object, result, __func__);
}

int mpp_lock_check_holder(struct mp_lock *lock, const char *function)
{
    mpp_sync_lock();
    int holds = is_mine(lock);
    mpp_sync_unlock();
    return holds ? MPI_SUCCESS
                 : mpp_misuse(MP_ERROR_HOLDER, lock->object.channel->user_comm, function,
                              "this thread of rank %d does not hold the lock", lock->object.rank);
}

static int release(struct mp_lock *lock)
{
    struct mpp_call call = {.operation = RELEASE, .timeout = MP_FOREVER};
    if (--lock->depth) {
        return MPP_OK;
    }
    lock->owner = 0;
    return mpp_object_call_locked(&lock->object, &call);
}

int mp_lock_release(mp_lock *lock)
{
    if (!lock) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the lock is a null pointer");
    }
    int error = mpp_lock_check_holder(lock, __func__);
    if (error) {
        return error;
    }
    mpp_sync_lock();
    int result = release(lock);
    mpp_sync_unlock();
    return mpp_object_error(&lock->object, result, __func__);
}

int mp_lock_free(mp_lock **lock)
{
    if (!lock || !*lock) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the lock is a null pointer");
    }
    int error = mpp_object_close(&(*lock)->object, __func__);
    free(*lock);
    *lock = NULL;
    return error;
}
