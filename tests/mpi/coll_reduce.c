/* SPDX-License-Identifier: BSD-3-Clause */
/* The reductions, in random cases: every function in all its forms, every operator on several
 * types, vectors from none to megabytes, any root, in place, over four communicators. The values
 * are small integers, so that every result is exact in every type, however the operands are
 * grouped. */
/* matrix: np=1,2,3,8,17 copy=chunk,direct crowded=no,yes,parted limit=120 */
#include <complex.h>

#include "tests/lib/colltest.h"

enum { CASES = 600, BYTES_MAX = 4 << 20, ITEM_BYTES_MAX = 32 };

enum operator{ MAX, MIN, SUM, PROD, LAND, LOR, LXOR, BAND, BOR, BXOR, MAXLOC, MINLOC, OPERATORS };

static MPI_Op handle_of(enum operator op)
{
    const MPI_Op handles[OPERATORS] = {MPI_MAX,  MPI_MIN,  MPI_SUM,    MPI_PROD,
                                       MPI_LAND, MPI_LOR,  MPI_LXOR,   MPI_BAND,
                                       MPI_BOR,  MPI_BXOR, MPI_MAXLOC, MPI_MINLOC};
    return handles[op];
}

#define BIT(op)    (1u << (op))
#define ORDERED    (BIT(MAX) | BIT(MIN))
#define ARITHMETIC (BIT(SUM) | BIT(PROD))
#define LOGICAL    (BIT(LAND) | BIT(LOR) | BIT(LXOR))
#define BITWISE    (BIT(BAND) | BIT(BOR) | BIT(BXOR))
#define LOCATION   (BIT(MAXLOC) | BIT(MINLOC))

/* ---- Types: an operand as a number, and how numbers combine ---- */

/* What an operand of rank `rank` is made from: `draw` is random. Sums and products of 64 ranks fit
 * the smallest type. */
static int operand_number(enum operator op, uint64_t draw, int rank)
{
    switch (op) {
    case PROD:
        return rank < 6 ? 1 + (int)(draw % 2) : 1;
    case SUM:
        return (int)(draw % 2);
    case LAND:
        return draw % 8 != 0;
    case LOR:
    case LXOR:
        return draw % 8 == 0;
    case BAND:
        return (int)((draw | draw >> 7 | draw >> 14) & 0x7f);
    default:
        return (int)(draw & 0x7f);
    }
}

#define INTEGER_TYPE(name, type)                                                                   \
    static void name##_make(void *item, int number, int rank)                                      \
    {                                                                                              \
        (void)rank;                                                                                \
        *(type *)item = (type)number;                                                              \
    }                                                                                              \
    static void name##_combine(enum operator op, void *to, const void *from)                       \
    {                                                                                              \
        type a = *(type *)to, b = *(const type *)from;                                             \
        const type results[] = {a > b ? a : b, a < b ? a : b, (type)(a + b), (type)(a * b),        \
                                a && b,        a || b,        !a != !b,      (type)(a & b),        \
                                (type)(a | b), (type)(a ^ b)};                                     \
        *(type *)to = results[op];                                                                 \
    }                                                                                              \
    static bool name##_same(const void *a, const void *b)                                          \
    {                                                                                              \
        return *(const type *)a == *(const type *)b;                                               \
    }

#define FLOATING_TYPE(name, type)                                                                  \
    static void name##_make(void *item, int number, int rank)                                      \
    {                                                                                              \
        (void)rank;                                                                                \
        *(type *)item = (type)number;                                                              \
    }                                                                                              \
    static void name##_combine(enum operator op, void *to, const void *from)                       \
    {                                                                                              \
        type a = *(type *)to, b = *(const type *)from;                                             \
        *(type *)to = op == MAX   ? (a > b ? a : b)                                                \
                      : op == MIN ? (a < b ? a : b)                                                \
                      : op == SUM ? a + b                                                          \
                                  : a * b;                                                         \
    }                                                                                              \
    static bool name##_same(const void *a, const void *b)                                          \
    {                                                                                              \
        return *(const type *)a == *(const type *)b;                                               \
    }

