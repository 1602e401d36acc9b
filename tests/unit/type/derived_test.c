/* SPDX-License-Identifier: BSD-3-Clause */
/* Derived datatypes at random against their type maps: bounds, packing and unpacking of any range.
 */
#include "tests/lib/typerandom.h"
#include "tests/lib/unit.h"
#include "type/elements.h"
#include "type/type.h"

enum { ROUNDS = 4000, DEPTH_MAX = 5 };

static const struct mpr_type *find(const struct mapped_type *mapped)
{
    return mpr_type_find(mapped->type);
}

static void report(const char *what, int round)
{
    if (what != NULL) {
        printf("%s differs in round %d (seed %llu)\n", what, round,
               (unsigned long long)mpitest_seed);
        CU_FAIL("see above");
    }
}

static struct mapped_type random_type(int round)
{
    mpitest_random_restart((uint64_t)round);
    return mapped_random(1 + round % DEPTH_MAX);
}

// --- Bounds -------------------------------------------------------------------------------------

static const char *compare_bounds(const struct mpr_type *type, const struct typemap *map)
{
    if (type->size_bytes != typemap_size(map)) {
        return "size";
    }
    if (type->element_count != map->count) {
        return "number of elements";
    }
    if (type->lower_bound != typemap_lower(map)) {
        return "lower bound";
    }
    if (type->extent != typemap_extent(map)) {
        return "extent";
    }
    if (type->true_lower_bound != typemap_true_lower(map)) {
        return "true lower bound";
    }
    if (type->true_extent != typemap_true_upper(map) - typemap_true_lower(map)) {
        return "true extent";
    }
    return NULL;
}

static void has_the_bounds_of_its_map(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct mapped_type mapped = random_type(round);
        report(compare_bounds(find(&mapped), &mapped.map), round);
        mapped_free(&mapped);
    }
}

// --- Blocks -------------------------------------------------------------------------------------

/* Positions ascend without gaps, and nothing is empty, in all bodies. */
static bool is_sound(const struct mpr_block *blocks, uint32_t count, MPI_Count bytes)
{
    MPI_Count position = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct mpr_block *block = &blocks[i];
        if (block->bytes <= 0 || block->count <= 0 || block->position != position) {
            return false;
        }
        if (block->body != NULL && !is_sound(block->body, block->body_count, block->bytes)) {
            return false;
        }
        position += block->bytes * block->count;
    }
    return position == bytes;
}

static void has_sound_blocks(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct mapped_type mapped = random_type(round);
        const struct mpr_type *type = find(&mapped);
        report(is_sound(type->blocks, type->block_count, type->size_bytes) ? NULL : "block", round);
        mapped_free(&mapped);
    }
}

// --- Data ---------------------------------------------------------------------------------------

/* A random part of [0, bytes): often all, or short. */
static size_t random_range(size_t bytes, size_t *from)
{
    *from = mpitest_random_below(3) == 0 ? 0 : mpitest_random_below(bytes);
    size_t left = bytes - *from;
    switch (mpitest_random_below(3)) {
    case 0:
        return left;
    case 1:
        return mpitest_random_below(left + 1);
    default:
        return mpitest_random_below((left < 40 ? left : 40) + 1);
    }
}

static const char *check_pack(const struct mapped_type *mapped, MPI_Count count)
{
    const struct mpr_type *type = find(mapped);
    size_t bytes = (size_t)mpr_type_bytes(type, count);
    struct mapped_buffer buffer = mapped_buffer_make(&mapped->map, count);
    unsigned char *expected = mpitest_malloc(bytes), *packed = mpitest_malloc(bytes + 1);
    const char *wrong = NULL;

    mpitest_fill(buffer.memory, buffer.bytes, 1);
    mapped_gather(&mapped->map, buffer.base, count, expected);
    for (int i = 0; i < 10 && bytes > 0 && wrong == NULL; i++) {
        size_t from, part = random_range(bytes, &from);
        memset(packed, 0x5a, part + 1);
        mpr_type_pack(type, buffer.base, (MPI_Count)from, packed, part);
        if (memcmp(packed, expected + from, part) != 0 || packed[part] != 0x5a) {
            wrong = "packed range";
        }
    }
    free(buffer.memory);
    free(expected);
    free(packed);
    return wrong;
}

/* What the range covers is written, and nothing else: all data was there before, with a hole where
 * the range is. */
