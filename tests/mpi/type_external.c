/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Pack_external and its kin: the bytes of "external32" as the standard draws them (MPI 5.0,
 * 14.5.2), written out by hand for every predefined type; derived types; and what is refused. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default limit=30 */
#include <limits.h>
#include <wchar.h>

#include "tests/lib/typerandom.h"

enum { BYTES_MAX = 64, FILL = 0xa5, ROUNDS = 200, DEPTH = 4 };

static char external32[] = "external32";

/* Items and their external form agree both ways, behind some bytes that are there already. */
static void check_items(const char *name, MPI_Datatype type, const void *items, int count,
                        const char *expected, MPI_Aint expected_bytes)
{
    unsigned char packed[BYTES_MAX], image[BYTES_MAX], back[BYTES_MAX], again[BYTES_MAX];
    MPI_Aint size = -1, position = 3;
    MPI_Count large_size = -1, large_position = 3;

    memset(packed, FILL, sizeof packed);
    memset(image, FILL, sizeof image);
    memcpy(image + 3, expected, (size_t)expected_bytes);
    EXPECT_CLASS(MPI_Pack_external_size(external32, count, type, &size), MPI_SUCCESS);
    CHECK_EQ(size, expected_bytes);
    EXPECT_CLASS(
        MPI_Pack_external(external32, items, count, type, packed, 3 + expected_bytes, &position),
        MPI_SUCCESS);
    CHECK_EQ(position, 3 + expected_bytes);
    if (memcmp(packed, image, sizeof packed) != 0) {
        mpitest_fail(__FILE__, __LINE__, "%s is packed wrongly", name);
    }
    memset(back, FILL, sizeof back);
    position = 3;
    EXPECT_CLASS(
        MPI_Unpack_external(external32, packed, 3 + expected_bytes, &position, back, count, type),
        MPI_SUCCESS);
    CHECK_EQ(position, 3 + expected_bytes);
    // The same values, if they are packed the same; what lies between them may differ.
    memset(packed, FILL, sizeof packed);
    position = 3;
    MPI_Pack_external(external32, back, count, type, packed, sizeof packed, &position);
    if (memcmp(packed, image, sizeof packed) != 0) {
        mpitest_fail(__FILE__, __LINE__, "%s is unpacked wrongly", name);
    }
#if MPI_VERSION >= 4
    memset(again, FILL, sizeof again);
    EXPECT_CLASS(MPI_Pack_external_size_c(external32, count, type, &large_size), MPI_SUCCESS);
    CHECK_EQ(large_size, expected_bytes);
    EXPECT_CLASS(
        MPI_Pack_external_c(external32, items, count, type, again, sizeof again, &large_position),
        MPI_SUCCESS);
    CHECK_EQ(large_position, 3 + expected_bytes);
    CHECK(memcmp(again, image, sizeof again) == 0);
    memset(back, FILL, sizeof back);
    large_position = 3;
    EXPECT_CLASS(
        MPI_Unpack_external_c(external32, again, sizeof again, &large_position, back, count, type),
        MPI_SUCCESS);
    CHECK_EQ(large_position, 3 + expected_bytes);
#endif
}

/* Items of a C type, whose external form is a literal. */
#define BYTES(type, expected, c_type, ...)                                                         \
    do {                                                                                           \
        const c_type items[] = {__VA_ARGS__};                                                      \
        check_items(#type, type, items, sizeof items / sizeof items[0], expected,                  \
                    sizeof(expected) - 1);                                                         \
    } while (0)

/* Two of a part make an item. */
#define TWIN_BYTES(type, expected, c_type, ...)                                                    \
    do {                                                                                           \
        const c_type items[] = {__VA_ARGS__};                                                      \
        check_items(#type, type, items, sizeof items / sizeof items[0] / 2, expected,              \
                    sizeof(expected) - 1);                                                         \
    } while (0)

