/* SPDX-License-Identifier: BSD-3-Clause */
/* A job in which one rank dies: die RANK WHERE HOW MICROSECONDS
 * With a negative RANK nobody dies.
 *
 * WHERE  start       before MPI_Init, while the others are in it or behind it
 *        compute     outside of MPI; the others wait for a message
 *        send        in a stream of messages of all lengths
 *        receive     asleep in a receive, as are the others
 *        collective  in a stream of barriers and reductions
 *        finalize    before MPI_Finalize, in which the others are
 * HOW    kill, segv  by that signal
 *        exit, exit0 by exit(3) and exit(0)
 *        abort       by MPI_Abort with code 7
 *
 * A thread of the victim does the deed, so many microseconds after the place was reached, whatever
 * the main thread is doing by then. The time, in microseconds of the real-time clock, goes to the
 * file that the environment names as DIE_FILE just before. */
#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BYTES_MAX = 300000, ABORT_CODE = 7, EXIT_CODE = 3 };

static const char *how;
static int delay_us;
static int rank, size, victim;
static char buffer[2][BYTES_MAX];

static void note_time(void)
{
    const char *path = getenv("DIE_FILE");
    struct timespec now;
    char text[32];
    int fd;

    if (path == NULL || (fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    const int length =
        snprintf(text, sizeof text, "%lld\n", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    if (write(fd, text, (size_t)length) != length) {
        perror(path);
    }
    close(fd);
}

static void *deed(void *argument)
{
    const struct timespec delay = {.tv_sec = delay_us / 1000000,
                                   .tv_nsec = delay_us % 1000000 * 1000L};

    (void)argument;
    nanosleep(&delay, NULL);
    note_time();
    if (strcmp(how, "kill") == 0) {
        raise(SIGKILL);
    } else if (strcmp(how, "segv") == 0) {
        raise(SIGSEGV);
    } else if (strcmp(how, "abort") == 0) {
        MPI_Abort(MPI_COMM_WORLD, ABORT_CODE);
    }
    exit(strcmp(how, "exit0") == 0 ? 0 : EXIT_CODE);
}

/* From here on the victim has not long to live. */
static void doom(void)
{
    pthread_t thread;

    if (rank == victim && (errno = pthread_create(&thread, NULL, deed, NULL)) != 0) {
        perror("die: cannot start a thread");
        exit(99);
    }
}

/* Waits without MPI, for ever. */
static void rest(void)
{
    for (;;) {
        usleep(1000); // and again: ThreadSanitizer may keep the signal for the next call
    }
}

static void send_for_ever(void)
{
    const int next = (rank + 1) % size, previous = (rank + size - 1) % size;
    uint32_t random = (uint32_t)delay_us;

    for (;;) {
        int bytes;

        random = random * 1664525u + 1013904223u; // the same in every rank
        bytes = (int)((random >> 24) < 200 ? (random >> 8) % 100 : (random >> 8) % BYTES_MAX);
        MPI_Sendrecv(buffer[0], bytes, MPI_BYTE, next, 0, buffer[1], bytes, MPI_BYTE, previous, 0,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
}

static void receive_for_ever(void)
{
    const int source = rank == victim || victim < 0 ? MPI_ANY_SOURCE : victim;

    MPI_Recv(buffer[0], 1, MPI_BYTE, source, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static void reduce_for_ever(void)
{
    for (int count = 1;; count = count % 4000 + 7) {
        MPI_Barrier(MPI_COMM_WORLD);
        MPI_Allreduce(MPI_IN_PLACE, buffer[0], count, MPI_INT, MPI_BOR, MPI_COMM_WORLD);
    }
}

int main(int argc, char **argv)
{
    const char *own_rank = getenv("MPRUN_RANK"), *where;
    int provided;

    if (argc != 5 || own_rank == NULL) {
        fprintf(stderr, "usage: mprun -n N die RANK WHERE HOW MICROSECONDS\n");
        return 99;
    }
    rank = atoi(own_rank);
    victim = atoi(argv[1]);
    where = argv[2];
    how = argv[3];
    delay_us = atoi(argv[4]);
    if (strcmp(where, "start") == 0) {
        doom();
        if (rank == victim) {
            rest();
        }
    }
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Barrier(MPI_COMM_WORLD);
    doom();
    if (strcmp(where, "send") == 0) {
        send_for_ever();
    } else if (strcmp(where, "collective") == 0) {
        reduce_for_ever();
    } else if (strcmp(where, "receive") == 0 || (strcmp(where, "compute") == 0 && rank != victim)) {
        receive_for_ever();
    } else if (rank == victim) {
        rest();
    }
    MPI_Finalize();
    return 0;
}
