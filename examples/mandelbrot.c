/* SPDX-License-Identifier: BSD-3-Clause */
/* The Mandelbrot set as a picture, its rows shared among all ranks:
 * mprun -n 8 mandelbrot [PICTURE.png [WIDTH]]
 *
 * A row through the set takes a hundred times as long as one beside it. Every rank calls mp_map,
 * which gives rows to whoever is free, many at a time first and one by one in the end, so that all
 * ranks end together. Each row comes back straight into its place in the picture. */
#include <math.h>
#include <mp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "png.h"

enum { STEPS_MAX = 500, WIDTH_MAX = 20000, SAMPLES = 2 /* of a point, in each direction */ };

/* A task: one row of points. All it needs lies in it. */
struct row {
    double left, y, step; /* on the plane */
    int64_t width;
};

/* How many steps a point takes to leave the circle in which the set lies, with a fraction that
 * makes colours flow; 0 for those that do not leave. */
static double steps_to_leave(double cx, double cy)
{
    const double far = 100;
    double x = 0, y = 0, xx = 0, yy = 0;
    int steps = 0;

    while (xx + yy < far && steps < STEPS_MAX) {
        y = 2 * x * y + cy;
        x = xx - yy + cx;
        xx = x * x;
        yy = y * y;
        steps++;
    }
    return steps == STEPS_MAX ? 0 : steps + 1 - log2(log(xx + yy) / log(far));
}

/* Adds a point's colour: black inside, waves of blue, white and gold around. */
static void add_colour(double steps, double *rgb)
{
    const double phase = 0.9 * log(steps + 1);

    for (int channel = 0; steps > 0 && channel < 3; channel++) {
        rgb[channel] += 127.5 - 127.5 * cos(3.1 + phase * 2 + 0.55 * channel);
    }
}

static int draw_row(const void *in, void *out, mp_task *task)
{
    const struct row *row = in;
    uint8_t *pixels = out;

    (void)task;
    for (int64_t i = 0; i < row->width; i++) {
        double rgb[3] = {0};

        for (int sample = 0; sample < SAMPLES * SAMPLES; sample++) {
            const double right = (double)i + (double)(sample % SAMPLES) / SAMPLES;
            const double down = (double)(sample / SAMPLES) / SAMPLES;

            add_colour(steps_to_leave(row->left + right * row->step, row->y - down * row->step),
                       rgb);
        }
        for (int channel = 0; channel < 3; channel++) {
            *pixels++ = (uint8_t)lrint(rgb[channel] / (SAMPLES * SAMPLES));
        }
    }
    return 0;
}

/* Whether all is right with the arguments; if not, rank 0 says so. */
static int are_good(const char *path, int width, int rank)
{
    if (width < 3 || width > WIDTH_MAX) {
        if (rank == 0) {
            fprintf(stderr, "mandelbrot: WIDTH must be from 3 to %d\n", WIDTH_MAX);
        }
        return 0;
    }
    return png_is_possible(path);
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "mandelbrot.png";
    const int width = argc > 2 ? atoi(argv[2]) : 900, height = width * 2 / 3;
    const mp_options options = {.progress = "mandelbrot"};
    struct row *rows = NULL;
    uint8_t *picture = NULL;
    int rank, size, status = EXIT_SUCCESS;

    mp_init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (!are_good(path, width, rank)) {
        MPI_Finalize();
        return EXIT_FAILURE;
    }
    if (rank == 0) {
        const double step = 3.0 / width;

        rows = calloc((size_t)height, sizeof *rows);
        picture = malloc((size_t)height * (size_t)width * 3);
        if (rows == NULL || picture == NULL) {
            fprintf(stderr, "mandelbrot: no memory for %d rows of %d points\n", height, width);
            MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        }
        for (int i = 0; i < height; i++) {
            rows[i] = (struct row){.left = -2.2, .y = 1 - i * step, .step = step, .width = width};
        }
    }
    const double start = MPI_Wtime();
    const int error = mp_map(draw_row, rows, height, sizeof *rows, picture, 3 * (size_t)width,
                             &options, 0, MPI_COMM_WORLD);
    const double seconds = MPI_Wtime() - start;

    if (error) {
        status = error == MP_ERR_INTERRUPTED ? 128 + SIGINT : EXIT_FAILURE; // as a shell has it
    }
    if (rank == 0 && error) {
        fprintf(stderr, "%s\n", mp_error_text());
    } else if (rank == 0 && png_write(path, picture, (uint32_t)width, (uint32_t)height) != 0) {
        perror(path);
        status = EXIT_FAILURE;
    } else if (rank == 0) {
        printf("%d rank%s took %.2f s for %d rows; the picture is %s\n", size, size == 1 ? "" : "s",
               seconds, height, path);
    }
    free(rows);
    free(picture);
    MPI_Finalize();
    return status;
}
