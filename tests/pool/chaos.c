/* SPDX-License-Identifier: BSD-3-Clause */
/* A map over workers that die all the time: by signals, by exit, in the middle of tasks and between them.
 * Every result is right and told once, the failures are those of tasks that fail for good, memory stays
 * flat. CHAOS_TASKS in the environment: how many tasks, default 5,000; one in 100 kills its worker when
 * it is first run, and as many workers are killed by the root while they do something else. */
/* mprun only: workers are killed */
/* matrix: np=1 copy=chunk rings=default limit=120 */
#include <mp.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

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

/* Of a bad task the last attempt may have ended with its worker. */
static void on_failure(const mp_result *result, void *state)
{
    const mp_failure *failure = result->failure;
    (void)state;
    told[result->index]++;
    CHECK(is_bad(result->index));
    CHECK_EQ(failure->attempts, RETRIES + 1);
    CHECK(failure->error == MP_ERR_PEER_DIED || (failure->error == MP_ERR_TASK && failure->code == 6));
}

static int64_t own_bytes(void)
{
    long long resident = 0;
    long long shared = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file && fscanf(file, "%*d %lld %lld", &resident, &shared) == 2);
    if (file) {
        fclose(file);
    }
    return (resident - shared) * sysconf(_SC_PAGESIZE);
}

static void map_once(mp_pool *pool, int64_t *in, struct output *out)
{
    mp_options options = {.retries = RETRIES, .on_result = on_result, .on_failure = on_failure};
    const mp_failure *failures = NULL;
    int64_t failure_count = 0;
    int64_t wrong = 0;
    memset(told, 0, (size_t)tasks_count);
    CHECK_EQ(mp_pool_map(pool, run, in, tasks_count, sizeof *in, out, sizeof *out, &options), MP_ERR_TASK);
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
    told = mpitest_malloc((size_t)tasks_count);
    for (int64_t i = 0; i < tasks_count; i++) {
        in[i] = i;
    }
    map_once(pool, in, out);
    int64_t early_bytes = own_bytes();
    map_once(pool, in, out);
    CHECK(own_bytes() - early_bytes <= 1 << 20);
    CHECK(kill_count > 0);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    free(in);
    free(out);
    free(told);
    return mpitest_finish();
}
