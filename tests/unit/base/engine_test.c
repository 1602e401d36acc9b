/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of the I/O engine, over both siblings. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "tests/unit/base/engine_probe.h"

/* Runs for a moment, to see that nothing more happens. */
static void settle(void)
{
    for (int i = 0; i < 4; i++) {
        mpr_engine_run(engine, MS, 16);
    }
}

// --- Reading and writing ----------------------------------------------------------------------

static void check_read_waits_for_data(int flags)
{
    char buffer[16] = "";
    int fds[2];
    struct probe probe = fresh();

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(fds, flags);
    mpr_engine_read(engine, &probe.op, fds[0], buffer, sizeof(buffer));
    CU_ASSERT_TRUE(mpr_engine_op_is_active(&probe.op));
    settle();
    uint64_t start_ns = mpr_clock_ns();
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 10 * MS, 1), 0);
    CU_ASSERT_TRUE(mpr_clock_ns() - start_ns >= 10 * MS); // it sleeps, it does not retry
    CU_ASSERT_EQUAL(probe.completed_count, 0);

    CU_ASSERT_EQUAL(write(fds[1], "hello", 5), 5);
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, 5);
    CU_ASSERT_EQUAL(memcmp(buffer, "hello", 5), 0);
    CU_ASSERT_FALSE(mpr_engine_op_is_active(&probe.op));

    close(fds[1]);
    probe = fresh();
    mpr_engine_read(engine, &probe.op, fds[0], buffer, sizeof(buffer));
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, 0);
    settle();
    CU_ASSERT_EQUAL(completed_total, 2);
    close(fds[0]);
    tear_down();
}

static void test_read_blocking(void)
{
    check_read_waits_for_data(0);
}

static void test_read_nonblocking(void)
{
    check_read_waits_for_data(O_NONBLOCK);
}

/* A descriptor for which the kernel answers EAGAIN instead of waiting: run sleeps all the same. */
static void test_read_timerfd(void)
{
    struct probe probe = fresh();
    struct itimerspec never = {.it_value.tv_sec = 3600}, soon = {.it_value.tv_nsec = 1};
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    uint64_t expirations = 0;

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    timerfd_settime(fd, 0, &never, NULL);
    mpr_engine_read(engine, &probe.op, fd, &expirations, sizeof(expirations));
    settle();
    uint64_t start_ns = mpr_clock_ns();
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 10 * MS, 1), 0);
    CU_ASSERT_TRUE(mpr_clock_ns() - start_ns >= 10 * MS);
    timerfd_settime(fd, 0, &soon, NULL);
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, sizeof(expirations));
    CU_ASSERT_EQUAL(expirations, 1);
    close(fd);
    tear_down();
}

static void test_write_without_reader(void)
{
    int fds[2];
    struct probe probe = fresh();

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(fds, 0);
    close(fds[0]);
    mpr_engine_write(engine, &probe.op, fds[1], "x", 1);
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, -EPIPE);
    close(fds[1]);
    tear_down();
}

static void test_full_device(void)
{
    struct probe probe = fresh();
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    mpr_engine_write(engine, &probe.op, fd, "x", 1);
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, -ENOSPC);
    close(fd);
    tear_down();
}

static void test_regular_file(void)
{
    char buffer[10000], text[10000];
    FILE *file = tmpfile();
    struct probe probe = fresh();

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    memset(text, 'a', sizeof(text));
    mpr_engine_write(engine, &probe.op, fileno(file), text, sizeof(text));
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, sizeof(text));
    probe = fresh();
    mpr_engine_write(engine, &probe.op, fileno(file), "b", 1);
    finish(&probe);
    CU_ASSERT_EQUAL(lseek(fileno(file), 0, SEEK_CUR), sizeof(text) + 1);

    lseek(fileno(file), (off_t)sizeof(text) - 2, SEEK_SET);
    probe = fresh();
    mpr_engine_read(engine, &probe.op, fileno(file), buffer, sizeof(buffer));
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, 3);
    CU_ASSERT_EQUAL(memcmp(buffer, "aab", 3), 0);
    fclose(file);
    tear_down();
}

