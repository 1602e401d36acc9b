/* SPDX-License-Identifier: BSD-3-Clause */
/* The voltages in a net of resistors, by conjugate gradients: mprun -n 8 cg [--check] [SIDE]
 *
 * The net is a square of SIDE by SIDE points, each wired to its neighbours and, weakly, to earth;
 * some long wires lead across. The equations A x = b of such a net are sparse and symmetric. Each
 * rank has some rows of A, in compressed form (CSR), and the same part of each vector. A product
 * with A needs elements that other ranks have: the halo. Who needs what from whom is found out
 * once; it makes a graph of ranks, and each product exchanges its halo among the neighbours in this
 * graph, while the rows that need no halo are multiplied (Hestenes and Stiefel 1952, but for the
 * halo). */
#include <math.h>
#include <mpi.h>

#include "kit.h"

enum { ROW_MAX = 6, LONG_WIRES = 64, STEPS_MAX = 1000 };

static const double to_earth = 0.01;
static const double residual_wanted = 1e-9; /* relative to b */

/* The rows of A that this rank has, and what it takes to multiply them. */
struct matrix {
    int first, rows; /* of the whole */
    int *starts;     /* rows + 1: where in the next two each row begins */
    int *columns;    /* own ones from 0 on, then the halo from `rows` on */
    double *values;
    int *inner, *outer; /* the rows that need no halo, and those that do */
    int inner_count, outer_count;

    MPI_Comm graph; /* from whom the halo comes, and to whom elements go */
    int *give_counts, *give_starts, *take_counts, *take_starts; /* for each neighbour */
    int *give; /* the own elements that others need, in the order of the neighbours */
    double *given;
    int give_count, halo_count;
};

/* Row `i` of A, for a net of `side` by `side` points: returns the number of its elements. */
static int row_of(int i, int side, int *columns, double *values)
{
    const int x = i % side, y = i / side, mirror = side * side - 1 - i;
    int count = 1;

    columns[0] = i;
    if (y > 0) {
        columns[count++] = i - side;
    }
    if (x > 0) {
        columns[count++] = i - 1;
    }
    if (x < side - 1) {
        columns[count++] = i + 1;
    }
    if (y < side - 1) {
        columns[count++] = i + side;
    }
    if (mirror != i && (i < mirror ? i : mirror) % LONG_WIRES == 0) {
        columns[count++] = mirror;
    }
    values[0] = count - 1 + to_earth;
    for (int k = 1; k < count; k++) {
        values[k] = -1;
    }
    return count;
}

/* The current that is fed into point `i`. */
static double current_of(int i)
{
    return (double)(i * 31LL % 101 - 50) / 50;
}

