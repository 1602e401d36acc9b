/* SPDX-License-Identifier: BSD-3-Clause */
/* Any number of ranks: barrier, allreduce, bcast, alltoall, allgather, and a ring of sends. The
 * arguments are the sizes in bytes. With "small" instead, barrier and allreduce of one number
 * alone, which tell how the cost grows with the ranks. */
#include "bench.h"

struct exchange {
    int rank, size;
    int bytes; /* of the operation; in alltoall and allgather see below */
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

/* Ranks of a broadcast must not run ahead of its root for ever: one time in BCASTS they meet. */
enum { BCASTS = 16 };

static void bcast(void *context)
{
    const struct exchange *exchange = context;

    for (int i = 0; i < BCASTS; i++) {
        MPI_Bcast(exchange->in, exchange->bytes, MPI_BYTE, 0, MPI_COMM_WORLD);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* `bytes` for each pair of ranks. */
static void alltoall(void *context)
{
    const struct exchange *exchange = context;

    MPI_Alltoall(exchange->in, exchange->bytes, MPI_BYTE, exchange->out, exchange->bytes, MPI_BYTE,
                 MPI_COMM_WORLD);
}

/* `bytes` of each rank. */
static void allgather(void *context)
{
    const struct exchange *exchange = context;

    MPI_Allgather(exchange->in, exchange->bytes, MPI_BYTE, exchange->out, exchange->bytes, MPI_BYTE,
                  MPI_COMM_WORLD);
}

/* A message goes around: every rank hands on what it has received. */
static void ring(void *context)
{
    const struct exchange *exchange = context;
    const int right = (exchange->rank + 1) % exchange->size;
    const int left = (exchange->rank + exchange->size - 1) % exchange->size;

    if (exchange->rank == 0) {
        MPI_Send(exchange->in, exchange->bytes, MPI_BYTE, right, 0, MPI_COMM_WORLD);
    }
    MPI_Recv(exchange->out, exchange->bytes, MPI_BYTE, left, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (exchange->rank != 0) {
        MPI_Send(exchange->out, exchange->bytes, MPI_BYTE, right, 0, MPI_COMM_WORLD);
    }
}

static const struct row {
    const char *name;
    bench_operation *operation;
    int operations; /* in one call */
    int with_all;   /* each rank sends to, or gets from, each: a buffer for every rank */
} rows[] = {{"allreduce", allreduce, 1, 0},
            {"bcast", bcast, BCASTS, 0},
            {"alltoall", alltoall, 1, 1},
            {"allgather", allgather, 1, 1},
            {"ring", ring, 1, 0}};

/* `bytes` in all: where a rank has a part for each of them, these are as much together, but 8 at
 * the least. */
static void measure(const struct row *row, int rank, int size, int bytes)
{
    const int part = row->with_all && bytes / size >= 8 ? bytes / size : bytes;
    const size_t room = (size_t)part * (row->with_all ? (size_t)size : 1);
    struct exchange exchange = {rank, size, part, bench_buffer(room), bench_buffer(room)};

    memset(exchange.in, 0, room); // numbers that can be added for ever
    bench_report(row->name, bytes, 1e6 * bench_time_s(row->operation, &exchange) / row->operations);
    free(exchange.in);
    free(exchange.out);
}

int main(int argc, char **argv)
{
    enum { SIZES_MAX = 8 };
    int sizes[SIZES_MAX] = {8, 512, 8 << 10, 128 << 10, 2 << 20};
    int count = 5;
    int rank, size;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const int small = argc > 1 && strcmp(argv[1], "small") == 0;

    if (argc > 1 && !small) {
        for (count = 0; count < argc - 1 && count < SIZES_MAX; count++) {
            sizes[count] = atoi(argv[count + 1]);
        }
    }
    bench_report("barrier", 0, 1e6 * bench_time_s(barrier, NULL));
    if (small) {
        measure(&rows[0], rank, size, 8);
    }
    for (size_t i = 0; !small && i < sizeof rows / sizeof rows[0]; i++) {
        for (int j = 0; j < count; j++) {
            measure(&rows[i], rank, size, sizes[j]);
        }
    }
    MPI_Finalize();
    return 0;
}