static void test_bad_descriptor(void)
{
    char byte;
    struct probe probes[3] = {fresh(), fresh(), fresh()};

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    mpr_engine_read(engine, &probes[0].op, 1000000, &byte, 1);
    mpr_engine_write(engine, &probes[1].op, 1000000, &byte, 1);
    mpr_engine_poll(engine, &probes[2].op, 1000000, POLLIN);
    for (int i = 0; i < 3; i++) {
        finish(&probes[i]);
        CU_ASSERT_EQUAL(probes[i].result, -EBADF);
    }
    tear_down();
}

// --- Polls and timers -------------------------------------------------------------------------

static void test_poll_child(void)
{
    struct probe probe = fresh();
    int gate[2];
    char byte;

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(gate, 0);
    pid_t child = fork();
    if (child == 0) {
        close(gate[1]);
        _exit(read(gate[0], &byte, 1) == 0 ? 7 : 1);
    }
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    mpr_engine_poll(engine, &probe.op, pidfd, POLLIN);
    settle();
    CU_ASSERT_EQUAL(probe.completed_count, 0);
    close_pipe(gate);
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result & POLLIN, POLLIN);
    close(pidfd);
    waitpid(child, NULL, 0);
    tear_down();
}

static void test_poll_eventfd(void)
{
    struct probe in = fresh(), out = fresh();
    int fd = eventfd(0, EFD_CLOEXEC);
    uint64_t one = 1;

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    mpr_engine_poll(engine, &in.op, fd, POLLIN);
    mpr_engine_poll(engine, &out.op, fd, POLLOUT);
    finish(&out);
    CU_ASSERT_EQUAL(out.result, POLLOUT);
    settle();
    CU_ASSERT_EQUAL(in.completed_count, 0);
    CU_ASSERT_EQUAL(write(fd, &one, sizeof(one)), sizeof(one));
    finish(&in);
    CU_ASSERT_EQUAL(in.result, POLLIN);
    close(fd);
    tear_down();
}

static void test_poll_hangup(void)
{
    struct probe probe = fresh();
    int fds[2];

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(fds, 0);
    mpr_engine_poll(engine, &probe.op, fds[0], POLLIN);
    settle();
    close(fds[1]);
    finish(&probe);
    CU_ASSERT_EQUAL(probe.result, POLLHUP);
    close(fds[0]);
    tear_down();
}

static void test_timers_in_order(void)
{
    static const int delays_ms[] = {30, 10, 0, 20, 10};
    enum { count = sizeof(delays_ms) / sizeof(delays_ms[0]) };
    struct probe probes[count];

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    uint64_t start_ns = mpr_clock_ns();
    for (int i = 0; i < count; i++) {
        probes[i] = fresh();
        if (i % 2 == 0) {
            mpr_engine_timer(engine, &probes[i].op, (uint64_t)delays_ms[i] * MS);
        } else {
            mpr_engine_timer_at(engine, &probes[i].op, start_ns + (uint64_t)delays_ms[i] * MS);
        }
    }
    for (int i = 0; i < count; i++) {
        finish(&probes[i]);
        CU_ASSERT_EQUAL(probes[i].result, 0);
        CU_ASSERT_TRUE(probes[i].completed_ns >= start_ns + (uint64_t)delays_ms[i] * MS);
    }
    CU_ASSERT_TRUE(probes[2].completed_ns <= probes[1].completed_ns);
    CU_ASSERT_TRUE(probes[1].completed_ns <= probes[3].completed_ns);
    CU_ASSERT_TRUE(probes[3].completed_ns <= probes[0].completed_ns);
    tear_down();
}

static void test_distant_timer(void)
{
    struct probe never = fresh(), past = fresh();

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    mpr_engine_timer(engine, &never.op, UINT64_MAX);
    mpr_engine_timer_at(engine, &past.op, 1);
    finish(&past);
    CU_ASSERT_EQUAL(past.result, 0);
    CU_ASSERT_EQUAL(never.completed_count, 0);
    tear_down();
    CU_ASSERT_EQUAL(never.result, -ECANCELED);
}

static void test_wait_ends(void)
{
    struct probe probe = fresh();
    int fds[2];

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    make_pipe(fds, 0);
    mpr_engine_poll(engine, &probe.op, fds[0], POLLIN);
    uint64_t start_ns = mpr_clock_ns();
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 0, 1), 0);
    CU_ASSERT_EQUAL(mpr_engine_run(engine, 20 * MS, 1), 0);
    CU_ASSERT_TRUE(mpr_clock_ns() - start_ns >= 20 * MS);
    tear_down();
    close_pipe(fds);
}

