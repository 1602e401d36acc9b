/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of one collective call, taken at once or written down. */
#include "coll/message.h"

#include "base/error.h"
#include "coll/schedule.h"
#include "p2p/p2p.h"

/* --- Messages --------------------------------------------------------------------------------- */

/* Writes down: wait for all messages from step `first` on. */
static void schedule_wait_from(struct mpr_coll *coll, int first)
{
    int end = mpr_schedule_end(coll->schedule);
    mpr_coll_note(coll, mpr_schedule_wait(coll->schedule, first, end));
}

void mpr_coll_send(struct mpr_coll *coll, struct mpr_items items, int dest)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_sendrecv(coll, items, dest, mpr_items_packed(NULL, 0), MPI_PROC_NULL);
        return;
    }
    if (mpr_coll_is_over(coll)) {
        return;
    }
    mpr_coll_note(coll, mpr_send(items.buffer, items.count, items.type, dest, coll->tag, coll->comm,
                                 MPR_PLANE_COLLECTIVE, MPR_SEND_STANDARD));
}

void mpr_coll_recv(struct mpr_coll *coll, struct mpr_items items, int source)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_sendrecv(coll, mpr_items_packed(NULL, 0), MPI_PROC_NULL, items, source);
        return;
    }
    if (mpr_coll_is_over(coll)) {
        return;
    }
    mpr_coll_note(coll, mpr_recv(items.buffer, items.count, items.type, source, coll->tag,
                                 coll->comm, MPR_PLANE_COLLECTIVE, NULL));
}

MPR_COLD static void schedule_sendrecv(struct mpr_coll *coll, struct mpr_items out, int dest,
                                       struct mpr_items in, int source)
{
    int first = mpr_schedule_end(coll->schedule);
    if (source != MPI_PROC_NULL) {
        mpr_coll_note(coll, mpr_schedule_recv(coll, in, source));
    }
    if (dest != MPI_PROC_NULL) {
        mpr_coll_note(coll, mpr_schedule_send(coll, out, dest));
    }
    schedule_wait_from(coll, first);
}

void mpr_coll_sendrecv(struct mpr_coll *coll, struct mpr_items out, int dest, struct mpr_items in,
                       int source)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        schedule_sendrecv(coll, out, dest, in, source);
        return;
    }
    if (mpr_coll_is_over(coll)) {
        return;
    }
    mpr_coll_note(coll, mpr_sendrecv(out.buffer, out.count, out.type, dest, coll->tag, in.buffer,
                                     in.count, in.type, source, coll->tag, coll->comm,
                                     MPR_PLANE_COLLECTIVE, NULL));
}

bool mpr_batch_open(struct mpr_batch *batch, struct mpr_coll *coll, int most)
{
    batch->coll = coll;
    batch->count = 0;
    if (mpr_unlikely(coll->schedule != NULL)) {
        batch->first = mpr_schedule_end(coll->schedule);
        return true;
    }
    batch->requests = mpr_coll_open(coll, &batch->scratch, (size_t)most * sizeof(*batch->requests));
    return batch->requests != NULL;
}

void mpr_batch_send(struct mpr_batch *batch, struct mpr_items items, int dest)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_items_bytes(items) == 0) {
        return;
    }
    int index = batch->count++;
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_send(coll, items, dest));
        return;
    }
    batch->requests[index] = NULL;
    if (mpr_coll_is_over(coll)) {
        return;
    }
    mpr_coll_note(coll,
                  mpr_send_start(items.buffer, items.count, items.type, dest, coll->tag, coll->comm,
                                 MPR_PLANE_COLLECTIVE, MPR_SEND_STANDARD, &batch->requests[index]));
}

void mpr_batch_recv(struct mpr_batch *batch, struct mpr_items items, int source)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_items_bytes(items) == 0) {
        return;
    }
    int index = batch->count++;
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_recv(coll, items, source));
        return;
    }
    batch->requests[index] = NULL;
    if (mpr_coll_is_over(coll)) {
        return;
    }
    mpr_coll_note(coll, mpr_recv_start(items.buffer, items.count, items.type, source, coll->tag,
                                       coll->comm, MPR_PLANE_COLLECTIVE, &batch->requests[index]));
}

void mpr_batch_wait(struct mpr_batch *batch, int index)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_unlikely(coll->schedule != NULL)) {
        int step = batch->first + index;
        mpr_coll_note(coll, mpr_schedule_wait(coll->schedule, step, step + 1));
        return;
    }
    mpr_coll_note(coll, mpr_request_wait_all(&batch->requests[index], 1));
}

void mpr_batch_finish(struct mpr_batch *batch)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_unlikely(coll->schedule != NULL)) {
        schedule_wait_from(coll, batch->first);
        return;
    }
    mpr_coll_note(coll, mpr_request_wait_all(batch->requests, batch->count));
    mpr_scratch_close(&batch->scratch);
}

/* --- Local work ------------------------------------------------------------------------------- */

void mpr_coll_copy(struct mpr_coll *coll, struct mpr_items from, struct mpr_items to)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_copy(coll->schedule, from, to));
        return;
    }
    if (mpr_items_bytes(from) > mpr_items_bytes(to)) {
        mpr_coll_note(coll, MPR_ERR_TRUNCATE);
    }
    mpr_type_copy(from.type, from.buffer, from.count, to.type, to.buffer, to.count);
}

void mpr_coll_apply(struct mpr_coll *coll, struct mpr_op *op, const void *left, const void *right,
                    struct mpr_items out)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_apply(coll->schedule, op, left, right, out));
        return;
    }
    mpr_op_apply3(op, left, right, out.buffer, out.count, out.type);
}

void mpr_coll_call(struct mpr_coll *coll, void (*function)(struct mpr_coll *coll, void *state),
                   void *state)
{
    if (mpr_unlikely(coll->schedule != NULL) && coll->error == 0) {
        mpr_coll_note(coll, mpr_schedule_call(coll->schedule, function, state));
    }
    if (coll->schedule == NULL || coll->error != 0) {
        function(coll, state);
    }
}

void *mpr_coll_open(struct mpr_coll *coll, struct mpr_scratch *scratch, size_t bytes)
{
    void *memory = coll->schedule != NULL ? mpr_schedule_memory(coll->schedule, bytes)
                                          : mpr_scratch_open(scratch, bytes);
    mpr_coll_note(coll, memory == NULL ? MPR_ERR_NO_MEMORY : 0);
    return memory;
}

bool mpr_coll_open_items(struct mpr_coll *coll, struct mpr_scratch *scratch, int run_count,
                         MPI_Count count, struct mpr_type *type, struct mpr_items *runs)
{
    /* An item may begin below its address, and with a negative extent a run grows downwards. */
    MPI_Aint reach = count > 1 ? (count - 1) * type->extent : 0;
    MPI_Aint lowest = type->true_lower_bound + (reach < 0 ? reach : 0);
    MPI_Aint span = count > 0 ? type->true_extent + (reach < 0 ? -reach : reach) : 0;
    size_t stride = mpr_round_up((size_t)span, MPR_LINE_BYTES);

    unsigned char *memory = mpr_coll_open(coll, scratch, stride * (size_t)run_count);
    if (memory == NULL) {
        return false;
    }
    for (int i = 0; i < run_count; i++) {
        uintptr_t address = (uintptr_t)memory + stride * (size_t)i - (uintptr_t)lowest;
        runs[i] = mpr_items((const void *)address, count, type);
    }
    return true;
}

void mpr_coll_close(struct mpr_coll *coll, struct mpr_scratch *scratch)
{
    if (coll->schedule == NULL) {
        mpr_scratch_close(scratch);
    }
}
