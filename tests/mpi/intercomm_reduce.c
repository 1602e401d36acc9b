/* SPDX-License-Identifier: BSD-3-Clause */
/* Reductions on intercommunicators, in all their forms: each group gets what the other one's ranks
 * make of their values, in the order of ranks. */
/* matrix: np=2,3,8 copy=chunk,cma,direct rings=default,tiny limit=120 */
#include "../lib/colltest.h"

enum { CASES = 80, COUNT_MAX = 4000 };

/* x -> a x + b, modulo 2^32: composition is associative, but does not commute. */
struct affine {
    unsigned a;
    unsigned b;
};

static struct affine compose(struct affine left, struct affine right)
{
    return (struct affine){left.a * right.a, left.a * right.b + left.b};
}

static void compose_all(void *in, void *inout, int *count, MPI_Datatype *type)
{
    const struct affine *left = in;
    struct affine *right = inout;

    (void)type;
    for (int i = 0; i < *count; i++) {
        right[i] = compose(left[i], right[i]);
    }
}

static MPI_Comm inter;
static MPI_Datatype type;
static MPI_Op op;
static int rank, size, remote_size, side;
static uint64_t key;
static bool large;
static enum colltest_form form;

static struct affine value_of(int of_side, int of_rank, MPI_Count index)
{
    uint64_t mixed = mpitest_mix(key + (uint64_t)(of_side * COLLTEST_RANKS_MAX + of_rank) +
                                 ((uint64_t)index << 20));
    return (struct affine){(unsigned)mixed | 1, (unsigned)(mixed >> 32)};
}

static struct affine *make_room(MPI_Count count)
{
    return mpitest_malloc((size_t)count * sizeof(struct affine));
}

static struct affine *make_values(MPI_Count count)
{
    struct affine *values = make_room(count);
    for (MPI_Count i = 0; i < count; i++) {
        values[i] = value_of(side, rank, i);
    }
    return values;
}

/* `count` results from `first` on, of the other group's values. Frees them. */
static void check_results(struct affine *results, MPI_Count first, MPI_Count count,
                          const char *what)
{
    for (MPI_Count i = 0; i < count; i++) {
        struct affine expected = value_of(1 - side, 0, first + i);
        for (int other = 1; other < remote_size; other++) {
            expected = compose(expected, value_of(1 - side, other, first + i));
        }
        if (results[i].a != expected.a || results[i].b != expected.b) {
            mpitest_fail(__FILE__, __LINE__, "%s: result %lld of %lld is wrong", what, (long long)i,
                         (long long)count);
            break;
        }
    }
    free(results);
}

static void check_reduce(MPI_Count count, int root_side, int root)
{
    bool gives = side != root_side, is_root = !gives && rank == root;
    int argument = gives ? root : is_root ? MPI_ROOT : MPI_PROC_NULL;
    struct affine *values = gives ? make_values(count) : NULL;
    struct affine *results = is_root ? make_room(count) : NULL;

    CHECK_EQ(large ? COLLTEST_CALL(form, Reduce, Ireduce, _c, values, results, count, type, op,
                                   argument, inter)
                   : COLLTEST_CALL(form, Reduce, Ireduce, , values, results, (int)count, type, op,
                                   argument, inter),
             MPI_SUCCESS);
    check_results(results, 0, is_root ? count : 0, "reduce");
    free(values);
}

static void check_allreduce(MPI_Count count)
{
    struct affine *values = make_values(count), *results = make_room(count);

    CHECK_EQ(large ? COLLTEST_CALL(form, Allreduce, Iallreduce, _c, values, results, count, type,
                                   op, inter)
                   : COLLTEST_CALL(form, Allreduce, Iallreduce, , values, results, (int)count, type,
                                   op, inter),
             MPI_SUCCESS);
    check_results(results, 0, count, "allreduce");
    free(values);
}

