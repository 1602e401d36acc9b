/* SPDX-License-Identifier: BSD-3-Clause */
/* Pi as the area under 4 / (1 + x^2) from 0 to 1, each rank adding up its share of the strips:
 * mprun -n 8 pi [STRIPS] */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    long long strips = 0;
    int rank, size;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);

    if (rank == 0) {
        strips = argc > 1 ? atoll(argv[1]) : 100000000;
        if (strips < 1) {
            fprintf(stderr, "pi: STRIPS must be a positive number, not «%s»\n", argv[1]);
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }
    const double start = MPI_Wtime();
    MPI_Bcast(&strips, 1, MPI_LONG_LONG, 0, MPI_COMM_WORLD);

    const double width = 1.0 / (double)strips;
    double share = 0.0, pi = 0.0;

    for (long long i = rank; i < strips; i += size) {
        const double x = ((double)i + 0.5) * width;
        share += 4.0 / (1.0 + x * x);
    }
    share *= width;
    MPI_Reduce(&share, &pi, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);

    if (rank == 0) {
        printf("pi is about %.15f (off by %.1e), found by %d ranks in %.3f s\n", pi,
               fabs(pi - M_PI), size, MPI_Wtime() - start);
    }
    MPI_Finalize();
    return 0;
}
