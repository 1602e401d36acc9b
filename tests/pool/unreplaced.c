/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests/pool/unreplaced.sh runs: a task ends its worker, and the new process that is to take
 * its place does not get as far as working.
 *
 *     unreplaced HOW WORKERS map|stream
 *
 * HOW: the initializer "fails" in the new process, or "aborts" there, or the program's "file" is
 * gone, so that there is none. */
#include <mp.h>
#include <signal.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { COUNT = 6, DEADLY = 2 };
static const char made_name[] = "made"; /* a file, there once the pool is */

static int begin_worker(const void *argument, size_t bytes, void **state)
{
    static int begun = 1;
    int has_to_abort;
    CHECK_EQ(bytes, sizeof has_to_abort);
    memcpy(&has_to_abort, argument, bytes);
    *state = &begun;
    if (access(made_name, F_OK)) {
        return 0;
    }
    if (has_to_abort) {
        abort();
    }
    return 5;
}

static int run(const void *in, void *out, mp_task *task)
{
    (void)in;
    if (mp_task_index(task) == DEADLY) {
        raise(SIGKILL);
    }
    memcpy(out, mp_task_state(task), sizeof(int));
    return 0;
}

/* Of one worker, what comes behind the deadly task has nobody to run it; of two, nothing else. */
static void check_failure(const mp_failure *failure, int64_t index, int workers)
{
    CHECK(failure != NULL);
    CHECK(index == DEADLY || (workers == 1 && index > DEADLY));
    if (failure) {
        CHECK_EQ(failure->index, index);
        CHECK_EQ(failure->error, MP_ERR_PEER_DIED);
        CHECK_EQ(failure->signal, index == DEADLY ? SIGKILL : 0);
        CHECK_EQ(failure->rank >= 1, index == DEADLY);
        CHECK_EQ(failure->attempts, index == DEADLY);
    }
}

static void test_map(mp_pool *pool, int workers)
{
    const mp_options options = {.chunk = 1};
    const mp_failure *failures = NULL;
    int64_t failure_count = 0;
    int64_t next = 0;
    int out[COUNT];
    CHECK_EQ(mp_pool_map(pool, run, NULL, COUNT, 0, out, sizeof *out, &options), MP_ERR_TASK);
    CHECK_EQ(mp_pool_failures(pool, &failures, &failure_count), MPI_SUCCESS);
    CHECK_EQ(failure_count, workers == 1 ? COUNT - DEADLY : 1);
    for (int i = 0; i < COUNT; i++) {
        if (!out[i] && next < failure_count) {
            check_failure(&failures[next++], i, workers);
        }
    }
    CHECK_EQ(next, failure_count);
}

static int count_up(void *input, void *state)
{
    (void)input;
    return ++*(int *)state <= COUNT;
}

/* With a window of two, the input is not drawn to its end where no worker is left. */
static void test_stream(mp_pool *pool, int workers)
{
    const mp_options options = {.chunk = 1, .window = 2};
    mp_stream *stream = NULL;
    mp_result result;
    int drawn = 0;
    int64_t count = 0;
    int error;
    CHECK_EQ(mp_pool_imap(pool, run, count_up, &drawn, 0, sizeof(int), &options, &stream),
             MPI_SUCCESS);
    while ((error = mp_stream_next(stream, &result, MP_FOREVER)) == MPI_SUCCESS) {
        CHECK_EQ(result.index, count);
        if (result.failure) {
            check_failure(result.failure, count, workers);
        }
        count++;
    }
    CHECK_EQ(error, workers == 1 ? MP_ERR_PEER_DIED : MP_ERR_CLOSED);
    CHECK(workers == 1 ? count > DEADLY : count == COUNT);
    CHECK_EQ(mp_stream_free(&stream), MPI_SUCCESS);
}

int main(int argc, char **argv)
{
    mp_pool *pool = NULL;
    mp_init(&argc, &argv);
    mpitest_begin();
    mpitest_return_errors();
    const char *how = argc == 4 ? argv[1] : "fails";
    int workers = argc == 4 ? atoi(argv[2]) : 1;
    int has_to_abort = !strcmp(how, "aborts");
    const mp_pool_options options = {.processes = workers,
                                     .initializer = begin_worker,
                                     .argument = &has_to_abort,
                                     .argument_bytes = sizeof has_to_abort};
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &options, &pool), MPI_SUCCESS);
    fclose(fopen(made_name, "w"));
    if (!strcmp(how, "file")) {
        unlink(argv[0]);
    }
    if (argc == 4 && !strcmp(argv[3], "stream")) {
        test_stream(pool, workers);
    } else {
        test_map(pool, workers);
    }
    /* The last of two goes on, and the pool learns in the meantime what became of the other. */
    int left = workers;
    int out = 0;
    while (left == workers && !mpitest_failure_count) {
        CHECK_EQ(mp_pool_apply(pool, run, NULL, 0, &out, sizeof out, NULL),
                 workers > 1 ? MPI_SUCCESS : MP_ERR_PEER_DIED);
        CHECK_EQ(mp_pool_workers(pool, &left), MPI_SUCCESS);
    }
    CHECK_EQ(left, workers - 1);
    CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
    unlink(made_name);
    return mpitest_finish();
}