static void check_integers(void)
{
    BYTES(MPI_SHORT, "\x01\x02\xff\xfe", short, 0x0102, -2);
    BYTES(MPI_UNSIGNED_SHORT, "\xfe\xdc", unsigned short, 0xfedc);
    BYTES(MPI_INT, "\x01\x02\x03\x04\xff\xff\xff\xfe", int, 0x01020304, -2);
    BYTES(MPI_UNSIGNED, "\xfe\xdc\xba\x98", unsigned, 0xfedcba98u);
    BYTES(MPI_LONG, "\x01\x02\x03\x04\xff\xff\xff\xfe\x80\0\0\0\x7f\xff\xff\xff", long, 0x01020304,
          -2, INT32_MIN, INT32_MAX);
    BYTES(MPI_UNSIGNED_LONG, "\xfe\xdc\xba\x98\0\0\0\x01", unsigned long, 0xfedcba98u, 1);
    BYTES(MPI_LONG_LONG, "\x01\x02\x03\x04\x05\x06\x07\x08\xff\xff\xff\xff\xff\xff\xff\xfe",
          long long, 0x0102030405060708, -2);
    BYTES(MPI_UNSIGNED_LONG_LONG, "\xfe\xdc\xba\x98\x76\x54\x32\x10", unsigned long long,
          0xfedcba9876543210u);
    BYTES(MPI_INT8_T, "\x80\x7f", int8_t, -128, 127);
    BYTES(MPI_INT16_T, "\xff\xfe", int16_t, -2);
    BYTES(MPI_INT32_T, "\xff\xff\xff\xfe", int32_t, -2);
    BYTES(MPI_INT64_T, "\x80\0\0\0\0\0\0\0", int64_t, INT64_MIN);
    BYTES(MPI_UINT8_T, "\xfe", uint8_t, 0xfe);
    BYTES(MPI_UINT16_T, "\xfe\xdc", uint16_t, 0xfedc);
    BYTES(MPI_UINT32_T, "\xfe\xdc\xba\x98", uint32_t, 0xfedcba98u);
    BYTES(MPI_UINT64_T, "\xfe\xdc\xba\x98\x76\x54\x32\x10", uint64_t, 0xfedcba9876543210u);
    BYTES(MPI_AINT, "\xff\xff\xff\xff\xff\xff\xff\xfe", MPI_Aint, -2);
    BYTES(MPI_COUNT, "\0\0\0\x01\0\0\0\0", MPI_Count, (MPI_Count)1 << 32);
    BYTES(MPI_OFFSET, "\0\0\0\x01\0\0\0\0", MPI_Offset, (MPI_Offset)1 << 32);
}

static void check_characters(void)
{
    BYTES(MPI_CHAR, "ab", char, 'a', 'b');
    BYTES(MPI_SIGNED_CHAR, "\xff\x01", signed char, -1, 1);
    BYTES(MPI_UNSIGNED_CHAR, "\xff\x01", unsigned char, 255, 1);
    BYTES(MPI_WCHAR, "\0a\x20\xac\xff\xfd", wchar_t, L'a', 0x20ac, 0xfffd);
    BYTES(MPI_BYTE, "\x01\x02\x03", unsigned char, 1, 2, 3);
    BYTES(MPI_PACKED, "xyz", char, 'x', 'y', 'z');
    BYTES(MPI_C_BOOL, "\x01\0", bool, true, false);
}

static void check_floats(void)
{
    BYTES(MPI_FLOAT, "\x3f\x80\0\0\xc0\x20\0\0", float, 1.0f, -2.5f);
    BYTES(MPI_DOUBLE, "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", double, 1.0, -2.5);
    // Bias 16383, 112 bits of fraction.
    BYTES(MPI_LONG_DOUBLE,
          "\x3f\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xc0\x00\x40\0\0\0\0\0\0\0\0\0\0\0\0\0", long double,
          1.0L, -2.5L);
    TWIN_BYTES(MPI_C_FLOAT_COMPLEX, "\x3f\x80\0\0\xc0\x20\0\0", float, 1.0f, -2.5f);
    TWIN_BYTES(MPI_C_DOUBLE_COMPLEX, "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", double, 1.0, -2.5);
    TWIN_BYTES(MPI_C_LONG_DOUBLE_COMPLEX,
               "\x3f\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xc0\x00\x40\0\0\0\0\0\0\0\0\0\0\0\0\0",
               long double, 1.0L, -2.5L);
}

#define PAIR_BYTES(type, expected, value_type, ...)                                                \
    do {                                                                                           \
        struct pair {                                                                              \
            value_type value;                                                                      \
            int index;                                                                             \
        };                                                                                         \
        BYTES(type, expected, struct pair, __VA_ARGS__);                                           \
    } while (0)

