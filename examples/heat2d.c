/* SPDX-License-Identifier: BSD-3-Clause */
/* A glowing wire heats a cold plate; the temperatures become a picture:
 * mprun -n 8 heat2d [PICTURE.png [ROWS [STEPS]]]
 *
 * The plate is cut into bands of rows, one for each rank. In every step each point takes the mean
 * of its four neighbours, for which a rank needs the nearest row of the rank above and of the one
 * below: the halo. The same sums are made whatever the number of ranks, so the picture is the same
 * to the last bit. */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

#include "png.h"

enum { STEPS_BETWEEN_CHECKS = 500, TAG_UP = 1, TAG_DOWN = 2 };

/* The wire, as strokes on a plate of 20 by 10. Its temperature is 1; that of the rim is 0. */
static const float wire[][4] = {
    {2.5, 3.2, 2.5, 6.0},   {2.5, 3.9, 3.2, 3.2},   {3.2, 3.2, 3.8, 3.9},   // m
    {3.8, 3.9, 3.8, 6.0},   {3.8, 3.9, 4.5, 3.2},   {4.5, 3.2, 5.1, 3.9},   //
    {5.1, 3.9, 5.1, 6.0},                                                   //
    {6.4, 3.2, 6.4, 7.6},   {6.4, 3.9, 7.2, 3.2},   {7.2, 3.2, 8.2, 3.9},   // p
    {8.2, 3.9, 8.2, 5.3},   {8.2, 5.3, 7.2, 6.0},   {7.2, 6.0, 6.4, 5.3},   //
    {9.5, 3.2, 9.5, 6.0},   {9.5, 4.1, 10.3, 3.2},  {10.3, 3.2, 10.9, 3.3}, // r
    {12.0, 3.2, 12.0, 5.3}, {12.0, 5.3, 12.8, 6.0}, {12.8, 6.0, 13.8, 5.1}, // u
    {13.8, 3.2, 13.8, 6.0},                                                 //
    {15.2, 3.2, 15.2, 6.0}, {15.2, 4.1, 16.2, 3.2}, {16.2, 3.2, 17.0, 3.9}, // n
    {17.0, 3.9, 17.0, 6.0},
};

/* The part of its heat that a point keeps in a step; the rest is lost to the air. */
static const float kept = 0.9992f;

/* A rank's band: rows first_row to first_row + rows - 1, and a halo row at each end. */
struct band {
    int columns, rows, first_row;
    int above, below; // the ranks that hold the neighbouring bands
    float *now, *next, *source;
};

/* The first row of a rank's band, when `rows` rows are shared fairly. */
static int first_row_of(int rank, int size, int rows)
{
    return (int)((long long)rows * rank / size);
}

static float distance_to_wire(float x, float y)
{
    float nearest = INFINITY;

    for (size_t i = 0; i < sizeof wire / sizeof wire[0]; i++) {
        const float dx = wire[i][2] - wire[i][0], dy = wire[i][3] - wire[i][1];
        const float along = ((x - wire[i][0]) * dx + (y - wire[i][1]) * dy) / (dx * dx + dy * dy);
        const float t = fminf(fmaxf(along, 0), 1);

        nearest = fminf(nearest, hypotf(wire[i][0] + t * dx - x, wire[i][1] + t * dy - y));
    }
    return nearest;
}

static void band_make(struct band *band, int rows, int columns)
{
    int rank, size;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    band->columns = columns;
    band->first_row = first_row_of(rank, size, rows);
    band->rows = first_row_of(rank + 1, size, rows) - band->first_row;
    band->above = rank > 0 ? rank - 1 : MPI_PROC_NULL;
    band->below = rank < size - 1 ? rank + 1 : MPI_PROC_NULL;

    const size_t points = (size_t)(band->rows + 2) * (size_t)columns;
    band->now = calloc(points, sizeof(float));
    band->next = calloc(points, sizeof(float));
    band->source = calloc(points, sizeof(float));
    if (band->now == NULL || band->next == NULL || band->source == NULL) {
        fprintf(stderr, "heat2d: no memory for %d rows of %d points\n", band->rows, columns);
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
    }
    const float scale = 10.0f / (float)rows;
    for (int row = 1; row <= band->rows; row++) {
        for (int column = 0; column < columns; column++) {
            const float y = (float)(band->first_row + row - 1) * scale;
            const float hot = distance_to_wire((float)column * scale, y) < 0.12f;
            band->source[row * columns + column] = hot;
        }
    }
}

static void band_free(struct band *band)
{
    free(band->now);
    free(band->next);
    free(band->source);
}

/* Sends the outermost own rows to the neighbours, receives theirs into the halo. At the rim of the
 * plate the neighbour is MPI_PROC_NULL, and the halo stays as cold as it is. */
