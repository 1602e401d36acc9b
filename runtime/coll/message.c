/* SPDX-License-Identifier: BSD-3-Clause */
/* The steps of one collective call, taken at once or written down. */
#include "coll/message.h"

#include "base/error.h"
#include "coll/schedule.h"
#include "p2p/borrow.h"
#include "p2p/p2p.h"
#include "p2p/send.h"

/* What the operands of a fold advance by. */
enum { FOLD_PIECE_BYTES = 16 << 10 };

/* --- Messages --------------------------------------------------------------------------------- */

void mpr_coll_send_fields(struct mpr_coll *coll, const void *buffer, MPI_Count count,
                          struct mpr_type *type, int dest)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_sendrecv(coll, mpr_items(buffer, count, type), dest, mpr_items_packed(NULL, 0),
                          MPI_PROC_NULL);
        return;
    }
    if (mpr_coll_is_over(coll)) {
        return;
    }
    mpr_coll_note(coll, mpr_send(buffer, count, type, dest, coll->tag, coll->comm,
                                 MPR_PLANE_COLLECTIVE, MPR_SEND_STANDARD));
}

void mpr_coll_recv_fields(struct mpr_coll *coll, void *buffer, MPI_Count count,
                          struct mpr_type *type, int source)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_sendrecv(coll, mpr_items_packed(NULL, 0), MPI_PROC_NULL,
                          mpr_items(buffer, count, type), source);
        return;
    }
    if (mpr_coll_is_over(coll)) {
        return;
    }
    mpr_coll_note(coll, mpr_recv(buffer, count, type, source, coll->tag, coll->comm,
                                 MPR_PLANE_COLLECTIVE, NULL));
}

MPR_COLD static void schedule_sendrecv(struct mpr_coll *coll, struct mpr_items out, int dest,
                                       struct mpr_items in, int source)
{
    int first = mpr_schedule_end(coll->schedule);
    if (dest != MPI_PROC_NULL) { // first, for it may be taken now
        mpr_coll_note(coll, mpr_schedule_send(coll, out, dest));
    }
    if (source != MPI_PROC_NULL) {
        mpr_coll_note(coll, mpr_schedule_recv(coll, in, source));
    }
    int end = mpr_schedule_end(coll->schedule);
    mpr_coll_note(coll, mpr_schedule_wait(coll->schedule, first, end));
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
        batch->end = batch->first;
        return true;
    }
    batch->flights = mpr_coll_open(coll, &batch->scratch, (size_t)most * sizeof(*batch->flights));
    return batch->flights != NULL;
}

/* The next message of the batch, if it is to be started at once. */
static struct mpr_flight *next_flight(struct mpr_batch *batch, struct mpr_items *place)
{
    struct mpr_flight *flight = &batch->flights[batch->count++];
    *flight = (struct mpr_flight){.place = place};
    return mpr_coll_is_over(batch->coll) ? NULL : flight;
}

/* Another message of the batch is written down, or not. */
static void note_written(struct mpr_batch *batch, int code)
{
    batch->end = mpr_schedule_end(batch->coll->schedule);
    mpr_coll_note(batch->coll, code);
}

void mpr_batch_send_fields(struct mpr_batch *batch, const void *buffer, MPI_Count count,
                           struct mpr_type *type, int dest)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_type_bytes(type, count) == 0) {
        return;
    }
    if (mpr_unlikely(coll->schedule != NULL)) {
        note_written(batch, mpr_schedule_send(coll, mpr_items(buffer, count, type), dest));
        return;
    }
    struct mpr_flight *flight = next_flight(batch, NULL);
    if (flight != NULL) {
        mpr_coll_note(coll,
                      mpr_send_begin(buffer, count, type, dest, coll->tag, coll->comm,
                                     MPR_PLANE_COLLECTIVE, MPR_SEND_STANDARD, &flight->request));
    }
}

