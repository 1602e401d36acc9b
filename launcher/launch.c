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
 *
 * The first failure decides the exit status and is the only one reported: what follows it are
 * mostly its consequences.
 */
#include "launcher/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/engine.h"
#include "base/error.h"
#include "launcher/environment.h"
#include "launcher/input.h"
#include "launcher/output.h"
#include "launcher/report.h"
#include "launcher/signals.h"
#include "launcher/spawn.h"

#define MS_NS UINT64_C(1000000)

#define STATUS_TIMEOUT   124
#define STATUS_OURSELVES 125 // mprun could not do its part
#define STATUS_SIGNAL    128

#define COMPLETIONS_PER_PASS 64

// How long the rest of a line may take before its beginning, a prompt, is shown.
#define PAUSE_NS (30 * MS_NS)
// How often to look whether ranks wait for one that never came.
#define WATCH_NS (20 * MS_NS)
// How long the reason of an end waits for the output that came before it.
#define TELL_NS (50 * MS_NS)
// Closer together, two signals are one event.
#define TWICE_NS (100 * MS_NS)
// How long to wait for output when nobody is left who could write it.
#define DRAIN_NS (1000 * MS_NS)

struct mpr_launch {
    const struct mpr_launch_request *request;
    struct mpr_engine *engine;
    struct mpr_output *output;
    struct mpr_input *input; // NULL unless --stdin all
    struct mpr_signals signals;
    int null_fd;
    pid_t *pids; // of each rank; 0 once it has ended
    int rank_count;
    int running_count;

    int status;        // what the job ends with so far
    bool has_failed;   // the status is final
    bool is_ending;    // ranks have been asked to end
    bool gives_up;     // the user does not want to wait for the output either
    int ending_signal; // the first signal to mprun that is meant to end the job
    uint64_t ending_signal_ns;
    int stranger_rank; // the first that ended without MPI_Init; -1
    int stranger_status;
    bool has_binding_warning;
    char reason[MPR_REPORT_BYTES]; // why the job ends; empty once told

    struct mpr_engine_op signal_op;
    struct signalfd_siginfo signal_info;
    struct mpr_engine_op timeout_op; // --timeout
    struct mpr_engine_op grace_op;   // SIGKILL is due
    struct mpr_engine_op tell_op;    // the reason is due
    struct mpr_engine_op watch_op;   // look for ranks that wait for a stranger
};

static struct mpr_rank_control *control_of(const struct mpr_launch *launch, int rank)
{
    return mpr_segment_control(launch->request->segment, (uint32_t)rank);
}

static uint32_t state_of(const struct mpr_launch *launch, int rank)
{
    return atomic_load_explicit(&control_of(launch, rank)->state, memory_order_acquire);
}

// --- Ending -----------------------------------------------------------------------------------

static void signal_ranks(const struct mpr_launch *launch, int number)
{
    for (int rank = 0; rank < launch->rank_count; rank++) {
        if (launch->pids[rank] > 0) {
            kill(launch->pids[rank], number);
        }
    }
}

static void tell_reason(struct mpr_launch *launch)
{
    if (launch->reason[0] != '\0') {
        mpr_output_say(launch->output, "%s", launch->reason);
        launch->reason[0] = '\0';
    }
}

static void tell_is_due(struct mpr_engine_op *op, int result)
{
    if (result == 0) {
        tell_reason(mpr_container_of(op, struct mpr_launch, tell_op));
    }
}

static void start_grace(struct mpr_launch *launch)
{
    if (!mpr_engine_op_is_active(&launch->grace_op)) {
        mpr_engine_timer(launch->engine, &launch->grace_op,
                         (uint64_t)launch->request->tunables->grace_ms * MS_NS);
    }
}

static void grace_is_over(struct mpr_engine_op *op, int result)
{
    if (result == 0) {
        signal_ranks(mpr_container_of(op, struct mpr_launch, grace_op), SIGKILL);
    }
}

static void note_failure(struct mpr_launch *launch, int status)
{
    if (!launch->has_failed) {
        launch->has_failed = true;
        launch->status = status;
    }
}

/* Ends the job for a reason, which may be empty: nothing is said then. */
static void end_job(struct mpr_launch *launch, int status, const char *reason)
{
    if (launch->is_ending) {
        return;
    }
    launch->is_ending = true;
    note_failure(launch, status);
    snprintf(launch->reason, sizeof(launch->reason), "%s", reason);
    mpr_engine_timer(launch->engine, &launch->tell_op, TELL_NS);
    signal_ranks(launch, SIGTERM);
    signal_ranks(launch, SIGCONT); // one that is stopped would not see it
    start_grace(launch);
}