static int compare_ints(const void *a, const void *b)
{
    const int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

/* Fills in this rank's rows, with columns as they count in the whole. */
static void matrix_fill(struct matrix *a, int side)
{
    int used = 0;

    a->starts = allocate((size_t)a->rows + 1, sizeof *a->starts);
    a->columns = allocate((size_t)a->rows * ROW_MAX, sizeof *a->columns);
    a->values = allocate((size_t)a->rows * ROW_MAX, sizeof *a->values);
    for (int i = 0; i < a->rows; i++) {
        used += row_of(a->first + i, side, a->columns + used, a->values + used);
        a->starts[i + 1] = used;
    }
}

static bool is_own(const struct matrix *a, int column)
{
    return column >= a->first && column < a->first + a->rows;
}

/* Lists the columns of the halo, once each, ascending; renumbers all columns; and parts the rows.
 */
static int *matrix_find_halo(struct matrix *a)
{
    const int used = a->starts[a->rows];
    int *halo = allocate((size_t)used, sizeof *halo), found = 0;

    for (int k = 0; k < used; k++) {
        if (!is_own(a, a->columns[k])) {
            halo[found++] = a->columns[k];
        }
    }
    qsort(halo, (size_t)found, sizeof *halo, compare_ints);
    for (int k = 0; k < found; k++) {
        if (k == 0 || halo[k] != halo[a->halo_count - 1]) {
            halo[a->halo_count++] = halo[k];
        }
    }
    a->inner = allocate((size_t)a->rows, sizeof *a->inner);
    a->outer = allocate((size_t)a->rows, sizeof *a->outer);
    for (int i = 0; i < a->rows; i++) {
        bool needs_halo = false;

        for (int k = a->starts[i]; k < a->starts[i + 1]; k++) {
            if (is_own(a, a->columns[k])) {
                a->columns[k] -= a->first;
            } else {
                const int *place = bsearch(&a->columns[k], halo, (size_t)a->halo_count,
                                           sizeof *halo, compare_ints);
                a->columns[k] = a->rows + (int)(place - halo);
                needs_halo = true;
            }
        }
        if (needs_halo) {
            a->outer[a->outer_count++] = i;
        } else {
            a->inner[a->inner_count++] = i;
        }
    }
    return halo;
}

/* Reduces the numbers of all ranks to those of the neighbours, whom it lists; returns how many. */
static int list_neighbours(int *counts, int *starts, int *neighbours, int ranks)
{
    int found = 0, sum = 0;

    for (int r = 0; r < ranks; r++) {
        const int count = counts[r];

        if (count > 0) {
            neighbours[found] = r;
            counts[found] = count;
            starts[found++] = sum;
            sum += count;
        }
    }
    return found;
}

/* Tells every rank which of its elements are needed here, and makes the graph of those who exchange
 * some. `halo` has the columns needed, ascending, so those of a rank stand together. */
static void matrix_connect(struct matrix *a, const int *halo, int n, MPI_Comm comm)
{
    int ranks;

    MPI_Comm_size(comm, &ranks);
    int *numbers = allocate(4 * (size_t)ranks, sizeof *numbers);
    int *neighbours = allocate(2 * (size_t)ranks, sizeof *neighbours);

    a->give_counts = numbers;
    a->give_starts = numbers + ranks;
    a->take_counts = numbers + 2 * ranks;
    a->take_starts = numbers + 3 * ranks;
    for (int k = 0; k < a->halo_count; k++) {
        a->take_counts[share_owner(n, ranks, halo[k])]++;
    }
    MPI_Alltoall(a->take_counts, 1, MPI_INT, a->give_counts, 1, MPI_INT, comm);
    for (int r = 0; r < ranks; r++) {
        a->give_starts[r] = a->give_count;
        a->give_count += a->give_counts[r];
        a->take_starts[r] = r > 0 ? a->take_starts[r - 1] + a->take_counts[r - 1] : 0;
    }
    a->give = allocate((size_t)a->give_count, sizeof *a->give);
    a->given = allocate((size_t)a->give_count, sizeof *a->given);
    MPI_Alltoallv(halo, a->take_counts, a->take_starts, MPI_INT, a->give, a->give_counts,
                  a->give_starts, MPI_INT, comm);
    for (int k = 0; k < a->give_count; k++) {
        a->give[k] -= a->first;
    }

    int *sources = neighbours, *targets = neighbours + ranks;
    const int source_count = list_neighbours(a->take_counts, a->take_starts, sources, ranks);
    const int target_count = list_neighbours(a->give_counts, a->give_starts, targets, ranks);
    MPI_Dist_graph_create_adjacent(comm, source_count, sources, MPI_UNWEIGHTED, target_count,
                                   targets, MPI_UNWEIGHTED, MPI_INFO_NULL, false, &a->graph);
    free(neighbours);
}

static void matrix_make(struct matrix *a, int side, MPI_Comm comm)
{
    const int n = side * side;
    int rank, ranks;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    *a = (struct matrix){.first = share_start(n, ranks, rank)};
    a->rows = share_start(n, ranks, rank + 1) - a->first;
    matrix_fill(a, side);
    int *halo = matrix_find_halo(a);
    matrix_connect(a, halo, n, comm);
    free(halo);
}

static void matrix_free(struct matrix *a)
{
    MPI_Comm_free(&a->graph);
    free(a->starts);
    free(a->columns);
    free(a->values);
    free(a->inner);
    free(a->outer);
    free(a->give_counts);
    free(a->give);
    free(a->given);
}

static void multiply_rows(const struct matrix *a, const int *rows, int count, const double *x,
                          double *y)
{
    for (int i = 0; i < count; i++) {
        double sum = 0;

        for (int k = a->starts[rows[i]]; k < a->starts[rows[i] + 1]; k++) {
            sum += a->values[k] * x[a->columns[k]];
        }
        y[rows[i]] = sum;
    }
}

/* y = A x. Behind the own elements, x has room for the halo. */
static void multiply(const struct matrix *a, double *x, double *y)
{
    MPI_Request request;

    for (int k = 0; k < a->give_count; k++) {
        a->given[k] = x[a->give[k]];
    }
    MPI_Ineighbor_alltoallv(a->given, a->give_counts, a->give_starts, MPI_DOUBLE, x + a->rows,
                            a->take_counts, a->take_starts, MPI_DOUBLE, a->graph, &request);
    multiply_rows(a, a->inner, a->inner_count, x, y);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    multiply_rows(a, a->outer, a->outer_count, x, y);
}

static double dot(const double *x, const double *y, int count, MPI_Comm comm)
{
    double sum = 0;

    for (int i = 0; i < count; i++) {
        sum += x[i] * y[i];
    }
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, comm);
    return sum;
}

