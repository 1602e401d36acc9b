/* SPDX-License-Identifier: BSD-3-Clause */
/* Cartesian topologies: random grids against coordinates worked out here. */
/* matrix: copy=chunk rings=default */
#include "../lib/mpitest.h"

enum { DIMS_MAX = 5, ROUNDS = 40 };

struct grid {
    int ndims;
    int dims[DIMS_MAX];
    int periods[DIMS_MAX];
    int size;
};

/* A grid of at most `most` places, the same in every rank. */
static struct grid draw_grid(int most)
{
    struct grid grid = {.ndims = (int)mpitest_random_below(DIMS_MAX), .size = 1};

    for (int i = 0; i < grid.ndims; i++) {
        grid.dims[i] = 1 + (int)mpitest_random_below((uint64_t)(most / grid.size));
        grid.periods[i] = (int)mpitest_random_below(2);
        grid.size *= grid.dims[i];
    }
    return grid;
}

/* Counts up, the last dimension fastest. */
static void coords_of(const struct grid *grid, int rank, int coords[])
{
    memset(coords, 0, DIMS_MAX * sizeof(coords[0]));
    for (; rank > 0; rank--) {
        int i = grid->ndims - 1;
        while (++coords[i] == grid->dims[i]) {
            coords[i--] = 0;
        }
    }
}

static int rank_of(const struct grid *grid, const int coords[])
{
    int found[DIMS_MAX];

    for (int rank = 0; rank < grid->size; rank++) {
        coords_of(grid, rank, found);
        if (memcmp(found, coords, (size_t)grid->ndims * sizeof(coords[0])) == 0) {
            return rank;
        }
    }
    return MPI_PROC_NULL;
}

/* The rank `disp` steps along dimension `dim`, one step at a time. */
static int walk(const struct grid *grid, int rank, int dim, int disp)
{
    int coords[DIMS_MAX];
    int step = disp < 0 ? -1 : 1;

    coords_of(grid, rank, coords);
    for (; disp != 0; disp -= step) {
        coords[dim] += step;
        if (grid->periods[dim]) {
            coords[dim] = (coords[dim] + grid->dims[dim]) % grid->dims[dim];
        }
    }
    return rank_of(grid, coords);
}

static void check_inquiry(MPI_Comm comm, const struct grid *grid)
{
    int ndims, dims[DIMS_MAX], periods[DIMS_MAX], coords[DIMS_MAX], expected[DIMS_MAX];
    int rank, size, status, found;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    CHECK_EQ(size, grid->size);
    CHECK_EQ(rank, mpitest_rank);
    MPI_Topo_test(comm, &status);
    CHECK_EQ(status, MPI_CART);
    MPI_Cartdim_get(comm, &ndims);
    CHECK_EQ(ndims, grid->ndims);
    MPI_Cart_get(comm, DIMS_MAX, dims, periods, coords);
    coords_of(grid, rank, expected);
    for (int i = 0; i < ndims; i++) {
        CHECK_EQ(dims[i], grid->dims[i]);
        CHECK_EQ(periods[i], grid->periods[i]);
        CHECK_EQ(coords[i], expected[i]);
    }
    for (int other = 0; other < size; other++) {
        coords_of(grid, other, expected);
        MPI_Cart_coords(comm, other, ndims, coords);
        CHECK_EQ(memcmp(coords, expected, (size_t)ndims * sizeof(int)), 0);
        for (int i = 0; i < ndims; i++) {
            coords[i] += grid->periods[i] * grid->dims[i] * ((int)mpitest_random_below(5) - 2);
        }
        MPI_Cart_rank(comm, coords, &found);
        CHECK_EQ(found, other);
    }
}

static void check_shifts(MPI_Comm comm, const struct grid *grid)
{
    int source, dest, from;

    for (int dim = 0; dim < grid->ndims; dim++) {
        for (int disp = -3; disp <= 3; disp++) {
            MPI_Cart_shift(comm, dim, disp, &source, &dest);
            CHECK_EQ(dest, walk(grid, mpitest_rank, dim, disp));
            CHECK_EQ(source, walk(grid, mpitest_rank, dim, -disp));
            from = MPI_PROC_NULL;
            MPI_Sendrecv(&mpitest_rank, 1, MPI_INT, dest, 1, &from, 1, MPI_INT, source, 1, comm,
                         MPI_STATUS_IGNORE);
            CHECK_EQ(from, source);
        }
    }
}

