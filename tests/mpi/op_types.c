/* SPDX-License-Identifier: BSD-3-Clause */
/* Reductions over all ranks by every operator: on every type that it is defined for the result is
 * right, on every other one the error class is MPI_ERR_OP. Defined are those of the standard, and
 * what existing programs reduce as well: MPI_CHAR, and truth values in integers of all kinds. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny */
#include "tests/lib/mpitest.h"

enum { ITEM_COUNT = 37 };

/* A type by how its items are made from a value and an index, and compared with one. */
struct subject {
    MPI_Datatype type;
    const char *name;
    void (*store)(void *items, int at, long value, long index);
    bool (*holds)(const void *items, int at, long value, long index);
};

#define NUMBER(type)                                                                               \
    static void store_##type(void *items, int at, long value, long index)                          \
    {                                                                                              \
        (void)index;                                                                               \
        ((type *)items)[at] = (type)value;                                                         \
    }                                                                                              \
    static bool holds_##type(const void *items, int at, long value, long index)                    \
    {                                                                                              \
        (void)index;                                                                               \
        return ((const type *)items)[at] == (type)value;                                           \
    }

typedef unsigned long long ulonglong;
typedef long double longdouble;

NUMBER(int8_t)
NUMBER(int16_t)
NUMBER(int32_t)
NUMBER(int64_t)
NUMBER(uint8_t)
NUMBER(uint16_t)
NUMBER(uint32_t)
NUMBER(uint64_t)
NUMBER(long)
NUMBER(ulonglong)
NUMBER(float)
NUMBER(double)
NUMBER(longdouble)

/* The imaginary part is 0, so that sums and products are those of numbers. */
#define COMPLEX(part)                                                                              \
    static void store_complex_##part(void *items, int at, long value, long index)                  \
    {                                                                                              \
        store_##part(items, 2 * at, value, index);                                                 \
        store_##part(items, 2 * at + 1, 0, index);                                                 \
    }                                                                                              \
    static bool holds_complex_##part(const void *items, int at, long value, long index)            \
    {                                                                                              \
        return holds_##part(items, 2 * at, value, index) &&                                        \
               holds_##part(items, 2 * at + 1, 0, index);                                          \
    }

COMPLEX(float)
COMPLEX(double)
COMPLEX(longdouble)

#define PAIR(name, value_type, index_type)                                                         \
    struct pair_##name {                                                                           \
        value_type value;                                                                          \
        index_type index;                                                                          \
    };                                                                                             \
    static void store_pair_##name(void *items, int at, long value, long index)                     \
    {                                                                                              \
        struct pair_##name *pair = (struct pair_##name *)items + at;                               \
        pair->value = (value_type)value;                                                           \
        pair->index = (index_type)index;                                                           \
    }                                                                                              \
    static bool holds_pair_##name(const void *items, int at, long value, long index)               \
    {                                                                                              \
        const struct pair_##name *pair = (const struct pair_##name *)items + at;                   \
        return pair->value == (value_type)value && pair->index == (index_type)index;               \
    }

PAIR(short_int, short, int)
PAIR(2int, int, int)
PAIR(long_int, long, int)
PAIR(float_int, float, int)
PAIR(double_int, double, int)
PAIR(long_double_int, long double, int)
PAIR(2real, float, float)
PAIR(2double, double, double)

#define SUBJECT(type, kind) {type, #type, store_##kind, holds_##kind}

static const struct subject c_integers[] = {
    SUBJECT(MPI_CHAR, int8_t),
    SUBJECT(MPI_SIGNED_CHAR, int8_t),   SUBJECT(MPI_UNSIGNED_CHAR, uint8_t),
    SUBJECT(MPI_SHORT, int16_t),        SUBJECT(MPI_UNSIGNED_SHORT, uint16_t),
    SUBJECT(MPI_INT, int32_t),          SUBJECT(MPI_UNSIGNED, uint32_t),
    SUBJECT(MPI_LONG, long),            SUBJECT(MPI_LONG_LONG, int64_t),
    SUBJECT(MPI_INT8_T, int8_t),        SUBJECT(MPI_UINT8_T, uint8_t),
    SUBJECT(MPI_INT16_T, int16_t),      SUBJECT(MPI_UINT16_T, uint16_t),
    SUBJECT(MPI_INT32_T, int32_t),      SUBJECT(MPI_UINT32_T, uint32_t),
    SUBJECT(MPI_INT64_T, int64_t),      SUBJECT(MPI_UINT64_T, uint64_t),
    SUBJECT(MPI_UNSIGNED_LONG_LONG, ulonglong),
};
static const struct subject multi_language[] = {
    SUBJECT(MPI_AINT, int64_t), SUBJECT(MPI_COUNT, int64_t), SUBJECT(MPI_OFFSET, int64_t)};
