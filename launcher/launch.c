/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs a job.
 *
 * Everything that happens comes through one engine: what the ranks print, the signals (among them
 * SIGCHLD, which tells that ranks have ended) and the timers. The life of a job is
 *
 *     running --(a rank failed, a time limit, no reader)--> ending --(grace time)--> killed
 *        \___________________ the last rank has ended ___________________________/
 *                                      |
 *              what ranks have left behind is killed, the output drained
 */
#include "launcher/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "base/error.h"
#include "launcher/cpu_use.h"
#include "launcher/launch_state.h"

#define COMPLETIONS_PER_PASS 64

// How long the rest of a line may take before its beginning, a prompt, is shown.
#define PAUSE_NS (30 * MPR_MS_NS)
// Closer together, two signals are one event.
#define TWICE_NS (100 * MPR_MS_NS)
// How long to wait for output when nobody is left who could write it.
#define DRAIN_NS (1000 * MPR_MS_NS)

// --- Signals and timers -----------------------------------------------------------------------

/* The first signal that is meant to end the job goes to the ranks as it came; the second kills. */
static void ending_signal_came(struct mpr_launch *launch, int number)
{
    uint64_t now_ns = mpr_clock_ns();

    if (launch->running_count == 0) {
        launch->gives_up = true;
    } else if (launch->ending_signal == 0) {
        launch->ending_signal = number;
        launch->ending_signal_ns = now_ns;
    } else if (now_ns - launch->ending_signal_ns >= TWICE_NS) {
        mpr_launch_note_failure(launch, MPR_STATUS_SIGNAL + number);
        mpr_launch_kill_ranks(launch);
    }
}

static void signal_came(struct mpr_launch *launch, const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;

    if (number == SIGCHLD) {
        mpr_launch_reap(launch);
        return;
    }
    if (mpr_signals_is_ending(number)) {
        ending_signal_came(launch, number);
    }
    if (number == SIGWINCH) {
        mpr_output_match_terminal(launch->output);
    }
    // The ranks may have looked at the size of their own terminals too early: tell them again.
    if (!mpr_signals_is_shared(info) || number == SIGWINCH) {
        mpr_launch_signal_ranks(launch, number);
    } else {
        mpr_launch_signal_outsiders(launch, number);
    }
    if (number == SIGTSTP) {
        // A rank outside of the terminal's job control would not stop for SIGTSTP.
        mpr_launch_signal_ranks(launch, SIGSTOP);
        mpr_signals_stop_self();
        mpr_launch_signal_ranks(launch, SIGCONT);
    }
}

static void signal_read(struct mpr_engine_op *op, int result)
{
    struct mpr_launch *launch = mpr_container_of(op, struct mpr_launch, signal_op);

    if (result == -ECANCELED) {
        return;
    }
    if (result == (int)sizeof(launch->signal_info)) {
        signal_came(launch, &launch->signal_info);
    }
    mpr_engine_read(launch->engine, &launch->signal_op, launch->signals.fd, &launch->signal_info,
                    sizeof(launch->signal_info));
}

static void timeout_is_over(struct mpr_engine_op *op, int result)
{
    struct mpr_launch *launch = mpr_container_of(op, struct mpr_launch, timeout_op);

    if (result == 0 && !launch->is_ending && launch->running_count > 0) {
        mpr_output_say(launch->output, "the time limit of %g s is over; where the ranks are:",
                       (double)launch->request->options->timeout_ns / 1e9);
        mpr_launch_say_where(launch);
        mpr_launch_end(launch, MPR_STATUS_TIMEOUT, "");
    }
}

// --- Preparing --------------------------------------------------------------------------------

static bool rank_wants_cpu(void *context, int slot, uint64_t *used_ns)
{
    const struct mpr_launch *launch = context;

    return launch->pids[slot] > 0 && mpr_cpu_use_is_wanted(launch->pids[slot], used_ns);
}

