/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a job: starts its ranks, stays with them, and leaves nothing behind. */
#ifndef LAUNCHER_LAUNCH_H
#define LAUNCHER_LAUNCH_H

#include <stdbool.h>

#include "launcher/options.h"
#include "launcher/plan.h"
#include "shm/segment.h"

struct mpr_launch_request {
    const struct mpr_options *options; // every program with its number of ranks
    const struct mpr_plan *plan;       // for the sum of them
    bool binds;                        // the plan is for this machine, and more than what it does
    hwloc_topology_t topology;         // of this machine; NULL where nobody needs it
    const struct mpr_segment *segment; // for as many ranks
    const struct mpr_heap_plan *heap;
    const struct mpr_tunables *tunables;
};

struct mpr_launch_outcome {
    int status;        // mprun's exit status
    int signal_number; // the signal that was sent to mprun and ended the job; 0: none
};

/* Runs the job to its end. Says itself, on standard error, what went wrong. */
struct mpr_launch_outcome mpr_launch_run(const struct mpr_launch_request *request);

#endif
