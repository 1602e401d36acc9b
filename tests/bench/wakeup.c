/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself needs, in microseconds, to wake a process that has slept for some
 * milliseconds: the floor under the waking of a rank. Two processes, each bound to one of the first
 * two CPUs that it may use, and a futex; no MPI. */
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAKES = 41, REST_MS = 5 }; // as in idle.c

struct shared {
    _Atomic unsigned wake_count;
    _Atomic double sent_us;
};

static void bind_to(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

static void wake(struct shared *shared)
{
    const struct timespec rest = {.tv_nsec = REST_MS * 1000000};

    for (int i = 0; i < WAKES; i++) {
        nanosleep(&rest, NULL);
        atomic_store(&shared->sent_us, now_us());
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
        late_us[i] = now_us() - atomic_load(&shared->sent_us);
    }
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

int main(void)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double late_us[WAKES];
    cpu_set_t usable;
    int cpus[2] = {-1, -1}, count = 0;

    sched_getaffinity(0, sizeof usable, &usable);
    for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++) {
        if (CPU_ISSET(cpu, &usable)) {
            cpus[count++] = cpu;
        }
    }
    if (count < 2) {
        fprintf(stderr, "wakeup: only one CPU\n");
        return 77;
    }
    pid_t waker = shared == MAP_FAILED ? -1 : fork();
    if (waker < 0) {
        perror("wakeup");
        return 1;
    }
    bind_to(cpus[waker == 0 ? 0 : 1]);
    if (waker == 0) {
        wake(shared);
        return 0;
    }
    sleep_and_measure(shared, late_us);
    waitpid(waker, NULL, 0);
    qsort(late_us, WAKES, sizeof late_us[0], compare);
    printf("bare wake-up\t0\t%.2f\n", late_us[WAKES / 2]);
    return 0;
}
