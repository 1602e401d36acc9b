/* SPDX-License-Identifier: BSD-3-Clause */
/* How many tasks a worker gets at once: a pure function of what has been measured.
 *
 * Guided self-scheduling (Polychronopoulos and Kuck, 1987): a share of what remains, so that chunks
 * are large at first and single tasks at the end, when workers are to finish together; and, because
 * tasks are measured as they are done, never more than a chunk that lasts long enough for its
 * messages to cost nothing. Before anything is known a chunk is one task, and each worker's next is
 * at most twice what it has done. */
#ifndef MPP_SCHEDULE_H
#define MPP_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

/* What the results so far tell of a function's tasks. Zero: nothing. */
struct mpp_pace {
    double task_ns;      /* mean time of a task */
    double longest_ns;   /* the longest chunk's mean time of a task */
    int64_t measured_count;
};

/* A chunk of `count` tasks took elapsed_ns. */
void mpp_pace_add(struct mpp_pace *pace, int64_t count, uint64_t elapsed_ns);

struct mpp_share {
    int64_t remaining;    /* tasks nobody has yet; > 0 */
    int workers;          /* that take from them; > 0 */
    int64_t fixed;        /* the user's chunk size; 0: ours */
    size_t task_bytes;    /* of input and output together */
    int64_t done_count;   /* by this worker */
    int64_t limit;        /* the most it may take; 0: none */
    int64_t under_way;    /* tasks it already has, */
    int chunks_under_way; /* in so many chunks, */
    int chunks_max;       /* of at most so many; 0: it is local, and must look after the others
                           * between its chunks */
};

/* Tasks of the next chunk: 1 to remaining. */
int64_t mpp_chunk_count(const struct mpp_pace *pace, const struct mpp_share *share);

/* Whether a worker that has chunks under way may have one more: so many that it need not wait while
 * the root is busy with a task of its own, and no more, since what it has nobody else can take. */
int mpp_chunk_is_due(const struct mpp_pace *pace, const struct mpp_share *share);

#endif