#define COMPLEX_TYPE(name, type)                                                                   \
    static void name##_make(void *item, int number, int rank)                                      \
    {                                                                                              \
        *(type *)item = (type)(number + (rank < 6 ? number % 2 : 0) * I);                          \
    }                                                                                              \
    static void name##_combine(enum operator op, void *to, const void *from)                       \
    {                                                                                              \
        type a = *(type *)to, b = *(const type *)from;                                             \
        *(type *)to = op == SUM ? a + b : a * b;                                                   \
    }                                                                                              \
    static bool name##_same(const void *a, const void *b)                                          \
    {                                                                                              \
        return *(const type *)a == *(const type *)b;                                               \
    }

/* Few values, so that many are equal and the lowest index decides. */
#define LOCATION_TYPE(name, type)                                                                  \
    struct name {                                                                                  \
        type value;                                                                                \
        int index;                                                                                 \
    };                                                                                             \
    static void name##_make(void *item, int number, int rank)                                      \
    {                                                                                              \
        *(struct name *)item = (struct name){.value = (type)(number % 3), .index = 100 - rank};    \
    }                                                                                              \
    static void name##_combine(enum operator op, void *to, const void *from)                       \
    {                                                                                              \
        struct name *a = to;                                                                       \
        const struct name *b = from;                                                               \
        bool better = op == MAXLOC ? b->value > a->value : b->value < a->value;                    \
        if (better || (b->value == a->value && b->index < a->index)) {                             \
            *a = *b;                                                                               \
        }                                                                                          \
    }                                                                                              \
    static bool name##_same(const void *a, const void *b)                                          \
    {                                                                                              \
        const struct name *one = a, *other = b;                                                    \
        return one->value == other->value && one->index == other->index;                           \
    }

INTEGER_TYPE(int8, signed char)
INTEGER_TYPE(uint8, unsigned char)
INTEGER_TYPE(int16, short)
INTEGER_TYPE(int32, int)
INTEGER_TYPE(uint64, unsigned long long)
FLOATING_TYPE(float32, float)
FLOATING_TYPE(float64, double)
FLOATING_TYPE(float80, long double)
COMPLEX_TYPE(complex64, float complex)
COMPLEX_TYPE(complex128, double complex)
LOCATION_TYPE(int_int, int)
LOCATION_TYPE(short_int, short)
LOCATION_TYPE(double_int, double)
LOCATION_TYPE(long_double_int, long double)

struct numeric {
    MPI_Datatype handle;
    unsigned operators; /* bits */
    size_t extent;
    void (*make)(void *item, int number, int rank);
    void (*combine)(enum operator op, void *to, const void *from);
    bool (*same)(const void *a, const void *b);
};

#define NUMERIC(handle, operators, name, type)                                                     \
    {                                                                                              \
        handle, operators, sizeof(type), name##_make, name##_combine, name##_same                  \
    }
#define INTEGER_OPERATORS (ORDERED | ARITHMETIC | LOGICAL | BITWISE)

enum { NUMERICS = 15 };

static struct numeric numeric(uint64_t index)
{
    const struct numeric numerics[NUMERICS] = {
        NUMERIC(MPI_SIGNED_CHAR, INTEGER_OPERATORS, int8, signed char),
        NUMERIC(MPI_UINT8_T, INTEGER_OPERATORS, uint8, unsigned char),
        NUMERIC(MPI_BYTE, BITWISE, uint8, unsigned char),
        NUMERIC(MPI_SHORT, INTEGER_OPERATORS, int16, short),
        NUMERIC(MPI_INT, INTEGER_OPERATORS, int32, int),
        NUMERIC(MPI_UNSIGNED_LONG_LONG, INTEGER_OPERATORS, uint64, unsigned long long),
        NUMERIC(MPI_FLOAT, ORDERED | ARITHMETIC, float32, float),
        NUMERIC(MPI_DOUBLE, ORDERED | ARITHMETIC, float64, double),
        NUMERIC(MPI_LONG_DOUBLE, ORDERED | ARITHMETIC, float80, long double),
        NUMERIC(MPI_C_FLOAT_COMPLEX, ARITHMETIC, complex64, float complex),
        NUMERIC(MPI_C_DOUBLE_COMPLEX, ARITHMETIC, complex128, double complex),
        NUMERIC(MPI_2INT, LOCATION, int_int, struct int_int),
        NUMERIC(MPI_SHORT_INT, LOCATION, short_int, struct short_int),
        NUMERIC(MPI_DOUBLE_INT, LOCATION, double_int, struct double_int),
        NUMERIC(MPI_LONG_DOUBLE_INT, LOCATION, long_double_int, struct long_double_int),
    };
    return numerics[index];
}