/* As many values in both groups: each cuts them into a block for each of its ranks. */
static void check_reduce_scatter_block(MPI_Count count)
{
    MPI_Count block = count * remote_size;
    struct affine *values = make_values(block * size), *results = make_room(block);

    CHECK_EQ(large ? COLLTEST_CALL(form, Reduce_scatter_block, Ireduce_scatter_block, _c, values,
                                   results, block, type, op, inter)
                   : COLLTEST_CALL(form, Reduce_scatter_block, Ireduce_scatter_block, , values,
                                   results, (int)block, type, op, inter),
             MPI_SUCCESS);
    check_results(results, block * rank, block, "reduce_scatter_block");
    free(values);
}

static void check_reduce_scatter(MPI_Count total)
{
    MPI_Count counts[COLLTEST_RANKS_MAX], first = 0, left = total;
    int int_counts[COLLTEST_RANKS_MAX];

    for (int i = 0; i < size; i++) {
        uint64_t drawn = mpitest_mix(key ^ (uint64_t)(side * COLLTEST_RANKS_MAX + i));
        counts[i] = i == size - 1 ? left : (MPI_Count)(drawn % (uint64_t)(left + 1));
        int_counts[i] = (int)counts[i];
        left -= counts[i];
        first += i < rank ? counts[i] : 0;
    }
    struct affine *values = make_values(total), *results = make_room(counts[rank]);
    CHECK_EQ(large ? COLLTEST_CALL(form, Reduce_scatter, Ireduce_scatter, _c, values, results,
                                   counts, type, op, inter)
                   : COLLTEST_CALL(form, Reduce_scatter, Ireduce_scatter, , values, results,
                                   int_counts, type, op, inter),
             MPI_SUCCESS);
    check_results(results, first, counts[rank], "reduce_scatter");
    free(values);
}

static void check_case(const int sizes[2])
{
    MPI_Count count = colltest_random_count(COUNT_MAX);
    int root_side = (int)mpitest_random_below(2);
    int root = (int)mpitest_random_below((uint64_t)sizes[root_side]);

    key = mpitest_random();
    large = mpitest_random_below(2) != 0;
    form = (enum colltest_form)mpitest_random_below(COLLTEST_FORMS);
    switch (mpitest_random_below(4)) {
    case 0:
        check_reduce(count, root_side, root);
        break;
    case 1:
        check_allreduce(count);
        break;
    case 2:
        check_reduce_scatter_block(count % 200);
        break;
    default:
        check_reduce_scatter(count);
        break;
    }
}

/* Many under way at once, completed in the opposite order. */
static void check_overlap(void)
{
    enum { CALLS = 20 };
    int values[CALLS], sums[CALLS];
    MPI_Request requests[CALLS];

    for (int i = 0; i < CALLS; i++) {
        values[i] = i + 100 * side;
        MPI_Iallreduce(&values[i], &sums[i], 1, MPI_INT, MPI_SUM, inter, &requests[i]);
    }
    for (int i = CALLS - 1; i >= 0; i--) {
        MPI_Wait(&requests[i], MPI_STATUS_IGNORE);
        CHECK_EQ(sums[i], remote_size * (i + 100 * (1 - side)));
    }
}

static void check_comm(int first)
{
    const int sizes[2] = {first, mpitest_size - first};
    MPI_Comm local;

    side = mpitest_rank < first ? 0 : 1;
    MPI_Comm_split(MPI_COMM_WORLD, side, 0, &local);
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, side == 0 ? first : 0, 1, &inter);
    MPI_Comm_free(&local);
    MPI_Comm_rank(inter, &rank);
    MPI_Comm_size(inter, &size);
    MPI_Comm_remote_size(inter, &remote_size);
    for (int i = 0; i < CASES; i++) {
        check_case(sizes);
    }
    check_overlap();
    MPI_Comm_free(&inter);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size < 2 || mpitest_size > COLLTEST_RANKS_MAX) {
        return mpitest_skip("made for 2 to 64 ranks");
    }
    MPI_Type_contiguous(2, MPI_UNSIGNED, &type);
    MPI_Type_commit(&type);
    MPI_Op_create(compose_all, 0, &op);
    check_comm(1);
    check_comm(mpitest_size - 1);
    check_comm((mpitest_size + 1) / 2);
    MPI_Op_free(&op);
    MPI_Type_free(&type);
    return mpitest_finish();
}
