/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames and payloads as MPI messages. MPI 3 counts in int: more bytes than that go as one element
 * of a type made for them. */
#include "pool/wire.h"

#include <limits.h>
#include <string.h>

#include "pool/frame.h"

/* How `count` bytes are said to MPI. */
struct extent {
    int count;
    MPI_Datatype type;
};

/* A block size that keeps the number of blocks in an int for anything that fits into memory. */
static const size_t block_bytes = (size_t)1 << 30;

static int make_long_type(size_t count, MPI_Datatype *type)
{
    MPI_Datatype block = MPI_DATATYPE_NULL;
    int error = MPI_Type_contiguous((int)block_bytes, MPI_BYTE, &block);
    if (error) {
        return error;
    }
    size_t blocks = count / block_bytes;
    int lengths[2] = {(int)blocks, (int)(count % block_bytes)};
    MPI_Aint places[2] = {0, (MPI_Aint)(blocks * block_bytes)};
    MPI_Datatype types[2] = {block, MPI_BYTE};
    error = MPI_Type_create_struct(2, lengths, places, types, type);
    MPI_Type_free(&block);
    return error ? error : MPI_Type_commit(type);
}

static int extent_begin(size_t count, struct extent *extent)
{
    *extent = (struct extent){.count = (int)count, .type = MPI_BYTE};
    if (count <= INT_MAX) {
        return MPI_SUCCESS;
    }
    extent->count = 1;
    return make_long_type(count, &extent->type);
}

static void extent_end(struct extent *extent)
{
    if (extent->type != MPI_BYTE) {
        MPI_Type_free(&extent->type);
    }
}

int mpp_send_bytes(MPI_Comm comm, int rank, int tag, const void *bytes, size_t count)
{
    struct extent extent;
    int error = extent_begin(count, &extent);
    if (!error) {
        error = MPI_Send(bytes, extent.count, extent.type, rank, tag, comm);
        extent_end(&extent);
    }
    return error;
}

int mpp_isend_bytes(MPI_Comm comm, int rank, int tag, const void *bytes, size_t count,
                    MPI_Request *request)
{
    struct extent extent;
    int error = extent_begin(count, &extent);
    if (!error) {
        error = MPI_Isend(bytes, extent.count, extent.type, rank, tag, comm, request);
        extent_end(&extent);
    }
    return error;
}

int mpp_recv_bytes(MPI_Comm comm, int rank, int tag, void *bytes, size_t count)
{
    struct extent extent;
    int error = extent_begin(count, &extent);
    if (!error) {
        error = MPI_Recv(bytes, extent.count, extent.type, rank, tag, comm, MPI_STATUS_IGNORE);
        extent_end(&extent);
    }
    return error;
}

int mpp_is_inline(size_t head_bytes, size_t payload_bytes)
{
    return payload_bytes <= MPP_FRAME_BYTES - head_bytes;
}

int mpp_send_frame(MPI_Comm comm, int rank, const void *head, size_t head_bytes,
                   const void *payload, size_t payload_bytes, MPI_Request *request)
{
    if (request) {
        *request = MPI_REQUEST_NULL;
    }
    if (mpp_is_inline(head_bytes, payload_bytes)) {
        char frame[MPP_FRAME_BYTES];
        memcpy(frame, head, head_bytes);
        if (payload_bytes) {
            memcpy(frame + head_bytes, payload, payload_bytes);
        }
        return mpp_send_bytes(comm, rank, MPP_TAG_FRAME, frame, head_bytes + payload_bytes);
    }
    int error = mpp_send_bytes(comm, rank, MPP_TAG_FRAME, head, head_bytes);
    if (error) {
        return error;
    }
    return request ? mpp_isend_bytes(comm, rank, MPP_TAG_PAYLOAD, payload, payload_bytes, request)
                   : mpp_send_bytes(comm, rank, MPP_TAG_PAYLOAD, payload, payload_bytes);
}

int mpp_recv_payload(MPI_Comm comm, int rank, const char *frame, size_t head_bytes,
                     size_t payload_bytes, void *place, const void **payload)
{
    if (mpp_is_inline(head_bytes, payload_bytes)) {
        *payload = frame + head_bytes;
        return MPI_SUCCESS;
    }
    *payload = place;
    return mpp_recv_bytes(comm, rank, MPP_TAG_PAYLOAD, place, payload_bytes);
}

int mpp_drop_payload(MPI_Comm comm, int rank)
{
    int class = MPI_SUCCESS;
    int error = MPI_Recv(NULL, 0, MPI_BYTE, rank, MPP_TAG_PAYLOAD, comm, MPI_STATUS_IGNORE);
    if (error) {
        MPI_Error_class(error, &class);
    }
    return class == MPI_ERR_TRUNCATE ? MPI_SUCCESS : error;
}
