/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of packing, unpacking and copying against a reference that moves byte by byte. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/tunables.h"
#include "tests/lib/unit.h"
#include "tests/unit/type/predefined_types.h"
#include "type/numbers.h"
#include "type/type.h"

enum { BUFFER_BYTES = 1 << 16, MARGIN_BYTES = 4096 };

// --- Layouts: what blocks stand for, and a few that no predefined type has --------------------

#define LAYOUT(size, extent_, ...)                                                                 \
    {                                                                                              \
        .size_bytes = (size), .extent = (extent_),                                                 \
        .block_count = sizeof((const struct mpr_block[]){__VA_ARGS__}) / sizeof(struct mpr_block), \
        .blocks = (const struct mpr_block[]){__VA_ARGS__}                                          \
    }
#define BLOCK(offset_, bytes_, count_, stride_, position_)                                         \
    {                                                                                              \
        .offset = (offset_), .bytes = (bytes_), .count = (count_), .stride = (stride_),            \
        .position = (position_)                                                                    \
    }

static struct mpr_type layouts[] = {
    // an element with a gap before and behind it
    LAYOUT(8, 24, BLOCK(8, 8, 1, 0, 0)),
    // every second number, of 8 and of 4 bytes
    LAYOUT(8, 16, BLOCK(0, 8, 1, 0, 0)),
    LAYOUT(40, 88, BLOCK(0, 4, 10, 8, 0)),
    LAYOUT(4, 8, BLOCK(4, 4, 1, 0, 0)),
    // every third number, from the last to the first
    LAYOUT(4, -12, BLOCK(0, 4, 1, 0, 0)),
    // a column of a matrix of 120 columns
    LAYOUT(80, 8, BLOCK(0, 8, 10, 960, 0)),
    // rows of an odd length, downwards
    LAYOUT(35, 320, BLOCK(260, 7, 5, -64, 0)),
    // the members of a struct
    LAYOUT(15, 32, BLOCK(0, 1, 1, 0, 0), BLOCK(8, 8, 1, 0, 1), BLOCK(20, 2, 1, 0, 9),
           BLOCK(24, 4, 1, 0, 11)),
    // the same, not in the order of their addresses
    LAYOUT(15, 32, BLOCK(24, 4, 1, 0, 0), BLOCK(8, 8, 1, 0, 4), BLOCK(20, 2, 1, 0, 12),
           BLOCK(0, 1, 1, 0, 14)),
    // the planes of a block cut out of a volume
    LAYOUT(72, 800, BLOCK(8, 12, 2, 40, 0), BLOCK(208, 12, 2, 40, 24), BLOCK(408, 12, 2, 40, 48)),
    // items that go backwards
    LAYOUT(6, -16, BLOCK(0, 3, 2, 5, 0)),
    // a long piece, a long item
    LAYOUT(3100, 3400, BLOCK(0, 3000, 1, 0, 0), BLOCK(3200, 100, 1, 0, 3000)),
    // items that reach into one another
    LAYOUT(8, 8, BLOCK(0, 4, 2, 804, 0)),
};

enum { LAYOUT_COUNT = sizeof(layouts) / sizeof(layouts[0]) };

/* Where the byte `position` of the packed form lies in memory. */
static MPI_Aint find_byte(const struct mpr_type *type, MPI_Count position)
{
    MPI_Aint item = position / type->size_bytes * type->extent;
    MPI_Count at = position % type->size_bytes;
    for (uint32_t i = 0; i < type->block_count; i++) {
        const struct mpr_block *block = &type->blocks[i];
        for (MPI_Count piece = 0; piece < block->count; piece++) {
            if (at < block->bytes) {
                return item + block->offset + piece * block->stride + at;
            }
            at -= block->bytes;
        }
    }
    CU_FAIL_FATAL("position beyond the item");
    return 0;
}

/* How many items fit the buffer, with the first at its middle, and do not overlap: columns fill a
 * matrix. */
static MPI_Count fitting_count(const struct mpr_type *type)
{
    MPI_Aint room = BUFFER_BYTES / 2 - 2 * MARGIN_BYTES;
    MPI_Aint step = type->extent < 0 ? -type->extent : type->extent;
    const struct mpr_block *first = &type->blocks[0];
    bool is_column = type->block_count == 1 && first->count > 1 && first->stride > step;
    return is_column ? first->stride / step : room / step;
}