static const char *check_unpack(const struct mapped_type *mapped, MPI_Count count)
{
    const struct mpr_type *type = find(mapped);
    size_t bytes = (size_t)mpr_type_bytes(type, count);
    struct mapped_buffer expected = mapped_buffer_make(&mapped->map, count);
    struct mapped_buffer actual = mapped_buffer_make(&mapped->map, count);
    unsigned char *packed = mpitest_malloc(bytes);
    const char *wrong = NULL;

    mpitest_fill(packed, bytes, 2);
    memset(expected.memory, 0xa5, expected.bytes);
    mapped_scatter(&mapped->map, expected.base, count, packed);
    for (int i = 0; i < 5 && bytes > 0 && wrong == NULL; i++) {
        size_t from, part = random_range(bytes, &from);
        unsigned char *holed = mpitest_malloc(bytes);
        memcpy(holed, packed, bytes);
        memset(holed + from, 0x11, part);
        memset(actual.memory, 0xa5, actual.bytes);
        mapped_scatter(&mapped->map, actual.base, count, holed);
        mpr_type_unpack(type, actual.base, (MPI_Count)from, packed + from, part);
        if (memcmp(actual.memory, expected.memory, actual.bytes) != 0) {
            wrong = "unpacked range";
        }
        free(holed);
    }
    free(expected.memory);
    free(actual.memory);
    free(packed);
    return wrong;
}

static void packs_as_its_map_says(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct mapped_type mapped = random_type(round);
        report(check_pack(&mapped, 1 + (MPI_Count)mpitest_random_below(5)), round);
        mapped_free(&mapped);
    }
}

static void unpacks_as_its_map_says(void)
{
    int checked = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct mapped_type mapped = random_type(round);
        MPI_Count count = 1 + (MPI_Count)mpitest_random_below(5);
        if (!mapped_overlaps(&mapped.map, count)) {
            report(check_unpack(&mapped, count), round);
            checked++;
        }
        mapped_free(&mapped);
    }
    CU_ASSERT(checked > ROUNDS / 4);
}

/* Elements of the first `bytes` bytes of many items; MPI_UNDEFINED within one. */
static MPI_Count count_elements(const struct typemap *map, MPI_Count bytes)
{
    MPI_Count elements = 0;
    for (int i = 0; bytes > 0; i = (i + 1) % map->count) {
        bytes -= map->entries[i].size;
        elements++;
    }
    return bytes == 0 ? elements : MPI_UNDEFINED;
}

static void counts_elements(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct mapped_type mapped = random_type(round);
        const struct mpr_type *type = find(&mapped);
        MPI_Count size = typemap_size(&mapped.map);
        for (int i = 0; i < 20 && size > 0; i++) {
            MPI_Count bytes = (MPI_Count)mpitest_random_below(3 * (uint64_t)size);
            MPI_Count elements = mpr_type_elements(type, bytes);
            report(elements == count_elements(&mapped.map, bytes) ? NULL : "elements", round);
            if (elements != MPI_UNDEFINED) {
                bool same = mpr_type_element_bytes(type, elements) == bytes;
                report(same ? NULL : "bytes of elements", round);
            }
        }
        mapped_free(&mapped);
    }
}

// --- Shapes -------------------------------------------------------------------------------------

/* What users describe in a roundabout way is found to be simple. */
static void finds_simple_shapes(void)
{
    MPI_Datatype type, part;
    MPI_Aint offsets[] = {0, 8, 16, 24};
    int lengths[] = {1, 1, 1, 1}, sizes[] = {4, 5, 6}, subsizes[] = {4, 5, 6};
    int starts[] = {0, 0, 0}, inner[] = {2, 3, 6};
    MPI_Datatype types[] = {MPI_DOUBLE, MPI_LONG_LONG, MPI_DOUBLE, MPI_DOUBLE};

    MPI_Type_create_struct(4, lengths, offsets, types, &type);
    CU_ASSERT(mpr_type_find(type)->contiguous);
    MPI_Type_free(&type);

    MPI_Type_vector(10, 3, 3, MPI_FLOAT, &type);
    CU_ASSERT(mpr_type_find(type)->contiguous);
    MPI_Type_free(&type);

    MPI_Type_create_subarray(3, sizes, subsizes, starts, MPI_ORDER_C, MPI_INT, &type);
    CU_ASSERT(mpr_type_find(type)->contiguous);
    MPI_Type_free(&type);

    // whole planes' rows: one row of runs within each plane
    MPI_Type_create_subarray(3, sizes, inner, starts, MPI_ORDER_C, MPI_INT, &type);
    CU_ASSERT_EQUAL(mpr_type_find(type)->block_count, 1);
    CU_ASSERT_EQUAL(mpr_type_find(type)->blocks[0].bytes, 3 * 6 * 4);
    CU_ASSERT_EQUAL(mpr_type_find(type)->blocks[0].count, 2);
    MPI_Type_free(&type);

    // a column, from equal distances in an index
    int places[] = {0, 10, 20, 30, 40};
    MPI_Type_create_indexed_block(5, 1, places, MPI_DOUBLE, &type);
    CU_ASSERT_EQUAL(mpr_type_find(type)->block_count, 1);
    CU_ASSERT_EQUAL(mpr_type_find(type)->blocks[0].count, 5);
    MPI_Type_free(&type);

    // a column of columns
    MPI_Type_vector(3, 1, 10, MPI_DOUBLE, &part);
    MPI_Type_create_hvector(4, 1, 240, part, &type);
    CU_ASSERT_EQUAL(mpr_type_find(type)->block_count, 1);
    CU_ASSERT_EQUAL(mpr_type_find(type)->blocks[0].count, 12);
    MPI_Type_free(&type);
    MPI_Type_free(&part);
}

