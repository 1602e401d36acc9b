/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals as events: mprun blocks them all and reads them from a descriptor. */
#ifndef LAUNCHER_SIGNALS_H
#define LAUNCHER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

struct mpr_signals {
    int fd;            // a signalfd, close-on-exec
    sigset_t original; // the mask to give to the ranks
};

/* Blocks the signals that mprun takes care of, ignores SIGPIPE, and opens the descriptor. A signal
 * that was ignored when mprun was started (nohup, a shell's background job) stays so. Returns 0 or
 * a negative errno. */
int mpr_signals_open(struct mpr_signals *signals);

void mpr_signals_close(struct mpr_signals *signals);

/* Says whether the ranks have got the signal already: the terminal sends its signals to everyone in
 * the foreground, which is mprun's process group. */
bool mpr_signals_is_shared(const struct signalfd_siginfo *info);

/* Says whether the signal is meant to end the job. */
bool mpr_signals_is_ending(int number);

/* Takes a signal that is meant to end the job, if one has come and was not read from the descriptor
 * yet. Returns its number, or 0. */
int mpr_signals_take_ending(void);

/* Stops this process, as Ctrl-Z does, until it is continued. */
void mpr_signals_stop_self(void);

/* Ends this process by the signal, so that whoever waits for it learns the truth (a shell's loop
 * ends with Ctrl-C only if the command in it died by that). Returns if the signal does not kill. */
void mpr_signals_die_by(int number);

#endif
