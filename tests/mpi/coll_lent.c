/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives of a few KiB between buffers that the ranks lend each other, or do not: each rank
 * decides by itself, from call to call, whether it gives from whole pages of its own, the same data
 * as in the call before, or from elsewhere. What was given is written over as soon as a call has
 * returned, and what was got must be whole. */
/* matrix: np=1,2,3,8 copy=chunk,direct rings=default crowded=no,auto limit=90 */
#include "tests/lib/mpitest.h"

/* Words of 8 bytes, of a vector or of all blocks together: around what is lent, and what is not. */
static const int counts[] = {511, 512, 513, 700, 1023, 1024, 1025, 1500, 2048, 2731, 4096, 4097};
enum { COUNTS = sizeof counts / sizeof *counts, WORDS = 8192, ROUNDS = 45 };

static int64_t *paged[3], plain[3][WORDS]; /* given, given in place, and got */
static int round_number;

/* What `from` gives at an index. For most of the rounds it stays the same. */
static int64_t given(int from, int64_t index)
{
    const int turn = round_number % 15 < 12 ? round_number / 15 : round_number;

    return from * INT64_C(1000003) + turn * INT64_C(7919) + index;
}

static int64_t *choose(int which, int call)
{
    return (round_number * 5 + mpitest_rank * 3 + call) % 7 == 0 ? plain[which] : paged[which];
}

static void fill(int64_t *words, int count)
{
    for (int i = 0; i < count; i++) {
        words[i] = given(mpitest_rank, i);
    }
}

static void spoil(int64_t *words, int count)
{
    memset(words, 0xa5, sizeof(*words) * (size_t)count);
}

static void check_from(const int64_t *words, int from, int first, int count, const char *what)
{
    for (int i = 0; i < count; i++) {
        if (words[i] != given(from, first + i)) {
            mpitest_fail(__FILE__, __LINE__, "%s, round %d, %d words: word %d of rank %d is wrong",
                         what, round_number, count, i, from);
            return;
        }
    }
}

static void check_sums(const int64_t *words, int count, const char *what)
{
    for (int i = 0; i < count; i++) {
        int64_t sum = 0;
        for (int from = 0; from < mpitest_size; from++) {
            sum += given(from, i);
        }
        if (words[i] != sum) {
            mpitest_fail(__FILE__, __LINE__, "%s, round %d, %d words: sum %d is wrong", what,
                         round_number, count, i);
            return;
        }
    }
}

static void reduce(int count, int call, MPI_Op op)
{
    int64_t *out = choose(0, call), *both = choose(1, call), *in = choose(2, call);

    fill(out, count);
    MPI_Allreduce(out, in, count, MPI_INT64_T, op, MPI_COMM_WORLD);
    spoil(out, count);
    check_sums(in, count, "allreduce");
    fill(both, count);
    MPI_Allreduce(MPI_IN_PLACE, both, count, MPI_INT64_T, op, MPI_COMM_WORLD);
    check_sums(both, count, "allreduce in place");
}

static void exchange(int count, int call)
{
    const int each = count / mpitest_size;
    int64_t *out = choose(0, call), *both = choose(1, call), *in = choose(2, call);

    fill(out, count);
    MPI_Alltoall(out, each, MPI_INT64_T, in, each, MPI_INT64_T, MPI_COMM_WORLD);
    spoil(out, count);
    for (int from = 0; from < mpitest_size; from++) {
        check_from(in + from * each, from, mpitest_rank * each, each, "alltoall");
    }
    fill(both, count);
    MPI_Alltoall(MPI_IN_PLACE, each, MPI_INT64_T, both, each, MPI_INT64_T, MPI_COMM_WORLD);
    for (int from = 0; from < mpitest_size; from++) {
        check_from(both + from * each, from, mpitest_rank * each, each, "alltoall in place");
    }
}

/* Blocks of equal lengths, and of lengths of their own, which end where the next one begins. */
static void gather(int count, int call)
{
    const int each = count / mpitest_size;
    int64_t *out = choose(0, call), *in = choose(2, call);
    int lengths[8], places[8], end = 0;

    fill(out, each);
    MPI_Allgather(out, each, MPI_INT64_T, in, each, MPI_INT64_T, MPI_COMM_WORLD);
    spoil(out, each);
    for (int from = 0; from < mpitest_size; from++) {
        check_from(in + from * each, from, 0, each, "allgather");
    }
    for (int from = 0; from < mpitest_size; from++) {
        lengths[from] = from == 0 ? each : each / (from + 1);
        places[from] = end;
        end += lengths[from];
    }
    fill(out, each);
    MPI_Allgatherv(out, lengths[mpitest_rank], MPI_INT64_T, in, lengths, places, MPI_INT64_T,
                   MPI_COMM_WORLD);
    spoil(out, each);
    for (int from = 0; from < mpitest_size; from++) {
        check_from(in + places[from], from, 0, lengths[from], "allgatherv");
    }
    fill(in + mpitest_rank * each, each);
    MPI_Allgather(MPI_IN_PLACE, 0, MPI_INT64_T, in, each, MPI_INT64_T, MPI_COMM_WORLD);
    for (int from = 0; from < mpitest_size; from++) {
        check_from(in + from * each, from, 0, each, "allgather in place");
    }
}

