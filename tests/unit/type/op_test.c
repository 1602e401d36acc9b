/* SPDX-License-Identifier: BSD-3-Clause */
/* Tests of the operators: what each accepts, and its results on every type against a reference in
 * plain C, one element after the other; with every set of kernels that this machine can run. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/tunables.h"
#include "tests/lib/unit.h"
#include "tests/unit/type/predefined_types.h"
#include "type/op.h"
#include "type/type.h"

// --- Reference: one element -------------------------------------------------------------------

/* Computes *out = *left op *right; draws an element; compares two. */
struct subject {
    MPI_Datatype handle;
    void (*compute)(MPI_Op op, const void *left, const void *right, void *out);
    void (*draw)(MPI_Op op, void *element);
    bool (*equal)(const void *left, const void *right);
};

#define EXTREME_AND_ARITHMETIC(a, b)                                                               \
    op == MPI_MAX    ? (a > b ? a : b)                                                             \
    : op == MPI_MIN  ? (a < b ? a : b)                                                             \
    : op == MPI_SUM  ? a + b                                                                       \
    : op == MPI_PROD ? a * b

/* Sums and products must not overflow; the other operators see all bits. Some are alike, some 0. */
#define REFERENCE_INTEGER(handle, type)                                                            \
    static void compute_##handle(MPI_Op op, const void *left, const void *right, void *out)        \
    {                                                                                              \
        type a = *(const type *)left, b = *(const type *)right;                                    \
        *(type *)out = (type)(EXTREME_AND_ARITHMETIC(a, b)                                         \
                              : op == MPI_LAND ? (a && b)                                          \
                              : op == MPI_LOR  ? (a || b)                                          \
                              : op == MPI_LXOR ? (!a != !b)                                        \
                              : op == MPI_BAND ? (a & b)                                           \
                              : op == MPI_BOR  ? (a | b)                                           \
                                               : (a ^ b));                                         \
    }                                                                                              \
    static void draw_##handle(MPI_Op op, void *element)                                            \
    {                                                                                              \
        type value;                                                                                \
        fill_random(&value, sizeof(value));                                                        \
        if (op == MPI_SUM || op == MPI_PROD) {                                                     \
            value = (type)(value % (sizeof(type) == 1 ? 12 : 181));                                \
        } else if (random_below(4) == 0) {                                                         \
            value = (type)random_below(2);                                                         \
        }                                                                                          \
        *(type *)element = value;                                                                  \
    }                                                                                              \
    static bool equal_##handle(const void *left, const void *right)                                \
    {                                                                                              \
        return *(const type *)left == *(const type *)right;                                        \
    }

#define REFERENCE_FLOAT(handle, type)                                                              \
    static void compute_##handle(MPI_Op op, const void *left, const void *right, void *out)        \
    {                                                                                              \
        type a = *(const type *)left, b = *(const type *)right;                                    \
        *(type *)out = EXTREME_AND_ARITHMETIC(a, b) : 0;                                           \
    }                                                                                              \
    static void draw_##handle(MPI_Op op, void *element)                                            \
    {                                                                                              \
        (void)op;                                                                                  \
        *(type *)element = (type)((int)random_below(1001) - 500) / 7;                              \
    }                                                                                              \
    static bool equal_##handle(const void *left, const void *right)                                \
    {                                                                                              \
        return *(const type *)left == *(const type *)right;                                        \
    }

/* Small whole numbers, so that no operation rounds. */
#define REFERENCE_COMPLEX(handle, type)                                                            \
    static void compute_##handle(MPI_Op op, const void *left, const void *right, void *out)        \
    {                                                                                              \
        const type *a = left, *b = right;                                                          \
        type *to = out;                                                                            \
        to[0] = op == MPI_SUM ? a[0] + b[0] : a[0] * b[0] - a[1] * b[1];                           \
        to[1] = op == MPI_SUM ? a[1] + b[1] : a[0] * b[1] + a[1] * b[0];                           \
    }                                                                                              \
    static void draw_##handle(MPI_Op op, void *element)                                            \
    {                                                                                              \
        (void)op;                                                                                  \
        ((type *)element)[0] = (type)((int)random_below(31) - 15);                                 \
        ((type *)element)[1] = (type)((int)random_below(31) - 15);                                 \
    }                                                                                              \
    static bool equal_##handle(const void *left, const void *right)                                \
    {                                                                                              \
        const type *a = left, *b = right;                                                          \
        return a[0] == b[0] && a[1] == b[1];                                                       \
    }

