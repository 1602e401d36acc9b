/* SPDX-License-Identifier: BSD-3-Clause */
/* Operators of the user in every reduction: the product of matrices, which does not commute, so
 * that the order of the ranks shows; on a datatype with a gap; short and long vectors; and their
 * errors. An operator may assign whole structs of which the datatype covers a part. */
#include "tests/lib/mpitest.h"

/* Numbers modulo a prime: no rounding, so that associativity is exact. */
enum { PRIME = 65521, COUNT_MAX = 3000, UNTOUCHED = -7 };

struct matrix {
    int64_t cells[2][2];
    int64_t gap; /* not part of the datatype */
};

static MPI_Datatype matrix_type;
static int call_count;

static struct matrix product(const struct matrix *a, const struct matrix *b)
{
    struct matrix c = {.gap = b->gap};
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
            c.cells[i][j] =
                (a->cells[i][0] * b->cells[0][j] + a->cells[i][1] * b->cells[1][j]) % PRIME;
        }
    }
    return c;
}

/* The function may ask MPI about the datatype. */
static void check_type(MPI_Datatype type)
{
    MPI_Aint lb = -1, extent = -1;

    call_count++;
    CHECK(type == matrix_type);
    EXPECT_CLASS(MPI_Type_get_extent(type, &lb, &extent), MPI_SUCCESS);
    CHECK_EQ(lb, 0);
    CHECK_EQ(extent, sizeof(struct matrix));
}

static void multiply(void *in, void *inout, int *length, MPI_Datatype *type)
{
    const struct matrix *left = in;
    struct matrix *right = inout;

    check_type(*type);
    for (int i = 0; i < *length; i++) {
        right[i] = product(&left[i], &right[i]);
    }
    *length = -1; // theirs to change
    *type = MPI_DATATYPE_NULL;
}

static void multiply_c(void *in, void *inout, MPI_Count *length, MPI_Datatype *type)
{
    const struct matrix *left = in;
    struct matrix *right = inout;

    check_type(*type);
    for (MPI_Count i = 0; i < *length; i++) {
        right[i] = product(&left[i], &right[i]);
    }
}

/* The same on MPI_LONG_LONG, cell by cell: a sum, which commutes. */
static void add(void *in, void *inout, int *length, MPI_Datatype *type)
{
    const int64_t *left = in;
    int64_t *right = inout;

    CHECK(*type == MPI_INT64_T);
    for (int i = 0; i < *length; i++) {
        right[i] += left[i];
    }
}

// --- Operands and results -----------------------------------------------------------------------

static struct matrix operand(int rank, int index)
{
    struct matrix made = {.gap = UNTOUCHED};
    for (int cell = 0; cell < 4; cell++) {
        uint64_t key = (uint64_t)rank << 32 | (uint64_t)(index * 4 + cell);
        made.cells[cell / 2][cell % 2] = (int64_t)(mpitest_mix(key) % PRIME);
    }
    return made;
}

static void fill_operands(struct matrix *matrices, int count, int rank)
{
    for (int i = 0; i < count; i++) {
        matrices[i] = operand(rank, i);
    }
}

/* The product of the ranks from 0 to `last`. */
static struct matrix expected_product(int last, int index)
{
    struct matrix value = operand(0, index);
    for (int rank = 1; rank <= last; rank++) {
        struct matrix next = operand(rank, index);
        value = product(&value, &next);
    }
    return value;
}

static void clear(struct matrix *matrices, int count)
{
    for (int i = 0; i < count; i++) {
        memset(matrices[i].cells, 0xff, sizeof matrices[i].cells);
        matrices[i].gap = UNTOUCHED;
    }
}

/* `count` results, from `first` on of the whole vector. */
static void check_results(const struct matrix *results, int first, int count, int last,
                          const char *what)
{
    for (int i = 0; i < count; i++) {
        struct matrix expected = expected_product(last, first + i);
        if (memcmp(&results[i], &expected, sizeof expected) != 0) {
            mpitest_fail(__FILE__, __LINE__, "%s: result %d of %d is wrong", what, first + i,
                         count);
            return;
        }
    }
}

