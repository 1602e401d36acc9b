/* SPDX-License-Identifier: BSD-3-Clause */
/* Signals as events.
 *
 * The ranks stay in mprun's process group, as the commands of a shell's pipeline do. So rank 0 may
 * read from the terminal, and the terminal's own signals (Ctrl-C, Ctrl-Z, a new window size) reach
 * the ranks and mprun alike; what somebody sends to mprun alone, mprun passes on.
 */
#include "launcher/signals.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"

static const int handled[] = {SIGHUP,  SIGINT,   SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
                              SIGTSTP, SIGWINCH, SIGCONT, SIGALRM, SIGCHLD};

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int mpr_signals_open(struct mpr_signals *signals)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < mpr_array_count(handled); i++) {
        if (handled[i] == SIGCHLD || !is_ignored(handled[i])) {
            sigaddset(&set, handled[i]);
        }
    }
    signal(SIGCHLD, SIG_DFL); // if ignored, as some parents leave it, children vanish unseen
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, &signals->original) != 0) {
        return -errno;
    }
    signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return signals->fd >= 0 ? 0 : -errno;
}

void mpr_signals_close(struct mpr_signals *signals)
{
    close(signals->fd);
}

bool mpr_signals_is_shared(const struct signalfd_siginfo *info)
{
    return info->ssi_code == SI_KERNEL;
}

bool mpr_signals_is_ending(int number)
{
    return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

int mpr_signals_take_ending(void)
{
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < mpr_array_count(handled); i++) {
        if (mpr_signals_is_ending(handled[i])) {
            sigaddset(&set, handled[i]);
        }
    }
    int number = sigtimedwait(&set, NULL, &(struct timespec){0});
    return number > 0 ? number : 0;
}

void mpr_signals_stop_self(void)
{
    kill(getpid(), SIGSTOP);
}

void mpr_signals_die_by(int number)
{
    sigset_t set;

    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    kill(getpid(), number);
}
