/* SPDX-License-Identifier: BSD-3-Clause */
/* Tasks on their way from "nobody has it" to "ended", whatever happens to workers. */
#include "pool/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool/error.h"
#include "pool/store.h"

static struct mpp_chunk *again_of(const struct mpp_work *work)
{
    return (struct mpp_chunk *)work->again.bytes;
}

static int64_t again_count(const struct mpp_work *work)
{
    return (int64_t)(work->again.used / sizeof(struct mpp_chunk));
}

/* ---- tasks that end ---- */

static void keep_failure(struct mpp_work *work, const mp_failure *failure)
{
    mp_failure *place = mpp_buffer_reserve(&work->failures, sizeof *failure);
    if (!place) {
        work->no_memory = 1;
        return;
    }
    *place = *failure;
    work->failures.used += sizeof *failure;
}

static void end_with_failure(struct mpp_work *work, const mp_failure *failure)
{
    work->failed_count++;
    keep_failure(work, failure);
    if (work->output_bytes != MP_VARIABLE && work->output_bytes) {
        memset(work->class->outputs(work, failure->index), 0, work->output_bytes);
    }
    if (work->options.on_failure) {
        mp_result result = {.index = failure->index, .failure = failure};
        work->options.on_failure(&result, work->options.callback_state);
    }
    if (work->class->ended) {
        work->class->ended(work, failure->index, failure);
    }
}

static void end_with_success(struct mpp_work *work, int64_t index, const void *data, size_t bytes)
{
    work->done_count++;
    if (work->options.on_result) {
        mp_result result = {.index = index, .data = data, .bytes = bytes};
        work->options.on_result(&result, work->options.callback_state);
    }
    if (work->class->ended) {
        work->class->ended(work, index, NULL);
    }
}

static void end_cancelled(struct mpp_work *work, int64_t index)
{
    work->cancelled_count++;
    if (work->class->ended) {
        mp_failure failure = {.index = index, .error = MP_ERR_CANCELLED, .rank = -1,
                              .text = "cancelled before it was done"};
        work->class->ended(work, index, &failure);
    }
}

static void end_range_cancelled(struct mpp_work *work, int64_t first, int64_t count)
{
    if (!work->class->ended) {
        work->cancelled_count += count;
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        end_cancelled(work, first + i);
    }
}

/* ---- tasks to be run again ---- */

static void run_again(struct mpp_work *work, struct mpp_chunk chunk)
{
    if (work->is_cancelled || work->is_stopped) {
        end_range_cancelled(work, chunk.first, chunk.count);
        return;
    }
    struct mpp_chunk *place = mpp_buffer_reserve(&work->again, sizeof chunk);
    if (!place) {
        work->no_memory = 1;
        end_range_cancelled(work, chunk.first, chunk.count);
        return;
    }
    *place = chunk;
    work->again.used += sizeof chunk;
}

static void stop_after_failure(struct mpp_work *work)
{
    work->is_stopped = 1;
    mpp_work_cancel(work);
}

static void fail_or_run_again(struct mpp_work *work, const mp_failure *failure)
{
    if (failure->attempts <= work->options.retries && !work->is_cancelled && !work->is_stopped) {
        run_again(work, (struct mpp_chunk){.work = work,
                                           .first = failure->index,
                                           .count = 1,
                                           .attempt = failure->attempts + 1});
        return;
    }
    end_with_failure(work, failure);
    if (work->options.stop_on_failure) {
        stop_after_failure(work);
    }
}

/* ---- the store ---- */

static struct mpp_store_key key_of(const struct mpp_work *work, const void *input)
{
    return (struct mpp_store_key){.function = work->address,
                                  .version = work->options.version,
                                  .input = input,
                                  .input_bytes = work->input_bytes,
                                  .output_bytes = work->output_bytes};
}

