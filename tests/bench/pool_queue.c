/* SPDX-License-Identifier: BSD-3-Clause */
/* Two ranks: messages of 8 bytes through a pipe, one way, beside plain MPI's latency; and items of
 * 8 bytes through a queue, one producer and one consumer, at its home or away from it.
 *
 * Rounds are much shorter than a time slice and many, as many as there is time for; what is to be
 * compared takes turns, and the least time counts: so that a busy machine changes little. */
#include <mp.h>

#include "bench.h"

enum {
    ITEMS = 100000,
    TRIPS = 100,
    BUDGETS = 70 /* of bench.h, for each line of the table */
};

static int rank;

static double least(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

/* Whether there is time for another round; both ranks ask. */
static int goes_on(double begin_s)
{
    int has_time = MPI_Wtime() - begin_s < BUDGETS * bench_budget_s();
    MPI_Bcast(&has_time, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return has_time;
}

/* ---- there and back ---- */

static mp_pipe *pipe_ends;

static void pipe_trip(void *unused)
{
    int64_t item = 0;
    (void)unused;
    if (rank == 0) {
        mp_pipe_send(pipe_ends, &item, sizeof item);
        mp_pipe_recv(pipe_ends, &item, sizeof item, NULL, MP_FOREVER);
    } else {
        mp_pipe_recv(pipe_ends, &item, sizeof item, NULL, MP_FOREVER);
        mp_pipe_send(pipe_ends, &item, sizeof item);
    }
}

static void plain_trip(void *unused)
{
    int64_t item = 0;
    (void)unused;
    if (rank == 0) {
        MPI_Send(&item, 8, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(&item, 8, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        MPI_Recv(&item, 8, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(&item, 8, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
}

static void bench_pipe(void)
{
    double pipe_s = 0;
    double plain_s = 0;
    double begin_s = MPI_Wtime();
    mp_pipe_create(MPI_COMM_WORLD, 0, 1, 1, &pipe_ends);
    do {
        pipe_s = least(pipe_s, bench_run_s(pipe_trip, NULL, TRIPS));
        plain_s = least(plain_s, bench_run_s(plain_trip, NULL, TRIPS));
    } while (goes_on(begin_s));
    mp_pipe_close(&pipe_ends);
    bench_report("pipe, 8 bytes, one way, us", 8, 1e6 * pipe_s / TRIPS / 2);
    bench_report("MPI_Send and MPI_Recv, 8 bytes, one way, us", 8, 1e6 * plain_s / TRIPS / 2);
}

/* ---- items ---- */

/* The time from the first to the last, where the consumer sees it; rank 1 produces. */
static double queue_s(int home)
{
    mp_queue *queue = NULL;
    int64_t item = 0;
    int64_t sum = 0;
    mp_queue_create(MPI_COMM_WORLD, home, sizeof item, 0, &queue);
    MPI_Barrier(MPI_COMM_WORLD);
    double start_s = MPI_Wtime();
    for (int64_t i = 0; i < ITEMS; i++) {
        if (rank == 1) {
            mp_queue_put(queue, &i, sizeof i, MP_FOREVER);
        } else {
            mp_queue_get(queue, &item, NULL, MP_FOREVER);
            sum += item;
        }
    }
    double elapsed_s = MPI_Wtime() - start_s;
    if (rank == 0 && sum != (int64_t)ITEMS * (ITEMS - 1) / 2) {
        fprintf(stderr, "items were lost\n");
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    mp_queue_free(&queue);
    return elapsed_s;
}

static void bench_queue(const char *name, int home)
{
    double least_s = 0;
    double begin_s = MPI_Wtime();
    do {
        least_s = least(least_s, queue_s(home));
    } while (goes_on(begin_s));
    bench_report(name, 8, ITEMS / least_s * 1e-6);
}

int main(int argc, char **argv)
{
    mp_init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    bench_pipe();
    bench_queue("queue, 8-byte items, million/s", 0);
    bench_queue("the same, home at the producer, million/s", 1);
    MPI_Finalize();
    return 0;
}
