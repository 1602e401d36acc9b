/* SPDX-License-Identifier: BSD-3-Clause */
/* The root's side of the conversation in frame.h, for one worker. */
#include "pool/link.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pool/clock.h"
#include "pool/death.h"
#include "pool/error.h"
#include "pool/pool.h"
#include "pool/replace.h"
#include "pool/wire.h"

static int receive_next(struct mpp_link *link)
{
    return MPI_Irecv(link->frame, MPP_FRAME_BYTES, MPI_BYTE, link->rank, MPP_TAG_FRAME, link->comm,
                     link->receive);
}

/* Says what to begin with. The initializer's argument is shared, or a copy goes along. */
static int greet(struct mpp_link *link, int is_shared)
{
    const mp_pool_options *options = &link->pool->options;
    size_t payload_bytes = is_shared ? 0 : options->argument_bytes;
    struct mpp_hello hello = {.head = mpp_head(MPP_HELLO, payload_bytes),
                              .shared = link->pool->argument.name,
                              .rank = link->number,
                              .cpu_budget = link->pool->cpu_budget};
    hello.has_initializer = options->initializer != NULL;
    hello.has_finalizer = options->finalizer != NULL;
    if (hello.has_initializer) {
        mpp_address_of((mpp_code *)options->initializer, &hello.initializer);
    }
    if (hello.has_finalizer) {
        mpp_address_of((mpp_code *)options->finalizer, &hello.finalizer);
    }
    if (!is_shared) {
        hello.shared.fd = -1;
    }
    return mpp_send_frame(link->comm, link->rank, &hello, sizeof hello, options->argument,
                          payload_bytes, NULL);
}

int mpp_link_open(struct mpp_link *link, struct mp_pool *pool, MPI_Request *receive, MPI_Comm comm,
                  int rank, int number, int is_spawned)
{
    link->pool = pool;
    link->receive = receive;
    link->comm = comm;
    link->rank = rank;
    link->number = number;
    link->is_spawned = is_spawned;
    link->state = MPP_LINK_STARTING;
    link->ready_error = -1;
    link->pid = 0;
    link->is_overdue = 0;
    link->is_stopped = 0;
    link->definition_count = 0;
    link->done_count = 0;
    int error = greet(link, pool->argument.name.fd >= 0);
    return error ? error : receive_next(link);
}

static struct mpp_sent *sent_at(struct mpp_link *link, int place)
{
    return &link->chunks[(link->chunk_first + place) % MPP_LINK_CHUNKS];
}

/* How many tasks it may have before it is replaced by a new process; 0: as many as it likes. */
static int64_t lifetime_left(const struct mpp_link *link)
{
    int64_t lifetime = link->pool->options.tasks_per_worker;
    return lifetime ? lifetime - link->done_count - link->under_way : INT64_MAX;
}

/* ---- death ---- */

/* The inputs of a chunk whose worker is gone: the send ends with an error, or is of no use. */
static void forget_payload(struct mpp_sent *sent)
{
    if (sent->payload != MPI_REQUEST_NULL) {
        MPI_Cancel(&sent->payload);
        MPI_Wait(&sent->payload, MPI_STATUS_IGNORE);
    }
}

static void fill_in_failure(const struct mpp_link *link, mp_failure *failure)
{
    *failure = (mp_failure){.rank = link->number};
    if (link->is_overdue) {
        failure->error = MP_ERR_TIMEOUT;
        failure->signal = SIGKILL;
        snprintf(failure->text, sizeof failure->text,
                 "took longer than its time limit; worker %d was ended", link->number);
    } else {
        char how[64];
        struct mpp_death death = mpp_death_of(link->comm, link->rank);
        failure->error = MP_ERR_PEER_DIED;
        failure->signal = death.signal;
        snprintf(failure->text, sizeof failure->text, "worker %d %s while it ran this task",
                 link->number, mpp_death_describe(&death, how, sizeof how));
    }
}

