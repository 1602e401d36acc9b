/* SPDX-License-Identifier: BSD-3-Clause */
/* Barriers: a line at home that is answered as a whole when it is long enough. One who gives up
 * breaks it for all, and so does the death of any member: it might have been one of those that the
 * others wait for. It stays broken until it is reset. */
#include <stdlib.h>

#include "pool/error.h"
#include "pool/object.h"

enum { WAIT, ABORT, RESET };

static const char create_name[] = "mp_barrier_create";

struct mp_barrier {
    struct mpp_object object;
    int parties;

    /* At home. */
    int arrived_count;
    int is_broken;
};

static void turn_away(struct mp_barrier *barrier)
{
    barrier->arrived_count = 0;
    mpp_line_answer_all(&barrier->object, &barrier->object.waiting, MPP_RESULT(MP_ERROR_BROKEN));
}

static void open_up(struct mp_barrier *barrier)
{
    struct mpp_ticket *ticket;
    int place = 0;
    while ((ticket = mpp_line_take(&barrier->object.waiting)) != NULL) {
        mpp_answer(&barrier->object, ticket, MPP_OK, place++, NULL, 0);
        free(ticket);
    }
    barrier->arrived_count = 0;
}

static void arrive(struct mp_barrier *barrier, const struct mpp_ticket *ticket)
{
    if (barrier->is_broken) {
        mpp_answer(&barrier->object, ticket, MPP_RESULT(MP_ERROR_BROKEN), 0, NULL, 0);
        return;
    }
    barrier->arrived_count += mpp_line_up(&barrier->object, &barrier->object.waiting, ticket);
    if (barrier->arrived_count == barrier->parties) {
        open_up(barrier);
    }
}

static void serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                  size_t bytes)
{
    struct mp_barrier *barrier = (struct mp_barrier *)object;
    (void)data;
    (void)bytes;
    if (ticket->operation == WAIT) {
        arrive(barrier, ticket);
        return;
    }
    turn_away(barrier);
    barrier->is_broken = ticket->operation == ABORT;
    mpp_answer(object, ticket, MPP_OK, 0, NULL, 0);
}

static void give_up(struct mpp_object *object, struct mpp_ticket *ticket)
{
    struct mp_barrier *barrier = (struct mp_barrier *)object;
    barrier->is_broken = 1;
    mpp_answer(object, ticket, MPP_RESULT(MP_ERROR_TIMEOUT), 0, NULL, 0);
    free(ticket);
    turn_away(barrier);
}

static void bury(struct mpp_object *object, int rank)
{
    struct mp_barrier *barrier = (struct mp_barrier *)object;
    (void)rank;
    barrier->is_broken = 1;
    turn_away(barrier);
}

static const struct mpp_class barrier_class = {
    .name = "barrier", .serve = serve, .give_up = give_up, .bury = bury};

int mp_barrier_create(MPI_Comm comm, int home, int parties, mp_barrier **barrier)
{
    struct mpp_channel *channel = NULL;
    int64_t facts[] = {parties};
    int error = parties < 0 ? mpp_bad_argument(comm, create_name, "%d parties cannot meet", parties)
                            : mpp_object_prepare(comm, home, barrier, &channel, create_name);
    if (error) {
        return error;
    }
    struct mp_barrier *made = calloc(1, sizeof *made);
    if (made) {
        made->parties = parties ? parties : channel->size;
    }
    error = mpp_object_open(made ? &made->object : NULL, &barrier_class, channel, home, facts, 1, 1,
                            create_name);
    if (error) {
        free(made);
        made = NULL;
    }
    *barrier = made;
    return error;
}

static int do_call(mp_barrier *barrier, struct mpp_call *call, const char *function)
{
    return barrier ? mpp_object_error(&barrier->object, mpp_object_call(&barrier->object, call),
                                      function)
                   : mpp_bad_argument(MPI_COMM_NULL, function, "the barrier is a null pointer");
}

int mp_barrier_wait(mp_barrier *barrier, double timeout, int *place)
{
    struct mpp_call call = {.operation = WAIT, .timeout = timeout};
    int error = do_call(barrier, &call, __func__);
    if (!error && place) {
        *place = (int)call.answer_value;
    }
    return error;
}

int mp_barrier_abort(mp_barrier *barrier)
{
    struct mpp_call call = {.operation = ABORT, .timeout = MP_FOREVER};
    return do_call(barrier, &call, __func__);
}

int mp_barrier_reset(mp_barrier *barrier)
{
    struct mpp_call call = {.operation = RESET, .timeout = MP_FOREVER};
    return do_call(barrier, &call, __func__);
}

int mp_barrier_free(mp_barrier **barrier)
{
    if (!barrier || !*barrier) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the barrier is a null pointer");
    }
    int error = mpp_object_close(&(*barrier)->object, __func__);
    free(*barrier);
    *barrier = NULL;
    return error;
}
