/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages of one collective call. */
#include "coll/message.h"

#include <limits.h>

#include "base/error.h"
#include "p2p/p2p.h"

struct mpr_coll mpr_coll_begin(struct mpr_comm *comm)
{
    uint32_t number = comm->collective_count++;
    return (struct mpr_coll){comm, comm->rank, comm->size, (int)(number & INT_MAX), 0};
}

void *mpr_coll_open(struct mpr_coll *coll, struct mpr_scratch *scratch, size_t bytes)
{
    void *memory = mpr_scratch_open(scratch, bytes);
    mpr_coll_note(coll, memory == NULL ? MPR_ERR_NO_MEMORY : 0);
    return memory;
}

bool mpr_coll_open_items(struct mpr_coll *coll, struct mpr_scratch *scratch, int run_count,
                         MPI_Count count, struct mpr_type *type, struct mpr_items *runs)
{
    int error = mpr_scratch_open_items(scratch, run_count, count, type, runs);
    mpr_coll_note(coll, error);
    return error == 0;
}

void mpr_coll_send(struct mpr_coll *coll, struct mpr_items items, int dest)
{
    mpr_coll_note(coll, mpr_send(items.buffer, items.count, items.type, dest, coll->tag, coll->comm,
                                 MPR_PLANE_COLLECTIVE, MPR_SEND_STANDARD));
}

void mpr_coll_recv(struct mpr_coll *coll, struct mpr_items items, int source)
{
    mpr_coll_note(coll, mpr_recv(items.buffer, items.count, items.type, source, coll->tag,
                                 coll->comm, MPR_PLANE_COLLECTIVE, NULL));
}

void mpr_coll_sendrecv(struct mpr_coll *coll, struct mpr_items out, int dest, struct mpr_items in,
                       int source)
{
    mpr_coll_note(coll, mpr_sendrecv(out.buffer, out.count, out.type, dest, coll->tag, in.buffer,
                                     in.count, in.type, source, coll->tag, coll->comm,
                                     MPR_PLANE_COLLECTIVE, NULL));
}

void mpr_coll_copy(struct mpr_coll *coll, struct mpr_items from, struct mpr_items to)
{
    if (mpr_items_bytes(from) > mpr_items_bytes(to)) {
        mpr_coll_note(coll, MPR_ERR_TRUNCATE);
    }
    mpr_type_copy(from.type, from.buffer, from.count, to.type, to.buffer, to.count);
}

struct mpr_request *mpr_coll_send_start(struct mpr_coll *coll, struct mpr_items items, int dest)
{
    struct mpr_request *request = NULL;
    mpr_coll_note(coll,
                  mpr_send_start(items.buffer, items.count, items.type, dest, coll->tag, coll->comm,
                                 MPR_PLANE_COLLECTIVE, MPR_SEND_STANDARD, &request));
    return request;
}

struct mpr_request *mpr_coll_recv_start(struct mpr_coll *coll, struct mpr_items items, int source)
{
    struct mpr_request *request = NULL;
    mpr_coll_note(coll, mpr_recv_start(items.buffer, items.count, items.type, source, coll->tag,
                                       coll->comm, MPR_PLANE_COLLECTIVE, &request));
    return request;
}

void mpr_coll_wait(struct mpr_coll *coll, struct mpr_request *request)
{
    mpr_coll_note(coll, mpr_request_wait_all(&request, 1));
}

bool mpr_batch_open(struct mpr_batch *batch, struct mpr_coll *coll, int most)
{
    batch->coll = coll;
    batch->count = 0;
    batch->requests = mpr_coll_open(coll, &batch->scratch, (size_t)most * sizeof(*batch->requests));
    return batch->requests != NULL;
}

void mpr_batch_send(struct mpr_batch *batch, struct mpr_items items, int dest)
{
    if (mpr_items_bytes(items) > 0) {
        batch->requests[batch->count++] = mpr_coll_send_start(batch->coll, items, dest);
    }
}

void mpr_batch_recv(struct mpr_batch *batch, struct mpr_items items, int source)
{
    if (mpr_items_bytes(items) > 0) {
        batch->requests[batch->count++] = mpr_coll_recv_start(batch->coll, items, source);
    }
}

void mpr_batch_finish(struct mpr_batch *batch)
{
    mpr_coll_note(batch->coll, mpr_request_wait_all(batch->requests, batch->count));
    mpr_scratch_close(&batch->scratch);
}
