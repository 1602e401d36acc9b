/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pools, futures, queues, pipes, locks and shared values for MPI programs: what people do with
 * process pools on one machine, in C. Written on the MPI interface alone, so that it
 * runs over any MPI.
 *
 *     #include <mp.h>
 *
 *     static int square(const void *in, void *out, mp_task *task)
 *     {
 *         double x = *(const double *)in;
 *         *(double *)out = x * x;
 *         return 0;
 *     }
 *
 *     int main(int argc, char **argv)
 *     {
 *         double x[1000], y[1000];
 *         ...
 *         mp_init(&argc, &argv);
 *         mp_pool *pool;
 *         mp_pool_create(MPI_COMM_WORLD, NULL, &pool);       // the other ranks work in here
 *         if (pool) {                                        // the root goes on
 *             mp_pool_map(pool, square, x, 1000, sizeof *x, y, sizeof *y, NULL);
 *             mp_pool_free(&pool);                           // the other ranks return
 *         }
 *         MPI_Finalize();
 *     }
 *
 *     mpcc -O2 prog.c -lmp -o prog && mprun -n 8 ./prog
 *
 *   Part 1  starting, errors, time limits
 *   Part 2  tasks: the functions that workers run
 *   Part 3  collective forms: scatter, map, gather
 *   Part 4  pools: map, starmap, imap, submit
 *   Part 5  futures
 *   Part 6  results kept on disk
 *   Part 7  queues and pipes
 *   Part 8  shared values and arrays
 *   Part 9  locks, semaphores, events, conditions, barriers
 *   Part 10 processes, CPUs
 *
 * A task is named by its function: all ranks run the same program, which may lie at different
 * addresses in each. Arguments and results are bytes: what has pointers in it does not travel.
 *
 * Every function returns MPI_SUCCESS or an error code, of a class of part 1 or of MPI's own;
 * results come through pointers. Misuse (a null pointer, sizes that do not match, an unlock by
 * another) also calls the error handler of the communicator that the object was made on: with the
 * default one, the job ends with a text that says what, where and what to do. What a correct
 * program meets (a time limit, a closed queue, a task that failed) is only returned. */
#ifndef MP_H_INCLUDED
#define MP_H_INCLUDED

