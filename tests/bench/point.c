/* SPDX-License-Identifier: BSD-3-Clause */
/* Two ranks: the latency of a message (half of a round trip), and a stream of messages, 64 of them
 * at a time, from which follow the message rate and the bandwidth. */
#include "bench.h"

enum { STREAM_MESSAGES = 64, BYTES_MAX = 2 << 20 };

struct pair {
    int rank, bytes;
    char *sent, *received;
    MPI_Request requests[STREAM_MESSAGES];
};

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

int main(int argc, char **argv)
{
    static const int latency_bytes[] = {8,        128,       2 << 10,   8 << 10,
                                        32 << 10, 128 << 10, 512 << 10, 2 << 20};
    static const int stream_bytes[] = {8, 2 << 10, 8 << 10, 128 << 10, 2 << 20};
    struct pair pair;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &pair.rank);
    pair.sent = bench_buffer(BYTES_MAX);
    pair.received = bench_buffer(BYTES_MAX);

    for (size_t i = 0; i < sizeof latency_bytes / sizeof latency_bytes[0]; i++) {
        pair.bytes = latency_bytes[i];
        bench_report("latency", pair.bytes, 1e6 * bench_time_s(ping_pong, &pair) / 2);
    }
    for (size_t i = 0; i < sizeof stream_bytes / sizeof stream_bytes[0]; i++) {
        pair.bytes = stream_bytes[i];
        const double message_s = bench_time_s(stream, &pair) / STREAM_MESSAGES;

        bench_report("stream of 64, each", pair.bytes, 1e6 * message_s);
        if (pair.bytes == 8) {
            bench_report("message rate", pair.bytes, 1e-6 / message_s);
        }
        if (pair.bytes >= 128 << 10) {
            bench_report("bandwidth", pair.bytes, 1e-9 * pair.bytes / message_s);
        }
    }
    free(pair.sent);
    free(pair.received);
    MPI_Finalize();
    return 0;
}