static const struct subject floating_point[] = {SUBJECT(MPI_FLOAT, float),
                                                SUBJECT(MPI_DOUBLE, double),
                                                SUBJECT(MPI_LONG_DOUBLE, longdouble)};
static const struct subject complex_numbers[] = {
    SUBJECT(MPI_C_FLOAT_COMPLEX, complex_float), SUBJECT(MPI_C_DOUBLE_COMPLEX, complex_double),
    SUBJECT(MPI_C_LONG_DOUBLE_COMPLEX, complex_longdouble)};
static const struct subject logicals[] = {SUBJECT(MPI_C_BOOL, uint8_t)};
static const struct subject bytes[] = {SUBJECT(MPI_BYTE, uint8_t)};
static const struct subject pairs[] = {
    SUBJECT(MPI_SHORT_INT, pair_short_int),   SUBJECT(MPI_2INT, pair_2int),
    SUBJECT(MPI_LONG_INT, pair_long_int),     SUBJECT(MPI_FLOAT_INT, pair_float_int),
    SUBJECT(MPI_DOUBLE_INT, pair_double_int), SUBJECT(MPI_LONG_DOUBLE_INT, pair_long_double_int),
};
static const struct subject texts[] = {SUBJECT(MPI_CHARACTER, int8_t), SUBJECT(MPI_WCHAR, int32_t)};
static const struct subject fortran_integers[] = {SUBJECT(MPI_INTEGER, int32_t)};
static const struct subject fortran_numbers[] = {SUBJECT(MPI_REAL, float),
                                                 SUBJECT(MPI_DOUBLE_PRECISION, double)};
static const struct subject fortran_complex[] = {SUBJECT(MPI_COMPLEX, complex_float),
                                                 SUBJECT(MPI_DOUBLE_COMPLEX, complex_double)};
static const struct subject fortran_logicals[] = {SUBJECT(MPI_LOGICAL, int32_t)};
static const struct subject fortran_pairs[] = {SUBJECT(MPI_2REAL, pair_2real),
                                               SUBJECT(MPI_2DOUBLE_PRECISION, pair_2double),
                                               SUBJECT(MPI_2INTEGER, pair_2int)};

enum group {
    C_INTEGER = 1,
    MULTI_LANGUAGE = 2,
    FLOATING = 4,
    COMPLEXES = 8,
    LOGICAL = 16,
    BYTE = 32,
    PAIRS = 64,
    TEXT = 128,
    FORTRAN_INTEGER = 256
};

#define GROUP(group, subjects) {group, subjects, sizeof subjects / sizeof subjects[0]}

static const struct {
    enum group group;
    const struct subject *subjects;
    size_t count;
} groups[] = {
    GROUP(C_INTEGER, c_integers),
    GROUP(MULTI_LANGUAGE, multi_language),
    GROUP(FLOATING, floating_point),
    GROUP(COMPLEXES, complex_numbers),
    GROUP(LOGICAL, logicals),
    GROUP(BYTE, bytes),
    GROUP(PAIRS, pairs),
    GROUP(TEXT, texts),
    GROUP(FORTRAN_INTEGER, fortran_integers),
    GROUP(FLOATING, fortran_numbers),
    GROUP(COMPLEXES, fortran_complex),
    GROUP(LOGICAL, fortran_logicals),
    GROUP(PAIRS, fortran_pairs),
};

/* ---- Operators on plain numbers ---- */

#define REFERENCE(name, result)                                                                    \
    static long op_##name(long a, long b)                                                          \
    {                                                                                              \
        return result;                                                                             \
    }

REFERENCE(max, a > b ? a : b)
REFERENCE(min, a < b ? a : b)
REFERENCE(sum, a + b)
REFERENCE(prod, a * b)
REFERENCE(land, a && b)
REFERENCE(lor, a || b)
REFERENCE(lxor, !a != !b)
REFERENCE(band, a & b)
REFERENCE(bor, a | b)
REFERENCE(bxor, a ^ b)

