/* SPDX-License-Identifier: BSD-3-Clause */
/* mprun --status: a look at a job from outside. */
#ifndef LAUNCHER_STATUS_H
#define LAUNCHER_STATUS_H

/* Prints where the ranks of the job are that runs under the mprun with this process number, and
 * what follows if none can go on. Returns an exit status; 1: there is no such job, or no permission
 * to look at it, and standard error says which. */
int mpr_status_print(int pid);

#endif
