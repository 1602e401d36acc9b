/* SPDX-License-Identifier: BSD-3-Clause */
/* One collective, drawn at random, in flight: what each rank gives and gets in it, told by two
 * tables (the blocks that it gives; whose block, or the product of whose, each that it gets must
 * be), its buffers, and what they must hold in the end. Plain MPI and C alone. */
#ifndef MPR_TESTS_COLLFLIGHT_H
#define MPR_TESTS_COLLFLIGHT_H

#include "tests/lib/collscene.h"
#include "tests/lib/collside.h"

enum { FLIGHT_STARTS_MAX = 4 };

/* In this order: those with a root, to all, reductions, neighbours. */
enum function {
    BARRIER,
    BCAST,
    GATHER,
    GATHERV,
    SCATTER,
    SCATTERV,
    ALLGATHER,
    ALLGATHERV,
    ALLTOALL,
    ALLTOALLV,
    ALLTOALLW,
    REDUCE,
    ALLREDUCE,
    REDUCE_SCATTER_BLOCK,
    REDUCE_SCATTER,
    SCAN,
    EXSCAN,
    NEIGHBOR_ALLGATHER,
    NEIGHBOR_ALLGATHERV,
    NEIGHBOR_ALLTOALL,
    NEIGHBOR_ALLTOALLV,
    NEIGHBOR_ALLTOALLW,
    FUNCTIONS
};

/* All but the buffers is the same in all ranks. */
struct flight {
    enum function function;
    enum colltest_form form;
    const struct collscene *scene;
    const struct mapped_type *pair; /* both types */
    int root_side, root;
    int count; /* where all blocks are alike */
    unsigned char (*product)(unsigned char, unsigned char);
    MPI_Op op; /* multiplies all bytes like that */
    int start; /* from 0: how often it has been started before, each time with new data */
    bool in_place;
    uint64_t key;
    struct collside out, in;
    struct collscene_origin origins[COLLSIDE_BLOCKS_MAX]; /* of the blocks of `in` */
    MPI_Request request;
};

static inline bool flight_is_reduction(const struct flight *flight)
{
    return flight->function >= REDUCE && flight->function <= EXSCAN;
}

static inline bool flight_has_types(const struct flight *flight)
{
    return flight->function == ALLTOALLW || flight->function == NEIGHBOR_ALLTOALLW;
}

static inline bool flight_has_counts(const struct flight *flight)
{
    switch (flight->function) {
    case GATHERV:
    case SCATTERV:
    case ALLGATHERV:
    case ALLTOALLV:
    case REDUCE_SCATTER:
    case NEIGHBOR_ALLGATHERV:
    case NEIGHBOR_ALLTOALLV:
        return true;
    default:
        return flight_has_types(flight);
    }
}

static inline bool flight_is_root(const struct flight *flight)
{
    return flight->scene->rank == flight->root && flight->scene->side == flight->root_side;
}

/* Whether the root gets from this rank, or gives to it. */
static inline bool flight_has_part(const struct flight *flight)
{
    return !flight->scene->is_inter || flight->scene->side != flight->root_side;
}

static inline int flight_root_argument(const struct flight *flight)
{
    return !flight->scene->is_inter || flight_has_part(flight) ? flight->root
           : flight_is_root(flight)                            ? MPI_ROOT
                                                               : MPI_PROC_NULL;
}

/* The side that this rank gets from. */
static inline int flight_other_side(const struct collscene *scene)
{
    return scene->is_inter ? 1 - scene->side : 0;
}

/* How many items a rank gives in a block. In place, two ranks exchange blocks of one length; in a
 * reduction a block is as long in every rank. */
static inline int flight_count_of(const struct flight *flight, int side, int rank, int block)
{
    uint64_t key = mpitest_mix(flight->key);

    if (!flight_has_counts(flight)) {
        return flight->count;
    }
    if (flight->in_place && (flight->function == ALLTOALLV || flight->function == ALLTOALLW)) {
        key +=
            (uint64_t)(rank < block ? rank : block) * COLLTEST_RANKS_MAX + (uint64_t)(rank ^ block);
    } else if (flight_is_reduction(flight)) {
        key += (uint64_t)block;
    } else {
        key += (uint64_t)(side * COLLTEST_RANKS_MAX + rank) * COLLSIDE_BLOCKS_MAX + (uint64_t)block;
    }
    key = mpitest_mix(key);
    return key % 3 == 0 ? 0 : (int)(key / 4 % (uint64_t)(flight->count + 2));
}