/* A new process that was to take a dead worker's place has died in its start: so might the next. */
static void give_up_start(struct mpp_link *link)
{
    char how[64];
    char why[128];
    struct mpp_death death = mpp_death_of(link->comm, link->rank);
    snprintf(why, sizeof why, "the new process %s in its start",
             mpp_death_describe(&death, how, sizeof how));
    mpp_go_without(link, why);
}

/* The worker is gone: its tasks go back, and another takes its place where that can be. */
static void lose(struct mpp_link *link)
{
    enum mpp_link_state before = link->state;
    link->state = MPP_LINK_GONE;
    /* What ran when the pool was interrupted or terminated is cancelled, not
     * the worker's failure. */
    int is_ended = link->pool->is_interrupted || link->pool->is_terminated;
    mp_failure failure;
    fill_in_failure(link, &failure);
    for (int i = 0; i < link->chunk_count; i++) {
        struct mpp_sent *sent = sent_at(link, i);
        forget_payload(sent);
        mpp_work_lose(&sent->chunk, i == 0 && !is_ended ? &failure : NULL);
    }
    link->chunk_count = 0;
    link->under_way = 0;
    if (!link->pool->is_made) {
        link->ready_error = MP_ERROR_PEER_DIED;
    } else if (before == MPP_LINK_STARTING && !is_ended) {
        give_up_start(link);
    } else if (before == MPP_LINK_READY || lifetime_left(link) <= 0) {
        mpp_replace(link);
    }
}

int mpp_link_kill(struct mpp_link *link)
{
    return link->pid > 0 && link->state != MPP_LINK_GONE && !kill((pid_t)link->pid, SIGKILL);
}

void mpp_link_check_time(struct mpp_link *link, uint64_t now_ns)
{
    if (link->state != MPP_LINK_READY || !link->chunk_count || link->is_overdue) {
        return;
    }
    const struct mpp_chunk *chunk = &sent_at(link, 0)->chunk;
    double limit_s = chunk->work->options.time_limit * (double)chunk->count;
    if (limit_s > 0 && (double)(now_ns - link->busy_since_ns) > limit_s * 1e9) {
        link->is_overdue = mpp_link_kill(link);
    }
}

/* ---- giving ---- */

static int tell_definitions(struct mpp_link *link, int needed)
{
    const struct mpp_definition *definitions = (const void *)link->pool->definitions.bytes;
    while (link->definition_count <= needed) {
        const struct mpp_definition *definition = &definitions[link->definition_count];
        struct mpp_define define = {.head = mpp_head(MPP_DEFINE, 0),
                                    .function = definition->address,
                                    .output_bytes = definition->output_bytes,
                                    .stop_on_failure = definition->stop_on_failure};
        int error = mpp_send_frame(link->comm, link->rank, &define, sizeof define, NULL, 0, NULL);
        if (error) {
            return error;
        }
        link->definition_count++;
    }
    return MPI_SUCCESS;
}

/* Sends a chunk that is already in the ring of those under way. Returns MPI's error. */
static int send_chunk(struct mpp_link *link, struct mpp_sent *sent, const void *inputs)
{
    const struct mpp_chunk *chunk = &sent->chunk;
    struct mpp_work *work = chunk->work;
    int error = tell_definitions(link, work->definition);
    size_t bytes = (size_t)chunk->count * work->input_bytes;
    struct mpp_chunk_frame frame = {.head = mpp_head(MPP_CHUNK, bytes),
                                    .first = chunk->first,
                                    .count = (uint32_t)chunk->count,
                                    .attempt = (uint32_t)chunk->attempt};
    frame.head.definition = (uint32_t)work->definition;
    return error ? error
                 : mpp_send_frame(link->comm, link->rank, &frame, sizeof frame, inputs, bytes,
                                  &sent->payload);
}