/* Opens what the job needs. Returns 0 or a negative errno; launch->reason then says what failed. */
static int prepare(struct mpr_launch *launch)
{
    const struct mpr_launch_request *request = launch->request;
    const struct mpr_options *options = request->options;
    struct mpr_output_config output = {
        .slot_count = launch->slot_count,
        .sink_fds = {STDOUT_FILENO, STDERR_FILENO},
        .tag = options->tag_output,
        .timestamp = options->timestamp_output,
        .pause_ns = PAUSE_NS,
        .wants_cpu = rank_wants_cpu,
        .lost = mpr_launch_output_lost,
        .context = launch,
    };

    snprintf(launch->reason, sizeof(launch->reason), "cannot prepare the job");
    launch->pids = calloc((size_t)launch->slot_count, sizeof(*launch->pids));
    launch->apps = calloc((size_t)launch->slot_count, sizeof(*launch->apps));
    launch->guests = calloc((size_t)launch->slot_count, sizeof(*launch->guests));
    launch->settled = calloc((size_t)launch->slot_count, sizeof(*launch->settled));
    if (launch->pids == NULL || launch->apps == NULL || launch->guests == NULL ||
        launch->settled == NULL) {
        return -ENOMEM;
    }
    launch->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (launch->null_fd < 0) {
        return -errno;
    }
    int error = mpr_signals_open(&launch->signals);
    if (error == 0) {
        error = mpr_launch_prepare_answers(launch);
    }
    if (error != 0) {
        return error;
    }
    error = mpr_engine_create(&launch->engine, (enum mpr_engine_choice)request->tunables->engine,
                              (unsigned)launch->rank_count * 2 + 8);
    if (error != 0 && request->tunables->engine == MPR_ENGINE_URING) {
        snprintf(launch->reason, sizeof(launch->reason),
                 "MPRUN_ENGINE=uring, but the system refuses io_uring");
    }
    if (error != 0) {
        return error;
    }
    output.engine = launch->engine;
    error = mpr_output_create(&launch->output, &output);
    if (error == 0 && options->stdin_rank == MPR_STDIN_ALL) {
        error = mpr_input_create(&launch->input, launch->engine, STDIN_FILENO, launch->rank_count);
    }
    if (error == 0) {
        launch->reason[0] = '\0';
    }
    return error;
}

// --- The loop ---------------------------------------------------------------------------------

static void run_once(struct mpr_launch *launch, int64_t wait_ns)
{
    if (mpr_engine_run(launch->engine, wait_ns, COMPLETIONS_PER_PASS) < 0) {
        // The kernel is short of memory for the moment.
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

/* Passes on what is left, then says why the job has ended. */
static void drain(struct mpr_launch *launch)
{
    uint64_t limit_ns = mpr_clock_ns() + DRAIN_NS;

    while (!mpr_output_is_drained(launch->output) && mpr_clock_ns() < limit_ns &&
           !launch->gives_up) {
        run_once(launch, DRAIN_NS / 10);
    }
    mpr_output_stop_reading(launch->output);
    do {
        mpr_launch_tell_reason(launch); // there may be one only now: the last write has failed
        // However long a reader (a pager) takes, it gets everything.
        while (!mpr_output_is_idle(launch->output) && !launch->gives_up) {
            run_once(launch, MPR_ENGINE_FOREVER);
        }
    } while (launch->reason[0] != '\0');
}

static void run(struct mpr_launch *launch)
{
    int64_t timeout_ns = launch->request->options->timeout_ns;

    mpr_children_note(&launch->children);
    // Whatever loses its parent below us becomes our child, so that we can end it.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (timeout_ns > 0) {
        mpr_engine_timer(launch->engine, &launch->timeout_op, (uint64_t)timeout_ns);
    }
    mpr_launch_start_answers(launch);
    mpr_launch_start_ranks(launch);
    mpr_launch_watch_for_hangs(launch);
    mpr_engine_read(launch->engine, &launch->signal_op, launch->signals.fd, &launch->signal_info,
                    sizeof(launch->signal_info));
    if (launch->input != NULL) {
        mpr_input_start(launch->input);
    }
    while (launch->running_count > 0) {
        run_once(launch, MPR_ENGINE_FOREVER);
    }
    mpr_children_kill_others(&launch->children);
    drain(launch);
}

struct mpr_launch_outcome mpr_launch_run(const struct mpr_launch_request *request)
{
    struct mpr_launch launch = {
        .request = request,
        .null_fd = -1,
        .signals.fd = -1,
        .rank_count = request->plan->rank_count,
        .slot_count = (int)request->segment->geometry.slot_count,
        .ask_fd = -1,
        .stranger_rank = -1,
        .signal_op.complete = signal_read,
        .timeout_op.complete = timeout_is_over,
        .grace_op.complete = mpr_launch_grace_is_over,
        .tell_op.complete = mpr_launch_tell_is_due,
        .watch_op.complete = mpr_launch_watch_is_due,
        .hang_op.complete = mpr_launch_hang_is_due,
    };
    mpr_list_init(&launch.spawns);
    int error = prepare(&launch);

    if (error == 0) {
        run(&launch);
    } else {
        mpr_say("%s: %s", launch.reason, strerror(-error));
        launch.status = MPR_STATUS_OURSELVES;
    }
    mpr_engine_destroy(launch.engine);
    mpr_input_destroy(launch.input);
    mpr_output_destroy(launch.output);
    mpr_signals_close(&launch.signals);
    mpr_launch_stop_answers(&launch);
    mpr_children_free(&launch.children);
    free(launch.settled);
    free(launch.guests);
    free(launch.apps);
    free(launch.pids);
    return (struct mpr_launch_outcome){
        .status = launch.status,
        .signal_number =
            launch.status == MPR_STATUS_SIGNAL + launch.ending_signal ? launch.ending_signal : 0,
    };
}
