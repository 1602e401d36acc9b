/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of the table of predefined datatypes: each type lies in memory as its C type does. */
#include <string.h>

#include "tests/lib/unit.h"
#include "tests/unit/type/predefined_types.h"
#include "type/type.h"

struct expected {
    MPI_Datatype handle;
    const char *name;
    MPI_Count size_bytes;
    MPI_Aint extent;
    MPI_Aint true_extent;
    size_t alignment;
    int element_count;
};

#define EXPECT_ELEMENT(handle, type)                                                               \
    {handle, #handle, sizeof(type), sizeof(type), sizeof(type), _Alignof(type), 1},
#define EXPECT_COMPLEX(handle, type)                                                               \
    {handle, #handle, sizeof(type[2]), sizeof(type[2]), sizeof(type[2]), _Alignof(type), 1},
#define EXPECT_PAIR(handle, value_type, index_type)                                                \
    {handle,                                                                                       \
     #handle,                                                                                      \
     sizeof(value_type) + sizeof(index_type),                                                      \
     sizeof(struct {                                                                               \
         value_type value;                                                                         \
         index_type index;                                                                         \
     }),                                                                                           \
     offsetof(                                                                                     \
         struct {                                                                                  \
             value_type value;                                                                     \
             index_type index;                                                                     \
         },                                                                                        \
         index) +                                                                                  \
         sizeof(index_type),                                                                       \
     _Alignof(struct {                                                                             \
         value_type value;                                                                         \
         index_type index;                                                                         \
     }),                                                                                           \
     2},

static const struct expected expectations[] = {
    C_INTEGERS(EXPECT_ELEMENT) FORTRAN_INTEGERS(EXPECT_ELEMENT) FLOATINGS(EXPECT_ELEMENT)
        LOGICALS(EXPECT_ELEMENT) COMPLEXES(EXPECT_COMPLEX) BYTES(EXPECT_ELEMENT)
            MULTI_LANGUAGE(EXPECT_ELEMENT) PAIRS(EXPECT_PAIR) CHARS(EXPECT_ELEMENT)
                TEXTS(EXPECT_ELEMENT)};

enum { EXPECTATION_COUNT = sizeof(expectations) / sizeof(expectations[0]) };

static void has_layout_of_c_type(void)
{
    for (size_t i = 0; i < EXPECTATION_COUNT; i++) {
        const struct expected *expected = &expectations[i];
        const struct mpr_type *type = mpr_type_find(expected->handle);
        CU_ASSERT_FATAL(type != NULL);
        CU_ASSERT_EQUAL(type->size_bytes, expected->size_bytes);
        CU_ASSERT_EQUAL(type->extent, expected->extent);
        CU_ASSERT_EQUAL(type->true_extent, expected->true_extent);
        CU_ASSERT_EQUAL(type->lower_bound, 0);
        CU_ASSERT_EQUAL(type->true_lower_bound, 0);
        CU_ASSERT_EQUAL(type->alignment, expected->alignment);
        CU_ASSERT_EQUAL(type->element_count, expected->element_count);
        CU_ASSERT_EQUAL(type->contiguous, expected->size_bytes == expected->extent);
        CU_ASSERT(type->committed);
        CU_ASSERT(type->predefined);
        CU_ASSERT_EQUAL(type->object.handle, (uintptr_t)expected->handle);
    }
}

/* A synonym shows one of its names. */
static bool is_name_of(const char *name, MPI_Datatype handle)
{
    for (size_t i = 0; i < EXPECTATION_COUNT; i++) {
        if (expectations[i].handle == handle && strcmp(expectations[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void has_its_name(void)
{
    for (size_t i = 0; i < EXPECTATION_COUNT; i++) {
        MPI_Datatype handle = expectations[i].handle;
        CU_ASSERT(is_name_of(mpr_type_find(handle)->name, handle));
    }
}

/* Blocks follow one another in the packed form, and end where size and true extent say. */
static void blocks_cover_the_item(void)
{
    for (size_t i = 0; i < EXPECTATION_COUNT; i++) {
        const struct mpr_type *type = mpr_type_find(expectations[i].handle);
        MPI_Count position = 0;
        MPI_Aint end = 0;
        for (uint32_t k = 0; k < type->block_count; k++) {
            const struct mpr_block *block = &type->blocks[k];
            CU_ASSERT_EQUAL(block->position, position);
            CU_ASSERT_EQUAL(block->count, 1);
            CU_ASSERT(block->bytes > 0);
            CU_ASSERT(block->offset >= end);
            position += block->bytes;
            end = block->offset + block->bytes;
        }
        CU_ASSERT_EQUAL(position, type->size_bytes);
        CU_ASSERT_EQUAL(end, type->true_extent);
    }
}

static void knows_no_other_handle(void)
{
    for (uintptr_t value = 0; value < 8192; value++) {
        MPI_Datatype handle = (MPI_Datatype)value;
        bool expected = false;
        for (size_t i = 0; i < EXPECTATION_COUNT; i++) {
            expected |= expectations[i].handle == handle;
        }
        CU_ASSERT_EQUAL(mpr_type_find(handle) != NULL, expected);
    }
    CU_ASSERT_PTR_NULL(mpr_type_find(MPI_DATATYPE_NULL));
}

static void tells_what_the_compiler_lacks(void)
{
    CU_ASSERT_EQUAL(mpr_type_is_missing(MPI_REAL2), !MPR_HAS_FLOAT16);
    CU_ASSERT_EQUAL(mpr_type_is_missing(MPI_COMPLEX4), !MPR_HAS_FLOAT16);
    CU_ASSERT_EQUAL(mpr_type_is_missing(MPI_REAL16), !MPR_HAS_FLOAT128);
    CU_ASSERT_EQUAL(mpr_type_is_missing(MPI_COMPLEX32), !MPR_HAS_FLOAT128);
    CU_ASSERT_EQUAL(mpr_type_is_missing(MPI_INTEGER16), !MPR_HAS_INT128);
    CU_ASSERT_EQUAL(mpr_type_is_missing(MPI_LOGICAL16), !MPR_HAS_INT128);
    CU_ASSERT_FALSE(mpr_type_is_missing(MPI_INT));
    CU_ASSERT_FALSE(mpr_type_is_missing(MPI_DATATYPE_NULL));
}

static void byte_is_byte(void)
{
    CU_ASSERT_PTR_EQUAL(mpr_type_byte, mpr_type_find(MPI_BYTE));
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(has_layout_of_c_type),  UNIT(has_its_name), UNIT(blocks_cover_the_item),
        UNIT(knows_no_other_handle), UNIT(byte_is_byte), UNIT(tells_what_the_compiler_lacks),
    };
    mpr_type_start();
    return unit_run("predefined datatypes", tests, sizeof(tests) / sizeof(tests[0]));
}
