/* SPDX-License-Identifier: BSD-3-Clause */
/* How many CPUs this process has, and how many of them are its share. */
#ifndef MPP_CPU_H
#define MPP_CPU_H

/* What a pool says to its workers: so many, at the most. 0: nothing was said. */
void mpp_cpu_set_budget(int budget);

/* The share of each of `count` workers of this process in its budget; at least 1. */
int mpp_cpu_share(int count);

#endif
