/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives with long buffers, called until the shared heap has moved these, so that ranks read
 * and reduce them where they lie: every rank has its own memory, from the heap or static, and
 * writes over what it gave as soon as a call has returned. Blocking, nonblocking and persistent; in
 * place or not. */
/* matrix: copy=chunk,direct rings=default crowded=no,yes limit=60 */
#include "tests/lib/mpitest.h"

/* More rounds than the sends after which memory moves, by default; counts of a vector, and of each
 * rank's block. */
enum { ROUNDS = 40, COUNT = 20011, BLOCK = 4099, RANKS_MAX = 8 };

static int64_t static_memory[2][RANKS_MAX * BLOCK];
static int64_t *out, *in;
static int rank, size, round_number, root;

/* What `from` gives at an index in this round; to which rank is a part of the index. */
static int64_t given(int from, int64_t index)
{
    return from * INT64_C(1000003) + round_number * INT64_C(7919) + index;
}

static int64_t sum_given(int64_t index)
{
    return size * (round_number * INT64_C(7919) + index) +
           INT64_C(1000003) * size * (size - 1) / 2;
}

static void fill(int64_t *words, int count)
{
    for (int i = 0; i < count; i++) {
        words[i] = given(rank, i);
    }
}

static void check_given(const int64_t *words, int from, int first, int count, const char *what)
{
    for (int i = 0; i < count; i++) {
        if (words[i] != given(from, first + i)) {
            mpitest_fail(__FILE__, __LINE__, "%s, round %d: word %d from rank %d is wrong", what,
                         round_number, first + i, from);
            return;
        }
    }
}

static void check_sums(const int64_t *words, int first, int count, const char *what)
{
    for (int i = 0; i < count; i++) {
        if (words[i] != sum_given(first + i)) {
            mpitest_fail(__FILE__, __LINE__, "%s, round %d: sum %d is wrong", what, round_number,
                         first + i);
            return;
        }
    }
}

