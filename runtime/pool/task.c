/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop that workers spend their lives in, and what a task can ask and say.
 *
 * The loop is kept as short as a call, a test and two additions: tasks may be as small as that. */
#include "pool/task.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "pool/error.h"

struct mp_task {
    struct mpp_run *run;
    int64_t index;
    size_t returned_at; /* where this task's result begins in run->returned */
    int has_lost;       /* its result, for want of memory */
    int64_t text_index; /* the task that the text is of: it may have succeeded all the same */
    char text[sizeof((mp_failure *)0)->text];
};

int64_t mp_task_index(const mp_task *task)
{
    return task->index;
}

size_t mp_task_input_bytes(const mp_task *task)
{
    return task->run->input_bytes;
}

int mp_task_attempt(const mp_task *task)
{
    return task->run->attempt;
}

int mp_task_rank(const mp_task *task)
{
    return task->run->rank;
}

void *mp_task_state(const mp_task *task)
{
    return task->run->state;
}

int mp_task_fail(mp_task *task, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(task->text, sizeof task->text, format, arguments);
    va_end(arguments);
    task->text_index = task->index;
    return code;
}

/* Makes `data` the result of the task, in place of one given before. */
static int keep_returned(mp_task *task, const void *data, size_t bytes)
{
    struct mpp_buffer *returned = &task->run->returned;
    uint64_t size = bytes;
    returned->used = task->returned_at;
    char *place =
        bytes < PTRDIFF_MAX / 2 ? mpp_buffer_reserve(returned, sizeof size + bytes) : NULL;
    task->has_lost = !place;
    if (!place) {
        return -1;
    }
    memcpy(place, &size, sizeof size);
    if (bytes) {
        memcpy(place + sizeof size, data, bytes);
    }
    returned->used += sizeof size + bytes;
    return 0;
}

int mp_task_return(mp_task *task, const void *data, size_t bytes)
{
    if (task->run->output_bytes != MP_VARIABLE) {
        return mpp_misuse(
            MP_ERROR_SIZE, MPI_COMM_SELF, "mp_task_return",
            "the call gave tasks an output of %zu bytes; only with MP_VARIABLE do they "
            "return results of any size",
            task->run->output_bytes);
    }
    if (!data && bytes) {
        return mpp_bad_argument(MPI_COMM_SELF, "mp_task_return", "data is null, with %zu bytes",
                                bytes);
    }
    if (keep_returned(task, data, bytes)) {
        return mpp_no_memory(MPI_COMM_SELF, "mp_task_return", bytes);
    }
    return MPI_SUCCESS;
}

static void keep_failure(mp_task *task, int code)
{
    struct mpp_run *run = task->run;
    mp_failure *failure = mpp_buffer_reserve(&run->failures, sizeof *failure);
    if (!failure) {
        run->no_memory = 1;
        return;
    }
    *failure = (mp_failure){.index = task->index,
                            .code = code,
                            .error = (int)run->failure_kind,
                            .rank = run->rank,
                            .attempts = run->attempt};
    if (task->text_index == task->index) {
        memcpy(failure->text, task->text, sizeof failure->text);
    }
    run->failures.used += sizeof *failure;
}

/* Of no bytes nothing is asked: their address may be null. */
static void clear(char *place, size_t bytes)
{
    if (bytes) {
        memset(place, 0, bytes);
    }
}

static void run_fixed(struct mpp_run *run, mp_task *task)
{
    const char *input = run->inputs;
    char *output = run->outputs;
    int64_t end = run->first + run->count;
    clear(output, (size_t)run->count * run->output_bytes);
    while (task->index < end) {
        int code = run->function(input, output, task);
        if (__builtin_expect(code != 0, 0)) {
            clear(output, run->output_bytes);
            keep_failure(task, code);
        }
        task->index++;
        input += run->input_bytes;
        output += run->output_bytes;
        if (code && run->stop_on_failure) {
            break;
        }
    }
}

static void run_variable(struct mpp_run *run, mp_task *task)
{
    int64_t end = run->first + run->count;
    while (task->index < end) {
        task->returned_at = run->returned.used;
        task->has_lost = 0;
        int code = run->function(
            run->inputs + (size_t)(task->index - run->first) * run->input_bytes, NULL, task);
        run->no_memory |= task->has_lost && !code;
        if ((code || run->returned.used == task->returned_at) && keep_returned(task, NULL, 0)) {
            run->no_memory = 1;
        }
        if (code) {
            keep_failure(task, code);
        }
        task->index++;
        if (code && run->stop_on_failure) {
            break;
        }
    }
}

void mpp_run(struct mpp_run *run)
{
    mp_task task = {.run = run, .index = run->first, .text_index = -1};
    if (run->output_bytes == MP_VARIABLE) {
        run_variable(run, &task);
    } else {
        run_fixed(run, &task);
    }
    run->begun_count = task.index - run->first;
}

void mpp_run_free(struct mpp_run *run)
{
    mpp_buffer_free(&run->returned);
    mpp_buffer_free(&run->failures);
}
