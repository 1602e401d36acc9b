/* SPDX-License-Identifier: BSD-3-Clause */
/* The CPUs that this job may use: affinity, cpuset and CPU quota counted. */
#ifndef LAUNCHER_CPUS_H
#define LAUNCHER_CPUS_H

#include <limits.h>
#include <stdbool.h>

#include <hwloc.h>

#define MPR_CPUS_NO_QUOTA INT_MAX

struct mpr_cpus {
    hwloc_bitmap_t set; // CPU numbers of the kernel
    int quota;          // how many CPUs' time the control groups grant, rounded up
};

/* Finds them out. `root` is put before every path that is read: "" but for tests. Returns 0, or
 * -ENOMEM; whatever cannot be read does not restrict. */
int mpr_cpus_find(struct mpr_cpus *cpus, const char *root);

void mpr_cpus_free(struct mpr_cpus *cpus);

/* How many ranks can compute at the same time: the lesser of CPUs and quota, at least 1. */
int mpr_cpus_count(const struct mpr_cpus *cpus);

/* The quota alone, as mpr_cpus_find reads it. */
int mpr_cpus_read_quota(const char *root);

/* Reads a list such as "0-3,8,16-30:2" (each second one) into `set`. Returns false where it is not
 * such a list. */
bool mpr_cpus_parse_list(hwloc_bitmap_t set, const char *list);

#endif
