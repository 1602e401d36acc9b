/* SPDX-License-Identifier: BSD-3-Clause */
/* Any number of ranks: barrier, allreduce, bcast and alltoall. */
#include "bench.h"

struct exchange {
    int bytes; /* in all; in alltoall for each pair of ranks */
    char *in, *out;
};

static void barrier(void *context)
{
    (void)context;
    MPI_Barrier(MPI_COMM_WORLD);
}

static void allreduce(void *context)
{
    const struct exchange *exchange = context;

    MPI_Allreduce(exchange->in, exchange->out, exchange->bytes / (int)sizeof(double), MPI_DOUBLE,
                  MPI_SUM, MPI_COMM_WORLD);
}

static void bcast(void *context)
{
    const struct exchange *exchange = context;

    MPI_Bcast(exchange->in, exchange->bytes, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static void alltoall(void *context)
{
    const struct exchange *exchange = context;

    MPI_Alltoall(exchange->in, exchange->bytes, MPI_BYTE, exchange->out, exchange->bytes, MPI_BYTE,
                 MPI_COMM_WORLD);
}

/* Ranks of a broadcast must not run ahead of its root for ever: one time in 16 they meet. */
static void bcast_sixteen(void *context)
{
    for (int i = 0; i < 16; i++) {
        bcast(context);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

static void measure(const char *name, bench_operation *operation, int bytes, int size,
                    int operations)
{
    struct exchange exchange = {
        .bytes = bytes,
        .in = bench_buffer((size_t)bytes * (size_t)size),
        .out = bench_buffer((size_t)bytes * (size_t)size),
    };

    memset(exchange.in, 0, (size_t)bytes * (size_t)size); // numbers that can be added for ever
    bench_report(name, bytes, 1e6 * bench_time_s(operation, &exchange) / operations);
    free(exchange.in);
    free(exchange.out);
}

int main(int argc, char **argv)
{
    int size;

    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int alltoall_bytes = (2 << 20) / size;

    measure("barrier", barrier, 0, size, 1);
    measure("allreduce", allreduce, 8, size, 1);
    measure("allreduce", allreduce, 8 << 10, size, 1);
    measure("allreduce", allreduce, 2 << 20, size, 1);
    measure("bcast", bcast_sixteen, 8, size, 16);
    measure("bcast", bcast_sixteen, 2 << 20, size, 16);
    measure("alltoall, each", alltoall, 8, size, 1);
    measure("alltoall, each", alltoall, alltoall_bytes, size, 1);
    MPI_Finalize();
    return 0;
}
