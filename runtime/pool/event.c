/* SPDX-License-Identifier: BSD-3-Clause */
/* Events: a flag at home, and a line of those who wait until it is set. A rank that dies changes
 * nothing. */
#include <stdlib.h>

#include "pool/error.h"
#include "pool/object.h"

enum { SET, CLEAR, IS_SET, WAIT };

static const char create_name[] = "mp_event_create";

struct mp_event {
    struct mpp_object object;
    int is_set; /* at home */
};

static void serve(struct mpp_object *object, const struct mpp_ticket *ticket, const void *data,
                  size_t bytes)
{
    struct mp_event *event = (struct mp_event *)object;
    (void)data;
    (void)bytes;
    if (ticket->operation == WAIT && !event->is_set) {
        mpp_line_up(object, &object->waiting, ticket);
        return;
    }
    if (ticket->operation == SET) {
        event->is_set = 1;
        mpp_line_answer_all(object, &object->waiting, MPP_OK);
    } else if (ticket->operation == CLEAR) {
        event->is_set = 0;
    }
    mpp_answer(object, ticket, MPP_OK, event->is_set, NULL, 0);
}

static const struct mpp_class event_class = {.name = "event", .serve = serve};

int mp_event_create(MPI_Comm comm, int home, mp_event **event)
{
    struct mpp_channel *channel = NULL;
    int error = mpp_object_prepare(comm, home, event, &channel, create_name);
    if (error) {
        return error;
    }
    struct mp_event *made = calloc(1, sizeof *made);
    error = mpp_object_open(made ? &made->object : NULL, &event_class, channel, home, NULL, 0, 1,
                            create_name);
    if (error) {
        free(made);
        made = NULL;
    }
    *event = made;
    return error;
}

static int do_call(mp_event *event, struct mpp_call *call, const char *function)
{
    return event ? mpp_object_error(&event->object, mpp_object_call(&event->object, call), function)
                 : mpp_bad_argument(MPI_COMM_NULL, function, "the event is a null pointer");
}

int mp_event_set(mp_event *event)
{
    struct mpp_call call = {.operation = SET, .timeout = MP_FOREVER};
    return do_call(event, &call, __func__);
}

int mp_event_clear(mp_event *event)
{
    struct mpp_call call = {.operation = CLEAR, .timeout = MP_FOREVER};
    return do_call(event, &call, __func__);
}

int mp_event_is_set(mp_event *event, int *set)
{
    struct mpp_call call = {.operation = IS_SET, .timeout = MP_FOREVER};
    int error = set ? do_call(event, &call, __func__)
                    : mpp_bad_argument(MPI_COMM_NULL, __func__,
                                       "the place for the answer is a null pointer");
    if (!error) {
        *set = (int)call.answer_value;
    }
    return error;
}

int mp_event_wait(mp_event *event, double timeout)
{
    struct mpp_call call = {.operation = WAIT, .timeout = timeout};
    return do_call(event, &call, __func__);
}

int mp_event_free(mp_event **event)
{
    if (!event || !*event) {
        return mpp_bad_argument(MPI_COMM_NULL, __func__, "the event is a null pointer");
    }
    int error = mpp_object_close(&(*event)->object, __func__);
    free(*event);
    *event = NULL;
    return error;
}