static void wait_for(MPI_Request request)
{
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

static void move_blocks(void)
{
    fill(out, size * BLOCK);
    MPI_Alltoall(out, BLOCK, MPI_INT64_T, in, BLOCK, MPI_INT64_T, MPI_COMM_WORLD);
    memset(out, 0xa5, sizeof(*out) * (size_t)(size * BLOCK));
    for (int from = 0; from < size; from++) {
        check_given(in + from * BLOCK, from, rank * BLOCK, BLOCK, "alltoall");
    }

    fill(out, BLOCK);
    MPI_Allgather(out, BLOCK, MPI_INT64_T, in, BLOCK, MPI_INT64_T, MPI_COMM_WORLD);
    memset(out, 0xa5, sizeof(*out) * BLOCK);
    for (int from = 0; from < size; from++) {
        check_given(in + from * BLOCK, from, 0, BLOCK, "allgather");
    }

    fill(out, size * BLOCK);
    MPI_Scatter(out, BLOCK, MPI_INT64_T, in, BLOCK, MPI_INT64_T, root, MPI_COMM_WORLD);
    check_given(in, root, rank * BLOCK, BLOCK, "scatter");

    MPI_Gather(out, BLOCK, MPI_INT64_T, in, BLOCK, MPI_INT64_T, root, MPI_COMM_WORLD);
    memset(out, 0xa5, sizeof(*out) * BLOCK);
    for (int from = 0; from < size && rank == root; from++) {
        check_given(in + from * BLOCK, from, 0, BLOCK, "gather");
    }

    fill(in, COUNT);
    MPI_Bcast(in, COUNT, MPI_INT64_T, root, MPI_COMM_WORLD);
    check_given(in, root, 0, COUNT, "bcast");
}

static void reduce_blocks(void)
{
    fill(out, size * BLOCK);
    MPI_Reduce_scatter_block(out, in, BLOCK, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    check_sums(in, rank * BLOCK, BLOCK, "reduce_scatter_block");
    MPI_Reduce_scatter_block(MPI_IN_PLACE, out, BLOCK, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    check_sums(out, rank * BLOCK, BLOCK, "reduce_scatter_block in place");

    int counts[RANKS_MAX] = {0};
    counts[root] = COUNT;
    fill(out, COUNT);
    MPI_Reduce_scatter(MPI_IN_PLACE, out, counts, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    check_sums(out, 0, counts[rank], "reduce_scatter in place");
}

static void reduce_vectors(void)
{
    MPI_Request request;

    fill(out, COUNT);
    MPI_Allreduce(out, in, COUNT, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    memset(out, 0xa5, sizeof(*out) * COUNT);
    check_sums(in, 0, COUNT, "allreduce");

    fill(in, COUNT);
    MPI_Allreduce(MPI_IN_PLACE, in, COUNT, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    check_sums(in, 0, COUNT, "allreduce in place");

    fill(out, COUNT);
    MPI_Reduce(out, in, COUNT, MPI_INT64_T, MPI_SUM, root, MPI_COMM_WORLD);
    memset(out, 0xa5, sizeof(*out) * COUNT);
    check_sums(in, 0, rank == root ? COUNT : 0, "reduce");

    fill(out, COUNT);
    MPI_Ireduce(rank == root ? MPI_IN_PLACE : out, out, COUNT, MPI_INT64_T, MPI_SUM, root,
                MPI_COMM_WORLD, &request);
    wait_for(request);
    check_sums(out, 0, rank == root ? COUNT : 0, "ireduce in place");

    fill(out, COUNT);
    MPI_Iallreduce(out, in, COUNT, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD, &request);
    wait_for(request);
    memset(out, 0xa5, sizeof(*out) * COUNT);
    check_sums(in, 0, COUNT, "iallreduce");
}

/* All ranks get the same bits, whatever the order of additions. */
static void reduce_fractions(void)
{
    double *fractions = (double *)out, *sums = (double *)in;

    for (int i = 0; i < COUNT; i++) {
        fractions[i] = 1.0 / (1 + i % 97 + rank * 13);
    }
    MPI_Allreduce(fractions, sums, COUNT, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    memcpy(fractions, sums, sizeof(double) * COUNT);
    MPI_Bcast(sums, COUNT, MPI_DOUBLE, root, MPI_COMM_WORLD);
    CHECK_EQ(memcmp(fractions, sums, sizeof(double) * COUNT), 0);
}

/* A communicator of its own halves, turned around. */
static void reduce_in_halves(MPI_Comm half)
{
    int half_rank, half_size;

    MPI_Comm_rank(half, &half_rank);
    MPI_Comm_size(half, &half_size);
    for (int i = 0; i < COUNT; i++) {
        out[i] = half_rank + i;
    }
    MPI_Allreduce(out, in, COUNT, MPI_INT64_T, MPI_MAX, half);
    for (int i = 0; i < COUNT; i++) {
        if (in[i] != half_size - 1 + i) {
            mpitest_fail(__FILE__, __LINE__, "a maximum of a half is wrong");
            return;
        }
    }
}

int main(int argc, char **argv)
{
    MPI_Request lasting;
    MPI_Comm half;

    mpitest_start(&argc, &argv);
    rank = mpitest_rank;
    size = mpitest_size;
    bool is_static = rank % 3 == 1;
    out = is_static ? static_memory[0] : malloc(sizeof(static_memory[0]));
    in = is_static ? static_memory[1] : malloc(sizeof(static_memory[1]));
    CHECK(size <= RANKS_MAX && out != NULL && in != NULL);
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, -rank, &half);
    MPI_Allreduce_init(out, in, COUNT, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD, MPI_INFO_NULL,
                       &lasting);

    for (round_number = 0; round_number < ROUNDS; round_number++) {
        root = round_number % 2 == 0 ? 0 : size - 1;
        move_blocks();
        reduce_blocks();
        reduce_vectors();
        reduce_fractions();
        reduce_in_halves(half);
        fill(out, COUNT);
        MPI_Start(&lasting);
        MPI_Wait(&lasting, MPI_STATUS_IGNORE);
        check_sums(in, 0, COUNT, "a persistent allreduce");
    }
    MPI_Request_free(&lasting);
    MPI_Comm_free(&half);
    if (!is_static) {
        free(out);
        free(in);
    }
    return mpitest_finish();
}
