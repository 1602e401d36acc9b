/* SPDX-License-Identifier: BSD-3-Clause */
/* Lending and borrowing in meetings. */
#include "coll/slate_lend.h"

#include "p2p/bury.h"
#include "p2p/record.h"
#include "shm/window.h"

/* What a member says of its payload, in its cell. */
struct lent {
    uint64_t offset; /* in its window, or MPR_WINDOW_NOWHERE: it lies in the area */
    uint64_t bytes;
    uint64_t can_read; /* what others lend */
};

static struct lent *lent_of(const struct mpr_meeting *meeting, int rank)
{
    return (struct lent *)(void *)meeting->memory->meetings[meeting->round][rank].payload;
}

bool mpr_lend_if_there(struct mpr_meeting *meeting, const struct mpr_items *items,
                       bool may_lend)
{
    const MPI_Count bytes = mpr_items_bytes(*items);
    const bool is_known = meeting->coll->comm->slate.is_read_by_all;
    const struct lent lent = {
        .offset = is_known && may_lend ? mpr_record_place(items->buffer, bytes, items->type)
                                       : MPR_WINDOW_NOWHERE,
        .bytes = (uint64_t)bytes,
        .can_read = mpr_window_can_read(),
    };

    meeting->may_lend = true;
    *lent_of(meeting, meeting->coll->rank) = lent;
    return lent.offset != MPR_WINDOW_NOWHERE;
}

void mpr_lend_hear(struct mpr_meeting *meeting)
{
    struct mpr_slate *slate = &meeting->coll->comm->slate;

    slate->is_read_by_all = true;
    slate->is_lent_by_all = true;
    for (int rank = 0; rank < meeting->coll->size; rank++) {
        const struct lent *lent = lent_of(meeting, rank);
        slate->is_read_by_all &= lent->can_read != 0;
        slate->is_lent_by_all &= lent->offset != MPR_WINDOW_NOWHERE;
        meeting->is_lent |= lent->offset != MPR_WINDOW_NOWHERE;
    }
}

/* Members that give different numbers of items make an error; it must not lead beyond the window.
 */
const unsigned char *mpr_lend_find(const struct mpr_meeting *meeting, int rank, MPI_Count bytes)
{
    const struct lent *lent = lent_of(meeting, rank);
    const unsigned char *data = NULL;

    if (lent->offset == MPR_WINDOW_NOWHERE) {
        return mpr_meeting_payload(meeting, rank);
    }
    if ((uint64_t)bytes > lent->bytes) {
        mpr_coll_note(meeting->coll, MPR_ERR_TRUNCATE);
    } else {
        data = mpr_window_find((uint32_t)meeting->coll->comm->world_ranks[rank], lent->offset,
                               lent->bytes);
        mpr_coll_note(meeting->coll, data != NULL ? MPR_OK : MPR_ERR_NO_MEMORY);
    }
    return data != NULL ? data : mpr_meeting_payload(meeting, rank);
}

void mpr_lend_end(struct mpr_meeting *meeting)
{
    struct mpr_meeting next;

    if (mpr_bury_is_due()) {
        mpr_bury();
    }
    mpr_meeting_open(&next, meeting->coll, 0);
    mpr_meeting_hold(&next);
}
