/* SPDX-License-Identifier: BSD-3-Clause */
/* Two ranks, whose variables lie at the same addresses, exchange large messages. */
#include <mpi.h>
#include <stdio.h>
#include <string.h>

enum { BYTES = 4 << 20, ROUNDS = 10 };

static char out[BYTES], in[BYTES];

static int count_wrong(char expected)
{
    int wrong = 0;

    for (int i = 0; i < BYTES; i++) {
        wrong += in[i] != expected;
    }
    return wrong;
}

int main(int argc, char **argv)
{
    int rank, wrong = 0;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    for (int round = 0; round < ROUNDS; round++) {
        memset(out, 2 * round + rank, BYTES);
        MPI_Sendrecv(out, BYTES, MPI_CHAR, 1 - rank, 0, in, BYTES, MPI_CHAR, 1 - rank, 0,
                     MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        wrong += count_wrong((char)(2 * round + 1 - rank));
    }
    if (wrong > 0) {
        fprintf(stderr, "apart: %d of %d bytes are wrong\n", wrong, ROUNDS * BYTES);
    }
    MPI_Finalize();
    return wrong > 0;
}
