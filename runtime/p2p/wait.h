/* SPDX-License-Identifier: BSD-3-Clause */
/* The one waiting policy: spin, then yield, then sleep.
 *
 *     struct mpr_wait wait = mpr_wait_begin(...);
 *     while (!condition) {
 *         mpr_wait_step(&wait);
 *     }
 *     mpr_wait_end(&wait);
 *
 * Each step makes one pass of progress; steps without progress climb the stages, progress resets
 * them. A rank that has a core of its own spins for MPRUN_SPIN_NS and then sleeps; one that shares
 * its core yields to the others, which are probably those it waits for, and sleeps when that did
 * not help. The library's lock is held on entry and on return of a step, and let go of while
 * yielding and sleeping. */
#ifndef MPR_P2P_WAIT_H
#define MPR_P2P_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "shm/job.h"

struct mpr_wait {
    uint32_t looks;
    uint32_t idle_steps; /* since something last moved */
    uint32_t stays;      /* since then: looks for what was about to come */
    uint64_t idle_since_ns; /* 0: not looked at the clock yet */
    int hint;            /* world rank from which something is expected, or -1 */
    bool (*has_come)(void *state); /* where passes of progress do not see what
                                    * is waited for; or NULL */
    void *state;
    bool is_late;        /* nothing has moved for some microseconds at a time */
    bool is_shown;       /* to mates (p2p/mates.h) */
    bool published;      /* the status board says that we wait */
};

/* Chooses the stages from the tunables and from what the launcher says about cores, and finds out
 * how long the core pauses. */
void mpr_wait_start(void);

extern MPR_HIDDEN uint32_t mpr_wait_look_pauses;

/* Between two looks at one cell that another core is about to write. A look takes the line from the
 * writer, who must have it back when he is not done: so they are about 50 ns apart, whatever
 * a pause takes. */
static inline void mpr_wait_before_look(void)
{
    for (uint32_t i = 0; i < mpr_wait_look_pauses; i++) {
        mpr_pause();
    }
}

/* Whether a rank that waits may spin at all: it has a core of its own. Ranks that are spawned may
 * make a job crowded, and make room again when they end. */
static inline bool mpr_wait_may_spin(void)
{
    return atomic_load_explicit(&mpr_job.segment.header->crowded, memory_order_relaxed) == 0;
}

static inline struct mpr_wait mpr_wait_begin(int hint)
{
    return (struct mpr_wait){.hint = hint};
}

/* For something that lies elsewhere in shared memory, whose changer rings: no step sleeps over it.
 * Whoever waits so has looked in vain before: a rank that shares its core
 * yields in the first step. */
struct mpr_wait mpr_wait_begin_for(bool (*has_come)(void *state), void *state);

void mpr_wait_step(struct mpr_wait *wait);
void mpr_wait_end(struct mpr_wait *wait);

/* For a rank that has looked in vain, before it waits in steps: one that shares its core gives way,
 * without a pass of progress, and should look again. False: it has not, because it has a core of
 * its own, or a pass is due. */
bool mpr_wait_give_way(void);

/* One pass of progress for a call that does not wait. A program that asks again and again gives way
 * to the ranks that share its core, as a waiting one would, or now and then if it works in
 * between; `request_count` is how many requests the call goes through, 0 if it is about a single
 * thing. Returns whether anything has moved, or may have meanwhile. */
bool mpr_wait_poll(int request_count);

/* Waits until a descriptor is ready for `events` of poll(), as nothing else in the library does:
 * while a message may move as well, it looks every millisecond. */
void mpr_wait_for_fd(int fd, short events);

/* For a thread that leaves the library: the status board shows another one that sleeps in a wait,
 * if there is one. */
void mpr_wait_show_sleeper(void);

/* How many things are waited for that nobody rings for: while there are any, sleep is brief. */
extern MPR_HIDDEN int mpr_wait_unrung;

/* Something has completed: wakes the other threads of this rank that sleep in a step. */
void mpr_wait_notify(void);

#endif
