/* SPDX-License-Identifier: BSD-3-Clause */
/* The collectives that move data, in random cases: every function in all its forms, types with
 * and without holes, counts from none to megabytes, any root, blocks in any order and with gaps, in
 * place, over four communicators. Whole buffers are compared: nothing else may change. */
/* matrix: np=1,2,3,8,17 copy=chunk,direct crowded=no,yes,parted limit=120 */
#include "tests/lib/colltest.h"

enum { CASES = 600, BYTES_MAX = 4 << 20 };

enum function {
    BCAST,
    GATHER,
    GATHERV,
    SCATTER,
    SCATTERV,
    ALLGATHER,
    ALLGATHERV,
    ALLTOALL,
    ALLTOALLV,
    FUNCTIONS
};

struct move {
    enum function function;
    MPI_Comm comm;
    int rank;
    int size;
    int root;
    struct colltest_type type;
    MPI_Count count;
    bool in_place;
    bool large; /* the _c form */
    enum colltest_form form;
    uint64_t key; /* of this case */
};

/* The key of what `source` has for `dest`. */
static uint64_t key_of(const struct move *move, int source, int dest)
{
    return mpitest_mix(move->key + (uint64_t)source * COLLTEST_RANKS_MAX + (uint64_t)dest);
}

/* The length of a block in vector forms: up to move->count, a third of them empty. */
static MPI_Count count_of(const struct move *move, int source, int dest)
{
    uint64_t draw = mpitest_mix(key_of(move, source, dest));
    return draw % 3 == 0 ? 0 : (MPI_Count)(draw % (uint64_t)(move->count + 1));
}

static bool is_vector(const struct move *move)
{
    return move->function == GATHERV || move->function == SCATTERV ||
           move->function == ALLGATHERV || move->function == ALLTOALLV;
}

/* The blocks of a buffer of rank `owner`: block i goes to rank i (`sends`) or comes from it. Blocks
 * that are the same for all ends (gather, scatter, allgather) bear the other end's number. */
static void lay_out(const struct move *move, struct colltest_layout *layout, bool sends, int end)
{
    for (int i = 0; i < move->size; i++) {
        layout->counts[i] = !is_vector(move) ? move->count
                            : sends          ? count_of(move, end, i)
                                             : count_of(move, i, end);
    }
    uint64_t key = is_vector(move) ? mpitest_mix(move->key + (sends ? 1 : 2)) : 0;
    colltest_lay_out(layout, move->size, key);
}

static void put_block(unsigned char *image, const struct move *move,
                      const struct colltest_layout *layout, int block, int source, int dest)
{
    colltest_put(image, &move->type, (MPI_Count)layout->displs[block], layout->counts[block],
                 key_of(move, source, dest));
}

/* ---- Broadcast ---- */

static void move_bcast(const struct move *move)
{
    unsigned char *buffer = colltest_image(&move->type, move->count);
    unsigned char *image = colltest_image(&move->type, move->count);
    colltest_put(image, &move->type, 0, move->count, move->key);
    if (move->rank == move->root) {
        colltest_put(buffer, &move->type, 0, move->count, move->key);
    }
    int code = move->large ? COLLTEST_CALL(move->form, Bcast, Ibcast, _c, buffer, move->count,
                                           move->type.handle, move->root, move->comm)
                           : COLLTEST_CALL(move->form, Bcast, Ibcast, , buffer, (int)move->count,
                                           move->type.handle, move->root, move->comm);
    CHECK_EQ(code, MPI_SUCCESS);
    COLLTEST_MATCH(buffer, image, &move->type, move->count, "bcast");
}

/* ---- Gather ---- */

static int call_gather(const struct move *move, const void *own, MPI_Count count, void *all,
                       const struct colltest_layout *layout)
{
    MPI_Datatype type = move->type.handle;
    if (move->function == GATHER && move->large) {
        return COLLTEST_CALL(move->form, Gather, Igather, _c, own, count, type, all, move->count,
                             type, move->root, move->comm);
    }
    if (move->function == GATHER) {
        return COLLTEST_CALL(move->form, Gather, Igather, , own, (int)count, type, all,
                             (int)move->count, type, move->root, move->comm);
    }
    if (move->large) {
        return COLLTEST_CALL(move->form, Gatherv, Igatherv, _c, own, count, type, all,
                             layout->counts, layout->displs, type, move->root, move->comm);
    }
    return COLLTEST_CALL(move->form, Gatherv, Igatherv, , own, (int)count, type, all,
                         layout->int_counts, layout->int_displs, type, move->root, move->comm);
}