static void output_lost(void *context, int error)
{
    struct mpr_launch *launch = context;
    char reason[MPR_REPORT_BYTES] = "";
    int status = STATUS_SIGNAL + SIGPIPE; // what a shell shows for any writer without a reader

    if (error != -EPIPE) {
        snprintf(reason, sizeof(reason), "cannot write to standard output: %s", strerror(-error));
        status = 1;
    }
    end_job(launch, status, reason);
    note_failure(launch, status);
}

// --- Ranks that end ---------------------------------------------------------------------------

static int find_rank(const struct mpr_launch *launch, pid_t pid)
{
    for (int rank = 0; rank < launch->rank_count; rank++) {
        if (launch->pids[rank] == pid) {
            return rank;
        }
    }
    return -1;
}

/* An exit status that is not 0 for any code that is not. */
static int status_of_code(int code)
{
    return (code & 0xff) != 0 ? code & 0xff : code != 0;
}

/* A rank that never came to MPI_Init keeps those that did waiting for ever. */
static void check_for_strangers(struct mpr_launch *launch)
{
    char reason[MPR_REPORT_BYTES];
    int stranger = launch->stranger_rank;

    for (int rank = 0; rank < launch->rank_count; rank++) {
        if (launch->pids[rank] > 0 && state_of(launch, rank) == MPR_RANK_ATTACHED) {
            mpr_report_end(reason, sizeof(reason), stranger, launch->stranger_status,
                           control_of(launch, stranger));
            int status = WEXITSTATUS(launch->stranger_status);
            end_job(launch, status != 0 ? status : 1, reason);
            return;
        }
    }
    if (launch->running_count > 0 && !launch->is_ending &&
        !mpr_engine_op_is_active(&launch->watch_op)) {
        mpr_engine_timer(launch->engine, &launch->watch_op, WATCH_NS);
    }
}

static void watch_is_due(struct mpr_engine_op *op, int result)
{
    if (result == 0) {
        check_for_strangers(mpr_container_of(op, struct mpr_launch, watch_op));
    }
}

/* The rank ended in a way that ends the job. */
static void rank_failed(struct mpr_launch *launch, int rank, int wait_status, int status)
{
    char reason[MPR_REPORT_BYTES] = "";

    if (launch->ending_signal != 0) {
        // The user ends the job, and every rank has been told: let them do it in their own way.
        note_failure(launch, status);
        start_grace(launch);
        return;
    }
    mpr_report_end(reason, sizeof(reason), rank, wait_status, control_of(launch, rank));
    end_job(launch, status, reason);
}

static void rank_ended(struct mpr_launch *launch, int rank, int wait_status)
{
    uint32_t state = state_of(launch, rank);
    int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;

    launch->pids[rank] = 0;
    launch->running_count--;
    if (state == MPR_RANK_ABORTED) {
        rank_failed(launch, rank, wait_status,
                    status_of_code(atomic_load_explicit(&control_of(launch, rank)->abort_code,
                                                        memory_order_relaxed)));
    } else if (WIFSIGNALED(wait_status)) {
        rank_failed(launch, rank, wait_status, STATUS_SIGNAL + WTERMSIG(wait_status));
    } else if (state == MPR_RANK_ATTACHED) {
        rank_failed(launch, rank, wait_status, code != 0 ? code : 1);
    } else if (code != 0) {
        note_failure(launch, code);
    }
    if (state == MPR_RANK_EMPTY && WIFEXITED(wait_status) && launch->stranger_rank < 0) {
        launch->stranger_rank = rank;
        launch->stranger_status = wait_status;
    }
}

/* Takes note of all children that have ended: ranks, and what ranks have left to us. */
static void reap(struct mpr_launch *launch)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        int rank = find_rank(launch, pid);
        if (rank >= 0) {
            rank_ended(launch, rank, wait_status);
        }
    }
    if (launch->stranger_rank >= 0) {
        check_for_strangers(launch);
    }
}

/* Kills what the ranks have started and not waited for. Orphans become our children, so this ends
 * when we have none: each round kills one generation. */
static void kill_descendants(void)
{
    while (waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD) {
        FILE *children = fopen("/proc/thread-self/children", "re");
        int pid;
        if (children == NULL) {
            return;
        }
        while (fscanf(children, "%d", &pid) == 1) {
            kill(pid, SIGKILL);
        }
        fclose(children);
        waitpid(-1, NULL, 0);
    }
}

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
        note_failure(launch, STATUS_SIGNAL + number);
        signal_ranks(launch, SIGKILL);
    }
}

