/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_THREAD_MULTIPLE: four threads of each rank send and receive at once; they share a
 * communicator and are told apart by tags, or have one each and receive from anybody; and those of
 * one rank send to each other. */
#include <pthread.h>

#include "tests/lib/mpitest.h"

enum { THREADS = 4, ROUNDS = 150, BYTES_MAX = 100000 };

struct worker {
    pthread_t thread;
    int number;
    MPI_Comm own;    /* this thread's alone */
    uint64_t random; /* the same sequence in every rank */
    unsigned char *sent, *received;
};

static int next, previous;

static int draw_bytes(struct worker *worker)
{
    const uint64_t random = mpitest_mix(worker->random++);

    return (int)(random % 8 == 0 ? random / 8 % BYTES_MAX : random / 8 % 200);
}

static uint64_t key_of(int rank, int thread, int round)
{
    return ((uint64_t)rank << 40) + ((uint64_t)thread << 20) + (uint64_t)round;
}

static void check_received(const struct worker *worker, const MPI_Status *status, int bytes,
                           int round)
{
    int count = -1;

    MPI_Get_count(status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
    CHECK_EQ(status->MPI_SOURCE, previous);
    CHECK_PATTERN(worker->received, (size_t)bytes, key_of(previous, worker->number, round));
}

/* One message around, on the shared communicator or the thread's own, by one of several calls. */
static void exchange(struct worker *worker, int round)
{
    const int bytes = draw_bytes(worker), tag = worker->number;
    MPI_Request requests[2];
    MPI_Status status, statuses[2];
    int index, flag = 0;

    mpitest_fill(worker->sent, (size_t)bytes, key_of(mpitest_rank, worker->number, round));
    switch (round % 4) {
    case 0:
        MPI_Sendrecv(worker->sent, bytes, MPI_BYTE, next, tag, worker->received, BYTES_MAX,
                     MPI_BYTE, previous, tag, MPI_COMM_WORLD, &status);
        break;
    case 1:
        MPI_Irecv(worker->received, BYTES_MAX, MPI_BYTE, MPI_ANY_SOURCE, tag, MPI_COMM_WORLD,
                  &requests[0]);
        MPI_Issend(worker->sent, bytes, MPI_BYTE, next, tag, MPI_COMM_WORLD, &requests[1]);
        MPI_Waitall(2, requests, statuses);
        status = statuses[0];
        break;
    case 2:
        MPI_Isend(worker->sent, bytes, MPI_BYTE, next, tag, worker->own, &requests[0]);
        MPI_Probe(MPI_ANY_SOURCE, MPI_ANY_TAG, worker->own, &status);
        CHECK_EQ(status.MPI_TAG, tag);
        MPI_Recv(worker->received, BYTES_MAX, MPI_BYTE, status.MPI_SOURCE, tag, worker->own,
                 &status);
        MPI_Wait(&requests[0], MPI_STATUS_IGNORE);
        break;
    default:
        MPI_Irecv(worker->received, BYTES_MAX, MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG, worker->own,
                  &requests[0]);
        MPI_Isend(worker->sent, bytes, MPI_BYTE, next, tag, worker->own, &requests[1]);
        while (!flag) {
            MPI_Test(&requests[0], &flag, &status);
        }
        MPI_Waitany(2, requests, &index, MPI_STATUS_IGNORE);
        CHECK_EQ(index, 1);
        break;
    }
    check_received(worker, &status, bytes, round);
}

/* A message to the next thread of this rank, which waits for it or asks again and again: as they
 * share a core, none gets far while another one does not give way. */
static void exchange_inside(struct worker *worker, int round)
{
    const int from = (worker->number + THREADS - 1) % THREADS, to = (worker->number + 1) % THREADS;
    const int bytes = 1 + (int)(mpitest_mix((uint64_t)round) % 200);
    MPI_Request request;
    int flag = 0;

    mpitest_fill(worker->sent, (size_t)bytes, key_of(mpitest_rank, worker->number, round));
    if (round % 2 == 0) {
        MPI_Sendrecv(worker->sent, bytes, MPI_BYTE, 0, to, worker->received, bytes, MPI_BYTE, 0,
                     worker->number, MPI_COMM_SELF, MPI_STATUS_IGNORE);
    } else {
        MPI_Irecv(worker->received, bytes, MPI_BYTE, 0, worker->number, MPI_COMM_SELF, &request);
        MPI_Send(worker->sent, bytes, MPI_BYTE, 0, to, MPI_COMM_SELF);
        while (!flag) {
            MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
        }
    }
    CHECK_PATTERN(worker->received, (size_t)bytes, key_of(mpitest_rank, from, round));
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (int round = 0; round < ROUNDS; round++) {
        exchange(worker, round);
        exchange_inside(worker, round);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct worker workers[THREADS];
    int is_main = 0, level = -1;

    if (!mpitest_start_threads(&argc, &argv)) {
        return mpitest_skip(MPITEST_NO_THREADS);
    }
    MPI_Query_thread(&level);
    CHECK_EQ(level, MPI_THREAD_MULTIPLE);
    MPI_Is_thread_main(&is_main);
    CHECK(is_main);
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;

    for (int i = 0; i < THREADS; i++) {
        struct worker *worker = &workers[i];

        worker->number = i;
        worker->random = mpitest_mix(mpitest_seed + (uint64_t)i);
        worker->sent = mpitest_malloc(BYTES_MAX);
        worker->received = mpitest_malloc(BYTES_MAX);
        MPI_Comm_dup(MPI_COMM_WORLD, &worker->own);
    }
    for (int i = 0; i < THREADS; i++) {
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
            fprintf(stderr, "cannot start a thread\n");
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        MPI_Comm_free(&workers[i].own);
        free(workers[i].sent);
        free(workers[i].received);
    }
    return mpitest_finish();
}
