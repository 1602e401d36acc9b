/* SPDX-License-Identifier: BSD-3-Clause */
/* Uses mp.h in the ways that programs do; compiled only, as C and as C++, with every warning on. */
#include "mp.h"

#include <string.h>

struct arguments {
    int number;
    double factor;
};

int map_all(const int *numbers, const double *factors, double *results, int64_t count);
int stream_all(mp_pool *pool, int64_t count);
int wait_for(mp_pool *pool, const struct arguments *inputs, int count);
int talk(MPI_Comm comm, int rank);
int run_one(const char *name);

/* Functions of the user, called by the library */
#ifdef __cplusplus
extern "C" {
#endif
static int scale(const void *in, void *out, mp_task *task)
{
    struct arguments arguments;
    memcpy(&arguments, in, sizeof arguments);
    if (arguments.number < 0) {
        return mp_task_fail(task, 2, "task %ld: %d is negative", mp_task_index(task) + 0L,
                            arguments.number);
    }
    arguments.factor *= arguments.number;
    memcpy(out, &arguments.factor, sizeof arguments.factor);
    return 0;
}

static int count_down(void *input, void *state)
{
    int64_t left;
    memcpy(&left, state, sizeof left);
    memcpy(input, &left, sizeof left);
    left--;
    memcpy(state, &left, sizeof left);
    return left >= 0;
}

static void note(const mp_result *result, void *state)
{
    if (result->failure) {
        memcpy(state, result->failure->text, 1);
    }
}

static int prepare(const void *argument, size_t bytes, void **state)
{
    *state = NULL;
    return argument == NULL && bytes > 0;
}

static void finish(void *state)
{
    (void)state;
}

static int greet(const void *argument, size_t bytes)
{
    return argument == NULL && bytes > 0;
}
#ifdef __cplusplus
}
#endif

int map_all(const int *numbers, const double *factors, double *results, int64_t count)
{
    mp_pool *pool = NULL;
    mp_pool_options pool_options;
    mp_options options;
    mp_column columns[2];
    const mp_failure *failures = NULL;
    int64_t failure_count = 0;
    int error;

    memset(&pool_options, 0, sizeof pool_options);
    pool_options.initializer = prepare;
    pool_options.finalizer = finish;
    memset(&options, 0, sizeof options);
    options.on_failure = note;
    memset(columns, 0, sizeof columns);
    columns[0].items = numbers;
    columns[0].item_bytes = sizeof *numbers;
    columns[0].offset = offsetof(struct arguments, number);
    columns[1].items = factors;
    columns[1].item_bytes = sizeof *factors;
    columns[1].offset = offsetof(struct arguments, factor);
    mp_pool_create(MPI_COMM_WORLD, &pool_options, &pool);
    error = mp_pool_starmap(pool, scale, columns, 2, count, sizeof(struct arguments), results,
                            sizeof *results, &options);
    if (error == MP_ERR_TASK || error == MP_ERR_INTERRUPTED) {
        mp_pool_failures(pool, &failures, &failure_count);
    }
    mp_pool_free(&pool);
    return failure_count > 0;
}

int stream_all(mp_pool *pool, int64_t count)
{
    mp_stream *stream = NULL;
    mp_result result;
    mp_store *store = NULL;

    mp_store_open("results", &store);
    mp_pool_imap(pool, scale, count_down, &count, sizeof count, MP_VARIABLE, NULL, &stream);
    while (mp_stream_next(stream, &result, MP_FOREVER) == MPI_SUCCESS && result.failure == NULL) {
        count += result.index;
    }
    mp_stream_free(&stream);
    return mp_store_close(&store);
}

int wait_for(mp_pool *pool, const struct arguments *inputs, int count)
{
    mp_future *futures[8];
    mp_state state = MP_PENDING;
    const void *output = NULL;
    size_t bytes = 0;
    int place = 0, cancelled = 0, done = 0, i;

    for (i = 0; i < count && i < 8; i++) {
        mp_pool_submit(pool, scale, &inputs[i], sizeof inputs[i], sizeof(double), NULL,
                       &futures[i]);
    }
    while (mp_as_completed(futures, i, 0.5, &place) != MP_ERR_CLOSED) {
        mp_future_get(futures[place], &output, &bytes, 0);
    }
    mp_wait(futures, i, MP_FIRST_FAILED, MP_FOREVER, &done);
    mp_future_state(futures[0], &state);
    mp_future_cancel(futures[0], &cancelled);
    return state == MP_CANCELLED && cancelled;
}

int talk(MPI_Comm comm, int rank)
{
    mp_queue *queue = NULL;
    mp_pipe *pipe = NULL;
    mp_array *total = NULL;
    mp_lock *lock = NULL;
    int64_t amount = rank, before = 0;
    size_t bytes = 0;

    mp_queue_create(comm, 0, sizeof amount, 0, &queue);
    mp_queue_put(queue, &amount, sizeof amount, MP_FOREVER);
    mp_queue_get(queue, &amount, &bytes, 1.5);
    mp_queue_free(&queue);
    mp_pipe_create(comm, 0, 1, 1, &pipe);
    mp_pipe_send(pipe, &amount, sizeof amount);
    mp_pipe_close(&pipe);
    mp_value_create(comm, 0, MPI_INT64_T, NULL, &total);
    mp_value_update(total, MPI_SUM, &amount, &before);
    mp_value_get(total, &amount);
    mp_value_set(total, &before);
    mp_array_free(&total);
    mp_lock_create(comm, 0, MP_LOCK_RECURSIVE, &lock);
    if (mp_lock_acquire(lock, 0) == MP_ERR_HOLDER_DIED) {
        mp_lock_release(lock);
    }
    return mp_lock_free(&lock);
}

int run_one(const char *name)
{
    mp_process *process = NULL;
    int code = 0;

    mp_process_start(greet, name, strlen(name), "greeter", &process);
    mp_process_join(process, MP_FOREVER);
    mp_process_exitcode(process, &code);
    mp_process_free(&process);
    return code + mp_cpu_count() - mp_cpu_budget();
}
