/* SPDX-License-Identifier: BSD-3-Clause */
/* Traffic through the I/O engine, over both siblings: no byte is lost, none comes twice. */
#include <errno.h>
#include <string.h>

#include "tests/unit/base/engine_probe.h"

/* A megabyte through a pipe, both ends on the engine, the writer resubmitting from its callback. */
struct stream {
    struct mpr_engine_op op;
    int fd;
    char *bytes;
    size_t done_bytes;
    size_t total_bytes;
    int error;
};

static void stream_read(struct mpr_engine_op *op, int result)
{
    struct stream *stream = (struct stream *)op;

    if (result <= 0) {
        stream->error = result < 0 ? result : -EPIPE;
        return;
    }
    stream->done_bytes += (size_t)result;
    if (stream->done_bytes < stream->total_bytes) {
        mpr_engine_read(engine, op, stream->fd, stream->bytes + stream->done_bytes,
                        stream->total_bytes - stream->done_bytes);
    }
}

static void stream_write(struct mpr_engine_op *op, int result)
{
    struct stream *stream = (struct stream *)op;

    if (result <= 0) {
        stream->error = result < 0 ? result : -EPIPE;
        return;
    }
    stream->done_bytes += (size_t)result;
    if (stream->done_bytes < stream->total_bytes) {
        mpr_engine_write(engine, op, stream->fd, stream->bytes + stream->done_bytes,
                         stream->total_bytes - stream->done_bytes);
    }
}

static void check_stream(int flags)
{
    enum { total_bytes = 1 << 20 };
    int fds[2];
    char *source = malloc(total_bytes), *target = malloc(total_bytes);

    for (int i = 0; i < total_bytes; i++) {
        source[i] = (char)(i * 7 + i / 251);
    }
    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(fds, flags);
    struct stream in = {
        .op.complete = stream_read, .fd = fds[0], .bytes = target, .total_bytes = total_bytes};
    struct stream out = {
        .op.complete = stream_write, .fd = fds[1], .bytes = source, .total_bytes = total_bytes};
    mpr_engine_write(engine, &out.op, out.fd, source, total_bytes);
    mpr_engine_read(engine, &in.op, in.fd, target, total_bytes);
    for (int i = 0; i < 10000 && in.done_bytes < total_bytes; i++) {
        if (mpr_engine_run(engine, 1000 * MS, 4) <= 0 && (in.error || out.error)) {
            break;
        }
    }
    CU_ASSERT_EQUAL(in.error, 0);
    CU_ASSERT_EQUAL(out.error, 0);
    CU_ASSERT_EQUAL(in.done_bytes, total_bytes);
    CU_ASSERT_EQUAL(memcmp(source, target, total_bytes), 0);
    tear_down();
    close_pipe(fds);
    free(source);
    free(target);
}

static void test_stream_blocking(void)
{
    check_stream(0);
}

static void test_stream_nonblocking(void)
{
    check_stream(O_NONBLOCK);
}

struct lane {
    struct mpr_engine_op op;
    int fds[2];
    char buffer[600];
    uint32_t sent, received; // running byte counters; a byte's value is its number
    int completed_count, submitted_count;
};

static int wrong_bytes;

static void lane_complete(struct mpr_engine_op *op, int result)
{
    struct lane *lane = (struct lane *)op;

    lane->completed_count++;
    for (int i = 0; i < result; i++) {
        wrong_bytes += lane->buffer[i] != (char)lane->received++;
    }
    if (result <= 0 && result != -ECANCELED) {
        wrong_bytes++;
    }
}

/* Reads, writes and cancels in random order: no byte is lost, none comes twice. */
static void test_random_traffic(void)
{
    enum { lanes_count = 8, steps = 20000 };
    static struct lane lanes[lanes_count];
    unsigned seed = 20;
    char chunk[700];

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    memset(lanes, 0, sizeof(lanes));
    wrong_bytes = 0;
    for (int i = 0; i < lanes_count; i++) {
        lanes[i].op.complete = lane_complete;
        make_pipe(lanes[i].fds, O_NONBLOCK);
        if (i % 2 == 0) {
            fcntl(lanes[i].fds[0], F_SETFL, 0);
        }
    }
    for (int step = 0; step < steps; step++) {
        struct lane *lane = &lanes[rand_r(&seed) % lanes_count];
        unsigned dice = (unsigned)rand_r(&seed) % 100;
        if (dice < 40) {
            size_t length = 1 + (size_t)rand_r(&seed) % sizeof(chunk);
            for (size_t i = 0; i < length; i++) {
                chunk[i] = (char)(lane->sent + i);
            }
            ssize_t moved = write(lane->fds[1], chunk, length);
            lane->sent += moved > 0 ? (uint32_t)moved : 0;
        } else if (dice < 80 && !mpr_engine_op_is_active(&lane->op)) {
            lane->submitted_count++;
            mpr_engine_read(engine, &lane->op, lane->fds[0], lane->buffer, sizeof(lane->buffer));
        } else if (dice < 85 && mpr_engine_op_is_active(&lane->op)) {
            mpr_engine_cancel(engine, &lane->op);
        } else {
            mpr_engine_run(engine, 0, 1 + (int)dice % 4);
        }
    }
    tear_down();
    for (int i = 0; i < lanes_count; i++) {
        struct lane *lane = &lanes[i];
        ssize_t moved;
        CU_ASSERT_EQUAL(lane->completed_count, lane->submitted_count);
        fcntl(lane->fds[0], F_SETFL, O_NONBLOCK);
        while ((moved = read(lane->fds[0], lane->buffer, sizeof(lane->buffer))) > 0) {
            lane_complete(&lane->op, (int)moved);
        }
        CU_ASSERT_EQUAL(lane->received, lane->sent);
        CU_ASSERT_TRUE(lane->sent > 10000);
        close_pipe(lane->fds);
    }
    CU_ASSERT_EQUAL(wrong_bytes, 0);
}

int main(void)
{
    static const CU_TestInfo tests[] = {
        {"a stream through a pipe", test_stream_blocking},
        {"a stream through a pipe, non-blocking", test_stream_nonblocking},
        {"random traffic", test_random_traffic},
        CU_TEST_INFO_NULL,
    };

    return run_over_siblings(tests);
}
