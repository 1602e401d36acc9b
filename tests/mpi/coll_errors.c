/* SPDX-License-Identifier: BSD-3-Clause */
/* Wrong arguments to every collective: the standard's error class, and nothing is sent, so that the
 * next right call succeeds. Arguments of the root's buffer are looked at there alone. */
/* matrix: np=1,2,3,8 copy=chunk rings=default */
#include "tests/lib/colltest.h"

enum { ITEMS = 4 };

static int in[COLLTEST_RANKS_MAX * ITEMS];
static int out[COLLTEST_RANKS_MAX * ITEMS];
static int ones[COLLTEST_RANKS_MAX];     /* counts */
static int spread[COLLTEST_RANKS_MAX];   /* displacements: 0, 1, 2, ... */
static int negative[COLLTEST_RANKS_MAX]; /* counts, the last below 0 */
static MPI_Count ones_c[COLLTEST_RANKS_MAX];
static MPI_Aint spread_c[COLLTEST_RANKS_MAX];
static MPI_Count negative_c[COLLTEST_RANKS_MAX];

static const MPI_Comm world = MPI_COMM_WORLD;
static bool is_root; /* of the calls below: rank 0 */

static void prepare(void)
{
    for (int i = 0; i < mpitest_size; i++) {
        ones[i] = negative[i] = 1;
        ones_c[i] = negative_c[i] = 1;
        spread[i] = i;
        spread_c[i] = i;
    }
    negative[mpitest_size - 1] = -1;
    negative_c[mpitest_size - 1] = -1;
    is_root = mpitest_rank == 0;
}

/* What was refused has left no trace: a sum over all ranks is right. */
static void check_health(void)
{
    int sum = 0;
    int mine = mpitest_rank + 1;
    CHECK_EQ(MPI_Allreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, world), MPI_SUCCESS);
    CHECK_EQ(sum, mpitest_size * (mpitest_size + 1) / 2);
}

