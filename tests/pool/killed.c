/* SPDX-License-Identifier: BSD-3-Clause */
/* What tests/pool/killed.sh runs under mprun --continue: ranks are the workers of a pool, and two
 * tasks kill theirs: one at the first attempt only, one always. What people complain of elsewhere,
 * a pool that hangs for ever, is a failure with the task's index, the signal and the worker; the
 * task is tried again on another worker, the dead are replaced, and nothing else is lost. */
#include <mp.h>
#include <signal.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { COUNT = 400, UNLUCKY = 50, DEADLY = 60 };

static int run(const void *in, void *out, mp_task *task)
{
    int64_t index = mp_task_index(task);
    int64_t pid = getpid();
    (void)in;
    if (index == UNLUCKY && mp_task_attempt(task) == 1) {
        raise(SIGKILL);
    }
    if (index == DEADLY) {
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    memcpy(out, &pid, sizeof pid);
    return 0;
}

static void check_failures(mp_pool *pool, int workers)
{
    const mp_failure *failures = NULL;
    int64_t count = 0;
    CHECK_EQ(mp_pool_failures(pool, &failures, &count), MPI_SUCCESS);
    CHECK_EQ(count, 1);
    if (count == 1) {
        CHECK_EQ(failures[0].index, DEADLY);
        CHECK_EQ(failures[0].error, MP_ERR_PEER_DIED);
        CHECK_EQ(failures[0].signal, SIGSEGV);
        CHECK_EQ(failures[0].attempts, 2);
        CHECK(failures[0].rank >= 1 && failures[0].rank <= workers);
        CHECK(strstr(failures[0].text, "was killed by signal 11") != NULL);
    }
}

static int live(const void *in, void *out, mp_task *task)
{
    (void)in;
    *(int64_t *)out = mp_task_rank(task);
    return 0;
}

int main(int argc, char **argv)
{
    static int64_t out[COUNT];
    const mp_pool_options pool_options = {.idle_root = 1};
    const mp_options options = {.retries = 1};
    mp_pool *pool = NULL;

    mp_init(&argc, &argv);
    mpitest_begin();
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, &pool_options, &pool), MPI_SUCCESS);
    if (pool) {
        int workers = 0;
        CHECK_EQ(mp_pool_map(pool, run, NULL, COUNT, 0, out, sizeof *out, &options), MP_ERR_TASK);
        CHECK(strstr(mp_error_text(), "1 of 400 tasks failed; the first is task 60: worker ") !=
              NULL);
        check_failures(pool, mpitest_size - 1);
        for (int i = 0; i < COUNT; i++) {
            CHECK_EQ(out[i] != 0, i != DEADLY);
        }
        CHECK_EQ(mp_pool_workers(pool, &workers), MPI_SUCCESS);
        CHECK_EQ(workers, mpitest_size - 1);
        CHECK_EQ(mp_pool_map(pool, live, NULL, COUNT, 0, out, sizeof *out, NULL), MPI_SUCCESS);
        CHECK_EQ(mp_pool_free(&pool), MPI_SUCCESS);
        printf("root: %d failures\n", (int)mpitest_failure_count);
    }
    MPI_Finalize();
    return 0;
}