static void check_pairs(void)
{
    PAIR_BYTES(MPI_2INT, "\0\0\0\x05\xff\xff\xff\xfe", int, {5, -2});
    PAIR_BYTES(MPI_SHORT_INT, "\x01\x02\0\0\0\x07", short, {0x0102, 7});
    PAIR_BYTES(MPI_LONG_INT, "\xff\xff\xff\xfe\0\0\0\x07", long, {-2, 7});
    PAIR_BYTES(MPI_FLOAT_INT, "\x3f\x80\0\0\0\0\0\x07\xc0\x20\0\0\0\0\0\x08", float, {1.0f, 7},
               {-2.5f, 8});
    PAIR_BYTES(MPI_DOUBLE_INT, "\xc0\x04\0\0\0\0\0\0\0\0\0\x07", double, {-2.5, 7});
    PAIR_BYTES(MPI_LONG_DOUBLE_INT, "\xc0\x00\x40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07", long double,
               {-2.5L, 7});
}

/* Types of other languages that every library of the standard's ABI has. */
static void check_fortran(void)
{
#ifdef MPI_ABI_VERSION
    BYTES(MPI_CXX_BOOL, "\x01\0", bool, true, false);
    TWIN_BYTES(MPI_CXX_FLOAT_COMPLEX, "\x3f\x80\0\0\xc0\x20\0\0", float, 1.0f, -2.5f);
    TWIN_BYTES(MPI_CXX_DOUBLE_COMPLEX, "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", double, 1.0,
               -2.5);
    TWIN_BYTES(MPI_CXX_LONG_DOUBLE_COMPLEX,
               "\x3f\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xc0\x00\x40\0\0\0\0\0\0\0\0\0\0\0\0\0",
               long double, 1.0L, -2.5L);
    BYTES(MPI_CHARACTER, "ab", char, 'a', 'b');
    BYTES(MPI_LOGICAL, "\0\0\0\x01", int, 1);
    BYTES(MPI_INTEGER, "\x01\x02\x03\x04", int, 0x01020304);
    BYTES(MPI_REAL, "\xc0\x20\0\0", float, -2.5f);
    BYTES(MPI_DOUBLE_PRECISION, "\xc0\x04\0\0\0\0\0\0", double, -2.5);
    TWIN_BYTES(MPI_COMPLEX, "\x3f\x80\0\0\xc0\x20\0\0", float, 1.0f, -2.5f);
    TWIN_BYTES(MPI_DOUBLE_COMPLEX, "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", double, 1.0, -2.5);
    TWIN_BYTES(MPI_2REAL, "\x3f\x80\0\0\xc0\x20\0\0", float, 1.0f, -2.5f);
    TWIN_BYTES(MPI_2DOUBLE_PRECISION, "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", double, 1.0,
               -2.5);
    TWIN_BYTES(MPI_2INTEGER, "\0\0\0\x05\xff\xff\xff\xfe", int, 5, -2);
    BYTES(MPI_INTEGER1, "\xfe", int8_t, -2);
    BYTES(MPI_INTEGER2, "\xff\xfe", int16_t, -2);
    BYTES(MPI_INTEGER4, "\xff\xff\xff\xfe", int32_t, -2);
    BYTES(MPI_INTEGER8, "\xff\xff\xff\xff\xff\xff\xff\xfe", int64_t, -2);
    BYTES(MPI_LOGICAL1, "\x01", int8_t, 1);
    BYTES(MPI_LOGICAL2, "\0\x01", int16_t, 1);
    BYTES(MPI_LOGICAL4, "\0\0\0\x01", int32_t, 1);
    BYTES(MPI_LOGICAL8, "\0\0\0\0\0\0\0\x01", int64_t, 1);
    BYTES(MPI_REAL4, "\xc0\x20\0\0", float, -2.5f);
    BYTES(MPI_REAL8, "\xc0\x04\0\0\0\0\0\0", double, -2.5);
    TWIN_BYTES(MPI_COMPLEX8, "\x3f\x80\0\0\xc0\x20\0\0", float, 1.0f, -2.5f);
    TWIN_BYTES(MPI_COMPLEX16, "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0", double, 1.0, -2.5);
#endif
}

