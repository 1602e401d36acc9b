/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of topologies. Each is one piece of memory with all of its arrays at the end. */
#include "comm/topology.h"

#include <stdlib.h>
#include <string.h>

/* The part of data[] that is not in use yet. */
struct room {
    int *next;
};

static struct mpr_topology *begin(int kind, size_t data_count, struct room *room)
{
    struct mpr_topology *topology = calloc(1, sizeof(*topology) + data_count * sizeof(int));
    if (topology != NULL) {
        topology->references = 1;
        topology->kind = kind;
        room->next = topology->data;
    }
    return topology;
}

static int *take(struct room *room, int count)
{
    int *taken = room->next;
    room->next += count;
    return taken;
}

static const int *keep(struct room *room, const int *values, int count)
{
    int *kept = take(room, count);
    if (count > 0) {
        memcpy(kept, values, (size_t)count * sizeof(*values));
    }
    return kept;
}

/* In each dimension the one before, then the one after (MPI 5.0, 8.6). */
struct mpr_topology *mpr_topology_make_cart(const struct mpr_cart *cart, int rank)
{
    struct room room;
    struct mpr_topology *topology = begin(MPI_CART, 4 * (size_t)cart->dim_count, &room);
    if (topology == NULL) {
        return NULL;
    }
    topology->cart.dim_count = cart->dim_count;
    topology->cart.dims = keep(&room, cart->dims, cart->dim_count);
    topology->cart.periods = keep(&room, cart->periods, cart->dim_count);
    int *neighbors = take(&room, 2 * cart->dim_count);
    for (int dim = 0; dim < cart->dim_count; dim++) {
        neighbors[2 * dim] = mpr_cart_shift(cart, rank, dim, -1);
        neighbors[2 * dim + 1] = mpr_cart_shift(cart, rank, dim, 1);
    }
    topology->neighbors = (struct mpr_neighbors){
        .source_count = 2 * cart->dim_count,
        .destination_count = 2 * cart->dim_count,
        .sources = neighbors,
        .destinations = neighbors,
    };
    return topology;
}

struct mpr_topology *mpr_topology_make_graph(const struct mpr_graph *graph, int rank)
{
    int edge_count = mpr_graph_edge_count(graph);
    struct room room;
    struct mpr_topology *topology =
        begin(MPI_GRAPH, (size_t)graph->node_count + (size_t)edge_count, &room);
    if (topology == NULL) {
        return NULL;
    }
    topology->graph.node_count = graph->node_count;
    topology->graph.ends = keep(&room, graph->ends, graph->node_count);
    topology->graph.edges = keep(&room, graph->edges, edge_count);
    const int *neighbors = mpr_graph_neighbors(&topology->graph, rank);
    int degree = mpr_graph_degree(&topology->graph, rank);
    topology->neighbors = (struct mpr_neighbors){
        .source_count = degree,
        .destination_count = degree,
        .sources = neighbors,
        .destinations = neighbors,
    };
    return topology;
}

struct mpr_topology *mpr_topology_make_dist_graph(const struct mpr_neighbors *neighbors,
                                                  const int *source_weights,
                                                  const int *destination_weights)
{
    int source_count = neighbors->source_count;
    int destination_count = neighbors->destination_count;
    struct room room;
    struct mpr_topology *topology =
        begin(MPI_DIST_GRAPH, 2 * ((size_t)source_count + (size_t)destination_count), &room);
    if (topology == NULL) {
        return NULL;
    }
    topology->neighbors = (struct mpr_neighbors){
        .source_count = source_count,
        .destination_count = destination_count,
        .sources = keep(&room, neighbors->sources, source_count),
        .destinations = keep(&room, neighbors->destinations, destination_count),
    };
    if (source_weights != NULL) {
        topology->source_weights = keep(&room, source_weights, source_count);
        topology->destination_weights = keep(&room, destination_weights, destination_count);
    }
    return topology;
}

void mpr_topology_retain(struct mpr_topology *topology)
{
    topology->references++;
}

void mpr_topology_release(struct mpr_topology *topology)
{
    if (--topology->references == 0) {
        free(topology);
    }
}

static int begin_of(const struct mpr_graph *graph, int node)
{
    return node > 0 ? graph->ends[node - 1] : 0;
}

int mpr_graph_degree(const struct mpr_graph *graph, int node)
{
    return graph->ends[node] - begin_of(graph, node);
}

const int *mpr_graph_neighbors(const struct mpr_graph *graph, int node)
{
    return graph->edges + begin_of(graph, node);
}

int mpr_graph_edge_count(const struct mpr_graph *graph)
{
    return begin_of(graph, graph->node_count);
}
