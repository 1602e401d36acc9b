/* SPDX-License-Identifier: BSD-3-Clause */
/* The runtime as it is shared by its users in this process: the world, from MPI_Init to
 * MPI_Finalize, and sessions.
 *
 * The first user starts it, or wakes it when it was left before; with the last one it comes to
 * rest. It is never taken down: a session may come after all others have gone, and the rings that
 * connect the process with its peers go on where they were. Needs the library's lock. */
#ifndef MPR_MPI_RUNTIME_H
#define MPR_MPI_RUNTIME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

extern MPR_HIDDEN _Atomic int mpr_runtime_user_count;

/* Whether there is a user. Needs no lock. */
static inline bool mpr_runtime_is_open(void)
{
    return atomic_load_explicit(&mpr_runtime_user_count, memory_order_acquire) > 0;
}

/* One user more, who asks for `thread_level`: the process gets the highest level that its users ask
 * for, so that the call which raises it must be alone. Returns 0, or an mpr error after `reason`
 * was filled with one line for the user. */
int mpr_runtime_open(int thread_level, char *reason, size_t reason_bytes);

/* The level that the process has, while there is a user. */
int mpr_runtime_level(void);

/* One less. The last one waits until what this process has to send was sent. */
void mpr_runtime_close(void);

#endif