static void check_untouched(const struct matrix *results, int count, const char *what)
{
    struct matrix expected;
    clear(&expected, 1);
    for (int i = 0; i < count; i++) {
        if (memcmp(&results[i], &expected, sizeof expected) != 0) {
            mpitest_fail(__FILE__, __LINE__, "%s: item %d was written", what, i);
            return;
        }
    }
}

// --- The reductions -----------------------------------------------------------------------------

static struct matrix *in, *out;

static void check_reduce(MPI_Op op, int count, int root)
{
    bool is_root = mpitest_rank == root;

    clear(out, count);
    MPI_Reduce(in, out, count, matrix_type, op, root, MPI_COMM_WORLD);
    if (is_root) {
        check_results(out, 0, count, mpitest_size - 1, "reduce");
        fill_operands(out, count, mpitest_rank);
    } else {
        check_untouched(out, count, "reduce");
    }
    MPI_Reduce(is_root ? MPI_IN_PLACE : in, is_root ? out : NULL, count, matrix_type, op, root,
               MPI_COMM_WORLD);
    if (is_root) {
        check_results(out, 0, count, mpitest_size - 1, "reduce in place");
    }
}

static void check_allreduce(MPI_Op op, int count)
{
    clear(out, count);
    MPI_Allreduce(in, out, count, matrix_type, op, MPI_COMM_WORLD);
    check_results(out, 0, count, mpitest_size - 1, "allreduce");
    fill_operands(out, count, mpitest_rank);
    MPI_Allreduce(MPI_IN_PLACE, out, count, matrix_type, op, MPI_COMM_WORLD);
    check_results(out, 0, count, mpitest_size - 1, "allreduce in place");
}

static void check_scans(MPI_Op op, int count)
{
    clear(out, count);
    MPI_Scan(in, out, count, matrix_type, op, MPI_COMM_WORLD);
    check_results(out, 0, count, mpitest_rank, "scan");
    fill_operands(out, count, mpitest_rank);
    MPI_Scan(MPI_IN_PLACE, out, count, matrix_type, op, MPI_COMM_WORLD);
    check_results(out, 0, count, mpitest_rank, "scan in place");
    clear(out, count);
    MPI_Exscan(in, out, count, matrix_type, op, MPI_COMM_WORLD);
    if (mpitest_rank > 0) {
        check_results(out, 0, count, mpitest_rank - 1, "exscan");
    } else {
        check_untouched(out, count, "exscan");
    }
}

static void check_reduce_scatter(MPI_Op op, int count)
{
    int each = count / mpitest_size, first = 0;
    int counts[64];

    clear(out, each);
    MPI_Reduce_scatter_block(in, out, each, matrix_type, op, MPI_COMM_WORLD);
    check_results(out, mpitest_rank * each, each, mpitest_size - 1, "reduce_scatter_block");
    for (int rank = 0; rank < mpitest_size; rank++) {
        counts[rank] = each > rank % 3 ? each - rank % 3 : 0;
        first += rank < mpitest_rank ? counts[rank] : 0;
    }
    clear(out, counts[mpitest_rank]);
    MPI_Reduce_scatter(in, out, counts, matrix_type, op, MPI_COMM_WORLD);
    check_results(out, first, counts[mpitest_rank], mpitest_size - 1, "reduce_scatter");
}

static void check_reduce_local(MPI_Op op, int count)
{
    fill_operands(in, count, 0);
    fill_operands(out, count, 1);
    call_count = 0;
    MPI_Reduce_local(in, out, count, matrix_type, op);
    CHECK_EQ(call_count, 1);
    check_results(out, 0, count, 1, "reduce_local");
    fill_operands(out, count, 1);
    MPI_Reduce_local_c(in, out, count, matrix_type, op);
    check_results(out, 0, count, 1, "reduce_local_c");
    call_count = 0;
    MPI_Reduce_local(NULL, NULL, 0, matrix_type, op);
    CHECK_EQ(call_count, 0);
}