/* In words at once: whoever asks may be another thread, and the store may be closed by then. */
static void note_store_error(struct mpp_work *work, int error)
{
    const char *path = mpp_store_path(work->options.store);
    const char *why = strerror(error);
    size_t room = strlen(path) + strlen(why) + sizeof "cannot add a result to : ";
    work->store_failed = 1;
    work->store_text = malloc(room);
    if (work->store_text) {
        snprintf(work->store_text, room, "cannot add a result to %s: %s", path, why);
    }
}

static void add_to_store(struct mpp_work *work, int64_t index, const void *data, size_t bytes)
{
    struct mpp_buffer scratch = {0};
    const void *input = work->class->inputs(work, index, 1, &scratch);
    if (input) {
        struct mpp_store_key key = key_of(work, input);
        int error = mpp_store_add(work->options.store, &key, data, bytes);
        if (error && !work->store_failed) {
            note_store_error(work, error);
        }
    }
    mpp_buffer_free(&scratch);
}

/* Ends a task whose result is in the store. Returns whether it was. */
static int end_from_store(struct mpp_work *work, int64_t index)
{
    struct mpp_buffer scratch = {0};
    const void *input = work->class->inputs(work, index, 1, &scratch);
    const void *data = NULL;
    size_t bytes = 0;
    int found = 0;
    if (input) {
        struct mpp_store_key key = key_of(work, input);
        found = mpp_store_find(work->options.store, &key, &data, &bytes);
    }
    mpp_buffer_free(&scratch);
    if (!found) {
        return 0;
    }
    if (work->output_bytes != MP_VARIABLE) {
        char *output = work->class->outputs(work, index);
        if (bytes) {
            memcpy(output, data, bytes);
        }
        data = output;
    } else if (work->class->keep(work, index, data, bytes)) {
        work->no_memory = 1;
        return 0;
    }
    end_with_success(work, index, data, bytes);
    return 1;
}

/* ---- taking ---- */

int64_t mpp_work_remaining(const struct mpp_work *work)
{
    int64_t again = 0;
    for (int64_t i = 0; i < again_count(work); i++) {
        again += again_of(work)[i].count;
    }
    return again + (work->is_drawn ? work->end - work->begin : work->horizon);
}

/* Takes from what is to be run again. */
static int take_again(struct mpp_work *work, struct mpp_share *share, struct mpp_chunk *chunk)
{
    int64_t last = again_count(work) - 1;
    if (last < 0) {
        return 0;
    }
    struct mpp_chunk *from = &again_of(work)[last];
    share->remaining = from->count;
    int64_t count = from->is_suspect || from->attempt > 1 ? 1 : mpp_chunk_count(&work->pace, share);
    *chunk = *from;
    chunk->count = count;
    from->first += count;
    from->count -= count;
    if (!from->count) {
        work->again.used -= sizeof *from;
    }
    return 1;
}

/* Up to `most` tasks from the first that nobody has had, drawn if need be. Returns how many. */
static int64_t make_available(struct mpp_work *work, int64_t most)
{
    if (work->class->draw && work->begin == work->end) {
        work->end += work->class->draw(work, most);
    }
    int64_t available = work->end - work->begin;
    return available < most ? available : most;
}

/* The same with a store: ends what it has, up to a run of tasks that it has not. Their first is
 * *first; work->begin is after all that were looked up. */
static int64_t make_missing_available(struct mpp_work *work, int64_t most, int64_t *first)
{
    int64_t count = 0;
    while (count < most && (work->begin < work->end || (!count && make_available(work, most)))) {
        int is_kept = end_from_store(work, work->begin);
        if (is_kept && count) {
            work->begin++;
            break;
        }
        *first = count ? *first : work->begin;
        count += !is_kept;
        work->begin++;
    }
    return count;
}