/* The data that a rank gives in a block. */
static inline void flight_draw_data(const struct flight *flight, int side, int rank, int block,
                                    unsigned char *packed, size_t bytes)
{
    uint64_t number = (uint64_t)(side * COLLTEST_RANKS_MAX + rank) * COLLSIDE_BLOCKS_MAX;
    mpitest_fill(packed, bytes,
                 flight->key + mpitest_mix((number + (uint64_t)block) * FLIGHT_STARTS_MAX +
                                           (uint64_t)flight->start));
}

/* The data that a block of `in` must get. */
static inline unsigned char *flight_origin_data(const struct flight *flight, int block)
{
    const struct collscene_origin *origin = &flight->origins[block];
    size_t bytes = collside_bytes(&flight->in, block);
    unsigned char *result = mpitest_malloc(bytes), *next = mpitest_malloc(bytes);
    int side =
        flight->function == BCAST || flight->function == SCATTER || flight->function == SCATTERV
            ? flight->root_side
            : flight_other_side(flight->scene);

    flight_draw_data(flight, side, origin->first, origin->block, result, bytes);
    for (int rank = origin->first + 1; rank <= origin->last; rank++) {
        flight_draw_data(flight, side, rank, origin->block, next, bytes);
        for (size_t i = 0; i < bytes; i++) {
            result[i] = flight->product(result[i], next[i]);
        }
    }
    free(next);
    return result;
}

/* ---- What each function gives and gets ---- */

static inline void flight_give(struct flight *flight, int block_count)
{
    const struct collscene *scene = flight->scene;

    flight->out.block_count = block_count;
    for (int i = 0; i < block_count; i++) {
        flight->out.counts[i] = flight_count_of(flight, scene->side, scene->rank, i);
    }
}

static inline void flight_get(struct flight *flight, int side, struct collscene_origin origin)
{
    int block = flight->in.block_count++;

    flight->origins[block] = origin;
    flight->in.counts[block] = flight_count_of(flight, side, origin.first, origin.block);
}

/* Block `block` of each rank that this one gets from. */
static inline void flight_get_each(struct flight *flight, int block)
{
    for (int i = 0; i < flight->scene->peers; i++) {
        flight_get(flight, flight_other_side(flight->scene),
                   (struct collscene_origin){i, i, block, false});
    }
}

static inline void flight_plan_rooted(struct flight *flight)
{
    const struct collscene *scene = flight->scene;
    struct collscene_origin from_root = {flight->root, flight->root, 0, false};

    switch (flight->function) {
    case BCAST:
        flight_give(flight, flight_is_root(flight) ? 1 : 0);
        if (flight_has_part(flight) && !flight_is_root(flight)) {
            flight_get(flight, flight->root_side, from_root);
        }
        break;
    case GATHER:
    case GATHERV:
        flight_give(flight, flight_has_part(flight) ? 1 : 0);
        if (flight_is_root(flight)) {
            flight_get_each(flight, 0);
        }
        break;
    default:
        flight_give(flight, flight_is_root(flight) ? scene->peers : 0);
        if (flight_has_part(flight) && !(flight->in_place && flight_is_root(flight))) {
            from_root.block = scene->rank;
            flight_get(flight, flight->root_side, from_root);
        }
    }
}

static inline void flight_plan_neighbors(struct flight *flight)
{
    const struct collscene *scene = flight->scene;
    bool is_gather =
        flight->function == NEIGHBOR_ALLGATHER || flight->function == NEIGHBOR_ALLGATHERV;

    flight_give(flight, is_gather ? 1 : scene->destination_count);
    for (int i = 0; i < scene->source_count; i++) {
        struct collscene_origin origin = scene->sources[i];
        origin.block = is_gather ? 0 : origin.block;
        flight_get(flight, 0, origin);
    }
}

/* The vector has a block for each rank; on an intercommunicator for each pair, since both groups
 * deal out as much, so that a rank gets several. */
static inline void flight_plan_reduce_scatter(struct flight *flight)
{
    const struct collscene *scene = flight->scene;
    int share = scene->is_inter ? scene->peers : 1;

    flight_give(flight, scene->size * share);
    for (int i = 0; i < share; i++) {
        flight_get(flight, 0,
                   (struct collscene_origin){0, scene->peers - 1, scene->rank * share + i, false});
    }
    // In place, what lies behind the result is open.
    for (int i = share; flight->in_place && i < flight->out.block_count; i++) {
        flight_get(flight, 0, (struct collscene_origin){0, -1, i, true});
    }
}

