/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of a running job share (launch.c and launch_*.c); nobody else includes it. */
#ifndef LAUNCHER_LAUNCH_STATE_H
#define LAUNCHER_LAUNCH_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/engine.h"
#include "launcher/children.h"
#include "launcher/input.h"
#include "launcher/environment.h"
#include "launcher/launch.h"
#include "launcher/output.h"
#include "launcher/ports.h"
#include "launcher/report.h"
#include "launcher/signals.h"
#include "shm/segment.h"

#define MPR_STATUS_STUCK     1
#define MPR_STATUS_TIMEOUT   124
#define MPR_STATUS_OURSELVES 125 // mprun could not do its part
#define MPR_STATUS_SIGNAL    128 // and the signal's number

struct mpr_launch {
    const struct mpr_launch_request *request;
    struct mpr_engine *engine;
    struct mpr_output *output;
    struct mpr_input *input; // NULL unless --stdin all
    struct mpr_signals signals;
    int null_fd;
    pid_t *pids; // by slot; 0 once the process has ended
    int rank_count; // that mprun starts; theirs are the first slots
    int slot_count;
    int running_count;
    struct mpr_children children; // that are no ranks
    const struct mpr_app **apps; // by slot: what on the command line it, or who spawned it, is of
    struct mpr_place *guests; // where the spawned processes run, by slot; cpus NULL: nobody there
    uint32_t world_count;     // worlds that were spawned
    uint32_t *settled;        // how the ranks slept when last looked at, by slot; 0: they did not
    bool is_stuck;            // nobody could go on then, which has been told
    struct mpr_ports *ports;
    int ask_fd; // our end of the socket on which ranks ask

    int status;        // what the job ends with so far
    bool has_failed;   // the status is final
    bool is_ending;    // ranks have been asked to end, or killed
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
    struct mpr_engine_op hang_op;    // look whether anybody can go on
    struct mpr_engine_op ask_op;     // a question comes
    struct mpr_engine_op room_op;    // look for room for the spawns that wait
    struct mpr_list spawns;          // these (launch_answer.c)
    struct mpr_engine_op late_op;    // somebody has waited for long enough at a port
    uint64_t late_due_ns;            // when; 0: nobody will have
    char *question;                  // MPR_QUESTION_BYTES_MAX
};

/* A process that is to be started. Nothing is owned or kept. */
struct mpr_seat {
    int slot;
    char **argv;
    struct mpr_environment *environment;
    const char *directory; // NULL: stay
    const struct mpr_place *place;
};

static inline struct mpr_rank_control *mpr_launch_control(const struct mpr_launch *launch, int slot)
{
    return mpr_segment_control(launch->request->segment, (uint32_t)slot);
}

static inline const char *mpr_launch_label(const struct mpr_launch *launch, int slot,
                                           char label[MPR_LABEL_BYTES])
{
    return mpr_report_label(label, mpr_launch_control(launch, slot));
}

/* Says in the segment in which part of the machine the process of a slot will run. */
void mpr_launch_locate(const struct mpr_launch *launch, int slot, const struct mpr_place *place);

/* Starts one process. Returns 0, or the exit status of a job that cannot start it, and why in
 * `message` (MPR_REPORT_BYTES). */
int mpr_launch_start_process(struct mpr_launch *launch, const struct mpr_seat *seat, char *message);

/* Waits for questions of the ranks, and answers them. Returns 0 or a negative errno. */
int mpr_launch_prepare_answers(struct mpr_launch *launch);
void mpr_launch_start_answers(struct mpr_launch *launch);
void mpr_launch_stop_answers(struct mpr_launch *launch);

/* Answers MPR_ASK_SPAWN. Returns false, and has not answered, if `may_wait` and there is no room at
 * present for the processes, but would be if others ended. */
bool mpr_launch_grow(struct mpr_launch *launch, const struct mpr_asked *asked, bool may_wait);

/* The process of a slot has ended: those that wait for it in vain are told,
 * and its CPUs are free. */
void mpr_launch_release(struct mpr_launch *launch, int slot);

/* Says in the segment whether there are more ranks than CPUs at present. */
void mpr_launch_count_crowd(const struct mpr_launch *launch);

/* Starts all ranks. If one cannot be started, or a signal to end comes meanwhile, the job is ended;
 * signals are not read from their descriptor until then. */
void mpr_launch_start_ranks(struct mpr_launch *launch);

/* Sends a signal to every rank that has not ended. */
void mpr_launch_signal_ranks(const struct mpr_launch *launch, int number);

/* The same to those that have left mprun's process group, as timeout(1) and setsid(1) do: signals
 * of the terminal do not reach them. */
void mpr_launch_signal_outsiders(const struct mpr_launch *launch, int number);

/* Kills every rank that has not ended; that they die of it is no news. */
void mpr_launch_kill_ranks(struct mpr_launch *launch);

/* Sets the exit status, unless an earlier failure has set it. */
void mpr_launch_note_failure(struct mpr_launch *launch, int status);

/* Ends the job: asks the ranks to end and, after the grace time, kills them. `reason` is told to
 * the user when the output before it has been passed on; an empty one is not. Does nothing while
 * the job is being ended already. */
void mpr_launch_end(struct mpr_launch *launch, int status, const char *reason);

/* Tells the user the reason, if there is one that was not told yet. */
void mpr_launch_tell_reason(struct mpr_launch *launch);

/* Takes note of all children that have ended, and of what their end means for the job. */
void mpr_launch_reap(struct mpr_launch *launch);

/* Says where the ranks are. */
void mpr_launch_say_where(struct mpr_launch *launch);

/* Looks now and then whether no rank can go on, unless that is not wanted. */
void mpr_launch_watch_for_hangs(struct mpr_launch *launch);

// Callbacks of the operations of the same names.
void mpr_launch_grace_is_over(struct mpr_engine_op *op, int result);
void mpr_launch_tell_is_due(struct mpr_engine_op *op, int result);
void mpr_launch_watch_is_due(struct mpr_engine_op *op, int result);
void mpr_launch_hang_is_due(struct mpr_engine_op *op, int result);

/* Standard output takes no more: what mpr_output calls. */
void mpr_launch_output_lost(void *context, int error);

#endif
