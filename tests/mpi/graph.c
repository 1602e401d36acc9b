/* SPDX-License-Identifier: BSD-3-Clause */
/* Graph topologies: random graphs, the whole of which each process knows. */
/* matrix: copy=chunk rings=default */
#include "../lib/mpitest.h"

enum { NODES_MAX = 64, DEGREE_MAX = 4, EDGES_MAX = NODES_MAX * DEGREE_MAX, ROUNDS = 30 };

struct graph {
    int nnodes;
    int ends[NODES_MAX];
    int edges[EDGES_MAX];
};

/* With loops and multiple edges; the same in every rank. */
static struct graph draw_graph(void)
{
    struct graph graph = {.nnodes = (int)mpitest_random_below((uint64_t)mpitest_size + 1)};
    int count = 0;

    for (int node = 0; node < graph.nnodes; node++) {
        int degree = (int)mpitest_random_below(DEGREE_MAX + 1);
        for (int i = 0; i < degree; i++) {
            graph.edges[count++] = (int)mpitest_random_below((uint64_t)graph.nnodes);
        }
        graph.ends[node] = count;
    }
    return graph;
}

static int edge_count(const struct graph *graph)
{
    return graph->nnodes > 0 ? graph->ends[graph->nnodes - 1] : 0;
}

static void check_whole(MPI_Comm comm, const struct graph *graph)
{
    int status, nnodes, nedges, ends[NODES_MAX], edges[EDGES_MAX];

    MPI_Topo_test(comm, &status);
    CHECK_EQ(status, MPI_GRAPH);
    MPI_Graphdims_get(comm, &nnodes, &nedges);
    CHECK_EQ(nnodes, graph->nnodes);
    CHECK_EQ(nedges, edge_count(graph));
    MPI_Graph_get(comm, NODES_MAX, EDGES_MAX, ends, edges);
    CHECK_EQ(memcmp(ends, graph->ends, (size_t)nnodes * sizeof(int)), 0);
    CHECK_EQ(memcmp(edges, graph->edges, (size_t)nedges * sizeof(int)), 0);
}

static void check_neighbors(MPI_Comm comm, const struct graph *graph)
{
    for (int node = 0; node < graph->nnodes; node++) {
        int begin = node > 0 ? graph->ends[node - 1] : 0;
        int count = -1, neighbors[DEGREE_MAX];
        MPI_Graph_neighbors_count(comm, node, &count);
        CHECK_EQ(count, graph->ends[node] - begin);
        MPI_Graph_neighbors(comm, node, DEGREE_MAX, neighbors);
        for (int i = 0; i < count; i++) {
            CHECK_EQ(neighbors[i], graph->edges[begin + i]);
        }
    }
}

static void check_graph(int reorder)
{
    struct graph graph = draw_graph();
    MPI_Comm comm, copy;
    int newrank, sum = 0, one = 1;

    MPI_Graph_map(MPI_COMM_WORLD, graph.nnodes, graph.ends, graph.edges, &newrank);
    MPI_Graph_create(MPI_COMM_WORLD, graph.nnodes, graph.ends, graph.edges, reorder, &comm);
    if (!reorder) {
        CHECK_EQ(comm != MPI_COMM_NULL, mpitest_rank < graph.nnodes);
    }
    if (comm == MPI_COMM_NULL) {
        CHECK_EQ(newrank, MPI_UNDEFINED);
        return;
    }
    CHECK(newrank >= 0 && newrank < graph.nnodes);
    check_whole(comm, &graph);
    MPI_Comm_dup(comm, &copy);
    MPI_Comm_free(&comm);
    check_whole(copy, &graph);
    check_neighbors(copy, &graph);
    MPI_Allreduce(&one, &sum, 1, MPI_INT, MPI_SUM, copy);
    CHECK_EQ(sum, graph.nnodes);
    MPI_Comm_free(&copy);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > NODES_MAX) {
        return mpitest_skip("made for at most 64 ranks");
    }
    for (int round = 0; round < ROUNDS; round++) {
        check_graph(round % 2);
    }
    return mpitest_finish();
}