/* ---- Cases ---- */

enum function { REDUCE, ALLREDUCE, REDUCE_SCATTER_BLOCK, REDUCE_SCATTER, SCAN, EXSCAN, FUNCTIONS };

struct reduction {
    enum function function;
    MPI_Comm comm;
    int rank;
    int size;
    int root;
    struct numeric type;
    enum operator op;
    MPI_Count count; /* of a rank's whole vector */
    MPI_Count block; /* this rank's result: its length, */
    MPI_Count first; /* and where it begins in the vector */
    MPI_Count counts[COLLTEST_RANKS_MAX];
    int int_counts[COLLTEST_RANKS_MAX];
    bool in_place;
    bool large;
    enum colltest_form form;
    uint64_t key;
};

static void make_operand(const struct reduction *r, void *item, int rank, MPI_Count index)
{
    uint64_t draw = mpitest_mix(r->key + (uint64_t)index * COLLTEST_RANKS_MAX + (uint64_t)rank);
    r->type.make(item, operand_number(r->op, draw, rank), rank);
}

static unsigned char *operands(const struct reduction *r)
{
    unsigned char *vector = mpitest_malloc(r->type.extent * (size_t)r->count);
    for (MPI_Count i = 0; i < r->count; i++) {
        make_operand(r, vector + (size_t)i * r->type.extent, r->rank, i);
    }
    return vector;
}

/* What item `index` of the vector is when the operands of ranks 0 to `last` are combined. */
static void expected(const struct reduction *r, void *item, MPI_Count index, int last)
{
    make_operand(r, item, 0, index);
    for (int rank = 1; rank <= last; rank++) {
        _Alignas(16) unsigned char operand[ITEM_BYTES_MAX];
        make_operand(r, operand, rank, index);
        r->type.combine(r->op, item, operand);
    }
}

static int call(const struct reduction *r, const void *in, void *out)
{
    MPI_Datatype type = r->type.handle;
    MPI_Op op = handle_of(r->op);
    int count = (int)r->count, block = (int)r->block;
    switch (r->function) {
    case REDUCE:
        return r->large ? COLLTEST_CALL(r->form, Reduce, Ireduce, _c, in, out, r->count, type, op,
                                        r->root, r->comm)
                        : COLLTEST_CALL(r->form, Reduce, Ireduce, , in, out, count, type, op,
                                        r->root, r->comm);
    case ALLREDUCE:
        return r->large ? COLLTEST_CALL(r->form, Allreduce, Iallreduce, _c, in, out, r->count, type,
                                        op, r->comm)
                        : COLLTEST_CALL(r->form, Allreduce, Iallreduce, , in, out, count, type, op,
                                        r->comm);
    case REDUCE_SCATTER_BLOCK:
        return r->large ? COLLTEST_CALL(r->form, Reduce_scatter_block, Ireduce_scatter_block, _c,
                                        in, out, r->block, type, op, r->comm)
                        : COLLTEST_CALL(r->form, Reduce_scatter_block, Ireduce_scatter_block, , in,
                                        out, block, type, op, r->comm);
    case REDUCE_SCATTER:
        return r->large ? COLLTEST_CALL(r->form, Reduce_scatter, Ireduce_scatter, _c, in, out,
                                        r->counts, type, op, r->comm)
                        : COLLTEST_CALL(r->form, Reduce_scatter, Ireduce_scatter, , in, out,
                                        r->int_counts, type, op, r->comm);
    case SCAN:
        return r->large
                   ? COLLTEST_CALL(r->form, Scan, Iscan, _c, in, out, r->count, type, op, r->comm)
                   : COLLTEST_CALL(r->form, Scan, Iscan, , in, out, count, type, op, r->comm);
    default:
        return r->large
                   ? COLLTEST_CALL(r->form, Exscan, Iexscan, _c, in, out, r->count, type, op,
                                   r->comm)
                   : COLLTEST_CALL(r->form, Exscan, Iexscan, , in, out, count, type, op, r->comm);
    }
}

