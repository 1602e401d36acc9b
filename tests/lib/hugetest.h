/* SPDX-License-Identifier: BSD-3-Clause */
/* Buffers of more than 2^31 bytes that take no memory: address space in which the same piece of
 * memory recurs. Whatever is written at a position shows at that position in every piece; a piece
 * is no power of two long, so that a position that loses its high bits lands elsewhere in it. */
#ifndef MPR_TESTS_HUGETEST_H
#define MPR_TESTS_HUGETEST_H

#include <sys/mman.h>
#include <unistd.h>

#include "tests/lib/mpitest.h"

enum { HUGETEST_PIECE_BYTES = 5003 * 4096 };

static inline size_t hugetest_mapped_bytes(size_t bytes)
{
    return (bytes + HUGETEST_PIECE_BYTES - 1) / HUGETEST_PIECE_BYTES * HUGETEST_PIECE_BYTES;
}

/* At least `bytes` bytes. */
MPITEST_UNUSED static unsigned char *hugetest_map(size_t bytes)
{
    const size_t mapped = hugetest_mapped_bytes(bytes);
    const int fd = memfd_create("piece", MFD_CLOEXEC);
    unsigned char *start =
        mmap(NULL, mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool failed = fd < 0 || start == MAP_FAILED || ftruncate(fd, HUGETEST_PIECE_BYTES) != 0;

    for (size_t at = 0; !failed && at < mapped; at += HUGETEST_PIECE_BYTES) {
        failed = mmap(start + at, HUGETEST_PIECE_BYTES, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED;
    }
    if (failed) {
        perror("cannot map a huge buffer");
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    close(fd);
    return start;
}

MPITEST_UNUSED static void hugetest_unmap(unsigned char *start, size_t bytes)
{
    munmap(start, hugetest_mapped_bytes(bytes));
}

#endif
