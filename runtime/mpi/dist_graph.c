/* SPDX-License-Identifier: BSD-3-Clause */
/* Distributed graph topologies (MPI 5.0, 8.5.4 and 8.5.5). */
#include <string.h>

#include "coll/newtopology.h"
#include "mpi/topology_args.h"

/* ---- Making ---- */

static int arg_ranks(struct mpr_comm *comm, const char *name, const int ranks[], int count)
{
    MPR_TRY(mpr_arg_array(comm, name, ranks, count));
    for (int i = 0; i < count; i++) {
        if ((unsigned)ranks[i] >= (unsigned)comm->size) {
            return mpr_raise(comm, MPI_ERR_RANK,
                             "%s[%d] is %d, but the communicator has ranks 0 to %d", name, i,
                             ranks[i], comm->size - 1);
        }
    }
    return MPI_SUCCESS;
}

/* Weights, one for each of `count` edges; *found is NULL for MPI_UNWEIGHTED. */
static int arg_weights(struct mpr_comm *comm, const char *name, const int weights[], int count,
                       const int **found)
{
    *found = weights == MPI_UNWEIGHTED ? NULL : count == 0 ? MPI_WEIGHTS_EMPTY : weights;
    if (*found == NULL || count == 0) {
        return MPI_SUCCESS;
    }
    MPR_TRY(mpr_arg_pointer(comm, name, weights));
    if (weights == MPI_WEIGHTS_EMPTY) {
        return mpr_raise(comm, MPI_ERR_ARG, "%s is MPI_WEIGHTS_EMPTY, but there are %d edges", name,
                         count);
    }
    for (int i = 0; i < count; i++) {
        if (weights[i] < 0) {
            return mpr_raise(comm, MPI_ERR_ARG, "%s[%d] is %d, but must not be negative", name, i,
                             weights[i]);
        }
    }
    return MPI_SUCCESS;
}

static int create_adjacent(MPI_Comm comm_old, const struct mpr_neighbors *neighbors,
                           const int sourceweights[], const int destweights[], MPI_Info info,
                           MPI_Comm *comm_dist_graph)
{
    struct mpr_comm *c, *made;
    const int *source_weights, *destination_weights;
    MPR_TRY(mpr_arg_intra_named("comm_old", comm_old, &c));
    MPR_TRY(mpr_arg_length(c, "indegree", neighbors->source_count));
    MPR_TRY(arg_ranks(c, "sources", neighbors->sources, neighbors->source_count));
    MPR_TRY(
        arg_weights(c, "sourceweights", sourceweights, neighbors->source_count, &source_weights));
    MPR_TRY(mpr_arg_length(c, "outdegree", neighbors->destination_count));
    MPR_TRY(arg_ranks(c, "destinations", neighbors->destinations, neighbors->destination_count));
    MPR_TRY(arg_weights(c, "destweights", destweights, neighbors->destination_count,
                        &destination_weights));
    if ((source_weights == NULL) != (destination_weights == NULL)) {
        return mpr_raise(c, MPI_ERR_ARG,
                         "one of sourceweights and destweights is MPI_UNWEIGHTED, but not both");
    }
    MPR_TRY(mpr_arg_info(c, info));
    MPR_TRY(mpr_arg_pointer(c, "comm_dist_graph", comm_dist_graph));
    MPR_TRY(mpr_result(c, mpr_dist_graph_create_adjacent(c, neighbors, source_weights,
                                                         destination_weights, &made)));
    *comm_dist_graph = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Dist_graph_create_adjacent,
        (MPI_Comm comm_old, int indegree, const int sources[], const int sourceweights[],
         int outdegree, const int destinations[], const int destweights[], MPI_Info info,
         int reorder, MPI_Comm *comm_dist_graph))
{
    const struct mpr_neighbors neighbors = {indegree, outdegree, sources, destinations};
    (void)reorder;
    return MPR_RUN(Dist_graph_create_adjacent, create_adjacent(comm_old, &neighbors, sourceweights,
                                                               destweights, info, comm_dist_graph));
}

/* The degrees, and their sum: the length of the arrays of edges. */
static int arg_degrees(struct mpr_comm *comm, int n, const int degrees[], int *edge_count)
{
    int64_t total = 0;
    MPR_TRY(mpr_arg_array(comm, "degrees", degrees, n));
    for (int i = 0; i < n; i++) {
        if (degrees[i] < 0) {
            return mpr_raise(comm, MPI_ERR_ARG, "degrees[%d] is %d, but must not be negative", i,
                             degrees[i]);
        }
        total += degrees[i];
    }
    if (total > INT32_MAX) {
        return mpr_raise(comm, MPI_ERR_ARG, "degrees ask for %lld edges, which is more than an int",
                         (long long)total);
    }
    *edge_count = (int)total;
    return MPI_SUCCESS;
}

