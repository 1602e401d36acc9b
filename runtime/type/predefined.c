/* SPDX-License-Identifier: BSD-3-Clause */
/* The predefined datatypes: one row for each handle of the ABI.
 *
 * Fortran's types have the sizes that compilers give them unless told otherwise: INTEGER, LOGICAL
 * and REAL 4 bytes, DOUBLE PRECISION 8. The optional ones (REAL*2 and the like) need no Fortran,
 * for their names fix their sizes; only what this compiler could not reckon with is left out. */
#include <stddef.h>
#include <wchar.h>

#include "base/compiler.h"
#include "type/element.h"
#include "type/numbers.h"
#include "type/type.h"

/* A type of one element. */
struct element_row {
    MPI_Datatype handle;
    const char *name;
    size_t size_bytes;
    size_t alignment;
    enum mpr_element element;
    enum mpr_class class;
};

/* A type of a value and an index. */
struct pair_row {
    MPI_Datatype handle;
    const char *name;
    size_t extent;
    size_t alignment;
    size_t value_bytes;
    size_t index_offset;
    size_t index_bytes;
    enum mpr_element element;
};

#define ROW(constant, c_type, element, class)                                                      \
    {                                                                                              \
        constant, #constant, sizeof(c_type), _Alignof(c_type), MPR_ELEMENT_##element,              \
            MPR_CLASS_##class                                                                      \
    }

/* Finds out by itself which integer the C type is: long has 4 or 8 bytes. */
#define INTEGER_ROW(constant, c_type, class)                                                       \
    {                                                                                              \
        constant, #constant, sizeof(c_type), _Alignof(c_type), INTEGER_ELEMENT(c_type),            \
            MPR_CLASS_##class                                                                      \
    }
#define INTEGER_ELEMENT(c_type)                                                                    \
    (((c_type)-1 > 0 ? MPR_ELEMENT_UINT8 : MPR_ELEMENT_INT8) + __builtin_ctzl(sizeof(c_type)))

#define PAIR_ROW(constant, pair, element)                                                          \
    {                                                                                              \
        constant, #constant, sizeof(struct pair), _Alignof(struct pair),                           \
            sizeof(((struct pair *)NULL)->value), offsetof(struct pair, index),                    \
            sizeof(((struct pair *)NULL)->index), MPR_ELEMENT_##element                            \
    }