static void move_gather(const struct move *move)
{
    struct colltest_layout layout;
    lay_out(move, &layout, false, move->root);
    bool is_root = move->rank == move->root;
    bool in_place = is_root && move->in_place;
    MPI_Count count = layout.counts[move->rank];
    unsigned char *own = colltest_image(&move->type, count);
    unsigned char *all = colltest_image(&move->type, is_root ? layout.total : 0);
    unsigned char *image = colltest_image(&move->type, is_root ? layout.total : 0);
    colltest_put(own, &move->type, 0, count, key_of(move, move->rank, move->root));
    if (in_place) {
        put_block(all, move, &layout, move->rank, move->rank, move->root);
    }
    for (int source = 0; source < move->size && is_root; source++) {
        put_block(image, move, &layout, source, source, move->root);
    }
    CHECK_EQ(call_gather(move, in_place ? MPI_IN_PLACE : own, count, all, &layout), MPI_SUCCESS);
    COLLTEST_MATCH(all, image, &move->type, is_root ? layout.total : 0, "gather");
    free(own);
}

/* ---- Scatter ---- */

static int call_scatter(const struct move *move, const void *all,
                        const struct colltest_layout *layout, void *own, MPI_Count count)
{
    MPI_Datatype type = move->type.handle;
    if (move->function == SCATTER && move->large) {
        return COLLTEST_CALL(move->form, Scatter, Iscatter, _c, all, move->count, type, own, count,
                             type, move->root, move->comm);
    }
    if (move->function == SCATTER) {
        return COLLTEST_CALL(move->form, Scatter, Iscatter, , all, (int)move->count, type, own,
                             (int)count, type, move->root, move->comm);
    }
    if (move->large) {
        return COLLTEST_CALL(move->form, Scatterv, Iscatterv, _c, all, layout->counts,
                             layout->displs, type, own, count, type, move->root, move->comm);
    }
    return COLLTEST_CALL(move->form, Scatterv, Iscatterv, , all, layout->int_counts,
                         layout->int_displs, type, own, (int)count, type, move->root, move->comm);
}

static void move_scatter(const struct move *move)
{
    struct colltest_layout layout;
    lay_out(move, &layout, true, move->root);
    bool is_root = move->rank == move->root;
    bool in_place = is_root && move->in_place;
    MPI_Count count = layout.counts[move->rank];
    unsigned char *own = colltest_image(&move->type, count);
    unsigned char *all = colltest_image(&move->type, is_root ? layout.total : 0);
    unsigned char *image = colltest_image(&move->type, count);
    for (int dest = 0; dest < move->size && is_root; dest++) {
        put_block(all, move, &layout, dest, move->root, dest);
    }
    if (!in_place) {
        colltest_put(image, &move->type, 0, count, key_of(move, move->root, move->rank));
    }
    CHECK_EQ(call_scatter(move, all, &layout, in_place ? MPI_IN_PLACE : own, count), MPI_SUCCESS);
    COLLTEST_MATCH(own, image, &move->type, count, "scatter");
    free(all);
}

/* ---- Allgather ---- */

static int call_allgather(const struct move *move, const void *own, MPI_Count count, void *all,
                          const struct colltest_layout *layout)
{
    MPI_Datatype type = move->type.handle;
    if (move->function == ALLGATHER && move->large) {
        return COLLTEST_CALL(move->form, Allgather, Iallgather, _c, own, count, type, all,
                             move->count, type, move->comm);
    }
    if (move->function == ALLGATHER) {
        return COLLTEST_CALL(move->form, Allgather, Iallgather, , own, (int)count, type, all,
                             (int)move->count, type, move->comm);
    }
    if (move->large) {
        return COLLTEST_CALL(move->form, Allgatherv, Iallgatherv, _c, own, count, type, all,
                             layout->counts, layout->displs, type, move->comm);
    }
    return COLLTEST_CALL(move->form, Allgatherv, Iallgatherv, , own, (int)count, type, all,
                         layout->int_counts, layout->int_displs, type, move->comm);
}

static void move_allgather(const struct move *move)
{
    struct colltest_layout layout;
    lay_out(move, &layout, false, 0);
    MPI_Count count = layout.counts[move->rank];
    unsigned char *own = colltest_image(&move->type, count);
    unsigned char *all = colltest_image(&move->type, layout.total);
    unsigned char *image = colltest_image(&move->type, layout.total);
    colltest_put(own, &move->type, 0, count, key_of(move, move->rank, 0));
    if (move->in_place) {
        put_block(all, move, &layout, move->rank, move->rank, 0);
    }
    for (int source = 0; source < move->size; source++) {
        put_block(image, move, &layout, source, source, 0);
    }
    CHECK_EQ(call_allgather(move, move->in_place ? MPI_IN_PLACE : own, count, all, &layout),
             MPI_SUCCESS);
    COLLTEST_MATCH(all, image, &move->type, layout.total, "allgather");
    free(own);
}

