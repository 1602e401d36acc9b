/* SPDX-License-Identifier: BSD-3-Clause */
/* How ranks end, and jobs with them. The first failure decides the exit status. It is the only one
 * reported where it ends the job: what follows it are mostly its consequences. Where the
 * job goes on, each is. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/compiler.h"
#include "launcher/launch_state.h"
#include "shm/death.h"

// How often to look whether ranks wait for one that never came.
#define WATCH_NS (20 * MPR_MS_NS)
// How long the reason of an end waits for the output that came before it.
#define TELL_NS (50 * MPR_MS_NS)

// --- Ending -----------------------------------------------------------------------------------

void mpr_launch_signal_ranks(const struct mpr_launch *launch, int number)
{
    for (int slot = 0; slot < launch->slot_count; slot++) {
        if (launch->pids[slot] > 0) {
            kill(launch->pids[slot], number);
        }
    }
}

void mpr_launch_signal_outsiders(const struct mpr_launch *launch, int number)
{
    for (int slot = 0; slot < launch->slot_count; slot++) {
        if (launch->pids[slot] > 0 && getpgid(launch->pids[slot]) != getpgrp()) {
            kill(launch->pids[slot], number);
        }
    }
}

void mpr_launch_tell_reason(struct mpr_launch *launch)
{
    if (launch->reason[0] != '\0') {
        mpr_output_say(launch->output, "%s", launch->reason);
        launch->reason[0] = '\0';
    }
}

void mpr_launch_tell_is_due(struct mpr_engine_op *op, int result)
{
    if (result == 0) {
        mpr_launch_tell_reason(mpr_container_of(op, struct mpr_launch, tell_op));
    }
}

static void start_grace(struct mpr_launch *launch)
{
    if (!mpr_engine_op_is_active(&launch->grace_op)) {
        mpr_engine_timer(launch->engine, &launch->grace_op,
                         (uint64_t)launch->request->tunables->grace_ms * MPR_MS_NS);
    }
}

void mpr_launch_kill_ranks(struct mpr_launch *launch)
{
    launch->is_ending = true;
    mpr_launch_signal_ranks(launch, SIGKILL);
}

void mpr_launch_grace_is_over(struct mpr_engine_op *op, int result)
{
    if (result == 0) {
        mpr_launch_kill_ranks(mpr_container_of(op, struct mpr_launch, grace_op));
    }
}

void mpr_launch_note_failure(struct mpr_launch *launch, int status)
{
    if (!launch->has_failed) {
        launch->has_failed = true;
        launch->status = status;
    }
}

/* Ends the job for a reason, which may be empty: nothing is said then. */
void mpr_launch_end(struct mpr_launch *launch, int status, const char *reason)
{
    if (launch->is_ending) {
        return;
    }
    launch->is_ending = true;
    mpr_launch_note_failure(launch, status);
    snprintf(launch->reason, sizeof(launch->reason), "%s", reason);
    mpr_engine_timer(launch->engine, &launch->tell_op, TELL_NS);
    mpr_launch_signal_ranks(launch, SIGTERM);
    mpr_launch_signal_ranks(launch, SIGCONT); // one that is stopped would not see it
    start_grace(launch);
}

void mpr_launch_output_lost(void *context, int error)
{
    struct mpr_launch *launch = context;
    char reason[MPR_REPORT_BYTES] = "";
    int status = MPR_STATUS_SIGNAL + SIGPIPE; // what a shell shows for any writer without a reader

    if (error != -EPIPE) {
        snprintf(reason, sizeof(reason), "cannot write to standard output: %s", strerror(-error));
        status = 1;
    }
    mpr_launch_end(launch, status, reason);
    mpr_launch_note_failure(launch, status);
}

// --- Ranks that end ---------------------------------------------------------------------------

static uint32_t state_of(const struct mpr_launch *launch, int rank)
{
    return atomic_load_explicit(&mpr_launch_control(launch, rank)->state, memory_order_acquire);
}

