/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives in which every member hears of all others: meetings on a slate. */
#include "coll/slate.h"
#include "coll/slate_data.h"
#include "coll/slate_lend.h"

/* After a call for which not all have lent, so many of the next ones do not try. */
enum { LENDS_APART = 7 };

void mpr_slate_barrier(struct mpr_coll *coll)
{
    struct mpr_meeting meeting;

    mpr_meeting_open(&meeting, coll, 0);
    mpr_meeting_expect(&meeting);
    if (mpr_meeting_hold(&meeting) && mpr_meeting_is_to_tell(&meeting)) {
        mpr_meeting_tell(&meeting);
    }
}

/* --- What is the same for all ----------------------------------------------------------------- */

/* Unless it is not for this member, or went wrong here. */
static inline bool is_to_be_told(const struct mpr_meeting *meeting)
{
    return mpr_meeting_is_to_tell(meeting) && meeting->coll->error == MPR_OK;
}

/* --- Reductions ------------------------------------------------------------------------------- */

/* Each of two members tells in its cell whether it finds the other far, so that both know the same,
 * and may choose by it when they meet again. */
static void tell_distance(const struct mpr_meeting *meeting)
{
    meeting->cells[meeting->coll->rank].bytes = mpr_slate_is_far();
}

static void hear_distances(const struct mpr_meeting *meeting)
{
    const struct mpr_slate_cell *cells = meeting->cells;

    meeting->coll->comm->slate.is_far = cells[0].bytes != 0 || cells[1].bytes != 0;
}

/* The items from `first` on of what all have written; this member's own are taken from where they
 * are put, if they are needed. All members that combine the same ones do so in the same order, and
 * get the same bits. */
static void combine(const struct mpr_meeting *meeting, const struct mpr_items *own, MPI_Count first,
                    const struct mpr_items *out, struct mpr_op *op)
{
    const void *payloads[MPR_SLATE_MEMBERS_MAX];
    size_t offset = (size_t)mpr_type_bytes(own->type, first);
    struct mpr_coll *coll = meeting->coll;

    for (int rank = 0; rank < coll->size; rank++) {
        payloads[rank] = offset + (rank == coll->rank
                                       ? mpr_meeting_payload(meeting, rank)
                                       : mpr_lend_payload(meeting, rank, meeting->bytes));
    }
    mpr_slate_fold_all(coll, payloads, own, first, out, op);
}

void mpr_slate_allreduce(struct mpr_coll *coll, const struct mpr_items *own,
                         const struct mpr_items *out, struct mpr_op *op)
{
    struct mpr_meeting meeting;
    size_t bytes = (size_t)mpr_items_bytes(*own);

    unsigned char *payload = mpr_meeting_open(&meeting, coll, (MPI_Count)bytes);
    if (!mpr_lend(&meeting, own, own->buffer != out->buffer)) {
        mpr_slate_put(own, payload, bytes);
    }
    mpr_meeting_expect(&meeting);
    const bool tells_distance = meeting.in_areas && mpr_slate_is_pair(coll);
    if (tells_distance) {
        tell_distance(&meeting);
    }
    mpr_meeting_come(&meeting);
    if (!mpr_lend_await(&meeting)) {
        return;
    }
    if (tells_distance) {
        hear_distances(&meeting);
    }
    if (meeting.teller >= 0) {
        mpr_slate_get(out, mpr_meeting_outcome(&meeting, meeting.teller, bytes), bytes);
        return;
    }
    combine(&meeting, own, 0, out, op);
    mpr_lend_return(&meeting);
    if (is_to_be_told(&meeting)) {
        mpr_slate_put(out, mpr_meeting_outcome(&meeting, coll->rank, bytes), bytes);
        mpr_meeting_tell(&meeting);
    }
}

bool mpr_slate_tries_to_lend(const struct mpr_coll *coll, MPI_Count bytes)
{
    return mpr_slate_is_there(coll) && mpr_slate_is_flat(coll) && mpr_lend_suits(bytes) &&
           coll->size * bytes <= MPR_LEND_ALL_BYTES &&
           !mpr_slate_is_apart(&coll->comm->slate.lends_apart);
}

bool mpr_slate_allreduce_lent(struct mpr_coll *coll, const struct mpr_items *own,
                              const struct mpr_items *out, struct mpr_op *op)
{
    struct mpr_slate *slate = &coll->comm->slate;
    struct mpr_meeting meeting;

    mpr_meeting_open(&meeting, coll, mpr_items_bytes(*own));
    mpr_lend(&meeting, own, own->buffer != out->buffer);
    mpr_meeting_come(&meeting);
    if (!mpr_lend_await(&meeting)) {
        return true;
    }
    if (slate->is_lent_by_all) {
        combine(&meeting, own, 0, out, op);
        mpr_lend_return(&meeting);
    } else {
        slate->lends_apart = LENDS_APART;
    }
    return slate->is_lent_by_all;
}

void mpr_slate_reduce_scatter(struct mpr_coll *coll, const struct mpr_items *own, MPI_Count first,
                              const struct mpr_items *out, struct mpr_op *op)
{
    struct mpr_meeting meeting;
    size_t bytes = (size_t)mpr_items_bytes(*own);

    mpr_slate_put(own, mpr_meeting_open(&meeting, coll, (MPI_Count)bytes), bytes);
    if (mpr_meeting_hold(&meeting) && out->count > 0) {
        combine(&meeting, own, first, out, op);
    }
}

