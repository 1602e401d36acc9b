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

/* How it grows from look to look. */
struct ownmemory {
    int64_t first, last;
    int64_t least_growth;
    int looks;
};

static inline void ownmemory_look(struct ownmemory *memory)
{
    int64_t now = ownmemory_bytes();
    if (memory->looks == 0) {
        *memory = (struct ownmemory){.first = now, .least_growth = INT64_MAX};
    } else if (now - memory->last < memory->least_growth) {
        memory->least_growth = now - memory->last;
    }
    memory->last = now;
    memory->looks++;
}

/* Whether it grew by no more than so many bytes. Another MPI library takes some more now and then,
 * for messages that come early because a rank was held up, and keeps it: there, what leaks is told
 * by growing from each look to the next. */
static inline bool ownmemory_is_flat(const struct ownmemory *memory, int64_t most_bytes)
{
#ifdef MPI_ABI_VERSION
    return memory->last - memory->first <= most_bytes;
#else
    return memory->least_growth <= most_bytes / memory->looks;
#endif
}

#endif
