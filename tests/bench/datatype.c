/* SPDX-License-Identifier: BSD-3-Clause */
/* Data with gaps: every second double, a column of a matrix, structs with holes. Sent to and fro
 * through a datatype; called with "pack" also packed and unpacked, and all of that by the loop that
 * one would write by hand for just this layout. */
#include <stddef.h>

#include "bench.h"

enum { COLUMNS = 32, BYTES_MAX = 4 << 20 };

struct record {
    double position;
    int kind;
    double speed;
    char flag;
};

enum { RECORD_BYTES = 2 * sizeof(double) + sizeof(int) + 1 };

typedef void move(char *packed, char *items, long count);

struct shape {
    const char *name;
    MPI_Datatype type; /* of one item */
    size_t extent;
    size_t item_bytes; /* of data */
    move *out, *in;
};

struct job {
    const struct shape *shape;
    int rank, count, packed_bytes;
    char *items, *packed;
};

/* ---- The loops ---- */

#define DOUBLES_MOVE(name, to, from)                                                               \
    static void name(char *packed, char *items, long count)                                        \
    {                                                                                              \
        double *restrict dense = (double *)packed, *restrict sparse = (double *)items;             \
        for (long i = 0; i < count; i++) {                                                         \
            to = from;                                                                             \
        }                                                                                          \
    }

DOUBLES_MOVE(vector_out, dense[i], sparse[2 * i])
DOUBLES_MOVE(vector_in, sparse[2 * i], dense[i])
DOUBLES_MOVE(column_out, dense[i], sparse[COLUMNS * i])
DOUBLES_MOVE(column_in, sparse[COLUMNS * i], dense[i])

#define RECORD_MOVE(name, MEMBER)                                                                  \
    static void name(char *packed, char *items, long count)                                        \
    {                                                                                              \
        struct record *restrict records = (struct record *)items;                                  \
        for (long i = 0; i < count; i++) {                                                         \
            char *at = packed + i * RECORD_BYTES;                                                  \
            MEMBER(at, records[i].position);                                                       \
            MEMBER(at + 8, records[i].kind);                                                       \
            MEMBER(at + 12, records[i].speed);                                                     \
            MEMBER(at + 20, records[i].flag);                                                      \
        }                                                                                          \
    }
#define MEMBER_OUT(at, member) memcpy(at, &(member), sizeof(member))
#define MEMBER_IN(at, member)  memcpy(&(member), at, sizeof(member))

RECORD_MOVE(record_out, MEMBER_OUT)
RECORD_MOVE(record_in, MEMBER_IN)

/* ---- What is timed ---- */

static void pack(void *context)
{
    struct job *job = context;
    int position = 0;

    if (job->rank == 0) {
        MPI_Pack(job->items, job->count, job->shape->type, job->packed, job->packed_bytes,
                 &position, MPI_COMM_WORLD);
    }
}

static void unpack(void *context)
{
    struct job *job = context;
    int position = 0;

    if (job->rank == 0) {
        MPI_Unpack(job->packed, job->packed_bytes, &position, job->items, job->count,
                   job->shape->type, MPI_COMM_WORLD);
    }
}

static void loop_out(void *context)
{
    struct job *job = context;

    if (job->rank == 0) {
        job->shape->out(job->packed, job->items, job->count);
    }
}

static void loop_in(void *context)
{
    struct job *job = context;

    if (job->rank == 0) {
        job->shape->in(job->packed, job->items, job->count);
    }
}

static void ping_pong(void *context)
{
    struct job *job = context;
    const int peer = 1 - job->rank;

    for (int turn = 0; turn < 2; turn++) {
        if (turn == job->rank) {
            MPI_Send(job->items, job->count, job->shape->type, peer, 0, MPI_COMM_WORLD);
        } else {
            MPI_Recv(job->items, job->count, job->shape->type, peer, 0, MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE);
        }
    }
}

static void ping_pong_by_loops(void *context)
{
    struct job *job = context;
    const int peer = 1 - job->rank;

    for (int turn = 0; turn < 2; turn++) {
        if (turn == job->rank) {
            job->shape->out(job->packed, job->items, job->count);
            MPI_Send(job->packed, job->packed_bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD);
        } else {
            MPI_Recv(job->packed, job->packed_bytes, MPI_BYTE, peer, 0, MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE);
            job->shape->in(job->packed, job->items, job->count);
        }
    }
}

static const struct {
    const char *name;
    bench_operation *operation;
    double per_call; /* of what is reported */
} rows[] = {{"latency", ping_pong, 2}, {"pack by loop", loop_out, 1},
            {"pack", pack, 1},         {"latency by loop", ping_pong_by_loops, 2},
            {"unpack", unpack, 1},     {"unpack by loop", loop_in, 1}};

/* The first `count` of the rows above. */
static void measure(struct job *job, int bytes, size_t count)
{
    char name[64];

    job->count = bytes / (int)job->shape->item_bytes;
    job->packed_bytes = job->count * (int)job->shape->item_bytes;
    for (size_t row = 0; row < count; row++) {
        const double time_s = bench_time_s(rows[row].operation, job) / rows[row].per_call;

        snprintf(name, sizeof name, "%s, %s", job->shape->name, rows[row].name);
        bench_report(name, bytes, 1e6 * time_s);
    }
}

/* A double, and the next one so many doubles further on. */
static MPI_Datatype spaced_double(int distance)
{
    MPI_Datatype type;

    MPI_Type_create_resized(MPI_DOUBLE, 0, distance * (MPI_Aint)sizeof(double), &type);
    MPI_Type_commit(&type);
    return type;
}

static MPI_Datatype record_type(void)
{
    int lengths[] = {1, 1, 1, 1};
    MPI_Aint places[] = {offsetof(struct record, position), offsetof(struct record, kind),
                         offsetof(struct record, speed), offsetof(struct record, flag)};
    MPI_Datatype members[] = {MPI_DOUBLE, MPI_INT, MPI_DOUBLE, MPI_CHAR}, plain, type;

    MPI_Type_create_struct(4, lengths, places, members, &plain);
    MPI_Type_create_resized(plain, 0, sizeof(struct record), &type);
    MPI_Type_commit(&type);
    MPI_Type_free(&plain);
    return type;
}

int main(int argc, char **argv)
{
    static const int bytes[] = {1 << 10, 16 << 10, 256 << 10, BYTES_MAX};

    MPI_Init(&argc, &argv);
    const size_t row_count =
        argc > 1 && strcmp(argv[1], "pack") == 0 ? sizeof rows / sizeof rows[0] : 2;
    struct shape shapes[] = {
        {"vector", spaced_double(2), 2 * sizeof(double), sizeof(double), vector_out, vector_in},
        {"column", spaced_double(COLUMNS), COLUMNS * sizeof(double), sizeof(double), column_out,
         column_in},
        {"struct", record_type(), sizeof(struct record), RECORD_BYTES, record_out, record_in},
    };
    struct job job = {.packed = bench_buffer(BYTES_MAX)};

    MPI_Comm_rank(MPI_COMM_WORLD, &job.rank);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        job.shape = &shapes[i];
        job.items = bench_buffer(BYTES_MAX / shapes[i].item_bytes * shapes[i].extent);
        for (size_t j = 0; j < sizeof bytes / sizeof bytes[0]; j++) {
            measure(&job, bytes[j], row_count);
        }
        free(job.items);
        MPI_Type_free(&shapes[i].type);
    }
    free(job.packed);
    MPI_Finalize();
    return 0;
}
