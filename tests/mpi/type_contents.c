/* SPDX-License-Identifier: BSD-3-Clause */
/* Envelopes and contents: what was given to each constructor comes back, and types at random can be
 * made again from what they tell of themselves. */
/* matrix: np=1 copy=chunk engine=uring rings=default crowded=auto */
#include "tests/lib/typerandom.h"

enum { ROUNDS = 400, DEPTH = 5, NUMBERS_MAX = 64 };

// --- As given -----------------------------------------------------------------------------------

/* What a type must tell in the form by which it was made. */
struct expected {
    int combiner;
    int integer_count, address_count, type_count;
    int integers[NUMBERS_MAX];
    MPI_Aint addresses[NUMBERS_MAX];
    MPI_Datatype types[NUMBERS_MAX];
};

static void check_contents(int line, MPI_Datatype type, const struct expected *expected)
{
    int integer_count = -1, address_count = -1, type_count = -1, combiner = -1;
    int integers[NUMBERS_MAX] = {0};
    MPI_Aint addresses[NUMBERS_MAX] = {0};
    MPI_Datatype types[NUMBERS_MAX] = {0};
    MPI_Count large_count = -1, counts[3];

    MPI_Type_get_envelope(type, &integer_count, &address_count, &type_count, &combiner);
    if (combiner != expected->combiner || integer_count != expected->integer_count ||
        address_count != expected->address_count || type_count != expected->type_count) {
        mpitest_fail(__FILE__, line, "combiner %d has %d integers, %d addresses, %d types",
                     combiner, integer_count, address_count, type_count);
        return;
    }
    // The large form tells the same of a type that was made by an int form.
    MPI_Type_get_envelope_c(type, &counts[0], &counts[1], &large_count, &counts[2], &combiner);
    CHECK(counts[0] == integer_count && counts[1] == address_count && counts[2] == type_count);
    CHECK_EQ(large_count, 0);
    MPI_Type_get_contents(type, integer_count, address_count, type_count, integers, addresses,
                          types);
    if (memcmp(integers, expected->integers, sizeof integers) != 0 ||
        memcmp(addresses, expected->addresses, sizeof addresses) != 0 ||
        memcmp(types, expected->types, sizeof types) != 0) {
        mpitest_fail(__FILE__, line, "combiner %d tells other contents than it was given",
                     combiner);
    }
}

/* Checks and frees `type`. */
#define EXPECT_CONTENTS(type, ...)                                                                 \
    do {                                                                                           \
        const struct expected expected_contents = {__VA_ARGS__};                                   \
        check_contents(__LINE__, type, &expected_contents);                                        \
        MPI_Type_free(&(type));                                                                    \
    } while (0)

static void check_each_constructor(void)
{
    const int lengths[] = {2, 0, 3}, places[] = {-1, 4, 9};
    const MPI_Aint offsets[] = {-16, 32, 100};
    const MPI_Datatype members[] = {MPI_INT, MPI_CHAR, MPI_DOUBLE};
    MPI_Datatype type;

    MPI_Type_dup(MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_DUP, 0, 0, 1, .types = {MPI_INT});
    MPI_Type_contiguous(5, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_CONTIGUOUS, 1, 0, 1, {5}, {0}, {MPI_INT});
    MPI_Type_vector(2, 3, -7, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_VECTOR, 3, 0, 1, {2, 3, -7}, {0}, {MPI_INT});
    MPI_Type_create_hvector(2, 3, -70, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_HVECTOR, 2, 1, 1, {2, 3}, {-70}, {MPI_INT});
    MPI_Type_indexed(3, lengths, places, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_INDEXED, 7, 0, 1, {3, 2, 0, 3, -1, 4, 9}, {0}, {MPI_INT});
    MPI_Type_create_hindexed(3, lengths, offsets, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_HINDEXED, 4, 3, 1, {3, 2, 0, 3}, {-16, 32, 100}, {MPI_INT});
    MPI_Type_create_indexed_block(3, 4, places, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_INDEXED_BLOCK, 5, 0, 1, {3, 4, -1, 4, 9}, {0}, {MPI_INT});
    MPI_Type_create_hindexed_block(3, 4, offsets, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_HINDEXED_BLOCK, 2, 3, 1, {3, 4}, {-16, 32, 100}, {MPI_INT});
    MPI_Type_create_struct(3, lengths, offsets, members, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_STRUCT, 4, 3, 3, {3, 2, 0, 3}, {-16, 32, 100},
                    {MPI_INT, MPI_CHAR, MPI_DOUBLE});
    MPI_Type_create_resized(MPI_INT, -4, 20, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_RESIZED, 0, 2, 1, {0}, {-4, 20}, {MPI_INT});
}

