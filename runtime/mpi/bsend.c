/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers for buffered sends: attach, detach and flush (MPI 5.0, 3.6). The sends themselves are in
 * send.c. */
#include "p2p/bsend.h"

#include <limits.h>

#include "mpi/api.h"

static int check_buffer(struct mpr_comm *comm, const void *buffer, MPI_Count size)
{
    if (size < 0) {
        return mpr_raise(comm, MPI_ERR_ARG, "size is %lld, but must not be negative",
                         (long long)size);
    }
    return size > 0 ? mpr_arg_pointer(comm, "buffer", buffer) : MPI_SUCCESS;
}

/* `comm` is NULL for the buffer of the process. The size of MPI_BUFFER_AUTOMATIC has no meaning. */
static int attach(struct mpr_comm *comm, void *buffer, MPI_Count size)
{
    if (buffer != MPI_BUFFER_AUTOMATIC) {
        MPR_TRY(check_buffer(comm, buffer, size));
    }
    int code = mpr_bsend_attach(comm, buffer, size);
    if (code == MPR_ERR_ARGUMENT) {
        return mpr_raise(comm, MPI_ERR_BUFFER,
                         "a buffer is attached already: detach it before another is attached");
    }
    return mpr_result(comm, code);
}

/* `buffer_addr` is the address of the user's pointer, as in C bindings. Where no buffer is attached
 * the user gets the one of no bytes (MPI 5.0, 3.6): libraries detach and attach again whatever was
 * there. */
static int detach(struct mpr_comm *comm, void *buffer_addr, MPI_Count *size, MPI_Count size_max)
{
    MPI_Count bytes;
    void *buffer;

    MPR_TRY(mpr_arg_pointer(comm, "buffer_addr", buffer_addr));
    mpr_bsend_detach(comm, &buffer, &bytes);
    *(void **)buffer_addr = buffer;
    *size = bytes;
    return bytes <= size_max ? MPI_SUCCESS
                             : mpr_raise(comm, MPI_ERR_VALUE_TOO_LARGE,
                                         "the buffer's size, %lld, does not fit into an int: use the "
                                         "form of this function that ends in _c",
                                         (long long)bytes);
}

static int detach_int(struct mpr_comm *comm, void *buffer_addr, int *size)
{
    MPI_Count bytes;

    MPR_TRY(mpr_arg_pointer(comm, "size", size));
    MPR_TRY(detach(comm, buffer_addr, &bytes, INT_MAX));
    *size = (int)bytes;
    return MPI_SUCCESS;
}

static int detach_count(struct mpr_comm *comm, void *buffer_addr, MPI_Count *size)
{
    MPR_TRY(mpr_arg_pointer(comm, "size", size));
    return detach(comm, buffer_addr, size, INT64_MAX);
}

static int flush(struct mpr_comm *comm)
{
    mpr_bsend_flush(comm);
    return MPI_SUCCESS;
}

static int iflush(struct mpr_comm *comm, MPI_Request *request)
{
    struct mpr_request *started;

    MPR_TRY(mpr_arg_pointer(comm, "request", request));
    MPR_TRY(mpr_result(comm, mpr_bsend_flush_start(comm, &started)));
    *request = mpr_request_handle(started);
    return MPI_SUCCESS;
}

static int comm_attach(MPI_Comm comm, void *buffer, MPI_Count size)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    return attach(c, buffer, size);
}

static int comm_detach_int(MPI_Comm comm, void *buffer_addr, int *size)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    return detach_int(c, buffer_addr, size);
}

static int comm_detach_count(MPI_Comm comm, void *buffer_addr, MPI_Count *size)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    return detach_count(c, buffer_addr, size);
}

static int comm_flush(MPI_Comm comm)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    return flush(c);
}

static int comm_iflush(MPI_Comm comm, MPI_Request *request)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_comm(comm, &c));
    return iflush(c, request);
}

MPR_API(int, Buffer_attach, (void *buffer, int size))
{
    return MPR_RUN(Buffer_attach, attach(NULL, buffer, size));
}

MPR_API(int, Buffer_attach_c, (void *buffer, MPI_Count size))
{
    return MPR_RUN(Buffer_attach, attach(NULL, buffer, size));
}

MPR_API(int, Buffer_detach, (void *buffer_addr, int *size))
{
    return MPR_RUN(Buffer_detach, detach_int(NULL, buffer_addr, size));
}

MPR_API(int, Buffer_detach_c, (void *buffer_addr, MPI_Count *size))
{
    return MPR_RUN(Buffer_detach, detach_count(NULL, buffer_addr, size));
}

MPR_API(int, Buffer_flush, (void))
{
    return MPR_RUN(Buffer_flush, flush(NULL));
}

MPR_API(int, Buffer_iflush, (MPI_Request * request))
{
    return MPR_RUN(Buffer_iflush, iflush(NULL, request));
}

MPR_API(int, Comm_attach_buffer, (MPI_Comm comm, void *buffer, int size))
{
    return MPR_RUN(Comm_attach_buffer, comm_attach(comm, buffer, size));
}

MPR_API(int, Comm_attach_buffer_c, (MPI_Comm comm, void *buffer, MPI_Count size))
{
    return MPR_RUN(Comm_attach_buffer, comm_attach(comm, buffer, size));
}

MPR_API(int, Comm_detach_buffer, (MPI_Comm comm, void *buffer_addr, int *size))
{
    return MPR_RUN(Comm_detach_buffer, comm_detach_int(comm, buffer_addr, size));
}

MPR_API(int, Comm_detach_buffer_c, (MPI_Comm comm, void *buffer_addr, MPI_Count *size))
{
    return MPR_RUN(Comm_detach_buffer, comm_detach_count(comm, buffer_addr, size));
}

MPR_API(int, Comm_flush_buffer, (MPI_Comm comm))
{
    return MPR_RUN(Comm_flush_buffer, comm_flush(comm));
}

MPR_API(int, Comm_iflush_buffer, (MPI_Comm comm, MPI_Request *request))
{
    return MPR_RUN(Comm_iflush_buffer, comm_iflush(comm, request));
}
