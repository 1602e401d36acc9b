/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools of processes of their own: replaced after so many tasks, after a death, after a task that
 * took too long; and mp_process, a function in a process of its own. */
/* mprun only: workers are killed */
/* matrix: np=1,3 copy=chunk,cma,direct rings=default,tiny limit=60 */
#include <mp.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { WORKERS = 3 };

static void nap(double seconds)
{
    nanosleep(&(struct timespec){.tv_sec = (time_t)seconds,
                                 .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)},
              NULL);
}

static mp_pool *make_pool(const mp_pool_options *options)
{
    mp_pool *pool = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, options, &pool), MPI_SUCCESS);
    CHECK_EQ(pool != NULL, mpitest_rank == 0);
    return pool;
}

static int begin_worker(const void *argument, size_t bytes, void **state)
{
    static int given;
    if (bytes != sizeof given) {
        return 2;
    }
    memcpy(&given, argument, sizeof given);
    *state = &given;
    return given < 0 ? 7 : 0;
}

struct output {
    int64_t pid;
    int64_t given;
};

static int tell(const void *in, void *out, mp_task *task)
{
    const int *given = mp_task_state(task);
    struct output output = {.pid = getpid(), .given = given ? *given : 0};
    (void)in;
    memcpy(out, &output, sizeof output);
    return 0;
}

/* Each process runs at most as many tasks as it may, and begins with the initializer. */
static void test_lifetime(void)
{
    enum { COUNT = 100, LIFETIME = 7 };
    int argument = 33;
    mp_pool_options options = {.processes = WORKERS,
                               .tasks_per_worker = LIFETIME,
                               .initializer = begin_worker,
                               .argument = &argument,
                               .argument_bytes = sizeof argument};
    mp_pool *pool = make_pool(&options);
    struct output out[COUNT];
    int workers = 0;
    if (!pool) {
        return;
    }
    CHECK_EQ(mp_pool_workers(pool, &workers), MPI_SUCCESS);
    CHECK_EQ(workers, WORKERS);
    CHECK_EQ(mp_pool_map(pool, tell, NULL, COUNT, 0, out, sizeof *out, NULL), MPI_SUCCESS);
    for (int i = 0; i < COUNT; i++) {
        int same = 0;
        for (int k = 0; k < COUNT; k++) {
            same += out[k].pid == out[i].pid;
        }
        CHECK(same <= LIFETIME);
        CHECK(out[i].pid != getpid());
        CHECK_EQ(out[i].given, 33);
    }
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

static void test_initializer_fails(void)
{
    int argument = -1;
    mp_pool_options options = {.processes = WORKERS,
                               .initializer = begin_worker,
                               .argument = &argument,
                               .argument_bytes = sizeof argument};
    mp_pool *pool = NULL;
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &options, &pool),
             mpitest_rank ? MPI_SUCCESS : MP_ERR_TASK);
    CHECK(mpitest_rank || strstr(mp_error_text(), "the initializer returned 7") != NULL);
    CHECK(pool == NULL);
}

enum { CRASHES = 5 };
static const int crash_ways[CRASHES] = {SIGKILL, SIGSEGV, SIGTERM, 0, SIGABRT};
static const char *const crash_texts[CRASHES] = {
    "was killed by signal 9", "was killed by signal 11", "was killed by signal 15",
    "ended with status 9", "was killed by signal 6"};

static int crash_at_5(const void *in, void *out, mp_task *task)
{
    int way = crash_ways[*(const int *)in % CRASHES];
    if (mp_task_index(task) == 5) {
        if (!way) {
            _exit(9);
        }
        signal(way, SIG_DFL);
        raise(way);
    }
    memset(out, 1, sizeof(int));
    return 0;
}

/* The task that kills its worker is told, alone, and the pool is as large as before. */
static void test_deaths(mp_pool *pool)
{
    enum { COUNT = 60 };
    for (int way = 0; way < CRASHES; way++) {
        int in[COUNT], out[COUNT];
        const mp_failure *failures = NULL;
        int64_t failure_count = 0;
        mp_options options = {.retries = way == 1, .chunk = way == 2 ? 10 : 0};
        memset(out, 1, sizeof out);
        for (int i = 0; i < COUNT; i++) {
            in[i] = way;
        }
        CHECK_EQ(mp_pool_map(pool, crash_at_5, in, COUNT, sizeof *in, out, sizeof *out, &options),
                 MP_ERR_TASK);
        CHECK_EQ(mp_pool_failures(pool, &failures, &failure_count), MPI_SUCCESS);
        CHECK_EQ(failure_count, 1);
        CHECK(failure_count && failures[0].index == 5);
        CHECK(failure_count && failures[0].error == MP_ERR_PEER_DIED);
        CHECK(failure_count && failures[0].attempts == 1 + options.retries);
        CHECK(failure_count && failures[0].rank >= 1 && failures[0].rank <= WORKERS);
        CHECK(failure_count && failures[0].signal == crash_ways[way]);
        CHECK(failure_count && strstr(failures[0].text, crash_texts[way]) != NULL);
        for (int i = 0; i < COUNT; i++) {
            CHECK_EQ(out[i] != 0, i != 5);
        }
    }
}