#define NUMERIC (C_INTEGER | FORTRAN_INTEGER | FLOATING | MULTI_LANGUAGE)
#define BITS (C_INTEGER | FORTRAN_INTEGER | BYTE | MULTI_LANGUAGE)
#define TRUTH (C_INTEGER | FORTRAN_INTEGER | LOGICAL | MULTI_LANGUAGE)

static const struct operation {
    MPI_Op op;
    const char *name;
    long (*reference)(long a, long b);
    int groups;
} operations[] = {
    {MPI_MAX, "MPI_MAX", op_max, NUMERIC},
    {MPI_MIN, "MPI_MIN", op_min, NUMERIC},
    {MPI_SUM, "MPI_SUM", op_sum, NUMERIC | COMPLEXES},
    {MPI_PROD, "MPI_PROD", op_prod, NUMERIC | COMPLEXES},
    {MPI_LAND, "MPI_LAND", op_land, TRUTH},
    {MPI_LOR, "MPI_LOR", op_lor, TRUTH},
    {MPI_LXOR, "MPI_LXOR", op_lxor, TRUTH},
    {MPI_BAND, "MPI_BAND", op_band, BITS},
    {MPI_BOR, "MPI_BOR", op_bor, BITS},
    {MPI_BXOR, "MPI_BXOR", op_bxor, BITS},
    {MPI_MAXLOC, "MPI_MAXLOC", op_max, PAIRS},
    {MPI_MINLOC, "MPI_MINLOC", op_min, PAIRS},
};

/* What `rank` gives for item `at`: small enough for the result to fit 7 bits on any number of ranks
 * that the tests use. Factors are 1 but for one rank. */
static long operand(const struct operation *operation, int rank, int at)
{
    long drawn = (long)(mpitest_mix((uint64_t)(rank * 1000 + at)) % 8);
    if (operation->op == MPI_PROD) {
        return at % mpitest_size == rank ? drawn : 1;
    }
    return operation->op == MPI_LAND ? drawn % 4 : drawn;
}

static long index_of(int rank, int at)
{
    return (rank * 5 + at) % 16;
}

/* The result of item `at` over all ranks; for pairs also the lowest index of that value. */
static long result(const struct operation *operation, int at, long *index)
{
    long value = operand(operation, 0, at);
    for (int rank = 1; rank < mpitest_size; rank++) {
        value = operation->reference(value, operand(operation, rank, at));
    }
    *index = 16;
    for (int rank = 0; rank < mpitest_size; rank++) {
        if (operand(operation, rank, at) == value && index_of(rank, at) < *index) {
            *index = index_of(rank, at);
        }
    }
    return value;
}

static void reduce(const struct operation *operation, const struct subject *subject)
{
    static _Alignas(16) unsigned char mine[ITEM_COUNT * 32], all[ITEM_COUNT * 32];

    for (int at = 0; at < ITEM_COUNT; at++) {
        subject->store(mine, at, operand(operation, mpitest_rank, at), index_of(mpitest_rank, at));
    }
    MPI_Allreduce(mine, all, ITEM_COUNT, subject->type, operation->op, MPI_COMM_WORLD);
    for (int at = 0; at < ITEM_COUNT; at++) {
        long index, value = result(operation, at, &index);
        if (!subject->holds(all, at, value, index)) {
            mpitest_fail(__FILE__, __LINE__, "%s of %s: item %d is not %ld (index %ld)",
                         operation->name, subject->name, at, value, index);
        }
    }
}

static void refuse(const struct operation *operation, const struct subject *subject)
{
    char in[32] = {0}, out[32];

    EXPECT_CLASS(MPI_Allreduce(in, out, 1, subject->type, operation->op, MPI_COMM_WORLD),
                 MPI_ERR_OP);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    for (size_t o = 0; o < sizeof operations / sizeof operations[0]; o++) {
        for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
            for (size_t i = 0; i < groups[g].count; i++) {
                if (operations[o].groups & groups[g].group) {
                    reduce(&operations[o], &groups[g].subjects[i]);
                } else {
                    refuse(&operations[o], &groups[g].subjects[i]);
                }
            }
        }
    }
    return mpitest_finish();
}
