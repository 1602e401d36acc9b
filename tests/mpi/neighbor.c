/* SPDX-License-Identifier: BSD-3-Clause */
/* Neighbourhood collectives, in all their forms, over random grids and graphs, rings of one and two
 * ranks and multiple edges among them: every block holds what the right neighbour has sent from the
 * right place, and nothing else is written. */
/* matrix: copy=chunk,cma,direct rings=default,tiny limit=120 */
#include "../lib/colltest.h"

enum { NEIGHBORS_MAX = 64, ROUNDS = 12, COUNT_MAX = 9000 };

/* ---- Neighbourhoods ---- */

/* What one rank receives: the rank and the place that each block was sent from; -1: from nobody. */
struct hood {
    int source_count;
    int destination_count;
    int from_rank[NEIGHBORS_MAX];
    int from_place[NEIGHBORS_MAX];
    bool is_sent[NEIGHBORS_MAX]; /* by place: to somebody */
};

struct topology {
    MPI_Comm comm;
    struct hood hoods[COLLTEST_RANKS_MAX];
};

static struct topology topology;

/* A grid over all ranks: what goes down along a dimension arrives from above. */
static void make_cart(void)
{
    int dims[3] = {0}, periods[3], source, dest;

    MPI_Dims_create(mpitest_size, 3, dims);
    for (int i = 0; i < 3; i++) {
        int other = (int)mpitest_random_below(3), kept = dims[i];
        dims[i] = dims[other];
        dims[other] = kept;
    }
    for (int i = 0; i < 3; i++) {
        periods[i] = (int)mpitest_random_below(2);
    }
    MPI_Cart_create(MPI_COMM_WORLD, 3, dims, periods, 0, &topology.comm);
    struct hood mine = {.source_count = 6, .destination_count = 6};
    for (int i = 0; i < 6; i++) {
        MPI_Cart_shift(topology.comm, i / 2, 1, &source, &dest);
        int neighbor = i % 2 == 0 ? source : dest;
        mine.is_sent[i] = neighbor != MPI_PROC_NULL;
        mine.from_rank[i] = neighbor != MPI_PROC_NULL ? neighbor : -1;
        mine.from_place[i] = i ^ 1;
    }
    topology.hoods[mpitest_rank] = mine;
}

/* Adds an edge to both of its ends: the next places of each. */
static void add_edge(int source, int destination)
{
    struct hood *from = &topology.hoods[source], *to = &topology.hoods[destination];

    to->from_rank[to->source_count] = source;
    to->from_place[to->source_count++] = from->destination_count;
    from->is_sent[from->destination_count++] = true;
}

/* As many edges leave each rank as arrive there: four permutations, by offsets. */
static void make_graph(void)
{
    int ends[COLLTEST_RANKS_MAX], neighbors[COLLTEST_RANKS_MAX * 4], count = 0;
    int offset = (int)mpitest_random_below((uint64_t)mpitest_size);
    const int offsets[] = {offset, mpitest_size - offset, 1, mpitest_size - 1};

    for (int rank = 0; rank < mpitest_size; rank++) {
        for (int i = 0; i < 4; i++) {
            neighbors[count++] = (rank + offsets[i]) % mpitest_size;
        }
        ends[rank] = count;
    }
    MPI_Graph_create(MPI_COMM_WORLD, mpitest_size, ends, neighbors, 0, &topology.comm);
    // The n-th message from a rank to another one arrives in the n-th place for that rank.
    struct hood mine = {.source_count = 4, .destination_count = 4};
    const int *own = neighbors + 4 * mpitest_rank;
    for (int i = 0; i < 4; i++) {
        const int *theirs = neighbors + 4 * own[i];
        int before = 0, place = 0;
        for (int j = 0; j < i; j++) {
            before += own[j] == own[i];
        }
        while (theirs[place] != mpitest_rank || before-- > 0) {
            place++;
        }
        mine.is_sent[i] = true;
        mine.from_rank[i] = own[i];
        mine.from_place[i] = place;
    }
    topology.hoods[mpitest_rank] = mine;
}

