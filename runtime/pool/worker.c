/* SPDX-License-Identifier: BSD-3-Clause */
/* A remote worker: takes frames from the root one after the other, runs the tasks in them, and
 * answers in the same order. It waits in a receive, and so sleeps when there is nothing to do. */
#include "pool/worker.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pool/buffer.h"
#include "pool/clock.h"
#include "pool/cpu.h"
#include "pool/error.h"
#include "pool/frame.h"
#include "pool/link.h"
#include "pool/task.h"
#include "pool/wire.h"

/* How often to look whether to stop: where tasks are tiny, hardly ever. */
static const uint64_t look_ns = 1000000;

struct definition {
    mp_function *function;
    size_t output_bytes;
    int stop_on_failure;
};

struct worker {
    MPI_Comm comm;
    int root;
    int rank;
    int is_stopped;        /* what it has of tasks is not to be begun */
    uint64_t looked_at_ns; /* when it last looked whether it is to stop */
    mp_finalizer *finalizer;
    void *state;
    struct mpp_shared shared;      /* the initializer's argument, when it is shared; else in: */
    struct mpp_buffer argument;
    struct mpp_buffer definitions; /* struct definition, by number */
    struct mpp_buffer inputs;      /* payloads that do not fit into a frame */
    struct mpp_buffer outputs;
    char frame[MPP_FRAME_BYTES] __attribute__((aligned(16)));
};

/* The payload of the frame at hand; null without memory for it. Returns 0, or an MPI error. */
static int take_payload(struct worker *worker, size_t head_bytes, const void **payload)
{
    const struct mpp_head *head = (const void *)worker->frame;
    size_t bytes = mpp_payload_bytes(head);
    if (!mpp_is_inline(head_bytes, bytes) && !mpp_buffer_reserve(&worker->inputs, bytes)) {
        *payload = NULL;
        return mpp_drop_payload(worker->comm, worker->root);
    }
    return mpp_recv_payload(worker->comm, worker->root, worker->frame, head_bytes, bytes,
                            worker->inputs.bytes, payload);
}

static int say_ready(struct worker *worker, int error, int code)
{
    struct mpp_ready ready = {.head = mpp_head(MPP_READY, 0),
                              .pid = getpid(),
                              .error = error,
                              .code = code};
    gethostname(ready.host, sizeof ready.host - 1);
    return mpp_send_frame(worker->comm, worker->root, &ready, sizeof ready, NULL, 0, NULL);
}

static int say_bye(struct worker *worker)
{
    struct mpp_head bye = mpp_head(MPP_BYE, 0);
    return mpp_send_frame(worker->comm, worker->root, &bye, sizeof bye, NULL, 0, NULL);
}

static int ask_for_copy(struct worker *worker)
{
    struct mpp_head copy = mpp_head(MPP_COPY, 0);
    return mpp_send_frame(worker->comm, worker->root, &copy, sizeof copy, NULL, 0, NULL);
}

/* Receives the copy of an argument, and keeps it as long as the pool lasts. */
static int take_copy(struct worker *worker, char *place, size_t bytes)
{
    const void *argument = NULL;
    int error = mpp_recv_payload(worker->comm, worker->root, worker->frame,
                                 sizeof(struct mpp_hello), bytes, place, &argument);
    if (!error && argument != place) {
        memcpy(place, argument, bytes);
    }
    return error;
}

static int begin(struct worker *worker, const void *argument)
{
    struct mpp_hello hello;
    memcpy(&hello, worker->frame, sizeof hello);
    worker->rank = hello.rank;
    mpp_cpu_set_budget(hello.cpu_budget);
    int kind = -1;
    int code = 0;
    if (hello.has_finalizer) {
        worker->finalizer = (mp_finalizer *)mpp_address_find(hello.finalizer);
        kind = worker->finalizer ? kind : MP_ERROR_BINARY;
    }
    if (hello.has_initializer && kind < 0) {
        mp_initializer *initializer = (mp_initializer *)mpp_address_find(hello.initializer);
        if (initializer) {
            code = initializer(argument, hello.shared.bytes, &worker->state);
            kind = code ? MP_ERROR_TASK : kind;
        } else {
            kind = MP_ERROR_BINARY;
        }
    }
    if (kind >= 0) {
        worker->finalizer = NULL;
    }
    return say_ready(worker, kind, code);
}