static int find_rank(const struct mpr_launch *launch, pid_t pid)
{
    for (int slot = 0; slot < launch->slot_count; slot++) {
        if (launch->pids[slot] == pid) {
            return slot;
        }
    }
    return -1;
}

/* An exit status that is not 0 for any code that is not. */
static int status_of_code(int code)
{
    return (code & 0xff) != 0 ? code & 0xff : code != 0;
}

static void report_end(const struct mpr_launch *launch, char report[MPR_REPORT_BYTES], int rank,
                       int wait_status)
{
    char label[MPR_LABEL_BYTES];
    mpr_report_end(report, MPR_REPORT_BYTES, mpr_launch_label(launch, rank, label), wait_status,
                   mpr_launch_control(launch, rank));
}

static bool is_attached(const struct mpr_launch *launch, int rank)
{
    return launch->pids[rank] > 0 && state_of(launch, rank) == MPR_RANK_ATTACHED;
}

static bool somebody_is_attached(const struct mpr_launch *launch)
{
    int slot = 0;

    while (slot < launch->slot_count && !is_attached(launch, slot)) {
        slot++;
    }
    return slot < launch->slot_count;
}

/* A rank that never came to MPI_Init keeps those that did waiting for ever. */
static void check_for_strangers(struct mpr_launch *launch)
{
    char reason[MPR_REPORT_BYTES];
    int stranger = launch->stranger_rank;

    if (somebody_is_attached(launch)) {
        report_end(launch, reason, stranger, launch->stranger_status);
        int status = WEXITSTATUS(launch->stranger_status);
        mpr_launch_end(launch, status != 0 ? status : 1, reason);
    } else if (launch->running_count > 0 && !launch->is_ending &&
               !mpr_engine_op_is_active(&launch->watch_op)) {
        mpr_engine_timer(launch->engine, &launch->watch_op, WATCH_NS);
    }
}

void mpr_launch_watch_is_due(struct mpr_engine_op *op, int result)
{
    if (result == 0) {
        check_for_strangers(mpr_container_of(op, struct mpr_launch, watch_op));
    }
}

/* Whether the rank has said itself why it ended the job. */
static bool has_told(const struct mpr_launch *launch, int rank)
{
    return state_of(launch, rank) == MPR_RANK_ABORTED &&
           atomic_load_explicit(&launch->request->segment->header->end_is_told,
                                memory_order_relaxed) != 0;
}

/* Whether this end may be the rank's answer to the user who ends the job. A crash is none. */
static bool is_answer(const struct mpr_launch *launch, int wait_status)
{
    return launch->ending_signal != 0 &&
           (!WIFSIGNALED(wait_status) || mpr_signals_is_ending(WTERMSIG(wait_status)));
}

/* Whether those who spawned the rank may have killed it in answer, as pools do with workers. */
static bool is_put_down(const struct mpr_launch *launch, int wait_status)
{
    return launch->ending_signal != 0 && WIFSIGNALED(wait_status) &&
           WTERMSIG(wait_status) == SIGKILL;
}

/* The rank ended in a way that ends the job. */
static void rank_failed(struct mpr_launch *launch, int rank, int wait_status, int status)
{
    char reason[MPR_REPORT_BYTES] = "";

    if (is_answer(launch, wait_status)) {
        // Every rank has been told: let them end in their own way.
        mpr_launch_note_failure(launch, status);
        start_grace(launch);
        return;
    }
    if (!has_told(launch, rank)) {
        report_end(launch, reason, rank, wait_status);
    }
    mpr_launch_end(launch, status, reason);
}

/* Whether the job goes on when this rank dies. Who ends the job on purpose, by MPI_Abort or by an
 * error that it leaves to the default handler, does so unless it was spawned: then it ends itself.
 * Those who spawned it may be at work on an end of their own after a Ctrl-C,
 * and wait for its death. */
static bool goes_on_without(const struct mpr_launch *launch, int rank)
{
    bool is_spawned = mpr_launch_control(launch, rank)->spawned != 0;
    bool is_wanted = launch->request->options->continues && launch->ending_signal == 0 &&
                     state_of(launch, rank) != MPR_RANK_ABORTED;

    return (is_spawned || is_wanted) && !launch->is_ending;
}

