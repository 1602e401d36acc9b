/* SPDX-License-Identifier: BSD-3-Clause */
/* An MPI program whose rank 1 comes to a bad end: `ender WHERE HOW SEED`.
 *
 *   WHERE   start, outside, send, receive, collective, finalize: what it is doing then; in the last
 *           four the moment is chosen by SEED, anywhere within
 *   HOW     a signal's number, "exit" (without MPI_Finalize), "leave" (the same, with success),
 *           "abort", "never"
 *
 * The other ranks do what would never end without rank 1. */
#include <mpi.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define WORDS (1 << 15)

static const char *how;
static long words[WORDS];

static void come_to_an_end(int signal_number)
{
    (void)signal_number;
    if (strcmp(how, "exit") == 0) {
        _exit(3);
    }
    if (strcmp(how, "leave") == 0) {
        _exit(0);
    }
    if (strcmp(how, "abort") == 0) {
        MPI_Abort(MPI_COMM_WORLD, 7);
    }
    int number = atoi(how);
    signal(number, SIG_DFL);
    kill(getpid(), number);
    _exit(99);
}

/* Chooses the moment: up to 3 ms from now. */
static void end_soon(int seed)
{
    struct itimerval when = {.it_value.tv_usec = 1 + (long)seed * 7919 % 3000};

    signal(SIGALRM, come_to_an_end);
    setitimer(ITIMER_REAL, &when, NULL);
}

static void exchange(int rank, int sender, int receiver, int count)
{
    if (rank == sender) {
        MPI_Send(words, count, MPI_LONG, receiver, 0, MPI_COMM_WORLD);
    } else if (rank == receiver) {
        MPI_Recv(words, count, MPI_LONG, sender, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        MPI_Barrier(MPI_COMM_WORLD);
    }
}

int main(int argc, char **argv)
{
    int rank;

    if (argc != 4) {
        return 98;
    }
    const char *where = argv[1], *number = getenv("MPRUN_RANK");
    int seed = atoi(argv[3]), is_victim = number != NULL && atoi(number) == 1;
    how = argv[2];
    if (is_victim && strcmp(where, "start") == 0) {
        come_to_an_end(0);
    }
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (is_victim && strcmp(where, "outside") == 0) {
        come_to_an_end(0);
    }
    if (is_victim && strcmp(how, "never") != 0) {
        end_soon(seed);
    }
    if (strcmp(where, "finalize") == 0) {
        if (!is_victim) {
            MPI_Barrier(MPI_COMM_WORLD);
        }
        MPI_Finalize();
        pause();
    }
    for (int i = 0;; i++) {
        if (strcmp(where, "send") == 0) {
            exchange(rank, 1, 0, i % 2 == 0 ? WORDS : 1);
        } else if (strcmp(where, "receive") == 0) {
            exchange(rank, 0, 1, i % 2 == 0 ? WORDS : 1);
        } else {
            MPI_Allreduce(MPI_IN_PLACE, words, i % 2 == 0 ? WORDS : 1, MPI_LONG, MPI_SUM,
                          MPI_COMM_WORLD);
        }
    }
}
