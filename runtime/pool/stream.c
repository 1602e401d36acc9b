/* SPDX-License-Identifier: BSD-3-Clause */
/* imap: inputs are drawn into a window as tasks are taken, results leave it
 * in order or as they come.
 *
 * The window is a ring of slots, one for each task that was drawn and whose result the program has
 * not let go of. Task i lies in slot i modulo the window, so that a chunk of tasks is contiguous
 * unless it meets the end of the ring, where it is cut. Drawing stops while the window is full:
 * memory stays flat however long the input is. Unordered results are let go of in the order in
 * which they ended; a slot is drawn into again when all tasks before it have been let
 * go of, too. */
#include <stdlib.h>
#include <string.h>

#include "pool/clock.h"
#include "pool/error.h"
#include "pool/interrupt.h"
#include "pool/pool.h"
#include "pool/threads.h"

enum slot_state { SLOT_FREE, SLOT_UNDER_WAY, SLOT_ENDED, SLOT_GIVEN };

struct slot {
    enum slot_state state;
    int64_t next_ended;     /* unordered: the task that ended after this one */
    mp_failure *failure;    /* null: it succeeded */
    mp_bytes returned;      /* with MP_VARIABLE */
};

struct mp_stream {
    struct mpp_work work;   /* first, so that the class finds the rest */
    mp_pool *pool;
    mp_source *source;
    void *source_state;
    int source_error;
    int has_drawn_all;
    int64_t window;
    struct slot *slots;
    char *inputs;
    char *outputs;
    int64_t oldest;         /* first task whose slot is not free */
    int64_t given;          /* whose result the program holds; -1: none */
    int64_t first_ended;    /* unordered: -1: none */
    int64_t last_ended;
};

static struct slot *slot_of(mp_stream *stream, int64_t index)
{
    return &stream->slots[index % stream->window];
}

/* ---- the class ---- */

static const void *inputs(struct mpp_work *work, int64_t first, int64_t count,
                          struct mpp_buffer *scratch)
{
    (void)count;
    (void)scratch;
    mp_stream *stream = (mp_stream *)work;
    return stream->inputs + (size_t)(first % stream->window) * work->input_bytes;
}

static char *outputs(struct mpp_work *work, int64_t first)
{
    mp_stream *stream = (mp_stream *)work;
    return stream->outputs + (size_t)(first % stream->window) * work->output_bytes;
}

static int keep(struct mpp_work *work, int64_t index, const void *data, size_t bytes)
{
    mp_bytes *place = &slot_of((mp_stream *)work, index)->returned;
    place->bytes = 0;
    place->data = bytes ? malloc(bytes) : NULL;
    if (!bytes) {
        return 0;
    }
    if (!place->data) {
        return -1;
    }
    memcpy(place->data, data, bytes);
    place->bytes = bytes;
    return 0;
}

static void ended(struct mpp_work *work, int64_t index, const mp_failure *failure)
{
    mp_stream *stream = (mp_stream *)work;
    struct slot *slot = slot_of(stream, index);
    slot->state = SLOT_ENDED;
    slot->next_ended = -1;
    if (failure) {
        slot->failure = malloc(sizeof *failure);
        if (slot->failure) {
            *slot->failure = *failure;
        } else {
            work->no_memory = 1;
        }
    }
    if (stream->last_ended >= 0) {
        slot_of(stream, stream->last_ended)->next_ended = index;
    } else {
        stream->first_ended = index;
    }
    stream->last_ended = index;
    /* Failures are given with the results: they need not pile up here. */
    work->failures.used = 0;
}

static int64_t draw(struct mpp_work *work, int64_t want)
{
    mp_stream *stream = (mp_stream *)work;
    int64_t place = work->end % stream->window;
    int64_t room = stream->oldest + stream->window - work->end;
    int64_t to_edge = stream->window - place;
    want = want < room ? want : room;
    want = want < to_edge ? want : to_edge;
    int64_t drawn = 0;
    while (drawn < want && !work->is_drawn) {
        char *input = stream->inputs + (size_t)(place + drawn) * work->input_bytes;
        int more = stream->source(input, stream->source_state);
        if (more <= 0) {
            work->is_drawn = 1;
            stream->has_drawn_all = 1;
            stream->source_error = more;
            break;
        }
        stream->slots[place + drawn] = (struct slot){.state = SLOT_UNDER_WAY};
        drawn++;
    }
    return drawn;
}

