/* SPDX-License-Identifier: BSD-3-Clause */
/* What the scheduler says of a process. */
#ifndef LAUNCHER_CPU_USE_H
#define LAUNCHER_CPU_USE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Says whether the first thread of a process runs or waits for its turn to, and how much CPU time
 * it has had, in nanoseconds, to some milliseconds. False, and nothing is written, if it sleeps or
 * is stopped, has ended, or the system does not tell. */
bool mpr_cpu_use_is_wanted(pid_t process, uint64_t *used_ns);

#endif
