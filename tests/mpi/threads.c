/* SPDX-License-Identifier: BSD-3-Clause */
/* Thread levels; and under MPI_THREAD_MULTIPLE, threads that make communicators from different
 * parents at the same time, at their own pace, and exchange messages over them. */
/* matrix: copy=chunk,pipe engine=uring rings=default,tiny */
#include <pthread.h>

#include "../lib/mpitest.h"

enum { THREADS = 4, ROUNDS = 60, BYTES_MAX = 40000 };

static MPI_Comm parents[THREADS];

static void exchange(MPI_Comm comm, uint64_t key, int bytes)
{
    int rank, size;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);

    int right = (rank + 1) % size, left = (rank + size - 1) % size;
    unsigned char *out = mpitest_malloc((size_t)bytes), *in = mpitest_malloc((size_t)bytes);
    MPI_Request request;
    MPI_Status status;

    mpitest_fill(out, (size_t)bytes, key + (uint64_t)rank);
    MPI_Isend(out, bytes, MPI_BYTE, right, 1, comm, &request);
    MPI_Recv(in, bytes, MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &status);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    CHECK_EQ(status.MPI_SOURCE, left);
    CHECK_PATTERN(in, (size_t)bytes, key + (uint64_t)left);
    free(out);
    free(in);
}

/* Thread i of all ranks works on parents[i]; nothing orders it with the other threads. */
static void *work(void *argument)
{
    int index = (int)(intptr_t)argument, is_main = 1, world_size = -1;

    MPI_Is_thread_main(&is_main);
    CHECK_EQ(is_main, 0);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t key = (uint64_t)(1000 * index + round) << 20;
        int bytes = (int)(mpitest_mix(key) % BYTES_MAX) + 1, rank;
        MPI_Comm copy, part;

        MPI_Comm_dup(parents[index], &copy);
        MPI_Comm_rank(copy, &rank);
        MPI_Comm_split(copy, rank % 2, -rank, &part);
        exchange(copy, key, bytes);
        exchange(part, key + 1, 8);
        MPI_Comm_free(&part);
        MPI_Barrier(copy);
        MPI_Comm_free(&copy);
        MPI_Comm_size(MPI_COMM_WORLD, &world_size);
        CHECK_EQ(world_size, mpitest_size);
    }
    return NULL;
}

static void check_multiple(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        // Neighbours share members in different orders.
        MPI_Comm_split(MPI_COMM_WORLD, 0, i % 2 == 0 ? mpitest_rank : -mpitest_rank, &parents[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        MPI_Comm_free(&parents[i]);
    }
}

int main(int argc, char **argv)
{
    int provided = -1, queried = -1, is_main = 0, flag = -1;

    MPI_Initialized(&flag);
    CHECK_EQ(flag, 0);
    MPI_Init_thread(&argc, &argv, MPI_THREAD_MULTIPLE, &provided);
    mpitest_begin();
    MPI_Initialized(&flag);
    CHECK_EQ(flag, 1);
    MPI_Finalized(&flag);
    CHECK_EQ(flag, 0);
    MPI_Query_thread(&queried);
    CHECK_EQ(queried, provided);
    MPI_Is_thread_main(&is_main);
    CHECK_EQ(is_main, 1);
    if (provided < MPI_THREAD_MULTIPLE) {
        return mpitest_skip("the library has no MPI_THREAD_MULTIPLE");
    }
    check_multiple();
    int status = mpitest_finish();
    MPI_Finalized(&flag);
    return flag ? status : EXIT_FAILURE;
}