static void make_dist_graph(void)
{
    int sources[NEIGHBORS_MAX], destinations[NEIGHBORS_MAX];
    int source_count = 0, destination_count = 0;

    memset(&topology, 0, sizeof topology);
    for (int i = 0; i < 3 * mpitest_size; i++) {
        int source = (int)mpitest_random_below((uint64_t)mpitest_size);
        int destination = (int)mpitest_random_below((uint64_t)mpitest_size);
        add_edge(source, destination);
        if (destination == mpitest_rank) {
            sources[source_count++] = source;
        }
        if (source == mpitest_rank) {
            destinations[destination_count++] = destination;
        }
    }
    MPI_Dist_graph_create_adjacent(MPI_COMM_WORLD, source_count, sources, MPI_UNWEIGHTED,
                                   destination_count, destinations, MPI_UNWEIGHTED, MPI_INFO_NULL,
                                   0, &topology.comm);
}

/* ---- What is sent ---- */

static uint64_t round_key;

static uint64_t key_of(int rank, int place)
{
    return round_key + (uint64_t)rank * NEIGHBORS_MAX + (uint64_t)place;
}

/* The number of items that a rank sends from a place. */
static MPI_Count count_of(int rank, int place)
{
    uint64_t mixed = mpitest_mix(key_of(rank, place));
    return (MPI_Count)(mixed % 4 == 0   ? 0
                       : mixed % 4 == 1 ? mixed / 4 % COUNT_MAX
                                        : mixed / 4 % 20);
}

static const struct hood *own_hood(void)
{
    return &topology.hoods[mpitest_rank];
}

/* Blocks of what this rank sends, or receives. */
static void lay_out_sends(struct colltest_layout *layout)
{
    for (int i = 0; i < own_hood()->destination_count; i++) {
        layout->counts[i] = own_hood()->is_sent[i] ? count_of(mpitest_rank, i) : 3;
    }
    layout->total = 0;
    if (own_hood()->destination_count > 0) {
        colltest_lay_out(layout, own_hood()->destination_count, round_key + 1);
    }
}

static void lay_out_recvs(struct colltest_layout *layout, bool of_all)
{
    const struct hood *hood = own_hood();
    for (int i = 0; i < hood->source_count; i++) {
        layout->counts[i] = hood->from_rank[i] < 0 ? 2
                            : of_all               ? count_of(hood->from_rank[i], 0)
                                     : count_of(hood->from_rank[i], hood->from_place[i]);
    }
    layout->total = 0;
    if (hood->source_count > 0) {
        colltest_lay_out(layout, hood->source_count, round_key + 2);
    }
}

static unsigned char *make_sends(const struct colltest_type *type,
                                 const struct colltest_layout *layout)
{
    unsigned char *buffer = colltest_image(type, layout->total);
    for (int i = 0; i < own_hood()->destination_count; i++) {
        colltest_put(buffer, type, layout->displs[i], layout->counts[i], key_of(mpitest_rank, i));
    }
    return buffer;
}

static unsigned char *expect_recvs(const struct colltest_type *type,
                                   const struct colltest_layout *layout, bool of_all)
{
    const struct hood *hood = own_hood();
    unsigned char *image = colltest_image(type, layout->total);
    for (int i = 0; i < hood->source_count; i++) {
        if (hood->from_rank[i] >= 0) {
            colltest_put(image, type, layout->displs[i], layout->counts[i],
                         key_of(hood->from_rank[i], of_all ? 0 : hood->from_place[i]));
        }
    }
    return image;
}

/* ---- The calls ---- */

static enum colltest_form form;

static void check_allgatherv(const struct colltest_type *type, bool large)
{
    struct colltest_layout in;
    MPI_Count count = count_of(mpitest_rank, 0);
    unsigned char *sent = colltest_image(type, count);

    colltest_put(sent, type, 0, count, key_of(mpitest_rank, 0));
    lay_out_recvs(&in, true);
    unsigned char *received = colltest_image(type, in.total);
    if (large) {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_allgatherv, Ineighbor_allgatherv, _c, sent, count,
                               type->handle, received, in.counts, in.displs, type->handle,
                               topology.comm),
                 MPI_SUCCESS);
    } else {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_allgatherv, Ineighbor_allgatherv, , sent, (int)count,
                               type->handle, received, in.int_counts, in.int_displs, type->handle,
                               topology.comm),
                 MPI_SUCCESS);
    }
    COLLTEST_MATCH(received, expect_recvs(type, &in, true), type, in.total, "allgatherv");
    free(sent);
}

