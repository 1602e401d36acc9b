/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself needs, in microseconds, to hand a cache line from one core to another:
 * the floor under every latency. Two threads on the first two CPUs that the process may use, no
 * MPI; the best of some batches. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { BATCHES = 6, ROUND_TRIPS = 10000 };

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
    for (unsigned i = 0; i < BATCHES * ROUND_TRIPS; i++) {
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
    double best_s = 0;

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
    for (unsigned batch = 0; batch < BATCHES; batch++) { // in the first one they warm up
        double start_s = now_s();
        for (unsigned i = batch * ROUND_TRIPS; i < (batch + 1) * ROUND_TRIPS; i++) {
            atomic_store_explicit(&turn, 2 * i + 1, memory_order_release);
            while (atomic_load_explicit(&turn, memory_order_acquire) != 2 * i + 2) {
            }
        }
        double batch_s = now_s() - start_s;
        best_s = batch == 0 || batch_s < best_s ? batch_s : best_s;
    }
    printf("cache line handoff\t64\t%.4f\n", 1e6 * best_s / (2.0 * ROUND_TRIPS));
    pthread_join(thread, NULL);
    return 0;
}
