/* SPDX-License-Identifier: BSD-3-Clause */
/* The processes that this one holds: those that are in a group of its own.
 *
 * Inside the process another one is its slot, a plain index; shm/slot.h tells why that is safe as
 * long as it is held. The first ranks hold each other for good. Others are counted: the groups that
 * they are in, and whoever is about to make one. All functions need the library's lock. */
#ifndef MPR_SHM_HOLD_H
#define MPR_SHM_HOLD_H

#include <stdbool.h>

#include "shm/job.h"
#include "shm/mail.h"

/* The slot that stands for all processes that are gone: its control block says dead, and nobody
 * ever writes or reads its rings. */
static inline int mpr_hold_nobody(void)
{
    return (int)mpr_job.segment.geometry.slot_count;
}

/* What happens when a process is held first, and no more: where the two meet is p2p/peer.h. */
struct mpr_hold_hooks {
    void (*opened)(int slot);
    void (*closed)(int slot);
};

/* After joining the job: this process, and if mprun has started it all others that it has. Returns
 * 0 or MPR_ERR_NO_MEMORY. */
int mpr_holds_start(void);
void mpr_holds_stop(void);

/* Calls hooks->opened for all that are held, and both for what follows; NULL: no more. */
void mpr_holds_set_hooks(const struct mpr_hold_hooks *hooks);

/* The name by which others know a process that is held. */
struct mpr_member mpr_hold_name(int slot);

/* Begins to hold a process that was named; returns its slot, or mpr_hold_nobody() if it is gone and
 * its slot has been given away. In either case mpr_hold_leave() is due. */
int mpr_hold_enter(struct mpr_member member);

/* Whether this process keeps `slot` for good, and need not count. */
static inline bool mpr_hold_is_lasting(int slot)
{
    return slot == mpr_job.slot || slot == mpr_hold_nobody() ||
           (mpr_job.world == 0 && slot < (int)mpr_job.segment.geometry.rank_count);
}

/* Once more, of a process that is held; and once less. */
void mpr_hold_again(int slot);
void mpr_hold_leave(int slot);

#endif
