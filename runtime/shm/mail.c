/* SPDX-License-Identifier: BSD-3-Clause */
/* Putting answers into the mail. */
#include "shm/mail.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "shm/context.h"
#include "shm/doorbell.h"

void mpr_mail_put(const struct mpr_segment *segment, uint32_t slot, uint32_t box, uint32_t number,
                  const struct mpr_reply *reply)
{
    struct mpr_answer *answer = mpr_segment_mail(segment, slot, box);

    answer->code = reply->code;
    memcpy(answer->contexts, reply->contexts, sizeof(answer->contexts));
    answer->member_count = reply->member_count;
    if (reply->member_count > 0) {
        memcpy(answer->members, reply->members,
               (size_t)reply->member_count * sizeof(*reply->members));
    }
    snprintf(answer->text, sizeof(answer->text), "%s", reply->text != NULL ? reply->text : "");
    atomic_store_explicit(&answer->number, number, memory_order_release); /* Q1 */
    mpr_doorbell_ring(mpr_segment_control(segment, slot));
}

int mpr_mail_take_contexts(const struct mpr_segment *segment, int our_count, int their_count,
                           uint32_t contexts[MPR_MAIL_CONTEXTS])
{
    const uint32_t users[MPR_MAIL_CONTEXTS] = {
        [MPR_MAIL_INTER] = (uint32_t)(our_count + their_count),
        [MPR_MAIL_OURS] = (uint32_t)our_count,
        [MPR_MAIL_THEIRS] = (uint32_t)their_count,
    };
    struct mpr_context_table *table = mpr_segment_contexts(segment);

    for (int i = 0; i < MPR_MAIL_CONTEXTS; i++) {
        int code = mpr_context_take(table, users[i], &contexts[i]);
        if (code != MPR_OK) {
            while (--i >= 0) {
                mpr_context_drop(table, contexts[i], users[i]);
            }
            return code;
        }
    }
    return MPR_OK;
}
