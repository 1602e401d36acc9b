/* SPDX-License-Identifier: BSD-3-Clause */
/* Shows a pin plan to people. */
#ifndef LAUNCHER_PLAN_PRINT_H
#define LAUNCHER_PLAN_PRINT_H

#include <stdio.h>

#include "launcher/plan.h"

/* Prints the plan as a picture of the machine in text, and as a table of ranks. Returns 0 or
 * -ENOMEM. */
int mpr_plan_print(FILE *stream, const struct mpr_plan *plan, hwloc_topology_t topology);

#endif