/* The rank has died and the others go on. Those who spawn ranks know what their deaths mean for the
 * job: the exit status is theirs. */
static void carry_on(struct mpr_launch *launch, int rank, int wait_status, int status)
{
    struct mpr_rank_control *control = mpr_launch_control(launch, rank);
    char report[MPR_REPORT_BYTES];

    if (!has_told(launch, rank) && !is_answer(launch, wait_status) &&
        !is_put_down(launch, wait_status)) {
        report_end(launch, report, rank, wait_status);
        mpr_output_say(launch->output, "%s; the job goes on without it", report);
    }
    atomic_store_explicit(&launch->request->segment->header->end_is_told, 0, memory_order_relaxed);
    if (control->spawned == 0) {
        mpr_launch_note_failure(launch, status);
    }
    mpr_death_announce(launch->request->segment, (uint32_t)rank, wait_status);
}

static void rank_died(struct mpr_launch *launch, int rank, int wait_status, int status)
{
    if (goes_on_without(launch, rank)) {
        carry_on(launch, rank, wait_status, status);
    } else {
        rank_failed(launch, rank, wait_status, status);
    }
}

/* The rank has ended without MPI_Init, as any program may; unless others wait for it. */
static void stranger_ended(struct mpr_launch *launch, int rank, int wait_status)
{
    int code = WEXITSTATUS(wait_status);

    if (code != 0) {
        mpr_launch_note_failure(launch, code);
    }
    if (!goes_on_without(launch, rank)) {
        if (launch->stranger_rank < 0) {
            launch->stranger_rank = rank;
            launch->stranger_status = wait_status;
        }
    } else if (somebody_is_attached(launch)) {
        carry_on(launch, rank, wait_status, code != 0 ? code : 1);
    } else {
        mpr_death_announce(launch->request->segment, (uint32_t)rank, wait_status);
    }
}

static void rank_ended(struct mpr_launch *launch, int rank, int wait_status)
{
    uint32_t state = state_of(launch, rank);
    int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;

    launch->pids[rank] = 0;
    launch->running_count--;
    mpr_launch_release(launch, rank);
    if (state == MPR_RANK_DEAD) {
        return; // taken back before anybody knew of it
    }
    if (state == MPR_RANK_ABORTED) {
        rank_died(launch, rank, wait_status,
                  status_of_code(atomic_load_explicit(&mpr_launch_control(launch, rank)->abort_code,
                                                      memory_order_relaxed)));
    } else if (WIFSIGNALED(wait_status)) {
        rank_died(launch, rank, wait_status, MPR_STATUS_SIGNAL + WTERMSIG(wait_status));
    } else if (state == MPR_RANK_ATTACHED) {
        rank_died(launch, rank, wait_status, code != 0 ? code : 1);
    } else if (state == MPR_RANK_EMPTY) {
        stranger_ended(launch, rank, wait_status);
    } else if (code != 0) {
        mpr_launch_note_failure(launch, code);
    }
}

/* What waitpid() would tell. */
static int wait_status_of(const siginfo_t *info)
{
    return info->si_code == CLD_EXITED
               ? W_EXITCODE(info->si_status, 0)
               : W_EXITCODE(0, info->si_status) | (info->si_code == CLD_DUMPED ? WCOREFLAG : 0);
}

/* Takes note of all children that have ended: ranks, and what ranks have left to us. A rank stays a
 * zombie, and its number its own, until its end is known to all (shm/death.h). */
void mpr_launch_reap(struct mpr_launch *launch)
{
    siginfo_t info = {0};

    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0) {
        int rank = find_rank(launch, info.si_pid);
        if (rank >= 0) {
            rank_ended(launch, rank, wait_status_of(&info));
        }
        waitpid(info.si_pid, NULL, 0);
        mpr_children_forget(&launch->children, info.si_pid);
        info = (siginfo_t){0};
    }
    if (launch->stranger_rank >= 0) {
        check_for_strangers(launch);
    }
}
