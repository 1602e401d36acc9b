/* SPDX-License-Identifier: BSD-3-Clause */
/* The Fourier transform of a picture that is spread over the ranks by rows, and back again:
 * mprun -n 8 fft2d [--check] [SIDE], where SIDE is a power of two
 *
 * A rank transforms its rows; then the whole is transposed, so that the columns lie in rows; these
 * are transformed, and transposed back. The transposition is one MPI_Alltoallw and no loop: a
 * datatype picks each column of a block of the sender's rows, another puts what comes into the
 * receiver's rows, where it belongs. Ranks need not divide the side. */
#include <complex.h>
#include <math.h>
#include <mpi.h>

#include "kit.h"

/* The rows of a rank, and how to transpose the whole. */
struct plan {
    int side, first, rows;
    double complex *roots; /* the roots of unity, half of them */
    int *counts, *ones;    /* for each rank: how many columns to send; 1 to receive */
    int *starts;           /* for each rank: the bytes in a row before its columns, and rows */
    MPI_Datatype *send, *recv;
};

/* CMPLX() of C11, which not every compiler has. */
static inline double complex complex_of(double re, double im)
{
    const double parts[] = {re, im};
    double complex x;

    memcpy(&x, parts, sizeof x);
    return x;
}

static void plan_make(struct plan *plan, int side, MPI_Comm comm)
{
    const int element = (int)sizeof(double complex);
    int rank, ranks;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    plan->side = side;
    plan->first = share_start(side, ranks, rank);
    plan->rows = share_start(side, ranks, rank + 1) - plan->first;
    plan->roots = allocate((size_t)side / 2 + 1, sizeof *plan->roots);
    for (int i = 0; i < side / 2; i++) {
        plan->roots[i] = complex_of(cos(2 * M_PI * i / side), -sin(2 * M_PI * i / side));
    }
    plan->counts = allocate(3 * (size_t)ranks, sizeof *plan->counts);
    plan->ones = plan->counts + ranks;
    plan->starts = plan->ones + ranks;
    plan->send = allocate(2 * (size_t)ranks, sizeof *plan->send);
    plan->recv = plan->send + ranks;
    for (int r = 0; r < ranks; r++) {
        const int begin = share_start(side, ranks, r), end = share_start(side, ranks, r + 1);
        MPI_Datatype column;

        // One column of my rows; the next one begins an element further on.
        MPI_Type_vector(plan->rows, 1, side, MPI_C_DOUBLE_COMPLEX, &column);
        MPI_Type_create_resized(column, 0, element, &plan->send[r]);
        MPI_Type_free(&column);
        plan->counts[r] = end - begin;
        plan->starts[r] = begin * element;

        // It becomes a part of one of the receiver's rows.
        MPI_Type_vector(plan->rows, end - begin, side, MPI_C_DOUBLE_COMPLEX, &plan->recv[r]);
        plan->ones[r] = 1;
        MPI_Type_commit(&plan->send[r]);
        MPI_Type_commit(&plan->recv[r]);
    }
}

static void plan_free(struct plan *plan, MPI_Comm comm)
{
    int ranks;

    MPI_Comm_size(comm, &ranks);
    for (int r = 0; r < ranks; r++) {
        MPI_Type_free(&plan->send[r]);
        MPI_Type_free(&plan->recv[r]);
    }
    free(plan->roots);
    free(plan->counts);
    free(plan->send);
}

static void transpose(const struct plan *plan, const double complex *from, double complex *to,
                      MPI_Comm comm)
{
    MPI_Alltoallw(from, plan->counts, plan->starts, plan->send, to, plan->ones, plan->starts,
                  plan->recv, comm);
}

/* Transforms one row in place: first every element to the place with its bits reversed, then
 * butterflies over 2, 4, 8... elements. */
static void transform_row(double complex *x, int n, const double complex *roots)
{
    for (int i = 1, j = 0; i < n; i++) {
        int bit = n >> 1;

        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            const double complex held = x[i];
            x[i] = x[j];
            x[j] = held;
        }
    }
    for (int half = 1; half < n; half *= 2) {
        const int step = n / (2 * half);

        for (int start = 0; start < n; start += 2 * half) {
            double complex *low = x + start, *high = low + half;

            for (int i = 0; i < half; i++) {
                // Spelled out: the operator * would look for infinities.
                const double re = creal(roots[i * step]), im = cimag(roots[i * step]);
                const double hr = creal(high[i]), hi = cimag(high[i]);
                const double complex turned = complex_of(hr * re - hi * im, hr * im + hi * re);

                high[i] = low[i] - turned;
                low[i] += turned;
            }
        }
    }
}

static void transform_rows(double complex *x, int rows, int side, const double complex *roots)
{
    for (int row = 0; row < rows; row++) {
        transform_row(x + (size_t)row * (size_t)side, side, roots);
    }
}

