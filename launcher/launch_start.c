/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts the ranks of a job, one after the other: each gets its streams, its environment and its
 * place. The first that cannot be started ends the job. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/environment.h"
#include "launcher/launch_state.h"
#include "launcher/spawn.h"

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
        return MPR_STATUS_OURSELVES;
    }

    pid_t pid = mpr_spawn(&spawn, &result);
    if (pid > 0) {
        launch->pids[rank] = pid;
        launch->running_count++;
        atomic_store_explicit(&mpr_launch_control(launch, rank)->pid, (int32_t)pid,
                              memory_order_release);
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

/* Says of every rank which program it belongs to: a rank may ask for the others' as soon as it
 * runs. */
static void number_programs(const struct mpr_launch *launch)
{
    const struct mpr_options *options = launch->request->options;

    for (size_t i = 0, rank = 0; i < options->app_count; i++) {
        for (int j = 0; j < options->apps[i].rank_count; j++, rank++) {
            mpr_launch_control(launch, (int)rank)->appnum = (int32_t)i;
        }
    }
}

void mpr_launch_start_ranks(struct mpr_launch *launch)
{
    const struct mpr_options *options = launch->request->options;
    char message[MPR_REPORT_BYTES];
    int status = 0;

    number_programs(launch);
    for (size_t i = 0, rank = 0; status == 0 && i < options->app_count; i++) {
        const struct mpr_app *app = &options->apps[i];
        struct mpr_environment environment;
        if (mpr_environment_make(&environment, environ, &options->settings, &app->settings) != 0) {
            snprintf(message, sizeof(message), "out of memory");
            status = MPR_STATUS_OURSELVES;
            break;
        }
        for (int j = 0; status == 0 && j < app->rank_count; j++, rank++) {
            status = start_rank(launch, (int)rank, app, &environment, message);
        }
        mpr_environment_free(&environment);
    }
    if (status != 0) {
        mpr_launch_end(launch, status, message);
    }
}