// --- Cancelling, bounds, ends -----------------------------------------------------------------

static void test_cancel(void)
{
    struct probe probes[4];
    int fds[2];
    char byte = 'x';

    // At once: the kernel has not seen it; after a while: it has.
    for (int late = 0; late < 2; late++) {
        CU_ASSERT_EQUAL_FATAL(set_up(), 0);
        make_pipe(fds, late ? O_NONBLOCK : 0);
        for (int i = 0; i < 4; i++) {
            probes[i] = fresh();
        }
        mpr_engine_read(engine, &probes[0].op, fds[0], &byte, 1);
        mpr_engine_poll(engine, &probes[1].op, fds[0], POLLIN);
        mpr_engine_timer(engine, &probes[2].op, 3600 * 1000 * MS);
        mpr_engine_timer(engine, &probes[3].op, 20 * MS);
        if (late) {
            settle();
        }
        for (int i = 0; i < 3; i++) {
            mpr_engine_cancel(engine, &probes[i].op);
        }
        mpr_engine_cancel(engine, &probes[0].op); // twice is once
        for (int i = 0; i < 3; i++) {
            CU_ASSERT_EQUAL(probes[i].completed_count, 0);
        }
        for (int i = 0; i < 4; i++) {
            finish(&probes[i]);
            CU_ASSERT_EQUAL(probes[i].result, i < 3 ? -ECANCELED : 0);
        }
        settle();
        CU_ASSERT_EQUAL(completed_total, 4);

        // The cancelled read has taken nothing out of the pipe.
        CU_ASSERT_EQUAL(write(fds[1], "y", 1), 1);
        probes[0] = fresh();
        mpr_engine_read(engine, &probes[0].op, fds[0], &byte, 1);
        finish(&probes[0]);
        CU_ASSERT_EQUAL(probes[0].result, 1);
        CU_ASSERT_EQUAL(byte, 'y');
        tear_down();
        close_pipe(fds);
    }
}

static struct probe *cancel_next;

static void cancel_other(struct mpr_engine_op *op, int result)
{
    note(op, result);
    mpr_engine_cancel(engine, &cancel_next->op);
}

/* The first of two that are ready cancels the other: still one callback each. */
static void test_cancel_in_callback(void)
{
    struct probe first = fresh(), second = fresh();
    int fd = eventfd(1, EFD_CLOEXEC);

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    first.op.complete = cancel_other;
    cancel_next = &second;
    mpr_engine_poll(engine, &first.op, fd, POLLIN);
    mpr_engine_poll(engine, &second.op, fd, POLLIN);
    finish(&second);
    settle();
    CU_ASSERT_EQUAL(first.completed_count, 1);
    CU_ASSERT_EQUAL(second.completed_count, 1);
    CU_ASSERT_TRUE(second.result == POLLIN || second.result == -ECANCELED);
    close(fd);
    tear_down();
}

static int endless_count;

static void submit_again(struct mpr_engine_op *op, int result)
{
    (void)result;
    endless_count++;
    mpr_engine_timer(engine, op, 0);
}

/* One that submits itself for ever must not keep run from returning, nor others from completing. */
static void test_bounded_work(void)
{
    struct probe probes[10], endless = fresh();
    int fd = eventfd(1, EFD_CLOEXEC);

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    for (int i = 0; i < 10; i++) {
        probes[i] = fresh();
        mpr_engine_poll(engine, &probes[i].op, fd, POLLIN);
    }
    int most = 0, total = 0;
    for (int i = 0; i < 100 && total < 10; i++) {
        int count = mpr_engine_run(engine, 100 * MS, 3);
        most = count > most ? count : most;
        total += count;
    }
    CU_ASSERT_EQUAL(total, 10);
    CU_ASSERT_TRUE(most <= 3);

    endless.op.complete = submit_again;
    endless_count = 0;
    mpr_engine_timer(engine, &endless.op, 0);
    probes[0] = fresh();
    mpr_engine_poll(engine, &probes[0].op, fd, POLLIN);
    finish(&probes[0]);
    CU_ASSERT_EQUAL(probes[0].result, POLLIN);
    for (int i = 0; i < 100 && endless_count < 5; i++) {
        mpr_engine_run(engine, 100 * MS, 1);
    }
    CU_ASSERT_TRUE(endless_count >= 5);
    endless.op.complete = note;
    close(fd);
    tear_down();
    CU_ASSERT_EQUAL(endless.completed_count, 1);
}