/* Transforms `x`, this rank's rows of the picture; `other` is as large. */
static void transform(const struct plan *plan, double complex *x, double complex *other,
                      MPI_Comm comm)
{
    transform_rows(x, plan->rows, plan->side, plan->roots);
    transpose(plan, x, other, comm);
    transform_rows(other, plan->rows, plan->side, plan->roots);
    transpose(plan, other, x, comm);
}

/* The way back is the same as the way there, between conjugates, and scaled. */
static void conjugate(double complex *x, size_t count, double scale)
{
    for (size_t i = 0; i < count; i++) {
        x[i] = conj(x[i]) * scale;
    }
}

/* A point of the picture: stripes and a bright square, complex to leave no symmetry to lean on. */
static double complex point_of(int row, int column, int side)
{
    const double bright = abs(row - side / 3) < side / 8 && abs(column - side / 2) < side / 8;

    return complex_of(bright + sin(0.3 * row + 0.01 * row * column), 0.5 * cos(0.7 * column));
}

static void draw(double complex *x, int first, int rows, int side)
{
    for (int row = 0; row < rows; row++) {
        for (int column = 0; column < side; column++) {
            x[(size_t)row * (size_t)side + (size_t)column] = point_of(first + row, column, side);
        }
    }
}

static double largest_difference(const double complex *x, const double complex *y, size_t count)
{
    double largest = 0;

    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, cabs(x[i] - y[i]));
    }
    return largest;
}

/* Rank 0 transforms the whole picture alone, and sends each rank its rows. Returns, in rank 0, the
 * largest difference to `x` in any rank. */
static double compare(const struct plan *plan, const double complex *x, MPI_Comm comm)
{
    const int side = plan->side;
    const size_t mine = (size_t)plan->rows * (size_t)side;
    double complex *whole = NULL, *expected = allocate(mine, sizeof *expected);
    double error, largest = 0;
    int rank, ranks;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ranks);
    int *counts = allocate(2 * (size_t)ranks, sizeof *counts), *starts = counts + ranks;
    for (int r = 0; r < ranks; r++) {
        starts[r] = share_start(side, ranks, r) * side;
        counts[r] = share_start(side, ranks, r + 1) * side - starts[r];
    }
    if (rank == 0) {
        double complex *column = allocate((size_t)side, sizeof *column);

        whole = allocate((size_t)side * (size_t)side, sizeof *whole);
        draw(whole, 0, side, side);
        transform_rows(whole, side, side, plan->roots);
        for (int j = 0; j < side; j++) {
            for (int i = 0; i < side; i++) {
                column[i] = whole[i * side + j];
            }
            transform_row(column, side, plan->roots);
            for (int i = 0; i < side; i++) {
                whole[i * side + j] = column[i];
            }
        }
        free(column);
    }
    MPI_Scatterv(whole, counts, starts, MPI_C_DOUBLE_COMPLEX, expected, (int)mine,
                 MPI_C_DOUBLE_COMPLEX, 0, comm);
    error = largest_difference(x, expected, mine);
    MPI_Reduce(&error, &largest, 1, MPI_DOUBLE, MPI_MAX, 0, comm);
    free(whole);
    free(expected);
    free(counts);
    return largest;
}

int main(int argc, char **argv)
{
    struct plan plan;
    char what[80];
    int rank, status = EXIT_SUCCESS;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    const struct options options = read_options(argc, argv, 1024, 1, 16384);
    const int side = options.size;
    if ((side & (side - 1)) != 0) {
        if (rank == 0) {
            fprintf(stderr, "fft2d: SIDE must be a power of two, not %d\n", side);
        }
        MPI_Finalize();
        return EXIT_FAILURE;
    }
    plan_make(&plan, side, MPI_COMM_WORLD);
    const size_t count = (size_t)plan.rows * (size_t)side;
    double complex *picture = allocate(count, sizeof *picture);
    double complex *x = allocate(count, sizeof *x), *other = allocate(count, sizeof *other);

    draw(picture, plan.first, plan.rows, side);
    memcpy(x, picture, count * sizeof *x);
    if (options.check) {
        transform(&plan, x, other, MPI_COMM_WORLD);
        const double error = compare(&plan, x, MPI_COMM_WORLD);
        status = rank == 0 ? report_check(error, 1e-9) : EXIT_SUCCESS;
        memcpy(x, picture, count * sizeof *x);
    }
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    transform(&plan, x, other, MPI_COMM_WORLD);
    conjugate(x, count, 1);
    transform(&plan, x, other, MPI_COMM_WORLD);
    conjugate(x, count, 1 / ((double)side * side));

    double error = largest_difference(x, picture, count);
    MPI_Allreduce(MPI_IN_PLACE, &error, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    snprintf(what, sizeof what, "fft2d: %d x %d there and back, off by %.1e", side, side, error);
    report_time(what, start);
    if (!(error < 1e-9)) {
        status = EXIT_FAILURE;
    }
    free(picture);
    free(x);
    free(other);
    plan_free(&plan, MPI_COMM_WORLD);
    MPI_Finalize();
    return status;
}
