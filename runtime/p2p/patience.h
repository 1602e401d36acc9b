/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether to wait for a receiver.
 *
 * A short message that is read where it lies (p2p/transfer_direct.c, coll/slate_lend.h) is copied
 * once, but keeps whoever sends it until the receiver looks. One who is about to, as most are,
 * takes a part of a microsecond, less than the second copy does. One who is busy with something
 * else would make the sender wait for that, which a copy does not. So a sender that has waited in
 * vain for some microseconds once gives the same receiver copies for a while. */
#ifndef MPR_P2P_PATIENCE_H
#define MPR_P2P_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

/* The first time; twice as many whenever the next wait is in vain again, to the most. */
enum { MPR_PATIENCE_COPIES = 63, MPR_PATIENCE_COPIES_MAX = 4095 };

struct mpr_patience {
    uint32_t copies; /* to be given before the receiver is waited for again */
    uint32_t most;   /* how many there were the last time */
    uint32_t waits;  /* since then */
};

static inline bool mpr_patience_is_lost(const struct mpr_patience *patience)
{
    return patience->copies > 0;
}

/* Before the receiver is waited for. */
static inline void mpr_patience_try(struct mpr_patience *patience)
{
    patience->waits++;
}

/* It has come late. */
static inline void mpr_patience_lose(struct mpr_patience *patience)
{
    const bool is_again = patience->waits <= 1 && patience->most > 0;

    patience->most = !is_again                                  ? MPR_PATIENCE_COPIES
                     : patience->most < MPR_PATIENCE_COPIES_MAX ? 2 * patience->most + 1
                                                                : patience->most;
    patience->copies = patience->most;
    patience->waits = 0;
}

/* Whether the next message should be a copy. If not, the receiver is going to be waited for. */
static inline bool mpr_patience_takes_copy(struct mpr_patience *patience)
{
    if (mpr_patience_is_lost(patience)) {
        patience->copies--;
        return true;
    }
    mpr_patience_try(patience);
    return false;
}

#endif