/* The grid that is left when only some dimensions remain. */
static void check_sub(MPI_Comm comm, const struct grid *grid)
{
    struct grid part = {.size = 1};
    int remain[DIMS_MAX], mine[DIMS_MAX], theirs[DIMS_MAX];
    int members[64], count = 0;
    MPI_Comm sub;
    MPI_Group group, sub_group;

    for (int i = 0; i < grid->ndims; i++) {
        remain[i] = (int)mpitest_random_below(2);
        if (remain[i]) {
            part.dims[part.ndims] = grid->dims[i];
            part.periods[part.ndims++] = grid->periods[i];
            part.size *= grid->dims[i];
        }
    }
    coords_of(grid, mpitest_rank, mine);
    for (int rank = 0; rank < grid->size; rank++) {
        bool same = true;
        coords_of(grid, rank, theirs);
        for (int i = 0; i < grid->ndims; i++) {
            same = same && (remain[i] || theirs[i] == mine[i]);
        }
        if (same) {
            members[count++] = rank;
        }
    }
    CHECK_EQ(count, part.size);

    MPI_Cart_sub(comm, remain, &sub);
    MPI_Comm_group(comm, &group);
    MPI_Comm_group(sub, &sub_group);
    int size, ndims, dims[DIMS_MAX], periods[DIMS_MAX], coords[DIMS_MAX];
    MPI_Comm_size(sub, &size);
    CHECK_EQ(size, count);
    for (int i = 0; i < count && size == count; i++) {
        int rank;
        MPI_Group_translate_ranks(sub_group, 1, &i, group, &rank);
        CHECK_EQ(rank, members[i]);
    }
    MPI_Cartdim_get(sub, &ndims);
    CHECK_EQ(ndims, part.ndims);
    MPI_Cart_get(sub, DIMS_MAX, dims, periods, coords);
    for (int i = 0; i < ndims; i++) {
        CHECK_EQ(dims[i], part.dims[i]);
        CHECK_EQ(periods[i], part.periods[i]);
    }
    int sum = 0, expected = 0;
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, sub);
    for (int i = 0; i < count; i++) {
        expected += members[i];
    }
    CHECK_EQ(sum, expected);
    MPI_Group_free(&group);
    MPI_Group_free(&sub_group);
    MPI_Comm_free(&sub);
}

static void check_grid(void)
{
    struct grid grid = draw_grid(mpitest_size);
    MPI_Comm comm, copy;
    int newrank;

    MPI_Cart_map(MPI_COMM_WORLD, grid.ndims, grid.dims, grid.periods, &newrank);
    CHECK(mpitest_rank < grid.size ? newrank >= 0 && newrank < grid.size
                                   : newrank == MPI_UNDEFINED);
    MPI_Cart_create(MPI_COMM_WORLD, grid.ndims, grid.dims, grid.periods, 0, &comm);
    CHECK_EQ(comm != MPI_COMM_NULL, mpitest_rank < grid.size);
    if (comm != MPI_COMM_NULL) {
        check_inquiry(comm, &grid);
        check_shifts(comm, &grid);
        check_sub(comm, &grid);
        MPI_Comm_dup(comm, &copy);
        MPI_Comm_free(&comm);
        check_inquiry(copy, &grid);
        check_shifts(copy, &grid);
        MPI_Comm_free(&copy);
    }
}

static void check_reorder(void)
{
    const int dims[] = {mpitest_size}, periods[] = {1};
    int sum = 0, size;
    MPI_Comm comm;

    MPI_Cart_create(MPI_COMM_WORLD, 1, dims, periods, 1, &comm);
    MPI_Comm_size(comm, &size);
    CHECK_EQ(size, mpitest_size);
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, comm);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
    MPI_Comm_free(&comm);
}

/* What a split or a creation makes of a grid is none. */
static void check_others_have_none(void)
{
    const int dims[] = {mpitest_size}, periods[] = {0};
    int status;
    MPI_Comm comm, part;

    MPI_Topo_test(MPI_COMM_WORLD, &status);
    CHECK_EQ(status, MPI_UNDEFINED);
    MPI_Cart_create(MPI_COMM_WORLD, 1, dims, periods, 0, &comm);
    MPI_Comm_split(comm, 0, 0, &part);
    MPI_Topo_test(part, &status);
    CHECK_EQ(status, MPI_UNDEFINED);
    MPI_Comm_free(&part);
    MPI_Comm_free(&comm);
}

static void check_dims_create(void)
{
    for (int nnodes = 1; nnodes <= 64; nnodes++) {
        int dims[] = {0, 0, 0};
        MPI_Dims_create(nnodes, 3, dims);
        CHECK_EQ(dims[0] * dims[1] * dims[2], nnodes);
        CHECK(dims[0] >= dims[1] && dims[1] >= dims[2] && dims[2] >= 1);
    }
    int fixed[] = {0, 3, 0};
    MPI_Dims_create(24, 3, fixed);
    CHECK(fixed[0] == 4 && fixed[1] == 3 && fixed[2] == 2);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > 64) {
        return mpitest_skip("made for at most 64 ranks");
    }
    for (int round = 0; round < ROUNDS; round++) {
        mpitest_random_restart((uint64_t)round);
        check_grid();
    }
    check_reorder();
    check_others_have_none();
    check_dims_create();
    return mpitest_finish();
}