static void give_chunk(struct mpp_link *link, const struct mpp_chunk *chunk)
{
    struct mpp_sent *sent = sent_at(link, link->chunk_count);
    struct mpp_work *work = chunk->work;
    const void *inputs = work->class->inputs(work, chunk->first, chunk->count, &sent->scratch);
    if (!inputs) {
        mpp_work_refuse(chunk, link->number);
        return;
    }
    sent->chunk = *chunk;
    sent->payload = MPI_REQUEST_NULL;
    if (!link->chunk_count) {
        link->busy_since_ns = mpp_now_ns();
    }
    link->chunk_count++;
    link->under_way += chunk->count;
    if (send_chunk(link, sent, inputs)) {
        /* It died, which its receive will tell as well: then everything that it has goes back. */
        mpp_link_kill(link);
    }
}

int mpp_link_feed(struct mpp_link *link)
{
    int fed = 0;
    while (link->state == MPP_LINK_READY && link->chunk_count < MPP_LINK_CHUNKS) {
        int64_t lifetime = lifetime_left(link);
        struct mpp_share share = {.workers = link->pool->worker_count,
                                  .done_count = link->done_count + link->under_way,
                                  .limit = lifetime,
                                  .under_way = link->under_way,
                                  .chunks_under_way = link->chunk_count,
                                  .chunks_max = MPP_LINK_CHUNKS};
        struct mpp_chunk chunk;
        if (lifetime <= 0 || !mpp_pool_take(link->pool, &share, &chunk)) {
            break;
        }
        give_chunk(link, &chunk);
        fed = 1;
    }
    return fed;
}

void mpp_link_stop(struct mpp_link *link)
{
    if (link->chunk_count && link->state == MPP_LINK_READY && !link->is_stopped) {
        link->is_stopped = 1;
        mpp_send_bytes(link->comm, link->rank, MPP_TAG_STOP, NULL, 0);
    }
}

void mpp_link_end(struct mpp_link *link)
{
    struct mpp_end end = {.head = mpp_head(MPP_END, 0), .was_stopped = link->is_stopped};
    link->state = MPP_LINK_ENDING;
    mpp_send_frame(link->comm, link->rank, &end, sizeof end, NULL, 0, NULL);
}

/* ---- taking ---- */

static int take_failures(struct mpp_link *link, struct mpp_outcome *outcome,
                         struct mpp_buffer *failures)
{
    if (!outcome->failure_count) {
        return MPI_SUCCESS;
    }
    size_t bytes = (size_t)outcome->failure_count * sizeof(mp_failure);
    if (!mpp_buffer_reserve(failures, bytes)) {
        return MPI_ERR_NO_MEM;
    }
    int error = mpp_recv_bytes(link->comm, link->rank, MPP_TAG_FAILURES, failures->bytes, bytes);
    outcome->failures = (const mp_failure *)failures->bytes;
    return error;
}

/* Receives a result's outputs to where they belong. Without memory for them, *has_room is 0. */
static int take_outputs(struct mpp_link *link, const struct mpp_chunk *chunk, size_t bytes,
                        struct mpp_outcome *outcome, int *has_room)
{
    struct mpp_work *work = chunk->work;
    int is_variable = work->output_bytes == MP_VARIABLE;
    int is_inside = mpp_is_inline(sizeof(struct mpp_result_frame), bytes);
    char *place = !is_variable ? work->class->outputs(work, chunk->first)
                  : is_inside  ? NULL
                               : mpp_buffer_reserve(&link->scratch, bytes);
    *has_room = place || is_inside;
    if (!*has_room) {
        return mpp_drop_payload(link->comm, link->rank);
    }
    const void *payload = NULL;
    int error = mpp_recv_payload(link->comm, link->rank, link->frame,
                                 sizeof(struct mpp_result_frame), bytes, place, &payload);
    if (error) {
        return error;
    }
    outcome->returned = payload;
    if (!is_variable && payload != place && bytes) {
        memcpy(place, payload, bytes);
    }
    return MPI_SUCCESS;
}

/* The worker has no more to do with the first of its chunks. Returns MPI's error. */
static int take_off(struct mpp_link *link)
{
    struct mpp_sent *sent = sent_at(link, 0);
    int error = MPI_Wait(&sent->payload, MPI_STATUS_IGNORE);
    if (!error) {
        link->chunk_first = (link->chunk_first + 1) % MPP_LINK_CHUNKS;
        link->chunk_count--;
        link->under_way -= sent->chunk.count;
        link->done_count += sent->chunk.count;
        link->busy_since_ns = mpp_now_ns();
    }
    return error;
}