static inline void flight_plan_reduction(struct flight *flight)
{
    const struct collscene *scene = flight->scene;
    struct collscene_origin all = {0, scene->peers - 1, 0, false};

    if (flight->function == REDUCE_SCATTER || flight->function == REDUCE_SCATTER_BLOCK) {
        flight_plan_reduce_scatter(flight);
        return;
    }
    flight_give(flight, flight->function != REDUCE || flight_has_part(flight) ? 1 : 0);
    if (flight->function == SCAN) {
        all.last = scene->rank;
    } else if (flight->function == EXSCAN) {
        all.last = scene->rank - 1;
        all.is_open = scene->rank == 0;
    }
    if (flight->function != REDUCE || flight_is_root(flight)) {
        flight_get(flight, 0, all);
    }
}

static inline void flight_plan(struct flight *flight)
{
    if (flight->function == BARRIER) {
        return;
    }
    if (flight->function <= SCATTERV) {
        flight_plan_rooted(flight);
    } else if (flight->function <= ALLGATHERV) {
        flight_give(flight, 1);
        flight_get_each(flight, 0);
    } else if (flight->function <= ALLTOALLW) {
        flight_give(flight, flight->scene->peers);
        flight_get_each(flight, flight->scene->rank);
    } else if (flight->function <= EXSCAN) {
        flight_plan_reduction(flight);
    } else {
        flight_plan_neighbors(flight);
    }
}

/* ---- Buffers ---- */

/* Types differ from rank to rank and from side to side; those of a reduction do not. */
static inline const struct mapped_type *flight_type_of(const struct flight *flight,
                                                       const struct collside *side, int block)
{
    uint64_t own = (uint64_t)mpitest_rank * 1000 + (uint64_t)block * 2 + (side == &flight->in);
    return &flight->pair[mpitest_mix(flight->key + (flight_is_reduction(flight) ? 0 : own)) % 2];
}

static inline void flight_lay_out(const struct flight *flight, struct collside *side)
{
    for (int i = 0; i < side->block_count; i++) {
        side->types[i] = flight_type_of(flight, side, i);
    }
    if (flight_has_types(flight)) {
        collside_lay_out_typed(side, flight->key);
    } else {
        collside_lay_out(side, flight_type_of(flight, side, 0),
                         flight_has_counts(flight) && !flight_is_reduction(flight) ? flight->key | 1
                                                                                   : 0);
    }
}

/* This rank's own data: block `number` of what it gives, to block `block` of a side. */
static inline void flight_put_own(struct flight *flight, struct collside *side, int block,
                                  int number)
{
    size_t bytes = collside_bytes(side, block);
    unsigned char *packed = mpitest_malloc(bytes);

    flight_draw_data(flight, flight->scene->side, flight->scene->rank, number, packed, bytes);
    collside_put(side, block, packed);
    free(packed);
}

static inline void flight_put_in_place(struct flight *flight)
{
    if (flight->function <= ALLGATHERV) {
        flight_put_own(flight, &flight->in, flight->scene->rank, 0);
        return;
    }
    for (int i = 0; i < flight->in.block_count; i++) {
        flight_put_own(flight, &flight->in, i, i);
    }
}

/* Whether this rank itself passes MPI_IN_PLACE. */
static inline bool flight_is_in_place(const struct flight *flight)
{
    bool is_rooted = flight->function <= SCATTERV || flight->function == REDUCE;
    return flight->in_place && (!is_rooted || flight_is_root(flight));
}

static inline void flight_fill(struct flight *flight)
{
    collside_clear(&flight->out);
    for (int i = 0; i < flight->out.block_count; i++) {
        flight_put_own(flight, &flight->out, i, i);
    }
    collside_hold(&flight->out);
    collside_clear(&flight->in);
    if (flight_is_in_place(flight) && flight->in.block_count > 0) {
        flight_put_in_place(flight);
    }
    collside_hold(&flight->in);
    for (int i = 0; i < flight->in.block_count; i++) {
        if (flight->origins[i].first <= flight->origins[i].last) {
            unsigned char *packed = flight_origin_data(flight, i);
            collside_expect(&flight->in, i, packed);
            free(packed);
        }
    }
}

static inline void flight_check(struct flight *flight)
{
    static const char *const forms[] = {"blocking", "nonblocking", "persistent"};

    for (int i = 0; i < flight->in.block_count; i++) {
        if (flight->origins[i].is_open) {
            collside_expect_anything(&flight->in, i);
        }
    }
    long sent = collside_first_wrong(&flight->out), got = collside_first_wrong(&flight->in);
    if (sent >= 0 || got >= 0) {
        mpitest_fail(__FILE__, __LINE__,
                     "function %d, %s, on %s, start %d%s: byte %ld of the %s buffer (%zu)",
                     flight->function, forms[flight->form], flight->scene->name, flight->start,
                     flight->in_place ? ", in place" : "", got >= 0 ? got : sent,
                     got >= 0 ? "receive" : "send",
                     got >= 0 ? flight->in.buffer.bytes : flight->out.buffer.bytes);
    }
}

#endif
