/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators of every kind for tests of collectives, and who is whose neighbour in them: copies,
 * ranks turned around, halves, two groups, a grid, and graphs, the last four at random. */
#ifndef MPR_TESTS_COLLSCENE_H
#define MPR_TESTS_COLLSCENE_H

#include "tests/lib/colltest.h"

enum { COLLSCENES = 7, COLLSCENE_EDGES_MAX = 24 };

/* Where a block comes from: a block of those that a rank gives; the product of those of several
 * ranks; or nowhere: then it stays as it is, or, if `is_open`, may hold anything. */
struct collscene_origin {
    int first, last; /* ranks; none: last < first */
    int block;
    bool is_open;
};

static const struct collscene_origin collscene_nobody = {.first = 0, .last = -1};

struct collscene {
    MPI_Comm comm;
    const char *name;
    int rank, size;
    int side;  /* of an intercommunicator, else 0 */
    int peers; /* how many ranks this one gets from and gives to in other collectives */
    bool is_inter, has_neighbors;
    int source_count, destination_count; /* of neighbours */
    struct collscene_origin sources[COLLSCENE_EDGES_MAX];
};

static inline void collscene_set(struct collscene *scene, const char *name, MPI_Comm comm)
{
    int is_inter;

    *scene = (struct collscene){.comm = comm, .name = name};
    MPI_Comm_rank(comm, &scene->rank);
    MPI_Comm_size(comm, &scene->size);
    MPI_Comm_test_inter(comm, &is_inter);
    scene->is_inter = is_inter != 0;
    scene->peers = scene->size;
    if (is_inter) {
        MPI_Comm_remote_size(comm, &scene->peers);
    }
}

/* The world cut in two at random; one rank alone has only itself. */
static inline void collscene_set_inter(struct collscene *scene)
{
    MPI_Comm local, inter;

    if (mpitest_size == 1) {
        MPI_Comm_dup(MPI_COMM_SELF, &inter);
        collscene_set(scene, "two groups", inter);
        return;
    }
    int first = 1 + (int)mpitest_random_below((uint64_t)mpitest_size - 1);
    int side = mpitest_rank < first ? 0 : 1;
    MPI_Comm_split(MPI_COMM_WORLD, side, 0, &local);
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, side == 0 ? first : 0, 1, &inter);
    MPI_Comm_free(&local);
    collscene_set(scene, "two groups", inter);
    scene->side = side;
}

static inline void collscene_set_cart(struct collscene *scene)
{
    int dims[2] = {0}, periods[2], source, dest;
    MPI_Comm cart;

    MPI_Dims_create(mpitest_size, 2, dims);
    periods[0] = (int)mpitest_random_below(2);
    periods[1] = (int)mpitest_random_below(2);
    MPI_Cart_create(MPI_COMM_WORLD, 2, dims, periods, 0, &cart);
    collscene_set(scene, "grid", cart);
    scene->has_neighbors = true;
    scene->source_count = scene->destination_count = 4;
    for (int i = 0; i < 4; i++) {
        MPI_Cart_shift(cart, i / 2, 1, &source, &dest);
        int neighbor = i % 2 == 0 ? source : dest;
        // What comes from below was sent upwards.
        scene->sources[i] = neighbor == MPI_PROC_NULL
                                ? collscene_nobody
                                : (struct collscene_origin){neighbor, neighbor, i ^ 1, false};
    }
}

/* Edges from[] to to[], and what they make of this rank's neighbourhood. */
struct collscene_edges {
    int count;
    int from[COLLSCENE_EDGES_MAX], to[COLLSCENE_EDGES_MAX];
};

static inline struct collscene_edges collscene_random_edges(bool both_ways)
{
    struct collscene_edges edges;

    edges.count = 2 * (int)mpitest_random_below(COLLSCENE_EDGES_MAX / 2 + 1);
    for (int i = 0; i < edges.count; i++) {
        bool is_back = both_ways && i % 2 == 1;
        edges.from[i] =
            is_back ? edges.to[i - 1] : (int)mpitest_random_below((uint64_t)mpitest_size);
        edges.to[i] =
            is_back ? edges.from[i - 1] : (int)mpitest_random_below((uint64_t)mpitest_size);
    }
    return edges;
}

static inline void collscene_add_neighbors(struct collscene *scene,
                                           const struct collscene_edges *edges)
{
    scene->has_neighbors = true;
    for (int i = 0; i < edges->count; i++) {
        if (edges->to[i] == scene->rank) {
            int place = 0;
            for (int earlier = 0; earlier < i; earlier++) {
                place += edges->from[earlier] == edges->from[i];
            }
            scene->sources[scene->source_count++] =
                (struct collscene_origin){edges->from[i], edges->from[i], place, false};
        }
        scene->destination_count += edges->from[i] == scene->rank;
    }
}

static inline void collscene_set_graph(struct collscene *scene)
{
    struct collscene_edges edges = collscene_random_edges(true);
    int ends[COLLTEST_RANKS_MAX], targets[COLLSCENE_EDGES_MAX], count = 0;
    MPI_Comm graph;

    for (int rank = 0; rank < mpitest_size; rank++) {
        for (int i = 0; i < edges.count; i++) {
            if (edges.from[i] == rank) {
                targets[count++] = edges.to[i];
            }
        }
        ends[rank] = count;
    }
    MPI_Graph_create(MPI_COMM_WORLD, mpitest_size, ends, targets, 0, &graph);
    collscene_set(scene, "graph", graph);
    collscene_add_neighbors(scene, &edges);
}

static inline void collscene_set_dist_graph(struct collscene *scene)
{
    struct collscene_edges edges = collscene_random_edges(false);
    int sources[COLLSCENE_EDGES_MAX], source_count = 0;
    int targets[COLLSCENE_EDGES_MAX], target_count = 0;
    MPI_Comm graph;

    for (int i = 0; i < edges.count; i++) {
        if (edges.to[i] == mpitest_rank) {
            sources[source_count++] = edges.from[i];
        }
        if (edges.from[i] == mpitest_rank) {
            targets[target_count++] = edges.to[i];
        }
    }
    MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, source_count, sources, MPI_UNWEIGHTED,
                                   target_count, targets, MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &graph);
    collscene_set(scene, "distributed graph", graph);
    collscene_add_neighbors(scene, &edges);
}

/* All of them; communicators [0] to [COLLSCENES - 1] are to be freed. */
static inline void collscenes_make(struct collscene scenes[COLLSCENES])
{
    MPI_Comm comm;

    MPI_Comm_dup(MPI_COMM_WORLD, &comm);
    collscene_set(&scenes[0], "copy", comm);
    MPI_Comm_split(MPI_COMM_WORLD, 0, -mpitest_rank, &comm);
    collscene_set(&scenes[1], "turned around", comm);
    MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, 0, &comm);
    collscene_set(&scenes[2], "half", comm);
    collscene_set_inter(&scenes[3]);
    collscene_set_cart(&scenes[4]);
    collscene_set_graph(&scenes[5]);
    collscene_set_dist_graph(&scenes[6]);
}

#endif
