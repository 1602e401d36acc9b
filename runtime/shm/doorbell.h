/* SPDX-License-Identifier: BSD-3-Clause */
/* The doorbell: how a rank sleeps until another rank has something for it.
 *
 * The one word, control->doorbell, is not 0 while the owner sleeps or is about to. The owner:
 *
 *     arm:   doorbell = n, barrier B2      look once more for work; if there is none:
 *     sleep: futex_wait(doorbell == n)
 *     disarm: doorbell = 0
 *
 * Whoever changes something that the owner may wait for (a cell published, a chunk released, a head
 * moved):
 *
 *     change, barrier B1, then ring: if doorbell is not 0, set it to 0 and wake the owner.
 *
 * This is Dekker's pattern: with a full barrier on both sides, either the owner's second look sees
 * the change, or the changer sees the n. A full barrier for each message would cost as much as the
 * message: the sender would wait until its stores have left for the other core. Where ranks have
 * cores of their own, the owner therefore pays for both: B2 is membarrier(2), which runs a barrier
 * on every core that executes a registered process, and B1 only keeps the compiler in order. A rank
 * arms only after it has spun in vain, so that this is rare. Where ranks share cores (they sleep
 * often, and the other core's cache is seldom involved), and beyond 32 ranks (membarrier interrupts
 * them all), B1 and B2 are ordinary fences.
 *
 * A process in which membarrier fails uses the fence as B1. As an owner it cannot give the others
 * their B1, and sleeps for at most a millisecond at a time.
 *
 * A rank that has looked once more in vain, and for which nobody but other ranks can have anything,
 * settles. (Of several threads, the others must have slept since the last ring: one that was rung
 * for is on its way, even before it gets the lock.) It writes its n to control->settled, and sleeps
 * until it is rung. When all processes of a job are settled at one moment, with the n's with which
 * their doorbells are still armed, nobody can ever move again: whatever one of them had changed for
 * another, that other saw in its look, or was rung for, and its doorbell would be 0; and none of
 * them changes anything any more. The launcher sees such a moment by looking twice: each arming has
 * an n of its own, so that whoever is settled with the same n at both times was so all the time
 * between them.
 *
 * Many may ring at once; only who turns n into 0 wakes. An owner that dies leaves an n: one useless
 * wake-up. A changer that dies between change and ring, or between turning n into 0 and waking: the
 * job ends, or, where it goes on, the launcher wakes for it, whatever the word says. Threads of one
 * rank share the word: each ring wakes all of them, and each arms it with another n. Otherwise one
 * that was rung before it slept would sleep after all when a second one has armed the doorbell
 * again meanwhile. */
#ifndef MPR_SHM_DOORBELL_H
#define MPR_SHM_DOORBELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "shm/segment.h"

/* Whether this process needs a fence before it rings (B1). */
extern MPR_HIDDEN bool mpr_doorbell_needs_fence;

/* Chooses the barriers, once, before the first ring. */
void mpr_doorbell_start(const struct mpr_segment *segment);

/* The slow half of mpr_doorbell_ring(). */
void mpr_doorbell_wake(struct mpr_rank_control *control);

/* The halves of a ring, where one change is for several ranks: the first one once, the second
 * one for each of them. */
static inline void mpr_doorbell_fence(void)
{
    if (mpr_doorbell_needs_fence) {
        atomic_thread_fence(memory_order_seq_cst); /* B1 */
    } else {
        atomic_signal_fence(memory_order_seq_cst); /* B1, completed by the owner's membarrier */
    }
}

static inline void mpr_doorbell_look(struct mpr_rank_control *control)
{
    if (mpr_unlikely(atomic_load_explicit(&control->doorbell, memory_order_relaxed) != 0)) {
        mpr_doorbell_wake(control);
    }
}

/* After a change that the rank of `control` may wait for. */
static inline void mpr_doorbell_ring(struct mpr_rank_control *control)
{
    mpr_doorbell_fence();
    mpr_doorbell_look(control);
}

/* For the launcher, after a change: wakes the rank also where one that has
 * died since was about to. */
void mpr_doorbell_wake_for_the_dead(struct mpr_rank_control *control);

/* The owner: announces that it will sleep; returns n. Afterwards it must look for work once more.
 * Its threads arm one at a time. *was_armed: another thread had done so, and nobody has rung since.
 */
uint32_t mpr_doorbell_arm(struct mpr_rank_control *control, bool *was_armed);

/* The owner has armed and looked, in vain, and only other ranks can have something for it until it
 * is rung. Does nothing where it will have to look by itself now and then. */
void mpr_doorbell_settle(struct mpr_rank_control *control, uint32_t armed);

/* For the launcher: with what the owner is settled, which is never the same twice, or 0 if it is
 * not. */
uint32_t mpr_doorbell_settled(const struct mpr_rank_control *control);

/* Sleeps until the doorbell rings (or nothing at all happens: the caller looks again), `briefly`
 * for at most a millisecond. `armed` is what arming has returned. */
void mpr_doorbell_sleep(struct mpr_rank_control *control, uint32_t armed, bool briefly);

void mpr_doorbell_disarm(struct mpr_rank_control *control);

#endif
