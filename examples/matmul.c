/* SPDX-License-Identifier: BSD-3-Clause */
/* The product of two square matrices on a grid of ranks: mprun -n 8 matmul [--check] [SIZE]
 *
 * Each rank holds one block of A, B and C, and computes its block of C from whole rows of A and
 * whole columns of B. These come in panels, a few columns of A and rows of B at a time: who holds
 * the panel of A broadcasts it along its row of the grid, who holds the panel of B along its column
 * (SUMMA, van de Geijn and Watts 1997). The next panels travel while the present ones are
 * multiplied. Grid and size need not match: panels end where blocks end. */
#include <math.h>
#include <mpi.h>

#include "kit.h"

enum { ROW, COLUMN, PANEL_MAX = 64 };

/* The ranks as a grid. */
struct grid {
    MPI_Comm all, row, column; /* this rank's row and column of it, too */
    int extent[2], place[2];
};

/* A matrix, or a block or panel of one: element (i, j) is at[i * stride + j]. */
struct block {
    double *at;
    int stride;
};

/* The panels of A and B for the same stretch `from` .. `from + count` of the inner index. */
struct panels {
    int from, count;
    struct block a, b;
    double *a_buffer, *b_buffer;
    MPI_Request requests[2];
};

/* The part of the whole that this rank holds: begin[ROW] up to before end[ROW], and so on. */
struct extent {
    int begin[2], end[2];
};

static void grid_make(struct grid *grid)
{
    int ranks, rank;

    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    grid->extent[ROW] = grid->extent[COLUMN] = 0;
    MPI_Dims_create(ranks, 2, grid->extent);
    MPI_Cart_create(MPI_COMM_WORLD, 2, grid->extent, (const int[]){false, false}, true, &grid->all);
    MPI_Comm_rank(grid->all, &rank);
    MPI_Cart_coords(grid->all, rank, 2, grid->place);
    MPI_Cart_sub(grid->all, (const int[]){false, true}, &grid->row);
    MPI_Cart_sub(grid->all, (const int[]){true, false}, &grid->column);
}

static void grid_free(struct grid *grid)
{
    MPI_Comm_free(&grid->row);
    MPI_Comm_free(&grid->column);
    MPI_Comm_free(&grid->all);
}

/* The block of the rank at `place`. */
static struct extent extent_of(const struct grid *grid, const int *place, int n)
{
    struct extent extent;

    for (int d = ROW; d <= COLUMN; d++) {
        extent.begin[d] = share_start(n, grid->extent[d], place[d]);
        extent.end[d] = share_start(n, grid->extent[d], place[d] + 1);
    }
    return extent;
}

/* The elements are small whole numbers: sums of their products are exact in any order. */
static double element_of_a(int i, int j)
{
    return (double)((7 * i + 3 * j + i / 5) % 13 - 6);
}

static double element_of_b(int i, int j)
{
    return (double)((5 * i + 11 * j + j / 3) % 17 - 8);
}

static struct block block_make(const struct extent *extent, double (*element)(int i, int j))
{
    const int rows = extent->end[ROW] - extent->begin[ROW];
    const int columns = extent->end[COLUMN] - extent->begin[COLUMN];
    struct block block = {allocate((size_t)rows * (size_t)columns, sizeof(double)), columns};

    for (int i = 0; element != NULL && i < rows; i++) {
        for (int j = 0; j < columns; j++) {
            block.at[i * columns + j] = element(extent->begin[ROW] + i, extent->begin[COLUMN] + j);
        }
    }
    return block;
}

/* C += A B, where C has `rows` rows and `columns` columns, and A `inner` columns. */
static void multiply(struct block c, struct block a, struct block b, int rows, int columns,
                     int inner)
{
    for (int i = 0; i < rows; i++) {
        double *restrict to = c.at + (size_t)i * (size_t)c.stride;

        for (int k = 0; k < inner; k++) {
            const double factor = a.at[(size_t)i * (size_t)a.stride + (size_t)k];
            const double *restrict from = b.at + (size_t)k * (size_t)b.stride;

            for (int j = 0; j < columns; j++) {
                to[j] += factor * from[j];
            }
        }
    }
}

/* Starts to broadcast, from `root` on, a part of `rows` by `columns` of its block `held`, beginning
 * at `offset`. Returns where the part will be found: the root uses it where it lies, and sends it
 * from there by a datatype that knows the stride; the others get it without gaps. */
static struct block start_broadcast(struct block held, size_t offset, int rows, int columns,
                                    double *buffer, int root, MPI_Comm comm, MPI_Request *request)
{
    struct block part = {buffer, columns};
    MPI_Datatype type;
    int rank;

    MPI_Comm_rank(comm, &rank);
    if (rank == root) {
        part = (struct block){held.at + offset, held.stride};
    }
    MPI_Type_vector(rows, columns, part.stride, MPI_DOUBLE, &type);
    MPI_Type_commit(&type);
    MPI_Ibcast(part.at, 1, type, root, comm, request);
    MPI_Type_free(&type); // the broadcast keeps what it needs
    return part;
}

