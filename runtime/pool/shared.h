/* SPDX-License-Identifier: BSD-3-Clause */
/* Large inputs that all workers of a host read: one copy in memory, which each of them maps,
 * instead of one in each. It has no name in any file system and is gone with the last who maps it.
 *
 * The owner keeps a descriptor; others find it through /proc, and know it by a random token in its
 * name, since another host has processes with the same numbers. Nobody can change it. */
#ifndef MPP_SHARED_H
#define MPP_SHARED_H

#include <stddef.h>
#include <stdint.h>

/* From so many bytes on it pays to share. */
enum { MPP_SHARED_BYTES_MIN = 1 << 20 };

/* How others find it; travels. */
struct mpp_shared_name {
    uint64_t bytes;
    uint64_t token;
    int64_t pid;
    int32_t fd; /* of that process; -1: it is not shared */
    int32_t reserved;
};

struct mpp_shared {
    void *bytes; /* null: there are none */
    struct mpp_shared_name name;
};

/* Copies `count` bytes, to where others can map them if there are many and the system lets us.
 * Returns 0, or -1 without memory. */
int mpp_shared_make(struct mpp_shared *shared, const void *bytes, size_t count);

/* Maps what another process has made. Returns 0, or -1: it cannot be reached from here. */
int mpp_shared_open(struct mpp_shared *shared, const struct mpp_shared_name *name);

/* Frees what was made, opened, or is all zero. */
void mpp_shared_free(struct mpp_shared *shared);

#endif