static void signal_came(struct mpr_launch *launch, const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;

    if (number == SIGCHLD) {
        reap(launch);
        return;
    }
    if (mpr_signals_is_ending(number)) {
        ending_signal_came(launch, number);
    }
    if (!mpr_signals_is_shared(info)) {
        signal_ranks(launch, number);
    }
    if (number == SIGTSTP) {
        // A rank outside of the terminal's job control would not stop for SIGTSTP.
        signal_ranks(launch, SIGSTOP);
        mpr_signals_stop_self();
        signal_ranks(launch, SIGCONT);
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

/* Says where the ranks are; neighbours at the same place share a line. */
static void say_activities(struct mpr_launch *launch)
{
    char activity[2][MPR_REPORT_BYTES];
    uint64_t now_ns = mpr_clock_ns();
    int first = 0;

    for (int rank = 0; rank <= launch->rank_count; rank++) {
        char *present = activity[rank % 2], *previous = activity[(rank + 1) % 2];
        if (rank < launch->rank_count && launch->pids[rank] > 0) {
            mpr_report_activity(present, sizeof(activity[0]), control_of(launch, rank), now_ns);
        } else {
            snprintf(present, sizeof(activity[0]), "%s", rank < launch->rank_count ? "ended" : "");
        }
        if (rank == 0 || strcmp(present, previous) == 0) {
            continue;
        }
        if (first == rank - 1) {
            mpr_output_say(launch->output, "rank %d: %s", first, previous);
        } else {
            mpr_output_say(launch->output, "ranks %d-%d: %s", first, rank - 1, previous);
        }
        first = rank;
    }
}

static void timeout_is_over(struct mpr_engine_op *op, int result)
{
    struct mpr_launch *launch = mpr_container_of(op, struct mpr_launch, timeout_op);

    if (result == 0 && !launch->is_ending && launch->running_count > 0) {
        mpr_output_say(launch->output, "the time limit of %g s is over; where the ranks are:",
                       (double)launch->request->options->timeout_ns / 1e9);
        say_activities(launch);
        end_job(launch, STATUS_TIMEOUT, "");
    }
}

// --- Starting ---------------------------------------------------------------------------------

static int open_input(struct mpr_launch *launch, int rank)
{
    int stdin_rank = launch->request->options->stdin_rank;

    if (launch->input != NULL) {
        return mpr_input_open(launch->input, rank);
    }
    return rank == stdin_rank ? STDIN_FILENO : launch->null_fd;
}

static void close_rank_fds(const struct mpr_launch *launch, const int fds[3])
{
    for (int i = 0; i < 3; i++) {
        if (fds[i] > STDERR_FILENO && fds[i] != launch->null_fd) {
            close(fds[i]);
        }
    }
}

/* Starts one rank. Returns 0, or the exit status of a job that cannot start, with a message. */
static int start_rank(struct mpr_launch *launch, int rank, const struct mpr_app *app,
                      struct mpr_environment *environment, char *message)
{
    const struct mpr_launch_request *request = launch->request;
    const struct mpr_place *place = &request->plan->places[rank];
    struct mpr_spawn spawn = {
        .argv = app->argv,
        .environment = environment->variables,
        .directory = app->directory,
        .cpus = request->binds ? place->cpus : NULL,
        .standard_fds = {-1, -1, -1},
        .segment_fd = request->segment->fd,
        .signal_mask = &launch->signals.original,
    };
    struct mpr_spawn_result result;
    int status = 0;

    mpr_environment_set_rank(environment, rank, request->segment->fd, place->thread_count);
    int error = mpr_output_open(launch->output, rank, &spawn.standard_fds[1]);
    if (error == 0) {
        spawn.standard_fds[0] = open_input(launch, rank);
        error = spawn.standard_fds[0] < 0 ? spawn.standard_fds[0] : 0;
    }
    if (error != 0) {
        snprintf(message, MPR_REPORT_BYTES, "cannot open the pipes of rank %d: %s%s", rank,
                 strerror(-error), error == -EMFILE ? " (see ulimit -Hn)" : "");
        close_rank_fds(launch, spawn.standard_fds);
        return STATUS_OURSELVES;
    }

    pid_t pid = mpr_spawn(&spawn, &result);
    if (pid > 0) {
        launch->pids[rank] = pid;
        launch->running_count++;
        atomic_store_explicit(&control_of(launch, rank)->pid, (int32_t)pid, memory_order_release);
    } else {
        status = mpr_spawn_explain(&spawn, &result, message, MPR_REPORT_BYTES);
    }
    close_rank_fds(launch, spawn.standard_fds);
    if (result.binding_error != 0 && !launch->has_binding_warning) {
        launch->has_binding_warning = true;
        mpr_output_say(launch->output, "rank %d runs unbound, the system refused its binding: %s",
                       rank, strerror(result.binding_error));
    }
    return status;
}

static void start_ranks(struct mpr_launch *launch)
{
    const struct mpr_options *options = launch->request->options;
    char message[MPR_REPORT_BYTES];
    int status = 0;

    for (size_t i = 0, rank = 0; status == 0 && i < options->app_count; i++) {
        const struct mpr_app *app = &options->apps[i];
        struct mpr_environment environment;
        if (mpr_environment_make(&environment, environ, &options->settings, &app->settings) != 0) {
            snprintf(message, sizeof(message), "out of memory");
            status = STATUS_OURSELVES;
            break;
        }
        for (int j = 0; status == 0 && j < app->rank_count; j++, rank++) {
            control_of(launch, (int)rank)->appnum = (int32_t)i;
            status = start_rank(launch, (int)rank, app, &environment, message);
        }
        mpr_environment_free(&environment);
    }
    if (status != 0) {
        end_job(launch, status, message);
    }
}

static int prepare(struct mpr_launch *launch)
{
    const struct mpr_launch_request *request = launch->request;
    const struct mpr_options *options = request->options;
    struct mpr_output_config output = {
        .rank_count = launch->rank_count,
        .sink_fds = {STDOUT_FILENO, STDERR_FILENO},
        .tag = options->tag_output,
        .timestamp = options->timestamp_output,
        .pause_ns = PAUSE_NS,
        .lost = output_lost,
        .context = launch,
    };

    launch->pids = calloc((size_t)launch->rank_count, sizeof(*launch->pids));
    if (launch->pids == NULL) {
        return -ENOMEM;
    }
    launch->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (launch->null_fd < 0) {
        return -errno;
    }
    int error = mpr_signals_open(&launch->signals);
    if (error != 0) {
        return error;
    }
    error = mpr_engine_create(&launch->engine, (enum mpr_engine_choice)request->tunables->engine,
                              (unsigned)launch->rank_count * 2 + 8);
    if (error != 0) {
        return error;
    }
    output.engine = launch->engine;
    error = mpr_output_create(&launch->output, &output);
    if (error == 0 && options->stdin_rank == MPR_STDIN_ALL) {
        error = mpr_input_create(&launch->input, launch->engine, STDIN_FILENO, launch->rank_count);
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
        tell_reason(launch); // there may be one only now: the last write has failed
        // However long a reader (a pager) takes, it gets everything.
        while (!mpr_output_is_idle(launch->output) && !launch->gives_up) {
            run_once(launch, MPR_ENGINE_FOREVER);
        }
    } while (launch->reason[0] != '\0');
}

static void run(struct mpr_launch *launch)
{
    int64_t timeout_ns = launch->request->options->timeout_ns;

    // Whatever loses its parent below us becomes our child, so that we can end it.
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    mpr_engine_read(launch->engine, &launch->signal_op, launch->signals.fd, &launch->signal_info,
                    sizeof(launch->signal_info));
    if (timeout_ns > 0) {
        mpr_engine_timer(launch->engine, &launch->timeout_op, (uint64_t)timeout_ns);
    }
    start_ranks(launch);
    if (launch->input != NULL) {
        mpr_input_start(launch->input);
    }
    while (launch->running_count > 0) {
        run_once(launch, MPR_ENGINE_FOREVER);
    }
    kill_descendants();
    drain(launch);
}

struct mpr_launch_outcome mpr_launch_run(const struct mpr_launch_request *request)
{
    struct mpr_launch launch = {
        .request = request,
        .null_fd = -1,
        .signals.fd = -1,
        .rank_count = request->plan->rank_count,
        .stranger_rank = -1,
        .signal_op.complete = signal_read,
        .timeout_op.complete = timeout_is_over,
        .grace_op.complete = grace_is_over,
        .tell_op.complete = tell_is_due,
        .watch_op.complete = watch_is_due,
    };
    int error = prepare(&launch);

    if (error == 0) {
        run(&launch);
    } else {
        mpr_say("cannot prepare the job: %s", strerror(-error));
        launch.status = STATUS_OURSELVES;
    }
    mpr_engine_destroy(launch.engine);
    mpr_input_destroy(launch.input);
    mpr_output_destroy(launch.output);
    mpr_signals_close(&launch.signals);
    free(launch.pids);
    return (struct mpr_launch_outcome){
        .status = launch.status,
        .signal_number =
            launch.status == STATUS_SIGNAL + launch.ending_signal ? launch.ending_signal : 0,
    };
}
