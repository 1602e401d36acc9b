/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks that have little memory left: starve unexpected | requests | communicators
 *
 * unexpected     the last rank is flooded with messages that it has asked nobody for, until it has
 * no memory to keep more of them: its job ends with an error, or the flood is held back requests
 * each rank starts receives until there is no memory for one more: the call fails with
 *                MPI_ERR_NO_MEM, and what was started before it works
 * communicators  each rank duplicates communicators until it fails: all ranks get an error, and
 * what was made before it works */
#include <stdio.h>
#include <sys/resource.h>

#include "tests/lib/mpitest.h"

enum { SPARE_BYTES = 4 << 20, FLOOD_BYTES = 1000, FLOOD = 40000, MANY = 4000000 };

/* From here on this process gets SPARE_BYTES more address space and no more. */
static void limit_memory(void)
{
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");

    if (statm == NULL || fscanf(statm, "%lu", &pages) != 1) {
        perror("/proc/self/statm");
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    fclose(statm);
    const struct rlimit limit = {pages * 4096 + SPARE_BYTES, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &limit);
}

static void unlimit_memory(void)
{
    const struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

    setrlimit(RLIMIT_AS, &limit);
}

static void flood(void)
{
    const int last = mpitest_size - 1;
    char *buffer = mpitest_malloc(FLOOD_BYTES);

    memset(buffer, 1, FLOOD_BYTES);
    if (mpitest_rank == last) {
        limit_memory();
    }
    MPI_Barrier(MPI_COMM_WORLD);
    for (int i = 0; i < FLOOD; i++) {
        if (mpitest_rank == 0) {
            MPI_Send(buffer, FLOOD_BYTES, MPI_BYTE, last, i < FLOOD - 1, MPI_COMM_WORLD);
        }
    }
    if (mpitest_rank == last) {
        for (int i = 0; i < FLOOD; i++) { // the last message first
            MPI_Recv(buffer, FLOOD_BYTES, MPI_BYTE, 0, i > 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
    }
    free(buffer);
}

static void start_many(void)
{
    MPI_Request *requests = mpitest_malloc(MANY * sizeof *requests);
    int started = 0, code = MPI_SUCCESS, received;

    memset(requests, 0, MANY * sizeof *requests);
    mpitest_return_errors();
    limit_memory();
    while (started < MANY && code == MPI_SUCCESS) {
        code =
            MPI_Irecv(&received, 1, MPI_INT, mpitest_rank, 1, MPI_COMM_WORLD, &requests[started]);
        started += code == MPI_SUCCESS;
    }
    EXPECT_CLASS(code, MPI_ERR_NO_MEM);
    CHECK(started > 1000 && started < MANY);
    for (int i = 0; i < started; i++) {
        MPI_Send(&i, 1, MPI_INT, mpitest_rank, 1, MPI_COMM_WORLD);
        MPI_Wait(&requests[i], MPI_STATUS_IGNORE);
        CHECK_EQ(received, i);
    }
    unlimit_memory();
    free(requests);
}

static void duplicate_many(void)
{
    MPI_Comm *comms = mpitest_malloc(MANY * sizeof(MPI_Comm));
    int made = 0, code = MPI_SUCCESS, sum, one = 1, error_class;

    memset(comms, 0, MANY * sizeof(MPI_Comm));
    mpitest_return_errors();
    if (mpitest_rank == mpitest_size - 1) {
        limit_memory();
    }
    while (made < MANY && code == MPI_SUCCESS) {
        code = MPI_Comm_dup(MPI_COMM_WORLD, &comms[made]);
        made += code == MPI_SUCCESS;
    }
    MPI_Error_class(code, &error_class);
    CHECK(error_class != MPI_SUCCESS);
    CHECK(made > 100);
    for (int i = 0; i < made; i++) {
        if (i % (made / 50 + 1) == 0) {
            MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, comms[i]);
            CHECK_EQ(sum, mpitest_size);
        }
        MPI_Comm_free(&comms[i]);
    }
    unlimit_memory();
    free(comms);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (argc == 2 && strcmp(argv[1], "unexpected") == 0) {
        flood();
    } else if (argc == 2 && strcmp(argv[1], "requests") == 0) {
        start_many();
    } else if (argc == 2 && strcmp(argv[1], "communicators") == 0) {
        duplicate_many();
    } else {
        fprintf(stderr, "usage: starve unexpected | requests | communicators\n");
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    return mpitest_finish();
}