static void check_result(const struct reduction *r, const unsigned char *out)
{
    static const char *const names[FUNCTIONS] = {
        "reduce", "allreduce", "reduce_scatter_block", "reduce_scatter", "scan", "exscan"};
    int last = r->function == SCAN ? r->rank : r->function == EXSCAN ? r->rank - 1 : r->size - 1;
    for (MPI_Count i = 0; i < r->block; i++) {
        _Alignas(16) unsigned char item[ITEM_BYTES_MAX];
        expected(r, item, r->first + i, last);
        if (!r->type.same(item, out + (size_t)i * r->type.extent)) {
            mpitest_fail(__FILE__, __LINE__,
                         "%s: item %lld of %lld is wrong (operator %d, extent %zu, %d ranks)",
                         names[r->function], (long long)i, (long long)r->block, (int)r->op,
                         r->type.extent, r->size);
            return;
        }
    }
}

static void run(const struct reduction *r)
{
    bool has_result =
        (r->function != REDUCE || r->rank == r->root) && (r->function != EXSCAN || r->rank > 0);
    bool in_place = r->in_place && (r->function != REDUCE || r->rank == r->root);
    size_t item = r->type.extent;
    unsigned char *in = operands(r);
    unsigned char *kept = operands(r);
    unsigned char *out = mpitest_malloc(item * (size_t)(r->count + 1));
    memset(out, COLLTEST_FILLER, item * (size_t)(r->count + 1));
    if (in_place) {
        memcpy(out, in, item * (size_t)r->count);
    }
    // What MPI_Exscan is told of room for a result means nothing to rank 0.
    bool has_room = r->function != EXSCAN || r->rank > 0 || in_place;
    CHECK_EQ(call(r, in_place ? MPI_IN_PLACE : in, has_room ? out : NULL), MPI_SUCCESS);
    if (has_result) {
        check_result(r, out);
    }
    for (MPI_Count i = 0; i < r->count; i++) {
        CHECK(r->type.same(in + (size_t)i * item, kept + (size_t)i * item));
    }
    CHECK_EQ(out[item * (size_t)(in_place ? r->count : r->block)], COLLTEST_FILLER);
    free(in);
    free(kept);
    free(out);
}

/* Gives every rank its block of the vector. */
static void deal(struct reduction *r, MPI_Count most)
{
    MPI_Count total = 0;
    bool is_scatter = r->function == REDUCE_SCATTER || r->function == REDUCE_SCATTER_BLOCK;
    if (!is_scatter) {
        r->count = r->block = most;
        r->first = 0;
        return;
    }
    for (int rank = 0; rank < r->size; rank++) {
        uint64_t draw = mpitest_mix(r->key + (uint64_t)rank);
        MPI_Count count = r->function == REDUCE_SCATTER_BLOCK ? most / mpitest_size
                          : draw % 3 == 0                     ? 0
                                          : (MPI_Count)(draw % (uint64_t)(most / mpitest_size + 1));
        r->first = rank == r->rank ? total : r->first;
        r->counts[rank] = count;
        r->int_counts[rank] = (int)count;
        total += count;
    }
    r->count = total;
    r->block = r->counts[r->rank];
}

/* All ranks draw the same case. */
static struct reduction random_reduction(const MPI_Comm *comms)
{
    struct reduction r = {.function = (enum function)mpitest_random_below(FUNCTIONS)};
    r.comm = comms[mpitest_random_below(COLLTEST_COMMS)];
    r.type = numeric(mpitest_random_below(NUMERICS));
    do {
        r.op = (enum operator)mpitest_random_below(OPERATORS);
    } while ((r.type.operators & BIT(r.op)) == 0);
    bool is_long = mpitest_random_below(100) == 0;
    MPI_Count most =
        colltest_random_count(is_long ? (MPI_Count)(BYTES_MAX / r.type.extent) : (MPI_Count)20000);
    uint64_t root = mpitest_random();
    r.in_place = mpitest_random_below(2) != 0;
    r.large = mpitest_random_below(2) != 0;
    r.form = (enum colltest_form)mpitest_random_below(COLLTEST_FORMS);
    r.key = mpitest_random();
    MPI_Comm_rank(r.comm, &r.rank);
    MPI_Comm_size(r.comm, &r.size);
    r.root = (int)(root % (uint64_t)r.size);
    deal(&r, most);
    return r;
}

int main(int argc, char **argv)
{
    MPI_Comm comms[COLLTEST_COMMS];
    mpitest_start(&argc, &argv);
    colltest_comms_make(comms);
    for (int i = 0; i < CASES; i++) {
        struct reduction r = random_reduction(comms);
        run(&r);
    }
    colltest_comms_free(comms);
    return mpitest_finish();
}
