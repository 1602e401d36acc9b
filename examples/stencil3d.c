/* SPDX-License-Identifier: BSD-3-Clause */
/* Heat spreads in a cube with cold walls: mprun -n 8 stencil3d [--check] [SIDE]
 *
 * The cube is cut in all three directions, into one box for each rank of a Cartesian grid. A box
 * has a halo, one point thick, for the points of the six boxes beside it. Each face, and each side
 * of the halo, is a subarray of the box: one neighbourhood alltoall exchanges all of them without
 * packing a point by hand. It goes on while the inside of the box, which needs no halo, takes its
 * step; then comes the shell. The sums are the same however the cube is cut, so the result is, to
 * the last bit. */
#include <math.h>
#include <mpi.h>

#include "kit.h"

enum { DIMS = 3, FACES = 2 * DIMS, STEPS = 40 };

static const double spread = 0.12; /* the part of the difference that a neighbour gives in a step */

/* A box of the cube: points begin[d] to before end[d] in each direction d, with a halo around. */
struct box {
    int begin[DIMS], end[DIMS];
    int extent[DIMS]; /* with the halo */
    double *now, *next;
};

/* How a box exchanges its halo. */
struct halo {
    MPI_Comm grid;
    int extent[DIMS], place[DIMS];           /* of the grid; of this rank in it */
    MPI_Datatype faces[FACES], sides[FACES]; /* what goes out; where it comes in */
};

static size_t index_of(const struct box *box, int x, int y, int z)
{
    return ((size_t)x * (size_t)box->extent[1] + (size_t)y) * (size_t)box->extent[2] + (size_t)z;
}

/* How warm a point of the cube is at first. */
static double warmth_of(const int *point, int side)
{
    double product = 1;

    for (int d = 0; d < DIMS; d++) {
        product *= sin((d + 1) * (point[d] + 1.0) / side);
    }
    return product + (point[0] + 2 * point[1] + 3 * point[2]) % 7 / 7.0;
}

/* A box with its first temperatures, and a halo of zero. */
static void box_make(struct box *box, const int *grid_extent, const int *place, int side)
{
    size_t points = 1;
    int p[DIMS];

    for (int d = 0; d < DIMS; d++) {
        box->begin[d] = share_start(side, grid_extent[d], place[d]);
        box->end[d] = share_start(side, grid_extent[d], place[d] + 1);
        box->extent[d] = box->end[d] - box->begin[d] + 2;
        points *= (size_t)box->extent[d];
    }
    box->now = allocate(points, sizeof(double));
    box->next = allocate(points, sizeof(double));
    for (p[0] = box->begin[0]; p[0] < box->end[0]; p[0]++) {
        for (p[1] = box->begin[1]; p[1] < box->end[1]; p[1]++) {
            for (p[2] = box->begin[2]; p[2] < box->end[2]; p[2]++) {
                box->now[index_of(box, p[0] - box->begin[0] + 1, p[1] - box->begin[1] + 1,
                                  p[2] - box->begin[2] + 1)] = warmth_of(p, side);
            }
        }
    }
}

static void box_free(struct box *box)
{
    free(box->now);
    free(box->next);
}

/* The layer of a box at `from` in direction d, without the halo's edges. */
static MPI_Datatype make_layer(const struct box *box, int d, int from)
{
    int extent[DIMS], start[DIMS] = {1, 1, 1};
    MPI_Datatype layer;

    for (int i = 0; i < DIMS; i++) {
        extent[i] = box->extent[i] - 2;
    }
    extent[d] = 1;
    start[d] = from;
    MPI_Type_create_subarray(DIMS, box->extent, extent, start, MPI_ORDER_C, MPI_DOUBLE, &layer);
    MPI_Type_commit(&layer);
    return layer;
}

/* The neighbours of a Cartesian grid come in this order: below and above in the first direction, in
 * the second, and so on; at a wall there is none, and that side of the halo remains zero. */
static void halo_make_types(struct halo *halo, const struct box *box)
{
    for (int d = 0; d < DIMS; d++) {
        const int last = box->extent[d] - 1;

        halo->faces[2 * d] = make_layer(box, d, 1);
        halo->sides[2 * d] = make_layer(box, d, 0);
        halo->faces[2 * d + 1] = make_layer(box, d, last - 1);
        halo->sides[2 * d + 1] = make_layer(box, d, last);
    }
}

static void halo_free(struct halo *halo)
{
    for (int face = 0; face < FACES; face++) {
        MPI_Type_free(&halo->faces[face]);
        MPI_Type_free(&halo->sides[face]);
    }
    MPI_Comm_free(&halo->grid);
}

