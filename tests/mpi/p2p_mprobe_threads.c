/* SPDX-License-Identifier: BSD-3-Clause */
/* Several threads of a rank probe for the same messages: each message is matched by one of them,
 * once, and received by it although others of the same envelope are about. */
#include <pthread.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { THREADS = 4, MESSAGES = 200, TAG_MESSAGE = 1, TAG_END = 2, BYTES_MAX = 50000 };

static atomic_int *seen; /* by source and number */
static atomic_int taken_count;
static MPI_Comm comm; /* the threads would take any other message of MPI_COMM_WORLD too */

static int bytes_of(int number)
{
    return number % 10 == 0 ? (int)(mpitest_mix((uint64_t)number) % BYTES_MAX) + 8 : 8;
}

static uint64_t key_of(int rank, int number)
{
    return (uint64_t)rank << 32 | (uint64_t)number;
}

/* The first bytes say which message it is, the others are its pattern. */
static void take(unsigned char *memory, MPI_Message *message, const MPI_Status *probed, bool waits)
{
    MPI_Status status;
    MPI_Request request;
    int bytes, count, number;

    MPI_Get_count(probed, MPI_BYTE, &bytes);
    if (waits) {
        MPI_Mrecv(memory, bytes, MPI_BYTE, message, &status);
    } else {
        MPI_Imrecv(memory, bytes, MPI_BYTE, message, &request);
        MPI_Wait(&request, &status);
    }
    MPI_Get_count(&status, MPI_BYTE, &count);
    CHECK_EQ(count, bytes);
    CHECK_EQ(status.MPI_SOURCE, probed->MPI_SOURCE);
    CHECK_EQ(status.MPI_TAG, probed->MPI_TAG);
    if (status.MPI_TAG == TAG_END) {
        return;
    }
    memcpy(&number, memory, sizeof number);
    CHECK(number >= 0 && number < MESSAGES);
    CHECK_EQ(bytes, bytes_of(number));
    CHECK_PATTERN(memory + 8, (size_t)(bytes - 8), key_of(status.MPI_SOURCE, number));
    CHECK_EQ(atomic_fetch_add(&seen[status.MPI_SOURCE * MESSAGES + number], 1), 0);
    atomic_fetch_add(&taken_count, 1);
}

/* Takes messages until it gets an end; half of the threads wait, half ask again and again. */
static void *work(void *argument)
{
    bool waits = *(int *)argument % 2 == 0;
    unsigned char *memory = mpitest_malloc(BYTES_MAX + 8);
    MPI_Status status;
    MPI_Message message;

    do {
        int flag = 0;
        if (waits) {
            MPI_Mprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &message, &status);
        }
        while (!waits && !flag) {
            MPI_Improbe(MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &flag, &message, &status);
        }
        take(memory, &message, &status, waits);
    } while (status.MPI_TAG != TAG_END);
    free(memory);
    return NULL;
}

/* Sends every rank its messages, and waits until this one has all of its own. */
static void send_all(void)
{
    unsigned char *memory = mpitest_malloc(BYTES_MAX + 8);

    for (int number = 0; number < MESSAGES; number++) {
        int bytes = bytes_of(number);
        memset(memory, 0, 8);
        memcpy(memory, &number, sizeof number);
        mpitest_fill(memory + 8, (size_t)(bytes - 8), key_of(mpitest_rank, number));
        for (int rank = 0; rank < mpitest_size; rank++) {
            MPI_Send(memory, bytes, MPI_BYTE, rank, TAG_MESSAGE, comm);
        }
    }
    free(memory);
    while (atomic_load(&taken_count) < mpitest_size * MESSAGES) {
        usleep(1000);
    }
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    if (!mpitest_start_threads(&argc, &argv)) {
        return mpitest_skip(MPITEST_NO_THREADS);
    }
    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    seen = calloc((size_t)mpitest_size * MESSAGES, sizeof *seen);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (seen == NULL || pthread_create(&threads[i], NULL, work, &numbers[i]) != 0) {
            fprintf(stderr, "cannot start a thread\n");
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
    }
    send_all();
    for (int i = 0; i < THREADS; i++) {
        MPI_Send(NULL, 0, MPI_BYTE, mpitest_rank, TAG_END, comm);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < mpitest_size * MESSAGES; i++) {
        CHECK_EQ(atomic_load(&seen[i]), 1);
    }
    free(seen);
    MPI_Comm_free(&comm);
    return mpitest_finish();
}
