/* SPDX-License-Identifier: BSD-3-Clause */
/* Workers that are threads of the root: they take chunks themselves, and run them in place. */
#ifndef MPP_THREADS_H
#define MPP_THREADS_H

#include <mp.h>
#include <stdint.h>

/* Starts `count` of them, numbered from 1, and waits until their initializers are done. Returns
 * MPI_SUCCESS or an error, with a text for `function`; then none is left. */
int mpp_threads_start(mp_pool *pool, int count, const char *function);

/* There may be tasks. Does nothing in a pool without threads; called with the lock held. */
void mpp_threads_notify(mp_pool *pool);

/* Lets those that wait look whether what they wait for has come. Does nothing in a pool without
 * threads. */
void mpp_threads_look_again(mp_pool *pool);

/* Waits, with the lock free, until a thread has ended a chunk, or the deadline. */
void mpp_threads_wait(mp_pool *pool, uint64_t deadline_ns);

/* Ends them after the chunks that they run. Called with the lock held, which
 * it lets go meanwhile. */
void mpp_threads_end(mp_pool *pool);

#endif