/* Without memory for the argument. */
static int refuse_hello(struct worker *worker, size_t bytes)
{
    int error = mpp_is_inline(sizeof(struct mpp_hello), bytes)
                    ? MPI_SUCCESS
                    : mpp_drop_payload(worker->comm, worker->root);
    return error ? error : say_ready(worker, MPP_READY_NO_MEMORY, 0);
}

static int take_hello(struct worker *worker)
{
    struct mpp_hello hello;
    memcpy(&hello, worker->frame, sizeof hello);
    if (hello.shared.fd >= 0) {
        return mpp_shared_open(&worker->shared, &hello.shared)
                   ? ask_for_copy(worker)
                   : begin(worker, worker->shared.bytes);
    }
    char *place = mpp_buffer_reserve(&worker->argument, hello.shared.bytes);
    if (!place) {
        return refuse_hello(worker, hello.shared.bytes);
    }
    int error = take_copy(worker, place, hello.shared.bytes);
    return error ? error : begin(worker, place);
}

static int take_define(struct worker *worker)
{
    struct mpp_define define;
    memcpy(&define, worker->frame, sizeof define);
    struct definition *definition = mpp_buffer_reserve(&worker->definitions, sizeof *definition);
    if (!definition) {
        return MPI_ERR_NO_MEM;
    }
    definition->function = (mp_function *)mpp_address_find(define.function);
    definition->output_bytes = define.output_bytes;
    definition->stop_on_failure = define.stop_on_failure;
    worker->definitions.used += sizeof *definition;
    return MPI_SUCCESS;
}

/* Stands in for a function that this process does not have: the task fails and says why. */
static int missing_function(const void *input, void *output, mp_task *task)
{
    (void)input;
    (void)output;
    return mp_task_fail(
        task, 1,
        "rank %d runs another binary, which does not have this task's function; start "
        "the same program everywhere",
        mp_task_rank(task));
}

static int send_result(struct worker *worker, const struct mpp_run *run, uint64_t elapsed_ns)
{
    int is_variable = run->output_bytes == MP_VARIABLE;
    const void *payload = is_variable ? run->returned.bytes : run->outputs;
    size_t bytes = is_variable ? run->returned.used : (size_t)run->begun_count * run->output_bytes;
    struct mpp_result_frame result = {.head = mpp_head(MPP_RESULT, bytes),
                                      .elapsed_ns = elapsed_ns,
                                      .begun_count = (uint32_t)run->begun_count,
                                      .failure_count = (uint32_t)mpp_run_failure_count(run)};
    int error =
        mpp_send_frame(worker->comm, worker->root, &result, sizeof result, payload, bytes, NULL);
    if (!error && result.failure_count) {
        error = mpp_send_bytes(worker->comm, worker->root, MPP_TAG_FAILURES, run->failures.bytes,
                               run->failures.used);
    }
    return error;
}

static int take_stop(struct worker *worker)
{
    worker->is_stopped = 1;
    return mpp_recv_bytes(worker->comm, worker->root, MPP_TAG_STOP, NULL, 0);
}

/* Looks, now and then, whether the root has said to stop. An MPI may take in only one message with
 * each look, and those of the chunks in hand came before. */
static int look_for_stop(struct worker *worker, uint64_t now_ns)
{
    int has_come = 0;
    int error = MPI_SUCCESS;
    if (worker->is_stopped || now_ns - worker->looked_at_ns < look_ns) {
        return MPI_SUCCESS;
    }
    worker->looked_at_ns = now_ns;
    for (int i = 0; i < MPP_LINK_CHUNKS && !error && !has_come; i++) {
        error = MPI_Iprobe(worker->root, MPP_TAG_STOP, worker->comm, &has_come, MPI_STATUS_IGNORE);
    }
    return !error && has_come ? take_stop(worker) : error;
}

