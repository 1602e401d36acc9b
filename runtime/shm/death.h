/* SPDX-License-Identifier: BSD-3-Clause */
/* Deaths: how the ranks hear that one of them has ended and the job goes on without it.
 *
 * The launcher alone announces a death, once it has seen the end of the process and while the
 * process is still a zombie: its number means nobody else until everyone can know. It marks the
 * slot (MPR_RANK_DEAD, and how it ended), counts the death in the header, and wakes every rank that
 * sleeps. A rank compares that count with what it has heard of, one load of a line that nobody
 * writes otherwise, in each pass of progress: so before it sleeps too. What it then does is
 * in p2p/bury.h.
 *
 *     label  store                                     load
 *     D1/E1  launcher: state, then death_count,        rank: death_count, acquire
 *            release                                   a death that is counted has its mark, and
 *                                                      all that the dead has stored is visible
 *     D2/E2  launcher: how it ended, then state,       rank: state, acquire
 *            release                                   a mark that is seen tells how
 *
 * Count and doorbell are the changer's half of shm/doorbell.h: no rank sleeps over a death.
 *
 * What a rank that dies at any instruction leaves behind, and who sees to it:
 *
 *     a ring that it writes      is read to the end: a cell with its turn is whole (R1)
 *     a ring that it reads       nobody reads it any more, and its writer stops writing
 *     chunks of others           whoever lent them takes them back
 *     chunks of its own          stay as they are: their readers may still read; of one that is
 *                                growing no more will come, as its reader finds out (p2p/growing.h)
 *     its doorbell               armed: each ring costs a useless wake-up, while they last
 *     a change without a ring    the launcher wakes those who wait for it,
 *     half a ring                and whom the dead was about to wake
 *     context ids                stay taken: of 131,072 as many as it was a member of communicators
 *     a pipe, half filled        is not used again (p2p/transfer_pipe.c)
 *
 * No lock lies in shared memory, and but for growing chunks nothing there is valid only
 * after a second store. */
#ifndef MPR_SHM_DEATH_H
#define MPR_SHM_DEATH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shm/segment.h"

/* For the launcher: `rank` has ended, as waitpid() told. */
void mpr_death_announce(const struct mpr_segment *segment, uint32_t rank, int wait_status);

/* How many deaths were announced so far. */
static inline uint32_t mpr_death_count(const struct mpr_segment *segment)
{
    return atomic_load_explicit(&segment->header->death_count, memory_order_acquire); /* E1 */
}

/* Whether the slot's process has died, as was announced. */
static inline bool mpr_death_has_taken(const struct mpr_segment *segment, uint32_t rank)
{
    const struct mpr_rank_control *control = mpr_segment_control(segment, rank);
    return atomic_load_explicit(&control->state, memory_order_acquire) == MPR_RANK_DEAD; /* E2 */
}

/* How the process of a slot that death has taken ended. Returns whether that is known, and if
 * so what waitpid() told. */
static inline bool mpr_death_has_told(const struct mpr_segment *segment, uint32_t rank,
                                      int *wait_status)
{
    const struct mpr_rank_control *control = mpr_segment_control(segment, rank);
    int ended = atomic_load_explicit(&control->ended, memory_order_relaxed);

    *wait_status = ended - 1;
    return ended != 0;
}

#endif
