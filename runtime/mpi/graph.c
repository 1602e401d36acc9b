/* SPDX-License-Identifier: BSD-3-Clause */
/* Graph topologies, of which every process knows all (MPI 5.0, 8.5.3 to 8.5.5). */
#include <string.h>

#include "coll/newtopology.h"
#include "mpi/topology_args.h"

static int arg_ends(struct mpr_comm *comm, int nnodes, const int indx[])
{
    MPR_TRY(mpr_arg_array(comm, "indx", indx, nnodes));
    for (int i = 0, last = 0; i < nnodes; last = indx[i++]) {
        if (indx[i] < last) {
            return mpr_raise(comm, MPI_ERR_ARG,
                             "indx[%d] is %d, but must be at least %d: entries never decrease", i,
                             indx[i], last);
        }
    }
    return MPI_SUCCESS;
}

/* A graph that has room in the communicator. */
static int arg_graph(struct mpr_comm *comm, int nnodes, const int indx[], const int edges[],
                     struct mpr_graph *graph)
{
    if (nnodes < 0 || nnodes > comm->size) {
        return mpr_raise(comm, MPI_ERR_ARG, "nnodes is %d, but the communicator has %d processes",
                         nnodes, comm->size);
    }
    MPR_TRY(arg_ends(comm, nnodes, indx));
    *graph = (struct mpr_graph){nnodes, indx, edges};
    int edge_count = mpr_graph_edge_count(graph);
    MPR_TRY(mpr_arg_array(comm, "edges", edges, edge_count));
    for (int i = 0; i < edge_count; i++) {
        if (edges[i] < 0 || edges[i] >= nnodes) {
            return mpr_raise(comm, MPI_ERR_ARG, "edges[%d] is %d, but the graph has nodes 0 to %d",
                             i, edges[i], nnodes - 1);
        }
    }
    return MPI_SUCCESS;
}

static int graph_create(MPI_Comm comm_old, int nnodes, const int indx[], const int edges[],
                        MPI_Comm *comm_graph)
{
    struct mpr_comm *c, *made;
    struct mpr_graph graph;
    MPR_TRY(mpr_arg_intra_named("comm_old", comm_old, &c));
    MPR_TRY(arg_graph(c, nnodes, indx, edges, &graph));
    MPR_TRY(mpr_arg_pointer(c, "comm_graph", comm_graph));
    MPR_TRY(mpr_result(c, mpr_graph_create(c, &graph, &made)));
    *comm_graph = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Graph_create,
        (MPI_Comm comm_old, int nnodes, const int indx[], const int edges[], int reorder,
         MPI_Comm *comm_graph))
{
    (void)reorder;
    return MPR_RUN(Graph_create, graph_create(comm_old, nnodes, indx, edges, comm_graph));
}

static int graph_map(MPI_Comm comm, int nnodes, const int indx[], const int edges[], int *newrank)
{
    struct mpr_comm *c;
    struct mpr_graph graph;
    MPR_TRY(mpr_arg_intra(comm, &c));
    MPR_TRY(arg_graph(c, nnodes, indx, edges, &graph));
    MPR_TRY(mpr_arg_pointer(c, "newrank", newrank));
    *newrank = c->rank < nnodes ? c->rank : MPI_UNDEFINED;
    return MPI_SUCCESS;
}

MPR_API(int, Graph_map,
        (MPI_Comm comm, int nnodes, const int indx[], const int edges[], int *newrank))
{
    return MPR_RUN(Graph_map, graph_map(comm, nnodes, indx, edges, newrank));
}

/* ---- Inquiry ---- */

static int graphdims_get(MPI_Comm comm, int *nnodes, int *nedges)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_GRAPH, &c));
    MPR_TRY(mpr_arg_pointer(c, "nnodes", nnodes));
    MPR_TRY(mpr_arg_pointer(c, "nedges", nedges));
    *nnodes = c->topology->graph.node_count;
    *nedges = mpr_graph_edge_count(&c->topology->graph);
    return MPI_SUCCESS;
}

MPR_API(int, Graphdims_get, (MPI_Comm comm, int *nnodes, int *nedges))
{
    return MPR_RUN(Graphdims_get, graphdims_get(comm, nnodes, nedges));
}

static void copy(int *to, const int *from, int count)
{
    if (count > 0) {
        memcpy(to, from, (size_t)count * sizeof(*to));
    }
}

static int graph_get(MPI_Comm comm, int maxindex, int maxedges, int indx[], int edges[])
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_GRAPH, &c));
    const struct mpr_graph *graph = &c->topology->graph;
    int edge_count = mpr_graph_edge_count(graph);
    MPR_TRY(mpr_arg_room(c, "maxindex", maxindex, graph->node_count));
    MPR_TRY(mpr_arg_room(c, "maxedges", maxedges, edge_count));
    MPR_TRY(mpr_arg_array(c, "indx", indx, graph->node_count));
    MPR_TRY(mpr_arg_array(c, "edges", edges, edge_count));
    copy(indx, graph->ends, graph->node_count);
    copy(edges, graph->edges, edge_count);
    return MPI_SUCCESS;
}

MPR_API(int, Graph_get, (MPI_Comm comm, int maxindex, int maxedges, int indx[], int edges[]))
{
    return MPR_RUN(Graph_get, graph_get(comm, maxindex, maxedges, indx, edges));
}

static int graph_neighbors_count(MPI_Comm comm, int rank, int *nneighbors)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_GRAPH, &c));
    MPR_TRY(mpr_arg_rank(c, "rank", rank));
    MPR_TRY(mpr_arg_pointer(c, "nneighbors", nneighbors));
    *nneighbors = mpr_graph_degree(&c->topology->graph, rank);
    return MPI_SUCCESS;
}

MPR_API(int, Graph_neighbors_count, (MPI_Comm comm, int rank, int *nneighbors))
{
    return MPR_RUN(Graph_neighbors_count, graph_neighbors_count(comm, rank, nneighbors));
}

static int graph_neighbors(MPI_Comm comm, int rank, int maxneighbors, int neighbors[])
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_GRAPH, &c));
    MPR_TRY(mpr_arg_rank(c, "rank", rank));
    int degree = mpr_graph_degree(&c->topology->graph, rank);
    MPR_TRY(mpr_arg_room(c, "maxneighbors", maxneighbors, degree));
    MPR_TRY(mpr_arg_array(c, "neighbors", neighbors, degree));
    copy(neighbors, mpr_graph_neighbors(&c->topology->graph, rank), degree);
    return MPI_SUCCESS;
}

MPR_API(int, Graph_neighbors, (MPI_Comm comm, int rank, int maxneighbors, int neighbors[]))
{
    return MPR_RUN(Graph_neighbors, graph_neighbors(comm, rank, maxneighbors, neighbors));
}
