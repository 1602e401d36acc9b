/* SPDX-License-Identifier: BSD-3-Clause */
/* A work: tasks of one function that a pool has been given, as a map, a single task or a stream.
 *
 * A work knows which of its tasks nobody has yet, which failed and are to be tried again, and what
 * happens with results. Chunks are taken from it, run somewhere, and finished or lost; each task is
 * in one chunk at a time, and ends exactly once: done, failed or cancelled. Where its inputs come
 * from and its outputs go is the business of its class: map.c, future.c, stream.c.
 *
 * Everything here is called with the pool's lock held. */
#ifndef MPP_WORK_H
#define MPP_WORK_H

#include <mp.h>

#include "pool/address.h"
#include "pool/buffer.h"
#include "pool/schedule.h"

struct mpp_work;

struct mpp_work_class {
    /* The inputs of a range of tasks, one after the other: in place, or put together in
     * scratch. Null: no memory. */
    const void *(*inputs)(struct mpp_work *work, int64_t first, int64_t count,
                          struct mpp_buffer *scratch);

    /* Where the outputs of a range go, one after the other; not called with MP_VARIABLE. */
    char *(*outputs)(struct mpp_work *work, int64_t first);

    /* Keeps a result of any size (copies it). Returns 0, or -1 without memory. */
    int (*keep)(struct mpp_work *work, int64_t index, const void *data, size_t bytes);

    /* Where a kept result lies; for MP_VARIABLE. */
    const void *(*kept)(struct mpp_work *work, int64_t index, size_t *bytes);

    /* A task has ended; failure is null when it succeeded. Null: nothing to do. */
    void (*ended)(struct mpp_work *work, int64_t index, const mp_failure *failure);

    /* Makes up to `want` more tasks available and returns how many; sets work->is_drawn at the end
     * of the input. Null: they all are from the start. */
    int64_t (*draw)(struct mpp_work *work, int64_t want);
};

struct mpp_work {
    struct mpp_work *before; /* in the pool's list, while it is there */
    struct mpp_work *next;
    int is_listed;
    const struct mpp_work_class *class;
    mp_function *function;
    int definition; /* the pool's number of the function */
    void (*tell)(struct mpp_work *work); /* called once, when it is done; or null */
    struct mpp_address address;
    size_t input_bytes;
    size_t output_bytes;
    mp_options options;
    struct mpp_pace pace;

    uint64_t begun_ns;     /* when the pool got it */
    int64_t begin;         /* first task that nobody has had yet */
    int64_t end;           /* after the last that is available */
    int is_drawn;          /* there will not be more */
    int64_t horizon;       /* how many are shared out at once while nobody
                            * knows how many will come */
    int is_cancelled;
    int is_stopped;        /* by a failure, of stop_on_failure */
    int is_cut_short;      /* no worker was left before it was drawn to its end */
    int64_t under_way;     /* tasks in chunks */
    int64_t done_count;
    int64_t failed_count;
    int64_t cancelled_count;
    struct mpp_buffer again;    /* struct mpp_chunk: to be tried again, or lost
                                 * before they were begun */
    struct mpp_buffer failures; /* mp_failure */
    int no_memory;              /* something could not be kept */
    int store_failed;           /* a result could not be added to the store; the first time: */
    char *store_text;           /* why, in words; null without memory for them */
};

/* A range of tasks of one work. */
struct mpp_chunk {
    struct mpp_work *work;
    int64_t first;
    int64_t count;
    int attempt;
    int is_suspect; /* one of them may have killed its worker: to be run one by one */
};

/* What came of a chunk that was run. */
struct mpp_outcome {
    int64_t begun_count;
    uint64_t elapsed_ns;
    const mp_failure *failures; /* in order of index; `error` is an mp error kind, not its class */
    int64_t failure_count;
    const char *returned;       /* MP_VARIABLE: as struct mpp_run has them */
};

/* Whether a chunk ends at the first of its tasks that fails: with retries, none fails finally in a
 * chunk of several. */
static inline int mpp_work_stops_chunks(const struct mpp_work *work)
{
    return work->options.stop_on_failure && !work->options.retries;
}

/* Tasks that are to be shared out. */
int64_t mpp_work_remaining(const struct mpp_work *work);

/* Takes tasks for a worker; what a share says of the work is not looked at. Returns 1; 0: there are
 * none, at the moment; -1: there are, but not for a worker that has as much in hand. */
int mpp_work_take(struct mpp_work *work, const struct mpp_share *of_worker,
                  struct mpp_chunk *chunk);

/* A chunk was run, and its outputs of fixed size are in place. */
void mpp_work_finish(const struct mpp_chunk *chunk, const struct mpp_outcome *outcome);

/* A chunk's worker is gone. `failure` says how, of the task that it ran, when that is known to be
 * the first of this chunk (failure->index is filled in); null: it was not begun, or its work
 * is cancelled. */
void mpp_work_lose(const struct mpp_chunk *chunk, const mp_failure *failure);

/* There was no memory for a chunk's inputs or results where it was to be run, or was. Each of its
 * tasks may have it alone. */
void mpp_work_refuse(const struct mpp_chunk *chunk, int rank);

/* Whatever has not begun never will. */
void mpp_work_cancel(struct mpp_work *work);

/* Nobody is left to run what has not begun: it fails. */
void mpp_work_abandon(struct mpp_work *work);

int mpp_work_is_done(const struct mpp_work *work);

/* Calls work->tell if it is done and that was not told. All functions above do so. */
void mpp_work_tell_if_done(struct mpp_work *work);

/* The failure of lowest index; null: no task has failed. */
const mp_failure *mpp_work_first_failure(const struct mpp_work *work);

/* MPI_SUCCESS, or the error class of its outcome; with a text for `function`. */
int mpp_work_error(const struct mpp_work *work, const char *function);

/* The same of its store alone: whether results could not be added to it. */
int mpp_work_store_error(const struct mpp_work *work, const char *function);

/* Frees what it holds; not the work itself. */
void mpp_work_clear(struct mpp_work *work);

#endif
