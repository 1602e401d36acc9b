/* SPDX-License-Identifier: BSD-3-Clause */
/* The pin plan: which CPUs each rank gets. A pure function from topology, usable CPUs and options.
 *
 * A plan exists for every number of ranks on every machine. Without options to the contrary,
 *   up to one rank a core     each rank gets an equal share of whole cores, within one L3 cache,
 *                             NUMA node or socket where such shares fit; performance cores are
 *                             given out before efficiency cores are touched;
 *   up to one a CPU           each rank gets one hardware thread, second threads of a core last;
 *   more                      no rank is bound: the kernel's scheduler balances ranks that share
 *                             CPUs better than any fixed choice.
 */
#ifndef LAUNCHER_PLAN_H
#define LAUNCHER_PLAN_H

#include <stdbool.h>
#include <stdio.h>

#include <hwloc.h>

#include "launcher/options.h"

struct mpr_plan_request {
    int rank_count;              // 1 or more
    hwloc_const_bitmap_t usable; // not empty
    int quota;                   // CPUs' time granted; MPR_CPUS_NO_QUOTA
    enum mpr_bind bind;
    enum mpr_map map;
    int cores_per_rank; // 0: not given
};

struct mpr_place {
    hwloc_bitmap_t cpus; // owned by the plan
    int thread_count;    // threads that have room there, for OMP_NUM_THREADS; 0: not ours to say
};

struct mpr_plan {
    int rank_count;
    bool is_bound; // false: every rank may run on all usable CPUs
    int cpu_count; // CPUs that the ranks can keep busy together, quota counted
    hwloc_bitmap_t usable;
    struct mpr_place *places; // one for each rank
};

/* Says whether the plan for this request depends on the topology at all. */
bool mpr_plan_needs_topology(const struct mpr_plan_request *request);

/* Makes the plan. `topology` may be NULL where it is not needed. Returns 0 and the plan, to be
 * given to mpr_plan_free(), or -ENOMEM. */
int mpr_plan_make(struct mpr_plan *plan, hwloc_topology_t topology,
                  const struct mpr_plan_request *request);

/* Where `count` further ranks go, as `places` says (each with a bitmap of the caller's), beside
 * those that run already, on the CPUs `taken`: each to the core with the least to do. A rank counts
 * on each CPU of its own for its part of one. Where there are more ranks than CPUs the new ones are
 * not bound. A pure function too. Returns 0, or -ENOMEM. */
int mpr_plan_extend(hwloc_topology_t topology, hwloc_const_bitmap_t usable,
                    const hwloc_const_bitmap_t *taken, int taken_count, struct mpr_place *places,
                    int count);

void mpr_plan_free(struct mpr_plan *plan);

#endif