static void check_alltoallv(const struct colltest_type *type, bool large)
{
    struct colltest_layout out, in;

    lay_out_sends(&out);
    lay_out_recvs(&in, false);
    unsigned char *sent = make_sends(type, &out), *received = colltest_image(type, in.total);
    if (large) {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_alltoallv, Ineighbor_alltoallv, _c, sent, out.counts,
                               out.displs, type->handle, received, in.counts, in.displs,
                               type->handle, topology.comm),
                 MPI_SUCCESS);
    } else {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_alltoallv, Ineighbor_alltoallv, , sent,
                               out.int_counts, out.int_displs, type->handle, received,
                               in.int_counts, in.int_displs, type->handle, topology.comm),
                 MPI_SUCCESS);
    }
    COLLTEST_MATCH(received, expect_recvs(type, &in, false), type, in.total, "alltoallv");
    free(sent);
}

/* Displacements are in bytes, and each block has a type: here the item or its bytes. */
static void check_alltoallw(const struct colltest_type *type, bool large)
{
    struct colltest_layout out, in;
    MPI_Datatype out_types[NEIGHBORS_MAX], in_types[NEIGHBORS_MAX];
    bool is_dense = colltest_size(type) == type->extent;

    lay_out_sends(&out);
    lay_out_recvs(&in, false);
    unsigned char *sent = make_sends(type, &out), *received = colltest_image(type, in.total);
    unsigned char *expected = expect_recvs(type, &in, false);
    for (int i = 0; i < own_hood()->destination_count; i++) {
        out_types[i] = type->handle;
        out.displs[i] *= (MPI_Aint)type->extent;
    }
    for (int i = 0; i < own_hood()->source_count; i++) {
        bool as_bytes = is_dense && i % 2 == 0;
        in_types[i] = as_bytes ? MPI_BYTE : type->handle;
        in.displs[i] *= (MPI_Aint)type->extent;
        in.counts[i] *= as_bytes ? (MPI_Count)type->extent : 1;
        in.int_counts[i] = (int)in.counts[i];
    }
    if (large) {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_alltoallw, Ineighbor_alltoallw, _c, sent, out.counts,
                               out.displs, out_types, received, in.counts, in.displs, in_types,
                               topology.comm),
                 MPI_SUCCESS);
    } else {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_alltoallw, Ineighbor_alltoallw, , sent,
                               out.int_counts, out.displs, out_types, received, in.int_counts,
                               in.displs, in_types, topology.comm),
                 MPI_SUCCESS);
    }
    COLLTEST_MATCH(received, expected, type, in.total, "alltoallw");
    free(sent);
}

/* Blocks of one size: the same in all ranks. */
static void check_equal_blocks(const struct colltest_type *type, bool large)
{
    const struct hood *hood = own_hood();
    MPI_Count count = (MPI_Count)(mpitest_mix(round_key) % 50);
    MPI_Count total = count * hood->source_count;
    unsigned char *sent = colltest_image(type, count * hood->destination_count);
    unsigned char *gathered = colltest_image(type, total), *received = colltest_image(type, total);
    unsigned char *expected_gathered = colltest_image(type, total);
    unsigned char *expected = colltest_image(type, total);

    for (int i = 0; i < hood->destination_count; i++) {
        colltest_put(sent, type, count * i, count, key_of(mpitest_rank, i));
    }
    for (int i = 0; i < hood->source_count; i++) {
        if (hood->from_rank[i] >= 0) {
            colltest_put(expected, type, count * i, count,
                         key_of(hood->from_rank[i], hood->from_place[i]));
            colltest_put(expected_gathered, type, count * i, count, key_of(hood->from_rank[i], 0));
        }
    }
    // A rank without destinations has no block 0 to send from.
    unsigned char *own = colltest_image(type, count);
    colltest_put(own, type, 0, count, key_of(mpitest_rank, 0));
    if (large) {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_alltoall, Ineighbor_alltoall, _c, sent, count,
                               type->handle, received, count, type->handle, topology.comm),
                 MPI_SUCCESS);
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_allgather, Ineighbor_allgather, _c, own, count,
                               type->handle, gathered, count, type->handle, topology.comm),
                 MPI_SUCCESS);
    } else {
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_alltoall, Ineighbor_alltoall, , sent, (int)count,
                               type->handle, received, (int)count, type->handle, topology.comm),
                 MPI_SUCCESS);
        CHECK_EQ(COLLTEST_CALL(form, Neighbor_allgather, Ineighbor_allgather, , own, (int)count,
                               type->handle, gathered, (int)count, type->handle, topology.comm),
                 MPI_SUCCESS);
    }
    COLLTEST_MATCH(received, expected, type, total, "alltoall");
    COLLTEST_MATCH(gathered, expected_gathered, type, total, "allgather");
    free(own);
    free(sent);
}

