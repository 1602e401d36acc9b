/* SPDX-License-Identifier: BSD-3-Clause */
/* The status board: this rank writes what it is doing, the launcher reads it.
 *
 * Plain relaxed stores into the rank's own lines. The reader may see a mixture of two moments; it
 * only tells people about them, and looks at ranks that no longer move.
 *
 * Of several threads the one that holds the library's lock writes. Whoever lets go of it within a
 * call keeps what stands there of it, and puts it back later (p2p/wait.c). */
#ifndef MPR_SHM_BOARD_H
#define MPR_SHM_BOARD_H

#include "base/clock.h"
#include "mpi.h"
#include "shm/job.h"

/* What the board says. */
struct mpr_doing {
    uint32_t call;
    int32_t peer;
    int32_t slot;
    int32_t tag;
    uint32_t context;
    uint64_t since_ns;
};

static inline struct mpr_doing mpr_board_read(void)
{
    const struct mpr_board *board = &mpr_job.control->board;

    return (struct mpr_doing){
        .call = atomic_load_explicit(&board->call, memory_order_relaxed),
        .peer = atomic_load_explicit(&board->peer, memory_order_relaxed),
        .slot = atomic_load_explicit(&board->slot, memory_order_relaxed),
        .tag = atomic_load_explicit(&board->tag, memory_order_relaxed),
        .context = atomic_load_explicit(&board->context, memory_order_relaxed),
        .since_ns = atomic_load_explicit(&board->since_ns, memory_order_relaxed),
    };
}

/* The call that runs now; MPR_CALL_NONE on the way out. */
static inline void mpr_board_call(uint32_t call)
{
    atomic_store_explicit(&mpr_job.control->board.call, call, memory_order_relaxed);
}

/* The other end of the operation that the call waits for, until it has ended waiting. `slot` is
 * that of the peer, -1 where that is any. */
static inline void mpr_board_peer(int peer, int slot, int tag, uint32_t context)
{
    struct mpr_board *board = &mpr_job.control->board;
    atomic_store_explicit(&board->peer, peer, memory_order_relaxed);
    atomic_store_explicit(&board->slot, slot, memory_order_relaxed);
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

static inline void mpr_board_write(const struct mpr_doing *doing)
{
    mpr_board_call(doing->call);
    mpr_board_peer(doing->peer, doing->slot, doing->tag, doing->context);
    mpr_board_since(doing->since_ns);
}

#endif
