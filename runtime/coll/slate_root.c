/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives with a root, and scans, in which not all hear of all: talks on a slate. */
#include "coll/choose.h"
#include "coll/slate.h"
#include "coll/slate_data.h"
#include "coll/slate_lend.h"

/* --- Broadcast -------------------------------------------------------------------------------- */

/* How much is said on a slate. Where ranks share cores, each message is a switch. */
static MPI_Count most_bytes(void)
{
    return mpr_coll_is_crowded() ? MPR_SLATE_AREA_BYTES : MPR_BCAST_SLATE_BYTES;
}

/* Two members may lend more. Among others, those who hand messages on spare the root that all read
 * from its cache.
 *
 * More comes by messages, and so does what is not lent, and nobody waits for a word that tells so.
 * Those who have room for less hear of it by the first message, so that nobody hangs where the root
 * sends more than they expect; nor less, where it may be lent. */
static bool hear_root(struct mpr_talk *talk, const struct mpr_items *items, int root)
{
    const MPI_Count room = mpr_items_bytes(*items);

    if (room > most_bytes()) {
        if (!mpr_slate_is_pair(talk->coll)) {
            return false;
        }
        mpr_lend_prepare(talk->coll);
    }
    const struct mpr_slate_cell *cell = mpr_talk_hear_or_message(talk, root);
    if (mpr_unlikely(cell == NULL)) {
        return false;
    }
    MPI_Count bytes = (MPI_Count)cell->bytes;
    if (mpr_likely(bytes == room)) {
        mpr_slate_get(items, mpr_talk_payload(talk, root), (size_t)bytes);
    } else if (cell->bytes == MPR_TALK_LENT) {
        mpr_lend_get(talk, root, items);
    } else {
        mpr_coll_copy(talk->coll, mpr_items_packed(mpr_talk_payload(talk, root), bytes), *items);
    }
    return true;
}

static bool say_to_all(struct mpr_talk *talk, const struct mpr_items *items)
{
    MPI_Count bytes = mpr_items_bytes(*items);

    if (bytes > most_bytes()) {
        return bytes <= MPR_BCAST_LEND_BYTES && mpr_slate_is_pair(talk->coll) &&
               mpr_lend_say(talk, 1 - talk->coll->rank, items);
    }
    unsigned char *own = mpr_talk_begin(talk, (uint64_t)bytes);
    if (own != NULL) {
        mpr_slate_put(items, own, (size_t)bytes);
        mpr_talk_say(talk);
    }
    return true;
}

bool mpr_slate_bcast(struct mpr_coll *coll, const struct mpr_items *items, int root)
{
    struct mpr_talk talk;

    mpr_talk_open(&talk, coll);
    bool is_done =
        coll->rank == root ? say_to_all(&talk, items) : hear_root(&talk, items, root);
    mpr_talk_close(&talk);
    return is_done;
}

/* --- Reductions ------------------------------------------------------------------------------- */

/* This member's payload: the items. NULL: a death has ended the call. */
static const void *put_own(struct mpr_talk *talk, const struct mpr_items *items)
{
    size_t bytes = (size_t)mpr_items_bytes(*items);
    unsigned char *own = mpr_talk_begin(talk, bytes);

    if (own != NULL) {
        mpr_slate_put(items, own, bytes);
    }
    return own;
}

/* What the first `count` ranks say; this rank's own payload is there. False: as above. */
static bool hear_first(struct mpr_talk *talk, int count, const void **payloads)
{
    for (int rank = 0; rank < count; rank++) {
        if (rank != talk->coll->rank && mpr_talk_hear(talk, rank) == NULL) {
            return false;
        }
        payloads[rank] = mpr_talk_payload(talk, rank);
    }
    return true;
}

void mpr_slate_reduce(struct mpr_coll *coll, const struct mpr_items *own,
                      const struct mpr_items *out, struct mpr_op *op, int root)
{
    struct mpr_talk talk;
    const void *payloads[MPR_SLATE_MEMBERS_MAX];

    mpr_talk_open(&talk, coll);
    if (put_own(&talk, own) == NULL) {
        return;
    }
    if (coll->rank != root) {
        mpr_talk_say(&talk);
    } else if (hear_first(&talk, coll->size, payloads)) {
        mpr_slate_fold_all(coll, payloads, own, 0, out, op);
    }
    mpr_talk_close(&talk);
}

/* A rank's own items are the last ones of a scan: the others may be folded into them where they
 * lie. */
void mpr_slate_scan(struct mpr_coll *coll, const struct mpr_items *own, const struct mpr_items *out,
                    struct mpr_op *op, bool exclusive)
{
    struct mpr_talk talk;
    const void *payloads[MPR_SLATE_MEMBERS_MAX];
    int count = exclusive ? coll->rank : coll->rank + 1;

    mpr_talk_open(&talk, coll);
    if (put_own(&talk, own) == NULL) {
        return;
    }
    if (coll->rank + 1 < coll->size) {
        mpr_talk_say(&talk);
    }
    if (count > 0 && hear_first(&talk, count, payloads)) {
        if (!exclusive && own->type->contiguous) {
            payloads[coll->rank] = own->buffer;
        }
        mpr_slate_fold(coll, payloads, count, out, op);
    }
    mpr_talk_close(&talk);
}