/* Those that a library may lack: as bits, for this compiler may have no name for them either. */
static void check_optional(void)
{
#ifdef MPI_ABI_VERSION
    static const struct {
        const char *name;
        MPI_Datatype type;
        int bytes;
        int parts;
    } rows[] = {
        {"MPI_INTEGER16", MPI_INTEGER16, 16, 1}, {"MPI_LOGICAL16", MPI_LOGICAL16, 16, 1},
        {"MPI_REAL2", MPI_REAL2, 2, 1},          {"MPI_REAL16", MPI_REAL16, 16, 1},
        {"MPI_COMPLEX4", MPI_COMPLEX4, 4, 2},    {"MPI_COMPLEX32", MPI_COMPLEX32, 32, 2},
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        unsigned char item[32], swapped[32];
        int size, part = rows[row].bytes / rows[row].parts;
        MPI_Type_size(rows[row].type, &size);
        for (int i = 0; i < rows[row].bytes; i++) {
            item[i] = (unsigned char)(i + 1);
            swapped[i / part * part + part - 1 - i % part] = item[i];
        }
        if (size != MPI_UNDEFINED) {
            check_items(rows[row].name, rows[row].type, item, 1,
                        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? (char *)swapped : (char *)item,
                        size);
        }
    }
#endif
}

/* A struct of different numbers, in an order that is not that of memory, twice. */
static void check_struct(void)
{
    struct record {
        char letter;
        long number;
        double values[3];
    };
    struct record records[2] = {{'x', 5, {1.0, 9.0, -2.5}}, {'y', -2, {-2.5, 9.0, 1.0}}};
    int lengths[] = {1, 1, 2};
    MPI_Aint places[] = {offsetof(struct record, values), offsetof(struct record, letter),
                         offsetof(struct record, number)};
    MPI_Datatype parts[] = {MPI_DATATYPE_NULL, MPI_CHAR, MPI_LONG}, made, type;
    static const char expected[] = "\x3f\xf0\0\0\0\0\0\0\xc0\x04\0\0\0\0\0\0x\0\0\0\x05"
                                   "\xc0\x04\0\0\0\0\0\0\x3f\xf0\0\0\0\0\0\0y\xff\xff\xff\xfe";

    lengths[2] = 1;
    MPI_Type_vector(2, 1, 2, MPI_DOUBLE, &parts[0]);
    MPI_Type_create_struct(3, lengths, places, parts, &made);
    MPI_Type_create_resized(made, 0, sizeof(struct record), &type);
    MPI_Type_commit(&type);
    MPI_Type_free(&parts[0]);
    MPI_Type_free(&made);

    char packed[BYTES_MAX];
    MPI_Aint size = -1, position = 0;
    MPI_Pack_external_size(external32, 2, type, &size);
    CHECK_EQ(size, sizeof expected - 1);
    MPI_Pack_external(external32, records, 2, type, packed, sizeof packed, &position);
    CHECK_EQ(position, size);
    CHECK(memcmp(packed, expected, sizeof expected - 1) == 0);
    memset(records, 0, sizeof records);
    position = 0;
    MPI_Unpack_external(external32, packed, size, &position, records, 2, type);
    CHECK(records[0].letter == 'x' && records[1].letter == 'y');
    CHECK_EQ(records[0].number, 5);
    CHECK_EQ(records[1].number, -2);
    CHECK(records[1].values[0] == -2.5 && records[1].values[1] == 0 && records[1].values[2] == 1.0);
    MPI_Type_free(&type);
}

/* The external form of a packed type map, entry by entry. Values of long double are small whole
 * numbers, made by the compiler; all other entries only turn their bytes around. */
static size_t externalize(const struct typemap *map, int count, const unsigned char *packed,
                          unsigned char *external)
{
    unsigned char *to = external;

    for (int item = 0; item < count; item++) {
        for (int i = 0; i < map->count; i++) {
            int size = map->entries[i].size;
            for (int byte = 0; byte < size; byte++) {
                to[__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? size - 1 - byte : byte] =
                    packed[byte];
            }
            packed += size;
            to += size;
        }
    }
    return (size_t)(to - external);
}

static bool has_long_double(const struct typemap *map)
{
    for (int i = 0; i < map->count; i++) {
        if (map->entries[i].type == MPI_LONG_DOUBLE) {
            return true;
        }
    }
    return false;
}