static int stuck_once(const void *in, void *out, mp_task *task)
{
    int64_t index = mp_task_index(task);
    (void)in;
    if (index == 4 || (index == 8 && mp_task_attempt(task) == 1)) {
        nap(1000);
    }
    memset(out, 1, sizeof(int));
    return 0;
}

static void test_time_limit(mp_pool *pool)
{
    enum { COUNT = 20 };
    int out[COUNT];
    const mp_failure *failures = NULL;
    int64_t failure_count = 0;
    mp_options options = {.time_limit = 0.1, .retries = 1};
    CHECK_EQ(mp_pool_map(pool, stuck_once, NULL, COUNT, 0, out, sizeof *out, &options),
             MP_ERR_TASK);
    CHECK_EQ(mp_pool_failures(pool, &failures, &failure_count), MPI_SUCCESS);
    CHECK_EQ(failure_count, 1);
    CHECK(failure_count && failures[0].index == 4);
    CHECK(failure_count && failures[0].error == MP_ERR_TIMEOUT);
    CHECK(failure_count && failures[0].signal == SIGKILL);
    CHECK(failure_count && failures[0].attempts == 2);
    for (int i = 0; i < COUNT; i++) {
        CHECK_EQ(out[i] != 0, i != 4);
    }
}

static int stuck(const void *in, void *out, mp_task *task)
{
    (void)in;
    (void)out;
    (void)task;
    nap(1000);
    return 0;
}

/* Workers are ended with what they run. */
static void test_terminate(void)
{
    mp_pool_options options = {.processes = WORKERS};
    mp_pool *pool = make_pool(&options);
    mp_future *futures[10];
    if (!pool) {
        return;
    }
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(mp_pool_submit(pool, stuck, NULL, 0, 0, NULL, &futures[i]), MPI_SUCCESS);
    }
    CHECK_EQ(mp_future_wait(futures[0], 0.01), MP_ERR_TIMEOUT);
    CHECK_EQ(mp_pool_terminate(pool), MPI_SUCCESS);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(mp_future_wait(futures[i], 0), MP_ERR_CANCELLED);
        CHECK_EQ(mp_future_free(&futures[i]), MPI_SUCCESS);
    }
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
}

static char notes_path[] = "/tmp/mpnotes-XXXXXX";

static int begin_notes(const void *argument, size_t bytes, void **state)
{
    memcpy(notes_path, argument, bytes);
    *state = notes_path;
    return 0;
}

static void note_end(void *state)
{
    FILE *notes = fopen(state, "a");
    fputs("x", notes);
    fclose(notes);
}

/* Those that run nothing end in order. */
static void test_terminate_idle(void)
{
    mp_pool_options options = {.processes = WORKERS,
                               .initializer = begin_notes,
                               .argument = notes_path,
                               .argument_bytes = sizeof notes_path,
                               .finalizer = note_end};
    int file = mpitest_rank ? -1 : mkstemp(notes_path);
    mp_pool *pool = make_pool(&options);
    if (!pool) {
        return;
    }
    CHECK_EQ(mp_pool_terminate(pool), MPI_SUCCESS);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    for (int i = 0; i < 2000 && lseek(file, 0, SEEK_END) < WORKERS; i++) {
        nap(0.01); /* a worker may end after its pool */
    }
    CHECK_EQ(lseek(file, 0, SEEK_END), WORKERS);
    close(file);
    CHECK_EQ(unlink(notes_path), 0);
}

/* ---- processes of one function ---- */

static int return_sum(const void *argument, size_t bytes)
{
    const unsigned char *numbers = argument;
    int sum = 0;
    for (size_t i = 0; i < bytes; i++) {
        sum += numbers[i];
    }
    return sum % 200;
}

static int sleep_long(const void *argument, size_t bytes)
{
    (void)argument;
    (void)bytes;
    nap(1000);
    return 0;
}

/* Ends by the signal that is its argument, or exits with 7. */
static int crash(const void *argument, size_t bytes)
{
    int way;
    CHECK_EQ(bytes, sizeof way);
    memcpy(&way, argument, sizeof way);
    if (!way) {
        exit(7);
    }
    signal(way, SIG_DFL);
    return raise(way);
}