static void halo_start(const struct halo *halo, const struct box *box, MPI_Request *request)
{
    static const int ones[FACES] = {1, 1, 1, 1, 1, 1};
    static const MPI_Aint offsets[FACES];

    MPI_Ineighbor_alltoallw(box->now, ones, offsets, halo->faces, box->now, ones, offsets,
                            halo->sides, halo->grid, request);
}

/* The points from low[d] to before high[d] take their step. */
static void relax(struct box *box, const int *low, const int *high)
{
    const size_t y_step = (size_t)box->extent[2], x_step = y_step * (size_t)box->extent[1];

    for (int x = low[0]; x < high[0]; x++) {
        for (int y = low[1]; y < high[1]; y++) {
            const double *now = box->now + index_of(box, x, y, 0);
            double *restrict next = box->next + index_of(box, x, y, 0);

            for (int z = low[2]; z < high[2]; z++) {
                const double *p = now + z;
                const double around =
                    p[-1] + p[1] + *(p - y_step) + p[y_step] + *(p - x_step) + p[x_step];
                next[z] = *p + spread * (around - 6 * *p);
            }
        }
    }
}

/* The layers next to the halo: in each direction the first and the last, less what the directions
 * before have done. */
static void relax_shell(struct box *box)
{
    int low[DIMS] = {1, 1, 1}, high[DIMS];

    for (int d = 0; d < DIMS; d++) {
        high[d] = box->extent[d] - 1;
    }
    for (int d = 0; d < DIMS; d++) {
        const int first = low[d], end = high[d];

        high[d] = first + 1;
        relax(box, low, high);
        if (end - 1 > first) {
            low[d] = end - 1;
            high[d] = end;
            relax(box, low, high);
        }
        low[d] = first + 1;
        high[d] = end - 1;
    }
}

static void swap(struct box *box)
{
    double *old = box->now;

    box->now = box->next;
    box->next = old;
}

static void step(struct box *box, const struct halo *halo)
{
    const int low[DIMS] = {2, 2, 2};
    const int high[DIMS] = {box->extent[0] - 2, box->extent[1] - 2, box->extent[2] - 2};
    MPI_Request request;

    halo_start(halo, box, &request);
    relax(box, low, high);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    relax_shell(box);
    swap(box);
}

/* Every rank heats the whole cube alone, and compares its box. Returns the largest difference in
 * any rank. */
static double compare(const struct box *mine, int side, MPI_Comm comm)
{
    const int low[DIMS] = {1, 1, 1}, high[DIMS] = {side + 1, side + 1, side + 1};
    struct box cube;
    double largest = 0;

    box_make(&cube, (const int[]){1, 1, 1}, (const int[]){0, 0, 0}, side);
    for (int i = 0; i < STEPS; i++) {
        relax(&cube, low, high);
        swap(&cube);
    }
    for (int x = 1; x < mine->extent[0] - 1; x++) {
        for (int y = 1; y < mine->extent[1] - 1; y++) {
            const double *row = mine->now + index_of(mine, x, y, 0);
            const double *expected =
                cube.now + index_of(&cube, mine->begin[0] + x, mine->begin[1] + y, mine->begin[2]);
            for (int z = 1; z < mine->extent[2] - 1; z++) {
                largest = fmax(largest, fabs(row[z] - expected[z]));
            }
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, comm);
    box_free(&cube);
    return largest;
}

int main(int argc, char **argv)
{
    const int walls[DIMS] = {false, false, false};
    struct halo halo = {.extent = {0, 0, 0}};
    struct box box;
    char what[80];
    int rank, ranks, status = EXIT_SUCCESS;

    MPI_Init(&argc, &argv);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    MPI_Dims_create(ranks, DIMS, halo.extent); // the first is the largest
    const struct options options = read_options(argc, argv, 128, halo.extent[0], 1000);

    MPI_Cart_create(MPI_COMM_WORLD, DIMS, halo.extent, walls, true, &halo.grid);
    MPI_Comm_rank(halo.grid, &rank);
    MPI_Cart_coords(halo.grid, rank, DIMS, halo.place);
    box_make(&box, halo.extent, halo.place, options.size);
    halo_make_types(&halo, &box);

    MPI_Barrier(halo.grid);
    const double start = MPI_Wtime();
    for (int i = 0; i < STEPS; i++) {
        step(&box, &halo);
    }
    snprintf(what, sizeof what, "stencil3d: %d steps of %d^3 points in %d x %d x %d boxes", STEPS,
             options.size, halo.extent[0], halo.extent[1], halo.extent[2]);
    report_time(what, start);
    if (options.check) {
        const double error = compare(&box, options.size, halo.grid);
        status = rank == 0 ? report_check(error, 0) : EXIT_SUCCESS;
    }
    box_free(&box);
    halo_free(&halo);
    MPI_Finalize();
    return status;
}
