/* SPDX-License-Identifier: BSD-3-Clause */
/* Two ranks: the latency of a message (half of a round trip), from memory of malloc, on the stack
 * and static; the same with data that are written before and read after; and the time a message
 * takes in a stream of them, 64 at a time. */
#include "bench.h"

enum { STREAM_MESSAGES = 64, BYTES_MAX = 2 << 20 };

struct pair {
    int rank, bytes;
    char *sent, *received;
    MPI_Request requests[STREAM_MESSAGES];
};

static const int sizes[] = {8, 128, 2 << 10, 8 << 10, 32 << 10, 128 << 10, 512 << 10, BYTES_MAX};

static void ping_pong(void *context)
{
    struct pair *pair = context;

    if (pair->rank == 0) {
        MPI_Send(pair->sent, pair->bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
        MPI_Recv(pair->received, pair->bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        MPI_Recv(pair->received, pair->bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        MPI_Send(pair->sent, pair->bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
    }
}

/* As programs do it: each rank writes all that it sends and reads all that it gets. The time is
 * that of the message and of the program's part in it. */
static void ping_pong_written(void *context)
{
    static volatile char seen;
    static char turn;
    struct pair *pair = context;

    turn++;
    for (int at_send = pair->rank == 0, i = 0; i < 2; i++, at_send = !at_send) {
        if (at_send) {
            memset(pair->sent, turn, (size_t)pair->bytes);
            MPI_Send(pair->sent, pair->bytes, MPI_BYTE, 1 - pair->rank, 0, MPI_COMM_WORLD);
        } else {
            MPI_Recv(pair->received, pair->bytes, MPI_BYTE, 1 - pair->rank, 0, MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE);
            for (int line = 0; line < pair->bytes; line += 64) {
                seen = pair->received[line];
            }
        }
    }
}

static void stream(void *context)
{
    struct pair *pair = context;

    for (int i = 0; i < STREAM_MESSAGES; i++) {
        if (pair->rank == 0) {
            MPI_Isend(pair->sent, pair->bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD, &pair->requests[i]);
        } else {
            MPI_Irecv(pair->received, pair->bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD,
                      &pair->requests[i]);
        }
    }
    MPI_Waitall(STREAM_MESSAGES, pair->requests, MPI_STATUSES_IGNORE);
    if (pair->rank == 0) {
        MPI_Recv(NULL, 0, MPI_BYTE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        MPI_Send(NULL, 0, MPI_BYTE, 0, 1, MPI_COMM_WORLD);
    }
}

static void measure(const char *name, bench_operation *operation, struct pair *pair, int messages)
{
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        pair->bytes = sizes[i];
        bench_report(name, pair->bytes, 1e6 * bench_time_s(operation, pair) / messages);
    }
}

/* The buffers lie in this frame. */
static void measure_stack(struct pair *pair)
{
    char sent[BYTES_MAX], received[BYTES_MAX];

    memset(sent, 1, sizeof sent);
    memset(received, 1, sizeof received);
    pair->sent = sent;
    pair->received = received;
    measure("latency, stack", ping_pong, pair, 2);
}

static void measure_static(struct pair *pair)
{
    static char sent[BYTES_MAX], received[BYTES_MAX];

    memset(sent, 1, sizeof sent);
    memset(received, 1, sizeof received);
    pair->sent = sent;
    pair->received = received;
    measure("latency, static", ping_pong, pair, 2);
}

int main(int argc, char **argv)
{
    char *sent, *received;
    struct pair pair;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &pair.rank);
    pair.sent = sent = bench_buffer(BYTES_MAX);
    pair.received = received = bench_buffer(BYTES_MAX);
    measure("latency", ping_pong, &pair, 2);
    measure("stream of 64, each", stream, &pair, STREAM_MESSAGES);
    measure("latency, written anew", ping_pong_written, &pair, 2);
    measure_stack(&pair);
    measure_static(&pair);
    free(sent);
    free(received);
    MPI_Finalize();
    return 0;
}