/* ---- Alltoall ---- */

static int call_alltoall(const struct move *move, const void *out,
                         const struct colltest_layout *sends, void *in,
                         const struct colltest_layout *recvs)
{
    MPI_Datatype type = move->type.handle;
    if (move->function == ALLTOALL && move->large) {
        return COLLTEST_CALL(move->form, Alltoall, Ialltoall, _c, out, move->count, type, in,
                             move->count, type, move->comm);
    }
    if (move->function == ALLTOALL) {
        return COLLTEST_CALL(move->form, Alltoall, Ialltoall, , out, (int)move->count, type, in,
                             (int)move->count, type, move->comm);
    }
    if (move->large) {
        return COLLTEST_CALL(move->form, Alltoallv, Ialltoallv, _c, out, sends->counts,
                             sends->displs, type, in, recvs->counts, recvs->displs, type,
                             move->comm);
    }
    return COLLTEST_CALL(move->form, Alltoallv, Ialltoallv, , out, sends->int_counts,
                         sends->int_displs, type, in, recvs->int_counts, recvs->int_displs, type,
                         move->comm);
}

/* In place, two ranks exchange blocks of one length: that of the lower one's. */
static void make_symmetric(const struct move *move, struct colltest_layout *layout)
{
    for (int i = 0; i < move->size && is_vector(move); i++) {
        layout->counts[i] =
            i < move->rank ? count_of(move, i, move->rank) : count_of(move, move->rank, i);
    }
    colltest_lay_out(layout, move->size, is_vector(move) ? mpitest_mix(move->key + 3) : 0);
}

static void move_alltoall(const struct move *move)
{
    struct colltest_layout sends, recvs;
    lay_out(move, &sends, true, move->rank);
    lay_out(move, &recvs, false, move->rank);
    if (move->in_place) {
        make_symmetric(move, &recvs);
        sends = recvs;
    }
    unsigned char *out = colltest_image(&move->type, sends.total);
    unsigned char *in = colltest_image(&move->type, recvs.total);
    unsigned char *image = colltest_image(&move->type, recvs.total);
    for (int peer = 0; peer < move->size; peer++) {
        put_block(move->in_place ? in : out, move, &sends, peer, move->rank, peer);
        put_block(image, move, &recvs, peer, peer, move->rank);
    }
    CHECK_EQ(call_alltoall(move, move->in_place ? MPI_IN_PLACE : out, &sends, in, &recvs),
             MPI_SUCCESS);
    COLLTEST_MATCH(in, image, &move->type, recvs.total, "alltoall");
    free(out);
}

/* ---- Cases ---- */

static void (*const moves[FUNCTIONS])(const struct move *) = {
    [BCAST] = move_bcast,          [GATHER] = move_gather,     [GATHERV] = move_gather,
    [SCATTER] = move_scatter,      [SCATTERV] = move_scatter,  [ALLGATHER] = move_allgather,
    [ALLGATHERV] = move_allgather, [ALLTOALL] = move_alltoall, [ALLTOALLV] = move_alltoall,
};

/* All ranks draw the same case. */
static struct move random_move(const MPI_Comm *comms)
{
    struct move move;
    move.function = (enum function)mpitest_random_below(FUNCTIONS);
    move.comm = comms[mpitest_random_below(COLLTEST_COMMS)];
    move.type = colltest_type((unsigned)mpitest_random_below(COLLTEST_TYPES));
    int blocks = move.function == BCAST ? 1 : mpitest_size;
    move.count = colltest_random_count(
        (MPI_Count)(BYTES_MAX / (colltest_size(&move.type) * (size_t)blocks)));
    uint64_t root = mpitest_random();
    move.in_place = mpitest_random_below(2) != 0;
    move.large = mpitest_random_below(2) != 0;
    move.form = (enum colltest_form)mpitest_random_below(COLLTEST_FORMS);
    move.key = mpitest_random();
    MPI_Comm_rank(move.comm, &move.rank);
    MPI_Comm_size(move.comm, &move.size);
    move.root = (int)(root % (uint64_t)move.size);
    return move;
}

int main(int argc, char **argv)
{
    MPI_Comm comms[COLLTEST_COMMS];
    mpitest_start(&argc, &argv);
    colltest_comms_make(comms);
    for (int i = 0; i < CASES; i++) {
        struct move move = random_move(comms);
        moves[move.function](&move);
    }
    colltest_comms_free(comms);
    return mpitest_finish();
}
