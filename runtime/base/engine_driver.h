/* SPDX-License-Identifier: BSD-3-Clause */
/* What the engine's two siblings share with the chooser; nobody else includes it.
 *
 * Every operation in flight is on exactly one list: a list of its driver's, or the engine's `done`
 * list, where it waits with its result for its callback. A driver never calls back itself: it moves
 * finished operations to `done`, and mpr_engine_run drains that list, so that callbacks find the
 * engine at rest and may submit and cancel at will.
 */
#ifndef MPR_BASE_ENGINE_DRIVER_H
#define MPR_BASE_ENGINE_DRIVER_H

#include "base/engine.h"

enum mpr_engine_code { MPR_ENGINE_READ, MPR_ENGINE_WRITE, MPR_ENGINE_POLL, MPR_ENGINE_TIMER };

// A driver uses the states from MPR_ENGINE_OP_STARTED on as it likes.
enum mpr_engine_op_state { MPR_ENGINE_OP_IDLE, MPR_ENGINE_OP_DONE, MPR_ENGINE_OP_STARTED };

struct mpr_engine_driver {
    enum mpr_engine_choice kind;

    /* Takes an operation over. */
    void (*start)(struct mpr_engine *engine, struct mpr_engine_op *op);

    /* Makes a started operation finish soon. Called at most once for each start. */
    void (*cancel)(struct mpr_engine *engine, struct mpr_engine_op *op);

    /* Moves what has finished to `done`; waits up to `wait_ns` for the first. Does bounded work: at
     * most about `finished_max` operations. Returns 0 or a negative errno. */
    int (*gather)(struct mpr_engine *engine, int64_t wait_ns, int finished_max);

    /* Cancels everything that is started. */
    void (*cancel_all)(struct mpr_engine *engine);

    /* Frees the engine; nothing is in flight any more. */
    void (*destroy)(struct mpr_engine *engine);
};

/* Each sibling's engine begins with this. */
struct mpr_engine {
    const struct mpr_engine_driver *driver;
    struct mpr_list done;     // finished, their callbacks are due
    unsigned in_flight_count; // on any list
};

int mpr_engine_uring_create(struct mpr_engine **engine, unsigned capacity);
int mpr_engine_sync_create(struct mpr_engine **engine, unsigned capacity);

/* Sets up the part that both siblings share. */
void mpr_engine_init(struct mpr_engine *engine, const struct mpr_engine_driver *driver);

/* Moves an operation from its driver's list to `done`. */
void mpr_engine_finish(struct mpr_engine *engine, struct mpr_engine_op *op, int result);

static inline struct mpr_engine_op *mpr_engine_op_of(struct mpr_list *link)
{
    return mpr_list_entry(link, struct mpr_engine_op, link);
}

#endif