static void test_exit_codes(void)
{
    static const size_t sizes[] = {0, 1, 5000, 300000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *argument = mpitest_malloc(sizes[i]);
        mp_process *process = NULL;
        int64_t pid = 0;
        int code = -1;
        int alive = 1;
        mpitest_fill(argument, sizes[i], i);
        CHECK_EQ(mp_process_start(return_sum, argument, sizes[i], NULL, &process), MPI_SUCCESS);
        CHECK(strncmp(mp_process_name(process), "process-", 8) == 0);
        CHECK_EQ(mp_process_pid(process, &pid), MPI_SUCCESS);
        CHECK(pid > 0 && pid != getpid());
        CHECK_EQ(mp_process_join(process, 30), MPI_SUCCESS);
        CHECK_EQ(mp_process_alive(process, &alive), MPI_SUCCESS);
        CHECK_EQ(alive, 0);
        CHECK_EQ(mp_process_exitcode(process, &code), MPI_SUCCESS);
        CHECK_EQ(code, return_sum(argument, sizes[i]));
        CHECK_EQ(mp_process_free(&process), MPI_SUCCESS);
        CHECK(process == NULL);
        free(argument);
    }
}

static void test_ending(void)
{
    int (*const ends[])(mp_process *) = {mp_process_terminate, mp_process_kill};
    const int signals[] = {SIGTERM, SIGKILL};
    for (int i = 0; i < 2; i++) {
        mp_process *process = NULL;
        int alive = 0;
        int code = 1;
        CHECK_EQ(mp_process_start(sleep_long, NULL, 0, "sleeper", &process), MPI_SUCCESS);
        CHECK(!strcmp(mp_process_name(process), "sleeper"));
        CHECK_EQ(mp_process_alive(process, &alive), MPI_SUCCESS);
        CHECK_EQ(alive, 1);
        CHECK_EQ(mp_process_join(process, 0), MP_ERR_TIMEOUT);
        CHECK_EQ(mp_process_join(process, 0.01), MP_ERR_TIMEOUT);
        CHECK_EQ(mp_process_exitcode(process, &code), MP_ERR_TIMEOUT);
        CHECK_EQ(ends[i](process), MPI_SUCCESS);
        CHECK_EQ(mp_process_join(process, MP_FOREVER), MPI_SUCCESS);
        CHECK_EQ(mp_process_exitcode(process, &code), MPI_SUCCESS);
        CHECK_EQ(code, -signals[i]);
        CHECK_EQ(ends[i](process), MPI_SUCCESS); /* of one that has ended: nothing happens */
        CHECK_EQ(mp_process_free(&process), MPI_SUCCESS);
    }
}

static void test_crash(void)
{
    mp_process *process = NULL;
    for (int way = 0; way < CRASHES; way++) {
        int code = 0;
        CHECK_EQ(mp_process_start(crash, &crash_ways[way], sizeof(int), NULL, &process),
                 MPI_SUCCESS);
        CHECK_EQ(mp_process_join(process, 30), MPI_SUCCESS);
        CHECK_EQ(mp_process_exitcode(process, &code), MPI_SUCCESS);
        CHECK_EQ(code, crash_ways[way] ? -crash_ways[way] : 7);
        CHECK_EQ(mp_process_free(&process), MPI_SUCCESS);
    }
    EXPECT_CLASS(mp_process_start(NULL, NULL, 0, NULL, &process), MPI_ERR_ARG);
    EXPECT_CLASS(mp_process_start(crash, NULL, 4, NULL, &process), MPI_ERR_ARG);
    EXPECT_CLASS(mp_process_join(NULL, 0), MPI_ERR_ARG);
    EXPECT_CLASS(mp_process_alive(NULL, NULL), MPI_ERR_ARG);
    CHECK_EQ(mp_process_start(return_sum, NULL, 0, NULL, &process), MPI_SUCCESS);
    EXPECT_CLASS(mp_process_alive(process, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(mp_process_pid(process, NULL), MPI_ERR_ARG);
    CHECK_EQ(mp_process_join(process, 30), MPI_SUCCESS);
    EXPECT_CLASS(mp_process_exitcode(process, NULL), MPI_ERR_ARG);
    CHECK_EQ(mp_process_free(&process), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    mp_pool_options options = {.processes = WORKERS};
    mp_pool *pool = make_pool(&options);
    if (pool) {
        test_deaths(pool);
        test_time_limit(pool);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    }
    test_lifetime();
    test_initializer_fails();
    test_terminate();
    test_terminate_idle();
    test_exit_codes();
    test_ending();
    test_crash();
    return mpitest_finish();
}
