/* SPDX-License-Identifier: BSD-3-Clause */
/* Which path is quicker for large messages from a peer, chunks or cross-memory attach, as
 * measured while the program runs.
 *
 * No rule known beforehand decides it. Chunks are copied twice, by both sides at once; cross-memory
 * attach copies once, by the receiver alone. The first wins between cores that share a cache, by
 * two to one, as long as the sender has nothing else to do; the second wins, by four to one,
 * between cores that share none, and where both sides send at once. A hypervisor may move a virtual
 * machine's cores from one case to the other while the program runs (runtime/README.md
 * has the numbers).
 *
 * So the receiver measures: the time from its first acceptance to its last byte, over all messages
 * from the peer that are under way together, for each path and for small, middle and large messages
 * apart. Chunks are slow until their memory has been touched, which takes as long as dozens of
 * messages: so the first ones go by cross-memory attach, and then as many through chunks as touch
 * all. The path that has lost is tried now and then; how often falls as long as the trial only
 * confirms what is known.
 *
 * Private to a rank; the caller holds the library's lock. */
#ifndef MPR_P2P_PACE_H
#define MPR_P2P_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include "p2p/envelope.h"

enum { MPR_PACE_CLASSES = 3 };

/* The two paths for messages of about one size. Times are nanoseconds for a megabyte. */
struct mpr_pace_class {
    uint64_t chunk_ns, cma_ns;             /* 0: never measured */
    uint64_t chunk_bytes, cma_bytes;       /* moved so far */
    uint32_t trial_interval, until_trial;  /* counted in choices */
    uint8_t path;                          /* enum mpr_path: the choice in force */
};

/* One for each peer; all zero at the start. */
struct mpr_pace {
    struct mpr_pace_class classes[MPR_PACE_CLASSES];
    int open_count; /* messages under way */
    bool may_choose;

    /* Since begin_ns these have arrived, all of them on `path` unless it is mixed. */
    uint64_t begin_ns;
    uint64_t bytes;
    int message_count;
    uint8_t path;
    bool is_mixed;
};

/* A message of `bytes` is about to be received: MPR_PATH_CHUNK or MPR_PATH_CMA. */
enum mpr_path mpr_pace_begin(struct mpr_pace *pace, uint64_t bytes, uint64_t now_ns);

/* It has arrived, on `path`. */
void mpr_pace_end(struct mpr_pace *pace, enum mpr_path path, uint64_t bytes, uint64_t now_ns);

/* It will not arrive. */
void mpr_pace_drop(struct mpr_pace *pace);

#endif
