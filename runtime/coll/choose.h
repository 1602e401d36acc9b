/* SPDX-License-Identifier: BSD-3-Clause */
/* Which algorithm when: every threshold of the collectives, in one place.
 *
 * Three kinds of algorithms answer three situations. Where a message is short its latency counts:
 * few steps one after the other (dissemination, recursive doubling, Bruck, trees). Where it is long
 * its copies count: every byte goes directly from the rank that has it to the rank that needs it
 * (spread.h, fold.h). And where ranks share cores ("crowded") each wait may cost a context switch:
 * each rank should wait once or twice, however many messages that takes, so that flat trees win.
 *
 * All ranks of a call must choose alike. So a choice depends only on what they have in common: the
 * communicator's size, bytes (counts and types may differ where signatures agree), the operator. */
#ifndef MPR_COLL_CHOOSE_H
#define MPR_COLL_CHOOSE_H

#include <stdbool.h>

#include "base/tunables.h"
#include "mpi.h"
#include "shm/job.h"

enum {
    /* A tree's fan-out: a sender is free for the next message long before the last has arrived, so
     * that short messages want more than two branches. */
    MPR_RADIX_SHORT = 4,
    MPR_RADIX_LONG = 2,
    MPR_RADIX_CROWDED = 16,
    MPR_RADIX_SHORT_BYTES = 1 << 10,

    /* On a slate a rank looks at its children's cells, which come at the same time, and all of them
     * at its one. */
    MPR_RADIX_SLATE = 8,

    /* Members with cores of their own that still look at all of each other's cells on a slate. More
     * of them meet there along a tree, with what lies in a cell: it has fewer lines on the longest
     * way. */
    MPR_SLATE_MEMBERS_FEW = 32,

    /* Longer messages and vectors are spread, longer scans go along a chain. About as much as a
     * message may have to be sent before its receive is known: beyond it every step of a tree or of
     * a doubling would wait for both sides. */
    MPR_LONG_BYTES = 32 << 10,

    /* Gather and scatter: longer blocks than this go straight to and from the root, and so do those
     * of few ranks. */
    MPR_GATHER_TREE_BYTES = 512,
    MPR_GATHER_TREE_RANKS = 16,

    /* The other block of two ranks: a longer one comes in while the root copies its own. */
    MPR_GATHER_ONE_BYTES = 512,

    /* All blocks together: for so little the messages cost more than the additional copies. */
    MPR_ALLGATHER_BRUCK_BYTES = 8 << 10,

    /* Where ranks share cores, longer ones are gathered and broadcast by so many ranks and more. */
    MPR_ALLGATHER_TREE_RANKS = 16,

    /* One block. Bruck's exchange sends each block log2(ranks) / 2 times. */
    MPR_ALLTOALL_BRUCK_BYTES = 128,
    MPR_ALLTOALL_BRUCK_RANKS = 16,

    /* All blocks together, and the number of messages from which a tree saves time. */
    MPR_REDUCE_SCATTER_TREE_BYTES = 2 << 10,
    MPR_REDUCE_SCATTER_TREE_RANKS = 16,

    /* On a slate, which takes all of them where ranks share cores. */
    MPR_REDUCE_SCATTER_SLATE_BYTES = 2 << 10,

    /* What is no shorter may be lent in a meeting instead of being put on the slate. */
    MPR_LEND_BYTES = 4 << 10,

    /* More than a slate takes is lent, or goes by messages, as long as all vectors of a reduction
     * together are no more than this. */
    MPR_LEND_ALL_BYTES = 64 << 10,

    /* Two ranks combine longer vectors on a slate by pieces. */
    MPR_ALLREDUCE_PIECE_BYTES = 4 << 10,

    /* On a slate where ranks have cores of their own: more goes by messages, which are copied once
     * where the buffers lie in the window. A reduction and a scan read all vectors together. */
    MPR_BCAST_SLATE_BYTES = 2 << 10,
    MPR_BCAST_LEND_BYTES = 32 << 10,
    MPR_REDUCE_SLATE_BYTES = 4 << 10,
    MPR_SCAN_SLATE_BYTES = 8 << 10,
    MPR_TALK_ALL_BYTES = 16 << 10,

    /* Where ranks share cores, what is no more than this for each member goes along a tree, which
     * takes a switch or two a rank; messages from each to each take many times that. */
    MPR_TREE_CROWDED_EACH = 32 << 10,

    /* An alltoall there, all blocks of one member together, goes by pieces on a slate, where so
     * many ranks take part and more. */
    MPR_ALLTOALL_PIECES_RANKS = 12,
    MPR_ALLTOALL_PIECES_BYTES = 16 << 10,

    /* Reductions and scans on a slate where ranks share cores: shorter ones go by messages. */
    MPR_TALK_CROWDED_BYTES = 1 << 10,

    /* A scan there: each rank folds what all lower ones have said. */
    MPR_SCAN_SLATE_RANKS = 32,

    /* Between two groups that are no larger, no more than this goes from each to each. */
    MPR_INTER_FLAT_RANKS = 4,
    MPR_INTER_FLAT_BYTES = 1 << 10,

    /* A piece of the chain of a scan: so short that it is sent before the receiver asks. Where
     * ranks share cores each piece costs switches: there, as many as there are cores are enough to
     * keep them busy, within these bounds. */
    MPR_SCAN_PIECE_BYTES = 32 << 10,
    MPR_SCAN_PIECE_CROWDED_BYTES = 64 << 10,
    MPR_SCAN_PIECE_CROWDED_MAX_BYTES = 256 << 10
};

static inline bool mpr_coll_is_crowded(void)
{
    return mpr_tunables.crowded == MPR_CROWDED_AUTO ? mpr_job.segment.header->oversubscribed != 0
                                                    : mpr_tunables.crowded == MPR_CROWDED_YES;
}

/* Whether `bytes` bytes, in all or of each, go along a tree because ranks share cores: though they
 * are long, few switches are worth more than few copies. */
static inline bool mpr_coll_prefers_tree(int size, MPI_Count bytes)
{
    return mpr_coll_is_crowded() && bytes <= size * (MPI_Count)MPR_TREE_CROWDED_EACH;
}

static inline int mpr_coll_radix(MPI_Count bytes)
{
    return mpr_coll_is_crowded()            ? MPR_RADIX_CROWDED
           : bytes <= MPR_RADIX_SHORT_BYTES ? MPR_RADIX_SHORT
                                            : MPR_RADIX_LONG;
}

#endif
