/* SPDX-License-Identifier: BSD-3-Clause */
/* How much memory a process has for itself alone: to see that it does not grow. */
#ifndef MPR_TESTS_OWNMEMORY_H
#define MPR_TESTS_OWNMEMORY_H

#include <stdint.h>
#include <unistd.h>

#include "mpitest.h"
#include "sanitized.h"

/* Bytes in memory, without those that are shared with the other ranks: of these, more and more are
 * touched, up to their fixed size. Always 0 with sanitizers that have memory of their own; they
 * find leaks by themselves. */
static inline int64_t ownmemory_bytes(void)
{
    long long resident = 0;
    long long shared = 0;
    if (SANITIZED_ADDRESS || SANITIZED_THREAD) {
        return 0;
    }
    FILE *file = fopen("/proc/self/statm", "re");
    CHECK(file && fscanf(file, "%*d %lld %lld", &resident, &shared) == 2);
    if (file) {
        fclose(file);
    }
    return (resident - shared) * sysconf(_SC_PAGESIZE);
}

#endif