static const struct mpp_work_class stream_class = {
    .inputs = inputs,
    .outputs = outputs,
    .keep = keep,
    .ended = ended,
    .draw = draw,
};

/* ---- giving results ---- */

static void free_slot(struct slot *slot)
{
    free(slot->failure);
    free(slot->returned.data);
    *slot = (struct slot){.state = SLOT_FREE};
}

/* Lets go of the result that the program had: there is room to draw more, which threads do
 * themselves. */
static void let_go(mp_stream *stream)
{
    if (stream->given < 0) {
        return;
    }
    mpp_threads_notify(stream->pool);
    slot_of(stream, stream->given)->state = SLOT_GIVEN;
    stream->given = -1;
    while (stream->oldest < stream->work.end &&
           slot_of(stream, stream->oldest)->state == SLOT_GIVEN) {
        free_slot(slot_of(stream, stream->oldest));
        stream->oldest++;
    }
}

/* The task whose result is next, if it has ended; else -1. */
static int64_t next_result(const mp_stream *stream)
{
    if (stream->work.options.unordered) {
        return stream->first_ended;
    }
    int is_there = stream->oldest < stream->work.end
                   && stream->slots[stream->oldest % stream->window].state == SLOT_ENDED;
    return is_there ? stream->oldest : -1;
}

static int has_next_or_end(const void *what)
{
    const mp_stream *stream = what;
    return next_result(stream) >= 0 || mpp_work_is_done(&stream->work);
}

static void give(mp_stream *stream, int64_t index, mp_result *result)
{
    struct slot *slot = slot_of(stream, index);
    if (stream->work.options.unordered) {
        stream->first_ended = slot->next_ended;
        stream->last_ended = slot->next_ended < 0 ? -1 : stream->last_ended;
    }
    stream->given = index;
    *result = (mp_result){.index = index, .failure = slot->failure};
    if (!slot->failure && stream->work.output_bytes == MP_VARIABLE) {
        result->data = slot->returned.data;
        result->bytes = slot->returned.bytes;
    } else if (!slot->failure) {
        result->data = outputs(&stream->work, index);
        result->bytes = stream->work.output_bytes;
    }
}

/* At the end of the stream: why. */
static int end_of(mp_stream *stream, const char *name)
{
    if (stream->work.no_memory) {
        return mpp_no_memory(stream->pool->user_comm, name, 0);
    }
    if (stream->source_error) {
        return mpp_state(MP_ERROR_TASK, name, "the source of inputs returned %d",
                         stream->source_error);
    }
    if (stream->pool->is_interrupted) {
        return mpp_state(MP_ERROR_INTERRUPTED, name, "interrupted: %lld tasks are done",
                         (long long)stream->work.done_count);
    }
    if (stream->pool->is_terminated && !stream->has_drawn_all) {
        return mpp_state(MP_ERROR_CANCELLED, name,
                         "the pool was terminated: the input was not drawn to its end");
    }
    if (stream->work.is_cut_short) {
        return mpp_state(MP_ERROR_PEER_DIED, name,
                         "no worker is left: the input was not drawn to its end");
    }
    if (stream->work.store_failed) {
        return mpp_work_store_error(&stream->work, name);
    }
    return mpp_state(MP_ERROR_CLOSED, name, "all results have been given");
}

int mp_stream_next(mp_stream *stream, mp_result *result, double timeout)
{
    static const char name[] = "mp_stream_next";
    if (!stream || !result) {
        return mpp_bad_argument(MPI_COMM_SELF, name, "%s is null",
                                stream ? "result" : "the stream");
    }
    int error = mpp_pool_enter(stream->pool, name, 1);
    if (error) {
        return error;
    }
    let_go(stream);
    int is_late = !has_next_or_end(stream)
                  && mpp_pool_wait(stream->pool, has_next_or_end, stream, mpp_deadline_ns(timeout));
    int64_t index = next_result(stream);
    if (is_late) {
        error = mpp_state(MP_ERROR_TIMEOUT, name, "no result within %g s", timeout);
    } else if (index < 0) {
        error = end_of(stream, name);
    } else {
        give(stream, index, result);
    }
    mpp_pool_leave(stream->pool);
    return error;
}

