/* SPDX-License-Identifier: BSD-3-Clause */
/* Matched probes and receives (MPI 5.0, 3.8.2 and 3.8.3). */
#include <stdlib.h>

#include "mpi/api.h"
#include "p2p/p2p.h"

/* What an MPI_Message names: a message out of its queue, not received yet. */
struct matched {
    struct mpr_object object;
    struct mpr_comm *comm;
    struct mpr_unexpected *message;
};

static struct matched *find(MPI_Message handle)
{
    struct mpr_object *object = mpr_handle_find(MPR_KIND_MESSAGE, (uintptr_t)handle);
    return object == NULL ? NULL : mpr_container_of(object, struct matched, object);
}

static void drop(struct matched *matched)
{
    mpr_handle_close(MPR_KIND_MESSAGE, &matched->object);
    mpr_comm_release(matched->comm);
    free(matched);
}

/* Takes a message that a probe has found out of its queue; a lack of memory leaves it there. */
static int take(struct mpr_comm *comm, struct mpr_unexpected *message, MPI_Message *handle)
{
    struct matched *matched = calloc(1, sizeof(*matched));

    if (matched == NULL) {
        return mpr_result(comm, MPR_ERR_NO_MEMORY);
    }
    int code = mpr_handle_open(MPR_KIND_MESSAGE, &matched->object);
    if (code != MPR_OK) {
        free(matched);
        return mpr_result(comm, code);
    }
    matched->comm = comm;
    matched->message = message;
    mpr_comm_retain(comm);
    mpr_match_take(message);
    *handle = (MPI_Message)matched->object.handle;
    return MPI_SUCCESS;
}

/* The library's functions take NULL for "no status". */
static MPI_Status *wanted(MPI_Status *status)
{
    return status == MPI_STATUS_IGNORE ? NULL : status;
}

static int check_probe(int source, int tag, MPI_Comm comm, const MPI_Message *message,
                       struct mpr_comm **c)
{
    MPR_TRY(mpr_arg_comm(comm, c));
    MPR_TRY(mpr_arg_source(*c, source));
    MPR_TRY(mpr_arg_recv_tag(*c, "tag", tag));
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
    struct mpr_unexpected *found;

    MPR_TRY(check_probe(source, tag, comm, message, &c));
    if (source == MPI_PROC_NULL) {
        found_nobody(message, status);
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_result(
        c, mpr_probe_find(source, tag, c, MPR_PLANE_POINT, &found, wanted(status))));
    return take(c, found, message);
}

static int improbe(int source, int tag, MPI_Comm comm, int *flag, MPI_Message *message,
                   MPI_Status *status)
{
    struct mpr_comm *c;
    struct mpr_unexpected *found;

    MPR_TRY(check_probe(source, tag, comm, message, &c));
    MPR_TRY(mpr_arg_pointer(c, "flag", flag));
    *flag = 1;
    if (source == MPI_PROC_NULL) {
        found_nobody(message, status);
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_result(
        c, mpr_probe_find_once(source, tag, c, MPR_PLANE_POINT, &found, wanted(status))));
    if (found == NULL) {
        *flag = 0;
        return MPI_SUCCESS;
    }
    return take(c, found, message);
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

/* Starts the receive; *comm is the message's communicator, MPI_COMM_SELF for nobody's message. */
static int start(void *buf, MPI_Count count, MPI_Datatype datatype, MPI_Message *message,
                 struct mpr_comm **comm, struct mpr_request **request)
{
    struct mpr_type *type;
    int code;

    MPR_TRY(check_message(message));
    struct matched *matched = find(*message);
    *comm = matched == NULL ? mpr_comm_self : matched->comm;
    MPR_TRY(mpr_arg_data(*comm, buf, count, datatype, &type));
    if (matched == NULL) {
        code = mpr_recv_start(buf, count, type, MPI_PROC_NULL, MPI_ANY_TAG, *comm,
                              MPR_PLANE_POINT, request);
    } else {
        code = mpr_recv_taken_start(buf, count, type, matched->message, *comm, request);
    }
    MPR_TRY(mpr_result(*comm, code));
    if (matched != NULL) {
        drop(matched);
    }
    *message = MPI_MESSAGE_NULL;
    return MPI_SUCCESS;
}

static int mrecv(void *buf, MPI_Count count, MPI_Datatype datatype, MPI_Message *message,
                 MPI_Status *status)
{
    struct mpr_comm *comm;
    struct mpr_request *request;

    MPR_TRY(start(buf, count, datatype, message, &comm, &request));
    int code = mpr_request_wait(request);
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
    struct mpr_comm *comm;
    struct mpr_request *started;

    MPR_TRY(mpr_arg_pointer(NULL, "request", request));
    MPR_TRY(start(buf, count, datatype, message, &comm, &started));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

MPR_API(int, Mprobe, (int source, int tag, MPI_Comm comm, MPI_Message *message, MPI_Status *status))
{
    return MPR_RUN(Mprobe, mprobe(source, tag, comm, message, status));
}

MPR_API(int, Improbe, (int source, int tag, MPI_Comm comm, int *flag, MPI_Message *message,
                       MPI_Status *status))
{
    return MPR_RUN(Improbe, improbe(source, tag, comm, flag, message, status));
}

MPR_API(int, Mrecv, (void *buf, int count, MPI_Datatype datatype, MPI_Message *message,
                     MPI_Status *status))
{
    return MPR_RUN(Mrecv, mrecv(buf, count, datatype, message, status));
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
