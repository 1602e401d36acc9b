/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself needs, in microseconds, to switch from one process to another one that
 * waits for the same CPU: what ranks that share cores cannot do without. Four processes on the
 * first CPU that they may use, as many as eight ranks put on each of two, give way in turn; no MPI.
 */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bare.h"

enum { PROCESSES = 4, BATCHES = 21, TURNS = 2000 }; /* of each process in a batch */

struct shared {
    _Atomic int batches_begun[BATCHES]; /* by so many processes */
};

/* Begins with all others, so that each turn given away goes to another one. */
static double give_way_us(struct shared *shared, int batch)
{
    atomic_fetch_add(&shared->batches_begun[batch], 1);
    while (atomic_load(&shared->batches_begun[batch]) < PROCESSES) {
        sched_yield();
    }
    const double begun_us = bare_now_us();
    for (int turn = 0; turn < TURNS; turn++) {
        sched_yield();
    }
    return bare_now_us() - begun_us;
}

int main(void)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double switch_us[BATCHES];
    pid_t child = -1;
    int cpu;

    if (shared == MAP_FAILED) {
        perror("switch");
        return 1;
    }
    if (bare_cpus(&cpu, 1) == 1) {
        bare_bind(cpu);
    }
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
    printf("bare switch\t0\t%.3f\n", bare_median(switch_us, BATCHES));
    return 0;
}
