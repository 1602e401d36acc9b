/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools: empty tasks, tasks of known length, uneven ones, and the memory of a long stream. The same
 * as pool.py does with Python's pools; each value is the best of as many short batches as there is
 * time for, because the machine may be busy with other things.
 *
 * The cost of tasks that work is told as the time of the map divided by the ideal: the time in
 * which all ranks, at once, do the same work in loops of their own, each its part. */
#include <mp.h>
#include <unistd.h>

#include "bench.h"

enum {
    BUDGETS = 200, /* of bench.h, for each line of the table */
    PIECE_US = 1000,
    PIECES = 10    /* between two batches */
};

static int rank, size;

/* Whether there is time for another batch. */
static int has_time(double begin_s)
{
    return MPI_Wtime() - begin_s < BUDGETS * bench_budget_s();
}

static double best(double a, double b)
{
    return a == 0 || b < a ? b : a;
}

/* ---- empty tasks ---- */

static int empty(const void *in, void *out, mp_task *task)
{
    (void)task;
    *(int *)out = *(const int *)in + 1;
    return 0;
}

static void bench_map(mp_pool *pool)
{
    enum { COUNT = 4000000 };
    int *in = (int *)bench_buffer(COUNT * sizeof *in);
    int *out = (int *)bench_buffer(COUNT * sizeof *out);
    double least_s = 0;
    double first_s = MPI_Wtime();
    do {
        double begin_s = MPI_Wtime();
        mp_pool_map(pool, empty, in, COUNT, sizeof *in, out, sizeof *out, NULL);
        least_s = best(least_s, MPI_Wtime() - begin_s);
    } while (has_time(first_s));
    bench_report("empty tasks, automatic chunks, million/s", 0, COUNT / least_s * 1e-6);
    free(in);
    free(out);
}

struct source {
    int64_t drawn;
    int64_t count;
};

static int draw(void *input, void *state)
{
    struct source *source = state;
    *(int *)input = (int)source->drawn;
    return source->drawn++ < source->count;
}

/* The time of a stream of empty tasks. */
static double stream_s(mp_pool *pool, int64_t count, int64_t chunk, void (*look)(int64_t given))
{
    struct source source = {.count = count};
    mp_options options = {.chunk = chunk};
    mp_stream *stream = NULL;
    mp_result result;
    int64_t given = 0;
    double begin_s = MPI_Wtime();
    mp_pool_imap(pool, empty, draw, &source, sizeof(int), sizeof(int), &options, &stream);
    while (!mp_stream_next(stream, &result, MP_FOREVER)) {
        given++;
        if (look) {
            look(given);
        }
    }
    mp_stream_free(&stream);
    return MPI_Wtime() - begin_s;
}

static void bench_imap(mp_pool *pool)
{
    enum { COUNT = 200000 };
    double least_s = 0;
    double first_s = MPI_Wtime();
    do {
        least_s = best(least_s, stream_s(pool, COUNT, 1, NULL));
    } while (has_time(first_s));
    bench_report("empty tasks, one by one (imap, chunk 1), million/s", 0, COUNT / least_s * 1e-6);
}

/* ---- memory ---- */

static int64_t early_bytes, late_bytes;

static int64_t own_bytes(void)
{
    long long resident = 0;
    long long shared = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*d %lld %lld", &resident, &shared) != 2) {
            resident = shared = 0;
        }
        fclose(file);
    }
    return (resident - shared) * sysconf(_SC_PAGESIZE);
}

static void look_at_memory(int64_t given)
{
    if (given == 100000) {
        early_bytes = own_bytes();
    } else if (given == 10000000) {
        late_bytes = own_bytes();
    }
}

static void bench_memory(mp_pool *pool)
{
    stream_s(pool, 10000000, 0, look_at_memory);
    bench_report("growth over an imap of ten million inputs, KiB", 0,
                 (double)(late_bytes - early_bytes) / 1024);
}

/* ---- tasks that work ---- */

static double turns_per_us; /* of work() */

static void work(double us)
{
    for (int64_t turns = (int64_t)(us * turns_per_us); turns > 0; turns--) {
        __asm__ volatile("");
    }
}

static void calibrate(void)
{
    double least_s = 0;
    turns_per_us = 1e6;
    for (int batch = 0; batch < 20; batch++) {
        double begin_s = MPI_Wtime();
        work(1);
        least_s = best(least_s, MPI_Wtime() - begin_s);
    }
    turns_per_us = 1 / least_s;
}

static int work_task(const void *in, void *out, mp_task *task)
{
    (void)out;
    (void)task;
    work(*(const double *)in);
    return 0;
}

struct job {
    const char *name;
    int count;
    double us;
    int rare;          /* one task in so many */
    double rare_times; /* takes so many times as long */
};

/* The least time of a piece of work while every rank works. A piece is short enough to be
 * undisturbed once even on a busy machine: so the ideal is never too long. */
static double least_piece_s;

static void work_in_pieces(void)
{
    MPI_Barrier(MPI_COMM_WORLD);
    for (int piece = 0; piece < PIECES; piece++) {
        double begin_s = MPI_Wtime();
        work(PIECE_US);
        least_piece_s = best(least_piece_s, MPI_Wtime() - begin_s);
    }
}

static int all_have_time(double first_s)
{
    int goes_on = has_time(first_s);
    MPI_Bcast(&goes_on, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return goes_on;
}

static void bench_job(const struct job *job)
{
    double *us = malloc((size_t)job->count * sizeof *us);
    double least_s = 0;
    double total_us = 0;
    for (int i = 0; i < job->count; i++) {
        us[i] = job->us * (job->rare && i % job->rare == job->rare / 2 ? job->rare_times : 1);
        total_us += us[i];
    }
    double first_s = MPI_Wtime();
    do {
        work_in_pieces();
        mp_pool *pool = NULL;
        mp_pool_create(MPI_COMM_WORLD, NULL, &pool);
        if (pool) {
            double begin_s = MPI_Wtime();
            mp_pool_map(pool, work_task, us, job->count, sizeof *us, NULL, 0, NULL);
            least_s = best(least_s, MPI_Wtime() - begin_s);
            mp_pool_free(&pool);
        }
    } while (all_have_time(first_s));
    bench_report(job->name, 0, least_s / (total_us / size / PIECE_US * least_piece_s));
    free(us);
}

int main(int argc, char **argv)
{
    static const struct job jobs[] = {
        {.name = "tasks of 1 us, time / ideal", .count = 40000, .us = 1},
        {.name = "tasks of 10 us, time / ideal", .count = 4000, .us = 10},
        {.name = "tasks of 1 ms, time / ideal", .count = 100, .us = 1000},
        {.name = "uneven tasks, time / ideal",
         .count = 5000,
         .us = 10,
         .rare = 50,
         .rare_times = 200},
    };
    mp_pool *pool = NULL;
    mp_init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    mp_pool_create(MPI_COMM_WORLD, NULL, &pool);
    if (pool) {
        bench_map(pool);
        bench_imap(pool);
        bench_memory(pool);
        mp_pool_free(&pool);
    }
    calibrate();
    MPI_Bcast(&turns_per_us, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        bench_job(&jobs[i]);
    }
    MPI_Finalize();
    return 0;
}
