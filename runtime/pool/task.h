/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs tasks, one after the other: what remote workers, the root and threads of
 * the root have in common.
 *
 * A run is a range of tasks of one function over an array of inputs. Outputs of fixed size go to an
 * array; results of any size are collected in order, each as its size and its bytes. Failures are
 * collected apart, in order of index. */
#ifndef MPP_TASK_H
#define MPP_TASK_H

#include <mp.h>

#include "pool/buffer.h"

struct mpp_run {
    mp_function *function;
    int64_t first;       /* index of the first task */
    int64_t count;
    int attempt;
    int rank;            /* of the worker, for mp_task_rank */
    void *state;         /* of the worker, for mp_task_state */
    const char *inputs;
    size_t input_bytes;  /* of each */
    char *outputs;       /* of output_bytes each; unused when that is MP_VARIABLE */
    size_t output_bytes;
    enum mp_error failure_kind; /* of tasks that fail */
    int stop_on_failure; /* the tasks after the first failure are not run */

    /* Filled by the run; freed by mpp_run_free. */
    int64_t begun_count;
    struct mpp_buffer returned; /* MP_VARIABLE: a uint64_t size, then the
                                 * bytes, for each task begun */
    struct mpp_buffer failures; /* mp_failure; `error` is a kind, since classes
                                 * differ from rank to rank */
    int no_memory;              /* a result or a failure could not be kept: of no use */
};

/* Runs all tasks; returns when the last has. */
void mpp_run(struct mpp_run *run);

static inline int64_t mpp_run_failure_count(const struct mpp_run *run)
{
    return (int64_t)(run->failures.used / sizeof(mp_failure));
}

void mpp_run_free(struct mpp_run *run);

#endif
