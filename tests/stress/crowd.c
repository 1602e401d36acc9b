/* SPDX-License-Identifier: BSD-3-Clause */
/* Far more ranks than cores: they start, meet in a barrier, exchange something
 * between all pairs, and end. */
/* matrix: np=256 copy=chunk engine=uring,sync rings=default,tiny limit=120 */
#include "tests/lib/mpitest.h"

enum { WORDS = 4 };

int main(int argc, char **argv)
{
    uint64_t *sent, *received;
    size_t bytes;

    mpitest_start(&argc, &argv);
    bytes = (size_t)mpitest_size * WORDS * sizeof(uint64_t);
    sent = mpitest_malloc(bytes);
    received = mpitest_malloc(bytes);
    for (int peer = 0; peer < mpitest_size; peer++) {
        for (int word = 0; word < WORDS; word++) {
            sent[peer * WORDS + word] = (uint64_t)(mpitest_rank << 16 | peer << 4 | word);
        }
    }
    CHECK_EQ(MPI_Barrier(MPI_COMM_WORLD), MPI_SUCCESS);
    CHECK_EQ(MPI_Alltoall(sent, WORDS, MPI_UINT64_T, received, WORDS, MPI_UINT64_T, MPI_COMM_WORLD),
             MPI_SUCCESS);
    for (int peer = 0; peer < mpitest_size; peer++) {
        for (int word = 0; word < WORDS; word++) {
            CHECK_EQ(received[peer * WORDS + word], peer << 16 | mpitest_rank << 4 | word);
        }
    }
    free(sent);
    free(received);
    return mpitest_finish();
}