static int take_result(struct mpp_link *link)
{
    struct mpp_chunk chunk = sent_at(link, 0)->chunk;
    struct mpp_result_frame result;
    struct mpp_buffer failures = {0};
    int has_room = 1;
    memcpy(&result, link->frame, sizeof result);
    struct mpp_outcome outcome = {.begun_count = result.begun_count,
                                  .elapsed_ns = result.elapsed_ns,
                                  .failure_count = result.failure_count};
    int error = take_outputs(link, &chunk, mpp_payload_bytes(&result.head), &outcome, &has_room);
    if (!error) {
        error = take_failures(link, &outcome, &failures);
    }
    if (!error) {
        error = take_off(link);
    }
    if (!error && has_room) {
        mpp_work_finish(&chunk, &outcome);
    } else if (!error) {
        mpp_work_refuse(&chunk, 0);
    }
    mpp_buffer_free(&failures);
    return error;
}

static int take_refusal(struct mpp_link *link)
{
    struct mpp_chunk chunk = sent_at(link, 0)->chunk;
    int error = take_off(link);
    if (!error) {
        mpp_work_refuse(&chunk, link->number);
    }
    return error;
}

/* A new process that was to take a dead worker's place is not fit to. */
static void turn_away(struct mpp_link *link)
{
    char why[128] = "the new process runs another binary";
    if (link->ready_error == MP_ERROR_TASK) {
        snprintf(why, sizeof why, "the initializer returned %d in the new process",
                 link->ready_code);
    } else if (link->ready_error == MPP_READY_NO_MEMORY) {
        snprintf(why, sizeof why, "the new process has no memory for the initializer's argument");
    }
    mpp_link_end(link);
    mpp_go_without(link, why);
}

static void take_ready(struct mpp_link *link)
{
    struct mpp_ready ready;
    memcpy(&ready, link->frame, sizeof ready);
    char host[sizeof ready.host] = "";
    gethostname(host, sizeof host - 1);
    link->pid = strcmp(host, ready.host) ? 0 : ready.pid;
    link->ready_error = ready.error;
    link->ready_code = ready.code;
    if (link->state == MPP_LINK_STARTING) {
        link->state = MPP_LINK_READY;
        if (link->ready_error >= 0 && link->pool->is_made) {
            turn_away(link);
        }
    }
}

/* The worker has run as many tasks as a process may: another one takes its place. */
static void renew_when_worn(struct mpp_link *link)
{
    if (link->state == MPP_LINK_READY && lifetime_left(link) <= 0 && !link->chunk_count) {
        mpp_link_end(link);
    }
}

void mpp_link_take(struct mpp_link *link, int error)
{
    const struct mpp_head *head = (const void *)link->frame;
    if (!error && head->kind == MPP_BYE) {
        link->state = MPP_LINK_GONE;
        if (lifetime_left(link) <= 0) {
            mpp_replace(link);
        }
        return;
    }
    if (!error && head->kind == MPP_READY) {
        take_ready(link);
    } else if (!error && head->kind == MPP_COPY) {
        error = greet(link, 0);
    } else if (!error && head->kind == MPP_REFUSAL) {
        error = take_refusal(link);
    } else if (!error) {
        error = take_result(link);
    }
    if (!error) {
        renew_when_worn(link);
        error = receive_next(link);
    }
    if (error) {
        mpp_link_kill(link);
        lose(link);
    }
}

void mpp_link_free(struct mpp_link *link)
{
    for (int i = 0; i < MPP_LINK_CHUNKS; i++) {
        mpp_buffer_free(&link->chunks[i].scratch);
    }
    mpp_buffer_free(&link->scratch);
    if (link->is_spawned && link->comm != MPI_COMM_NULL) {
        MPI_Comm_free(&link->comm);
    }
}
