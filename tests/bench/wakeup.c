/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself needs, in microseconds, to wake a process that has slept for some
 * milliseconds: the floor under the waking of a rank. Two processes, each bound to one of the first
 * two CPUs that it may use, and a futex; no MPI. */
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"

enum { WAKES = 41, REST_MS = 5 }; // as in idle.c

struct shared {
    _Atomic unsigned wake_count;
    _Atomic double sent_us;
};

static void wake(struct shared *shared)
{
    const struct timespec rest = {.tv_nsec = REST_MS * 1000000};

    for (int i = 0; i < WAKES; i++) {
        nanosleep(&rest, NULL);
        atomic_store(&shared->sent_us, bare_now_us());
        atomic_fetch_add(&shared->wake_count, 1);
        syscall(SYS_futex, &shared->wake_count, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
}

static void sleep_and_measure(struct shared *shared, double late_us[WAKES])
{
    for (unsigned i = 0; i < WAKES; i++) {
        while (atomic_load(&shared->wake_count) == i) {
            syscall(SYS_futex, &shared->wake_count, FUTEX_WAIT, i, NULL, NULL, 0);
        }
        late_us[i] = bare_now_us() - atomic_load(&shared->sent_us);
    }
}

int main(void)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double late_us[WAKES];
    int cpus[2];

    if (bare_cpus(cpus, 2) < 2) {
        fprintf(stderr, "wakeup: only one CPU\n");
        return 77;
    }
    pid_t waker = shared == MAP_FAILED ? -1 : fork();
    if (waker < 0) {
        perror("wakeup");
        return 1;
    }
    bare_bind(cpus[waker == 0 ? 0 : 1]);
    if (waker == 0) {
        wake(shared);
        return 0;
    }
    sleep_and_measure(shared, late_us);
    waitpid(waker, NULL, 0);
    printf("bare wake-up\t0\t%.2f\n", bare_median(late_us, WAKES));
    return 0;
}
