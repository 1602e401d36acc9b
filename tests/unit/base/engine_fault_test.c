/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of the I/O engine where system calls and allocations fail, by the linker's --wrap. */
#include <errno.h>
#include <liburing.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "tests/unit/base/engine_probe.h"

// --- Faults: each, when set, makes the next calls fail ----------------------------------------

static struct {
    int queue_init_error;   // what io_uring_queue_init returns
    int submit_error;       // what io_uring_submit and its kin return,
    int submit_error_count; //   so many times
    int completion_error;   // what takes the place of the next completion's result
    int ppoll_errno, ppoll_errno_count;
    int read_errno, read_errno_count;
    int write_errno, write_errno_count;
    int malloc_fails;
} fault;

int __real_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags);
int __real_io_uring_submit(struct io_uring *ring);
int __wrap_io_uring_submit(struct io_uring *ring);
int __real_io_uring_submit_and_wait(struct io_uring *ring, unsigned count);
int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned count);
int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
                 const sigset_t *set);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
                 const sigset_t *set);
ssize_t __real_read(int fd, void *buffer, size_t length_bytes);
ssize_t __wrap_read(int fd, void *buffer, size_t length_bytes);
ssize_t __real_write(int fd, const void *buffer, size_t length_bytes);
ssize_t __wrap_write(int fd, const void *buffer, size_t length_bytes);
void *__real_malloc(size_t length_bytes);
void *__wrap_malloc(size_t length_bytes);
void *__real_calloc(size_t count, size_t length_bytes);
void *__wrap_calloc(size_t count, size_t length_bytes);

int __wrap_io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
    return fault.queue_init_error ? fault.queue_init_error
                                  : __real_io_uring_queue_init(entries, ring, flags);
}

static int last_opcode;

int __wrap_io_uring_submit(struct io_uring *ring)
{
    struct io_uring_cqe *cqe;

    if (fault.submit_error_count-- > 0) {
        return fault.submit_error;
    }
    last_opcode = ring->sq.sqes[(ring->sq.sqe_tail - 1) & *ring->sq.kring_mask].opcode;
    int result = __real_io_uring_submit(ring);
    if (fault.completion_error != 0 && io_uring_peek_cqe(ring, &cqe) == 0) {
        cqe->res = fault.completion_error;
        fault.completion_error = 0;
    }
    return result;
}

int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned count)
{
    return fault.submit_error_count-- > 0 ? fault.submit_error
                                          : __real_io_uring_submit_and_wait(ring, count);
}

static int fails(int error, int *count)
{
    if ((*count)-- <= 0) {
        return 0;
    }
    errno = error;
    return 1;
}

int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait, const sigset_t *set)
{
    return fails(fault.ppoll_errno, &fault.ppoll_errno_count) ? -1
                                                              : __real_ppoll(fds, count, wait, set);
}

ssize_t __wrap_read(int fd, void *buffer, size_t length_bytes)
{
    return fails(fault.read_errno, &fault.read_errno_count) ? -1
                                                            : __real_read(fd, buffer, length_bytes);
}

ssize_t __wrap_write(int fd, const void *buffer, size_t length_bytes)
{
    return fails(fault.write_errno, &fault.write_errno_count)
               ? -1
               : __real_write(fd, buffer, length_bytes);
}

void *__wrap_malloc(size_t length_bytes)
{
    return fault.malloc_fails ? NULL : __real_malloc(length_bytes);
}

void *__wrap_calloc(size_t count, size_t length_bytes)
{
    return fault.malloc_fails ? NULL : __real_calloc(count, length_bytes);
}

// --- The tests --------------------------------------------------------------------------------

static void test_interrupted_calls(void)
{
    int fds[2];
    char byte = 0;
    struct probe probe = fresh();

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(fds, 0);
    CU_ASSERT_EQUAL(write(fds[1], "x", 1), 1);
    mpr_engine_read(engine, &probe.op, fds[0], &byte, 1);
    fault.ppoll_errno = EINTR;
    fault.ppoll_errno_count = 2;
    fault.read_errno = EINTR;
    fault.read_errno_count = 3;
    CU_ASSERT_TRUE(mpr_engine_run(engine, 100 * MS, 1) >= 0);
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, 1);
    CU_ASSERT_EQUAL(byte, 'x');
    tear_down();
    close_pipe(fds);
}