static void communicators(void)
{
    const MPI_Comm null = MPI_COMM_NULL;
    EXPECT_CLASS(MPI_Barrier(null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Bcast(in, 1, MPI_INT, 0, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Gather(in, 1, MPI_INT, out, 1, MPI_INT, 0, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Gatherv(in, 1, MPI_INT, out, ones, spread, MPI_INT, 0, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Scatter(in, 1, MPI_INT, out, 1, MPI_INT, 0, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Scatterv(in, ones, spread, MPI_INT, out, 1, MPI_INT, 0, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Allgather(in, 1, MPI_INT, out, 1, MPI_INT, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, out, ones, spread, MPI_INT, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Alltoall(in, 1, MPI_INT, out, 1, MPI_INT, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Alltoallv(in, ones, spread, MPI_INT, out, ones, spread, MPI_INT, null),
                 MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Reduce(in, out, 1, MPI_INT, MPI_SUM, 0, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Allreduce(in, out, 1, MPI_INT, MPI_SUM, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Reduce_scatter(in, out, ones, MPI_INT, MPI_SUM, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Reduce_scatter_block(in, out, 1, MPI_INT, MPI_SUM, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Scan(in, out, 1, MPI_INT, MPI_SUM, null), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Exscan(in, out, 1, MPI_INT, MPI_SUM, null), MPI_ERR_COMM);
}

static void roots(void)
{
    const int wrong[] = {-1, mpitest_size, MPI_PROC_NULL, MPI_ROOT};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        int root = wrong[i];
        EXPECT_CLASS(MPI_Bcast(in, 1, MPI_INT, root, world), MPI_ERR_ROOT);
        EXPECT_CLASS(MPI_Gather(in, 1, MPI_INT, out, 1, MPI_INT, root, world), MPI_ERR_ROOT);
        EXPECT_CLASS(MPI_Gatherv(in, 1, MPI_INT, out, ones, spread, MPI_INT, root, world),
                     MPI_ERR_ROOT);
        EXPECT_CLASS(MPI_Scatter(in, 1, MPI_INT, out, 1, MPI_INT, root, world), MPI_ERR_ROOT);
        EXPECT_CLASS(MPI_Scatterv(in, ones, spread, MPI_INT, out, 1, MPI_INT, root, world),
                     MPI_ERR_ROOT);
        EXPECT_CLASS(MPI_Reduce(in, out, 1, MPI_INT, MPI_SUM, root, world), MPI_ERR_ROOT);
    }
}

static void counts(void)
{
    EXPECT_CLASS(MPI_Bcast(in, -1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Gather(in, -1, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Gatherv(in, -1, MPI_INT, out, ones, spread, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scatter(in, 1, MPI_INT, out, -1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scatterv(in, ones, spread, MPI_INT, out, -1, MPI_INT, 0, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allgather(in, -1, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allgather(in, 1, MPI_INT, out, -1, MPI_INT, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allgatherv(in, -1, MPI_INT, out, ones, spread, MPI_INT, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, out, negative, spread, MPI_INT, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoall(in, -1, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoall(in, 1, MPI_INT, out, -1, MPI_INT, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoallv(in, negative, spread, MPI_INT, out, ones, spread, MPI_INT, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoallv(in, ones, spread, MPI_INT, out, negative, spread, MPI_INT, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce(in, out, -1, MPI_INT, MPI_SUM, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allreduce(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_scatter(in, out, negative, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_scatter_block(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scan(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Exscan(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
}

static void large_counts(void)
{
    EXPECT_CLASS(MPI_Bcast_c(in, -1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Gather_c(in, -1, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Gatherv_c(in, -1, MPI_INT, out, ones_c, spread_c, MPI_INT, 0, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scatter_c(in, 1, MPI_INT, out, -1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scatterv_c(in, ones_c, spread_c, MPI_INT, out, -1, MPI_INT, 0, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allgather_c(in, -1, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allgatherv_c(in, 1, MPI_INT, out, negative_c, spread_c, MPI_INT, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoall_c(in, 1, MPI_INT, out, -1, MPI_INT, world), MPI_ERR_COUNT);
    EXPECT_CLASS(
        MPI_Alltoallv_c(in, ones_c, spread_c, MPI_INT, out, negative_c, spread_c, MPI_INT, world),
        MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_c(in, out, -1, MPI_INT, MPI_SUM, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allreduce_c(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_scatter_c(in, out, negative_c, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_scatter_block_c(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scan_c(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Exscan_c(in, out, -1, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
}

/* Counts whose items have more bytes than MPI_Count can count, or are more themselves. */
static void uncountable(void)
{
    const MPI_Count most = INT64_MAX;
    MPI_Datatype half, halves[COLLTEST_RANKS_MAX];
    int threes[COLLTEST_RANKS_MAX];
    MPI_Count largest[COLLTEST_RANKS_MAX];

    MPI_Type_contiguous_c(most / 2, MPI_CHAR, &half);
    MPI_Type_commit(&half);
    for (int i = 0; i < mpitest_size; i++) {
        halves[i] = half;
        threes[i] = i == mpitest_size - 1 ? 3 : 1;
        largest[i] = most;
    }
    EXPECT_CLASS(MPI_Bcast(in, 3, half, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, out, threes, spread, half, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoallv(in, threes, spread, half, out, ones, spread, MPI_INT, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoallw(in, ones, spread, halves, out, threes, spread, halves, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_scatter_block_c(in, out, most, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Reduce_scatter_c(in, out, largest, MPI_INT, MPI_SUM, world), MPI_ERR_COUNT);
    MPI_Type_free(&half);
}

static void types(void)
{
    const MPI_Datatype null = MPI_DATATYPE_NULL;
    EXPECT_CLASS(MPI_Bcast(in, 1, null, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Gather(in, 1, null, out, 1, MPI_INT, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Gatherv(in, 1, null, out, ones, spread, MPI_INT, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Scatter(in, 1, MPI_INT, out, 1, null, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Scatterv(in, ones, spread, MPI_INT, out, 1, null, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Allgather(in, 1, null, out, 1, MPI_INT, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Allgather(in, 1, MPI_INT, out, 1, null, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, out, ones, spread, null, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Alltoall(in, 1, null, out, 1, MPI_INT, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Alltoall(in, 1, MPI_INT, out, 1, null, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Alltoallv(in, ones, spread, null, out, ones, spread, MPI_INT, world),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Alltoallv(in, ones, spread, MPI_INT, out, ones, spread, null, world),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Reduce(in, out, 1, null, MPI_SUM, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Allreduce(in, out, 1, null, MPI_SUM, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Reduce_scatter(in, out, ones, null, MPI_SUM, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Reduce_scatter_block(in, out, 1, null, MPI_SUM, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Scan(in, out, 1, null, MPI_SUM, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Exscan(in, out, 1, null, MPI_SUM, world), MPI_ERR_TYPE);
}

/* No operator, one that the type does not have, and one that is not for reductions. */
static void operators(void)
{
    const struct {
        MPI_Op op;
        MPI_Datatype type;
    } wrong[] = {{MPI_OP_NULL, MPI_INT}, {MPI_BAND, MPI_DOUBLE}, {MPI_LAND, MPI_FLOAT},
                 {MPI_MAXLOC, MPI_INT},  {MPI_SUM, MPI_2INT},    {MPI_MAX, MPI_C_DOUBLE_COMPLEX},
                 {MPI_SUM, MPI_BYTE},    {MPI_SUM, MPI_WCHAR},   {MPI_SUM, MPI_C_BOOL},
                 {MPI_REPLACE, MPI_INT}, {MPI_NO_OP, MPI_INT},   {MPI_BOR, MPI_DOUBLE_INT}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        MPI_Op op = wrong[i].op;
        MPI_Datatype type = wrong[i].type;
        EXPECT_CLASS(MPI_Reduce(in, out, 1, type, op, 0, world), MPI_ERR_OP);
        EXPECT_CLASS(MPI_Allreduce(in, out, 1, type, op, world), MPI_ERR_OP);
        EXPECT_CLASS(MPI_Reduce_scatter(in, out, ones, type, op, world), MPI_ERR_OP);
        EXPECT_CLASS(MPI_Reduce_scatter_block(in, out, 1, type, op, world), MPI_ERR_OP);
        EXPECT_CLASS(MPI_Scan(in, out, 1, type, op, world), MPI_ERR_OP);
        EXPECT_CLASS(MPI_Exscan(in, out, 1, type, op, world), MPI_ERR_OP);
    }
}

static void missing_buffers(void)
{
    EXPECT_CLASS(MPI_Bcast(NULL, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Gather(NULL, 1, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Gatherv(NULL, 1, MPI_INT, out, ones, spread, MPI_INT, 0, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scatter(in, 1, MPI_INT, NULL, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scatterv(in, ones, spread, MPI_INT, NULL, 1, MPI_INT, 0, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allgather(in, 1, MPI_INT, NULL, 1, MPI_INT, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, NULL, ones, spread, MPI_INT, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoall(NULL, 1, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoallv(in, ones, spread, MPI_INT, NULL, ones, spread, MPI_INT, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce(NULL, out, 1, MPI_INT, MPI_SUM, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allreduce(in, NULL, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_scatter(NULL, out, ones, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_scatter_block(in, NULL, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scan(in, NULL, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Exscan(NULL, out, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
}

static void missing_vectors(void)
{
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, out, NULL, spread, MPI_INT, world), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, out, ones, NULL, MPI_INT, world), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallv(in, NULL, spread, MPI_INT, out, ones, spread, MPI_INT, world),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallv(in, ones, spread, MPI_INT, out, ones, NULL, MPI_INT, world),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Reduce_scatter(in, out, NULL, MPI_INT, MPI_SUM, world), MPI_ERR_ARG);
    if (is_root) {
        EXPECT_CLASS(MPI_Gatherv(in, 1, MPI_INT, out, NULL, spread, MPI_INT, 0, world),
                     MPI_ERR_ARG);
        EXPECT_CLASS(MPI_Scatterv(in, ones, NULL, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_ARG);
    }
}

/* MPI_IN_PLACE as the other buffer, and the same data on both sides. */
static void places(void)
{
    void *place = MPI_IN_PLACE;
    EXPECT_CLASS(MPI_Bcast(place, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allgather(in, 1, MPI_INT, place, 1, MPI_INT, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allgatherv(in, 1, MPI_INT, place, ones, spread, MPI_INT, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoall(in, 1, MPI_INT, place, 1, MPI_INT, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoallv(in, ones, spread, MPI_INT, place, ones, spread, MPI_INT, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allreduce(in, place, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_scatter(in, place, ones, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_scatter_block(in, place, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scan(in, place, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);

    int *own = out + mpitest_rank;
    EXPECT_CLASS(MPI_Allgather(own, 1, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allgather(out, 1, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allgatherv(own, 1, MPI_INT, out, ones, spread, MPI_INT, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoall(out, 1, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoallv(out, ones, spread, MPI_INT, out, ones, spread, MPI_INT, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allreduce(out, out, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_scatter(out, out, ones, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_scatter_block(out, out, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scan(out, out, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    if (!is_root) {
        EXPECT_CLASS(MPI_Exscan(in, place, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
        EXPECT_CLASS(MPI_Exscan(out, out, 1, MPI_INT, MPI_SUM, world), MPI_ERR_BUFFER);
    }
}

/* Only rank 0 calls, and is refused. */
static void at_the_root(void)
{
    void *place = MPI_IN_PLACE;
    EXPECT_CLASS(MPI_Gather(in, 1, MPI_INT, out, -1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Gather(in, 1, MPI_INT, out, 1, MPI_DATATYPE_NULL, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Gather(in, 1, MPI_INT, NULL, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Gather(in, 1, MPI_INT, place, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Gather(out, 1, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Gatherv(in, 1, MPI_INT, out, negative, spread, MPI_INT, 0, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Gatherv(out, 1, MPI_INT, out, ones, spread, MPI_INT, 0, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scatter(in, -1, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scatter(in, 1, MPI_DATATYPE_NULL, out, 1, MPI_INT, 0, world), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Scatter(NULL, 1, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scatter(in, 1, MPI_INT, in, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scatterv(in, negative, spread, MPI_INT, out, 1, MPI_INT, 0, world),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Scatterv(in, ones, spread, MPI_INT, in, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce(in, NULL, 1, MPI_INT, MPI_SUM, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce(in, place, 1, MPI_INT, MPI_SUM, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce(out, out, 1, MPI_INT, MPI_SUM, 0, world), MPI_ERR_BUFFER);
}

/* Only the others call, and are refused: MPI_IN_PLACE is the root's. */
static void off_the_root(void)
{
    void *place = MPI_IN_PLACE;
    EXPECT_CLASS(MPI_Gather(place, 1, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Gatherv(place, 1, MPI_INT, out, ones, spread, MPI_INT, 0, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scatter(in, 1, MPI_INT, place, 1, MPI_INT, 0, world), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scatterv(in, ones, spread, MPI_INT, place, 1, MPI_INT, 0, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce(place, out, 1, MPI_INT, MPI_SUM, 0, world), MPI_ERR_BUFFER);
}

/* What is not significant may be anything; so may a buffer of nothing. */
static void what_is_allowed(void)
{
    const MPI_Datatype null = MPI_DATATYPE_NULL;
    const MPI_Datatype type = is_root ? MPI_INT : null;
    int count = is_root ? 1 : -1;
    void *all = is_root ? out : NULL;
    const int *lengths = is_root ? ones : NULL;
    const int *places_of = is_root ? spread : NULL;
    CHECK_EQ(MPI_Gather(in, 1, MPI_INT, all, count, type, 0, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Gatherv(in, 1, MPI_INT, all, lengths, places_of, type, 0, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Scatter(all, count, type, in, 1, MPI_INT, 0, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Scatterv(all, lengths, places_of, type, in, 1, MPI_INT, 0, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Reduce(in, all, 1, MPI_INT, MPI_SUM, 0, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Exscan(in, is_root ? NULL : out, 1, MPI_INT, MPI_SUM, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Exscan(in, is_root ? in : out, 1, MPI_INT, MPI_SUM, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Exscan(in, is_root ? MPI_IN_PLACE : out, 1, MPI_INT, MPI_SUM, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Gather(is_root ? MPI_IN_PLACE : in, 1, is_root ? null : MPI_INT, out, 1, MPI_INT,
                        0, world),
             MPI_SUCCESS);
    CHECK_EQ(MPI_Allgather(MPI_IN_PLACE, -1, null, out, 1, MPI_INT, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Alltoallv(MPI_IN_PLACE, NULL, NULL, null, out, ones, spread, MPI_INT, world),
             MPI_SUCCESS);
    CHECK_EQ(MPI_Bcast(NULL, 0, MPI_INT, 0, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Allreduce(NULL, NULL, 0, MPI_INT, MPI_SUM, world), MPI_SUCCESS);
    CHECK_EQ(MPI_Alltoall(NULL, 0, MPI_INT, NULL, 0, MPI_INT, world), MPI_SUCCESS);
}

/* More is sent than there is room for: an error where it does not fit, and nobody hangs. */
static void truncation(void)
{
    EXPECT_CLASS(MPI_Allgather(in, 2, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Alltoall(in, 2, MPI_INT, out, 1, MPI_INT, world), MPI_ERR_TRUNCATE);
    EXPECT_CLASS(MPI_Gather(in, 2, MPI_INT, out, 1, MPI_INT, 0, world),
                 is_root ? MPI_ERR_TRUNCATE : MPI_SUCCESS);
    EXPECT_CLASS(MPI_Scatter(in, 2, MPI_INT, out, 1, MPI_INT, 0, world), MPI_ERR_TRUNCATE);
    if (mpitest_size == 2) {
        EXPECT_CLASS(MPI_Bcast(in, is_root ? 2 : 1, MPI_INT, 0, world),
                     is_root ? MPI_SUCCESS : MPI_ERR_TRUNCATE);
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    prepare();
    communicators();
    roots();
    counts();
    large_counts();
    uncountable();
    types();
    operators();
    missing_buffers();
    missing_vectors();
    places();
    check_health();
    if (is_root) {
        at_the_root();
    } else {
        off_the_root();
    }
    check_health();
    what_is_allowed();
    truncation();
    check_health();
    return mpitest_finish();
}