// --- The tests --------------------------------------------------------------------------------

static unsigned char memory[BUFFER_BYTES], packed[BUFFER_BYTES], expected[BUFFER_BYTES];
static unsigned char *const middle = memory + BUFFER_BYTES / 2;

static void check_pack(const struct mpr_type *type, MPI_Count position, size_t bytes)
{
    memset(packed, 0xa5, bytes + 1);
    mpr_type_pack(type, middle, position, packed, bytes);
    for (size_t i = 0; i < bytes; i++) {
        expected[i] = middle[find_byte(type, position + (MPI_Count)i)];
    }
    CU_ASSERT_EQUAL(memcmp(packed, expected, bytes), 0);
    CU_ASSERT_EQUAL(packed[bytes], 0xa5);
}

static void check_unpack(const struct mpr_type *type, MPI_Count position, size_t bytes)
{
    fill_random(packed, bytes);
    memcpy(expected, memory, BUFFER_BYTES);
    for (size_t i = 0; i < bytes; i++) {
        expected[BUFFER_BYTES / 2 + find_byte(type, position + (MPI_Count)i)] = packed[i];
    }
    mpr_type_unpack(type, middle, position, packed, bytes);
    CU_ASSERT_EQUAL(memcmp(memory, expected, BUFFER_BYTES), 0);
}

static void check_ranges(const struct mpr_type *type)
{
    MPI_Count count = fitting_count(type);
    size_t all = (size_t)mpr_type_bytes(type, count);
    if (all > BUFFER_BYTES / 2) {
        all = BUFFER_BYTES / 2;
    }
    fill_random(memory, BUFFER_BYTES);
    check_pack(type, 0, all);
    check_unpack(type, 0, all);
    check_pack(type, (MPI_Count)all, 0);
    check_unpack(type, 0, 0);
    for (int i = 0; i < 60; i++) {
        // Near the beginning and short ranges are where ends of pieces and items meet.
        size_t from = random_below(i % 2 ? all : 64 < all ? 64 : all);
        size_t bytes = random_below(all - from + 1);
        if (i % 3 == 0 && bytes > 40) {
            bytes = random_below(40);
        }
        check_pack(type, (MPI_Count)from, bytes);
        check_unpack(type, (MPI_Count)from, bytes);
    }
}

#define CHECK_RANGES(handle, ...) check_ranges(mpr_type_find(handle));

static void packs_elements(void)
{
    C_INTEGERS(CHECK_RANGES)
    FORTRAN_INTEGERS(CHECK_RANGES)
    FLOATINGS(CHECK_RANGES)
    LOGICALS(CHECK_RANGES)
    COMPLEXES(CHECK_RANGES)
    BYTES(CHECK_RANGES)
    MULTI_LANGUAGE(CHECK_RANGES)
    CHARS(CHECK_RANGES)
    TEXTS(CHECK_RANGES)
}

static void packs_pairs(void)
{
    PAIRS(CHECK_RANGES)
}

static void packs_any_blocks(void)
{
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        check_ranges(&layouts[i]);
    }
}

static void packs_without_wide_vectors(void)
{
    mpr_tunables.vector = MPR_VECTOR_BASE;
    mpr_numbers_start();
    packs_any_blocks();
    mpr_tunables.vector = MPR_VECTOR_AUTO;
    mpr_numbers_start();
}

/* Memory may end with the last number of a row: the gap behind it is nobody's. */
static void stays_before_the_end_of_memory(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CU_ASSERT_FATAL(pages != MAP_FAILED);
    CU_ASSERT_EQUAL(mprotect(pages + page, page, PROT_NONE), 0);
    for (MPI_Aint bytes = 4; bytes <= 8; bytes += 4) {
        for (MPI_Count count = 1; count <= 80; count++) {
            char *first = pages + page - bytes - (count - 1) * 2 * bytes;
            fill_random(pages, page);
            mpr_numbers_pack((char *)packed, first, 2 * bytes, (size_t)bytes, count);
            memset(pages, 0, page);
            mpr_numbers_unpack(first, 2 * bytes, (char *)packed, (size_t)bytes, count);
            mpr_numbers_pack((char *)expected, first, 2 * bytes, (size_t)bytes, count);
            CU_ASSERT_EQUAL(memcmp(packed, expected, (size_t)(count * bytes)), 0);
        }
    }
    munmap(pages, 2 * page);
}