/* Few values, so that many are alike. */
#define REFERENCE_PAIR(handle, value_type, index_type)                                             \
    struct pair_##handle {                                                                         \
        value_type value;                                                                          \
        index_type index;                                                                          \
    };                                                                                             \
    static void compute_##handle(MPI_Op op, const void *left, const void *right, void *out)        \
    {                                                                                              \
        const struct pair_##handle *a = left, *b = right;                                          \
        struct pair_##handle *to = out;                                                            \
        bool left_wins = op == MPI_MAXLOC ? a->value > b->value : a->value < b->value;             \
        to->value = left_wins ? a->value : b->value;                                               \
        if (a->value == b->value) {                                                                \
            to->index = a->index < b->index ? a->index : b->index;                                 \
        } else {                                                                                   \
            to->index = left_wins ? a->index : b->index;                                           \
        }                                                                                          \
    }                                                                                              \
    static void draw_##handle(MPI_Op op, void *element)                                            \
    {                                                                                              \
        (void)op;                                                                                  \
        ((struct pair_##handle *)element)->value = (value_type)((int)random_below(9) - 4);         \
        ((struct pair_##handle *)element)->index = (index_type)random_below(1000);                 \
    }                                                                                              \
    static bool equal_##handle(const void *left, const void *right)                                \
    {                                                                                              \
        const struct pair_##handle *a = left, *b = right;                                          \
        return a->value == b->value && a->index == b->index;                                       \
    }

C_INTEGERS(REFERENCE_INTEGER)
FORTRAN_INTEGERS(REFERENCE_INTEGER)
MULTI_LANGUAGE(REFERENCE_INTEGER)
BYTES(REFERENCE_INTEGER)
LOGICALS(REFERENCE_INTEGER)
FLOATINGS(REFERENCE_FLOAT)
COMPLEXES(REFERENCE_COMPLEX)
PAIRS(REFERENCE_PAIR)
CHARS(REFERENCE_INTEGER)
TEXTS(REFERENCE_INTEGER)

#define SUBJECT(handle, ...) {handle, compute_##handle, draw_##handle, equal_##handle},

// --- What is defined for what: the standard's table, and what existing programs rely on --------

struct group {
    const struct subject *subjects;
    size_t count;
};

#define GROUP(name, list)                                                                          \
    static const struct subject name##_subjects[] = {list(SUBJECT)};                               \
    static const struct group name = {name##_subjects,                                             \
                                      sizeof(name##_subjects) / sizeof(name##_subjects[0])};

GROUP(c_integer, C_INTEGERS)
GROUP(fortran_integer, FORTRAN_INTEGERS)
GROUP(floating_point, FLOATINGS)
GROUP(logical, LOGICALS)
GROUP(complex, COMPLEXES)
GROUP(byte, BYTES)
GROUP(multi_language, MULTI_LANGUAGE)
GROUP(pair, PAIRS)
GROUP(character, CHARS)
GROUP(text, TEXTS)

static const struct group *const all_groups[] = {
    &c_integer, &fortran_integer, &floating_point, &logical, &complex, &byte,
    &character, &multi_language,  &pair,           &text,    NULL};

struct definition {
    MPI_Op op;
    const char *name;
    const struct group *groups[7];
};

#define DEFINED(op, ...) {op, #op, {__VA_ARGS__}}

static const struct definition definitions[] = {
    DEFINED(MPI_MAX, &c_integer, &character, &fortran_integer, &floating_point, &multi_language),
    DEFINED(MPI_MIN, &c_integer, &character, &fortran_integer, &floating_point, &multi_language),
    DEFINED(MPI_SUM, &c_integer, &character, &fortran_integer, &floating_point, &complex,
            &multi_language),
    DEFINED(MPI_PROD, &c_integer, &character, &fortran_integer, &floating_point, &complex,
            &multi_language),
    DEFINED(MPI_LAND, &c_integer, &character, &fortran_integer, &logical, &multi_language),
    DEFINED(MPI_LOR, &c_integer, &character, &fortran_integer, &logical, &multi_language),
    DEFINED(MPI_LXOR, &c_integer, &character, &fortran_integer, &logical, &multi_language),
    DEFINED(MPI_BAND, &c_integer, &character, &fortran_integer, &byte, &multi_language),
    DEFINED(MPI_BOR, &c_integer, &character, &fortran_integer, &byte, &multi_language),
    DEFINED(MPI_BXOR, &c_integer, &character, &fortran_integer, &byte, &multi_language),
    DEFINED(MPI_MAXLOC, &pair),
    DEFINED(MPI_MINLOC, &pair),
};

enum { DEFINITION_COUNT = sizeof(definitions) / sizeof(definitions[0]) };

static bool is_defined(const struct definition *definition, const struct group *group)
{
    for (int i = 0; definition->groups[i] != NULL; i++) {
        if (definition->groups[i] == group) {
            return true;
        }
    }
    return false;
}

static void accepts_what_is_defined(void)
{
    for (size_t d = 0; d < DEFINITION_COUNT; d++) {
        const struct mpr_op *op = mpr_op_find(definitions[d].op);
        CU_ASSERT_FATAL(op != NULL);
        CU_ASSERT_STRING_EQUAL(op->name, definitions[d].name);
        CU_ASSERT(op->commutative && op->predefined && !op->one_sided);
        for (int g = 0; all_groups[g] != NULL; g++) {
            for (size_t i = 0; i < all_groups[g]->count; i++) {
                const struct mpr_type *type = mpr_type_find(all_groups[g]->subjects[i].handle);
                CU_ASSERT_EQUAL(mpr_op_accepts(op, type),
                                is_defined(&definitions[d], all_groups[g]));
            }
        }
    }
}

static void accepts_no_derived_type(void)
{
    struct mpr_type derived = *mpr_type_find(MPI_INT);
    derived.predefined = false;
    CU_ASSERT_FALSE(mpr_op_accepts(mpr_op_find(MPI_SUM), &derived));
    CU_ASSERT_FALSE(mpr_op_accepts(mpr_op_find(MPI_REPLACE), &derived));
}

static void knows_no_other_handle(void)
{
    int found = 0;
    for (uintptr_t value = 0; value < 8192; value++) {
        found += mpr_op_find((MPI_Op)value) != NULL;
    }
    CU_ASSERT_EQUAL(found, DEFINITION_COUNT + 2);
    CU_ASSERT_PTR_NULL(mpr_op_find(MPI_OP_NULL));
}

// --- Results ----------------------------------------------------------------------------------

enum { COUNT_MAX = 300, ITEM_BYTES_MAX = 32, ARRAY_BYTES = (COUNT_MAX + 2) * ITEM_BYTES_MAX };

static _Alignas(64) unsigned char left[ARRAY_BYTES], right[ARRAY_BYTES], out[ARRAY_BYTES];
static _Alignas(64) unsigned char kept_left[ARRAY_BYTES], kept_right[ARRAY_BYTES];

/* Whether the `count` items at `got` are left op right; all of it read through aligned copies. */
static bool is_result(MPI_Op op, const struct subject *subject, size_t extent, size_t count,
                      const unsigned char *got)
{
    for (size_t i = 0; i < count; i++) {
        _Alignas(16) unsigned char expected[ITEM_BYTES_MAX], actual[ITEM_BYTES_MAX];
        subject->compute(op, kept_left + i * extent, kept_right + i * extent, expected);
        memcpy(actual, got + i * extent, extent);
        if (!subject->equal(expected, actual)) {
            return false;
        }
    }
    return true;
}

/* `count` items, the arrays `shift` bytes off their alignment. */
static void check_count(const struct mpr_op *op, const struct subject *subject, size_t count,
                        size_t shift)
{
    const struct mpr_type *type = mpr_type_find(subject->handle);
    MPI_Op handle = (MPI_Op)op->object.handle;
    size_t extent = (size_t)type->extent, bytes = count * extent;
    unsigned char *a = left + shift, *b = right + shift, *c = out + shift;

    for (size_t i = 0; i < count; i++) {
        subject->draw(handle, kept_left + i * extent);
        subject->draw(handle, kept_right + i * extent);
    }
    memcpy(a, kept_left, bytes);
    memcpy(b, kept_right, bytes);
    memset(c, 0xa5, bytes + 1);

    mpr_op_apply3(op, a, b, c, (MPI_Count)count, type);
    CU_ASSERT(is_result(handle, subject, extent, count, c));
    CU_ASSERT_EQUAL(c[bytes], 0xa5);
    CU_ASSERT_EQUAL(memcmp(a, kept_left, bytes), 0);
    CU_ASSERT_EQUAL(memcmp(b, kept_right, bytes), 0);

    mpr_op_apply3(op, a, b, a, (MPI_Count)count, type);
    CU_ASSERT(is_result(handle, subject, extent, count, a));

    memcpy(a, kept_left, bytes);
    mpr_op_apply3(op, a, b, b, (MPI_Count)count, type);
    CU_ASSERT(is_result(handle, subject, extent, count, b));

    memcpy(b, kept_right, bytes);
    mpr_op_apply(op, a, b, (MPI_Count)count, type);
    CU_ASSERT(is_result(handle, subject, extent, count, b));
    CU_ASSERT_EQUAL(memcmp(a, kept_left, bytes), 0);
}

static void check_results(void)
{
    static const size_t counts[] = {0, 1, 2, 3, 7, 15, 16, 17, 31, 63, 65, 129, 257, COUNT_MAX};
    for (size_t d = 0; d < DEFINITION_COUNT; d++) {
        const struct mpr_op *op = mpr_op_find(definitions[d].op);
        for (int g = 0; definitions[d].groups[g] != NULL; g++) {
            const struct group *group = definitions[d].groups[g];
            for (size_t i = 0; i < group->count; i++) {
                for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
                    check_count(op, &group->subjects[i], counts[k], 0);
                    check_count(op, &group->subjects[i], counts[k], 1 + random_below(31));
                }
            }
        }
    }
}

static void computes_with_base_kernels(void)
{
    mpr_tunables.vector = MPR_VECTOR_BASE;
    mpr_op_start();
    check_results();
}

static void computes_with_best_kernels(void)
{
    mpr_tunables.vector = MPR_VECTOR_AUTO;
    mpr_op_start();
    check_results();
}

/* The two sets are two, wherever the machine has AVX2: else one of them would go untested. */
static void chooses_kernels(void)
{
    const struct mpr_op *op = mpr_op_find(MPI_SUM);
    mpr_tunables.vector = MPR_VECTOR_BASE;
    mpr_op_start();
    mpr_kernel *const *base = op->kernels;
    mpr_tunables.vector = MPR_VECTOR_AVX2;
    mpr_op_start();
    mpr_kernel *const *avx2 = op->kernels;
    mpr_tunables.vector = MPR_VECTOR_AUTO;
    mpr_op_start();
    CU_ASSERT_PTR_EQUAL(op->kernels, avx2);
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        CU_ASSERT_PTR_NOT_EQUAL(avx2, base);
    }
#else
    CU_ASSERT_PTR_EQUAL(avx2, base);
#endif
}

static void takes_one_operand_in_accumulate(void)
{
    const struct mpr_op *replace = mpr_op_find(MPI_REPLACE), *no_op = mpr_op_find(MPI_NO_OP);
    const struct mpr_type *type = mpr_type_find(MPI_DOUBLE_INT);
    struct {
        double value;
        int index;
        int gap;
    } target[2] = {{1, 2, 3}, {4, 5, 6}}, origin[2] = {{7, 8, 9}, {10, 11, 12}};

    CU_ASSERT(replace->one_sided && no_op->one_sided);
    CU_ASSERT(!replace->commutative && !no_op->commutative);
    for (int g = 0; all_groups[g] != NULL; g++) {
        for (size_t i = 0; i < all_groups[g]->count; i++) {
            const struct mpr_type *each = mpr_type_find(all_groups[g]->subjects[i].handle);
            CU_ASSERT(mpr_op_accepts(replace, each));
            CU_ASSERT(mpr_op_accepts(no_op, each));
        }
    }
    mpr_op_apply3(no_op, target, origin, target, 2, type);
    CU_ASSERT_EQUAL(target[0].value, 1);
    CU_ASSERT_EQUAL(target[1].index, 5);
    mpr_op_apply3(replace, target, origin, target, 2, type);
    CU_ASSERT_EQUAL(target[0].value, 7);
    CU_ASSERT_EQUAL(target[0].index, 8);
    CU_ASSERT_EQUAL(target[0].gap, 3);
    CU_ASSERT_EQUAL(target[1].value, 10);
    CU_ASSERT_EQUAL(target[1].gap, 6);
    mpr_op_apply(replace, target, origin, 2, type);
    CU_ASSERT_EQUAL(origin[0].value, 7);
    CU_ASSERT_EQUAL(origin[0].gap, 9);
}

// --- What the standard leaves open, and op.h promises -----------------------------------------

static void apply_one(MPI_Op op, MPI_Datatype type, const void *a, const void *b, void *c)
{
    mpr_op_apply3(mpr_op_find(op), a, b, c, 1, mpr_type_find(type));
}

static void wraps_integers_around(void)
{
    int a = INT_MAX, b = 2, c;
    apply_one(MPI_SUM, MPI_INT, &a, &b, &c);
    CU_ASSERT_EQUAL(c, INT_MIN + 1);
    apply_one(MPI_PROD, MPI_INT, &a, &b, &c);
    CU_ASSERT_EQUAL(c, -2);
    uint16_t d = UINT16_MAX, e;
    apply_one(MPI_PROD, MPI_UINT16_T, &d, &d, &e);
    CU_ASSERT_EQUAL(e, 1);
    int8_t f = INT8_MIN, g = -1, h;
    apply_one(MPI_PROD, MPI_INT8_T, &f, &g, &h);
    CU_ASSERT_EQUAL(h, INT8_MIN);
}

static void prefers_nan(void)
{
    static const MPI_Op ops[] = {MPI_MAX, MPI_MIN};
    for (int i = 0; i < 2; i++) {
        double number = 1, nan = (double)NAN, result;
        apply_one(ops[i], MPI_DOUBLE, &number, &nan, &result);
        CU_ASSERT(isnan(result));
        apply_one(ops[i], MPI_DOUBLE, &nan, &number, &result);
        CU_ASSERT(isnan(result));
    }
}

static void locates_nan(void)
{
    static const MPI_Op ops[] = {MPI_MAXLOC, MPI_MINLOC};
    struct {
        float value;
        int index;
    } number = {1, 1}, nan = {NAN, 5}, low_nan = {NAN, 3}, result;

    for (int i = 0; i < 2; i++) {
        apply_one(ops[i], MPI_FLOAT_INT, &number, &nan, &result);
        CU_ASSERT(isnan((double)result.value) && result.index == 5);
        apply_one(ops[i], MPI_FLOAT_INT, &nan, &number, &result);
        CU_ASSERT(isnan((double)result.value) && result.index == 5);
        apply_one(ops[i], MPI_FLOAT_INT, &nan, &low_nan, &result);
        CU_ASSERT(isnan((double)result.value) && result.index == 3);
        apply_one(ops[i], MPI_FLOAT_INT, &low_nan, &nan, &result);
        CU_ASSERT(isnan((double)result.value) && result.index == 3);
    }
}

static void keeps_gaps_of_pairs(void)
{
    unsigned char a[16] = {0}, b[16] = {0}, c[16];
    memset(c, 0xa5, sizeof(c));
    apply_one(MPI_MAXLOC, MPI_DOUBLE_INT, a, b, c);
    CU_ASSERT_EQUAL(c[11], 0);
    CU_ASSERT_EQUAL(c[12], 0xa5);
    CU_ASSERT_EQUAL(c[15], 0xa5);
    memset(c, 0xa5, sizeof(c));
    apply_one(MPI_MINLOC, MPI_SHORT_INT, a, b, c);
    CU_ASSERT_EQUAL(c[1], 0);
    CU_ASSERT_EQUAL(c[2], 0xa5);
    CU_ASSERT_EQUAL(c[3], 0xa5);
    CU_ASSERT_EQUAL(c[4], 0);
}

/* Compilers of Fortran differ in what .TRUE. is: 1 or all bits. */
static void takes_any_truth(void)
{
    int32_t ones = -1, two = 2, no = 0, result;
    apply_one(MPI_LAND, MPI_LOGICAL, &ones, &two, &result);
    CU_ASSERT_EQUAL(result, 1);
    apply_one(MPI_LOR, MPI_LOGICAL, &no, &ones, &result);
    CU_ASSERT_EQUAL(result, 1);
    apply_one(MPI_LXOR, MPI_LOGICAL, &ones, &two, &result);
    CU_ASSERT_EQUAL(result, 0);
    uint8_t odd = 0x80, half = 0x40, small;
    apply_one(MPI_LAND, MPI_C_BOOL, &odd, &half, &small);
    CU_ASSERT_EQUAL(small, 1);
}

int main(void)
{
    static const struct unit_test tests[] = {
        UNIT(accepts_what_is_defined),
        UNIT(accepts_no_derived_type),
        UNIT(knows_no_other_handle),
        UNIT(chooses_kernels),
        UNIT(computes_with_base_kernels),
        UNIT(computes_with_best_kernels),
        UNIT(takes_one_operand_in_accumulate),
        UNIT(wraps_integers_around),
        UNIT(prefers_nan),
        UNIT(locates_nan),
        UNIT(keeps_gaps_of_pairs),
        UNIT(takes_any_truth),
    };
    mpr_type_start();
    mpr_op_start();
    return unit_run("operators", tests, sizeof(tests) / sizeof(tests[0]));
}
