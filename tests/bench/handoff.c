/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself needs, in microseconds, to hand a cache line from one core to another:
 * the floor under every latency. Two threads on the first two CPUs that the process may use, no
 * MPI. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { ROUND_TRIPS = 50000 };

static _Alignas(128) _Atomic unsigned turn;

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/* Waits for the odd turns and passes each on. */
static void *answer(void *argument)
{
    pin(*(const int *)argument);
    for (unsigned i = 0; i < ROUND_TRIPS; i++) {
        while (atomic_load_explicit(&turn, memory_order_acquire) != 2 * i + 1) {
        }
        atomic_store_explicit(&turn, 2 * i + 2, memory_order_release);
    }
    return NULL;
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(void)
{
    cpu_set_t usable;
    pthread_t thread;
    int cpus[2] = {-1, -1}, count = 0;
    double start = 0;

    sched_getaffinity(0, sizeof usable, &usable);
    for (int cpu = 0; cpu < CPU_SETSIZE && count < 2; cpu++) {
        if (CPU_ISSET(cpu, &usable)) {
            cpus[count++] = cpu;
        }
    }
    if (count < 2) {
        fprintf(stderr, "handoff: only one CPU\n");
        return 77;
    }
    if (pthread_create(&thread, NULL, answer, &cpus[1]) != 0) {
        perror("handoff");
        return 1;
    }
    pin(cpus[0]);
    for (unsigned i = 0; i < ROUND_TRIPS; i++) {
        if (i == ROUND_TRIPS / 10) {
            start = now_s(); // both are there and warm
        }
        atomic_store_explicit(&turn, 2 * i + 1, memory_order_release);
        while (atomic_load_explicit(&turn, memory_order_acquire) != 2 * i + 2) {
        }
    }
    printf("cache line handoff\t64\t%.4f\n",
           1e6 * (now_s() - start) / (2.0 * (ROUND_TRIPS - ROUND_TRIPS / 10)));
    pthread_join(thread, NULL);
    return 0;
}
