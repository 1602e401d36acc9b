/* SPDX-License-Identifier: BSD-3-Clause */
/* Counts beyond what an int holds: 2^31 bytes and some more, broadcast, reduced and scattered.
 * Skipped where the machine has not the memory to spare. */
/* matrix: np=2 copy=chunk rings=default limit=300 */
#include <unistd.h>

#include "tests/lib/colltest.h"
#include "tests/lib/sanitized.h"

static const MPI_Count count = (MPI_Count)1 << 31 | 1 << 20 | 3;

/* What both ranks need, and as much again for everybody else. */
static bool has_memory(void)
{
    double pages = (double)sysconf(_SC_AVPHYS_PAGES);
    double bytes = 2 * 2 * (double)count * (SANITIZED_THREAD ? 5 : 1);
    return pages * (double)sysconf(_SC_PAGESIZE) > 2 * bytes;
}

static unsigned char byte_at(MPI_Count index, int rank)
{
    return (unsigned char)((uint64_t)index * 2654435761u >> 13 & 0x3f) + (unsigned char)rank;
}

static void fill(unsigned char *bytes, MPI_Count first, MPI_Count length, int rank)
{
    for (MPI_Count i = 0; i < length; i++) {
        bytes[i] = byte_at(first + i, rank);
    }
}

/* The first bytes, the last, and every 4099th between. */
static MPI_Count step(MPI_Count i, MPI_Count length)
{
    return i < 100 || i >= length - 5000 ? 1 : 4099;
}

static void check_bcast(unsigned char *buffer)
{
    if (mpitest_rank == 0) {
        fill(buffer, 0, count, 0);
    }
    CHECK_EQ(MPI_Bcast_c(buffer, count, MPI_BYTE, 0, MPI_COMM_WORLD), MPI_SUCCESS);
    for (MPI_Count i = 0; i < count; i += step(i, count)) {
        CHECK_EQ(buffer[i], byte_at(i, 0));
    }
}

/* In place: rank 0 has what bcast left, rank 1 one more in every byte. */
static void check_allreduce(unsigned char *buffer)
{
    for (MPI_Count i = 0; i < count && mpitest_rank == 1; i++) {
        buffer[i]++;
    }
    CHECK_EQ(MPI_Allreduce_c(MPI_IN_PLACE, buffer, count, MPI_UINT8_T, MPI_SUM, MPI_COMM_WORLD),
             MPI_SUCCESS);
    for (MPI_Count i = 0; i < count; i += step(i, count)) {
        CHECK_EQ(buffer[i], (unsigned char)(2 * byte_at(i, 0) + 1));
    }
}

/* Blocks at displacements beyond 2^31. */
static void check_scatterv(unsigned char *buffer)
{
    MPI_Count counts[2] = {1000, 4000};
    MPI_Aint displs[2] = {(MPI_Aint)count - 1000, (MPI_Aint)count - 6000};
    unsigned char block[4000];
    MPI_Count length = counts[mpitest_rank];
    if (mpitest_rank == 0) {
        fill(buffer + count - 6000, count - 6000, 6000, 0);
    }
    CHECK_EQ(MPI_Scatterv_c(buffer, counts, displs, MPI_BYTE, block, length, MPI_BYTE, 0,
                            MPI_COMM_WORLD),
             MPI_SUCCESS);
    for (MPI_Count i = 0; i < length; i++) {
        CHECK_EQ(block[i], byte_at((MPI_Count)displs[mpitest_rank] + i, 0));
    }
}

int main(int argc, char **argv)
{
    int enough;
    mpitest_start(&argc, &argv);
    enough = has_memory();
    MPI_Bcast(&enough, 1, MPI_INT, 0, MPI_COMM_WORLD);
    if (!enough) {
        return mpitest_skip("not enough memory for counts beyond 2^31");
    }
    unsigned char *buffer = mpitest_malloc((size_t)count);
    check_bcast(buffer);
    check_allreduce(buffer);
    check_scatterv(buffer);
    free(buffer);
    return mpitest_finish();
}