/* The stop, if there was one and it has not been seen, must not stay behind. */
static int take_end(struct worker *worker, int *has_ended)
{
    struct mpp_end end;
    memcpy(&end, worker->frame, sizeof end);
    int error = end.was_stopped && !worker->is_stopped ? take_stop(worker) : MPI_SUCCESS;
    *has_ended = 1;
    return error ? error : say_bye(worker);
}

/* The worker stays: the next chunk may be smaller. */
static int refuse_chunk(struct worker *worker)
{
    struct mpp_head refusal = mpp_head(MPP_REFUSAL, 0);
    return mpp_send_frame(worker->comm, worker->root, &refusal, sizeof refusal, NULL, 0, NULL);
}

static int take_chunk(struct worker *worker)
{
    struct mpp_chunk_frame chunk;
    const void *inputs = NULL;
    int error = take_payload(worker, sizeof chunk, &inputs);
    if (error || !inputs) {
        return error ? error : refuse_chunk(worker);
    }
    memcpy(&chunk, worker->frame, sizeof chunk);
    const struct definition *definition =
        (const struct definition *)worker->definitions.bytes + chunk.head.definition;
    struct mpp_run run = {
        .function = definition->function ? definition->function : missing_function,
        .failure_kind = definition->function ? MP_ERROR_TASK : MP_ERROR_BINARY,
        .first = chunk.first,
        .count = chunk.count,
        .attempt = (int)chunk.attempt,
        .rank = worker->rank,
        .state = worker->state,
        .inputs = inputs,
        .input_bytes = mpp_payload_bytes(&chunk.head) / chunk.count,
        .output_bytes = definition->output_bytes,
        .stop_on_failure = definition->stop_on_failure,
    };
    if (run.output_bytes != MP_VARIABLE) {
        run.outputs = mpp_buffer_reserve(&worker->outputs, chunk.count * run.output_bytes);
        if (!run.outputs) {
            return refuse_chunk(worker);
        }
    }
    uint64_t begin_ns = mpp_now_ns();
    error = look_for_stop(worker, begin_ns);
    if (error) {
        return error;
    }
    run.count = worker->is_stopped ? 0 : run.count;
    mpp_run(&run);
    error = run.no_memory ? refuse_chunk(worker)
                          : send_result(worker, &run, mpp_now_ns() - begin_ns);
    mpp_run_free(&run);
    return error;
}

/* One frame. Sets *has_ended at the pool's end. */
static int serve_frame(struct worker *worker, int *has_ended)
{
    int error = MPI_Recv(worker->frame, MPP_FRAME_BYTES, MPI_BYTE, worker->root, MPP_TAG_FRAME,
                         worker->comm, MPI_STATUS_IGNORE);
    if (error) {
        return error;
    }
    const struct mpp_head *head = (const void *)worker->frame;
    switch (head->kind) {
    case MPP_HELLO:
        return take_hello(worker);
    case MPP_DEFINE:
        return take_define(worker);
    case MPP_CHUNK:
        return take_chunk(worker);
    default:
        return take_end(worker, has_ended);
    }
}

int mpp_worker_serve(MPI_Comm comm, int root)
{
    struct worker worker = {.comm = comm, .root = root, .shared = {.name = {.fd = -1}}};
    /* An interrupt from the terminal reaches every process; the root's decides. */
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    struct sigaction before;
    sigaction(SIGINT, &ignored, &before);
    int budget_before = mpp_cpu_set_budget(0);
    int has_ended = 0;
    int error = MPI_SUCCESS;
    while (!error && !has_ended) {
        error = serve_frame(&worker, &has_ended);
    }
    if (worker.finalizer) {
        worker.finalizer(worker.state);
    }
    mpp_cpu_set_budget(budget_before);
    sigaction(SIGINT, &before, NULL);
    mpp_shared_free(&worker.shared);
    mpp_buffer_free(&worker.argument);
    mpp_buffer_free(&worker.definitions);
    mpp_buffer_free(&worker.inputs);
    mpp_buffer_free(&worker.outputs);
    return error;
}
