/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts the ranks of a job, one after the other: each gets its streams, its environment and its
 * place. The first that cannot be started ends the job, and so does a signal meanwhile. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "launcher/domains.h"
#include "launcher/foreign.h"
#include "launcher/launch_state.h"
#include "launcher/spawn.h"

static int open_input(struct mpr_launch *launch, int slot)
{
    int stdin_rank = launch->request->options->stdin_rank;

    if (slot >= launch->rank_count) {
        return launch->null_fd;
    }
    if (launch->input != NULL) {
        return mpr_input_open(launch->input, slot);
    }
    return slot == stdin_rank ? STDIN_FILENO : launch->null_fd;
}

static void close_rank_fds(const struct mpr_launch *launch, const int fds[3])
{
    for (int i = 0; i < 3; i++) {
        if (fds[i] > STDERR_FILENO && fds[i] != launch->null_fd) {
            close(fds[i]);
        }
    }
}

static void warn_of_binding(struct mpr_launch *launch, const char *label, int error)
{
    if (error != 0 && !launch->has_binding_warning) {
        launch->has_binding_warning = true;
        mpr_output_say(launch->output, "rank %s runs unbound, the system refused its binding: %s",
                       label, strerror(error));
    }
}

int mpr_launch_start_process(struct mpr_launch *launch, const struct mpr_seat *seat, char *message)
{
    const struct mpr_launch_request *request = launch->request;
    struct mpr_spawn spawn = {
        .argv = seat->argv,
        .environment = seat->environment->variables,
        .directory = seat->directory,
        .cpus = request->binds ? seat->place->cpus : NULL,
        .standard_fds = {-1, -1, -1},
        .kept_fds = {request->segment->fd, request->segment->header->ask_fd},
        .signal_mask = &launch->signals.original,
    };
    struct mpr_spawn_result result;
    char label[MPR_LABEL_BYTES];
    int status = 0;

    mpr_launch_label(launch, seat->slot, label);
    mpr_environment_set_rank(seat->environment, seat->slot, request->segment->fd,
                             seat->place->thread_count);
    int error = mpr_output_open(launch->output, seat->slot, label, &spawn.standard_fds[1]);
    if (error == 0) {
        spawn.standard_fds[0] = open_input(launch, seat->slot);
        error = spawn.standard_fds[0] < 0 ? spawn.standard_fds[0] : 0;
    }
    if (error != 0) {
        snprintf(message, MPR_REPORT_BYTES, "cannot open the pipes of rank %s: %s%s", label,
                 strerror(-error), error == -EMFILE ? " (see ulimit -Hn)" : "");
        close_rank_fds(launch, spawn.standard_fds);
        return MPR_STATUS_OURSELVES;
    }

    pid_t pid = mpr_spawn(&spawn, &result);
    if (pid > 0) {
        launch->pids[seat->slot] = pid;
        launch->running_count++;
    } else {
        status = mpr_spawn_explain(&spawn, &result, message, MPR_REPORT_BYTES);
    }
    close_rank_fds(launch, spawn.standard_fds);
    warn_of_binding(launch, label, result.binding_error);
    return status;
}

void mpr_launch_locate(const struct mpr_launch *launch, int slot, const struct mpr_place *place)
{
    const struct mpr_launch_request *request = launch->request;
    struct mpr_rank_control *control = mpr_launch_control(launch, slot);

    if (request->tunables->cluster_ranks > 0) {
        control->domains = mpr_domains_pretend(slot, request->tunables->cluster_ranks);
    } else if (request->binds && place->cpus != NULL) {
        control->domains = mpr_domains_find(request->topology, place->cpus);
    }
}

/* Says of every rank which program it belongs to and where it lies: a rank may ask for the
 * others' as soon as it runs. */
static void describe_ranks(const struct mpr_launch *launch)
{
    const struct mpr_options *options = launch->request->options;

    for (int i = 0, rank = 0; i < (int)options->app_count; i++) {
        for (int j = 0; j < options->apps[i].rank_count; j++, rank++) {
            mpr_launch_control(launch, rank)->appnum = i;
            mpr_launch_locate(launch, rank, &launch->request->plan->places[rank]);
            launch->apps[rank] = &options->apps[i];
        }
    }
}

/* Ends the job if a signal has asked for that while it is being started: a rank that starts after
 * Ctrl-C does not get it from the terminal, and would run on. */
static bool is_interrupted(struct mpr_launch *launch)
{
    int number = mpr_signals_take_ending();

    if (number != 0) {
        launch->ending_signal = number;
        launch->ending_signal_ns = mpr_clock_ns();
        mpr_launch_end(launch, MPR_STATUS_SIGNAL + number, "");
    }
    return launch->is_ending;
}

/* Ranks that do not know of each other look as if they worked. */
static void warn_of_foreign(const struct mpr_launch *launch)
{
    const struct mpr_options *options = launch->request->options;
    char path[4096], library[32];

    for (size_t i = 0; launch->rank_count > 1 && i < options->app_count; i++) {
        const struct mpr_app *app = &options->apps[i];
        if (mpr_spawn_find(app->argv[0], app->directory, path, sizeof(path)) &&
            mpr_foreign_find(path, library, sizeof(library))) {
            mpr_output_say(launch->output,
                           "%s is linked with another MPI library, %s: each of its ranks is a job "
                           "of its own here; compile it with mpcc, or start it with that "
                           "library's mpirun",
                           app->argv[0], library);
        }
    }
}

void mpr_launch_start_ranks(struct mpr_launch *launch)
{
    const struct mpr_options *options = launch->request->options;
    bool shares_cores = launch->request->segment->header->oversubscribed != 0;
    char message[MPR_REPORT_BYTES];
    int status = 0;

    describe_ranks(launch);
    for (size_t i = 0, rank = 0; status == 0 && !launch->is_ending && i < options->app_count; i++) {
        const struct mpr_app *app = &options->apps[i];
        const struct mpr_settings *settings[] = {&options->settings, &app->settings};
        struct mpr_environment environment;
        if (mpr_environment_make(&environment, environ, settings, 2, launch->request->heap,
                                 shares_cores) != 0) {
            mpr_environment_free(&environment);
            snprintf(message, sizeof(message), "out of memory");
            status = MPR_STATUS_OURSELVES;
            break;
        }
        for (int j = 0; status == 0 && !is_interrupted(launch) && j < app->rank_count;
             j++, rank++) {
            const struct mpr_seat seat = {
                .slot = (int)rank,
                .argv = app->argv,
                .environment = &environment,
                .directory = app->directory,
                .place = &launch->request->plan->places[rank],
            };
            status = mpr_launch_start_process(launch, &seat, message);
        }
        mpr_environment_free(&environment);
    }
    if (status != 0) {
        mpr_launch_end(launch, status, message);
    } else {
        warn_of_foreign(launch);
    }
}
