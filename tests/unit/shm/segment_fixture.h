/* SPDX-License-Identifier: BSD-3-Clause */
/* A segment for unit tests, with the geometry of the tester's choice. */
#ifndef TESTS_UNIT_SHM_SEGMENT_FIXTURE_H
#define TESTS_UNIT_SHM_SEGMENT_FIXTURE_H

#include <CUnit/CUnit.h>

#include "shm/segment.h"

/* Makes a segment for `ranks` ranks with rings of `cells` cells and `bytes` bytes of payload, and
 * pools of `pool_bytes`. */
static inline void fixture_open_pools(struct mpr_segment *segment, uint32_t ranks, int64_t cells,
                                      int64_t bytes, int64_t pool_bytes)
{
    struct mpr_tunables tunables = mpr_tunables;
    const struct mpr_segment_config config = {
        .rank_count = ranks, .cpus_usable = ranks, .spare_slots = 4, .tunables = &tunables};

    tunables.ring_cells = cells;
    tunables.ring_bytes = bytes;
    tunables.pool_bytes = pool_bytes;
    CU_ASSERT_EQUAL_FATAL(mpr_segment_create(segment, &config), 0);
}

static inline void fixture_open(struct mpr_segment *segment, uint32_t ranks, int64_t cells,
                                int64_t bytes)
{
    fixture_open_pools(segment, ranks, cells, bytes, 64 << 10);
}

#endif