void mpr_batch_recv_fields(struct mpr_batch *batch, void *buffer, MPI_Count count,
                           struct mpr_type *type, int source)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_type_bytes(type, count) == 0) {
        return;
    }
    if (mpr_unlikely(coll->schedule != NULL)) {
        note_written(batch, mpr_schedule_recv(coll, mpr_items(buffer, count, type), source));
        return;
    }
    struct mpr_flight *flight = next_flight(batch, NULL);
    if (flight != NULL) {
        mpr_coll_note(coll, mpr_recv_start(buffer, count, type, source, coll->tag, coll->comm,
                                           MPR_PLANE_COLLECTIVE, &flight->request));
    }
}

void mpr_batch_borrow(struct mpr_batch *batch, struct mpr_items *place, int source)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_items_bytes(*place) == 0) {
        return;
    }
    if (mpr_unlikely(coll->schedule != NULL)) {
        note_written(batch, mpr_schedule_borrow(coll, place, source));
        return;
    }
    struct mpr_flight *flight = next_flight(batch, place);
    if (flight != NULL) {
        mpr_coll_note(coll,
                      mpr_borrow_start(place->buffer, place->count, place->type, source, coll->tag,
                                       coll->comm, MPR_PLANE_COLLECTIVE, &flight->request));
    }
}

/* What is borrowed keeps its request. */
static void land(struct mpr_coll *coll, struct mpr_flight *flight)
{
    struct mpr_request *request = flight->request;
    if (request == NULL) {
        return;
    }
    mpr_coll_note(coll, mpr_request_wait(request));
    if (flight->place != NULL) {
        flight->place->buffer = request->buffer;
        return;
    }
    mpr_request_release(request);
    flight->request = NULL;
}

void mpr_batch_wait(struct mpr_batch *batch)
{
    struct mpr_coll *coll = batch->coll;
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_wait(coll->schedule, batch->first, batch->end));
        return;
    }
    for (int i = 0; i < batch->count; i++) {
        land(coll, &batch->flights[i]);
    }
}

void mpr_batch_finish(struct mpr_batch *batch)
{
    struct mpr_coll *coll = batch->coll;
    mpr_batch_wait(batch);
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_return(coll->schedule, batch->first, batch->end));
        return;
    }
    for (int i = 0; i < batch->count; i++) {
        struct mpr_request *request = batch->flights[i].request;
        if (request != NULL) {
            mpr_coll_note(coll, mpr_borrow_return(request));
            mpr_request_release(request);
        }
    }
    mpr_scratch_close(&batch->scratch);
}

/* --- Local work ------------------------------------------------------------------------------- */

void mpr_coll_copy_any(struct mpr_coll *coll, const struct mpr_items *from,
                       const struct mpr_items *to)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_copy(coll, *from, *to));
        return;
    }
    if (mpr_items_bytes(*from) > mpr_items_bytes(*to)) {
        mpr_coll_note(coll, MPR_ERR_TRUNCATE);
    }
    mpr_type_copy(from->type, from->buffer, from->count, to->type, to->buffer, to->count);
}

/* Equal blocks are one run of items: then one copy is enough. */
static int copy_count(const struct mpr_coll *coll, const struct mpr_blocks *blocks)
{
    return blocks->vector == NULL ? 1 : coll->size;
}

static struct mpr_items copied(const struct mpr_blocks *blocks, int index)
{
    return blocks->vector == NULL ? mpr_items(blocks->buffer, blocks->total, blocks->type)
                                  : mpr_block(blocks, index);
}

void mpr_coll_pack(struct mpr_coll *coll, const struct mpr_blocks *blocks, unsigned char *packed)
{
    for (int i = 0; i < copy_count(coll, blocks); i++) {
        struct mpr_items items = copied(blocks, i);
        MPI_Count bytes = mpr_items_bytes(items);
        mpr_coll_copy(coll, items, mpr_items_packed(packed, bytes));
        packed += bytes;
    }
}