/* Starts the panels that begin at `from`; there are none at the end. */
static void panels_start(struct panels *panels, const struct grid *grid, struct block a,
                         struct block b, const struct extent *mine, int from, int n)
{
    panels->from = from;
    panels->count = 0;
    panels->requests[0] = panels->requests[1] = MPI_REQUEST_NULL;
    if (from == n) {
        return;
    }
    const int a_place = share_owner(n, grid->extent[COLUMN], from);
    const int b_place = share_owner(n, grid->extent[ROW], from);
    const int a_end = share_start(n, grid->extent[COLUMN], a_place + 1);
    const int b_end = share_start(n, grid->extent[ROW], b_place + 1);
    const int end = a_end < b_end ? a_end : b_end;

    panels->count = end - from < PANEL_MAX ? end - from : PANEL_MAX;
    panels->a =
        start_broadcast(a, (size_t)(from - mine->begin[COLUMN]), mine->end[ROW] - mine->begin[ROW],
                        panels->count, panels->a_buffer, a_place, grid->row, &panels->requests[0]);
    panels->b = start_broadcast(b, (size_t)(from - mine->begin[ROW]) * (size_t)b.stride,
                                panels->count, mine->end[COLUMN] - mine->begin[COLUMN],
                                panels->b_buffer, b_place, grid->column, &panels->requests[1]);
}

/* This rank's block of C = A B. */
static void multiply_on_grid(const struct grid *grid, struct block c, struct block a,
                             struct block b, const struct extent *mine, int n)
{
    const int rows = mine->end[ROW] - mine->begin[ROW];
    const int columns = mine->end[COLUMN] - mine->begin[COLUMN];
    struct panels pair[2];

    for (int i = 0; i < 2; i++) {
        pair[i].a_buffer = allocate((size_t)rows * PANEL_MAX, sizeof(double));
        pair[i].b_buffer = allocate((size_t)columns * PANEL_MAX, sizeof(double));
    }
    struct panels *now = &pair[0], *next = &pair[1];

    panels_start(now, grid, a, b, mine, 0, n);
    while (now->count > 0) {
        MPI_Waitall(2, now->requests, MPI_STATUSES_IGNORE);
        panels_start(next, grid, a, b, mine, now->from + now->count, n);
        multiply(c, now->a, now->b, rows, columns, now->count);

        struct panels *done = now;
        now = next;
        next = done;
    }
    for (int i = 0; i < 2; i++) {
        free(pair[i].a_buffer);
        free(pair[i].b_buffer);
    }
}

/* Rank 0 of the grid puts C together, block by block, and compares it with the product that it
 * computes alone; returns the largest difference there, zero elsewhere. */
static double compare(const struct grid *grid, struct block c, const struct extent *mine, int n)
{
    const struct extent whole = {{0, 0}, {n, n}};
    MPI_Request request;
    int rank, ranks;
    double error = 0;

    MPI_Comm_rank(grid->all, &rank);
    MPI_Comm_size(grid->all, &ranks);
    MPI_Isend(c.at, (mine->end[ROW] - mine->begin[ROW]) * c.stride, MPI_DOUBLE, 0, 0, grid->all,
              &request);
    if (rank == 0) {
        struct block a = block_make(&whole, element_of_a), b = block_make(&whole, element_of_b);
        struct block expected = block_make(&whole, NULL), gathered = block_make(&whole, NULL);

        for (int from = 0; from < ranks; from++) {
            MPI_Datatype type;
            int place[2];

            MPI_Cart_coords(grid->all, from, 2, place);
            const struct extent theirs = extent_of(grid, place, n);
            MPI_Type_vector(theirs.end[ROW] - theirs.begin[ROW],
                            theirs.end[COLUMN] - theirs.begin[COLUMN], n, MPI_DOUBLE, &type);
            MPI_Type_commit(&type);
            MPI_Recv(gathered.at + theirs.begin[ROW] * n + theirs.begin[COLUMN], 1, type, from, 0,
                     grid->all, MPI_STATUS_IGNORE);
            MPI_Type_free(&type);
        }
        multiply(expected, a, b, n, n, n);
        for (int i = 0; i < n * n; i++) {
            error = fmax(error, fabs(gathered.at[i] - expected.at[i]));
        }
        free(a.at);
        free(b.at);
        free(expected.at);
        free(gathered.at);
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    return error;
}

int main(int argc, char **argv)
{
    struct grid grid;
    char what[80];
    int rank, status = EXIT_SUCCESS;

    MPI_Init(&argc, &argv);
    const struct options options = read_options(argc, argv, 1024, 1, 20000);
    const int n = options.size;

    grid_make(&grid);
    MPI_Comm_rank(grid.all, &rank);
    const struct extent mine = extent_of(&grid, grid.place, n);
    struct block a = block_make(&mine, element_of_a), b = block_make(&mine, element_of_b);
    struct block c = block_make(&mine, NULL);

    MPI_Barrier(grid.all);
    const double start = MPI_Wtime();
    multiply_on_grid(&grid, c, a, b, &mine, n);
    snprintf(what, sizeof what, "matmul: %d x %d on a grid of %d x %d", n, n, grid.extent[ROW],
             grid.extent[COLUMN]);
    report_time(what, start);
    if (options.check) {
        const double error = compare(&grid, c, &mine, n);
        status = rank == 0 ? report_check(error, 0) : EXIT_SUCCESS;
    }
    free(a.at);
    free(b.at);
    free(c.at);
    grid_free(&grid);
    MPI_Finalize();
    return status;
}