static int create(MPI_Comm comm_old, struct mpr_edges edges, MPI_Info info,
                  MPI_Comm *comm_dist_graph)
{
    struct mpr_comm *c, *made;
    int edge_count = 0;
    MPR_TRY(mpr_arg_intra_named("comm_old", comm_old, &c));
    MPR_TRY(mpr_arg_length(c, "n", edges.source_count));
    MPR_TRY(arg_ranks(c, "sources", edges.sources, edges.source_count));
    MPR_TRY(arg_degrees(c, edges.source_count, edges.degrees, &edge_count));
    MPR_TRY(arg_ranks(c, "destinations", edges.destinations, edge_count));
    MPR_TRY(arg_weights(c, "weights", edges.weights, edge_count, &edges.weights));
    MPR_TRY(mpr_arg_info(c, info));
    MPR_TRY(mpr_arg_pointer(c, "comm_dist_graph", comm_dist_graph));
    MPR_TRY(mpr_result(c, mpr_dist_graph_create(c, &edges, &made)));
    *comm_dist_graph = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Dist_graph_create,
        (MPI_Comm comm_old, int n, const int sources[], const int degrees[],
         const int destinations[], const int weights[], MPI_Info info, int reorder,
         MPI_Comm *comm_dist_graph))
{
    const struct mpr_edges edges = {n, sources, degrees, destinations, weights};
    (void)reorder;
    return MPR_RUN(Dist_graph_create, create(comm_old, edges, info, comm_dist_graph));
}

/* ---- Inquiry ---- */

static int neighbors_count(MPI_Comm comm, int *indegree, int *outdegree, int *weighted)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_DIST_GRAPH, &c));
    MPR_TRY(mpr_arg_pointer(c, "indegree", indegree));
    MPR_TRY(mpr_arg_pointer(c, "outdegree", outdegree));
    MPR_TRY(mpr_arg_pointer(c, "weighted", weighted));
    *indegree = c->topology->neighbors.source_count;
    *outdegree = c->topology->neighbors.destination_count;
    *weighted = c->topology->source_weights != NULL;
    return MPI_SUCCESS;
}

MPR_API(int, Dist_graph_neighbors_count,
        (MPI_Comm comm, int *indegree, int *outdegree, int *weighted))
{
    return MPR_RUN(Dist_graph_neighbors_count,
                   neighbors_count(comm, indegree, outdegree, weighted));
}

/* One side of the neighbours, for arrays of the user that hold `most`. */
struct side {
    const char *ranks_name;
    const char *weights_name;
    int count;
    const int *ranks;
    const int *weights; /* NULL: without */
};

static int arg_side(struct mpr_comm *comm, const struct side *side, int count, const int ranks[],
                    const int weights[])
{
    MPR_TRY(mpr_arg_array(comm, side->ranks_name, ranks, count));
    return side->weights == NULL ? MPI_SUCCESS
                                 : mpr_arg_array(comm, side->weights_name, weights, count);
}

static void copy_side(const struct side *side, int count, int ranks[], int weights[])
{
    if (count == 0) {
        return;
    }
    memcpy(ranks, side->ranks, (size_t)count * sizeof(*ranks));
    if (side->weights != NULL && weights != MPI_UNWEIGHTED) {
        memcpy(weights, side->weights, (size_t)count * sizeof(*weights));
    }
}

/* Of more neighbours than there is room for, the first ones. */
static int neighbors(MPI_Comm comm, int maxindegree, int sources[], int sourceweights[],
                     int maxoutdegree, int destinations[], int destweights[])
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_DIST_GRAPH, &c));
    const struct mpr_topology *topology = c->topology;
    const struct side in = {"sources", "sourceweights", topology->neighbors.source_count,
                            topology->neighbors.sources, topology->source_weights};
    const struct side out = {"destinations", "destweights", topology->neighbors.destination_count,
                             topology->neighbors.destinations, topology->destination_weights};
    MPR_TRY(mpr_arg_length(c, "maxindegree", maxindegree));
    MPR_TRY(mpr_arg_length(c, "maxoutdegree", maxoutdegree));
    int in_count = maxindegree < in.count ? maxindegree : in.count;
    int out_count = maxoutdegree < out.count ? maxoutdegree : out.count;
    MPR_TRY(arg_side(c, &in, in_count, sources, sourceweights));
    MPR_TRY(arg_side(c, &out, out_count, destinations, destweights));
    copy_side(&in, in_count, sources, sourceweights);
    copy_side(&out, out_count, destinations, destweights);
    return MPI_SUCCESS;
}

MPR_API(int, Dist_graph_neighbors,
        (MPI_Comm comm, int maxindegree, int sources[], int sourceweights[], int maxoutdegree,
         int destinations[], int destweights[]))
{
    return MPR_RUN(Dist_graph_neighbors, neighbors(comm, maxindegree, sources, sourceweights,
                                                   maxoutdegree, destinations, destweights));
}
