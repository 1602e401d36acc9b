/* SPDX-License-Identifier: BSD-3-Clause */
/* Matched probes and receives (MPI 5.0, 3.8.2 and 3.8.3). */
#include "mpi/enter.h"
#include "p2p/deliver.h"
#include "p2p/p2p.h"

/* What an MPI_Message names: a message out of its queue, not received yet. */
static struct mpr_unexpected *find(MPI_Message handle)
{
    struct mpr_object *object = mpr_handle_find(MPR_KIND_MESSAGE, (uintptr_t)handle);
    return object == NULL ? NULL : mpr_container_of(object, struct mpr_unexpected, object);
}

/* Takes a message that a probe has found out of its place. Without memory for a handle it stays
 * first among those of its sender. */
static int take(struct mpr_comm *comm, const struct mpr_found *found, MPI_Message *handle)
{
    const bool is_kept = found->kept != NULL;
    struct mpr_unexpected *message =
        is_kept ? found->kept : mpr_deliver_take_out(found->peer, found->cell);

    int code = mpr_handle_open(MPR_KIND_MESSAGE, &message->object);
    if (code != MPR_OK) {
        if (!is_kept) {
            mpr_match_keep(message);
        }
        return mpr_result(comm, code);
    }
    if (is_kept) {
        mpr_match_take(message);
    }
    message->comm = comm;
    mpr_comm_retain(comm);
    *handle = (MPI_Message)message->object.handle;
    return MPI_SUCCESS;
}

static int check_probe(int source, int tag, MPI_Comm comm, const MPI_Message *message,
                       struct mpr_comm **c)
{
    MPR_TRY(mpr_arg_probe(source, tag, comm, c));
    return mpr_arg_pointer(*c, "message", message);
}

static void found_nobody(MPI_Message *message, MPI_Status *status)
{
    *message = MPI_MESSAGE_NO_PROC;
    if (status != MPI_STATUS_IGNORE) {
        mpr_status_set_proc_null(status);
    }
}

static int mprobe(int source, int tag, MPI_Comm comm, MPI_Message *message, MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_found found;

    MPR_TRY(check_probe(source, tag, comm, message, &c));
    if (source == MPI_PROC_NULL) {
        found_nobody(message, status);
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_result(
        c, mpr_probe_find(source, tag, c, MPR_PLANE_POINT, &found, mpr_status_wanted(status))));
    return take(c, &found, message);
}

static int improbe(int source, int tag, MPI_Comm comm, int *flag, MPI_Message *message,
                   MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_found found;

    MPR_TRY(check_probe(source, tag, comm, message, &c));
    MPR_TRY(mpr_arg_pointer(c, "flag", flag));
    *flag = 1;
    if (source == MPI_PROC_NULL) {
        found_nobody(message, status);
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_result(
        c, mpr_probe_find_once(source, tag, c, MPR_PLANE_POINT, &found,
                               mpr_status_wanted(status))));
    if (!mpr_found_any(&found)) {
        *flag = 0;
        return MPI_SUCCESS;
    }
    return take(c, &found, message);
}

static int check_message(const MPI_Message *message)
{
    MPR_TRY(mpr_arg_pointer(NULL, "message", message));
    if (*message == MPI_MESSAGE_NO_PROC || find(*message) != NULL) {
        return MPI_SUCCESS;
    }
    return mpr_raise(
        NULL, MPI_ERR_REQUEST,
        "message (%#llx) is no message: no probe has matched it, or it has been received",
        (unsigned long long)(uintptr_t)*message);
}

/* What a receive of a message is about. */
struct matched {
    struct mpr_unexpected *message; /* NULL: nobody's */
    struct mpr_comm *comm;          /* MPI_COMM_SELF for nobody's message */
    struct mpr_type *type;
};

static int check(const void *buf, MPI_Count count, MPI_Datatype datatype,
                 const MPI_Message *message, struct matched *matched)
{
    MPR_TRY(check_message(message));
    matched->message = find(*message);
    matched->comm = matched->message == NULL ? mpr_comm_self : matched->message->comm;
    return mpr_arg_data(matched->comm, buf, count, datatype, &matched->type);
}

