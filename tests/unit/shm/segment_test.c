/* SPDX-License-Identifier: BSD-3-Clause */
/* The segment: sizes, offsets, attaching, and what is refused. */
#include "shm/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "segment_fixture.h"
#include "shm/chunk.h"
#include "shm/ring.h"
#include "tests/lib/unit.h"

static void parts_do_not_overlap(void)
{
    for (uint32_t ranks = 1; ranks <= 1024; ranks = ranks * 2 + 1) {
        struct mpr_geometry geometry;
        struct mpr_layout layout;
        const struct mpr_segment_config config = {
            .rank_count = ranks, .spare_slots = ranks / 2, .tunables = &mpr_tunables};
        mpr_geometry_choose(&geometry, &config);
        mpr_layout_compute(&layout, &geometry);
        const uint32_t slots = geometry.slot_count;
        const uint64_t rings = (uint64_t)slots * slots;
        CU_ASSERT_TRUE(layout.control_offset >= sizeof(struct mpr_segment_header));
        CU_ASSERT_TRUE(layout.tails_offset >=
                       layout.control_offset + slots * sizeof(struct mpr_rank_control));
        CU_ASSERT_TRUE(layout.ring_control_offset >=
                       layout.tails_offset + mpr_layout_tail(&geometry, slots, 0));
        CU_ASSERT_TRUE(layout.cells_offset >=
                       layout.ring_control_offset + rings * sizeof(struct mpr_ring_control));
        CU_ASSERT_TRUE(layout.payload_offset >=
                       layout.cells_offset + rings * geometry.ring_cells * MPR_LINE_BYTES);
        CU_ASSERT_TRUE(layout.commons_offset >=
                       layout.payload_offset + rings * geometry.ring_bytes);
        CU_ASSERT_TRUE(layout.unit_state_offset >=
                       layout.commons_offset + (rings + slots) / 2 * MPR_COMMON_BYTES);
        CU_ASSERT_TRUE(layout.segment_bytes >=
                       layout.pool_offset +
                           (uint64_t)slots * geometry.pool_units * MPR_POOL_UNIT_BYTES);
        CU_ASSERT_TRUE(layout.pool_offset >= layout.unit_state_offset + (uint64_t)slots *
                                                 geometry.pool_units * MPR_LINE_BYTES);
    }
}

/* What an all-to-all exchange of small messages touches stays within bounds. */
static void cells_of_256_ranks_fit_into_32_mib(void)
{
    const struct mpr_segment_config config = {.rank_count = 256, .tunables = &mpr_tunables};
    struct mpr_geometry geometry;
    mpr_geometry_choose(&geometry, &config);
    CU_ASSERT_TRUE((uint64_t)256 * 256 * geometry.ring_cells * MPR_LINE_BYTES <= 32u << 20);
}

static void attaches_to_what_was_made(void)
{
    struct mpr_segment made;
    struct mpr_segment attached;
    fixture_open(&made, 3, 8, 4096);
    CU_ASSERT_EQUAL_FATAL(mpr_segment_attach(&attached, dup(made.fd)), 0);
    mpr_segment_control(&made, 2)->appnum = 77;
    CU_ASSERT_EQUAL(mpr_segment_control(&attached, 2)->appnum, 77);
    CU_ASSERT_EQUAL(mpr_segment_control(&attached, 1)->pipe_read_fd, -1);
    mpr_segment_detach(&attached);
    mpr_segment_detach(&made);
}

static void cannot_shrink(void)
{
    struct mpr_segment made;
    fixture_open(&made, 2, 8, 4096);
    CU_ASSERT_NOT_EQUAL(ftruncate(made.fd, 4096), 0);
    mpr_segment_detach(&made);
}

static void refuses_what_is_no_segment(void)
{
    struct mpr_segment attached;
    int fd = memfd_create("other", MFD_CLOEXEC);
    CU_ASSERT_EQUAL(mpr_segment_attach(&attached, fd), MPR_ERR_ARGUMENT); // empty
    fd = memfd_create("other", MFD_CLOEXEC);
    CU_ASSERT_EQUAL_FATAL(ftruncate(fd, 1 << 20), 0);
    CU_ASSERT_EQUAL(mpr_segment_attach(&attached, fd), MPR_ERR_ARGUMENT); // zeros
    CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);                              // closed
    CU_ASSERT_EQUAL(mpr_segment_attach(&attached, 9999), MPR_ERR_SYSTEM);
}

static void refuses_another_version(void)
{
    struct mpr_segment made;
    struct mpr_segment attached;
    fixture_open(&made, 2, 8, 4096);
    made.header->version++;
    CU_ASSERT_EQUAL(mpr_segment_attach(&attached, dup(made.fd)), MPR_ERR_ARGUMENT);
    mpr_segment_detach(&made);
}

UNIT_MAIN("segment", UNIT(parts_do_not_overlap), UNIT(cells_of_256_ranks_fit_into_32_mib),
          UNIT(attaches_to_what_was_made), UNIT(cannot_shrink), UNIT(refuses_what_is_no_segment),
          UNIT(refuses_another_version))
