/* SPDX-License-Identifier: BSD-3-Clause */
/* How many CPUs this process has, and how many of them are its share. */
#ifndef MPP_CPU_H
#define MPP_CPU_H

/* What a pool says to a worker: the calling thread has so many, at the most; 0: nothing is said.
 * Returns what was said before, to be set again at the end. */
int mpp_cpu_set_budget(int budget);

/* The share of each of `count` workers in the calling thread's budget, at least 1. They are ranks
 * that were there before, which have CPUs of their own when they are bound, or they are
 * newly made. */
int mpp_cpu_share(int count, int are_new);

#endif