static void broadcast(int count, int call)
{
    const int root = (round_number + call) % mpitest_size;
    int64_t *both = choose(1, call);

    if (mpitest_rank == root) {
        fill(both, count);
    } else {
        spoil(both, count);
    }
    MPI_Bcast(both, count, MPI_INT64_T, root, MPI_COMM_WORLD);
    check_from(both, root, 0, count, "bcast");
    spoil(both, count);
}

/* Writes to what it is given as its right operand, and reads its left one twice. */
static void add(void *left, void *right, int *count, MPI_Datatype *type)
{
    (void)type;
    for (int i = 0; i < *count; i++) {
        ((int64_t *)right)[i] += 2 * ((int64_t *)left)[i];
    }
    for (int i = 0; i < *count; i++) {
        ((int64_t *)right)[i] -= ((int64_t *)left)[i];
    }
}

/* The first of every two words: what has gaps is not lent. */
static void reduce_gaps(int count)
{
    int64_t *out = paged[0], *in = paged[2];
    MPI_Datatype spread;

    MPI_Type_create_resized(MPI_INT64_T, 0, 2 * sizeof(int64_t), &spread);
    MPI_Type_commit(&spread);
    fill(out, count);
    fill(in, count);
    MPI_Alltoall(out, count / 2 / mpitest_size, spread, in, count / 2 / mpitest_size, spread,
                 MPI_COMM_WORLD);
    for (int i = 0; i < count / 2 / mpitest_size; i++) {
        CHECK(in[2 * i + 1] == given(mpitest_rank, 2 * i + 1) &&
              in[2 * i] == given(0, mpitest_rank * (count / 2 / mpitest_size) * 2 + 2 * i));
    }
    MPI_Type_free(&spread);
}

/* A rank gives more than the others take, or less; nothing of it disturbs what follows. */
static void too_much(void)
{
    const int all = 1024 / mpitest_size, own = mpitest_rank == 0 ? all + 1 : all;

    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    fill(paged[0], WORDS);
    EXPECT_CLASS(
        MPI_Allgather(paged[0], own, MPI_INT64_T, paged[2], all, MPI_INT64_T, MPI_COMM_WORLD),
        mpitest_rank == 0 ? MPI_ERR_TRUNCATE : MPI_SUCCESS);
    check_from(paged[2], 0, 0, all, "a cut allgather");
    if (mpitest_size == 2) {
        EXPECT_CLASS(
            MPI_Bcast(paged[0], mpitest_rank == 0 ? 1000 : 10, MPI_INT64_T, 0, MPI_COMM_WORLD),
            mpitest_rank == 0 ? MPI_SUCCESS : MPI_ERR_TRUNCATE);
        check_from(paged[0], 0, 0, 10, "a cut bcast");
        MPI_Bcast(paged[0], mpitest_rank == 0 ? 1000 : WORDS, MPI_INT64_T, 0, MPI_COMM_WORLD);
        check_from(paged[0], 0, 0, 1000, "a short bcast");
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_ARE_FATAL);
}

int main(int argc, char **argv)
{
    MPI_Op op;

    mpitest_start(&argc, &argv);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(posix_memalign((void **)&paged[i], 4096, WORDS * sizeof(int64_t)), 0);
    }
    MPI_Op_create(add, 1, &op);
    for (round_number = 0; round_number < ROUNDS; round_number++) {
        for (int call = 0; call < COUNTS; call++) {
            reduce(counts[call], call, call % 3 == 0 ? op : MPI_SUM);
            exchange(counts[call], call);
            gather(counts[call], call);
            broadcast(counts[call], call);
        }
        reduce_gaps(2048);
        if (round_number % 5 == 0) {
            too_much();
        }
    }
    MPI_Op_free(&op);
    for (int i = 0; i < 3; i++) {
        free(paged[i]);
    }
    return mpitest_finish();
}
