/* SPDX-License-Identifier: BSD-3-Clause */
/* Barrier and allreduce of many members that have cores of their own: meetings on a slate along a
 * tree that follows the machine (coll/family.h).
 *
 * What all members write comes up the tree in their cells, combined on the way, and what comes of
 * it goes down in their outcomes. Each step is one line that moves, and no message; a member reads
 * those of its children, which come at the same time, instead of all. */
#include <string.h>

#include "coll/family.h"
#include "coll/slate.h"
#include "coll/slate_data.h"

static bool await_children(struct mpr_meeting *meeting, const struct mpr_family *family)
{
    for (int i = 0; i < family->child_count; i++) {
        if (!mpr_meeting_await_payload(meeting, family->children[i])) {
            return false;
        }
    }
    return true;
}

/* Up to the parent, and until it tells the outcome. The root has nobody to wait for. */
static bool await_all(struct mpr_meeting *meeting, const struct mpr_family *family)
{
    if (family->parent < 0) {
        return true;
    }
    mpr_meeting_show(meeting, family->parent);
    return mpr_meeting_await_outcome(meeting, family->parent);
}

void mpr_slate_tree_barrier(struct mpr_coll *coll)
{
    const struct mpr_family *family = mpr_family_of_slate(coll);
    struct mpr_meeting meeting;

    if (family == NULL || mpr_coll_is_over(coll)) {
        return;
    }
    mpr_meeting_open(&meeting, coll, 0);
    if (await_children(&meeting, family) && await_all(&meeting, family)) {
        mpr_meeting_tell_each(&meeting, family->children, family->child_count);
    }
}

/* This member's payload becomes that of all below it, by way of `out`. */
static void combine(const struct mpr_meeting *meeting, const struct mpr_family *family,
                    const struct mpr_items *out, struct mpr_op *op)
{
    const void *payloads[MPR_FAMILY_MAX + 1];
    unsigned char *own = mpr_meeting_payload(meeting, meeting->coll->rank);

    payloads[0] = own;
    for (int i = 0; i < family->child_count; i++) {
        payloads[i + 1] = mpr_meeting_payload(meeting, family->children[i]);
    }
    mpr_slate_fold(meeting->coll, payloads, family->child_count + 1, out, op);
    mpr_slate_put(out, own, meeting->bytes);
}

void mpr_slate_tree_allreduce(struct mpr_coll *coll, const struct mpr_items *own,
                              const struct mpr_items *out, struct mpr_op *op)
{
    const struct mpr_family *family = mpr_family_of_slate(coll);
    size_t bytes = (size_t)mpr_items_bytes(*own);
    struct mpr_meeting meeting;

    if (family == NULL || mpr_coll_is_over(coll)) {
        return;
    }
    unsigned char *value = mpr_meeting_open(&meeting, coll, (MPI_Count)bytes);
    mpr_slate_put(own, value, bytes);
    if (!await_children(&meeting, family)) {
        return;
    }
    if (family->child_count > 0) {
        combine(&meeting, family, out, op);
    }
    if (!await_all(&meeting, family)) {
        return;
    }
    if (family->parent >= 0) {
        value = mpr_meeting_outcome(&meeting, family->parent, bytes);
    }
    if (family->child_count > 0) {
        memcpy(mpr_meeting_outcome(&meeting, coll->rank, bytes), value, bytes);
    }
    mpr_meeting_tell_each(&meeting, family->children, family->child_count);
    if (family->parent >= 0) {
        mpr_slate_get(out, value, bytes);
    }
}
