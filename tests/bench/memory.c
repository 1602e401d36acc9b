/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory of a job after a barrier and small alltoalls, in MiB: what a rank has for itself
 * (pages that no other process maps; the mean of the ranks), and what they all share. */
#include "bench.h"

struct memory {
    double unique_kb; /* private, clean or dirty */
    double shared_kb; /* this process's share of shared memory: of a page that N map, one Nth */
};

static struct memory memory_of_self(void)
{
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    struct memory memory = {0, 0};
    char line[256];
    double kb;

    while (rollup != NULL && fgets(line, sizeof line, rollup) != NULL) {
        if (sscanf(line, "Private_Clean: %lf", &kb) == 1 ||
            sscanf(line, "Private_Dirty: %lf", &kb) == 1) {
            memory.unique_kb += kb;
        } else if (sscanf(line, "Pss_Shmem: %lf", &kb) == 1) {
            memory.shared_kb = kb;
        }
    }
    if (rollup != NULL) {
        fclose(rollup);
    }
    return memory;
}

int main(int argc, char **argv)
{
    double total[2] = {0, 0};
    int size;

    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    char *in = bench_buffer(8 * (size_t)size), *out = bench_buffer(8 * (size_t)size);

    for (int i = 0; i < 10; i++) {
        MPI_Alltoall(in, 8, MPI_BYTE, out, 8, MPI_BYTE, MPI_COMM_WORLD);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const struct memory mine = memory_of_self();

    // Nobody leaves, or grows, before all have looked.
    MPI_Barrier(MPI_COMM_WORLD);
    MPI_Reduce((const double[]){mine.unique_kb, mine.shared_kb}, total, 2, MPI_DOUBLE, MPI_SUM, 0,
               MPI_COMM_WORLD);
    bench_report("unique memory of a rank", 0, total[0] / size / 1024);
    bench_report("shared memory in all", 0, total[1] / 1024);
    free(in);
    free(out);
    MPI_Finalize();
    return 0;
}