/* ---- beginning and end ---- */

static void destroy(mp_stream *stream)
{
    for (int64_t i = 0; stream->slots && i < stream->window; i++) {
        free_slot(&stream->slots[i]);
    }
    mpp_work_clear(&stream->work);
    free(stream->slots);
    free(stream->inputs);
    free(stream->outputs);
    free(stream);
}

/* -1: so large a one that it cannot be. */
static int64_t choose_window(const mp_pool *pool, const mp_options *options)
{
    if (options && options->window) {
        return options->window;
    }
    int64_t chunk = options && options->chunk ? options->chunk : 16;
    int64_t window;
    return __builtin_mul_overflow(chunk, 64LL * pool->worker_count, &window) ? -1 : window;
}

static int make_slots(mp_stream *stream, size_t input_bytes, size_t output_bytes)
{
    size_t window = (size_t)stream->window;
    size_t output_room = output_bytes == MP_VARIABLE ? 0 : output_bytes;
    stream->slots = calloc(window, sizeof *stream->slots);
    stream->inputs = calloc(window, input_bytes + !input_bytes);
    stream->outputs = calloc(window, output_room + !output_room);
    return stream->slots && stream->inputs && stream->outputs ? 0 : -1;
}

/* Fills in a stream but for its source. */
static int prepare(mp_stream *stream, mp_pool *pool, mp_function *function, size_t input_bytes,
                   size_t output_bytes, const mp_options *options, const char *name)
{
    stream->pool = pool;
    stream->window = choose_window(pool, options);
    stream->given = stream->first_ended = stream->last_ended = -1;
    stream->work.class = &stream_class;
    stream->work.horizon = stream->window;
    int error = mpp_pool_prepare(pool, &stream->work, function, 0, input_bytes, output_bytes,
                                 options, name);
    if (!error && (stream->window < 0 || make_slots(stream, input_bytes, output_bytes))) {
        error = mpp_no_memory(pool->user_comm, name, (size_t)stream->window * input_bytes);
    }
    return error;
}

int mp_pool_imap(mp_pool *pool, mp_function *function, mp_source *source, void *source_state,
                 size_t input_bytes, size_t output_bytes, const mp_options *options,
                 mp_stream **stream)
{
    static const char name[] = "mp_pool_imap";
    if (!source || !stream) {
        return mpp_bad_argument(pool ? pool->user_comm : MPI_COMM_SELF, name, "%s is null",
                                source ? "the stream's address" : "the source");
    }
    *stream = NULL;
    int error = mpp_pool_enter(pool, name, 0);
    if (error) {
        return error;
    }
    mp_stream *made = calloc(1, sizeof *made);
    error = made ? prepare(made, pool, function, input_bytes, output_bytes, options, name)
                 : mpp_no_memory(pool->user_comm, name, sizeof *made);
    if (!error) {
        made->source = source;
        made->source_state = source_state;
        mpp_interrupt_begin();
        mpp_pool_add(pool, &made->work);
        mpp_pool_progress(pool);
        *stream = made;
    } else if (made) {
        destroy(made);
    }
    mpp_pool_leave(pool);
    return error;
}

static int work_is_done(const void *what)
{
    return mpp_work_is_done(what);
}

int mp_stream_free(mp_stream **stream)
{
    if (!stream || !*stream) {
        return MPI_SUCCESS;
    }
    mp_stream *it = *stream;
    int error = mpp_pool_enter(it->pool, "mp_stream_free", 1);
    if (error) {
        return error;
    }
    mpp_work_cancel(&it->work);
    mpp_pool_wait(it->pool, work_is_done, it, MPP_NEVER);
    mpp_pool_remove(it->pool, &it->work);
    mpp_pool_leave(it->pool);
    mpp_interrupt_end();
    destroy(it);
    *stream = NULL;
    return MPI_SUCCESS;
}