static void check_each_array(void)
{
    const int sizes[] = {6, 8}, subsizes[] = {2, 3}, starts[] = {1, 4};
    const int distributions[] = {MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_BLOCK};
    const int arguments[] = {2, MPI_DISTRIBUTE_DFLT_DARG}, grid[] = {3, 2};
    MPI_Datatype type;

    MPI_Type_create_subarray(2, sizes, subsizes, starts, MPI_ORDER_FORTRAN, MPI_INT, &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_SUBARRAY, 8, 0, 1, {2, 6, 8, 2, 3, 1, 4, MPI_ORDER_FORTRAN},
                    {0}, {MPI_INT});
    MPI_Type_create_darray(6, 4, 2, sizes, distributions, arguments, grid, MPI_ORDER_C, MPI_INT,
                           &type);
    EXPECT_CONTENTS(type, MPI_COMBINER_DARRAY, 12, 0, 1,
                    {6, 4, 2, 6, 8, MPI_DISTRIBUTE_CYCLIC, MPI_DISTRIBUTE_BLOCK, 2,
                     MPI_DISTRIBUTE_DFLT_DARG, 3, 2, MPI_ORDER_C},
                    {0}, {MPI_INT});
}

/* Types that were made by a large form tell it by the large forms alone. */
static void check_large_contents(void)
{
    const MPI_Count sizes[] = {6, INT64_C(3) << 32}, subsizes[] = {2, 3};
    const MPI_Count starts[] = {1, INT64_C(1) << 32};
    const MPI_Count expected[] = {6, INT64_C(3) << 32, 2, 3, 1, INT64_C(1) << 32};
    MPI_Count integer_count, address_count, large_count, type_count, counts[6] = {0};
    int integers[2] = {0}, combiner = -1;
    MPI_Datatype type, part = MPI_DATATYPE_NULL;

    MPI_Type_create_subarray_c(2, sizes, subsizes, starts, MPI_ORDER_C, MPI_INT, &type);
    MPI_Type_get_envelope_c(type, &integer_count, &address_count, &large_count, &type_count,
                            &combiner);
    CHECK_EQ(combiner, MPI_COMBINER_SUBARRAY);
    CHECK(integer_count == 2 && address_count == 0 && large_count == 6 && type_count == 1);
    MPI_Type_get_contents_c(type, 2, 0, 6, 1, integers, NULL, counts, &part);
    CHECK(integers[0] == 2 && integers[1] == MPI_ORDER_C);
    CHECK(memcmp(counts, expected, sizeof counts) == 0);
    CHECK(part == MPI_INT);
#ifdef MPI_ABI_VERSION
    int small[3];
    EXPECT_CLASS(MPI_Type_get_envelope(type, &small[0], &small[1], &small[2], &combiner),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_contents(type, 2, 6, 1, integers, (MPI_Aint *)counts, &part),
                 MPI_ERR_TYPE);
#endif
    MPI_Type_free(&type);
}

// --- Made again ---------------------------------------------------------------------------------

static MPI_Datatype make_again(MPI_Datatype type);

