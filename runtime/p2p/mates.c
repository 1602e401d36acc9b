/* SPDX-License-Identifier: BSD-3-Clause */
#include "p2p/mates.h"

#include <sched.h>

#include "p2p/peer.h"
#include "shm/job.h"

enum {
    /* With more mates than these a message costs their turns, whoever stays, and to show waits made
     * exchanges among 64 ranks on two cores a tenth slower. */
    MATES_MAX = 8,
    /* Ranks that share cores are not bound: one wait in so many finds out anew who the mates are.
     */
    WAITS_PER_CENSUS = 256
};

static const struct mpr_rank_control *mates[MATES_MAX];
static int mate_count = MATES_MAX + 1;
static uint32_t waits_until_census;

bool mpr_mates_are_few(void)
{
    const uint32_t others = (uint32_t)mpr_polled_count;

    return others < (MATES_MAX + 1) * mpr_job.segment.header->cpus_usable;
}

static uint32_t cpu_of(const struct mpr_rank_control *control)
{
    return atomic_load_explicit(&control->cpu, memory_order_relaxed);
}

bool mpr_mates_include(const struct mpr_rank_control *control)
{
    return cpu_of(control) == cpu_of(mpr_job.control) &&
           atomic_load_explicit(&control->state, memory_order_relaxed) == MPR_RANK_ATTACHED;
}

static void find_mates(void)
{
    mate_count = 0;
    for (int i = 0; i < mpr_polled_count && mate_count <= MATES_MAX; i++) {
        const struct mpr_rank_control *control = mpr_polled[i]->control;
        if (mpr_mates_include(control)) {
            if (mate_count < MATES_MAX) {
                mates[mate_count] = control;
            }
            mate_count++;
        }
    }
}

int mpr_mates_count(void)
{
    find_mates();
    return 1 + mate_count;
}

void mpr_mates_tell_cpu(void)
{
    const uint32_t cpu = (uint32_t)sched_getcpu() + 1;

    if (cpu_of(mpr_job.control) != cpu) {
        atomic_store_explicit(&mpr_job.control->cpu, cpu, memory_order_relaxed);
        waits_until_census = 0;
    }
}

/* A cell by its number in the segment, in the upper half of a word, and the turn that it will have
 * in the lower one; never 0, for no cell lies at the start. Of one beyond the first 256 GiB, which
 * only giant rings reach, it names another place before it: a wrong hint, as an old one is. */
static uint64_t name_of(const struct mpr_cell *cell, uint32_t turn)
{
    const uintptr_t base = (uintptr_t)mpr_job.segment.header;

    return ((uintptr_t)cell - base) / sizeof(*cell) << 32 | turn;
}

static bool has_come(uint64_t name)
{
    const struct mpr_cell *cells = (const void *)mpr_job.segment.header;
    const uint32_t turn = atomic_load_explicit(&cells[name >> 32].turn, memory_order_relaxed);

    return (int32_t)(turn - (uint32_t)name) >= 0; // the cell may have been filled again since
}

static bool waits_in_vain(const struct mpr_rank_control *control)
{
    const uint64_t name = atomic_load_explicit(&control->awaited, memory_order_relaxed);

    return name != 0 && !has_come(name);
}

void mpr_mates_await(const struct mpr_peer *sender)
{
    const struct mpr_ring_consumer *ring = &sender->in;
    // In a job that has grown crowded it may come in either of two cells: then none is told.
    const struct mpr_cell *cell = mpr_ring_cell(&ring->place, ring->position);
    const uint64_t name = ring->common->may_read ? 0 : name_of(cell, ring->position + 1);

    mpr_mates_tell_cpu();
    atomic_store_explicit(&mpr_job.control->awaited, name, memory_order_relaxed);
    if (waits_until_census == 0) {
        find_mates();
        waits_until_census = WAITS_PER_CENSUS;
    }
    waits_until_census--;
}

bool mpr_mates_may_send(const struct mpr_peer *sender)
{
    return cpu_of(sender->control) != cpu_of(mpr_job.control) && !waits_in_vain(sender->control);
}

/* One that has been moved away since is no longer in the way. */
bool mpr_mates_are_idle(void)
{
    const uint32_t cpu = cpu_of(mpr_job.control);

    if (mate_count > MATES_MAX) {
        return false;
    }
    for (int i = 0; i < mate_count; i++) {
        if (cpu_of(mates[i]) == cpu && !waits_in_vain(mates[i])) {
            return false;
        }
    }
    return true;
}
