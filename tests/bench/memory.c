/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory of a rank, in MB, after all have exchanged small messages: its proportional share
 * (PSS), in which a page that several ranks map counts once. */
#include "bench.h"

static double pss_kb(void)
{
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    char line[256];
    long kb = -1;

    while (rollup != NULL && fgets(line, sizeof line, rollup) != NULL) {
        if (sscanf(line, "Pss: %ld", &kb) == 1) {
            break;
        }
    }
    if (rollup != NULL) {
        fclose(rollup);
    }
    return (double)kb;
}

int main(int argc, char **argv)
{
    double mine, total = 0;
    int size;

    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char *in = bench_buffer(8 * (size_t)size), *out = bench_buffer(8 * (size_t)size);

    for (int i = 0; i < 10; i++) {
        MPI_Alltoall(in, 8, MPI_BYTE, out, 8, MPI_BYTE, MPI_COMM_WORLD);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    mine = pss_kb();
    MPI_Reduce(&mine, &total, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
    bench_report("memory of a rank", 0, total / size / 1024);
    free(in);
    free(out);
    MPI_Finalize();
    return 0;
}