static const struct element_row element_rows[] = {
    // The first row: mpr_type_byte.
    ROW(MPI_BYTE, uint8_t, UINT8, BYTE),
    ROW(MPI_PACKED, char, NONE, NONE),
    INTEGER_ROW(MPI_AINT, MPI_Aint, MULTI_LANGUAGE),
    INTEGER_ROW(MPI_COUNT, MPI_Count, MULTI_LANGUAGE),
    INTEGER_ROW(MPI_OFFSET, MPI_Offset, MULTI_LANGUAGE),

    // C
    INTEGER_ROW(MPI_CHAR, char, C_INTEGER),
    ROW(MPI_WCHAR, wchar_t, NONE, NONE),
    INTEGER_ROW(MPI_SIGNED_CHAR, signed char, C_INTEGER),
    INTEGER_ROW(MPI_UNSIGNED_CHAR, unsigned char, C_INTEGER),
    INTEGER_ROW(MPI_SHORT, short, C_INTEGER),
    INTEGER_ROW(MPI_UNSIGNED_SHORT, unsigned short, C_INTEGER),
    INTEGER_ROW(MPI_INT, int, C_INTEGER),
    INTEGER_ROW(MPI_UNSIGNED, unsigned, C_INTEGER),
    INTEGER_ROW(MPI_LONG, long, C_INTEGER),
    INTEGER_ROW(MPI_UNSIGNED_LONG, unsigned long, C_INTEGER),
    INTEGER_ROW(MPI_LONG_LONG, long long, C_INTEGER),
    INTEGER_ROW(MPI_UNSIGNED_LONG_LONG, unsigned long long, C_INTEGER),
    INTEGER_ROW(MPI_INT8_T, int8_t, C_INTEGER),
    INTEGER_ROW(MPI_INT16_T, int16_t, C_INTEGER),
    INTEGER_ROW(MPI_INT32_T, int32_t, C_INTEGER),
    INTEGER_ROW(MPI_INT64_T, int64_t, C_INTEGER),
    INTEGER_ROW(MPI_UINT8_T, uint8_t, C_INTEGER),
    INTEGER_ROW(MPI_UINT16_T, uint16_t, C_INTEGER),
    INTEGER_ROW(MPI_UINT32_T, uint32_t, C_INTEGER),
    INTEGER_ROW(MPI_UINT64_T, uint64_t, C_INTEGER),
    ROW(MPI_FLOAT, float, FLOAT, FLOATING),
    ROW(MPI_DOUBLE, double, DOUBLE, FLOATING),
    ROW(MPI_LONG_DOUBLE, long double, LONG_DOUBLE, FLOATING),
    ROW(MPI_C_BOOL, bool, UINT8, LOGICAL),
    ROW(MPI_C_FLOAT_COMPLEX, float[2], COMPLEX_FLOAT, COMPLEX),
    ROW(MPI_C_DOUBLE_COMPLEX, double[2], COMPLEX_DOUBLE, COMPLEX),
    ROW(MPI_C_LONG_DOUBLE_COMPLEX, long double[2], COMPLEX_LONG_DOUBLE, COMPLEX),

    // C++
    ROW(MPI_CXX_BOOL, bool, UINT8, LOGICAL),
    ROW(MPI_CXX_FLOAT_COMPLEX, float[2], COMPLEX_FLOAT, COMPLEX),
    ROW(MPI_CXX_DOUBLE_COMPLEX, double[2], COMPLEX_DOUBLE, COMPLEX),
    ROW(MPI_CXX_LONG_DOUBLE_COMPLEX, long double[2], COMPLEX_LONG_DOUBLE, COMPLEX),

    // Fortran
    ROW(MPI_CHARACTER, char, NONE, NONE),
    ROW(MPI_LOGICAL, uint32_t, UINT32, LOGICAL),
    ROW(MPI_INTEGER, int32_t, INT32, FORTRAN_INTEGER),
    ROW(MPI_REAL, float, FLOAT, FLOATING),
    ROW(MPI_DOUBLE_PRECISION, double, DOUBLE, FLOATING),
    ROW(MPI_COMPLEX, float[2], COMPLEX_FLOAT, COMPLEX),
    ROW(MPI_DOUBLE_COMPLEX, double[2], COMPLEX_DOUBLE, COMPLEX),

    // Fortran, of given size
    ROW(MPI_LOGICAL1, uint8_t, UINT8, LOGICAL),
    ROW(MPI_LOGICAL2, uint16_t, UINT16, LOGICAL),
    ROW(MPI_LOGICAL4, uint32_t, UINT32, LOGICAL),
    ROW(MPI_LOGICAL8, uint64_t, UINT64, LOGICAL),
    ROW(MPI_INTEGER1, int8_t, INT8, FORTRAN_INTEGER),
    ROW(MPI_INTEGER2, int16_t, INT16, FORTRAN_INTEGER),
    ROW(MPI_INTEGER4, int32_t, INT32, FORTRAN_INTEGER),
    ROW(MPI_INTEGER8, int64_t, INT64, FORTRAN_INTEGER),
    ROW(MPI_REAL4, float, FLOAT, FLOATING),
    ROW(MPI_REAL8, double, DOUBLE, FLOATING),
    ROW(MPI_COMPLEX8, float[2], COMPLEX_FLOAT, COMPLEX),
    ROW(MPI_COMPLEX16, double[2], COMPLEX_DOUBLE, COMPLEX),
#if MPR_HAS_INT128
    ROW(MPI_LOGICAL16, mpr_uint128, UINT128, LOGICAL),
    ROW(MPI_INTEGER16, mpr_int128, INT128, FORTRAN_INTEGER),
#endif
#if MPR_HAS_FLOAT16
    ROW(MPI_REAL2, mpr_float16, FLOAT16, FLOATING),
    ROW(MPI_COMPLEX4, mpr_float16[2], COMPLEX_FLOAT16, COMPLEX),
#endif
#if MPR_HAS_FLOAT128
    ROW(MPI_REAL16, mpr_float128, FLOAT128, FLOATING),
    ROW(MPI_COMPLEX32, mpr_float128[2], COMPLEX_FLOAT128, COMPLEX),
#endif
};

