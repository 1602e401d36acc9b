/* SPDX-License-Identifier: BSD-3-Clause */
/* Notes SIGINT while a pool is waited for, or has a stream. */
#include "pool/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;
static int pool_count;
static struct sigaction before;
static int is_ours;
static atomic_int waiting_count;
static atomic_int came;

static void note(int signal_number)
{
    if (atomic_load(&waiting_count)) {
        atomic_store(&came, 1);
    } else {
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    }
}

static void take_over(void)
{
    struct sigaction ours;
    memset(&ours, 0, sizeof ours);
    ours.sa_handler = note;
    ours.sa_flags = SA_RESTART;
    sigemptyset(&ours.sa_mask);
    atomic_store(&came, 0);
    sigaction(SIGINT, NULL, &before);
    is_ours = !(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL;
    if (is_ours) {
        sigaction(SIGINT, &ours, NULL);
    }
}

void mpp_interrupt_install(void)
{
    pthread_mutex_lock(&pools_lock);
    if (!pool_count++) {
        take_over();
    }
    pthread_mutex_unlock(&pools_lock);
}

/* Unless the program has come to handle the signal itself. */
static void give_back(void)
{
    struct sigaction now;
    sigaction(SIGINT, NULL, &now);
    if (!(now.sa_flags & SA_SIGINFO) && now.sa_handler == note) {
        sigaction(SIGINT, &before, NULL);
    }
}

void mpp_interrupt_remove(void)
{
    pthread_mutex_lock(&pools_lock);
    if (!--pool_count && is_ours) {
        give_back();
    }
    pthread_mutex_unlock(&pools_lock);
}

void mpp_interrupt_begin(void)
{
    atomic_fetch_add(&waiting_count, 1);
}

void mpp_interrupt_end(void)
{
    atomic_fetch_sub(&waiting_count, 1);
}

int mpp_interrupt_came(void)
{
    return atomic_load(&came);
}
