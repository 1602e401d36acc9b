/* SPDX-License-Identifier: BSD-3-Clause */
/* What a rank consists of besides the sources that are checked, as far as
 * scenes of ranks need it. */
#include <stdbool.h>

#include "base/lock.h"
#include "base/tunables.h"
#include "machine.h"
#include "p2p/ask.h"
#include "p2p/bury.h"
#include "p2p/mates.h"
#include "p2p/peer.h"
#include "shm/job.h"

struct mpr_job mpr_job;
struct mpr_tunables mpr_tunables;
struct mpr_peer *mpr_peers;
uint32_t mpr_deaths_heard;
bool mpr_ask_is_open;
bool mpr_lock_is_needed;
_Thread_local bool mpr_lock_is_held = true;

void mpr_lock_take(void)
{
    model_lock();
}

void mpr_lock_drop(void)
{
    if (mpr_lock_is_needed) {
        model_unlock();
    }
}

int mpr_lock_count_threads(void)
{
    return 0;
}

bool mpr_lock_pass(void)
{
    return false;
}

/* Nobody has passed it. */
void mpr_lock_call_back(void)
{
}

/* No scene waits for a sender that it knows before: nobody has mates. */
bool mpr_mates_are_few(void)
{
    return false;
}

void mpr_mates_await(const struct mpr_peer *sender)
{
    (void)sender;
}

void mpr_mates_tell_cpu(void)
{
}

int mpr_mates_count(void)
{
    return 1;
}

bool mpr_mates_include(const struct mpr_rank_control *control)
{
    (void)control;
    return false;
}

bool mpr_mates_may_send(const struct mpr_peer *sender)
{
    (void)sender;
    return false;
}

bool mpr_mates_are_idle(void)
{
    return false;
}