/* Items in no order are one list, which any range of is found in. */
static void lists_scattered_items(void)
{
    enum { COUNT = 1000, AROUND = 40 };
    int places[COUNT], memory[COUNT * AROUND], packed[COUNT];
    MPI_Datatype type;

    for (int i = 0; i < COUNT; i++) {
        places[i] = i * AROUND + (int)mpitest_random_below(AROUND - 1);
    }
    MPI_Type_create_indexed_block(COUNT, 1, places, MPI_INT, &type);
    const struct mpr_type *made = mpr_type_find(type);
    CU_ASSERT_EQUAL(made->block_count, 1);
    mpitest_fill(memory, sizeof memory, 3);
    for (int first = 0; first < COUNT; first += 97) {
        mpr_type_pack(made, memory, 4 * first, packed, sizeof(int) * (size_t)(COUNT - first));
        for (int i = first; i < COUNT; i++) {
            CU_ASSERT_EQUAL(packed[i - first], memory[places[i]]);
        }
    }
    MPI_Type_free(&type);
}

/* An index of `count` runs, of 1 to `longest` items each, some at equal distances. places[] says
 * where its bytes are. Returns how many they are. */
static int make_runs(int count, int longest, int item_bytes, MPI_Datatype item, int *places,
                     MPI_Datatype *type)
{
    int lengths[80], offsets[80], next = 0, bytes = 0;

    for (int i = 0; i < count; i++) {
        bool goes_on = i > 0 && mpitest_random_below(3) == 0;
        lengths[i] = goes_on ? lengths[i - 1] : 1 + (int)mpitest_random_below((uint64_t)longest);
        next += goes_on ? 2 : 1 + (int)mpitest_random_below(5);
        offsets[i] = next;
        for (int byte = 0; byte < lengths[i] * item_bytes; byte++) {
            places[bytes++] = next * item_bytes + byte;
        }
        next += lengths[i];
    }
    MPI_Type_indexed(count, lengths, offsets, item, type);
    return bytes;
}

/* Runs of several lengths are one list of what they are multiples of, if they are short; any range
 * is found in it, and nothing else is touched. */
