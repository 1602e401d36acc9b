/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers for buffered sends, of the process, of communicators and of sessions: attach, detach and
 * flush (MPI 5.0, 3.6). The sends themselves are in send.c. */
#include "p2p/bsend.h"

#include <limits.h>

#include "mpi/api.h"

/* Who has the buffer: the process, a communicator, or a session. Errors go to the
 * communicator, if it is one. */
struct owner {
    struct mpr_comm *comm;
    struct mpr_attached **place;
};

static struct owner process(void)
{
    return (struct owner){NULL, &mpr_bsend_of_process};
}

static int find_comm(MPI_Comm comm, struct owner *found)
{
    MPR_TRY(mpr_arg_comm(comm, &found->comm));
    found->place = &found->comm->attached;
    return MPI_SUCCESS;
}

static int find_session(MPI_Session session, struct owner *found)
{
    struct mpr_session *s;
    MPR_TRY(mpr_arg_session(session, &s));
    *found = (struct owner){NULL, &s->attached};
    return MPI_SUCCESS;
}

static int check_buffer(struct mpr_comm *comm, const void *buffer, MPI_Count size)
{
    if (size < 0) {
        return mpr_raise(comm, MPI_ERR_ARG, "size is %lld, but must not be negative",
                         (long long)size);
    }
    return size > 0 ? mpr_arg_pointer(comm, "buffer", buffer) : MPI_SUCCESS;
}

/* The size of MPI_BUFFER_AUTOMATIC has no meaning. */
static int attach(struct owner owner, void *buffer, MPI_Count size)
{
    if (buffer != MPI_BUFFER_AUTOMATIC) {
        MPR_TRY(check_buffer(owner.comm, buffer, size));
    }
    int code = mpr_bsend_attach(owner.place, buffer, size);
    if (code == MPR_ERR_ARGUMENT) {
        return mpr_raise(owner.comm, MPI_ERR_BUFFER,
                         "a buffer is attached already: detach it before another is attached");
    }
    return mpr_result(owner.comm, code);
}

/* `buffer_addr` is the address of the user's pointer, as in C bindings. Where no buffer is attached
 * the user gets the one of no bytes (MPI 5.0, 3.6): libraries detach and attach again whatever was
 * there. */
static int detach_count(struct owner owner, void *buffer_addr, MPI_Count *size)
{
    void *buffer;

    MPR_TRY(mpr_arg_pointer(owner.comm, "size", size));
    MPR_TRY(mpr_arg_pointer(owner.comm, "buffer_addr", buffer_addr));
    mpr_bsend_detach(owner.place, &buffer, size);
    *(void **)buffer_addr = buffer;
    return MPI_SUCCESS;
}

static int detach_int(struct owner owner, void *buffer_addr, int *size)
{
    MPI_Count bytes;

    MPR_TRY(mpr_arg_pointer(owner.comm, "size", size));
    MPR_TRY(detach_count(owner, buffer_addr, &bytes));
    *size = bytes <= INT_MAX ? (int)bytes : MPI_UNDEFINED; // MPI 5.0, 3.6
    return MPI_SUCCESS;
}

static int flush(struct owner owner)
{
    mpr_bsend_flush(owner.place);
    return MPI_SUCCESS;
}

