/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Abort in rank 0 while a thread of it holds a stream's lock for ever: locked read | write
 *
 * read   in a read from standard input
 * write  in a write to standard output, a pipe that nobody empties
 *
 * The others wait in a barrier. What rank 0 has in the buffer of the file `kept` is still written.
 * SIGALRM is blocked, as in programs in which one thread waits for signals. */
#include <mpi.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *read_for_ever(void *argument)
{
    getchar();
    return argument;
}

static void *write_for_ever(void *argument)
{
    while (puts("nobody reads this") >= 0) {
    }
    return argument;
}

static int is_locked(FILE *file)
{
    if (ftrylockfile(file) != 0) {
        return 1;
    }
    funlockfile(file);
    return 0;
}

static void abort_beside(FILE *file, void *(*use)(void *))
{
    FILE *kept = fopen("kept", "w");
    pthread_t thread;

    if (kept == NULL || fputs("kept\n", kept) < 0 || pthread_create(&thread, NULL, use, NULL)) {
        perror("locked");
        exit(99);
    }
    while (!is_locked(file)) {
        usleep(1000);
    }
    MPI_Abort(MPI_COMM_WORLD, 7);
}

int main(int argc, char **argv)
{
    int rank, provided, ends[2];
    sigset_t alarms;

    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0 && argc > 1 && strcmp(argv[1], "read") == 0) {
        abort_beside(stdin, read_for_ever);
    } else if (rank == 0 && pipe(ends) == 0 && dup2(ends[1], STDOUT_FILENO) >= 0) {
        abort_beside(stdout, write_for_ever);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return 0;
}