static void lists_runs_of_multiples(void)
{
    enum { RUNS = 80, MEMORY = RUNS * 40 * 8 };
    static const struct {
        MPI_Datatype item;
        int item_bytes;
    } items[] = {{MPI_CHAR, 1}, {MPI_SHORT, 2}, {MPI_INT, 4}, {MPI_DOUBLE, 8}};
    static unsigned char memory[MEMORY], packed[MEMORY], back[MEMORY];
    static int places[MEMORY];

    mpitest_fill(memory, sizeof memory, 5);
    for (int round = 0; round < 200; round++) {
        int longest = 1 << mpitest_random_below(6), kind = round % 4;
        MPI_Datatype type;
        int bytes = make_runs(RUNS, longest, items[kind].item_bytes, items[kind].item, places,
                              &type);
        const struct mpr_type *made = mpr_type_find(type);
        CU_ASSERT(longest > 4 || made->block_count <= RUNS / 2);
        int from = (int)mpitest_random_below((uint64_t)bytes);
        int part = 1 + (int)mpitest_random_below((uint64_t)(bytes - from));
        mpr_type_pack(made, memory, from, packed, (size_t)part);
        memset(back, 0, sizeof back);
        mpr_type_unpack(made, back, from, packed, (size_t)part);
        int wrong = 0;
        for (int i = 0; i < part; i++) {
            wrong += packed[i] != memory[places[from + i]] || back[places[from + i]] != packed[i];
            back[places[from + i]] = 0;
        }
        for (int i = 0; i < MEMORY; i++) {
            wrong += back[i] != 0;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        MPI_Type_free(&type);
    }
}

/* A thousand times a thousand irregular pieces take the memory of two thousand. */
static void refers_to_long_descriptions(void)
{
    enum { COUNT = 1000 };
    int places[COUNT];
    MPI_Datatype part, type;

    for (int i = 0; i < COUNT; i++) {
        places[i] = i * i;
    }
    MPI_Type_create_indexed_block(COUNT, 1, places, MPI_INT, &part);
    for (int i = 0; i < COUNT; i++) {
        places[i] = i * (i + 1);
    }
    MPI_Type_create_indexed_block(COUNT, 1, places, part, &type);
    CU_ASSERT(mpr_type_find(type)->block_count <= COUNT);
    CU_ASSERT_EQUAL(mpr_type_find(type)->size_bytes, 4 * COUNT * COUNT);
    MPI_Type_free(&part);
    MPI_Type_free(&type);
}

/* Sizes, positions and counts beyond 2^32, over memory of a few bytes: all items lie at one place.
 */
static void packs_far_into_huge_types(void)
{
    const MPI_Count count = INT64_C(1) << 33, sizes[] = {count, 8}, starts[] = {count - 1, 5};
    const MPI_Count subsizes[] = {1, 2};
    int value = 0x01020304, packed[3] = {0};
    MPI_Datatype type;
    int small = 0;

    MPI_Type_create_hvector_c(count, 1, 0, MPI_INT, &type);
    CU_ASSERT_EQUAL(mpr_type_find(type)->size_bytes, 4 * count);
    CU_ASSERT_EQUAL(mpr_type_find(type)->element_count, count);
    mpr_type_pack(mpr_type_find(type), &value, 4 * count - 10, packed, 10);
    CU_ASSERT_EQUAL(memcmp((char *)packed + 2, &value, 4), 0);
    CU_ASSERT_EQUAL(memcmp((char *)packed + 6, &value, 4), 0);
    MPI_Type_size(type, &small);
    CU_ASSERT_EQUAL(small, MPI_UNDEFINED);
    MPI_Type_free(&type);

    MPI_Type_create_subarray_c(2, sizes, subsizes, starts, MPI_ORDER_C, MPI_INT, &type);
    CU_ASSERT_EQUAL(mpr_type_find(type)->extent, 32 * count);
    CU_ASSERT_EQUAL(mpr_type_find(type)->true_lower_bound, 32 * (count - 1) + 20);
    CU_ASSERT_EQUAL(mpr_type_find(type)->size_bytes, 8);
    MPI_Type_free(&type);
}

/* Chains of types that only the last one's user holds go without a deep recursion. */
static void frees_long_chains(void)
{
    int open_count = mpr_handle_count(MPR_KIND_TYPE);
    MPI_Datatype type;

    MPI_Type_contiguous(1, MPI_INT, &type);
    for (int i = 0; i < 1000000; i++) {
        MPI_Datatype next;
        MPI_Type_dup(type, &next);
        MPI_Type_free(&type);
        type = next;
    }
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_TYPE), open_count + 1);
    MPI_Type_free(&type);
    CU_ASSERT_EQUAL(mpr_handle_count(MPR_KIND_TYPE), open_count);
}

int main(int argc, char **argv)
{
    static const struct unit_test tests[] = {
        UNIT(has_the_bounds_of_its_map), UNIT(has_sound_blocks),
        UNIT(packs_as_its_map_says),     UNIT(unpacks_as_its_map_says),
        UNIT(counts_elements),           UNIT(finds_simple_shapes),
        UNIT(lists_scattered_items),     UNIT(lists_runs_of_multiples),
        UNIT(packs_far_into_huge_types), UNIT(refers_to_long_descriptions),
        UNIT(frees_long_chains),
    };

    mpitest_start(&argc, &argv);
    int status = unit_run("derived datatypes", tests, sizeof tests / sizeof tests[0]);
    return mpitest_finish() == EXIT_SUCCESS ? status : EXIT_FAILURE;
}
