/* SPDX-License-Identifier: BSD-3-Clause */
/* Stars that attract each other, every one every other: mprun -n 8 nbody [--check] [STARS]
 *
 * Each rank moves its share of the stars. To feel all others, it sends a copy of them around the
 * ring of ranks: in as many hops as there are ranks, every copy passes everyone. While a rank
 * reckons with the copy at hand, it goes on to the next rank and another comes in: persistent
 * requests between two buffers, started and awaited in turns. Only place and mass travel, picked
 * out of the struct by a datatype; shares of unequal size are filled up with stars of no mass. */
#include <math.h>
#include <mpi.h>
#include <stddef.h>

#include "kit.h"

enum { STEPS = 10 };

static const double step_time = 1e-3;
static const double softening = 1e-4; /* squared: keeps forces finite when stars meet */

struct star {
    double place[3], speed[3], mass;
};

/* The two buffers between which copies come and go. */
struct ring {
    int ranks, places; /* places in a buffer: the largest share */
    struct star *buffers[2];
    MPI_Request requests[2][2]; /* for each buffer: send it on, receive into the other */
};

/* Place and mass of a star, with the gap between them and to the next star. */
static MPI_Datatype make_traveller(void)
{
    const MPI_Aint offsets[] = {offsetof(struct star, place), offsetof(struct star, mass)};
    const MPI_Datatype types[] = {MPI_DOUBLE, MPI_DOUBLE};
    MPI_Datatype fields, traveller;

    MPI_Type_create_struct(2, (const int[]){3, 1}, offsets, types, &fields);
    MPI_Type_create_resized(fields, 0, sizeof(struct star), &traveller);
    MPI_Type_commit(&traveller);
    MPI_Type_free(&fields);
    return traveller;
}

static void ring_make(struct ring *ring, int stars, MPI_Comm comm)
{
    MPI_Datatype traveller = make_traveller();
    int rank;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &ring->ranks);
    ring->places = (stars + ring->ranks - 1) / ring->ranks;
    for (int i = 0; i < 2; i++) {
        ring->buffers[i] = allocate((size_t)ring->places, sizeof(struct star));
    }
    for (int i = 0; i < 2; i++) {
        MPI_Send_init(ring->buffers[i], ring->places, traveller, (rank + 1) % ring->ranks, 0, comm,
                      &ring->requests[i][0]);
        MPI_Recv_init(ring->buffers[1 - i], ring->places, traveller,
                      (rank + ring->ranks - 1) % ring->ranks, 0, comm, &ring->requests[i][1]);
    }
    MPI_Type_free(&traveller); // the requests keep what they need
}

static void ring_free(struct ring *ring)
{
    for (int i = 0; i < 2; i++) {
        MPI_Request_free(&ring->requests[i][0]);
        MPI_Request_free(&ring->requests[i][1]);
        free(ring->buffers[i]);
    }
}

/* Star `i` of a round cloud that turns, the same whatever the ranks. */
static struct star star_of(int i, int stars)
{
    const double height = 2 * (i + 0.5) / stars - 1, angle = 2.399963 * i; // a golden spiral
    const double radius = cbrt(fmod(0.618034 * i, 1) + 0.01),
                 width = radius * sqrt(1 - height * height);

    return (struct star){
        .place = {width * cos(angle), width * sin(angle), radius * height},
        .speed = {-0.5 * width * sin(angle), 0.5 * width * cos(angle), 0},
        .mass = (1 + i % 3) / (2.0 * stars),
    };
}

static struct star *stars_make(int first, int count, int stars)
{
    struct star *made = allocate((size_t)count, sizeof *made);

    for (int i = 0; i < count; i++) {
        made[i] = star_of(first + i, stars);
    }
    return made;
}

/* Adds to `pull`, for each star, how others accelerate it. A star does not pull itself: the
 * distance is zero. */
static void attract(const struct star *stars, int count, const struct star *others, int other_count,
                    double (*pull)[3])
{
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < other_count; j++) {
            const double dx = others[j].place[0] - stars[i].place[0];
            const double dy = others[j].place[1] - stars[i].place[1];
            const double dz = others[j].place[2] - stars[i].place[2];
            const double square = dx * dx + dy * dy + dz * dz + softening;
            const double force = others[j].mass / (square * sqrt(square));

            pull[i][0] += force * dx;
            pull[i][1] += force * dy;
            pull[i][2] += force * dz;
        }
    }
}

/* Moves the stars on by one step, under what pulls them, and clears that. */
static void move(struct star *stars, int count, double (*pull)[3])
{
    for (int i = 0; i < count; i++) {
        for (int d = 0; d < 3; d++) {
            stars[i].speed[d] += step_time * pull[i][d];
            stars[i].place[d] += step_time * stars[i].speed[d];
            pull[i][d] = 0;
        }
    }
}

/* Once around the ring: all stars attract those of this rank. */
static void attract_by_all(struct ring *ring, const struct star *stars, int count,
                           double (*pull)[3])
{
    memcpy(ring->buffers[0], stars, (size_t)count * sizeof *stars);
    memset(ring->buffers[0] + count, 0, (size_t)(ring->places - count) * sizeof *stars);
    for (int hop = 0; hop < ring->ranks; hop++) {
        const int here = hop % 2;
        const bool go_on = hop < ring->ranks - 1;

        if (go_on) {
            MPI_Startall(2, ring->requests[here]);
        }
        attract(stars, count, ring->buffers[here], ring->places, pull);
        if (go_on) {
            MPI_Waitall(2, ring->requests[here], MPI_STATUSES_IGNORE);
        }
    }
}

/* Every rank goes alone through the whole history, and compares its share. Returns the largest
 * difference of any star's place in any rank. */
static double compare(const struct star *mine, int first, int count, int stars, MPI_Comm comm)
{
    struct star *expected = stars_make(0, stars, stars);
    double(*pull)[3] = allocate((size_t)stars, sizeof *pull);
    double largest = 0;

    for (int step = 0; step < STEPS; step++) {
        attract(expected, stars, expected, stars, pull);
        move(expected, stars, pull);
    }
    for (int i = 0; i < count; i++) {
        for (int d = 0; d < 3; d++) {
            largest = fmax(largest, fabs(mine[i].place[d] - expected[first + i].place[d]));
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPI_DOUBLE, MPI_MAX, comm);
    free(expected);
    free(pull);
    return largest;
}

int main(int argc, char **argv)
{
    struct ring ring;
    char what[80];
    int rank, ranks, status = EXIT_SUCCESS;

    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const struct options options = read_options(argc, argv, 4000, 1, 10000000);
    const int first = share_start(options.size, ranks, rank);
    const int count = share_start(options.size, ranks, rank + 1) - first;
    struct star *stars = stars_make(first, count, options.size);
    double(*pull)[3] = allocate((size_t)count, sizeof *pull);

    ring_make(&ring, options.size, MPI_COMM_WORLD);
    MPI_Barrier(MPI_COMM_WORLD);
    const double start = MPI_Wtime();
    for (int step = 0; step < STEPS; step++) {
        attract_by_all(&ring, stars, count, pull);
        move(stars, count, pull);
    }
    snprintf(what, sizeof what, "nbody: %d steps of %d stars", STEPS, options.size);
    report_time(what, start);
    if (options.check) {
        const double error = compare(stars, first, count, options.size, MPI_COMM_WORLD);
        status = rank == 0 ? report_check(error, 1e-12) : EXIT_SUCCESS;
    }
    ring_free(&ring);
    free(stars);
    free(pull);
    MPI_Finalize();
    return status;
}
