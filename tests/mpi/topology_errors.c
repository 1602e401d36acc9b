/* SPDX-License-Identifier: BSD-3-Clause */
/* Bad arguments to every function on topologies: the standard's error class, and no effect. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default */
#include <limits.h>

#include "../lib/mpitest.h"

static MPI_Comm cart, graph, dist_graph;
static MPI_Comm made; /* what must never be set */
static int number;
static int room[8];

static void make_topologies(void)
{
    const int dims[] = {mpitest_size}, periods[] = {0};
    int ends[64], edges[64];

    for (int i = 0; i < mpitest_size; i++) {
        ends[i] = i + 1;
        edges[i] = i;
    }
    MPI_Cart_create(MPI_COMM_WORLD, 1, dims, periods, 0, &cart);
    MPI_Graph_create(MPI_COMM_WORLD, mpitest_size, ends, edges, 0, &graph);
    MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, 1, &mpitest_rank, MPI_UNWEIGHTED, 1,
                                   &mpitest_rank, MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &dist_graph);
}

static void check_cart_create(void)
{
    const int dims[] = {1, 1}, zero[] = {1, 0}, many[] = {mpitest_size, 2}, periods[] = {0, 1};
    const int huge[] = {INT_MAX, INT_MAX};

    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_NULL, 2, dims, periods, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_WORLD, -1, dims, periods, 0, &made), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_WORLD, 2, NULL, periods, 0, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_WORLD, 2, dims, NULL, 0, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_WORLD, 2, zero, periods, 0, &made), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_WORLD, 2, many, periods, 0, &made), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_WORLD, 2, huge, periods, 0, &made), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Cart_create(MPI_COMM_WORLD, 2, dims, periods, 0, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_map(MPI_COMM_NULL, 2, dims, periods, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_map(MPI_COMM_WORLD, 2, many, periods, &number), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Cart_map(MPI_COMM_WORLD, 2, dims, periods, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_sub(MPI_COMM_NULL, dims, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_sub(MPI_COMM_WORLD, dims, &made), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Cart_sub(graph, dims, &made), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Cart_sub(cart, NULL, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_sub(cart, dims, NULL), MPI_ERR_ARG);
}

static void check_cart_inquiry(void)
{
    const int outside[] = {mpitest_size};

    EXPECT_CLASS(MPI_Topo_test(MPI_COMM_NULL, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Topo_test(cart, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cartdim_get(MPI_COMM_NULL, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cartdim_get(dist_graph, &number), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Cartdim_get(cart, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_get(MPI_COMM_NULL, 1, room, room + 1, room + 2), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_get(MPI_COMM_WORLD, 1, room, room + 1, room + 2), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Cart_get(cart, 0, room, room + 1, room + 2), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_get(cart, 1, NULL, room + 1, room + 2), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_get(cart, 1, room, NULL, room + 2), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_get(cart, 1, room, room + 1, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_rank(MPI_COMM_NULL, room, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_rank(graph, room, &number), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Cart_rank(cart, NULL, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_rank(cart, outside, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_rank(cart, room, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_coords(MPI_COMM_NULL, 0, 1, room), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_coords(MPI_COMM_WORLD, 0, 1, room), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Cart_coords(cart, -1, 1, room), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Cart_coords(cart, mpitest_size, 1, room), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Cart_coords(cart, 0, 0, room), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_coords(cart, 0, 1, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_shift(MPI_COMM_NULL, 0, 1, room, room + 1), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Cart_shift(MPI_COMM_WORLD, 0, 1, room, room + 1), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Cart_shift(cart, -1, 1, room, room + 1), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Cart_shift(cart, 1, 1, room, room + 1), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Cart_shift(cart, 0, 1, NULL, room + 1), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Cart_shift(cart, 0, 1, room, NULL), MPI_ERR_ARG);
}

static void check_dims_create(void)
{
    int negative[] = {0, -1}, fixed[] = {0, 4}, full[] = {2, 2};

    EXPECT_CLASS(MPI_Dims_create(0, 2, full), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dims_create(4, -1, full), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Dims_create(4, 2, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dims_create(4, 2, negative), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Dims_create(6, 2, fixed), MPI_ERR_DIMS);
    EXPECT_CLASS(MPI_Dims_create(8, 2, full), MPI_ERR_DIMS);
    CHECK(negative[0] == 0 && fixed[0] == 0);
}

static void check_graph(void)
{
    const int ends[] = {1}, falling[] = {1, 0}, edge[] = {0}, outside[] = {1};

    EXPECT_CLASS(MPI_Graph_create(MPI_COMM_NULL, 1, ends, edge, 0, &made), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Graph_create(MPI_COMM_WORLD, -1, ends, edge, 0, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_create(MPI_COMM_WORLD, mpitest_size + 1, ends, edge, 0, &made),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_create(MPI_COMM_WORLD, 1, NULL, edge, 0, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_create(MPI_COMM_WORLD, 1, ends, NULL, 0, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_create(MPI_COMM_WORLD, 1, ends, outside, 0, &made), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_create(MPI_COMM_WORLD, 1, ends, edge, 0, NULL), MPI_ERR_ARG);
    if (mpitest_size > 1) {
        EXPECT_CLASS(MPI_Graph_create(MPI_COMM_WORLD, 2, falling, edge, 0, &made), MPI_ERR_ARG);
    }
    EXPECT_CLASS(MPI_Graph_map(MPI_COMM_NULL, 1, ends, edge, &number), MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Graph_map(MPI_COMM_WORLD, 1, ends, outside, &number), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_map(MPI_COMM_WORLD, 1, ends, edge, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graphdims_get(cart, &number, room), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Graphdims_get(graph, NULL, room), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graphdims_get(graph, room, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_get(MPI_COMM_WORLD, 8, 8, room, room), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Graph_get(graph, mpitest_size - 1, 8, room, room), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_get(graph, 8, mpitest_size - 1, room, room), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_get(graph, 8, 8, NULL, room), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_get(graph, 8, 8, room, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_neighbors_count(cart, 0, &number), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Graph_neighbors_count(graph, mpitest_size, &number), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Graph_neighbors_count(graph, 0, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_neighbors(dist_graph, 0, 8, room), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Graph_neighbors(graph, -1, 8, room), MPI_ERR_RANK);
    EXPECT_CLASS(MPI_Graph_neighbors(graph, 0, 0, room), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Graph_neighbors(graph, 0, 8, NULL), MPI_ERR_ARG);
}

/* A graph of one edge with one argument wrong. */
static int adjacent(MPI_Comm comm, int indegree, const int *sources, const int *source_weights,
                    int outdegree, const int *destinations, const int *destination_weights)
{
    return MPI_Dist_graph_create_adjacent(comm, indegree, sources, source_weights, outdegree,
                                          destinations, destination_weights, MPI_INFO_NULL, 0,
                                          &made);
}

static void check_dist_graph(void)
{
    const int rank[] = {0}, outside[] = {mpitest_size}, minus[] = {-1}, one[] = {1};
    int *none = MPI_UNWEIGHTED, *empty = MPI_WEIGHTS_EMPTY;

    EXPECT_CLASS(adjacent(MPI_COMM_NULL, 1, rank, none, 1, rank, none), MPI_ERR_COMM);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, -1, rank, none, 1, rank, none), MPI_ERR_ARG);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, NULL, none, 1, rank, none), MPI_ERR_ARG);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, outside, none, 1, rank, none), MPI_ERR_RANK);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, rank, none, -1, rank, none), MPI_ERR_ARG);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, rank, none, 1, minus, none), MPI_ERR_RANK);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, rank, minus, 1, rank, one), MPI_ERR_ARG);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, rank, one, 1, rank, none), MPI_ERR_ARG);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, rank, one, 1, rank, empty), MPI_ERR_ARG);
    EXPECT_CLASS(adjacent(MPI_COMM_WORLD, 1, rank, NULL, 1, rank, one), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, 0, NULL, none, 0, NULL, none,
                                                (MPI_Info)MPI_COMM_WORLD, 0, &made),
                 MPI_ERR_INFO);

    EXPECT_CLASS(
        MPI_Dist_graph_create(MPI_COMM_NULL, 1, rank, one, rank, none, MPI_INFO_NULL, 0, &made),
        MPI_ERR_COMM);
    EXPECT_CLASS(
        MPI_Dist_graph_create(MPI_COMM_WORLD, -1, rank, one, rank, none, MPI_INFO_NULL, 0, &made),
        MPI_ERR_ARG);
    EXPECT_CLASS(
        MPI_Dist_graph_create(MPI_COMM_WORLD, 1, outside, one, rank, none, MPI_INFO_NULL, 0, &made),
        MPI_ERR_RANK);
    EXPECT_CLASS(
        MPI_Dist_graph_create(MPI_COMM_WORLD, 1, rank, minus, rank, none, MPI_INFO_NULL, 0, &made),
        MPI_ERR_ARG);
    EXPECT_CLASS(
        MPI_Dist_graph_create(MPI_COMM_WORLD, 1, rank, one, outside, none, MPI_INFO_NULL, 0, &made),
        MPI_ERR_RANK);
    EXPECT_CLASS(
        MPI_Dist_graph_create(MPI_COMM_WORLD, 1, rank, one, rank, minus, MPI_INFO_NULL, 0, &made),
        MPI_ERR_ARG);
    EXPECT_CLASS(
        MPI_Dist_graph_create(MPI_COMM_WORLD, 1, rank, one, rank, none, MPI_INFO_NULL, 0, NULL),
        MPI_ERR_ARG);

    EXPECT_CLASS(MPI_Dist_graph_neighbors_count(cart, room, room + 1, room + 2), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Dist_graph_neighbors_count(dist_graph, NULL, room + 1, room + 2), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dist_graph_neighbors_count(dist_graph, room, NULL, room + 2), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dist_graph_neighbors_count(dist_graph, room, room + 1, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dist_graph_neighbors(graph, 1, room, none, 1, room, none), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Dist_graph_neighbors(dist_graph, -1, room, none, 1, room, none), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dist_graph_neighbors(dist_graph, 1, room, none, -1, room, none), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dist_graph_neighbors(dist_graph, 1, NULL, none, 1, room, none), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Dist_graph_neighbors(dist_graph, 1, room, none, 1, NULL, none), MPI_ERR_ARG);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    make_topologies();
    made = MPI_COMM_SELF;
    number = 77;
    check_cart_create();
    check_cart_inquiry();
    check_dims_create();
    check_graph();
    check_dist_graph();
    CHECK(made == MPI_COMM_SELF);
    CHECK_EQ(number, 77);
    MPI_Comm_free(&cart);
    MPI_Comm_free(&graph);
    MPI_Comm_free(&dist_graph);
    return mpitest_finish();
}
