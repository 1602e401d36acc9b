/* SPDX-License-Identifier: BSD-3-Clause */
/* A pool as its root sees it: the works it has been given, and the workers they are given to.
 *
 * One lock guards everything in it. Who waits for something drives the pool (mpp_pool_wait): gives
 * tasks to workers, takes their results, and runs tasks itself. While tasks run, and while it
 * sleeps, the lock is free. There is no thread behind the program's back: between calls on the
 * pool, workers do what they have been given, and their results wait. */
#ifndef MPP_POOL_H
#define MPP_POOL_H

#include <mp.h>
#include <pthread.h>

#include "pool/buffer.h"
#include "pool/link.h"
#include "pool/shared.h"
#include "pool/work.h"

struct mpp_threads;

/* A function that workers have been told of, by number. */
struct mpp_definition {
    mp_function *function;
    struct mpp_address address;
    size_t output_bytes;
    int stop_on_failure;
};

struct mp_pool {
    mp_pool *next;      /* of all pools of this process (left.c) */
    MPI_Comm user_comm; /* whose error handler is called */
    MPI_Comm comm;      /* our own, which returns errors */
    pthread_mutex_t lock; /* one that knows its holder */
    mp_pool_options options;
    struct mpp_shared argument; /* the initializer's; options.argument is there */
    void *state;        /* of the root as a worker */
    int64_t own_count;  /* tasks that the root ran */
    int cpu_budget;     /* of each worker */
    int worker_count;   /* those that take tasks, the root included when it works */
    int is_made;        /* workers that die are replaced; before, they end its making */
    int is_closed;
    int is_terminated;
    int is_interrupted;

    struct mpp_work *works; /* not known to be done; first come, first served */
    struct mpp_work *last_work;
    int limited_count;      /* of them: those with a time limit, */
    int shown_count;        /* those with a progress line */
    mp_future *first_done;  /* futures that are done and not reported (several.c) */
    mp_future *last_done;
    uint64_t done_count;    /* futures that ever were done */
    struct mpp_array {
        mp_future *const *futures;
        int count;
        int first_open;     /* those before it have been reported */
    } awaited;              /* that mp_as_completed saw last: futures of this pool alone */
    struct mpp_buffer definitions;
    mp_failure *failures;   /* of the last blocking call */
    int64_t failure_count;

    struct mpp_link *links; /* remote workers; element i of the arrays below belongs to link i */
    int link_count;
    MPI_Request *receives;
    int *ready;
    MPI_Status *statuses;
                            /* [link_count] is a receive from ourselves: a thread wants the lock */
    int is_asleep;          /* atomic: a thread sleeps in the receives, and holds the lock */
    int wanted_count;       /* atomic: threads that wait for the lock */
    int is_threaded;        /* several threads may call */
    int can_kill;           /* workers can be ended and replaced */
    int has_state;          /* the root's initializer has succeeded */
    int root_works;
    struct mpp_buffer scratch; /* of the root as a worker */

    struct mpp_threads *threads; /* workers that are threads, or null */
};

/* Locks a pool for a call of `function`. Returns MPI_SUCCESS; else the call ends with what it
 * returns: the pool is null, or calls the calling function itself, with the lock held, or, unless
 * `even_closed`, takes no more tasks. */
int mpp_pool_enter(mp_pool *pool, const char *function, int even_closed);
void mpp_pool_leave(mp_pool *pool);

/* Fills in a work of `count` tasks (drawn ones: 0) for a pool. Checks what is the same for all:
 * returns MPI_SUCCESS or an error, with a text. */
int mpp_pool_prepare(mp_pool *pool, struct mpp_work *work, mp_function *function, int64_t count,
                     size_t input_bytes, size_t output_bytes, const mp_options *options,
                     const char *name);

/* Gives the pool a work: it stays in the list until it is found to be done, or is removed, which it
 * must be in the end. */
void mpp_pool_add(mp_pool *pool, struct mpp_work *work);
void mpp_pool_remove(mp_pool *pool, struct mpp_work *work);

/* Drives the pool until is_done(what), or the deadline: returns 0, or -1. Without a deadline the
 * calling thread runs tasks as well; with one it does only when nobody else would, a chunk at
 * least, which may make it late. An interrupt cancels all works, which ends the wait. */
int mpp_pool_wait(mp_pool *pool, int (*is_done)(const void *what), const void *what,
                  uint64_t deadline_ns);

/* One pass without waiting: gives and takes what there is. Returns whether anything moved. */
int mpp_pool_progress(mp_pool *pool);

/* Cancels whatever has not begun, and ends the workers that can be ended, with what they run. Those
 * with nothing to do are left to end in order, by their finalizers. */
void mpp_pool_cancel(mp_pool *pool);

/* Terminates it and ends its workers: those of ranks return. */
void mpp_pool_end(mp_pool *pool);

/* A worker is gone for good. When it was the last, tasks that have not begun fail. */
void mpp_pool_lose_worker(mp_pool *pool);

/* The next chunk for a worker: from the first work that has tasks; none when it has enough of these
 * in hand. The caller fills in what the share says of the worker. */
int mpp_pool_take(mp_pool *pool, const struct mpp_share *share, struct mpp_chunk *chunk);

/* Runs a chunk in this thread, with the lock released meanwhile. */
void mpp_pool_run_here(mp_pool *pool, const struct mpp_chunk *chunk, int rank, void *state,
                       struct mpp_buffer *scratch);

/* Keeps a finished work's failures for mp_pool_failures. */
void mpp_pool_keep_failures(mp_pool *pool, struct mpp_work *work);

#endif