/* The message that had this `object` is received, and may be gone: nothing names it any more. */
static void give_up(struct mpr_object object, MPI_Message *message)
{
    mpr_handle_close(MPR_KIND_MESSAGE, &object);
    *message = MPI_MESSAGE_NULL;
}

/* Starts the receive; without memory for a request nothing has happened. */
static int start(void *buf, MPI_Count count, const struct matched *matched, MPI_Message *message,
                 struct mpr_request **request)
{
    int code;

    if (matched->message == NULL) {
        code = mpr_recv_start(buf, count, matched->type, MPI_PROC_NULL, MPI_ANY_TAG,
                              matched->comm, MPR_PLANE_POINT, request);
        MPR_TRY(mpr_result(matched->comm, code));
        *message = MPI_MESSAGE_NULL;
        return MPI_SUCCESS;
    }
    const struct mpr_object object = matched->message->object;
    code = mpr_recv_taken_start(buf, count, matched->type, matched->message, matched->comm,
                                request);
    MPR_TRY(mpr_result(matched->comm, code));
    give_up(object, message);
    mpr_comm_release(matched->comm);
    return MPI_SUCCESS;
}

/* Receives without a request, where all that is left is to copy. */
static bool receive_at_once(void *buf, MPI_Count count, const struct matched *matched,
                            MPI_Message *message, MPI_Status *status, int *code)
{
    if (matched->message == NULL || !mpr_unexpected_is_copy(matched->message)) {
        return false;
    }
    const struct mpr_object object = matched->message->object;
    int error = mpr_deliver_kept_at_once(matched->message, matched->type, buf,
                                         mpr_type_bytes(matched->type, count),
                                         mpr_status_wanted(status));
    give_up(object, message);
    *code = mpr_result_inline(matched->comm, error);
    mpr_comm_release(matched->comm);
    return true;
}

static int mrecv(void *buf, MPI_Count count, MPI_Datatype datatype, MPI_Message *message,
                 MPI_Status *status)
{
    struct matched matched;
    struct mpr_request *request;
    int code;

    MPR_TRY(check(buf, count, datatype, message, &matched));
    if (receive_at_once(buf, count, &matched, message, status, &code)) {
        return code;
    }
    MPR_TRY(start(buf, count, &matched, message, &request));
    code = mpr_request_wait(request);
    if (status != MPI_STATUS_IGNORE) {
        mpr_request_status(request, status);
    }
    code = mpr_result(request->comm, code);
    mpr_request_release(request);
    return code;
}

static int imrecv(void *buf, MPI_Count count, MPI_Datatype datatype, MPI_Message *message,
                  MPI_Request *request)
{
    struct matched matched;
    struct mpr_request *started;

    MPR_TRY(mpr_arg_pointer(NULL, "request", request));
    MPR_TRY(check(buf, count, datatype, message, &matched));
    MPR_TRY(start(buf, count, &matched, message, &started));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

MPR_API(int, Mprobe, (int source, int tag, MPI_Comm comm, MPI_Message *message, MPI_Status *status))
{
    return MPR_RUN_INLINE(Mprobe, mprobe(source, tag, comm, message, status));
}

MPR_API(int, Improbe, (int source, int tag, MPI_Comm comm, int *flag, MPI_Message *message,
                       MPI_Status *status))
{
    return MPR_RUN(Improbe, improbe(source, tag, comm, flag, message, status));
}

MPR_API(int, Mrecv, (void *buf, int count, MPI_Datatype datatype, MPI_Message *message,
                     MPI_Status *status))
{
    return MPR_RUN_INLINE(Mrecv, mrecv(buf, count, datatype, message, status));
}

MPR_API(int, Mrecv_c, (void *buf, MPI_Count count, MPI_Datatype datatype, MPI_Message *message,
                       MPI_Status *status))
{
    return MPR_RUN(Mrecv_c, mrecv(buf, count, datatype, message, status));
}

MPR_API(int, Imrecv, (void *buf, int count, MPI_Datatype datatype, MPI_Message *message,
                      MPI_Request *request))
{
    return MPR_RUN(Imrecv, imrecv(buf, count, datatype, message, request));
}

MPR_API(int, Imrecv_c, (void *buf, MPI_Count count, MPI_Datatype datatype, MPI_Message *message,
                        MPI_Request *request))
{
    return MPR_RUN(Imrecv_c, imrecv(buf, count, datatype, message, request));
}
