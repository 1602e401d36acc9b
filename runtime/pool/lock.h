/* SPDX-License-Identifier: BSD-3-Clause */
/* Locks, as conditions see them.
 *
 * Home knows whether the lock is held and by which rank, each rank which of its threads holds it
 * and how often: so a recursive lock that is taken again, and a release by another,
 * need no message.
 *
 * A holder that dies with the lock: home hears of the death after everything that the dead rank had
 * sent, a release included. If it still holds the lock then, the next taker is told. A rank that
 * died with the grant on its way to it is taken for a holder: nobody can know how far it came. If
 * home dies, every call ends with MP_ERR_PEER_DIED. */
#ifndef MPP_LOCK_H
#define MPP_LOCK_H

#include "pool/object.h"

struct mp_lock {
    struct mpp_object object;
    mp_lock_kind kind;

    /* At home. */
    int is_held;
    int holder;
    int holder_died;

    /* In each rank: its thread that holds the lock; 0: none. */
    uint64_t owner;
    int depth;
};

/* At home: the ticket takes the lock, now or when its turn comes. */
void mpp_lock_take(struct mp_lock *lock, const struct mpp_ticket *ticket);

/* At home: the lock is free, and goes to the next. */
void mpp_lock_pass(struct mp_lock *lock);

/* MPI_SUCCESS when the calling thread holds the lock; takes mpp_sync_lock(). */
int mpp_lock_check_holder(struct mp_lock *lock, const char *function);

#endif