void mpr_coll_unpack(struct mpr_coll *coll, const unsigned char *packed,
                     const struct mpr_blocks *blocks)
{
    for (int i = 0; i < copy_count(coll, blocks); i++) {
        struct mpr_items items = copied(blocks, i);
        MPI_Count bytes = mpr_items_bytes(items);
        mpr_coll_copy(coll, mpr_items_packed(packed, bytes), items);
        packed += bytes;
    }
}

void mpr_coll_apply(struct mpr_coll *coll, struct mpr_op *op, const void *left, const void *right,
                    struct mpr_items out)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_apply(coll, op, left, right, out));
        return;
    }
    mpr_op_apply3(op, left, right, out.buffer, out.count, out.type);
}

/* The operands are taken piece by piece, so that the result stays in the first-level cache while
 * they pass, and from the last one down, because the result so far is the operator's
 * right operand. */
static void fold(const struct mpr_op *op, const struct mpr_items *operands, int count,
                 struct mpr_items out)
{
    MPI_Count item_bytes = out.type->size_bytes > 0 ? out.type->size_bytes : 1;
    MPI_Count step = item_bytes < FOLD_PIECE_BYTES ? FOLD_PIECE_BYTES / item_bytes : 1;

    for (MPI_Count first = 0; first < out.count; first += step) {
        struct mpr_items piece = mpr_items_window(out, first, step);
        struct mpr_items right = mpr_items_slice(operands[count - 1], first, piece.count);
        for (int i = count - 2; i >= 0; i--) {
            struct mpr_items left = mpr_items_slice(operands[i], first, piece.count);
            mpr_op_apply3(op, left.buffer, right.buffer, piece.buffer, piece.count, piece.type);
            right = piece;
        }
    }
}

void mpr_coll_fold(struct mpr_coll *coll, struct mpr_op *op, const struct mpr_items *operands,
                   int count, struct mpr_items out)
{
    if (mpr_unlikely(coll->schedule != NULL)) {
        mpr_coll_note(coll, mpr_schedule_fold(coll->schedule, op, operands, count, out));
        return;
    }
    fold(op, operands, count, out);
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

/* The bytes of an item, [low, high) from its address. An operator of the user may well assign whole
 * structs: what encloses the data belongs to the item as well. Bounds that do not are no struct's
 * (as of data at absolute addresses), and the memory between could be without end. */
static void item_bounds(const struct mpr_type *type, MPI_Aint *low, MPI_Aint *high)
{
    MPI_Aint upper_bound = type->lower_bound + type->extent;

    *low = type->true_lower_bound;
    *high = type->true_lower_bound + type->true_extent;
    if (type->lower_bound <= *low && upper_bound >= *high) {
        *low = type->lower_bound;
        *high = upper_bound;
    }
}

bool mpr_coll_open_items(struct mpr_coll *coll, struct mpr_scratch *scratch, int run_count,
                         MPI_Count count, struct mpr_type *type, struct mpr_items *runs)
{
    /* An item may begin below its address, and with a negative extent a run grows downwards. The
     * address itself is aligned as a struct's must be. */
    MPI_Aint reach = count > 1 ? (count - 1) * type->extent : 0;
    MPI_Aint lowest, highest;
    item_bounds(type, &lowest, &highest);
    lowest = (lowest + (reach < 0 ? reach : 0)) & -(MPI_Aint)MPR_LINE_BYTES;
    MPI_Aint span = count > 0 ? highest + (reach > 0 ? reach : 0) - lowest : 0;
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

bool mpr_coll_open_vector(struct mpr_coll *coll, struct mpr_scratch *scratch, MPI_Count **counts,
                          MPI_Aint **displs)
{
    size_t size = (size_t)coll->size;

    *counts = mpr_coll_open(coll, scratch, size * (sizeof(**counts) + sizeof(**displs)));
    if (*counts == NULL) {
        return false;
    }
    *displs = (MPI_Aint *)(*counts + size);
    return true;
}

void mpr_coll_close(struct mpr_coll *coll, struct mpr_scratch *scratch)
{
    if (coll->schedule == NULL) {
        mpr_scratch_close(scratch);
    }
}
