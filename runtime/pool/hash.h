/* SPDX-License-Identifier: BSD-3-Clause */
/* A hash in 64 bits, for tables and against torn records, not against malice: the step of FNV-1a
 * (Fowler, Noll and Vo) over words of eight bytes, and a fold, because a product moves bits
 * upward only. */
#ifndef MPP_HASH_H
#define MPP_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MPP_HASH_START UINT64_C(0xcbf29ce484222325)

static inline uint64_t mpp_hash_word(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

/* Goes on with a hash over more bytes; their number counts too. */
static inline uint64_t mpp_hash(uint64_t hash, const void *bytes, size_t count)
{
    const char *at = bytes;
    uint64_t word;
    size_t left = count;
    for (; left >= sizeof word; left -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = mpp_hash_word(hash, word);
    }
    word = 0;
    if (left) {
        memcpy(&word, at, left);
    }
    return mpp_hash_word(mpp_hash_word(hash, word), count);
}

#endif
