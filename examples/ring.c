/* SPDX-License-Identifier: BSD-3-Clause */
/* A token travels around all ranks, many times; each rank adds its number on the way, and rank 0
 * says what came of it and what a hop took: mprun -n 8 ring [LAPS] */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    const int tag = 0;
    int rank, size;
    long long token = 0;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);

    const int laps = argc > 1 ? atoi(argv[1]) : 1000;
    if (laps < 1) {
        if (rank == 0) {
            fprintf(stderr, "ring: LAPS must be a positive number, not «%s»\n", argv[1]);
        }
        MPI_Finalize();
        return EXIT_FAILURE;
    }
    const int next = (rank + 1) % size;
    const int previous = (rank + size - 1) % size;
    const double start = MPI_Wtime();

    for (int lap = 0; lap < laps; lap++) {
        if (rank == 0) {
            // One call, so that it also works when rank 0 is its own neighbour.
            const long long sent = token;
            MPI_Sendrecv(&sent, 1, MPI_LONG_LONG, next, tag, &token, 1, MPI_LONG_LONG, previous,
                         tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        } else {
            MPI_Recv(&token, 1, MPI_LONG_LONG, previous, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            token += rank;
            MPI_Send(&token, 1, MPI_LONG_LONG, next, tag, MPI_COMM_WORLD);
        }
    }

    if (rank == 0) {
        const double seconds = MPI_Wtime() - start;

        printf("%d laps around %d ranks: the token is %lld, a hop took %.2f us\n", laps, size,
               token, seconds / laps / size * 1e6);
    }
    MPI_Finalize();
    return 0;
}
