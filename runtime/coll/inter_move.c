/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives on intercommunicators that move data. */
#include "coll/coll.h"
#include "coll/inter.h"
#include "coll/schedule.h"

/* --- From each to each ------------------------------------------------------------------------ */

/* A process may go on when all of the other group have come (MPI 5.0, 6.3): between few each tells
 * each so, and nobody waits twice. */
static void barrier_flat(struct mpr_coll *coll)
{
    int remote_size = coll->comm->remote_size;
    struct mpr_scratch scratch;
    unsigned char *marks = mpr_coll_open(coll, &scratch, (size_t)remote_size + 1);

    if (marks == NULL) {
        return;
    }
    marks[remote_size] = 0;
    struct mpr_blocks blocks = mpr_blocks_equal(marks, 1, mpr_type_byte, remote_size);
    mpr_inter_share(coll, mpr_items_packed(&marks[remote_size], 1), &blocks);
    mpr_coll_close(coll, &scratch);
}

/* --- By the speakers -------------------------------------------------------------------------- */

static void barrier_of_group(struct mpr_coll *coll)
{
    struct mpr_coll part;
    mpr_coll_begin_part(coll, &part);
    mpr_barrier(&part);
    mpr_coll_note(coll, part.error);
}

/* All of a group are there before its speaker says so, and go on when the other one has. */
void mpr_inter_barrier(struct mpr_coll *coll)
{
    struct mpr_items nothing = mpr_items_packed(NULL, 0);

    if (coll->size + coll->comm->remote_size > 2 && mpr_inter_is_flat(coll, 1)) {
        barrier_flat(coll);
        return;
    }
    barrier_of_group(coll);
    if (coll->rank == MPR_SPEAKER) {
        mpr_coll_sendrecv(coll, nothing, MPR_SPEAKER, nothing, MPR_SPEAKER);
    }
    barrier_of_group(coll);
}

void mpr_inter_bcast(struct mpr_coll *coll, struct mpr_items items, int root)
{
    struct mpr_coll part;

    if (root == MPI_PROC_NULL || mpr_items_bytes(items) == 0) {
        return;
    }
    if (root == MPI_ROOT) {
        mpr_coll_send(coll, items, MPR_SPEAKER);
        return;
    }
    if (coll->rank == MPR_SPEAKER) {
        mpr_coll_recv(coll, items, root);
    }
    mpr_coll_begin_part(coll, &part);
    mpr_bcast(&part, items.buffer, items.count, items.type, MPR_SPEAKER);
    mpr_coll_note(coll, part.error);
}

/* --- From rank to rank: what is sent goes first, see coll/spread.c -------------------------- */

/* Every rank begins with another one. */
static int remote_rank(const struct mpr_coll *coll, int step)
{
    return (coll->rank + step) % coll->comm->remote_size;
}

static void receive_blocks(struct mpr_batch *batch, const struct mpr_blocks *blocks)
{
    for (int step = 0; step < batch->coll->comm->remote_size; step++) {
        int source = remote_rank(batch->coll, step);
        mpr_batch_recv(batch, mpr_block(blocks, source), source);
    }
}

static void send_blocks(struct mpr_batch *batch, const struct mpr_blocks *blocks)
{
    for (int step = 0; step < batch->coll->comm->remote_size; step++) {
        int dest = remote_rank(batch->coll, step);
        mpr_batch_send(batch, mpr_block(blocks, dest), dest);
    }
}

void mpr_inter_gather(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks,
                      int root)
{
    struct mpr_batch batch;

    if (root == MPI_ROOT && mpr_batch_open(&batch, coll, coll->comm->remote_size)) {
        receive_blocks(&batch, blocks);
        mpr_batch_finish(&batch);
    } else if (root >= 0 && mpr_items_bytes(own) > 0) {
        mpr_coll_send(coll, own, root);
    }
}

void mpr_inter_scatter(struct mpr_coll *coll, const struct mpr_blocks *blocks, struct mpr_items own,
                       int root)
{
    struct mpr_batch batch;

    if (root == MPI_ROOT && mpr_batch_open(&batch, coll, coll->comm->remote_size)) {
        send_blocks(&batch, blocks);
        mpr_batch_finish(&batch);
    } else if (root >= 0 && mpr_items_bytes(own) > 0) {
        mpr_coll_recv(coll, own, root);
    }
}

void mpr_inter_share(struct mpr_coll *coll, struct mpr_items own, const struct mpr_blocks *blocks)
{
    int remote_size = coll->comm->remote_size;
    struct mpr_batch batch;

    if (!mpr_batch_open(&batch, coll, 2 * remote_size)) {
        return;
    }
    for (int step = 0; step < remote_size; step++) {
        mpr_batch_send(&batch, own, remote_rank(coll, step));
    }
    receive_blocks(&batch, blocks);
    mpr_batch_finish(&batch);
}

void mpr_inter_exchange(struct mpr_coll *coll, const struct mpr_blocks *out,
                        const struct mpr_blocks *in)
{
    struct mpr_batch batch;

    if (!mpr_batch_open(&batch, coll, 2 * coll->comm->remote_size)) {
        return;
    }
    send_blocks(&batch, out);
    receive_blocks(&batch, in);
    mpr_batch_finish(&batch);
}
