/* SPDX-License-Identifier: BSD-3-Clause */
/* Maps over workers that die all the time: by signals, by exit, in the middle of tasks and between
 * them. Every result is right and told once, the failures are those of tasks that fail for good,
 * memory stays flat. CHAOS_TASKS in the environment: how many tasks, default 5,000; one in 100
 * kills its worker when it is first run, and as many workers are killed by the root while they do
 * something else.
 *
 * Then the same, smaller, with tasks that take too long or return nothing; and with
 * Ctrl-C in the middle. */
/* mprun only: workers are killed */
/* matrix: np=1 copy=chunk rings=default limit=120 */
#include <mp.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"
#include "tests/lib/ownmemory.h"

enum { WORKERS = 8, RETRIES = 20 };

struct output {
    int64_t number;
    int64_t pid; /* of the worker */
};

static int64_t tasks_count = 5000;
static unsigned char *told; /* how often each task was told of */
static int64_t kill_count;

static int64_t expected(int64_t index)
{
    return (int64_t)mpitest_mix((uint64_t)index) / 2;
}

/* Ends this process in one of many ways. */
static void die(uint64_t how)
{
    switch (how % 4) {
    case 0:
        raise(SIGKILL);
        break;
    case 1:
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
        break;
    case 2:
        signal(SIGABRT, SIG_DFL);
        abort();
    default:
        _exit(3);
    }
}

static int is_bad(int64_t index)
{
    return index % 100 == 42;
}

static int run(const void *in, void *out, mp_task *task)
{
    struct output output = {.pid = getpid()};
    int64_t index;
    memcpy(&index, in, sizeof index);
    if (index % 100 == 17 && mp_task_attempt(task) == 1) {
        die(mpitest_mix((uint64_t)index));
    }
    if (is_bad(index)) {
        return mp_task_fail(task, 6, "task %lld never works", (long long)index);
    }
    output.number = expected(index);
    memcpy(out, &output, sizeof output);
    return 0;
}

static void on_result(const mp_result *result, void *state)
{
    const struct output *output = result->data;
    (void)state;
    told[result->index]++;
    if (mpitest_random_below(100) == 0 && output->pid != getpid()) {
        kill_count += !kill((pid_t)output->pid, SIGKILL);
    }
}

static int is_interrupted;

/* Of a bad task the last attempt may have ended with its worker; after an
 * interrupt there are no more. */
static void on_failure(const mp_result *result, void *state)
{
    const mp_failure *failure = result->failure;
    (void)state;
    told[result->index]++;
    CHECK(is_bad(result->index));
    CHECK(failure->attempts == RETRIES + 1 || (is_interrupted && failure->attempts <= RETRIES));
    CHECK(failure->error == MP_ERR_PEER_DIED ||
          (failure->error == MP_ERR_TASK && failure->code == 6));
}

/* ---- tasks that take too long, and that return nothing ---- */

enum { SLOW_TASKS = 1000 };

static int is_stuck(int64_t index)
{
    return index % 200 == 77;
}

/* Even ones return their index, odd ones nothing; some never end, some kill their worker once. */
static int run_any(const void *in, void *out, mp_task *task)
{
    int64_t index = mp_task_index(task);
    (void)in;
    (void)out;
    if (index % 100 == 17 && mp_task_attempt(task) == 1) {
        die(mpitest_mix((uint64_t)index));
    }
    if (is_bad(index)) {
        return mp_task_fail(task, 6, "task %lld never works", (long long)index);
    }
    while (is_stuck(index)) {
        pause();
    }
    return index % 2 ? 0 : mp_task_return(task, &index, sizeof index);
}

static void on_any_failure(const mp_result *result, void *state)
{
    const mp_failure *failure = result->failure;
    (void)state;
    told[result->index]++;
    CHECK(is_stuck(result->index) ? failure->error == MP_ERR_TIMEOUT && failure->signal == SIGKILL
                                  : is_bad(result->index) && failure->error == MP_ERR_TASK);
    CHECK_EQ(failure->attempts, 2);
}

static void on_any_result(const mp_result *result, void *state)
{
    (void)state;
    told[result->index]++;
    CHECK_EQ(result->bytes, result->index % 2 ? 0 : sizeof(int64_t));
}