#include <mpi.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif
#ifdef __cplusplus
extern "C" {
#endif

/* ==== Part 1: starting, errors, time limits =================================================== */

/* Starts MPI, unless the program has done so, with the highest thread level, and mp. Call it first
 * in main: a process that mp started itself (mp_process_start, a worker of a pool with processes)
 * does its work in here and does not return; without it there are no such processes. Queues, locks
 * and shared values need MPI_THREAD_MULTIPLE, because each rank serves what it is home to while it
 * computes; pools and collective forms need no threads. argc and argv may be null. MPI_Finalize
 * ends mp too. */
int mp_init(int *argc, char ***argv);

/* What goes wrong, as MPI error classes: `if (error == MP_ERR_TIMEOUT)`. MPI_Error_string has a
 * text for each, mp_error_text() the details. */
enum mp_error {
    MP_ERROR_TASK,        /* tasks failed: mp_pool_failures, mp_future_failure tell which and why */
    MP_ERROR_TIMEOUT,     /* the time limit of a call passed; nothing was done */
    MP_ERROR_CANCELLED,   /* the task, or the pool, was cancelled before it was done */
    MP_ERROR_CLOSED,      /* a closed queue, a pipe whose other end closed, a pool that is closed */
    MP_ERROR_MEMBER,      /* this rank is not a member of the object's communicator */
    MP_ERROR_HOLDER,      /* a release by one who does not hold the lock */
    MP_ERROR_HOLDER_DIED, /* acquired, from a holder that died: its data may be half changed */
    MP_ERROR_PEER_DIED,   /* the rank that this needs has died */
    MP_ERROR_BINARY,      /* the function belongs to a module that the other rank does not have */
    MP_ERROR_SIZE,        /* sizes that do not match */
    MP_ERROR_BROKEN,      /* a barrier that was aborted, or a member of it gave up */
    MP_ERROR_INTERRUPTED, /* Ctrl-C: what was queued is cancelled, what was done is kept */
    MP_ERROR_THREADS,     /* needs MPI_THREAD_MULTIPLE: start with mp_init */
    MP_ERROR_UNSUPPORTED, /* the MPI underneath cannot do this */
    MP_ERROR_STORE,       /* the file of kept results cannot be read or written */
    MP_ERROR_COUNT
};

/* The error class of a kind; constant within a run, once mp has started. */
int mp_error_class(enum mp_error kind);

#define MP_ERR_TASK        mp_error_class(MP_ERROR_TASK)
#define MP_ERR_TIMEOUT     mp_error_class(MP_ERROR_TIMEOUT)
#define MP_ERR_CANCELLED   mp_error_class(MP_ERROR_CANCELLED)
#define MP_ERR_CLOSED      mp_error_class(MP_ERROR_CLOSED)
#define MP_ERR_MEMBER      mp_error_class(MP_ERROR_MEMBER)
#define MP_ERR_HOLDER      mp_error_class(MP_ERROR_HOLDER)
#define MP_ERR_HOLDER_DIED mp_error_class(MP_ERROR_HOLDER_DIED)
#define MP_ERR_PEER_DIED   mp_error_class(MP_ERROR_PEER_DIED)
#define MP_ERR_BINARY      mp_error_class(MP_ERROR_BINARY)
#define MP_ERR_SIZE        mp_error_class(MP_ERROR_SIZE)
#define MP_ERR_BROKEN      mp_error_class(MP_ERROR_BROKEN)
#define MP_ERR_INTERRUPTED mp_error_class(MP_ERROR_INTERRUPTED)
#define MP_ERR_THREADS     mp_error_class(MP_ERROR_THREADS)
#define MP_ERR_UNSUPPORTED mp_error_class(MP_ERROR_UNSUPPORTED)
#define MP_ERR_STORE       mp_error_class(MP_ERROR_STORE)

/* The last error of an mp function in this thread, in words: what, where, what to do. Valid until
 * the thread's next error; "" before the first. */
const char *mp_error_text(void);

/* Time limits are seconds: 0 tries once and does not wait, MP_FOREVER, or any
 * negative number, has no end. */
#define MP_FOREVER (-1.0)

/* ==== Part 2: tasks =========================================================================== */

/* A running task, as its function sees it. Valid until the function returns. */
typedef struct mp_task mp_task;

/* What workers run. `input` are the task's own bytes; `output` has room for output_bytes of the
 * call (see mp_task_return for results of other sizes) and is zero at the start. Both are aligned
 * for any type when their sizes are multiples of 16, and as malloc'ed memory plus index times size
 * otherwise. Returns 0, or a code of its own choice: the task failed (mp_task_fail adds a text). A
 * function may call MPI on MPI_COMM_SELF and on communicators of its own, and make pools
 * of its own. */
typedef int mp_function(const void *input, void *output, mp_task *task);

int64_t mp_task_index(const mp_task *task);      /* position in the map; 0 for a single task */
size_t mp_task_input_bytes(const mp_task *task); /* bytes of the input */
int mp_task_attempt(const mp_task *task);        /* 1, or more when it is tried again */
int mp_task_rank(const mp_task *task);           /* worker that runs it: 0 is the root */

/* What the pool's initializer left for this worker; null without one. */
void *mp_task_state(const mp_task *task);

/* Results of any size: where a call's output_bytes is MP_VARIABLE, a task gives its whole result
 * with mp_task_return, which copies it, and `output` is null. The caller's output is then an array
 * of mp_bytes; data is to be freed with free(), and null for a task that failed or
 * returned nothing. */
#define MP_VARIABLE SIZE_MAX
typedef struct mp_bytes {
    void *data;
    size_t bytes;
} mp_bytes;

int mp_task_return(mp_task *task, const void *data, size_t bytes);

/* Gives the failure a text, as printf, of up to 255 characters. Returns code, so that a task can
 * say `return mp_task_fail(task, 2, "no file %s", name);`. */
int mp_task_fail(mp_task *task, int code, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* Why a task failed. */
typedef struct mp_failure {
    int64_t index;    /* of the task */
    int code;         /* what its function returned; 0 when it never returned */
    int error;        /* MP_ERR_TASK, MP_ERR_TIMEOUT, MP_ERR_PEER_DIED, MP_ERR_CANCELLED, ... */
    int signal;       /* that ended its worker, where known; else 0 */
    int rank;         /* who ran it last, as mp_task_rank; -1: it never ran, or was cancelled */
    int attempts;     /* how often it was begun */
    char text[256];   /* in words */
} mp_failure;

/* One task's result, as callbacks and streams see it. Pointers are valid during the callback, or
 * until the stream's next result. */
typedef struct mp_result {
    int64_t index;             /* of the task */
    const void *data;          /* its output; null when it failed */
    size_t bytes;              /* of the output */
    const mp_failure *failure; /* null when it succeeded */
} mp_result;

/* Called in the root, one call at a time: by whatever thread is in a call on the pool; in a pool of
 * threads by these, at any time. It must not use the pool itself: MPI_ERR_ARG. */
typedef void mp_callback(const mp_result *result, void *state);

/* Results kept on disk, part 6. */
typedef struct mp_store mp_store;

/* Options of one map, imap, submit or apply; zero, or a null pointer, is the default. */
typedef struct mp_options {
    int64_t chunk;            /* tasks sent at once; 0: from the measured time of tasks */
    int64_t window;           /* imap: tasks drawn and not yet given back; 0: 64 chunks a worker */
    int retries;              /* how often a failed task is tried again */
    double time_limit;        /* seconds for each task, or else its worker is replaced; 0: none */
    int stop_on_failure;      /* cancel what has not begun when a task has failed finally */
    int unordered;            /* imap: results as they come */
    mp_callback *on_result;   /* called for each success, see mp_callback */
    mp_callback *on_failure;  /* called for each failure */
    void *callback_state;     /* passed to both */
    const char *progress;     /* label of a progress line on standard error, if a terminal */
    mp_store *store;          /* results that are there are not computed, new ones are added */
    uint64_t version;         /* for the store, part 6 */
} mp_options;

/* ==== Part 3: collective forms ================================================================ */

/* Every rank of comm calls them with the same root, item size and, in map, function; the root gives
 * the input and gets the output; the root works too. Blocking. */

/* Spreads the root's `count` items evenly, in rank order, the first ranks getting one more. `count`
 * is read at the root only. Each rank gets its part in *part, to be freed with free(), and
 * its length. */
int mp_scatter(const void *items, int64_t count, size_t item_bytes, void **part,
               int64_t *part_count, int root, MPI_Comm comm);

/* Puts the parts together in rank order: at the root, *items is all of them, to be freed with
 * free(), and *count how many. Parts may differ in length. Elsewhere both are set to null and 0. */
int mp_gather(const void *part, int64_t part_count, size_t item_bytes, void **items, int64_t *count,
              int root, MPI_Comm comm);

/* output[i] = function(input[i]), scheduled as in a pool. Input, count and output are read at the
 * root only. Every rank returns the same code. */
int mp_map(mp_function *function, const void *input, int64_t count, size_t input_bytes,
           void *output, size_t output_bytes, const mp_options *options, int root, MPI_Comm comm);

/* ==== Part 4: pools =========================================================================== */

/* Workers that wait for tasks. Belongs to the root; functions on it may be called from several
 * threads of the root when MPI was started with MPI_THREAD_MULTIPLE. */
typedef struct mp_pool mp_pool;

/* Called once in each worker before its first task: its result, through *state, is what
 * mp_task_state returns. Returns 0, or a code: the pool is not made. The argument stays until the
 * finalizer has returned, so that *state may point into it; it is not to be written to. */
typedef int mp_initializer(const void *argument, size_t bytes, void **state);
typedef void mp_finalizer(void *state);

typedef struct mp_pool_options {
    int root;                    /* rank in comm that gives the tasks; the same in every rank */
    int processes;               /* so many workers started anew, in place of the other ranks of
                                  * comm; the root does not work: a task may end its process */
    int threads;                 /* so many workers as threads of the root, in place of ranks */
    int idle_root;               /* the root only gives tasks; else it works too while it waits */
    int64_t tasks_per_worker;    /* a worker is replaced by a new process after so many; 0: never */
    mp_initializer *initializer; /* called in each worker; null: none */
    const void *argument;        /* for it; copied, so it need not outlast the call. From 1 MiB */
    size_t argument_bytes;       /* on the workers of a host share one copy: for large inputs */
    mp_finalizer *finalizer;     /* called in each worker at its end */
} mp_pool_options;

/* Collective over comm. In the root: returns with the pool. In the other ranks: works until the
 * pool ends, and returns with *pool null. But for `root`, options are read at the root only; null:
 * the defaults. Workers that die are replaced where the MPI underneath has MPI_Comm_spawn and
 * survives a death (mprun does, for workers that it started later, and for all under `mprun
 * --continue`), and where the new one begins as it should; else there is one less. When none is
 * left, tasks that have not begun fail with MP_ERR_PEER_DIED. Where options ask for what it cannot
 * do, the error is MP_ERR_UNSUPPORTED. */
int mp_pool_create(MPI_Comm comm, const mp_pool_options *options, mp_pool **pool);

int mp_pool_workers(const mp_pool *pool, int *workers); /* the root counts when it works too */

/* output[i] = function(input[i]) for i < count; inputs and outputs are arrays of items of that many
 * bytes, and do not overlap. Outputs of failed tasks are zero. Returns MP_ERR_TASK when tasks
 * failed; the others are done all the same unless options say otherwise. An input is copied once,
 * to the worker that takes it; what all tasks read belongs into the pool's argument,
 * which is shared. */
int mp_pool_map(mp_pool *pool, mp_function *function, const void *input, int64_t count,
                size_t input_bytes, void *output, size_t output_bytes, const mp_options *options);

/* One of a task's several arguments: element i of every column, one after the other, each aligned
 * as `offset` says, is the input of task i. */
typedef struct mp_column {
    const void *items;
    size_t item_bytes;
    size_t offset; /* in the task's input: offsetof(struct of arguments, member) */
} mp_column;

/* As mp_pool_map, with the arguments taken from several arrays. input_bytes is the size of
 * the struct of arguments. */
int mp_pool_starmap(mp_pool *pool, mp_function *function, const mp_column *columns,
                    int column_count, int64_t count, size_t input_bytes, void *output,
                    size_t output_bytes, const mp_options *options);

/* One task, done here or elsewhere, and waited for. */
int mp_pool_apply(mp_pool *pool, mp_function *function, const void *input, size_t input_bytes,
                  void *output, size_t output_bytes, const mp_options *options);

/* The failures of the pool's last blocking call, in order of index. They belong to the
 * pool until the next one. */
int mp_pool_failures(mp_pool *pool, const mp_failure **failures, int64_t *count);

/* A stream of results: inputs are drawn one by one from a source as they are needed, so that memory
 * stays flat however long the input. */
typedef struct mp_stream mp_stream;

/* Writes the next input and returns 1, or 0 at the end, or a negative number: the stream fails with
 * it. Called in the root, within calls on the pool; in a pool of threads by these, one call at a
 * time. Like a callback, it must not use the pool. */
typedef int mp_source(void *input, void *state);

int mp_pool_imap(mp_pool *pool, mp_function *function, mp_source *source, void *source_state,
                 size_t input_bytes, size_t output_bytes, const mp_options *options,
                 mp_stream **stream);

/* The next result, in order unless the options say otherwise. A failed task is a result with a
 * failure. Returns MP_ERR_CLOSED at the end, or MP_ERR_STORE when results could not be kept;
 * MP_ERR_TIMEOUT; MP_ERR_CANCELLED after mp_pool_terminate, or MP_ERR_PEER_DIED when no worker was
 * left to draw more for. */
int mp_stream_next(mp_stream *stream, mp_result *result, double timeout);

/* Cancels what has not begun and frees the stream. */
int mp_stream_free(mp_stream **stream);

int mp_pool_close(mp_pool *pool);     /* takes no more tasks: MP_ERR_CLOSED from now on */
int mp_pool_join(mp_pool *pool);      /* after close: waits until everything is done */
int mp_pool_terminate(mp_pool *pool); /* cancels what has not begun, ends the workers */

/* Close and join, then ends the workers; *pool is null afterwards. Futures and streams of the pool
 * must be freed before. MPI_Finalize terminates a pool that was not freed. */
int mp_pool_free(mp_pool **pool);

/* ==== Part 5: futures ========================================================================= */

/* A task, or a whole map, that is on its way. */
typedef struct mp_future mp_future;

typedef enum mp_state { MP_PENDING, MP_RUNNING, MP_SUCCEEDED, MP_FAILED, MP_CANCELLED } mp_state;

/* One task; the input is copied. */
int mp_pool_submit(mp_pool *pool, mp_function *function, const void *input, size_t input_bytes,
                   size_t output_bytes, const mp_options *options, mp_future **future);

/* A map; input and output must stay until it is done. */
int mp_pool_map_async(mp_pool *pool, mp_function *function, const void *input, int64_t count,
                      size_t input_bytes, void *output, size_t output_bytes,
                      const mp_options *options, mp_future **future);

/* The same with the arguments taken from several arrays; these and `columns` must stay as well. */
int mp_pool_starmap_async(mp_pool *pool, mp_function *function, const mp_column *columns,
                          int column_count, int64_t count, size_t input_bytes, void *output,
                          size_t output_bytes, const mp_options *options, mp_future **future);

/* Waits until it is done. MP_ERR_TIMEOUT; otherwise the outcome: MPI_SUCCESS, MP_ERR_TASK,
 * MP_ERR_CANCELLED. The pool's other tasks go on meanwhile. A root that is the only worker of its
 * pool runs tasks in here, even with a time limit: it is then late by what is left of a task. */
int mp_future_wait(mp_future *future, double timeout);

/* Waits, and gives the output of a submitted task: it belongs to the future until that is freed. */
int mp_future_get(mp_future *future, const void **output, size_t *bytes, double timeout);

int mp_future_state(mp_future *future, mp_state *state);

/* The failure of a task, or the first one of a map; null when it has none. */
int mp_future_failure(mp_future *future, const mp_failure **failure);

/* Cancels what has not begun; *cancelled says whether nothing of it will run. It may be null. */
int mp_future_cancel(mp_future *future, int *cancelled);

/* Also of one that is not done: then nobody is told of its result. */
int mp_future_free(mp_future **future);

typedef enum mp_when { MP_ALL_DONE, MP_FIRST_DONE, MP_FIRST_FAILED } mp_when;

/* Waits until all, one, or a failed one (or all) of them are done; *done says how many are. They
 * may belong to several pools. */
int mp_wait(mp_future *const *futures, int count, mp_when when, double timeout, int *done);

/* Waits for the next one that is done and was not reported before, and gives its place in the
 * array. MP_ERR_CLOSED when all were reported. */
int mp_as_completed(mp_future *const *futures, int count, double timeout, int *place);

/* ==== Part 6: results kept on disk ============================================================ */

/* A file of results, keyed by the task and its input: a map that was interrupted, or is repeated,
 * computes only what is missing. Safe against being killed at any instant, and
 * for several jobs at once.
 *
 * What the task is, says `version` in the options of the call: any number but 0 that you choose for
 * a function, and change when you change what it computes. With 0, the task is the function in this
 * very build of the program: after the next build everything is computed anew. */

/* Opens or creates the file; at the root of a pool only. A record that a kill
 * has torn is left out. */
int mp_store_open(const char *path, mp_store **store);

/* How many results it holds, how many were found and how many were missed since it was opened. Any
 * of the pointers may be null. */
int mp_store_count(mp_store *store, int64_t *kept, int64_t *found, int64_t *missed);

int mp_store_close(mp_store **store);

/* ==== Part 7: queues and pipes ================================================================ */

/* A bounded queue of messages that any rank of a communicator may put to and get from, first in,
 * first out for each who puts. Each message is got once. */
typedef struct mp_queue mp_queue;

/* Collective over comm. It lives at rank `home`: best the one who gets most. item_bytes is the
 * largest message, capacity how many may wait; 0: 65,536. */
int mp_queue_create(MPI_Comm comm, int home, size_t item_bytes, int64_t capacity, mp_queue **queue);

/* Waits while it is full: MP_ERR_TIMEOUT when it stays so. MP_ERR_CLOSED, MP_ERR_SIZE. */
int mp_queue_put(mp_queue *queue, const void *item, size_t bytes, double timeout);

/* Waits while it is empty. *bytes, which may be null, is the message's size; `item` has room for
 * the item_bytes of the queue. MP_ERR_CLOSED when it is closed and empty. */
int mp_queue_get(mp_queue *queue, void *item, size_t *bytes, double timeout);

int mp_queue_size(mp_queue *queue, int64_t *size); /* waiting messages, at some moment */
int mp_queue_empty(mp_queue *queue, int *empty);
int mp_queue_full(mp_queue *queue, int *full);

int mp_queue_close(mp_queue *queue); /* nobody may put any more; what is in it can be got */
int mp_queue_free(mp_queue **queue); /* collective */

/* A pipe between two ranks, in both directions or from the first to the second. */
typedef struct mp_pipe mp_pipe;

/* Called by ranks a and b of comm, which may differ from all others only in being these two. */
int mp_pipe_create(MPI_Comm comm, int a, int b, int duplex, mp_pipe **pipe);

/* A message has up to 2 GiB. */
int mp_pipe_send(mp_pipe *pipe, const void *data, size_t bytes);

/* The next message; MP_ERR_SIZE, with *bytes set, when it is larger than room: it stays.
 * MP_ERR_CLOSED when the other end is closed and everything has been received, MP_ERR_PEER_DIED. */
int mp_pipe_recv(mp_pipe *pipe, void *data, size_t room, size_t *bytes, double timeout);

/* Whether a message, or the end, is there within the time. */
int mp_pipe_poll(mp_pipe *pipe, double timeout, int *ready);

int mp_pipe_close(mp_pipe **pipe); /* this end; the other sees the end of file */

/* ==== Part 8: shared values and arrays ======================================================== */

/* An array of `count` elements of a predefined MPI type that all ranks of a communicator read and
 * change. A value is an array of one. Single calls are atomic and in one order for all ranks; for
 * several in a row, take the lock. */
typedef struct mp_array mp_array;

/* Collective. The home's `initial` values are taken; null: zero. */
int mp_array_create(MPI_Comm comm, int home, MPI_Datatype type, int64_t count, const void *initial,
                    mp_array **array);

int mp_array_get(mp_array *array, int64_t first, int64_t count, void *values);
int mp_array_set(mp_array *array, int64_t first, int64_t count, const void *values);

/* element = element op operand for `count` elements, with a predefined MPI operator; `before`,
 * which may be null, gets the elements as they were. */
int mp_array_update(mp_array *array, int64_t first, int64_t count, MPI_Op op, const void *operands,
                    void *before);

/* One element becomes `desired` if it is `expected`, bit by bit; `before` gets what it was. */
int mp_array_compare_swap(mp_array *array, int64_t index, const void *expected, const void *desired,
                          void *before);

int mp_array_free(mp_array **array); /* collective */

#define mp_value_create(comm, home, type, initial, value) \
    mp_array_create(comm, home, type, 1, initial, value)
#define mp_value_get(value, to)                   mp_array_get(value, 0, 1, to)
#define mp_value_set(value, from)                 mp_array_set(value, 0, 1, from)
#define mp_value_update(value, op, operand, before) \
    mp_array_update(value, 0, 1, op, operand, before)

/* ==== Part 9: locks and their kin ============================================================= */

/* All are made collectively over a communicator, live at rank `home`, and are freed collectively.
 * Each thread of each rank is a holder of its own. Waiters are served in order. */

typedef struct mp_lock mp_lock;
typedef enum mp_lock_kind { MP_LOCK_PLAIN, MP_LOCK_RECURSIVE } mp_lock_kind;

int mp_lock_create(MPI_Comm comm, int home, mp_lock_kind kind, mp_lock **lock);

/* MPI_SUCCESS, MP_ERR_TIMEOUT, or MP_ERR_HOLDER_DIED: the lock is held, and its last holder died
 * with it. Taking a plain lock twice waits for ever, as it would anywhere. */
int mp_lock_acquire(mp_lock *lock, double timeout);
int mp_lock_release(mp_lock *lock); /* MP_ERR_HOLDER when this thread does not hold it */
int mp_lock_free(mp_lock **lock);

typedef struct mp_semaphore mp_semaphore;
int mp_semaphore_create(MPI_Comm comm, int home, int64_t value, mp_semaphore **semaphore);
int mp_semaphore_acquire(mp_semaphore *semaphore, double timeout);
int mp_semaphore_release(mp_semaphore *semaphore, int64_t count);
int mp_semaphore_value(mp_semaphore *semaphore, int64_t *value);
int mp_semaphore_free(mp_semaphore **semaphore);

typedef struct mp_event mp_event;
int mp_event_create(MPI_Comm comm, int home, mp_event **event);
int mp_event_set(mp_event *event);   /* wakes all who wait, now and later, until it is cleared */
int mp_event_clear(mp_event *event);
int mp_event_is_set(mp_event *event, int *set);
int mp_event_wait(mp_event *event, double timeout);
int mp_event_free(mp_event **event);

/* Belongs to a lock, which the callers of wait and notify hold. */
typedef struct mp_condition mp_condition;

/* Collective over the lock's comm. */
int mp_condition_create(mp_lock *lock, mp_condition **condition);

/* Releases the lock, waits to be notified, and takes the lock again; after MP_ERR_TIMEOUT too. */
int mp_condition_wait(mp_condition *condition, double timeout);
int mp_condition_notify(mp_condition *condition, int64_t count); /* so many; negative: all */
int mp_condition_free(mp_condition **condition);

/* `parties` waits meet; 0: as many as the communicator has ranks. Used again and again. */
typedef struct mp_barrier mp_barrier;
int mp_barrier_create(MPI_Comm comm, int home, int parties, mp_barrier **barrier);

/* *place, which may be null, is different for each party: 0 for one of them. MP_ERR_BROKEN when one
 * of the parties timed out, died, or aborted it; MP_ERR_TIMEOUT in the one whose time was up. */
int mp_barrier_wait(mp_barrier *barrier, double timeout, int *place);
int mp_barrier_abort(mp_barrier *barrier); /* MP_ERR_BROKEN for all, until reset */
int mp_barrier_reset(mp_barrier *barrier);
int mp_barrier_free(mp_barrier **barrier);

/* ==== Part 10: processes and CPUs ============================================================= */

/* A function of this program in a process of its own. Needs MPI_Comm_spawn. */
typedef struct mp_process mp_process;

/* Returns the exit code. */
typedef int mp_main(const void *argument, size_t bytes);

int mp_process_start(mp_main *function, const void *argument, size_t bytes, const char *name,
                     mp_process **process);
int mp_process_join(mp_process *process, double timeout); /* waits for its end */
int mp_process_alive(mp_process *process, int *alive);
int mp_process_terminate(mp_process *process); /* SIGTERM */
int mp_process_kill(mp_process *process);      /* SIGKILL */

/* After its end: *code is what it returned, or minus the signal that ended it.
 * MP_ERR_TIMEOUT before. */
int mp_process_exitcode(mp_process *process, int *code);
int mp_process_pid(mp_process *process, int64_t *pid);
const char *mp_process_name(const mp_process *process); /* unless given, "process-1" and so on */
int mp_process_free(mp_process **process);              /* one that runs is left to run */

/* CPUs that this process may use: affinity, cpuset and cpu.max counted. */
int mp_cpu_count(void);

/* The calling thread's share of them: in a task its worker's, when several share the CPUs. What a
 * nested pool takes as its number of threads, and what to tell libraries that have threads and were
 * not told by OMP_NUM_THREADS, which mprun sets for each rank. At least 1. */
int mp_cpu_budget(void);

#ifdef __cplusplus
}
#endif
#ifdef __GNUC__
#pragma GCC visibility pop
#endif

#endif
