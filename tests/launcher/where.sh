#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What mprun says a rank was doing, from its status board.
# shellcheck source=tests/lib/launcher.sh
. "${srcdir:-.}/tests/lib/launcher.sh"

# Each rank waits for something else that never comes.
cat >waiter.c <<'END'
#include <mpi.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
    int rank, value = 0;
    MPI_Comm half;
    MPI_Status status;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &half);
    switch (rank) {
    case 0: MPI_Recv(&value, 1, MPI_INT, 1, 5, MPI_COMM_WORLD, &status); break;
    case 1: MPI_Recv(&value, 1, MPI_INT, MPI_ANY_SOURCE, MPI_ANY_TAG, half, &status); break;
    case 2: MPI_Ssend(&value, 1, MPI_INT, 3, 7, MPI_COMM_WORLD); break;
    case 3: MPI_Probe(0, 9, half, &status); break;
    case 4: for (;;) {}
    default: MPI_Barrier(MPI_COMM_WORLD);
    }
    return 0;
}
END
"$top/mpcc" -o waiter waiter.c

start "$mprun" -n 7 --timeout 3 ./waiter
finish
expect_status 124
expect_no_out
expect_err '^mprun: the time limit of 3 s is over; where the ranks are:$'
expect_err '^mprun: rank 0: in MPI_Recv from rank 1, tag 5, for [0-9] s$'
expect_err '^mprun: rank 1: in MPI_Recv from any rank of communicator #[0-9]+, for [0-9] s$'
expect_err '^mprun: rank 2: in MPI_Ssend to rank 3, tag 7, for [0-9] s$'
expect_err '^mprun: rank 3: in MPI_Probe from rank 0 of communicator #[0-9]+, tag 9, for [0-9] s$'
expect_err '^mprun: rank 4: outside of MPI calls$'
expect_err '^mprun: ranks? [56].*: in MPI_Barrier, waiting for rank '

# What has been waited for before is not what is waited for now.
cat >again.c <<'END'
#include <mpi.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    int rank, size, value = 0, flag = 0;
    char port[MPI_MAX_PORT_NAME];
    MPI_Comm ours;
    MPI_Request requests[2];
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (rank > 0) {
        MPI_Recv(&value, 1, MPI_INT, 0, 5, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    }
    usleep(50000); // those that receive sleep
    for (int dest = 1; rank == 0 && dest < size; dest++) {
        MPI_Send(&value, 1, MPI_INT, dest, 5, MPI_COMM_WORLD);
    }
    MPI_Irecv(&value, 1, MPI_INT, 3, 6, MPI_COMM_WORLD, &requests[0]);
    MPI_Issend(&value, 1, MPI_INT, 4, 7, MPI_COMM_WORLD, &requests[1]);
    switch (rank) {
    case 0: MPI_Waitany(2, requests, &value, MPI_STATUS_IGNORE); break;
    case 1: MPI_Wait(&requests[1], MPI_STATUS_IGNORE); break;
    case 2: MPI_Waitall(2, requests, MPI_STATUSES_IGNORE); break;
    case 3:
        MPI_Open_port(MPI_INFO_NULL, port);
        MPI_Comm_accept(port, MPI_INFO_NULL, 0, MPI_COMM_SELF, &ours);
        break;
    case 4: while (!flag) MPI_Iprobe(2, 9, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE); break;
    default: MPI_Finalize();
    }
    return 0;
}
END
"$top/mpcc" -o again again.c

start "$mprun" -n 6 --timeout 0.7 ./again
finish
expect_status 124
expect_err '^mprun: rank 0: in MPI_Waitany$'
expect_err '^mprun: rank 1: in MPI_Wait with rank 4, tag 7$'
expect_err '^mprun: rank 2: in MPI_Waitall with rank 3, tag 6$'
expect_err '^mprun: rank 3: in MPI_Comm_accept$'
expect_err '^mprun: rank 4: (in MPI_Iprobe|outside of MPI calls)$'
expect_err '^mprun: rank 5: in MPI_Finalize$'

# A thread that waits is seen when others have called and gone; what crashes then is not its call.
cat >threads.c <<'END'
#include <mpi.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>
static void *receive(void *value)
{
    MPI_Recv(value, 1, MPI_INT, 0, 8, MPI_COMM_SELF, MPI_STATUS_IGNORE);
    return NULL;
}
int main(int argc, char **argv)
{
    int provided, value;
    pthread_t thread;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    pthread_create(&thread, NULL, receive, &value);
    usleep(50000); // it sleeps
    MPI_Barrier(MPI_COMM_WORLD);
    if (argc > 1) {
        raise(SIGKILL);
    }
    pthread_join(thread, NULL);
    return 0;
}
END
"$top/mpcc" -pthread -o threads threads.c

start "$mprun" -n 2 --timeout 0.5 ./threads
finish
expect_status 124
expect_err '^mprun: ranks 0-1: with a thread in MPI_Recv from rank 0 of .*, tag 8$'

start "$mprun" -n 1 ./threads crash
finish
expect_status 137
expect_err '^mprun: rank 0 was killed by signal 9 .* with a thread in MPI_Recv from rank 0 of'

# shellcheck disable=SC2016  # the ranks' own variable
start "$mprun" -n 2 --timeout 0.3 sh -c '[ $MPRUN_RANK = 1 ] || exec ./waiter; exec sleep 1000'
finish
expect_status 124
expect_err '^mprun: rank 1: before MPI_Init, or without MPI$'
