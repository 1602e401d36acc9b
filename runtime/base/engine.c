/* SPDX-License-Identifier: BSD-3-Clause */
/* Chooses the engine's sibling and does what both have in common: filling operations in, and
 * calling back. */
#include "base/engine.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>

#include "base/clock.h"
#include "base/engine_driver.h"

#define NS_PER_S UINT64_C(1000000000)

int mpr_engine_create(struct mpr_engine **engine, enum mpr_engine_choice kind, unsigned capacity)
{
    if (kind != MPR_ENGINE_SYNC) {
        int error = mpr_engine_uring_create(engine, capacity);
        // Containers forbid io_uring in many ways (EPERM, ENOSYS, ENOMEM); all mean the same to us.
        if (error == 0 || kind == MPR_ENGINE_URING) {
            return error;
        }
    }
    return mpr_engine_sync_create(engine, capacity);
}

void mpr_engine_destroy(struct mpr_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    while (engine->in_flight_count > 0) {
        engine->driver->cancel_all(engine);
        mpr_engine_run(engine, MPR_ENGINE_FOREVER, INT_MAX);
    }
    engine->driver->destroy(engine);
}

enum mpr_engine_choice mpr_engine_kind(const struct mpr_engine *engine)
{
    return engine->driver->kind;
}

static void submit(struct mpr_engine *engine, struct mpr_engine_op *op, enum mpr_engine_code code)
{
    assert(op->complete != NULL && op->state == MPR_ENGINE_OP_IDLE);
    op->code = (uint8_t)code;
    op->cancelled = 0;
    op->polls_first = 0;
    engine->in_flight_count++;
    engine->driver->start(engine, op);
}

static void submit_transfer(struct mpr_engine *engine, struct mpr_engine_op *op,
                            enum mpr_engine_code code, int fd, void *buffer, size_t length_bytes)
{
    op->fd = fd;
    op->buffer = buffer;
    op->length_bytes = length_bytes < INT_MAX ? length_bytes : INT_MAX;
    submit(engine, op, code);
}

void mpr_engine_read(struct mpr_engine *engine, struct mpr_engine_op *op, int fd, void *buffer,
                     size_t length_bytes)
{
    submit_transfer(engine, op, MPR_ENGINE_READ, fd, buffer, length_bytes);
}

void mpr_engine_write(struct mpr_engine *engine, struct mpr_engine_op *op, int fd,
                      const void *buffer, size_t length_bytes)
{
    submit_transfer(engine, op, MPR_ENGINE_WRITE, fd, (void *)buffer, length_bytes);
}

void mpr_engine_poll(struct mpr_engine *engine, struct mpr_engine_op *op, int fd, short events)
{
    op->fd = fd;
    op->events = events;
    submit(engine, op, MPR_ENGINE_POLL);
}

void mpr_engine_timer(struct mpr_engine *engine, struct mpr_engine_op *op, uint64_t delay_ns)
{
    uint64_t now_ns = mpr_clock_ns();
    uint64_t limit_ns = (uint64_t)INT64_MAX - now_ns;

    mpr_engine_timer_at(engine, op, now_ns + (delay_ns < limit_ns ? delay_ns : limit_ns));
}

void mpr_engine_timer_at(struct mpr_engine *engine, struct mpr_engine_op *op, uint64_t deadline_ns)
{
    op->deadline.tv_sec = (int64_t)(deadline_ns / NS_PER_S);
    op->deadline.tv_nsec = (long long)(deadline_ns % NS_PER_S);
    submit(engine, op, MPR_ENGINE_TIMER);
}

void mpr_engine_cancel(struct mpr_engine *engine, struct mpr_engine_op *op)
{
    assert(op->state != MPR_ENGINE_OP_IDLE);
    if (op->state == MPR_ENGINE_OP_DONE || op->cancelled) {
        return;
    }
    op->cancelled = 1;
    engine->driver->cancel(engine, op);
}

bool mpr_engine_op_is_active(const struct mpr_engine_op *op)
{
    return op->state != MPR_ENGINE_OP_IDLE;
}

int mpr_engine_run(struct mpr_engine *engine, int64_t wait_ns, int completions_max)
{
    assert(completions_max > 0);
    if (!mpr_list_is_empty(&engine->done)) {
        wait_ns = 0;
    }

    int error = engine->driver->gather(engine, wait_ns, completions_max);
    int completions = 0;

    while (completions < completions_max && !mpr_list_is_empty(&engine->done)) {
        struct mpr_engine_op *op = mpr_engine_op_of(engine->done.next);
        mpr_list_remove(&op->link);
        op->state = MPR_ENGINE_OP_IDLE;
        engine->in_flight_count--;
        completions++;
        op->complete(op, op->result);
    }
    return completions > 0 ? completions : error;
}

void mpr_engine_init(struct mpr_engine *engine, const struct mpr_engine_driver *driver)
{
    engine->driver = driver;
    engine->in_flight_count = 0;
    mpr_list_init(&engine->done);
}

void mpr_engine_finish(struct mpr_engine *engine, struct mpr_engine_op *op, int result)
{
    mpr_list_remove(&op->link);
    op->state = MPR_ENGINE_OP_DONE;
    op->result = result;
    mpr_list_append(&engine->done, &op->link);
}
