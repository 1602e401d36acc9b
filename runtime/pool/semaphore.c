/* SPDX-License-Identifier: BSD-3-Clause */
/* Semaphores: a number at home, and a line of those who want one of it. What a rank that dies has
 * acquired stays acquired: nobody can tell whether it was meant to come back. */
#include <stdlib.h>

#include "pool/error.h"
#include "pool/object.h"

enum { ACQUIRE, RELEASE, VALUE };

static const char create_name[] = "mp_semaphore_create";

struct mp_semaphore {
    struct mpp_object object;
    int64_t value; /* at home */
};

static void add(struct mp_semaphore *semaphore, int64_t count)
{
    semaphore->value += count;
    while (semaphore->value && semaphore->object.waiting.first) {
        struct mpp_ticket *next = mpp_line_take(&semaphore->object.waiting);
        semaphore->value--;
        mpp_answer(&semaphore->object, next, MPP_OK, 0, NULL, 0);
        free(next);
    }
}

static void serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                  size_t bytes)
{
    struct mp_semaphore *semaphore = (struct mp_semaphore *)object;
    (void)data;
    (void)bytes;
    if (ticket->operation == ACQUIRE && !semaphore->value) {
        mpp_line_up(object, &object->waiting, ticket);
        return;
    }
    if (ticket->operation != VALUE) {
        add(semaphore, ticket->operation == ACQUIRE ? -1 : ticket->value);
    }
    mpp_answer(object, ticket, MPP_OK, semaphore->value, NULL, 0);
}

static const struct mpp_class semaphore_class = {.name = "semaphore", .serve = serve};

int mp_semaphore_create(MPI_Comm comm, int home, int64_t value, mp_semaphore **semaphore)
{
    struct mpp_channel *channel = NULL;
    int64_t facts[] = {value};
    int error =
        value < 0 ? mpp_bad_argument(comm, create_name, "the value is %lld: it starts at 0 or more",
                                     (long long)value)
                  : mpp_object_prepare(comm, home, semaphore, &channel, create_name);
    if (error) {
        return error;
    }
    struct mp_semaphore *made = calloc(1, sizeof *made);
    if (made) {
        made->value = value;
    }
    error = mpp_object_open(made ? &made->object : NULL, &semaphore_class, channel, home, facts, 1,
                            1, create_name);
    if (error) {
        free(made);
        made = NULL;
    }
    *semaphore = made;
    return error;
}

static int do_call(mp_semaphore *semaphore, struct mpp_call *call, const char *function)
{
    return semaphore ? mpp_object_error(&semaphore->object,
                                        mpp_object_call(&semaphore->object, call), function)
                     : mpp_bad_argument(MPI_COMM_NULL, function, "the semaphore is a null pointer");
}

int mp_semaphore_acquire(mp_semaphore *semaphore, double timeout)
{
    struct mpp_call call = {.operation = ACQUIRE, .timeout = timeout};
    return do_call(semaphore, &call, __func__);
}

int mp_semaphore_release(mp_semaphore *semaphore, int64_t count)
{
    struct mpp_call call = {.operation = RELEASE, .value = count, .timeout = MP_FOREVER};
    if (semaphore && count < 0) {
        return mpp_bad_argument(semaphore->object.channel->user_comm, __func__,
                                "the count is %lld: it cannot be negative", (long long)count);
    }
    return do_call(semaphore, &call, __func__);
}

int mp_semaphore_value(mp_semaphore *semaphore, int64_t *value)
{
    struct mpp_call call = {.operation = VALUE, .timeout = MP_FOREVER};
    int error = value ? do_call(semaphore, &call, __func__)
                      : mpp_bad_argument(MPI_COMM_NULL, __func__,
                                         "the place for the value is a null pointer");
    if (!error) {
        *value = call.answer_value;
    }
    return error;
}

int mp_semaphore_free(mp_semaphore **semaphore)
{
    if (!semaphore || !*semaphore) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the semaphore is a null pointer");
    }
    int error = mpp_object_close(&(*semaphore)->object, __func__);
    free(*semaphore);
    *semaphore = NULL;
    return error;
}
