/* SPDX-License-Identifier: BSD-3-Clause */
/* The status board: this rank writes what it is doing, the launcher reads it.
 *
 * Plain relaxed stores into the rank's own lines. The reader may see a mixture of two moments; it
 * only tells people about them, and looks at ranks that no longer move. */
#ifndef MPR_SHM_BOARD_H
#define MPR_SHM_BOARD_H

#include "base/clock.h"
#include "mpi.h"
#include "shm/job.h"

/* The call that runs now; MPR_CALL_NONE on the way out. */
static inline void mpr_board_call(uint32_t call)
{
    atomic_store_explicit(&mpr_job.control->board.call, call, memory_order_relaxed);
}

/* The other end of the operation that the call waits for, until it has ended waiting. */
static inline void mpr_board_peer(int peer, int tag, uint32_t context)
{
    struct mpr_board *board = &mpr_job.control->board;
    atomic_store_explicit(&board->peer, peer, memory_order_relaxed);
    atomic_store_explicit(&board->tag, tag, memory_order_relaxed);
    atomic_store_explicit(&board->context, context, memory_order_relaxed);
}

/* Nobody is waited for any more: what the next call waits for may be something else. */
static inline void mpr_board_forget_peer(void)
{
    atomic_store_explicit(&mpr_job.control->board.peer, MPI_PROC_NULL, memory_order_relaxed);
}

/* Since when the rank waits without anything moving; 0: it does not. */
static inline void mpr_board_since(uint64_t since_ns)
{
    atomic_store_explicit(&mpr_job.control->board.since_ns, since_ns, memory_order_relaxed);
}

#endif