/* --- Allgather and alltoall ------------------------------------------------------------------- */

/* The blocks of others. Where all have `most` bytes, that is known when this is compiled: otherwise
 * a short allgather takes half as long again. */
static MPR_INLINE void get_each(const struct mpr_meeting *meeting, const struct mpr_blocks *blocks,
                                bool are_equal, MPI_Count most)
{
    const struct mpr_coll *coll = meeting->coll;

    for (int rank = 0; rank < coll->size; rank++) {
        struct mpr_items place =
            are_equal ? mpr_block_equal(blocks, rank) : mpr_block(blocks, rank);
        if (rank != coll->rank) {
            MPI_Count bytes = are_equal ? most : mpr_items_bytes(place);
            mpr_slate_get(&place, mpr_lend_payload(meeting, rank, bytes), (size_t)bytes);
        }
    }
}

/* This rank's own block, to be copied while the others come. */
static inline void keep_own(struct mpr_coll *coll, const struct mpr_items *own,
                            const struct mpr_items *place)
{
    if (!mpr_items_are_same(*own, *place)) {
        mpr_coll_copy(coll, *own, *place);
    }
}

void mpr_slate_allgather(struct mpr_coll *coll, const struct mpr_items *own,
                         const struct mpr_blocks *blocks, MPI_Count most, MPI_Count all)
{
    struct mpr_meeting meeting;
    bool are_equal = blocks->vector == NULL;
    struct mpr_items place =
        are_equal ? mpr_block_equal(blocks, coll->rank) : mpr_block(blocks, coll->rank);
    MPI_Count bytes = mpr_items_bytes(*own), room = are_equal ? most : mpr_items_bytes(place);

    if (mpr_unlikely(bytes > room)) {
        mpr_coll_note(coll, MPR_ERR_TRUNCATE);
        bytes = room;
    }
    unsigned char *payload = mpr_meeting_open(&meeting, coll, most);
    if (!mpr_lend(&meeting, own, bytes == mpr_items_bytes(*own))) {
        mpr_slate_put(own, payload, (size_t)bytes);
    }
    if (all <= MPR_SLATE_AREA_BYTES) {
        mpr_meeting_expect(&meeting);
    }
    mpr_meeting_come(&meeting);
    keep_own(coll, own, &place);
    if (!mpr_lend_await(&meeting)) {
        return;
    }
    if (meeting.teller >= 0) {
        mpr_coll_unpack(coll, mpr_meeting_outcome(&meeting, meeting.teller, (size_t)all), blocks);
        return;
    }
    if (are_equal) {
        get_each(&meeting, blocks, true, most);
    } else {
        get_each(&meeting, blocks, false, most);
    }
    mpr_lend_return(&meeting);
    if (is_to_be_told(&meeting)) {
        mpr_coll_pack(coll, blocks, mpr_meeting_outcome(&meeting, coll->rank, (size_t)all));
        mpr_meeting_tell(&meeting);
    }
}

/* `bytes` bytes of each block, from byte `first` on. */
static void put_part(struct mpr_meeting *meeting, const struct mpr_blocks *out, MPI_Count first,
                     MPI_Count bytes)
{
    unsigned char *own = mpr_meeting_payload(meeting, meeting->coll->rank);
    MPI_Count out_bytes = mpr_items_bytes(mpr_block_equal(out, 0)) - first;
    size_t part = (size_t)(out_bytes < 0 ? 0 : out_bytes < bytes ? out_bytes : bytes);

    for (int rank = 0; rank < meeting->coll->size; rank++) {
        struct mpr_items block = mpr_block_equal(out, rank);
        if (rank != meeting->coll->rank) {
            mpr_slate_put_part(&block, first, own + rank * bytes, part);
        }
    }
}

static void get_part(const struct mpr_meeting *meeting, const struct mpr_blocks *in,
                     MPI_Count first, MPI_Count bytes)
{
    int own = meeting->coll->rank;

    for (int rank = 0; rank < meeting->coll->size; rank++) {
        struct mpr_items place = mpr_block_equal(in, rank);
        if (rank != own) {
            const unsigned char *payload = mpr_lend_payload(meeting, rank, meeting->bytes);
            mpr_slate_get_part(&place, first, payload + own * bytes, (size_t)bytes);
        }
    }
}

void mpr_slate_alltoall(struct mpr_coll *coll, const struct mpr_blocks *out,
                        const struct mpr_blocks *in)
{
    struct mpr_items own = mpr_block_equal(out, coll->rank);
    struct mpr_items place = mpr_block_equal(in, coll->rank);
    const struct mpr_items all = mpr_items(out->buffer, out->total, out->type);
    MPI_Count bytes = mpr_items_bytes(place), most = MPR_SLATE_AREA_BYTES / coll->size;
    struct mpr_meeting meeting;

    for (MPI_Count first = 0; first < bytes; first += most) {
        MPI_Count part = bytes - first < most ? bytes - first : most;
        mpr_meeting_open(&meeting, coll, coll->size * part);
        if (!mpr_lend(&meeting, &all, part == bytes && out->buffer != in->buffer)) {
            put_part(&meeting, out, first, part);
        }
        mpr_meeting_come(&meeting);
        if (first == 0) {
            keep_own(coll, &own, &place);
        }
        if (!mpr_lend_await(&meeting)) {
            return;
        }
        get_part(&meeting, in, first, part);
        mpr_lend_return(&meeting);
    }
}
