/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting the runtime, and letting it rest. */
#include "mpi/runtime.h"

#include <stdio.h>

#include "base/copy.h"
#include "base/lock.h"
#include "base/tunables.h"
#include "comm/errhandler.h"
#include "mpi/api.h"
#include "p2p/p2p.h"
#include "shm/hold.h"
#include "shm/window.h"

_Atomic int mpr_runtime_user_count;

/* A process has one attempt: the first one takes its place from the environment. */
static enum { UNTRIED, STARTED, FAILED } attempt;
static int level;

/* Reads the environment and finds this process's place. A bad setting is the launcher's to report
 * where there is one: once, not by every rank. */
static int join(char *reason, size_t reason_bytes)
{
    char complaint[256];
    int complaints = mpr_tunables_read(&mpr_tunables, complaint, sizeof(complaint));
    int code = mpr_job_join(reason, reason_bytes);

    if (code == MPR_OK) {
        mpr_say_set_rank(mpr_job.world, mpr_job.rank);
        if (complaints > 0 && !mpr_job.launched) {
            mpr_say("%s", complaint);
        }
    }
    return code;
}

/* From the bottom up. */
static int start_layers(void)
{
    mpr_copy_start();
    int code = mpr_holds_start();
    code = code != MPR_OK ? code : mpr_window_start();
    code = code != MPR_OK ? code : mpr_type_start();
    code = code != MPR_OK ? code : mpr_op_start();
    code = code != MPR_OK ? code : mpr_errhandler_start();
    code = code != MPR_OK ? code : mpr_group_start();
    code = code != MPR_OK ? code : mpr_info_env_start();
    code = code != MPR_OK ? code : mpr_comm_start();
    return code != MPR_OK ? code : mpr_p2p_start();
}

static int start(char *reason, size_t reason_bytes)
{
    attempt = FAILED;
    int code = join(reason, reason_bytes);
    if (code != MPR_OK) {
        return code;
    }
    code = start_layers();
    if (code != MPR_OK) {
        snprintf(reason, reason_bytes, "%s", mpr_error_text(code));
        mpr_job_leave();
        return code;
    }
    attempt = STARTED;
    return MPR_OK;
}

/* Written only where they change: other threads may read them at any time. */
static void set_lock(bool is_needed)
{
    if (mpr_lock_is_needed != is_needed) {
        mpr_lock_is_needed = is_needed;
    }
}

static void set_level(int thread_level)
{
    level = thread_level;
    if (mpr_callers_may_change != (level >= MPI_THREAD_SERIALIZED)) {
        mpr_callers_may_change = level >= MPI_THREAD_SERIALIZED;
    }
    set_lock(level == MPI_THREAD_MULTIPLE);
}

static int start_or_wake(char *reason, size_t reason_bytes)
{
    switch (attempt) {
    case UNTRIED:
        return start(reason, reason_bytes);
    case FAILED:
        snprintf(reason, reason_bytes, "an earlier call has failed to initialize MPI");
        return MPR_ERR_SYSTEM;
    default:
        mpr_job_return();
        return MPR_OK;
    }
}

int mpr_runtime_open(int thread_level, char *reason, size_t reason_bytes)
{
    bool is_first = !mpr_runtime_is_open();

    if (is_first) {
        int code = start_or_wake(reason, reason_bytes);
        if (code != MPR_OK) {
            return code;
        }
    }
    if (is_first || thread_level > level) {
        set_level(thread_level);
    }
    atomic_fetch_add_explicit(&mpr_runtime_user_count, 1, memory_order_release);
    return MPR_OK;
}

int mpr_runtime_level(void)
{
    return level;
}

/* Others may come while this thread waits. */
void mpr_runtime_close(void)
{
    if (atomic_load_explicit(&mpr_runtime_user_count, memory_order_relaxed) == 1) {
        mpr_p2p_settle();
    }
    if (atomic_fetch_sub_explicit(&mpr_runtime_user_count, 1, memory_order_release) == 1) {
        mpr_job_leave();
        set_lock(true);
    }
}