static void exchange_halo(struct band *band)
{
    const int n = band->columns;
    float *halo_above = band->now, *halo_below = band->now + (band->rows + 1) * n;
    float *top = halo_above + n, *bottom = halo_below - n;

    MPI_Sendrecv(top, n, MPI_FLOAT, band->above, TAG_UP, halo_below, n, MPI_FLOAT, band->below,
                 TAG_UP, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Sendrecv(bottom, n, MPI_FLOAT, band->below, TAG_DOWN, halo_above, n, MPI_FLOAT, band->above,
                 TAG_DOWN, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

/* Each point but those of the rim takes the mean of its neighbours, less what is lost; the wire
 * stays hot. */
static void step(struct band *band)
{
    const int n = band->columns;

    exchange_halo(band);
    for (int row = 1; row <= band->rows; row++) {
        const float *here = band->now + row * n, *source = band->source + row * n;
        float *next = band->next + row * n;

        for (int i = 1; i < n - 1; i++) {
            const float mean = kept / 4 * (here[i - 1] + here[i + 1] + here[i - n] + here[i + n]);
            next[i] = mean > source[i] ? mean : source[i];
        }
    }
    float *old = band->now;
    band->now = band->next;
    band->next = old;
}

/* The largest change of any point of the whole plate in the last step. */
static float residual(const struct band *band)
{
    const int n = band->columns;
    float largest = 0;

    for (int i = n; i < (band->rows + 1) * n; i++) {
        largest = fmaxf(largest, fabsf(band->now[i] - band->next[i]));
    }
    MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_FLOAT, MPI_MAX, MPI_COMM_WORLD);
    return largest;
}

/* Rank 0 gets the whole plate, the others NULL. */
static float *gather_plate(const struct band *band, int rows)
{
    const int n = band->columns;
    float *plate = NULL;
    int *counts = NULL, *starts = NULL;
    int rank, size;

    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (rank == 0) {
        plate = malloc((size_t)rows * (size_t)n * sizeof *plate);
        counts = malloc((size_t)size * sizeof *counts);
        starts = malloc((size_t)size * sizeof *starts);
        if (plate == NULL || counts == NULL || starts == NULL) {
            fprintf(stderr, "heat2d: no memory for the whole plate\n");
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
        for (int r = 0; r < size; r++) {
            starts[r] = first_row_of(r, size, rows) * n;
            counts[r] = first_row_of(r + 1, size, rows) * n - starts[r];
        }
    }
    MPI_Gatherv(band->now + n, band->rows * n, MPI_FLOAT, plate, counts, starts, MPI_FLOAT, 0,
                MPI_COMM_WORLD);
    free(counts);
    free(starts);
    return plate;
}

/* From midnight blue over purple and orange to white. */
static void colour(float temperature, uint8_t *rgb)
{
    static const float stops[][3] = {
        {6, 8, 28},    {38, 14, 86},   {98, 20, 126},  {168, 34, 110},
        {222, 66, 66}, {248, 126, 30}, {253, 194, 74}, {255, 250, 224},
    };
    const int last = (int)(sizeof stops / sizeof stops[0]) - 1;
    const float position = sqrtf(fminf(fmaxf(temperature, 0), 1)) * (float)last;
    const int stop = position < (float)last ? (int)position : last - 1;
    const float part = position - (float)stop;

    for (int channel = 0; channel < 3; channel++) {
        const float from = stops[stop][channel], to = stops[stop + 1][channel];
        rgb[channel] = (uint8_t)lrintf(from + part * (to - from));
    }
}

/* The plate in colours, with a line wherever the temperature passes a tenth. */
static int draw(const char *path, const float *plate, int rows, int columns)
{
    uint8_t *rgb = malloc((size_t)rows * (size_t)columns * 3);
    int result;

    if (rgb == NULL) {
        return -1;
    }
    for (int y = 0; y < rows; y++) {
        for (int x = 0; x < columns; x++) {
            const int i = y * columns + x;
            const int right = x < columns - 1 ? i + 1 : i, down = y < rows - 1 ? i + columns : i;
            const int tenth = (int)(plate[i] * 10);
            const int line = tenth != (int)(plate[right] * 10) || tenth != (int)(plate[down] * 10);

            colour(plate[i], rgb + 3 * i);
            for (int channel = 0; line && channel < 3; channel++) {
                rgb[3 * i + channel] += (uint8_t)((255 - rgb[3 * i + channel]) / 4);
            }
        }
    }
    result = png_write(path, rgb, (uint32_t)columns, (uint32_t)rows);
    free(rgb);
    return result;
}

/* Whether all is right with the arguments; if not, rank 0 says so. */
static int are_good(const char *path, int rows, int rank, int size)
{
    if (rows < size || rows > 10000) {
        if (rank == 0) {
            fprintf(stderr, "heat2d: ROWS must be from %d (the ranks) to 10000\n", size);
        }
        return 0;
    }
    return png_is_possible(path);
}

int main(int argc, char **argv)
{
    struct band band;
    int rank, size, status = EXIT_SUCCESS;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);

    const char *path = argc > 1 ? argv[1] : "heat2d.png";
    const int rows = argc > 2 ? atoi(argv[2]) : 400;
    const int steps = argc > 3 ? atoi(argv[3]) : 3000;
    if (!are_good(path, rows, rank, size)) {
        MPI_Finalize();
        return EXIT_FAILURE;
    }
    const double start = MPI_Wtime();

    band_make(&band, rows, 2 * rows);
    for (int done = 1; done <= steps; done++) {
        step(&band);
        if (done % STEPS_BETWEEN_CHECKS == 0 || done == steps) {
            const float change = residual(&band);
            if (rank == 0) {
                printf("step %6d: the largest change is %.2e\n", done, (double)change);
            }
        }
    }
    const double seconds = MPI_Wtime() - start;
    float *plate = gather_plate(&band, rows);
    if (rank == 0) {
        if (draw(path, plate, rows, 2 * rows) != 0) {
            perror(path);
            status = EXIT_FAILURE;
        } else {
            printf("%d ranks took %.2f s; the plate is drawn in %s\n", size, seconds, path);
        }
    }
    free(plate);
    band_free(&band);
    MPI_Finalize();
    return status;
}
