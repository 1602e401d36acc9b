/* SPDX-License-Identifier: BSD-3-Clause */
/* Any collectives at once, on any communicators, with any datatypes on either side: each drawn at
 * random, blocking, nonblocking or persistent, with a root, counts, gaps, in place or not; several
 * in flight, completed in each rank's own order, and the persistent ones started again with new
 * data. Every buffer must then hold what one process works out alone from the type maps, and not a
 * byte else may have changed, of what was sent neither.
 *
 * What a collective does is told by two tables for each rank: the blocks that it gives, and whose
 * block, or the product of whose, each block that it gets must be. */
/* matrix: copy=chunk,cma,direct crowded=no,yes limit=120 */
#include "tests/lib/collflight.h"
#include "tests/lib/typerandom.h"

enum { SEEDS = 3, ROUNDS = 14, FLIGHTS_MAX = 6, STARTS = 2, BYTES_MAX = 1 << 16 };

static struct collscene scenes[COLLSCENES];

/* ---- Operators ---- */

/* A byte is one of the 256 symmetries of a polygon of 128 corners: turned, and perhaps turned over.
 * Their product does not commute, and what is left out, or comes twice or too early, shows. */
static unsigned char turn(unsigned char left, unsigned char right)
{
    int turned = (left & 128) != 0 ? left - right : left + right;
    return (unsigned char)((turned & 127) | ((left ^ right) & 128));
}

static unsigned char add(unsigned char left, unsigned char right)
{
    return (unsigned char)(left + right);
}

enum { PAIRS = 2 };

/* Of each round: types of the same elements, with gaps and without. */
static struct mapped_type types[PAIRS][2];

static const struct typemap *map_of(MPI_Datatype handle)
{
    for (int i = 0; i < 2 * PAIRS; i++) {
        if (types[i / 2][i % 2].type == handle) {
            return &types[i / 2][i % 2].map;
        }
    }
    mpitest_fail(__FILE__, __LINE__, "an operator gets a type that is not the user's");
    abort();
}

static void multiply(const unsigned char *in, unsigned char *inout, int count,
                     const struct typemap *map,
                     unsigned char (*product)(unsigned char, unsigned char))
{
    MPI_Aint extent = typemap_extent(map);

    for (int item = 0; item < count; item++) {
        for (int i = 0; i < map->count; i++) {
            MPI_Aint start = item * extent + map->entries[i].offset;
            for (MPI_Aint at = start; at < start + map->entries[i].size; at++) {
                inout[at] = product(in[at], inout[at]);
            }
        }
    }
}

static void turn_all(void *in, void *inout, int *count, MPI_Datatype *type)
{
    multiply(in, inout, *count, map_of(*type), turn);
}

static void add_all(void *in, void *inout, int *count, MPI_Datatype *type)
{
    multiply(in, inout, *count, map_of(*type), add);
}

static struct {
    unsigned char (*product)(unsigned char, unsigned char);
    MPI_Op handle;
} operators[2] = {{.product = turn}, {.product = add}};

/* ---- Calls ---- */

