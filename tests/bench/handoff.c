/* SPDX-License-Identifier: BSD-3-Clause */
/* What the machine itself needs, in microseconds, to hand a cache line from one CPU to another: the
 * floor under every latency. And how many times as long one CPU computes beside the other as by
 * itself: 1 on two cores, more on two threads of one, which a virtual machine does not always tell.
 * Two threads on the first two CPUs that the process may use, no MPI; the best of some batches. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "bare.h"

enum { BATCHES = 20, ROUND_TRIPS = 10000, STEPS = 1000000 };

static _Alignas(128) _Atomic unsigned turn;
static _Alignas(128) _Atomic int is_done;

/* Arithmetic that keeps several units of a core busy. */
static void compute(void)
{
    unsigned long a = 1, b = 2, c = 3, d = 4;

    for (unsigned long i = 0; i < STEPS; i++) {
        a = (a ^ i) + 3;
        b = (b ^ i) + 5;
        c = (c ^ i) + 7;
        d = (d ^ i) + 9;
        __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d)); // no step is left out
    }
}

/* Waits for the odd turns and passes each on; then computes until the other has measured. */
static void *answer(void *argument)
{
    bare_bind(*(const int *)argument);
    for (unsigned i = 0; i < BATCHES * ROUND_TRIPS; i++) {
        while (atomic_load_explicit(&turn, memory_order_acquire) != 2 * i + 1) {
        }
        atomic_store_explicit(&turn, 2 * i + 2, memory_order_release);
    }
    while (!atomic_load_explicit(&is_done, memory_order_relaxed)) {
        compute();
    }
    return NULL;
}

static void hand_over(void)
{
    for (unsigned i = 0; i < ROUND_TRIPS; i++) {
        unsigned odd = atomic_load_explicit(&turn, memory_order_relaxed) + 1;
        atomic_store_explicit(&turn, odd, memory_order_release);
        while (atomic_load_explicit(&turn, memory_order_acquire) != odd + 1) {
        }
    }
}

/* The least time of all batches; in the first one they warm up. */
static double least_us(void (*batch)(void))
{
    double least = 0;

    for (int i = 0; i < BATCHES; i++) {
        double start_us = bare_now_us();
        batch();
        double batch_us = bare_now_us() - start_us;
        least = i == 0 || batch_us < least ? batch_us : least;
    }
    return least;
}

int main(void)
{
    pthread_t thread;
    int cpus[2];

    if (bare_cpus(cpus, 2) < 2) {
        fprintf(stderr, "handoff: only one CPU\n");
        return 77;
    }
    if (pthread_create(&thread, NULL, answer, &cpus[1]) != 0) {
        perror("handoff");
        return 1;
    }
    bare_bind(cpus[0]);
    printf("handoff\t%.4f\n", least_us(hand_over) / (2.0 * ROUND_TRIPS));
    double beside_us = least_us(compute);
    atomic_store(&is_done, 1);
    pthread_join(thread, NULL);
    printf("slowdown\t%.2f\n", beside_us / least_us(compute));
    return 0;
}
