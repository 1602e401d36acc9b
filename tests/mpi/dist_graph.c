/* SPDX-License-Identifier: BSD-3-Clause */
/* Distributed graph topologies: the same random graph, named by its own ends and named anywhere. */
/* matrix: copy=chunk rings=default */
#include "../lib/mpitest.h"

enum { RANKS_MAX = 64, EDGES_MAX = 300, ROUNDS = 30 };

struct edge {
    int source;
    int destination;
    int weight;
    int namer; /* the rank that names it */
};

static struct edge edges[EDGES_MAX];
static int edge_count;

/* With loops and multiple edges; the same in every rank. */
static void draw_edges(void)
{
    edge_count = (int)mpitest_random_below((uint64_t)(4 * mpitest_size + 1));
    for (int i = 0; i < edge_count; i++) {
        edges[i].source = (int)mpitest_random_below((uint64_t)mpitest_size);
        edges[i].destination = (int)mpitest_random_below((uint64_t)mpitest_size);
        edges[i].weight = (int)mpitest_random_below(5);
        edges[i].namer = (int)mpitest_random_below((uint64_t)mpitest_size);
    }
}

/* One side of a rank's neighbourhood. */
struct side {
    int count;
    int ranks[EDGES_MAX];
    int weights[EDGES_MAX];
};

static struct side sources_of(int rank)
{
    struct side side = {0};
    for (int i = 0; i < edge_count; i++) {
        if (edges[i].destination == rank) {
            side.ranks[side.count] = edges[i].source;
            side.weights[side.count++] = edges[i].weight;
        }
    }
    return side;
}

static struct side destinations_of(int rank)
{
    struct side side = {0};
    for (int i = 0; i < edge_count; i++) {
        if (edges[i].source == rank) {
            side.ranks[side.count] = edges[i].destination;
            side.weights[side.count++] = edges[i].weight;
        }
    }
    return side;
}

/* The same neighbours with the same weights, in any order. */
static void check_same(const struct side *actual, const struct side *expected, bool weighted)
{
    bool used[EDGES_MAX] = {false};

    CHECK_EQ(actual->count, expected->count);
    for (int i = 0; i < actual->count; i++) {
        int at = 0;
        while (at < expected->count &&
               (used[at] || expected->ranks[at] != actual->ranks[i] ||
                (weighted && expected->weights[at] != actual->weights[i]))) {
            at++;
        }
        CHECK(at < expected->count);
        used[at < EDGES_MAX ? at : 0] = true;
    }
}

static void check_comm(MPI_Comm comm, bool weighted, bool ordered)
{
    struct side in = {0}, out = {0};
    struct side expected_in = sources_of(mpitest_rank),
                expected_out = destinations_of(mpitest_rank);
    int status, is_weighted;

    MPI_Topo_test(comm, &status);
    CHECK_EQ(status, MPI_DIST_GRAPH);
    MPI_Dist_graph_neighbors_count(comm, &in.count, &out.count, &is_weighted);
    CHECK_EQ(is_weighted != 0, weighted);
    MPI_Dist_graph_neighbors(comm, in.count, in.ranks, weighted ? in.weights : MPI_UNWEIGHTED,
                             out.count, out.ranks, weighted ? out.weights : MPI_UNWEIGHTED);
    check_same(&in, &expected_in, weighted);
    check_same(&out, &expected_out, weighted);
    if (ordered) {
        CHECK_EQ(memcmp(in.ranks, expected_in.ranks, (size_t)in.count * sizeof(int)), 0);
        CHECK_EQ(memcmp(out.ranks, expected_out.ranks, (size_t)out.count * sizeof(int)), 0);
    }
    // Of an array that is too short, the first ones.
    if (in.count > 1 && out.count > 1) {
        int first = MPI_UNDEFINED, none[1];
        MPI_Dist_graph_neighbors(comm, 1, &first, weighted ? none : MPI_UNWEIGHTED, 0, NULL,
                                 weighted ? none : MPI_UNWEIGHTED);
        CHECK_EQ(first, in.ranks[0]);
    }
}

static void check_and_free(MPI_Comm comm, bool weighted, bool ordered)
{
    MPI_Comm copy;
    int result;

    check_comm(comm, weighted, ordered);
    MPI_Comm_compare(comm, MPI_COMM_WORLD, &result);
    CHECK_EQ(result, MPI_CONGRUENT);
    MPI_Comm_dup(comm, &copy);
    MPI_Comm_free(&comm);
    check_comm(copy, weighted, ordered);
    MPI_Comm_free(&copy);
}

static void check_adjacent(bool weighted)
{
    struct side in = sources_of(mpitest_rank), out = destinations_of(mpitest_rank);
    const int *in_weights = in.count > 0 ? in.weights : MPI_WEIGHTS_EMPTY;
    const int *out_weights = out.count > 0 ? out.weights : MPI_WEIGHTS_EMPTY;
    MPI_Comm comm;

    MPI_Dist_graph_create_adjacent(
        MPI_COMM_WORLD, in.count, in.ranks, weighted ? in_weights : MPI_UNWEIGHTED, out.count,
        out.ranks, weighted ? out_weights : MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &comm);
    check_and_free(comm, weighted, true);
}

/* Every rank names its edges, each by itself or several of one source together. */
static void check_anywhere(bool weighted)
{
    int sources[EDGES_MAX], degrees[EDGES_MAX], destinations[EDGES_MAX], weights[EDGES_MAX];
    int n = 0, count = 0;
    MPI_Comm comm;

    for (int i = 0; i < edge_count; i++) {
        if (edges[i].namer != mpitest_rank) {
            continue;
        }
        if (n > 0 && sources[n - 1] == edges[i].source) {
            degrees[n - 1]++;
        } else {
            sources[n] = edges[i].source;
            degrees[n++] = 1;
        }
        destinations[count] = edges[i].destination;
        weights[count++] = edges[i].weight;
    }
    const int *given = count > 0 ? weights : MPI_WEIGHTS_EMPTY;
    MPI_Dist_graph_create(MPI_COMM_WORLD, n, sources, degrees, destinations,
                          weighted ? given : MPI_UNWEIGHTED, MPI_INFO_NULL, 0, &comm);
    check_and_free(comm, weighted, false);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > RANKS_MAX) {
        return mpitest_skip("made for at most 64 ranks");
    }
    for (int round = 0; round < ROUNDS; round++) {
        draw_edges();
        check_adjacent(round % 2 == 0);
        check_anywhere(round % 2 != 0);
    }
    return mpitest_finish();
}