static void test_destroy_completes_all(void)
{
    enum { count = 700 }; // far more than the capacity, and than the submission ring
    static struct probe probes[count];
    static char bytes[count];
    int fds[2];

    for (int told = 0; told < 2; told++) {
        CU_ASSERT_EQUAL_FATAL(set_up(), 0);
        make_pipe(fds, 0);
        for (int i = 0; i < count; i++) {
            probes[i] = fresh();
            if (i % 3 == 0) {
                mpr_engine_read(engine, &probes[i].op, fds[0], &bytes[i], 1);
            } else if (i % 3 == 1) {
                mpr_engine_poll(engine, &probes[i].op, fds[0], POLLIN);
            } else {
                mpr_engine_timer(engine, &probes[i].op, 3600 * 1000 * MS);
            }
        }
        if (told) {
            settle();
        }
        CU_ASSERT_EQUAL(completed_total, 0);
        tear_down();
        int canceled = 0;
        for (int i = 0; i < count; i++) {
            canceled += probes[i].completed_count == 1 && probes[i].result == -ECANCELED;
        }
        CU_ASSERT_EQUAL(canceled, count);
        close_pipe(fds);
    }
}

static void test_many(void)
{
    enum { count = 700 };
    static struct probe probes[count];
    int fd = eventfd(0, EFD_CLOEXEC);
    uint64_t one = 1;

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    for (int i = 0; i < count; i++) {
        probes[i] = fresh();
        mpr_engine_poll(engine, &probes[i].op, fd, POLLIN);
    }
    settle();
    CU_ASSERT_EQUAL(completed_total, 0);
    CU_ASSERT_EQUAL(write(fd, &one, sizeof(one)), sizeof(one));
    for (int i = 0; i < count; i++) {
        finish(&probes[i]);
        CU_ASSERT_EQUAL(probes[i].result, POLLIN);
    }
    CU_ASSERT_EQUAL(completed_total, count);
    close(fd);
    tear_down();
}

// --- Threads ----------------------------------------------------------------------------------

struct submission {
    struct probe probe;
    int fd;
};

static void *submit_and_leave(void *argument)
{
    struct submission *submission = argument;

    mpr_engine_poll(engine, &submission->probe.op, submission->fd, POLLIN);
    mpr_engine_run(engine, 0, 1);
    return NULL;
}

/* The kernel cancels what a thread has submitted when the thread ends; the engine must not. */
static void test_submitting_thread_ends(void)
{
    struct submission submission = {.probe = fresh(), .fd = eventfd(0, EFD_CLOEXEC)};
    pthread_t thread;
    uint64_t one = 1;

    CU_ASSERT_EQUAL_FATAL(set_up(), 0);
    pthread_create(&thread, NULL, submit_and_leave, &submission);
    pthread_join(thread, NULL);
    settle();
    CU_ASSERT_EQUAL(submission.probe.completed_count, 0);
    CU_ASSERT_EQUAL(write(submission.fd, &one, sizeof(one)), sizeof(one));
    finish(&submission.probe);
    CU_ASSERT_EQUAL(submission.probe.result, POLLIN);
    tear_down();
    close(submission.fd);
}

// --- The program ------------------------------------------------------------------------------

int main(void)
{
    static const CU_TestInfo tests[] = {
        {"a read waits for data", test_read_blocking},
        {"a read waits for data, non-blocking", test_read_nonblocking},
        {"a read where the kernel does not wait", test_read_timerfd},
        {"a write without a reader", test_write_without_reader},
        {"a full device", test_full_device},
        {"a regular file", test_regular_file},
        {"a bad descriptor", test_bad_descriptor},
        {"poll a child", test_poll_child},
        {"poll an eventfd", test_poll_eventfd},
        {"poll a hangup", test_poll_hangup},
        {"timers in order", test_timers_in_order},
        {"a distant timer and one in the past", test_distant_timer},
        {"a wait ends", test_wait_ends},
        {"cancel", test_cancel},
        {"cancel in a callback", test_cancel_in_callback},
        {"bounded work", test_bounded_work},
        {"destroy completes everything", test_destroy_completes_all},
        {"more than the capacity", test_many},
        {"the submitting thread ends", test_submitting_thread_ends},
        CU_TEST_INFO_NULL,
    };

    return run_over_siblings(tests);
}