static void check_topology(int round)
{
    for (unsigned i = 0; i < COLLTEST_TYPES; i++) {
        struct colltest_type type = colltest_type(i);
        form = (enum colltest_form)((round + (int)i) % COLLTEST_FORMS);
        round_key = mpitest_mix((uint64_t)round * COLLTEST_TYPES + i) & ~(uint64_t)0xffff;
        check_equal_blocks(&type, i % 2 == 0);
        check_allgatherv(&type, i % 2 != 0);
        check_alltoallv(&type, i % 2 == 0);
        check_alltoallw(&type, i % 2 != 0);
    }
    MPI_Comm_free(&topology.comm);
}

static void check_errors(void)
{
    const int counts[6] = {0}, displs[6] = {0}, minus[6] = {-1};
    const MPI_Aint aints[6] = {0};
    const MPI_Datatype types[6] = {MPI_INT, MPI_INT, MPI_INT, MPI_INT, MPI_INT, MPI_INT};
    const MPI_Datatype none[6] = {MPI_DATATYPE_NULL};
    int out[8] = {0}, in[8] = {0};
    MPI_Comm comm, world = MPI_COMM_WORLD;

    make_cart();
    comm = topology.comm;
    EXPECT_CLASS(MPI_Neighbor_allgather(out, 1, MPI_INT, in, 1, MPI_INT, MPI_COMM_NULL),
                 MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Neighbor_allgather(out, 1, MPI_INT, in, 1, MPI_INT, world), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Neighbor_allgather(out, -1, MPI_INT, in, 1, MPI_INT, comm), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Neighbor_allgather(out, 1, MPI_DATATYPE_NULL, in, 1, MPI_INT, comm),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Neighbor_allgather(MPI_IN_PLACE, 1, MPI_INT, in, 1, MPI_INT, comm),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Neighbor_allgather(out, 1, MPI_INT, NULL, 1, MPI_INT, comm), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Neighbor_allgatherv(out, 0, MPI_INT, in, counts, displs, MPI_INT, world),
                 MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Neighbor_allgatherv(out, 0, MPI_INT, in, NULL, displs, MPI_INT, comm),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Neighbor_allgatherv(out, 0, MPI_INT, in, minus, displs, MPI_INT, comm),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Neighbor_allgatherv(out, 0, MPI_INT, in, counts, NULL, MPI_INT, comm),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Neighbor_alltoall(out, 1, MPI_INT, in, 1, MPI_INT, world), MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Neighbor_alltoall(out, 1, MPI_INT, in, -1, MPI_INT, comm), MPI_ERR_COUNT);
    EXPECT_CLASS(
        MPI_Neighbor_alltoallv(out, counts, displs, MPI_INT, in, counts, displs, MPI_INT, world),
        MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(
        MPI_Neighbor_alltoallv(out, minus, displs, MPI_INT, in, counts, displs, MPI_INT, comm),
        MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Neighbor_alltoallv(out, counts, displs, MPI_INT, in, counts, displs,
                                        MPI_DATATYPE_NULL, comm),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Neighbor_alltoallw(out, counts, aints, types, in, counts, aints, types, world),
                 MPI_ERR_TOPOLOGY);
    EXPECT_CLASS(MPI_Neighbor_alltoallw(out, counts, aints, types, in, counts, aints, none, comm),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Neighbor_alltoallw(out, counts, aints, NULL, in, counts, aints, types, comm),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Neighbor_alltoallw(out, minus, aints, types, in, counts, aints, types, comm),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Ineighbor_allgather(out, 1, MPI_INT, in, 1, MPI_INT, comm, NULL), MPI_ERR_ARG);
    EXPECT_CLASS(
        MPI_Neighbor_alltoall_init(out, 1, MPI_INT, in, 1, MPI_INT, comm, MPI_INFO_NULL, NULL),
        MPI_ERR_ARG);
    MPI_Comm_free(&topology.comm);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > COLLTEST_RANKS_MAX / 3) {
        return mpitest_skip("made for at most 21 ranks");
    }
    for (int round = 0; round < ROUNDS; round++) {
        make_cart();
        check_topology(round);
        make_graph();
        check_topology(round + ROUNDS);
        make_dist_graph();
        check_topology(round + 2 * ROUNDS);
    }
    mpitest_return_errors();
    check_errors();
    return mpitest_finish();
}
