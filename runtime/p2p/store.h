/* SPDX-License-Identifier: BSD-3-Clause */
/* How a rank stores into its chunks and rings, and into what it sends from its window: through its
 * cache, or past it, whichever is quicker.
 *
 * Their lines were read by a peer when they were last used. To write them through the cache means
 * to take them back from there one by one: quick where both cores share a cache, and slow where
 * they do not. There, stores that go past the cache take a ninth of the time (runtime/README.md has
 * the numbers). Which it is may change while the program runs (p2p/pace.h). So it is measured: now
 * and then some lines are written through the cache, and timed. */
#ifndef MPR_P2P_STORE_H
#define MPR_P2P_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "p2p/data.h"

/* One for each reader; all zero at the start. */
struct mpr_store {
    int line_ps;          /* what it takes to take a line back: a mean of the last samples */
    uint8_t until_sample; /* counted in calls */
};

/* A line within reach takes 1 to 4 ns, 5 on the average and at times 10 while its reader is at it;
 * one from afar takes 7 to 27, as it pleases the machine. */
enum { MPR_STORE_FAR_PS = 8000 };

/* Whether longer data is stored past the cache. */
static inline bool mpr_store_is_past(const struct mpr_store *store)
{
    return store->line_ps > MPR_STORE_FAR_PS;
}

/* A sample: taking a line back took `line_ps` picoseconds. The choice follows the mean, on which no
 * single sample has much weight. */
void mpr_store_learn(struct mpr_store *store, uint64_t line_ps);

/* Shorter data always goes through the cache: the fence behind the other way takes as long as some
 * lines. */
enum { MPR_STORE_LONG_BYTES = 512 };

/* mpr_store_out() for longer data. */
void mpr_store_long(struct mpr_store *store, const struct mpr_type *type, const void *buffer,
                    MPI_Count position, unsigned char *chunk, size_t bytes);

/* Packs data bytes [position, position + bytes) of `buffer` to `chunk`, an address that is a
 * multiple of 64 in shared memory. What is stored afterwards is seen after all of it. */
static inline void mpr_store_out(struct mpr_store *store, const struct mpr_type *type,
                                 const void *buffer, MPI_Count position, unsigned char *chunk,
                                 size_t bytes)
{
    if (bytes < MPR_STORE_LONG_BYTES) {
        mpr_data_out(type, buffer, position, chunk, bytes);
    } else {
        mpr_store_long(store, type, buffer, position, chunk, bytes);
    }
}

/* mpr_store_back() for so much that it matters how. */
enum { MPR_STORE_BACK_BYTES = 16 << 10 };
void mpr_store_back_long(unsigned char *to, const unsigned char *from, size_t bytes);

/* Copies `bytes` to memory of the program: in this way where it lies in the window, from which
 * peers may have read it, and there is much of it; else plainly. */
static inline void mpr_store_back(unsigned char *to, const unsigned char *from, size_t bytes)
{
    if (bytes < MPR_STORE_BACK_BYTES) {
        mpr_data_copy(to, from, bytes);
    } else {
        mpr_store_back_long(to, from, bytes);
    }
}

#endif
