/* SPDX-License-Identifier: BSD-3-Clause */
/* What the engine's test programs share: an operation that remembers how it ended, an engine made
 * anew for each test, and a main that runs the tests over both siblings. */
#ifndef TESTS_UNIT_BASE_ENGINE_PROBE_H
#define TESTS_UNIT_BASE_ENGINE_PROBE_H

#include <CUnit/Basic.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/engine.h"

#define MS    UINT64_C(1000000)
#define UNSET 12345

static enum mpr_engine_choice kind;
static struct mpr_engine *engine;

struct probe {
    struct mpr_engine_op op;
    int result;
    int completed_count;
    uint64_t completed_ns;
};

static int completed_total;

static inline void note(struct mpr_engine_op *op, int result)
{
    struct probe *probe = (struct probe *)op;

    probe->result = result;
    probe->completed_count++;
    probe->completed_ns = mpr_clock_ns();
    completed_total++;
}

static inline struct probe fresh(void)
{
    return (struct probe){.op = {.complete = note}, .result = UNSET};
}

/* Runs until the operation has completed; gives up after five seconds. */
static inline void finish(struct probe *probe)
{
    uint64_t limit_ns = mpr_clock_ns() + 5000 * MS;

    while (probe->completed_count == 0 && mpr_clock_ns() < limit_ns)
        mpr_engine_run(engine, 100 * MS, 16);
}

static inline int set_up(void)
{
    completed_total = 0;
    return mpr_engine_create(&engine, kind, 16);
}

static inline void tear_down(void)
{
    mpr_engine_destroy(engine);
    engine = NULL;
}

static inline void make_pipe(int fds[2], int flags)
{
    if (pipe2(fds, flags | O_CLOEXEC) != 0)
        abort();
}

static inline void close_pipe(int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

static inline int use_uring(void)
{
    kind = MPR_ENGINE_URING;
    return 0;
}

static inline int use_sync(void)
{
    kind = MPR_ENGINE_SYNC;
    return 0;
}

/* Runs the tests over each sibling that this machine has; returns the exit status. */
static inline int run_over_siblings(const CU_TestInfo *tests)
{
    CU_SuiteInfo suites[] = {
        {.pName = "sync", .pInitFunc = use_sync, .pTests = (CU_TestInfo *)tests},
        {.pName = "uring", .pInitFunc = use_uring, .pTests = (CU_TestInfo *)tests},
        CU_SUITE_INFO_NULL,
    };

    alarm(60);
    signal(SIGPIPE, SIG_IGN);
    if (mpr_engine_create(&engine, MPR_ENGINE_URING, 4) == 0) {
        mpr_engine_destroy(engine);
    } else {
        puts("io_uring is forbidden here: its suite is left out");
        suites[1].pName = NULL;
    }
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
        return 1;
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}

#endif
