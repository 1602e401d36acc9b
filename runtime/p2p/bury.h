/* SPDX-License-Identifier: BSD-3-Clause */
/* Burying the dead: what a rank does when it hears that others have died (shm/death.h).
 *
 * Each pass of progress compares the count of deaths with what was heard of before. When it has
 * changed, each of the newly dead is buried, once:
 *
 *     its ring is read to the end      what it had sent as a whole arrives like any message
 *     what only it could complete      ends with MPR_ERR_PEER: sends to it, receives from it, and
 *                                      transfers under way with it
 *     collectives                      end with MPR_ERR_PEER on each communicator that it belongs
 *                                      to: those under way, whomever they wait for, and all later
 *                                      ones. Members who hear of a death give a collective up, so
 *                                      that nobody may wait for any of them; and nothing is sent in
 *                                      it from then on, so that whoever completes it has it right
 *     receives from any source         on these communicators end with MPR_ERR_PEER and the dead as
 *                                      source: all that wait at the time, or else the next one that
 *                                      would wait; after that they work among the living, as long
 *                                      as there are any. Of several who die at once each takes its
 *                                      turn. So each death is told once, and a rank that waits for
 *                                      whoever comes cannot miss that somebody will not
 *     messages of these collectives    are forgotten, those that are still to come too
 *     chunks that it has not read      are taken back
 *
 * A message that was still growing when its sender died (p2p/growing.h) is no whole one: the
 * receive that it matches fails.
 *
 * An offer that the dead has made stays in its place among the messages, and the receive that it
 * matches fails: otherwise that receive would get a later message, and nobody would notice.
 *
 * Afterwards sends to it fail at once, and so do receives from it once all that it had sent is
 * received. Everything else on the communicator goes on. All functions need the library's lock. */
#ifndef MPR_P2P_BURY_H
#define MPR_P2P_BURY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "comm/comm.h"
#include "p2p/request.h"
#include "shm/death.h"
#include "shm/job.h"

/* The ranks that were buried; and the deaths that were heard of, as shm/death.h counts them. */
extern MPR_HIDDEN uint32_t mpr_buried_count;
extern MPR_HIDDEN uint32_t mpr_deaths_heard;

static inline bool mpr_bury_is_due(void)
{
    return mpr_death_count(&mpr_job.segment) != mpr_deaths_heard;
}

/* The same after reading what another one may write to as soon as it hears of a death: the reading
 * comes before the look. */
static inline bool mpr_bury_is_due_after_reading(void)
{
    atomic_thread_fence(memory_order_acquire);
    return mpr_bury_is_due();
}

/* Buries the newly dead. Returns how much has moved. */
int mpr_bury(void);

/* Whether mpr_bury_ask() may have anything to tell: somebody has died, or was gone when `comm` was
 * made. */
static inline bool mpr_bury_may_tell(const struct mpr_comm *comm)
{
    return mpr_unlikely(mpr_buried_count > 0 || comm->has_dead);
}

/* Whether a message may still come for a receive or a probe that has found none: 0, or MPR_ERR_PEER
 * with the rank in `comm` whose death this tells of at *source (left alone where it is any source
 * and nobody else lives). */
int mpr_bury_ask(struct mpr_comm *comm, uint32_t context, int *source);

/* Whether an operation of `context` belongs to a collective that a death has ended. */
static inline bool mpr_bury_forbids(const struct mpr_comm *comm, uint32_t context)
{
    return mpr_unlikely(comm->has_dead) && context == comm->context + MPR_PLANE_COLLECTIVE;
}

/* The same of a message that has found no receive; its communicator is looked for. */
bool mpr_bury_find_ended(uint32_t context);

static inline bool mpr_bury_has_ended(uint32_t context)
{
    return mpr_unlikely(mpr_buried_count > 0) && mpr_bury_find_ended(context);
}

#endif
