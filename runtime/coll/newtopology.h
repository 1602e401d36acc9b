/* SPDX-License-Identifier: BSD-3-Clause */
/* Making communicators with a topology: collectives over all members of an intracommunicator. As
 * for coll/newcomm.h. Ranks keep their order: on one machine, the launcher has placed neighbouring
 * ranks on neighbouring cores. */
#ifndef MPR_COLL_NEWTOPOLOGY_H
#define MPR_COLL_NEWTOPOLOGY_H

#include "comm/comm.h"
#include "comm/topology.h"

/* The first processes of the parent, as many as the grid has places for; there are enough. */
int mpr_cart_create(struct mpr_comm *parent, const struct mpr_cart *cart,
                    struct mpr_comm **newcomm);

/* The processes of the parent's grid that differ only in the coordinates of the dimensions that
 * remain: remain[i] is not 0. */
int mpr_cart_sub(struct mpr_comm *parent, const int *remain, struct mpr_comm **newcomm);

/* The first processes of the parent, as many as the graph has nodes; there are enough. */
int mpr_graph_create(struct mpr_comm *parent, const struct mpr_graph *graph,
                     struct mpr_comm **newcomm);

/* All processes of the parent; each names its own neighbours. Both weights are NULL: without. */
int mpr_dist_graph_create_adjacent(struct mpr_comm *parent, const struct mpr_neighbors *neighbors,
                                   const int *source_weights, const int *destination_weights,
                                   struct mpr_comm **newcomm);

/* Edges of a graph that any processes name: from node sources[i] to each of the next degrees[i] of
 * `destinations`. */
struct mpr_edges {
    int source_count;
    const int *sources;
    const int *degrees;
    const int *destinations;
    const int *weights; /* one for each destination; NULL: without */
};

/* All processes of the parent; a process's neighbours are those that any process has named. */
int mpr_dist_graph_create(struct mpr_comm *parent, const struct mpr_edges *edges,
                          struct mpr_comm **newcomm);

/* For those above: `topology` is this process's, whose reference is taken over; NULL: no memory. */
int mpr_newtopology_make(struct mpr_comm *parent, struct mpr_topology *topology,
                         struct mpr_comm **newcomm);

#endif
