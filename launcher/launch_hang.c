/* SPDX-License-Identifier: BSD-3-Clause */
/* Looks now and then whether the job is one in which nobody can go on. */
#include <stdio.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "launcher/launch_state.h"
#include "launcher/where.h"

// Between two looks: a hang is told of before a second is over.
#define LOOK_NS (400 * MPR_MS_NS)

static bool is_running(void *context, int slot)
{
    const struct mpr_launch *launch = context;

    return launch->pids[slot] > 0;
}

static void say(void *context, const char *text)
{
    struct mpr_launch *launch = context;

    mpr_output_say(launch->output, "%s", text);
}

static struct mpr_where where_of(struct mpr_launch *launch)
{
    return (struct mpr_where){.segment = launch->request->segment,
                              .is_running = is_running,
                              .say = say,
                              .context = launch};
}

void mpr_launch_say_where(struct mpr_launch *launch)
{
    const struct mpr_where where = where_of(launch);

    mpr_where_say(&where);
}

/* Whether somebody looks at the process with a debugger. */
static bool is_traced(pid_t pid)
{
    char path[64], line[128];
    int tracer = 0;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    if (status == NULL) {
        return false;
    }
    while (fgets(line, sizeof(line), status) != NULL &&
           sscanf(line, "TracerPid: %d", &tracer) != 1) {
    }
    fclose(status);
    return tracer != 0;
}

/* The processes that have attached count, which wrappers may have started. */
static bool has_traced(const struct mpr_launch *launch)
{
    for (int slot = 0; slot < launch->slot_count; slot++) {
        const struct mpr_rank_control *control = mpr_launch_control(launch, slot);
        if (launch->pids[slot] > 0 &&
            is_traced(atomic_load_explicit(&control->pid, memory_order_relaxed))) {
            return true;
        }
    }
    return false;
}

static void tell(struct mpr_launch *launch, const struct mpr_where *where)
{
    mpr_where_say_stuck(where);
    if (launch->request->options->on_hang != MPR_HANG_END) {
        return;
    }
    if (has_traced(launch)) {
        mpr_output_say(launch->output, "the job stays, because a rank is being debugged");
        return;
    }
    mpr_output_say(launch->output, "the job ends; with --on-hang tell it stays, for a debugger");
    mpr_launch_end(launch, MPR_STATUS_STUCK, "");
}

void mpr_launch_hang_is_due(struct mpr_engine_op *op, int result)
{
    struct mpr_launch *launch = mpr_container_of(op, struct mpr_launch, hang_op);

    if (result != 0 || launch->is_ending || launch->running_count == 0) {
        return;
    }
    const struct mpr_where where = where_of(launch);
    bool is_told = launch->is_stuck;
    launch->is_stuck = mpr_where_is_stuck(&where, launch->settled);
    if (launch->is_stuck && !is_told) {
        tell(launch, &where);
    }
    mpr_launch_watch_for_hangs(launch);
}

void mpr_launch_watch_for_hangs(struct mpr_launch *launch)
{
    if (launch->request->options->on_hang != MPR_HANG_IGNORE) {
        mpr_engine_timer(launch->engine, &launch->hang_op, LOOK_NS);
    }
}
