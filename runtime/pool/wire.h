/* SPDX-License-Identifier: BSD-3-Clause */
/* Sends and receives bytes, and frames with their payloads, of any size, over any MPI. */
#ifndef MPP_WIRE_H
#define MPP_WIRE_H

#include <mpi.h>
#include <stddef.h>

/* Each returns MPI's error. */
int mpp_send_bytes(MPI_Comm comm, int rank, int tag, const void *bytes, size_t count);
int mpp_isend_bytes(MPI_Comm comm, int rank, int tag, const void *bytes, size_t count,
                    MPI_Request *request);
int mpp_recv_bytes(MPI_Comm comm, int rank, int tag, void *bytes, size_t count);

/* Sends a frame: its head, whose payload size must stand in it, and its payload. With a request, a
 * payload that does not fit into the frame is sent without waiting, and must stay until the request
 * is done; it is MPI_REQUEST_NULL when nothing is left to be done. */
int mpp_send_frame(MPI_Comm comm, int rank, const void *head, size_t head_bytes,
                   const void *payload, size_t payload_bytes, MPI_Request *request);

/* The payload of a frame that has been received: in the frame, or received now into `place`, which
 * has room for it. *payload is where it lies. */
int mpp_recv_payload(MPI_Comm comm, int rank, const char *frame, size_t head_bytes,
                     size_t payload_bytes, void *place, const void **payload);

/* Receives a payload for which there is no memory, and forgets it: its sender waits for that. */
int mpp_drop_payload(MPI_Comm comm, int rank);

/* Whether a payload lies in its frame. */
int mpp_is_inline(size_t head_bytes, size_t payload_bytes);

#endif