/* Types at random: the bytes of every entry turned around, in the order of the type map. */
static void check_random(int round)
{
    mpitest_random_restart((uint64_t)round);
    struct mapped_type mapped = mapped_random(1 + round % DEPTH);
    int count = 1 + (int)mapped_small(40);
    struct mapped_buffer out = mapped_buffer_make(&mapped.map, count);
    struct mapped_buffer in = mapped_buffer_make(&mapped.map, count);
    size_t bytes = (size_t)typemap_size(&mapped.map) * (size_t)count;
    unsigned char *packed = mpitest_malloc(bytes), *expected = mpitest_malloc(bytes);
    unsigned char *actual = mpitest_malloc(bytes);
    MPI_Aint position = 0, size = -1;

    MPI_Type_commit(&mapped.type);
    if (!has_long_double(&mapped.map) && !mapped_overlaps(&mapped.map, count)) {
        mpitest_fill(out.memory, out.bytes, (uint64_t)round);
        mapped_gather(&mapped.map, out.base, count, packed);
        CHECK_EQ(externalize(&mapped.map, count, packed, expected), bytes);
        MPI_Pack_external_size(external32, count, mapped.type, &size);
        CHECK_EQ(size, bytes);
        MPI_Pack_external(external32, out.base, count, mapped.type, actual, size, &position);
        CHECK_EQ(position, size);
        CHECK(memcmp(actual, expected, bytes) == 0);
        position = 0;
        memset(in.memory, FILL, in.bytes);
        MPI_Unpack_external(external32, actual, size, &position, in.base, count, mapped.type);
        memset(out.memory, FILL, out.bytes);
        mapped_scatter(&mapped.map, out.base, count, packed);
        CHECK(memcmp(in.memory, out.memory, out.bytes) == 0);
    }
    mapped_free(&mapped);
    free(out.memory);
    free(in.memory);
    free(packed);
    free(expected);
    free(actual);
}

static void check_errors(void)
{
    char packed[BYTES_MAX] = {0};
    int number = 1;
    long big = (long)INT32_MAX + 1;
    wchar_t rare = 0x1f600;
    MPI_Aint position = 0, size;
    MPI_Datatype type;

    mpitest_return_errors();
    EXPECT_CLASS(MPI_Pack_external("native", &number, 1, MPI_INT, packed, 4, &position),
                 MPI_ERR_UNSUPPORTED_DATAREP);
    EXPECT_CLASS(MPI_Unpack_external("internal", packed, 4, &position, &number, 1, MPI_INT),
                 MPI_ERR_UNSUPPORTED_DATAREP);
    EXPECT_CLASS(MPI_Pack_external_size("", 1, MPI_INT, &size), MPI_ERR_UNSUPPORTED_DATAREP);
    EXPECT_CLASS(MPI_Pack_external_size(NULL, 1, MPI_INT, &size), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Pack_external_size(external32, -1, MPI_INT, &size), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Pack_external_size(external32, 1, MPI_DATATYPE_NULL, &size), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Pack_external_size(external32, 1, MPI_INT, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Pack_external(external32, &number, 1, MPI_INT, packed, 3, &position),
                 MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Pack_external(external32, &number, -1, MPI_INT, packed, 3, &position),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Pack_external(external32, NULL, 1, MPI_INT, packed, 4, &position),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Pack_external(external32, &number, 1, MPI_INT, NULL, 4, &position),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Pack_external(external32, &number, 1, MPI_INT, packed, 4, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Unpack_external(external32, packed, 3, &position, &number, 1, MPI_INT),
                 MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Unpack_external(external32, packed, -1, &position, &number, 1, MPI_INT),
                 MPI_ERR_ARG);
    position = 5;
    EXPECT_CLASS(MPI_Unpack_external(external32, packed, 4, &position, &number, 1, MPI_INT),
                 MPI_ERR_ARG);
    position = 0;
    MPI_Type_contiguous(2, MPI_INT, &type);
    EXPECT_CLASS(MPI_Pack_external(external32, packed, 1, type, packed, 4, &position),
                 MPI_ERR_TYPE); // not committed
    MPI_Type_free(&type);
#ifdef MPI_ABI_VERSION // what does not fit is an error here, elsewhere it is cut
    EXPECT_CLASS(MPI_Pack_external(external32, &big, 1, MPI_LONG, packed, 8, &position),
                 MPI_ERR_VALUE_TOO_LARGE);
    EXPECT_CLASS(MPI_Pack_external(external32, &rare, 1, MPI_WCHAR, packed, 8, &position),
                 MPI_ERR_VALUE_TOO_LARGE);
#endif
    CHECK_EQ(position, 0);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    check_integers();
    check_characters();
    check_floats();
    check_pairs();
    check_fortran();
    check_optional();
    check_struct();
    for (int round = 0; round < ROUNDS; round++) {
        check_random(round);
    }
    check_errors();
    return mpitest_finish();
}