/* Every piece size, those with a loop of their own and the others. */
static void packs_any_piece_size(void)
{
    for (MPI_Count bytes = 1; bytes <= 70; bytes++) {
        struct mpr_block blocks[] = {BLOCK(3, bytes, 1, 0, 0), BLOCK(80, bytes, 3, 75, bytes)};
        struct mpr_type type = {
            .size_bytes = 4 * bytes, .extent = 311, .block_count = 2, .blocks = blocks};
        mpr_type_set_items(&type);
        check_ranges(&type);
    }
}

/* Chunks in any order put the same together as the whole. */
static void packs_in_chunks(void)
{
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        const struct mpr_type *type = &layouts[i];
        size_t all = (size_t)mpr_type_bytes(type, fitting_count(type));
        if (all > BUFFER_BYTES) {
            all = BUFFER_BYTES;
        }
        fill_random(memory, BUFFER_BYTES);
        mpr_type_pack(type, middle, 0, expected, all);
        memset(packed, 0, all);
        size_t chunk = 1 + random_below(500);
        for (size_t from = (all - 1) / chunk * chunk;; from -= chunk) {
            size_t bytes = all - from < chunk ? all - from : chunk;
            mpr_type_pack(type, middle, (MPI_Count)from, packed + from, bytes);
            if (from == 0) {
                break;
            }
        }
        CU_ASSERT_EQUAL(memcmp(packed, expected, all), 0);
    }
}

static void check_copy(const struct mpr_type *from, const struct mpr_type *to)
{
    static unsigned char source[BUFFER_BYTES];
    MPI_Count from_count = 1 + (MPI_Count)random_below((size_t)fitting_count(from));
    MPI_Count to_count = 1 + (MPI_Count)random_below((size_t)fitting_count(to));
    MPI_Count bytes = mpr_type_bytes(from, from_count);
    if (bytes > mpr_type_bytes(to, to_count)) {
        bytes = mpr_type_bytes(to, to_count);
    }

    fill_random(source, BUFFER_BYTES);
    fill_random(memory, BUFFER_BYTES);
    memcpy(expected, memory, BUFFER_BYTES);
    for (MPI_Count i = 0; i < bytes; i++) {
        expected[BUFFER_BYTES / 2 + find_byte(to, i)] =
            source[BUFFER_BYTES / 2 + find_byte(from, i)];
    }
    mpr_type_copy(from, source + BUFFER_BYTES / 2, from_count, to, middle, to_count);
    CU_ASSERT_EQUAL(memcmp(memory, expected, BUFFER_BYTES), 0);
}

static void copies_between_layouts(void)
{
    const struct mpr_type *types[LAYOUT_COUNT + 2];
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        types[i] = &layouts[i];
    }
    types[LAYOUT_COUNT] = mpr_type_find(MPI_DOUBLE_INT);
    types[LAYOUT_COUNT + 1] = mpr_type_byte;
    for (size_t i = 0; i < LAYOUT_COUNT + 2; i++) {
        for (size_t k = 0; k < LAYOUT_COUNT + 2; k++) {
            check_copy(types[i], types[k]);
        }
    }
}

static void moves_nothing_without_a_buffer(void)
{
    const struct mpr_type *gaps = mpr_type_find(MPI_SHORT_INT);
    mpr_type_pack(gaps, NULL, 0, NULL, 0);
    mpr_type_unpack(gaps, NULL, 0, NULL, 0);
    mpr_type_pack(mpr_type_byte, NULL, 0, NULL, 0);
    mpr_type_unpack(mpr_type_byte, NULL, 0, NULL, 0);
    mpr_type_copy(gaps, NULL, 0, gaps, NULL, 0);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(packs_elements),
        UNIT(packs_pairs),
        UNIT(packs_any_blocks),
        UNIT(packs_without_wide_vectors),
        UNIT(stays_before_the_end_of_memory),
        UNIT(packs_any_piece_size),
        UNIT(packs_in_chunks),
        UNIT(copies_between_layouts),
        UNIT(moves_nothing_without_a_buffer),
    };
    mpr_type_start();
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        mpr_type_set_items(&layouts[i]);
    }
    return unit_run("packing", tests, sizeof(tests) / sizeof(tests[0]));
}