static void check_operator(MPI_Op op)
{
    static const int counts[] = {1, 2, 7, 64, 700, COUNT_MAX};

    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        fill_operands(in, counts[i], mpitest_rank);
        for (int root = 0; root < mpitest_size; root++) {
            check_reduce(op, counts[i], root);
        }
        check_allreduce(op, counts[i]);
        check_scans(op, counts[i]);
        check_reduce_scatter(op, counts[i]);
        check_reduce_local(op, counts[i]);
    }
}

// --- Structs of which little is data ------------------------------------------------------------

struct entry {
    char before[2052];
    int32_t place; /* data from here on */
    int64_t key;
    char after[2048]; /* no longer */
};

/* The greatest key, with its place: whole structs are assigned. */
static void keep_best(void *invec, void *inoutvec, int *length, MPI_Datatype *type)
{
    const struct entry *left = invec;
    struct entry *right = inoutvec;

    (void)type;
    CHECK_EQ((uintptr_t)invec % _Alignof(struct entry), 0);
    CHECK_EQ((uintptr_t)inoutvec % _Alignof(struct entry), 0);
    for (int i = 0; i < *length; i++) {
        if (left[i].key > right[i].key) {
            right[i] = left[i];
        }
    }
}

static struct entry entry_of(int rank, int index)
{
    return (struct entry){.place = rank, .key = (rank + 1) * 5 % 7 * 100 + index};
}

/* The best of the ranks from 0 to `last`. */
static void check_best(const struct entry *results, int count, int last, const char *what)
{
    for (int i = 0; i < count; i++) {
        struct entry best = entry_of(0, i);
        for (int rank = 1; rank <= last; rank++) {
            struct entry other = entry_of(rank, i);
            best = other.key > best.key ? other : best;
        }
        if (results[i].key != best.key || results[i].place % 7 != best.place % 7) {
            mpitest_fail(__FILE__, __LINE__, "%s: entry %d of %d is wrong", what, i, count);
        }
    }
}

static void check_entries_of(MPI_Datatype type, MPI_Op op, int count)
{
    struct entry *own = mpitest_malloc((size_t)count * sizeof *own);
    struct entry *best = mpitest_malloc((size_t)count * sizeof *best);
    MPI_Request request;

    for (int i = 0; i < count; i++) {
        own[i] = entry_of(mpitest_rank, i);
        best[i] = own[i];
    }
    MPI_Allreduce(own, best, count, type, op, MPI_COMM_WORLD);
    check_best(best, count, mpitest_size - 1, "allreduce of structs");
    MPI_Scan(own, best, count, type, op, MPI_COMM_WORLD);
    check_best(best, count, mpitest_rank, "scan of structs");
    MPI_Iallreduce(own, best, count, type, op, MPI_COMM_WORLD, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    check_best(best, count, mpitest_size - 1, "iallreduce of structs");
    for (int root = 0; root < mpitest_size; root++) {
        MPI_Reduce(own, best, count, type, op, root, MPI_COMM_WORLD);
        check_best(best, mpitest_rank == root ? count : 0, mpitest_size - 1, "reduce of structs");
    }
    free(own);
    free(best);
}

static void check_entries(void)
{
    static const int counts[] = {1, 2, 9, 300, 3000};
    int lengths[] = {1, 1};
    MPI_Aint displs[] = {offsetof(struct entry, place), offsetof(struct entry, key)};
    MPI_Datatype members[] = {MPI_INT32_T, MPI_INT64_T}, data, type;

    MPI_Type_create_struct(2, lengths, displs, members, &data);
    MPI_Type_create_resized(data, 0, sizeof(struct entry), &type);
    MPI_Type_commit(&type);
    for (int commutes = 0; commutes < 2; commutes++) {
        MPI_Op op;
        MPI_Op_create(keep_best, commutes, &op);
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            check_entries_of(type, op, counts[i]);
        }
        MPI_Op_free(&op);
    }
    MPI_Type_free(&data);
    MPI_Type_free(&type);
}

