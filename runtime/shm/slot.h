/* SPDX-License-Identifier: BSD-3-Clause */
/* Slots that serve one process after the other.
 *
 * The slots of the first ranks are theirs for good. A spare slot is given to a spawned process, and
 * to another one when that has ended and nobody needs what it has left: messages on their way lie
 * in rings and chunks of the slot, and others name it by its number. So each process says of each
 * other whether it holds it, that is whether it has a group with it (shm/hold.h), in a byte of a
 * row of its own, and mprun takes a slot anew only if no process alive holds it. What two of them
 * have shared is wiped then, and no sooner: neither looks at it any more.
 *
 * A process may hear of another from a third one, which then lets go of it: its name may be old.
 * Therefore a name is a slot and its generation, which mprun counts up before it looks for holders.
 *
 *     holder:  link = HELD, fence                 mprun:  generation + 1, fence
 *              generation as named?  else let go          any link HELD by one alive?  else wipe
 *
 * By the fences one of the two sees the other: either mprun sees the link and leaves the slot as it
 * is, or the holder sees the generation and knows that the process is gone; it has not looked at
 * anything else of the slot. A generation that was counted up in vain does no harm: who holds the
 * slot already holds it by the old one, and nobody is about to be given that name.
 *
 *     label  store                                   load
 *     H1     holder: link HELD, mprun: generation: the Dekker pair above, seq_cst fences
 *     H2/J2  holder: link LEFT, release              mprun: link, acquire
 *            all that the holder has read of the slot is read
 *     H3     mprun: wiped memory and control block   the new process by its birth, others by the
 *                                                    answer that names it (Q1 of shm/mail.h)
 *
 * But for this: those who spawn a process, or meet one at a port, hear of it from mprun when it may
 * have said all it has to say, and ended. So mprun makes the link before, PROMISED, which counts
 * like HELD until the holder has made it so; while there is a promise, the generation is not
 * counted up. A holder that tries an old name of the slot meanwhile puts the promise back.
 *
 * Owners: a link belongs to its holder while that lives, but for LEFT, which mprun turns into FREE,
 * and for PROMISED, which it sets.
 * Deaths: the row of a process that has ended counts for nothing; mprun looks at it only to see
 * what is to be wiped. One that dies between HELD and LEFT, or before the fence, holds nothing. */
#ifndef MPR_SHM_SLOT_H
#define MPR_SHM_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shm/mail.h"
#include "shm/segment.h"

enum mpr_link {
    MPR_LINK_FREE, /* they have shared nothing since the slot was wiped */
    MPR_LINK_PROMISED, /* by mprun to one who has yet to hear of the process */
    MPR_LINK_HELD,
    MPR_LINK_LEFT /* not held any more; what they have shared is still there */
};

static inline _Atomic uint8_t *mpr_segment_link(const struct mpr_segment *segment, uint32_t holder,
                                                uint32_t slot)
{
    unsigned char *base = (unsigned char *)segment->header + segment->layout.links_offset;
    return (_Atomic uint8_t *)(base + holder * mpr_layout_link_row_bytes(&segment->geometry)) +
           slot;
}

/* For mprun. Keeps the slot of `member` for `holder`, which is about to hear of it, unless the
 * holder has it already or the member's name is old; and lets it go again, when the holder will
 * never hear. */
void mpr_slot_promise(const struct mpr_segment *segment, struct mpr_member member, uint32_t holder);
void mpr_slot_break_promise(const struct mpr_segment *segment, struct mpr_member member,
                            uint32_t holder);

/* For mprun. Takes a spare slot, whose process has ended (is_alive[slot] is false), for a new
 * process: counts its generation up, and wipes everything in it. False: one of those alive holds
 * it. */
bool mpr_slot_take(const struct mpr_segment *segment, uint32_t slot, const bool *is_alive);

#endif