static void map_slow(mp_pool *pool)
{
    static mp_bytes out[SLOW_TASKS];
    const mp_options options = {.retries = 1,
                                .time_limit = 1,
                                .on_result = on_any_result,
                                .on_failure = on_any_failure};
    memset(told, 0, SLOW_TASKS);
    CHECK_EQ(mp_pool_map(pool, run_any, NULL, SLOW_TASKS, 0, out, MP_VARIABLE, &options),
             MP_ERR_TASK);
    for (int64_t i = 0; i < SLOW_TASKS; i++) {
        int has_value = i % 2 == 0 && !is_bad(i);
        CHECK_EQ(told[i], 1);
        CHECK_EQ(out[i].bytes, has_value ? sizeof i : 0);
        CHECK(has_value ? memcmp(out[i].data, &i, sizeof i) == 0 : out[i].data == NULL);
        free(out[i].data);
    }
}

/* ---- Ctrl-C in the middle ---- */

static int64_t done_before_interrupt;

static void on_result_interrupt(const mp_result *result, void *state)
{
    on_result(result, state);
    if (++done_before_interrupt == tasks_count / 4) {
        is_interrupted = 1;
        raise(SIGINT);
    }
}

/* Exactly what was told is kept, nothing else has begun to count; the pool takes no more. */
static void map_interrupted(mp_pool *pool, int64_t *in, struct output *out)
{
    mp_options options = {.retries = RETRIES,
                          .on_result = on_result_interrupt,
                          .on_failure = on_failure};
    int64_t done = 0;
    int64_t wrong = 0;
    memset(told, 0, (size_t)tasks_count);
    memset(out, 0, (size_t)tasks_count * sizeof *out);
    CHECK_EQ(mp_pool_map(pool, run, in, tasks_count, sizeof *in, out, sizeof *out, &options),
             MP_ERR_INTERRUPTED);
    for (int64_t i = 0; i < tasks_count; i++) {
        wrong += told[i] > 1;
        wrong += out[i].pid != 0 && (out[i].number != expected(i) || told[i] != 1);
        done += out[i].pid != 0;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(done, done_before_interrupt);
    CHECK(done >= tasks_count / 4 && done < tasks_count);
    CHECK_EQ(mp_pool_map(pool, run, in, tasks_count, sizeof *in, out, sizeof *out, NULL),
             MP_ERR_INTERRUPTED);
}

/* ---- */

static void map_once(mp_pool *pool, int64_t *in, struct output *out)
{
    mp_options options = {.retries = RETRIES, .on_result = on_result, .on_failure = on_failure};
    const mp_failure *failures = NULL;
    int64_t failure_count = 0;
    int64_t wrong = 0;
    memset(told, 0, (size_t)tasks_count);
    CHECK_EQ(mp_pool_map(pool, run, in, tasks_count, sizeof *in, out, sizeof *out, &options),
             MP_ERR_TASK);
    for (int64_t i = 0; i < tasks_count; i++) {
        wrong += told[i] != 1;
        wrong += out[i].number != (is_bad(i) ? 0 : expected(i));
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(mp_pool_failures(pool, &failures, &failure_count), MPI_SUCCESS);
    CHECK_EQ(failure_count, tasks_count / 100);
}

int main(int argc, char **argv)
{
    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    if (getenv("CHAOS_TASKS")) {
        tasks_count = atoll(getenv("CHAOS_TASKS")) / 100 * 100;
    }
    mp_pool_options options = {.processes = WORKERS};
    mp_pool *pool = NULL;
    int error = mp_pool_create(MPI_COMM_WORLD, &options, &pool);
    if (error == MP_ERR_UNSUPPORTED) {
        return mpitest_skip(mp_error_text());
    }
    CHECK_EQ(error, MPI_SUCCESS);
    int64_t *in = mpitest_malloc((size_t)tasks_count * sizeof *in);
    struct output *out = mpitest_malloc((size_t)tasks_count * sizeof *out);
    told = mpitest_malloc((size_t)(tasks_count > SLOW_TASKS ? tasks_count : SLOW_TASKS));
    for (int64_t i = 0; i < tasks_count; i++) {
        in[i] = i;
    }
    map_once(pool, in, out);
    int64_t early_bytes = ownmemory_bytes();
    map_once(pool, in, out);
    CHECK(ownmemory_bytes() - early_bytes <= 1 << 20);
    CHECK(kill_count > 0);
    map_slow(pool);
    map_interrupted(pool, in, out);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    free(in);
    free(out);
    free(told);
    return mpitest_finish();
}