/* On a predefined type, and commuting. */
static void check_sum(void)
{
    int64_t value = 3 * mpitest_rank + 1, sum = 0, expected = 0;
    int commute = -1;
    MPI_Op op;

    MPI_Op_create(add, 1, &op);
    MPI_Op_commutative(op, &commute);
    CHECK_EQ(commute, 1);
    for (int rank = 0; rank < mpitest_size; rank++) {
        expected += 3 * rank + 1;
    }
    MPI_Allreduce(&value, &sum, 1, MPI_INT64_T, op, MPI_COMM_WORLD);
    CHECK_EQ(sum, expected);
    MPI_Op_free(&op);
    CHECK(op == MPI_OP_NULL);
}

// --- Errors -------------------------------------------------------------------------------------

static void check_errors(void)
{
#ifdef MPI_ABI_VERSION
    MPI_Op op = MPI_OP_NULL, sum = MPI_SUM;
    int a = 1, b = 2;

    EXPECT_CLASS(MPI_Op_create(NULL, 1, &op), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Op_create(multiply, 1, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Op_create_c(NULL, 1, &op), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Op_free(&op), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Op_free(&sum), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Op_free(NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Reduce_local(&a, &b, 1, MPI_INT, MPI_OP_NULL), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Reduce_local(&a, &b, 1, matrix_type, MPI_SUM), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Reduce_local(&a, &b, -1, MPI_INT, MPI_SUM), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_local(&a, &b, 1, MPI_DATATYPE_NULL, MPI_SUM), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Reduce_local(&a, &a, 1, MPI_INT, MPI_SUM), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_local(NULL, &b, 1, MPI_INT, MPI_SUM), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_local(&a, MPI_IN_PLACE, 1, MPI_INT, MPI_SUM), MPI_ERR_BUFFER);
    CHECK(a == 1 && b == 2 && sum == MPI_SUM);
    EXPECT_CLASS(MPI_Reduce_local(&a, &b, 1, MPI_INT, MPI_SUM), MPI_SUCCESS);
    CHECK_EQ(b, 3);

    MPI_Op stale;
    MPI_Op_create(multiply, 0, &op);
    stale = op;
    MPI_Op_free(&op);
    EXPECT_CLASS(MPI_Op_free(&stale), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Reduce_local(&a, &b, 1, MPI_INT, stale), MPI_ERR_OP);
#endif
}

static void make_matrix_type(void)
{
    MPI_Datatype cells;

    MPI_Type_contiguous(4, MPI_INT64_T, &cells);
    MPI_Type_create_resized(cells, 0, sizeof(struct matrix), &matrix_type);
    MPI_Type_commit(&matrix_type);
    MPI_Type_free(&cells);
}

int main(int argc, char **argv)
{
    MPI_Op op;
    int commute = -1;

    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    in = mpitest_malloc(COUNT_MAX * sizeof *in);
    out = mpitest_malloc(COUNT_MAX * sizeof *out);
    make_matrix_type();
    MPI_Op_create(multiply, 0, &op);
    MPI_Op_commutative(op, &commute);
    CHECK_EQ(commute, 0);
    check_operator(op);
    MPI_Op_free(&op);
    MPI_Op_create_c(multiply_c, 0, &op);
    check_operator(op);
    MPI_Op_free(&op);
    check_sum();
    check_entries();
    check_errors();
    MPI_Type_free(&matrix_type);
    free(in);
    free(out);
    return mpitest_finish();
}
