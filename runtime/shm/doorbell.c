/* SPDX-License-Identifier: BSD-3-Clause */
/* The doorbell's slow paths. */
#include "shm/doorbell.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/futex.h"

/* Above this many ranks a membarrier interrupts too many cores to be worth the fence it saves. */
enum { MEMBARRIER_RANKS_MAX = 32 };

bool mpr_doorbell_needs_fence = true;

/* Of the last attempt; several threads of the rank may sleep at once. */
static atomic_bool owner_needs_timeout;
static bool uses_membarrier;

static long membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0);
}

void mpr_doorbell_start(const struct mpr_segment *segment)
{
    const struct mpr_segment_header *header = segment->header;

    uses_membarrier =
        !header->oversubscribed && header->geometry.rank_count <= MEMBARRIER_RANKS_MAX;
    mpr_doorbell_needs_fence = true;
    if (uses_membarrier && membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED) == 0) {
        mpr_doorbell_needs_fence = false;
    }
}

void mpr_doorbell_wake(struct mpr_rank_control *control)
{
    if (atomic_exchange_explicit(&control->doorbell, 0, memory_order_relaxed) != 0) {
        mpr_futex_wake_all(&control->doorbell);
    }
}

void mpr_doorbell_wake_for_the_dead(struct mpr_rank_control *control)
{
    atomic_thread_fence(memory_order_seq_cst); /* B1 */
    atomic_exchange_explicit(&control->doorbell, 0, memory_order_relaxed);
    mpr_futex_wake_all(&control->doorbell);
}

uint32_t mpr_doorbell_arm(struct mpr_rank_control *control, bool *was_armed)
{
    static uint32_t last = 1;
    uint32_t armed = last += 2; // odd: never 0

    *was_armed = atomic_exchange_explicit(&control->doorbell, armed, memory_order_relaxed) != 0;
    atomic_thread_fence(memory_order_seq_cst); /* B2 */
    if (uses_membarrier) {
        bool failed = membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED) != 0;
        atomic_store_explicit(&owner_needs_timeout, failed, memory_order_relaxed);
    }
    return armed;
}

void mpr_doorbell_settle(struct mpr_rank_control *control, uint32_t armed)
{
    if (!atomic_load_explicit(&owner_needs_timeout, memory_order_relaxed)) {
        atomic_store_explicit(&control->settled, armed, memory_order_release); /* B3 */
    }
}

uint32_t mpr_doorbell_settled(const struct mpr_rank_control *control)
{
    uint32_t settled = atomic_load_explicit(&control->settled, memory_order_acquire); /* B4 */
    uint32_t armed = atomic_load_explicit(&control->doorbell, memory_order_relaxed);

    return armed == settled ? settled : 0;
}

void mpr_doorbell_sleep(struct mpr_rank_control *control, uint32_t armed, bool briefly)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};
    bool timed = briefly || atomic_load_explicit(&owner_needs_timeout, memory_order_relaxed);
    mpr_futex_wait(&control->doorbell, armed, timed ? &millisecond : NULL);
}

void mpr_doorbell_disarm(struct mpr_rank_control *control)
{
    atomic_store_explicit(&control->doorbell, 0, memory_order_relaxed);
}