static int iflush(struct owner owner, MPI_Request *request)
{
    struct mpr_request *started;

    MPR_TRY(mpr_arg_pointer(owner.comm, "request", request));
    MPR_TRY(mpr_result(owner.comm, mpr_bsend_flush_start(owner.place, &started)));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

/* The same for what a handle names. */
#define OF_HANDLE(kind, type)                                                                      \
    static int kind##_attach(type handle, void *buffer, MPI_Count size)                            \
    {                                                                                              \
        struct owner owner;                                                                        \
        MPR_TRY(find_##kind(handle, &owner));                                                      \
        return attach(owner, buffer, size);                                                        \
    }                                                                                              \
    static int kind##_detach_int(type handle, void *buffer_addr, int *size)                        \
    {                                                                                              \
        struct owner owner;                                                                        \
        MPR_TRY(find_##kind(handle, &owner));                                                      \
        return detach_int(owner, buffer_addr, size);                                               \
    }                                                                                              \
    static int kind##_detach_count(type handle, void *buffer_addr, MPI_Count *size)                \
    {                                                                                              \
        struct owner owner;                                                                        \
        MPR_TRY(find_##kind(handle, &owner));                                                      \
        return detach_count(owner, buffer_addr, size);                                             \
    }                                                                                              \
    static int kind##_flush(type handle)                                                           \
    {                                                                                              \
        struct owner owner;                                                                        \
        MPR_TRY(find_##kind(handle, &owner));                                                      \
        return flush(owner);                                                                       \
    }                                                                                              \
    static int kind##_iflush(type handle, MPI_Request *request)                                    \
    {                                                                                              \
        struct owner owner;                                                                        \
        MPR_TRY(find_##kind(handle, &owner));                                                      \
        return iflush(owner, request);                                                             \
    }

OF_HANDLE(comm, MPI_Comm)
OF_HANDLE(session, MPI_Session)

MPR_API(int, Buffer_attach, (void *buffer, int size))
{
    return MPR_RUN(Buffer_attach, attach(process(), buffer, size));
}

MPR_API(int, Buffer_attach_c, (void *buffer, MPI_Count size))
{
    return MPR_RUN(Buffer_attach_c, attach(process(), buffer, size));
}

MPR_API(int, Buffer_detach, (void *buffer_addr, int *size))
{
    return MPR_RUN(Buffer_detach, detach_int(process(), buffer_addr, size));
}

MPR_API(int, Buffer_detach_c, (void *buffer_addr, MPI_Count *size))
{
    return MPR_RUN(Buffer_detach_c, detach_count(process(), buffer_addr, size));
}

MPR_API(int, Buffer_flush, (void))
{
    return MPR_RUN(Buffer_flush, flush(process()));
}

MPR_API(int, Buffer_iflush, (MPI_Request * request))
{
    return MPR_RUN(Buffer_iflush, iflush(process(), request));
}

MPR_API(int, Comm_attach_buffer, (MPI_Comm comm, void *buffer, int size))
{
    return MPR_RUN(Comm_attach_buffer, comm_attach(comm, buffer, size));
}

MPR_API(int, Comm_attach_buffer_c, (MPI_Comm comm, void *buffer, MPI_Count size))
{
    return MPR_RUN(Comm_attach_buffer_c, comm_attach(comm, buffer, size));
}

MPR_API(int, Comm_detach_buffer, (MPI_Comm comm, void *buffer_addr, int *size))
{
    return MPR_RUN(Comm_detach_buffer, comm_detach_int(comm, buffer_addr, size));
}

MPR_API(int, Comm_detach_buffer_c, (MPI_Comm comm, void *buffer_addr, MPI_Count *size))
{
    return MPR_RUN(Comm_detach_buffer_c, comm_detach_count(comm, buffer_addr, size));
}

MPR_API(int, Comm_flush_buffer, (MPI_Comm comm))
{
    return MPR_RUN(Comm_flush_buffer, comm_flush(comm));
}

MPR_API(int, Comm_iflush_buffer, (MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN(Comm_iflush_buffer, comm_iflush(comm, request));
}
MPR_API(int, Session_attach_buffer, (MPI_Session session, void *buffer, int size))
{
    return MPR_RUN(Session_attach_buffer, session_attach(session, buffer, size));
}

MPR_API(int, Session_attach_buffer_c, (MPI_Session session, void *buffer, MPI_Count size))
{
    return MPR_RUN(Session_attach_buffer_c, session_attach(session, buffer, size));
}

MPR_API(int, Session_detach_buffer, (MPI_Session session, void *buffer_addr, int *size))
{
    return MPR_RUN(Session_detach_buffer, session_detach_int(session, buffer_addr, size));
}

MPR_API(int, Session_detach_buffer_c, (MPI_Session session, void *buffer_addr, MPI_Count *size))
{
    return MPR_RUN(Session_detach_buffer_c, session_detach_count(session, buffer_addr, size));
}

MPR_API(int, Session_flush_buffer, (MPI_Session session))
{
    return MPR_RUN(Session_flush_buffer, session_flush(session));
}

MPR_API(int, Session_iflush_buffer, (MPI_Session session, MPI_Request *request))
{
    return MPR_RUN(Session_iflush_buffer, session_iflush(session, request));
}
