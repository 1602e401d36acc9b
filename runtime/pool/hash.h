/* SPDX-License-Identifier: BSD-3-Clause */
/* FNV-1a in 64 bits (Fowler, Noll and Vo): for tables and against torn records, not against malice. */
#ifndef MPP_HASH_H
#define MPP_HASH_H

#include <stddef.h>
#include <stdint.h>

#define MPP_HASH_START UINT64_C(0xcbf29ce484222325)

/* Goes on with a hash over more bytes. */
static inline uint64_t mpp_hash(uint64_t hash, const void *bytes, size_t count)
{
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

#endif