/* A type made by an int form: its arguments in the order of MPI_Type_get_contents. */
static MPI_Datatype make_small(int combiner, const int *i, const MPI_Aint *a, const MPI_Datatype *t)
{
    MPI_Datatype made = MPI_DATATYPE_NULL;
    int n = i[0];

    switch (combiner) {
    case MPI_COMBINER_DUP:
        MPI_Type_dup(t[0], &made);
        break;
    case MPI_COMBINER_CONTIGUOUS:
        MPI_Type_contiguous(n, t[0], &made);
        break;
    case MPI_COMBINER_VECTOR:
        MPI_Type_vector(n, i[1], i[2], t[0], &made);
        break;
    case MPI_COMBINER_HVECTOR:
        MPI_Type_create_hvector(n, i[1], a[0], t[0], &made);
        break;
    case MPI_COMBINER_INDEXED:
        MPI_Type_indexed(n, i + 1, i + 1 + n, t[0], &made);
        break;
    case MPI_COMBINER_HINDEXED:
        MPI_Type_create_hindexed(n, i + 1, a, t[0], &made);
        break;
    case MPI_COMBINER_INDEXED_BLOCK:
        MPI_Type_create_indexed_block(n, i[1], i + 2, t[0], &made);
        break;
    case MPI_COMBINER_HINDEXED_BLOCK:
        MPI_Type_create_hindexed_block(n, i[1], a, t[0], &made);
        break;
    case MPI_COMBINER_STRUCT:
        MPI_Type_create_struct(n, i + 1, a, t, &made);
        break;
    case MPI_COMBINER_SUBARRAY:
        MPI_Type_create_subarray(n, i + 1, i + 1 + n, i + 1 + 2 * n, i[1 + 3 * n], t[0], &made);
        break;
    case MPI_COMBINER_DARRAY:
        n = i[2];
        MPI_Type_create_darray(i[0], i[1], n, i + 3, i + 3 + n, i + 3 + 2 * n, i + 3 + 3 * n,
                               i[3 + 4 * n], t[0], &made);
        break;
    case MPI_COMBINER_RESIZED:
        MPI_Type_create_resized(t[0], a[0], a[1], &made);
        break;
    default:
        mpitest_fail(__FILE__, __LINE__, "combiner %d is unknown", combiner);
    }
    return made;
}

/* A type made by a large form: integers `i` and large counts `c`. */
static MPI_Datatype make_large(int combiner, const int *i, const MPI_Count *c,
                               const MPI_Datatype *t)
{
    MPI_Datatype made = MPI_DATATYPE_NULL;
    MPI_Count n = c[0];

    switch (combiner) {
    case MPI_COMBINER_CONTIGUOUS:
        MPI_Type_contiguous_c(n, t[0], &made);
        break;
    case MPI_COMBINER_VECTOR:
        MPI_Type_vector_c(n, c[1], c[2], t[0], &made);
        break;
    case MPI_COMBINER_HVECTOR:
        MPI_Type_create_hvector_c(n, c[1], c[2], t[0], &made);
        break;
    case MPI_COMBINER_INDEXED:
        MPI_Type_indexed_c(n, c + 1, c + 1 + n, t[0], &made);
        break;
    case MPI_COMBINER_HINDEXED:
        MPI_Type_create_hindexed_c(n, c + 1, c + 1 + n, t[0], &made);
        break;
    case MPI_COMBINER_INDEXED_BLOCK:
        MPI_Type_create_indexed_block_c(n, c[1], c + 2, t[0], &made);
        break;
    case MPI_COMBINER_HINDEXED_BLOCK:
        MPI_Type_create_hindexed_block_c(n, c[1], c + 2, t[0], &made);
        break;
    case MPI_COMBINER_STRUCT:
        MPI_Type_create_struct_c(n, c + 1, c + 1 + n, t, &made);
        break;
    case MPI_COMBINER_SUBARRAY:
        n = i[0];
        MPI_Type_create_subarray_c((int)n, c, c + n, c + 2 * n, i[1], t[0], &made);
        break;
    case MPI_COMBINER_DARRAY:
        n = i[2];
        MPI_Type_create_darray_c(i[0], i[1], (int)n, c, i + 3, i + 3 + n, i + 3 + 2 * n,
                                 i[3 + 3 * n], t[0], &made);
        break;
    case MPI_COMBINER_RESIZED:
        MPI_Type_create_resized_c(t[0], c[0], c[1], &made);
        break;
    default:
        mpitest_fail(__FILE__, __LINE__, "combiner %d is unknown", combiner);
    }
    return made;
}

static bool is_named(MPI_Datatype type)
{
    MPI_Count counts[4];
    int combiner;

    MPI_Type_get_envelope_c(type, &counts[0], &counts[1], &counts[2], &counts[3], &combiner);
    return combiner == MPI_COMBINER_NAMED;
}

/* The same type, from its contents and those of the types within it; a named one is itself. */
static MPI_Datatype make_again(MPI_Datatype type)
{
    int integers[NUMBERS_MAX] = {0}, combiner;
    MPI_Aint addresses[NUMBERS_MAX] = {0};
    MPI_Count counts[NUMBERS_MAX] = {0}, integer_count, address_count, large_count, type_count;
    MPI_Datatype types[NUMBERS_MAX], again[NUMBERS_MAX];

    if (is_named(type)) {
        return type;
    }
    MPI_Type_get_envelope_c(type, &integer_count, &address_count, &large_count, &type_count,
                            &combiner);
    MPI_Type_get_contents_c(type, NUMBERS_MAX, NUMBERS_MAX, NUMBERS_MAX, NUMBERS_MAX, integers,
                            addresses, counts, types);
    for (MPI_Count i = 0; i < type_count; i++) {
        again[i] = make_again(types[i]);
    }
    MPI_Datatype made = large_count > 0 ? make_large(combiner, integers, counts, again)
                                        : make_small(combiner, integers, addresses, again);
    for (MPI_Count i = 0; i < type_count; i++) {
        if (!is_named(types[i])) {
            MPI_Type_free(&types[i]);
            MPI_Type_free(&again[i]);
        }
    }
    return made;
}

