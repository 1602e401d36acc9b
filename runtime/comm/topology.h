/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual topologies: which processes of a communicator are neighbours (MPI 5.0, 8).
 *
 * Immutable once made. A communicator and its duplicates share one by reference. */
#ifndef MPR_COMM_TOPOLOGY_H
#define MPR_COMM_TOPOLOGY_H

#include <stdbool.h>

#include "comm/cart.h"

/* Every process knows all edges: node i has edges[ends[i - 1]] to edges[ends[i] - 1]. */
struct mpr_graph {
    int node_count;
    const int *ends;
    const int *edges;
};

/* What neighbourhood collectives need to know: from whom and to whom, in the order of their blocks.
 * Ranks or MPI_PROC_NULL. */
struct mpr_neighbors {
    int source_count;
    int destination_count;
    const int *sources;
    const int *destinations;
};

struct mpr_topology {
    int references;
    int kind;                       /* MPI_CART, MPI_GRAPH or MPI_DIST_GRAPH */
    struct mpr_neighbors neighbors; /* of this process */
    struct mpr_cart cart;           /* of MPI_CART */
    struct mpr_graph graph;         /* of MPI_GRAPH */
    const int *source_weights;      /* of MPI_DIST_GRAPH; both NULL: without weights */
    const int *destination_weights;
    int data[]; /* what all of these point to */
};

/* Each of these copies its arguments into a topology with one reference, for the process `rank`.
 * NULL: no memory. */
struct mpr_topology *mpr_topology_make_cart(const struct mpr_cart *cart, int rank);
struct mpr_topology *mpr_topology_make_graph(const struct mpr_graph *graph, int rank);
struct mpr_topology *mpr_topology_make_dist_graph(const struct mpr_neighbors *neighbors,
                                                  const int *source_weights,
                                                  const int *destination_weights);

void mpr_topology_retain(struct mpr_topology *topology);
void mpr_topology_release(struct mpr_topology *topology);

/* Neighbours of any node: how many, and the first of them. */
int mpr_graph_degree(const struct mpr_graph *graph, int node);
const int *mpr_graph_neighbors(const struct mpr_graph *graph, int node);

/* All edges. */
int mpr_graph_edge_count(const struct mpr_graph *graph);

#endif