/* Solves A x = b from x = 0 on; returns the number of steps. */
static int solve(const struct matrix *a, const double *b, double *x, MPI_Comm comm)
{
    double *r = allocate((size_t)a->rows, sizeof *r), *q = allocate((size_t)a->rows, sizeof *q);
    double *p = allocate((size_t)(a->rows + a->halo_count), sizeof *p);
    int steps = 0;

    memcpy(r, b, (size_t)a->rows * sizeof *r);
    memcpy(p, b, (size_t)a->rows * sizeof *p);
    double square = dot(r, r, a->rows, comm);
    const double wanted = square * residual_wanted * residual_wanted;

    while (square > wanted && steps++ < STEPS_MAX) {
        multiply(a, p, q);
        const double length = square / dot(p, q, a->rows, comm);

        for (int i = 0; i < a->rows; i++) {
            x[i] += length * p[i];
            r[i] -= length * q[i];
        }
        const double before = square;

        square = dot(r, r, a->rows, comm);
        for (int i = 0; i < a->rows; i++) {
            p[i] = r[i] + square / before * p[i];
        }
    }
    free(r);
    free(p);
    free(q);
    return steps;
}

/* Rank 0 solves the whole alone, row by row as the net is wired, by other means: Gauss and
 * Seidel's, overrelaxed. Returns there how far `x` is off. */
static double compare(const struct matrix *a, const double *x, int side, int rank, int ranks)
{
    const int n = side * side;
    const double factor = 2 / (1 + sqrt(to_earth));
    int *counts = allocate(2 * (size_t)ranks, sizeof *counts), *starts = counts + ranks;
    double *all = allocate((size_t)n, sizeof *all), *expected = allocate((size_t)n, sizeof *all);
    double change = 1, error = 0;

    for (int r = 0; r < ranks; r++) {
        starts[r] = share_start(n, ranks, r);
        counts[r] = share_start(n, ranks, r + 1) - starts[r];
    }
    MPI_Gatherv(x, a->rows, MPI_DOUBLE, all, counts, starts, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    for (int sweep = 0; rank == 0 && change > 1e-13 && sweep < 10 * STEPS_MAX; sweep++) {
        change = 0;
        for (int i = 0; i < n; i++) {
            int columns[ROW_MAX];
            double values[ROW_MAX], rest = current_of(i);
            const int count = row_of(i, side, columns, values);

            for (int k = 0; k < count; k++) {
                rest -= values[k] * expected[columns[k]];
            }
            expected[i] += factor * rest / values[0];
            change = fmax(change, fabs(factor * rest / values[0]));
        }
    }
    for (int i = 0; i < n; i++) {
        error = fmax(error, fabs(all[i] - expected[i]));
    }
    free(counts);
    free(all);
    free(expected);
    return error;
}

int main(int argc, char **argv)
{
    struct matrix a;
    char what[80];
    int rank, ranks, status = EXIT_SUCCESS;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const struct options options = read_options(argc, argv, 400, 1, 10000);

    matrix_make(&a, options.size, MPI_COMM_WORLD);
    double *b = allocate((size_t)a.rows, sizeof *b), *x = allocate((size_t)a.rows, sizeof *x);
    for (int i = 0; i < a.rows; i++) {
        b[i] = current_of(a.first + i);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    const int steps = solve(&a, b, x, MPI_COMM_WORLD);
    snprintf(what, sizeof what, "cg: %d steps for %d points", steps, options.size * options.size);
    report_time(what, start);
    if (options.check) {
        const double error = compare(&a, x, options.size, rank, ranks);
        status = rank == 0 ? report_check(error, 1e-6) : EXIT_SUCCESS;
    }
    free(b);
    free(x);
    matrix_free(&a);
    MPI_Finalize();
    return status;
}
