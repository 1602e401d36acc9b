/* SPDX-License-Identifier: BSD-3-Clause */
/* Context ids: the numbers that keep the messages of different communicators apart.
 *
 * One table in the job segment serves the whole job. Whoever takes an id from it has a number that
 * no other communicator of any rank has; its members need not search for one that is free with all
 * of them, they need only be told, and creations that overlap in several threads or in overlapping
 * groups cannot disturb each other.
 *
 * An id is a position that counts freely, times MPR_CONTEXT_PLANES; with the ids after it, it makes
 * the planes of a communicator (enum mpr_plane). The position, masked, is a slot of the table,
 * which counts the processes that still use the id. So
 *   - no two communicators alive share an id, for they have different slots;
 *   - a freed id comes back after 2^30 further communicators at the earliest: a message that nobody
 *     has received before its communicator was freed is not mistaken for a message of another one.
 *
 * Any thread of any process may call; no lock is needed. Taking is lock-free, dropping wait-free.
 * The numbers travel by messages and nothing is published by them: every access is relaxed.
 *
 * A process that dies takes its uses with it: the slots of its communicators stay in use for ever,
 * and so does that of an id which it had taken and told nobody. Nobody can give them back in its
 * place, since it alone knew whether it had done so already: one slot too many is lost, rather than
 * one in use handed out again. */
#ifndef MPR_SHM_CONTEXT_H
#define MPR_SHM_CONTEXT_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/compiler.h"

/* Communicators of the job that are alive at a time. */
#define MPR_CONTEXT_SLOTS (UINT32_C(1) << 17)

/* Neighbouring ids that belong to one communicator. */
#define MPR_CONTEXT_PLANES UINT32_C(4)

/* Every rank has these from the start; their slots are never handed out. */
#define MPR_CONTEXT_WORLD UINT32_C(0)
#define MPR_CONTEXT_SELF  MPR_CONTEXT_PLANES

/* All zero is the valid start. */
struct mpr_context_table {
    _Atomic uint32_t position;                                              /* next to try */
    MPR_ALIGNED(MPR_APART_BYTES) _Atomic uint32_t users[MPR_CONTEXT_SLOTS]; /* 0: free */
};

/* Takes an id for a communicator of `users` processes (at least 1). Returns 0, or MPR_ERR_LIMIT
 * when all slots are in use. */
int mpr_context_take(struct mpr_context_table *table, uint32_t users, uint32_t *context);

/* `users` of the processes no longer use the id: normally each drops its own one use. Harmless for
 * MPR_CONTEXT_WORLD and MPR_CONTEXT_SELF. */
void mpr_context_drop(struct mpr_context_table *table, uint32_t context, uint32_t users);

#endif
