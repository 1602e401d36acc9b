/* SPDX-License-Identifier: BSD-3-Clause */
/* Payloads that are lent: left in the member's own buffer, where that lies in its window
 * (shm/window.h), instead of being put into its area. The others read them there, and the member
 * waits until they have before it has its buffer back. So each byte is copied once, and no line of
 * an area moves back and forth.
 *
 * In a meeting all meet once more:
 *
 *     unsigned char *own = mpr_meeting_open(&meeting, coll, bytes);
 *     if (!mpr_lend(&meeting, &items, true)) {
 *         ... write them to `own` ...
 *     }
 *     mpr_meeting_come(&meeting);
 *     if (mpr_lend_await(&meeting)) {
 *         ... read mpr_lend_payload(&meeting, rank, bytes) of any other member ...
 *         mpr_lend_return(&meeting);
 *     }
 *
 * In a talk those who have heard it tell that it is over for them at once.
 *
 * Whether a member lends is its own affair, told in its cell. It does so once all members are known
 * to read in windows.
 *
 * What is lent was written before the mark of the meeting or talk (S1 of shm/slate.h), and is given
 * back after the marks of the next meeting, or the counts of talks that are over (S2), which all
 * show when they have read it: these edges are those of the data, too. When a death ends the call,
 * a member may have its buffer back before the others have heard of it: so what was read is
 * believed only if no death is news even after the reading. The window of one who dies stays. */
#ifndef MPR_COLL_SLATE_LEND_H
#define MPR_COLL_SLATE_LEND_H

#include "coll/slate.h"

/* For calls that all members decide alike: whether payloads of `bytes` bytes may be lent. Where
 * ranks share cores one more meeting costs more than the copies. */
static inline bool mpr_lend_suits(MPI_Count bytes)
{
    return bytes >= MPR_LEND_BYTES && !mpr_coll_is_crowded();
}

/* Opens the windows of all members, so that what is lent there can be read, once for each
 * communicator, and tells the others so. */
void mpr_lend_open_windows(const struct mpr_coll *coll);

static inline void mpr_lend_prepare(const struct mpr_coll *coll)
{
    if (mpr_unlikely(!coll->comm->slate.has_opened)) {
        mpr_lend_open_windows(coll);
    }
}

/* mpr_lend() where it suits. */
bool mpr_lend_if_there(struct mpr_meeting *meeting, const struct mpr_items *items, bool may_lend);

/* Where that suits, lends the items that are this member's payload, if it may and they lie in its
 * window. It may not if the call overwrites them. To be called by all members, or by none. */
static inline bool mpr_lend(struct mpr_meeting *meeting, const struct mpr_items *items,
                            bool may_lend)
{
    return mpr_lend_suits(meeting->bytes) && mpr_lend_if_there(meeting, items, may_lend);
}

/* Reads what all have said of their payloads. */
void mpr_lend_hear(struct mpr_meeting *meeting);

static inline bool mpr_lend_await(struct mpr_meeting *meeting)
{
    if (!mpr_meeting_await(meeting)) {
        return false;
    }
    if (meeting->may_lend) {
        mpr_lend_hear(meeting);
    }
    return true;
}

/* The payload of `rank`, of which up to `bytes` bytes are read. */
const unsigned char *mpr_lend_find(const struct mpr_meeting *meeting, int rank, MPI_Count bytes);

static inline const unsigned char *mpr_lend_payload(const struct mpr_meeting *meeting, int rank,
                                                    MPI_Count bytes)
{
    return meeting->is_lent ? mpr_lend_find(meeting, rank, bytes)
                            : mpr_meeting_payload(meeting, rank);
}

/* After the last reading. */
void mpr_lend_end(struct mpr_meeting *meeting);

static inline void mpr_lend_return(struct mpr_meeting *meeting)
{
    if (meeting->is_lent) {
        mpr_lend_end(meeting);
    }
}

/* Lends what this member has to say to `reader`, the other one of two, if it lies in the window,
 * and waits until that has read it. False: it does not, or that has come late (p2p/patience.h), and
 * nothing is said. */
bool mpr_lend_say(struct mpr_talk *talk, int reader, const struct mpr_items *items);

/* Gets the items that `rank` has said it lends. */
void mpr_lend_get(struct mpr_talk *talk, int rank, const struct mpr_items *items);

#endif
