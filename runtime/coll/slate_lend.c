/* SPDX-License-Identifier: BSD-3-Clause */
/* Lending and borrowing on slates. */
#include "coll/slate_lend.h"

#include "base/tunables.h"
#include "p2p/bury.h"
#include "p2p/peer.h"
#include "p2p/record.h"
#include "p2p/resend.h"
#include "shm/window.h"

/* What a member says of its payload, in its cell. */
struct lent {
    uint64_t offset; /* in its window, or MPR_WINDOW_NOWHERE: it is not lent */
    uint64_t bytes;
};

void mpr_lend_open_windows(const struct mpr_coll *coll)
{
    struct mpr_slate *slate = &coll->comm->slate;

    slate->has_opened = true;
    for (int rank = 0; rank < coll->size; rank++) {
        if (rank != coll->rank && !mpr_window_open((uint32_t)coll->comm->world_ranks[rank])) {
            return;
        }
    }
    atomic_store_explicit(&slate->memory->counts[coll->rank].reads, slate->mark,
                          memory_order_relaxed);
}

/* Once all have come as far as that, they stay so. */
static bool is_read_by_all(const struct mpr_coll *coll)
{
    struct mpr_slate *slate = &coll->comm->slate;
    bool is_read = slate->is_read_by_all;

    for (int rank = 0; !is_read && rank < coll->size; rank++) {
        if (atomic_load_explicit(&slate->memory->counts[rank].reads, memory_order_relaxed) !=
            slate->mark) {
            return false;
        }
    }
    slate->is_read_by_all = true;
    return true;
}

static struct lent look_for(const struct mpr_coll *coll, const struct mpr_items *items)
{
    const MPI_Count bytes = mpr_items_bytes(*items);

    return (struct lent){is_read_by_all(coll) ? mpr_record_place(items->buffer, bytes, items->type)
                                              : MPR_WINDOW_NOWHERE,
                         (uint64_t)bytes};
}

static bool is_lent(const struct lent *lent)
{
    return lent->offset != MPR_WINDOW_NOWHERE;
}

/* Where it can be read here; NULL: it cannot, which is noted. */
static const unsigned char *find(struct mpr_coll *coll, int rank, const struct lent *lent)
{
    const unsigned char *data =
        mpr_window_find((uint32_t)coll->comm->world_ranks[rank], lent->offset, lent->bytes);

    mpr_coll_note(coll, data != NULL ? MPR_OK : MPR_ERR_NO_MEMORY);
    return data;
}

/* After the last reading. */
static void listen_for_deaths(void)
{
    if (mpr_bury_is_due_after_reading()) {
        mpr_bury();
    }
}

/* --- In meetings ------------------------------------------------------------------------------ */

static struct lent *lent_of(const struct mpr_meeting *meeting, int rank)
{
    return (struct lent *)(void *)meeting->cells[rank].payload;
}

bool mpr_lend_if_there(struct mpr_meeting *meeting, const struct mpr_items *items, bool may_lend)
{
    struct lent *own = lent_of(meeting, meeting->coll->rank);

    meeting->may_lend = true;
    mpr_lend_prepare(meeting->coll);
    *own = may_lend ? look_for(meeting->coll, items) : (struct lent){MPR_WINDOW_NOWHERE, 0};
    return is_lent(own);
}

void mpr_lend_hear(struct mpr_meeting *meeting)
{
    bool all_lend = true;

    for (int rank = 0; rank < meeting->coll->size; rank++) {
        const bool lends = is_lent(lent_of(meeting, rank));
        all_lend = all_lend && lends;
        meeting->is_lent = meeting->is_lent || lends;
    }
    meeting->coll->comm->slate.is_lent_by_all = all_lend;
}

/* Members that give different numbers of items make an error; it must not lead beyond the window.
 */
const unsigned char *mpr_lend_find(const struct mpr_meeting *meeting, int rank, MPI_Count bytes)
{
    const struct lent *lent = lent_of(meeting, rank);
    const unsigned char *data = NULL;

    if (is_lent(lent) && (uint64_t)bytes > lent->bytes) {
        mpr_coll_note(meeting->coll, MPR_ERR_TRUNCATE);
    } else if (is_lent(lent)) {
        data = find(meeting->coll, rank, lent);
    }
    return data != NULL ? data : mpr_meeting_payload(meeting, rank);
}

void mpr_lend_end(struct mpr_meeting *meeting)
{
    struct mpr_meeting next;

    listen_for_deaths();
    mpr_meeting_open(&next, meeting->coll, 0);
    mpr_meeting_hold(&next);
}

/* --- In talks --------------------------------------------------------------------------------- */

/* A message gets to one who comes late as a copy, for which nobody waits. */
static bool is_better_sent(const struct mpr_items *items, const struct mpr_patience *patience)
{
    return mpr_patience_is_lost(patience) && mpr_tunables.copy != MPR_COPY_DIRECT &&
           mpr_items_bytes(*items) <= mpr_tunables.eager_bytes;
}

bool mpr_lend_say(struct mpr_talk *talk, int reader, const struct mpr_items *items)
{
    struct mpr_patience *patience = &mpr_peers[talk->coll->comm->world_ranks[reader]].patience;

    mpr_lend_prepare(talk->coll);
    if (is_better_sent(items, patience)) {
        return false;
    }
    const struct lent lent = look_for(talk->coll, items);

    if (!is_lent(&lent)) {
        mpr_resend_forget(items->buffer, lent.bytes); // it is asked again, for a message
        return false;
    }
    struct lent *own = (struct lent *)(void *)mpr_talk_begin(talk, MPR_TALK_LENT);
    if (own != NULL) {
        *own = lent;
        mpr_talk_say(talk);
        mpr_patience_try(patience);
        mpr_talk_await_ends(talk);
    }
    if (talk->coll->is_late) {
        mpr_patience_lose(patience);
    }
    return true;
}

void mpr_lend_get(struct mpr_talk *talk, int rank, const struct mpr_items *items)
{
    const struct lent *lent = (const struct lent *)(const void *)mpr_talk_payload(talk, rank);
    const unsigned char *data = find(talk->coll, rank, lent);

    if (data != NULL) {
        mpr_coll_copy(talk->coll, mpr_items_packed(data, (MPI_Count)lent->bytes), *items);
    }
    listen_for_deaths();
    if (!mpr_coll_is_over(talk->coll)) {
        mpr_talk_end_for(talk, rank);
    }
}
