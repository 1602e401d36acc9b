/* SPDX-License-Identifier: BSD-3-Clause */
/* What the tests of queues, pipes, locks and shared values share: threads of one rank, and expected
 * errors. Classes that mp adds are compared directly: not every MPI's
 * MPI_Error_class knows them. */
#ifndef MPP_TESTS_SYNC_H
#define MPP_TESTS_SYNC_H

#include <mp.h>
#include <pthread.h>
#include <time.h>

#include "tests/lib/mpitest.h"

/* The call fails so, and says why. */
#define CHECK_ERROR(call, kind)                       \
    do {                                              \
        CHECK_EQ(call, kind);                         \
        CHECK(strlen(mp_error_text()) > sizeof "mp_"); \
    } while (0)

static inline void sync_start(int *argc, char ***argv)
{
    CHECK_EQ(mp_init(argc, argv), MPI_SUCCESS);
    mpitest_begin();
    mpitest_return_errors();
}

static inline void sync_nap(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (int)seconds) * 1e9)};
    nanosleep(&time, NULL);
}

enum { SYNC_THREADS_MAX = 8 };

/* Runs so many threads to their end; each gets its number, from 0, in *(int *)argument. */
static inline void sync_run_threads(int count, void *(*function)(void *))
{
    pthread_t threads[SYNC_THREADS_MAX];
    int numbers[SYNC_THREADS_MAX];
    for (int i = 0; i < count; i++) {
        numbers[i] = i;
        CHECK_EQ(pthread_create(&threads[i], NULL, function, &numbers[i]), 0);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

#endif