static void test_failing_calls(void)
{
    int fds[2];
    char byte = 0;
    struct probe in = fresh(), out = fresh();

    if (kind != MPR_ENGINE_SYNC) {
        return; // the io_uring sibling makes none of these calls
    }
    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(fds, 0);
    CU_ASSERT_EQUAL(write(fds[1], "x", 1), 1);

    mpr_engine_read(engine, &in.op, fds[0], &byte, 1);
    fault.ppoll_errno = ENOMEM;
    fault.ppoll_errno_count = 1;
    CU_ASSERT_EQUAL(mpr_engine_run(engine, MPR_ENGINE_FOREVER, 1), -ENOMEM);
    fault.read_errno = EIO;
    fault.read_errno_count = 1;
    finish(&in);
    CU_ASSERT_EQUAL(in.result, -EIO);

    fault.write_errno = ENOSPC;
    fault.write_errno_count = 1;
    mpr_engine_write(engine, &out.op, fds[1], &byte, 1);
    finish(&out);
    CU_ASSERT_EQUAL(out.result, -ENOSPC);
    tear_down();
    close_pipe(fds);
}

/* While the kernel takes no submissions run says so; afterwards everything completes. */
static void test_failing_submissions(void)
{
    enum { count = 100 };
    struct probe probes[count];

    if (kind != MPR_ENGINE_URING) {
        return; // the other sibling submits nothing
    }
    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    for (int i = 0; i < count; i++) {
        probes[i] = fresh();
        mpr_engine_timer(engine, &probes[i].op, 0);
    }
    fault.submit_error = -EAGAIN;
    fault.submit_error_count = 2;
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 0, count), -EAGAIN);
    CU_ASSERT_EQUAL(completed_total, 0);
    for (int i = 0; i < count; i++) {
        finish(&probes[i]);
        CU_ASSERT_EQUAL(probes[i].result, 0);
    }
    tear_down();
}

/* Older kernels answer EAGAIN for a non-blocking descriptor: then poll before the next attempt. */
static void test_refusal_to_wait(void)
{
    struct probe probe = fresh();
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    char byte = 'x';

    if (kind != MPR_ENGINE_URING) {
        return;
    }
    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    mpr_engine_read(engine, &probe.op, fd, &byte, 1);
    fault.completion_error = -EAGAIN;
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 0, 1), 0);
    CU_ASSERT_EQUAL(last_opcode, IORING_OP_READ);
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 0, 1), 0);
    CU_ASSERT_EQUAL(last_opcode, IORING_OP_POLL_ADD);
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 0, 1), 1);
    CU_ASSERT_EQUAL(last_opcode, IORING_OP_READ);
    CU_ASSERT_EQUAL(probe.result, 1);
    CU_ASSERT_EQUAL(byte, 0);
    close(fd);
    tear_down();
}

static void test_chooser(void)
{
    static const int refusals[] = {-EPERM, -ENOSYS, -ENOMEM, -EMFILE};

    memset(&fault, 0, sizeof(fault));
    for (int i = 0; i < 4; i++) {
        fault.queue_init_error = refusals[i];
        CU_ASSERT_EQUAL(mpr_engine_create(&engine, MPR_ENGINE_URING, 4), refusals[i]);
        CU_ASSERT_EQUAL_FATAL(mpr_engine_create(&engine, MPR_ENGINE_AUTO, 4), 0);
        CU_ASSERT_EQUAL(mpr_engine_kind(engine), MPR_ENGINE_SYNC);
        mpr_engine_destroy(engine);
    }
    memset(&fault, 0, sizeof(fault));
    if (mpr_engine_create(&engine, MPR_ENGINE_URING, 4) == 0) {
        mpr_engine_destroy(engine);
        CU_ASSERT_EQUAL_FATAL(mpr_engine_create(&engine, MPR_ENGINE_AUTO, 4), 0);
        CU_ASSERT_EQUAL(mpr_engine_kind(engine), MPR_ENGINE_URING);
        mpr_engine_destroy(engine);

        // A ring that may be set up but not used.
        fault.submit_error = -EPERM;
        fault.submit_error_count = INT_MAX;
        CU_ASSERT_EQUAL_FATAL(mpr_engine_create(&engine, MPR_ENGINE_AUTO, 4), 0);
        CU_ASSERT_EQUAL(mpr_engine_kind(engine), MPR_ENGINE_SYNC);
        mpr_engine_destroy(engine);
    }
    memset(&fault, 0, sizeof(fault));
    fault.malloc_fails = 1;
    int error = mpr_engine_create(&engine, MPR_ENGINE_AUTO, 4);
    fault.malloc_fails = 0;
    CU_ASSERT_EQUAL(error, -ENOMEM);
    mpr_engine_destroy(NULL);
}

// --- The program ------------------------------------------------------------------------------

int main(void)
{
    static const CU_TestInfo tests[] = {
        {"interrupted calls", test_interrupted_calls},
        {"failing calls", test_failing_calls},
        {"failing submissions", test_failing_submissions},
        {"a refusal to wait", test_refusal_to_wait},
        {"the chooser", test_chooser},
        CU_TEST_INFO_NULL,
    };

    return run_over_siblings(tests);
}