/* Takes from what nobody has had. */
static int take_new(struct mpp_work *work, struct mpp_share *share, struct mpp_chunk *chunk)
{
    share->remaining = work->is_drawn ? work->end - work->begin : work->horizon;
    if (!share->remaining) {
        return 0;
    }
    int64_t first = work->begin;
    int64_t count = mpp_chunk_count(&work->pace, share);
    if (work->options.store) {
        count = make_missing_available(work, count, &first);
    } else {
        count = make_available(work, count);
        work->begin += count;
    }
    *chunk = (struct mpp_chunk){.work = work, .first = first, .count = count, .attempt = 1};
    return count > 0;
}

int mpp_work_take(struct mpp_work *work, const struct mpp_share *of_worker, struct mpp_chunk *chunk)
{
    struct mpp_share share = *of_worker;
    share.remaining = mpp_work_remaining(work);
    share.task_bytes =
        work->input_bytes + (work->output_bytes == MP_VARIABLE ? 0 : work->output_bytes);
    share.fixed = work->options.chunk;
    if (work->options.time_limit > 0) {
        share.limit = 1; /* so that a chunk that takes too long is a task that does */
    }
    if (!share.remaining) {
        return 0;
    }
    if (!mpp_chunk_is_due(&work->pace, &share)) {
        return -1;
    }
    if (!take_again(work, &share, chunk) && !take_new(work, &share, chunk)) {
        mpp_work_tell_if_done(work); /* the store may have had all results */
        return 0;
    }
    work->under_way += chunk->count;
    return 1;
}

/* ---- finishing ---- */

/* Ends each task of a chunk that was begun: the slow way, for those with failures, callbacks,
 * results of any size or a store. */
static void finish_each(const struct mpp_chunk *chunk, const struct mpp_outcome *outcome)
{
    struct mpp_work *work = chunk->work;
    const mp_failure *failure = outcome->failures;
    const mp_failure *failure_end = failure + outcome->failure_count;
    const char *returned = outcome->returned;
    for (int64_t index = chunk->first; index < chunk->first + outcome->begun_count; index++) {
        uint64_t bytes = work->output_bytes;
        const char *data = NULL;
        if (work->output_bytes == MP_VARIABLE) {
            memcpy(&bytes, returned, sizeof bytes);
            data = returned + sizeof bytes;
            returned = data + bytes;
        } else {
            data = work->class->outputs(work, index);
        }
        if (failure < failure_end && failure->index == index) {
            mp_failure of_task = *failure++;
            of_task.error = mp_error_class(of_task.error);
            fail_or_run_again(work, &of_task);
            continue;
        }
        if (work->options.store) {
            add_to_store(work, index, data, bytes);
        }
        if (work->output_bytes == MP_VARIABLE && work->class->keep(work, index, data, bytes)) {
            work->no_memory = 1;
        }
        end_with_success(work, index, data, bytes);
    }
}

void mpp_work_finish(const struct mpp_chunk *chunk, const struct mpp_outcome *outcome)
{
    struct mpp_work *work = chunk->work;
    work->under_way -= chunk->count;
    if (outcome->begun_count) {
        mpp_pace_add(&work->pace, outcome->begun_count, outcome->elapsed_ns);
    }
    if (outcome->failure_count || work->output_bytes == MP_VARIABLE || work->options.on_result
        || work->options.store || work->class->ended) {
        finish_each(chunk, outcome);
    } else {
        work->done_count += outcome->begun_count;
    }
    end_range_cancelled(work, chunk->first + outcome->begun_count,
                        chunk->count - outcome->begun_count);
    mpp_work_tell_if_done(work);
}

void mpp_work_lose(const struct mpp_chunk *chunk, const mp_failure *failure)
{
    struct mpp_work *work = chunk->work;
    work->under_way -= chunk->count;
    if (!failure) {
        run_again(work, *chunk);
    } else if (chunk->count > 1) {
        struct mpp_chunk suspects = *chunk;
        suspects.is_suspect = 1;
        run_again(work, suspects);
    } else {
        mp_failure of_task = *failure;
        of_task.index = chunk->first;
        of_task.attempts = chunk->attempt;
        fail_or_run_again(work, &of_task);
    }
    mpp_work_tell_if_done(work);
}