#define CALL(name, iname, ...)                                                                     \
    (flight->form == COLLTEST_BLOCKING ? MPI_##name(__VA_ARGS__)                                   \
     : flight->form == COLLTEST_NONBLOCKING                                                        \
         ? MPI_##iname(__VA_ARGS__, &flight->request)                                              \
         : MPI_##name##_init(__VA_ARGS__, MPI_INFO_NULL, &flight->request))

/* The items of a side that is one row. */
static int row_count(const struct collside *side)
{
    int count = 0;
    for (int i = 0; i < side->block_count; i++) {
        count += side->counts[i];
    }
    return count;
}

/* The items of one block where all blocks are alike or there is but one. */
static int first_count(const struct collside *side)
{
    return side->block_count > 0 ? side->counts[0] : 0;
}

static int call_rooted(struct flight *flight, const void *sent)
{
    struct collside *out = &flight->out, *in = &flight->in;
    MPI_Datatype out_type = flight_type_of(flight, out, 0)->type,
                 in_type = flight_type_of(flight, in, 0)->type;
    MPI_Comm comm = flight->scene->comm;
    int root = flight_root_argument(flight);
    struct collside *passed = flight_is_root(flight) ? out : in;
    bool keeps = flight_is_in_place(flight);
    void *received = keeps ? MPI_IN_PLACE : in->buffer.base;

    switch (flight->function) {
    case BCAST:
        return CALL(Bcast, Ibcast, passed->buffer.base, flight->count,
                    flight_type_of(flight, passed, 0)->type, root, comm);
    case GATHER:
        return CALL(Gather, Igather, sent, first_count(out), out_type, in->buffer.base,
                    flight->count, in_type, root, comm);
    case GATHERV:
        return CALL(Gatherv, Igatherv, sent, first_count(out), out_type, in->buffer.base,
                    in->counts, in->displs, in_type, root, comm);
    case SCATTER:
        return CALL(Scatter, Iscatter, out->buffer.base, flight->count, out_type, received,
                    first_count(in), in_type, root, comm);
    default:
        return CALL(Scatterv, Iscatterv, out->buffer.base, out->counts, out->displs, out_type,
                    received, first_count(in), in_type, root, comm);
    }
}

static int call_all(struct flight *flight, const void *sent)
{
    struct collside *out = &flight->out, *in = &flight->in;
    MPI_Datatype out_type = flight_type_of(flight, out, 0)->type,
                 in_type = flight_type_of(flight, in, 0)->type;
    MPI_Comm comm = flight->scene->comm;

    switch (flight->function) {
    case ALLGATHER:
        return CALL(Allgather, Iallgather, sent, flight->count, out_type, in->buffer.base,
                    flight->count, in_type, comm);
    case ALLGATHERV:
        return CALL(Allgatherv, Iallgatherv, sent, first_count(out), out_type, in->buffer.base,
                    in->counts, in->displs, in_type, comm);
    case ALLTOALL:
        return CALL(Alltoall, Ialltoall, sent, flight->count, out_type, in->buffer.base,
                    flight->count, in_type, comm);
    case ALLTOALLV:
        return CALL(Alltoallv, Ialltoallv, sent, out->counts, out->displs, out_type,
                    in->buffer.base, in->counts, in->displs, in_type, comm);
    default:
        return CALL(Alltoallw, Ialltoallw, sent, out->counts, out->displs, out->handles,
                    in->buffer.base, in->counts, in->displs, in->handles, comm);
    }
}

static int call_reduction(struct flight *flight, const void *sent)
{
    struct collside *out = &flight->out, *in = &flight->in;
    MPI_Datatype type = flight_type_of(flight, out, 0)->type;
    MPI_Comm comm = flight->scene->comm;
    MPI_Op op = flight->op;
    void *received = in->buffer.base;
    int share = flight->scene->is_inter ? flight->scene->peers : 1;

    switch (flight->function) {
    case REDUCE:
        return CALL(Reduce, Ireduce, sent, received, flight->count, type, op,
                    flight_root_argument(flight), comm);
    case ALLREDUCE:
        return CALL(Allreduce, Iallreduce, sent, received, flight->count, type, op, comm);
    case SCAN:
        return CALL(Scan, Iscan, sent, received, flight->count, type, op, comm);
    case EXSCAN:
        return CALL(Exscan, Iexscan, sent, received, flight->count, type, op, comm);
    case REDUCE_SCATTER_BLOCK:
        return CALL(Reduce_scatter_block, Ireduce_scatter_block, sent, received,
                    share * flight->count, type, op, comm);
    default:
        for (int rank = 0; rank < flight->scene->size; rank++) {
            struct collside theirs = {.block_count = share};
            memcpy(theirs.counts, out->counts + rank * share, (size_t)share * sizeof(int));
            out->displs[rank] = row_count(&theirs);
        }
        return CALL(Reduce_scatter, Ireduce_scatter, sent, received, out->displs, type, op, comm);
    }
}

static int call_neighbors(struct flight *flight)
{
    struct collside *out = &flight->out, *in = &flight->in;
    MPI_Datatype out_type = flight_type_of(flight, out, 0)->type,
                 in_type = flight_type_of(flight, in, 0)->type;
    MPI_Comm comm = flight->scene->comm;

    switch (flight->function) {
    case NEIGHBOR_ALLGATHER:
        return CALL(Neighbor_allgather, Ineighbor_allgather, out->buffer.base, flight->count,
                    out_type, in->buffer.base, flight->count, in_type, comm);
    case NEIGHBOR_ALLGATHERV:
        return CALL(Neighbor_allgatherv, Ineighbor_allgatherv, out->buffer.base, out->counts[0],
                    out_type, in->buffer.base, in->counts, in->displs, in_type, comm);
    case NEIGHBOR_ALLTOALL:
        return CALL(Neighbor_alltoall, Ineighbor_alltoall, out->buffer.base, flight->count,
                    out_type, in->buffer.base, flight->count, in_type, comm);
    case NEIGHBOR_ALLTOALLV:
        return CALL(Neighbor_alltoallv, Ineighbor_alltoallv, out->buffer.base, out->counts,
                    out->displs, out_type, in->buffer.base, in->counts, in->displs, in_type, comm);
    default:
        return CALL(Neighbor_alltoallw, Ineighbor_alltoallw, out->buffer.base, out->counts,
                    out->offsets, out->handles, in->buffer.base, in->counts, in->offsets,
                    in->handles, comm);
    }
}

static int call(struct flight *flight)
{
    const void *sent = flight_is_in_place(flight) ? MPI_IN_PLACE : flight->out.buffer.base;

    return flight->function == BARRIER     ? CALL(Barrier, Ibarrier, flight->scene->comm)
           : flight->function <= SCATTERV  ? call_rooted(flight, sent)
           : flight->function <= ALLTOALLW ? call_all(flight, sent)
           : flight->function <= EXSCAN    ? call_reduction(flight, sent)
                                           : call_neighbors(flight);
}

/* ---- Rounds ---- */

static bool is_possible(const struct flight *flight)
{
    const struct collscene *scene = flight->scene;
    bool has_order = flight->function == SCAN || flight->function == EXSCAN;

    return flight->function >= NEIGHBOR_ALLGATHER ? scene->has_neighbors
                                                  : !(scene->is_inter && has_order);
}

/* In place, the lengths that MPI_Reduce_scatter gives to its result are not those of its blocks. */
static bool may_be_in_place(const struct flight *flight)
{
    return !flight->scene->is_inter && flight->function > BCAST &&
           flight->function < NEIGHBOR_ALLGATHER && flight->function != REDUCE_SCATTER;
}

static int random_count(const struct mapped_type *pair)
{
    MPI_Aint most = 1;

    for (int i = 0; i < 2; i++) {
        MPI_Aint extent = typemap_extent(&pair[i].map);
        extent = extent < 0 ? -extent : extent;
        most = extent > most ? extent : most;
    }
    most = BYTES_MAX / most;
    return (int)mpitest_random_below(mpitest_random_below(6) == 0 ? (uint64_t)most + 1 : 5);
}

/* The same in all ranks, but for who takes which part. */
static void prepare(struct flight *flight)
{
    int sizes[2];

    *flight = (struct flight){.request = MPI_REQUEST_NULL};
    do {
        flight->scene = &scenes[mpitest_random_below(COLLSCENES)];
        flight->function = (enum function)mpitest_random_below(FUNCTIONS);
    } while (!is_possible(flight));
    flight->form = (enum colltest_form)mpitest_random_below(COLLTEST_FORMS);
    flight->pair = types[mpitest_random_below(PAIRS)];
    flight->key = mpitest_random();
    int way = (int)mpitest_random_below(2);
    flight->product = operators[way].product;
    flight->op = operators[way].handle;
    flight->in_place = mpitest_random_below(3) == 0 && may_be_in_place(flight);
    flight->count = random_count(flight->pair);
    flight->root_side = flight->scene->is_inter ? (int)(flight->key % 2) : 0;
    sizes[flight->scene->side] = flight->scene->size;
    sizes[1 - flight->scene->side] = flight->scene->peers;
    flight->root = (int)(flight->key / 2 % (uint64_t)sizes[flight->root_side]);
    flight_plan(flight);
    flight_lay_out(flight, &flight->out);
    flight_lay_out(flight, &flight->in);
}

static void launch(struct flight *flight)
{
    flight_fill(flight);
    if (flight->form != COLLTEST_PERSISTENT || flight->start == 0) {
        CHECK_EQ(call(flight), MPI_SUCCESS);
    }
    if (flight->form == COLLTEST_PERSISTENT) {
        CHECK_EQ(MPI_Start(&flight->request), MPI_SUCCESS);
    }
}

/* In an order of this rank's own. */
static void complete(struct flight flights[], int count)
{
    MPI_Request requests[FLIGHTS_MAX];
    int indices[FLIGHTS_MAX], way = (int)(mpitest_mix(flights[0].key + (uint64_t)mpitest_rank) % 3);

    for (int i = 0; i < count; i++) {
        requests[i] = flights[i].request;
    }
    for (int done = 0, some = 0; way > 0 && some != MPI_UNDEFINED; done += some) {
        CHECK(done <= count);
        if (way == 1) {
            CHECK_EQ(MPI_Waitsome(count, requests, &some, indices, MPI_STATUSES_IGNORE),
                     MPI_SUCCESS);
        } else {
            CHECK_EQ(MPI_Testsome(count, requests, &some, indices, MPI_STATUSES_IGNORE),
                     MPI_SUCCESS);
        }
    }
    CHECK_EQ(MPI_Waitall(count, requests, MPI_STATUSES_IGNORE), MPI_SUCCESS);
    for (int i = 0; i < count; i++) {
        flights[i].request = requests[i];
        CHECK((requests[i] == MPI_REQUEST_NULL) == (flights[i].form != COLLTEST_PERSISTENT));
    }
}

static void play_round(void)
{
    struct flight flights[FLIGHTS_MAX];
    int count = 1 + (int)mpitest_random_below(FLIGHTS_MAX);

    for (int i = 0; i < count; i++) {
        prepare(&flights[i]);
    }
    for (int start = 0; start < STARTS; start++) {
        for (int i = 0; i < count; i++) {
            flights[i].start = start;
            launch(&flights[i]);
        }
        complete(flights, count);
        for (int i = 0; i < count; i++) {
            flight_check(&flights[i]);
        }
    }
    for (int i = 0; i < count; i++) {
        if (flights[i].request != MPI_REQUEST_NULL) {
            MPI_Request_free(&flights[i].request);
        }
        collside_free(&flights[i].out);
        collside_free(&flights[i].in);
    }
}

/* Whether items of a type in a row keep off one another: else it cannot receive. */
static bool keeps_apart(const struct typemap *map)
{
    MPI_Aint span = typemap_true_upper(map) - typemap_true_lower(map);
    MPI_Aint extent = typemap_extent(map) < 0 ? -typemap_extent(map) : typemap_extent(map);
    MPI_Aint reached = extent > 0 ? span / extent : 0;

    return reached < 50 && !mapped_overlaps(map, reached + 2);
}

static void make_types(struct mapped_type pair[2])
{
    pair[0] = mapped_random(1 + (int)mpitest_random_below(4));
    while (!keeps_apart(&pair[0].map)) {
        mapped_free(&pair[0]);
        pair[0] = mapped_random(1 + (int)mpitest_random_below(4));
    }
    pair[1] = mapped_dense(&pair[0].map);
    MPI_Type_commit(&pair[0].type);
    MPI_Type_commit(&pair[1].type);
}

/* All of one seed, which a failed check prints. */
static void play(void)
{
    mpitest_random_restart(0);
    collscenes_make(scenes);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < PAIRS; i++) {
            make_types(types[i]);
        }
        play_round();
        for (int i = 0; i < 2 * PAIRS; i++) {
            mapped_free(&types[i / 2][i % 2]);
        }
    }
    for (int i = 0; i < COLLSCENES; i++) {
        MPI_Comm_free(&scenes[i].comm);
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size > 16) {
        return mpitest_skip("made for 1 to 16 ranks");
    }
    MPI_Op_create(turn_all, 0, &operators[0].handle);
    MPI_Op_create(add_all, 1, &operators[1].handle);
    for (int i = 0; i < SEEDS && atomic_load(&mpitest_failure_count) == 0; i++) {
        play();
        mpitest_seed++;
    }
    MPI_Op_free(&operators[0].handle);
    MPI_Op_free(&operators[1].handle);
    return mpitest_finish();
}