static void check_same(MPI_Datatype made, const struct mapped_type *mapped)
{
    MPI_Aint lb = -1, extent = -1;
    MPI_Count position = 0, size = typemap_size(&mapped->map);
    struct mapped_buffer buffer = mapped_buffer_make(&mapped->map, 2);
    unsigned char *expected = mpitest_malloc((size_t)size * 2);
    unsigned char *packed = mpitest_malloc((size_t)size * 2);

    MPI_Type_get_extent(made, &lb, &extent);
    CHECK_EQ(lb, typemap_lower(&mapped->map));
    CHECK_EQ(extent, typemap_extent(&mapped->map));
    mpitest_fill(buffer.memory, buffer.bytes, 1);
    mapped_gather(&mapped->map, buffer.base, 2, expected);
    MPI_Type_commit(&made);
    MPI_Pack_c(buffer.base, 2, made, packed, size * 2, &position, MPI_COMM_SELF);
    CHECK_EQ(position, size * 2);
    CHECK(memcmp(packed, expected, (size_t)size * 2) == 0);
    free(buffer.memory);
    free(expected);
    free(packed);
}

static void check_random_types(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        mpitest_random_restart((uint64_t)round);
        struct mapped_type mapped = mapped_random(1 + round % DEPTH);
        MPI_Datatype made = make_again(mapped.type);
        check_same(made, &mapped);
        if (!mapped.basic) {
            MPI_Type_free(&made);
        }
        mapped_free(&mapped);
    }
}

// --- Errors -------------------------------------------------------------------------------------

static void check_errors(void)
{
#ifdef MPI_ABI_VERSION
    int n[4] = {7, 7, 7, 7}, integers[8];
    MPI_Count c[4], counts[8];
    MPI_Aint addresses[8];
    MPI_Datatype type, types[2];
    int combiner = -1;

    MPI_Type_create_hvector(2, 1, 16, MPI_INT, &type);
    EXPECT_CLASS(MPI_Type_get_envelope(MPI_DATATYPE_NULL, n, n + 1, n + 2, n + 3), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_envelope(type, NULL, n + 1, n + 2, n + 3), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_envelope(type, n, NULL, n + 2, n + 3), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_envelope(type, n, n + 1, NULL, n + 3), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_envelope(type, n, n + 1, n + 2, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_envelope_c(type, c, c + 1, NULL, c + 3, &combiner), MPI_ERR_ARG);
    CHECK(n[0] == 7 && n[1] == 7 && n[2] == 7 && n[3] == 7);
    EXPECT_CLASS(MPI_Type_get_contents(MPI_INT, 0, 0, 0, NULL, NULL, NULL), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Type_get_contents(type, 1, 1, 1, integers, addresses, types), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents(type, 2, 0, 1, integers, addresses, types), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents(type, 2, 1, 0, integers, addresses, types), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents(type, 2, 1, 1, NULL, addresses, types), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents(type, 2, 1, 1, integers, NULL, types), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents(type, 2, 1, 1, integers, addresses, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents(type, 9, 9, 9, integers, addresses, types), MPI_SUCCESS);
    MPI_Type_free(&type);
    MPI_Type_create_hvector_c(2, 1, 16, MPI_INT, &type);
    EXPECT_CLASS(MPI_Type_get_contents_c(type, 0, 0, 2, 1, NULL, NULL, counts, types), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents_c(type, 0, 0, 3, 1, NULL, NULL, NULL, types), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Type_get_contents_c(type, 0, 0, 3, 1, NULL, NULL, counts, types), MPI_SUCCESS);
    MPI_Type_free(&type);
#endif
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    CHECK(is_named(MPI_INT));
    CHECK(is_named(MPI_DOUBLE_INT));
    check_each_constructor();
    check_each_array();
    check_large_contents();
    check_random_types();
    check_errors();
    return mpitest_finish();
}
