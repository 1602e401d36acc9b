/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads that open, use and close sessions of their own, all at once, in a program that
 * initializes nothing else. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default */
#include <pthread.h>

#include "tests/lib/sessiontest.h"

enum { THREADS = 4, ROUNDS = 30 };

static void *run(void *argument)
{
    char tag[32];

    snprintf(tag, sizeof tag, "thread %d", *(int *)argument);
    for (int i = 0; i < ROUNDS; i++) {
        MPI_Session session = sessiontest_open("MPI_THREAD_MULTIPLE");
        MPI_Comm comm = sessiontest_comm(session, "mpi://WORLD", tag);

        sessiontest_use(comm);
        MPI_Comm_free(&comm);
        sessiontest_close(&session);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        pthread_create(&threads[i], NULL, run, &numbers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    sessiontest_world_is(false, false);
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