void mpp_work_refuse(const struct mpp_chunk *chunk, int rank)
{
    mp_failure failure = {.error = MPI_ERR_NO_MEM, .rank = rank};
    snprintf(failure.text, sizeof failure.text, "worker %d has no memory for its input or result",
             rank);
    mpp_work_lose(chunk, &failure);
}

/* Ends whatever has not begun, or is to be begun again. */
static void end_rest(struct mpp_work *work, void (*end_chunk)(const struct mpp_chunk *chunk))
{
    const struct mpp_chunk rest = {
        .work = work, .first = work->begin, .count = work->end - work->begin, .attempt = 1};
    work->is_drawn = 1;
    work->begin = work->end;
    end_chunk(&rest);
    while (again_count(work)) {
        work->again.used -= sizeof(struct mpp_chunk);
        end_chunk(&again_of(work)[again_count(work)]);
    }
}

static void cancel_chunk(const struct mpp_chunk *chunk)
{
    end_range_cancelled(chunk->work, chunk->first, chunk->count);
}

void mpp_work_cancel(struct mpp_work *work)
{
    work->is_cancelled = 1;
    end_rest(work, cancel_chunk);
    mpp_work_tell_if_done(work);
}

static void abandon_chunk(const struct mpp_chunk *chunk)
{
    for (int64_t i = 0; i < chunk->count; i++) {
        const mp_failure failure = {.index = chunk->first + i,
                                    .error = MP_ERR_PEER_DIED,
                                    .rank = -1,
                                    .attempts = chunk->attempt - 1,
                                    .text = "no worker is left to run it"};
        end_with_failure(chunk->work, &failure);
    }
}

void mpp_work_abandon(struct mpp_work *work)
{
    work->is_cut_short = !work->is_drawn;
    end_rest(work, abandon_chunk);
    mpp_work_tell_if_done(work);
}

int mpp_work_is_done(const struct mpp_work *work)
{
    return work->is_drawn && work->begin == work->end && !work->again.used && !work->under_way;
}

void mpp_work_tell_if_done(struct mpp_work *work)
{
    if (work->tell && mpp_work_is_done(work)) {
        void (*tell)(struct mpp_work *) = work->tell;
        work->tell = NULL;
        tell(work);
    }
}

const mp_failure *mpp_work_first_failure(const struct mpp_work *work)
{
    const mp_failure *failures = (const mp_failure *)work->failures.bytes;
    size_t count = work->failures.used / sizeof *failures;
    const mp_failure *first = count ? failures : NULL;
    for (size_t i = 1; i < count; i++) {
        first = failures[i].index < first->index ? &failures[i] : first;
    }
    return first;
}

int mpp_work_store_error(const struct mpp_work *work, const char *function)
{
    return work->store_failed ? mpp_state(MP_ERROR_STORE, function, "%s",
                                          work->store_text ? work->store_text
                                                           : "cannot add a result to the store")
                              : MPI_SUCCESS;
}

int mpp_work_error(const struct mpp_work *work, const char *function)
{
    const mp_failure *first = mpp_work_first_failure(work);
    if (work->no_memory) {
        return mpp_no_memory(MPI_COMM_SELF, function, 0);
    }
    if (first) {
        return mpp_state(
            MP_ERROR_TASK, function, "%lld of %lld tasks failed; the first is task %lld: %s",
            (long long)work->failed_count, (long long)work->end, (long long)first->index,
            first->text[0] ? first->text : "its function returned an error code");
    }
    if (work->cancelled_count) {
        return mpp_state(MP_ERROR_CANCELLED, function, "%lld of %lld tasks were cancelled",
                         (long long)work->cancelled_count, (long long)work->end);
    }
    return mpp_work_store_error(work, function);
}

void mpp_work_clear(struct mpp_work *work)
{
    mpp_buffer_free(&work->again);
    mpp_buffer_free(&work->failures);
    free(work->store_text);
}
