/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself needs, in microseconds, to switch from one process to another one that
 * waits for the same CPU: what ranks that share cores cannot do without. Four processes on the
 * first CPU that they may use, as many as eight ranks put on each of two, give way in turn; no MPI.
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROCESSES = 4, BATCHES = 21, TURNS = 2000 }; /* of each process in a batch */

struct shared {
    _Atomic int batches_begun[BATCHES]; /* by so many processes */
};

static void bind_to_first(void)
{
    cpu_set_t usable, first;

    sched_getaffinity(0, sizeof usable, &usable);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &usable)) {
            CPU_ZERO(&first);
            CPU_SET(cpu, &first);
            sched_setaffinity(0, sizeof first, &first);
            return;
        }
    }
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

/* Begins with all others, so that each turn given away goes to another one. */
static double give_way_us(struct shared *shared, int batch)
{
    atomic_fetch_add(&shared->batches_begun[batch], 1);
    while (atomic_load(&shared->batches_begun[batch]) < PROCESSES) {
        sched_yield();
    }
    const double begun_us = now_us();
    for (int turn = 0; turn < TURNS; turn++) {
        sched_yield();
    }
    return now_us() - begun_us;
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

int main(void)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double switch_us[BATCHES];
    pid_t child = -1;

    if (shared == MAP_FAILED) {
        perror("switch");
        return 1;
    }
    bind_to_first();
    for (int i = 1; i < PROCESSES && child != 0; i++) {
        child = fork();
        if (child < 0) {
            perror("switch");
            return 1;
        }
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    }
    for (int batch = 0; batch < BATCHES; batch++) {
        switch_us[batch] = give_way_us(shared, batch) / TURNS / PROCESSES;
    }
    if (child == 0) {
        return 0;
    }
    while (wait(NULL) > 0) {
    }
    qsort(switch_us, BATCHES, sizeof switch_us[0], compare);
    printf("bare switch\t0\t%.3f\n", switch_us[BATCHES / 2]);
    return 0;
}