static const struct pair_row pair_rows[] = {
    PAIR_ROW(MPI_FLOAT_INT, mpr_float_int, FLOAT_INT),
    PAIR_ROW(MPI_DOUBLE_INT, mpr_double_int, DOUBLE_INT),
    PAIR_ROW(MPI_LONG_INT, mpr_long_int, LONG_INT),
    PAIR_ROW(MPI_2INT, mpr_2int, 2INT),
    PAIR_ROW(MPI_SHORT_INT, mpr_short_int, SHORT_INT),
    PAIR_ROW(MPI_LONG_DOUBLE_INT, mpr_long_double_int, LONG_DOUBLE_INT),
    PAIR_ROW(MPI_2REAL, mpr_2float, 2FLOAT),
    PAIR_ROW(MPI_2DOUBLE_PRECISION, mpr_2double, 2DOUBLE),
    PAIR_ROW(MPI_2INTEGER, mpr_2int, 2INT),
};

static const MPI_Datatype optional_types[] = {MPI_LOGICAL16, MPI_INTEGER16, MPI_REAL2,
                                              MPI_COMPLEX4,  MPI_REAL16,    MPI_COMPLEX32};

enum {
    ELEMENT_ROW_COUNT = mpr_array_count(element_rows),
    PAIR_ROW_COUNT = mpr_array_count(pair_rows)
};

static struct mpr_type element_types[ELEMENT_ROW_COUNT];
static struct mpr_block element_blocks[ELEMENT_ROW_COUNT];
static struct mpr_type pair_types[PAIR_ROW_COUNT];
static struct mpr_block pair_blocks[PAIR_ROW_COUNT][2];

struct mpr_type *const mpr_type_byte = &element_types[0];

/* Completes `type`, which has blocks and element, and makes it known. */
static void define(struct mpr_type *type, MPI_Datatype handle, const char *name, size_t extent,
                   size_t alignment)
{
    const struct mpr_block *last = &type->blocks[type->block_count - 1];

    type->object.references = 1;
    type->size_bytes = last->position + last->bytes;
    type->extent = (MPI_Aint)extent;
    type->alignment = alignment;
    type->true_extent = last->offset + last->bytes;
    type->contiguous = type->size_bytes == type->extent;
    mpr_type_set_items(type);
    type->committed = true;
    type->predefined = true;
    strcpy(type->name, name);
    mpr_handle_define(MPR_KIND_TYPE, (uintptr_t)handle, &type->object);
}

static void define_element(const struct element_row *row, struct mpr_type *type,
                           struct mpr_block *block)
{
    *block = (struct mpr_block){.bytes = (MPI_Count)row->size_bytes, .count = 1};
    *type = (struct mpr_type){.element_count = 1,
                              .element = row->element,
                              .class = row->class,
                              .block_count = 1,
                              .blocks = block};
    define(type, row->handle, row->name, row->size_bytes, row->alignment);
}

/* Value and index are one block, or two where C leaves a gap between them. */
static void define_pair(const struct pair_row *row, struct mpr_type *type,
                        struct mpr_block blocks[2])
{
    bool gap = row->index_offset > row->value_bytes;
    size_t first_bytes = gap ? row->value_bytes : row->value_bytes + row->index_bytes;

    blocks[0] = (struct mpr_block){.bytes = (MPI_Count)first_bytes, .count = 1};
    blocks[1] = (struct mpr_block){.offset = (MPI_Aint)row->index_offset,
                                   .bytes = (MPI_Count)row->index_bytes,
                                   .count = 1,
                                   .position = (MPI_Count)row->value_bytes};
    *type = (struct mpr_type){.element_count = 2,
                              .element = row->element,
                              .class = MPR_CLASS_PAIR,
                              .block_count = gap ? 2 : 1,
                              .blocks = blocks};
    define(type, row->handle, row->name, row->extent, row->alignment);
}

int mpr_type_start(void)
{
    for (size_t i = 0; i < ELEMENT_ROW_COUNT; i++) {
        define_element(&element_rows[i], &element_types[i], &element_blocks[i]);
    }
    for (size_t i = 0; i < PAIR_ROW_COUNT; i++) {
        define_pair(&pair_rows[i], &pair_types[i], pair_blocks[i]);
    }
    mpr_numbers_start();
    return 0;
}

bool mpr_type_is_missing(MPI_Datatype handle)
{
    for (size_t i = 0; i < mpr_array_count(optional_types); i++) {
        if (optional_types[i] == handle) {
            return mpr_type_find(handle) == NULL;
        }
    }
    return false;
}
