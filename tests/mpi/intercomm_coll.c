/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectives on intercommunicators, in all their forms: what one group gives, the other one gets.
 * Every case is random; each rank works out what all others give. */
/* matrix: np=2,3,8 copy=chunk,cma,direct rings=default,tiny limit=120 */
#include "../lib/colltest.h"

enum { CASES = 120, COUNT_MAX = 3000, GROUP_MAX = COLLTEST_RANKS_MAX };

static MPI_Comm inter;
static int rank, size, remote_size;
static int side; /* of this rank: 0 or 1 */

/* One case: the same in all ranks of both groups. */
static struct {
    struct colltest_type type;
    enum colltest_form form;
    bool large;
    bool is_vector;
    uint64_t key;
    int root_side;
    int root;        /* its rank there */
    MPI_Count count; /* of forms without a vector */
} now;

/* ---- What is given ---- */

/* The items that a rank of a side gives to another one, or to all: `to` is 0 then. */
static uint64_t pattern_of(int from_side, int from, int to)
{
    return mpitest_mix(now.key + (uint64_t)((from_side * GROUP_MAX + from) * GROUP_MAX + to));
}

static MPI_Count count_of(int from_side, int from, int to)
{
    uint64_t drawn = mpitest_mix(pattern_of(from_side, from, to));
    return !now.is_vector   ? now.count
           : drawn % 3 == 0 ? 0
           : drawn % 3 == 1 ? (MPI_Count)(drawn / 4 % 9)
                            : (MPI_Count)(drawn / 4 % COUNT_MAX);
}

/* The root argument of this rank. */
static int root_argument(void)
{
    return side != now.root_side ? now.root : rank == now.root ? MPI_ROOT : MPI_PROC_NULL;
}

static bool is_root(void)
{
    return root_argument() == MPI_ROOT;
}

static bool has_part(void)
{
    return root_argument() >= 0;
}

static unsigned char *make_own(MPI_Count count, uint64_t pattern)
{
    unsigned char *own = colltest_image(&now.type, count);
    colltest_put(own, &now.type, 0, count, pattern);
    return own;
}

/* Blocks of counts[]; those of vectors lie apart. */
static void lay_out(struct colltest_layout *layout)
{
    colltest_lay_out(layout, remote_size, now.is_vector ? now.key | 1 : 0);
}

/* What all of the other group give to all, as it arrives here. */
static unsigned char *expect_all(const struct colltest_layout *layout, bool anything)
{
    unsigned char *expected = colltest_image(&now.type, layout->total);
    for (int i = 0; i < remote_size && anything; i++) {
        colltest_put(expected, &now.type, layout->displs[i], layout->counts[i],
                     pattern_of(1 - side, i, 0));
    }
    return expected;
}

/* ---- One to all, all to one ---- */

static void check_bcast(void)
{
    MPI_Datatype type = now.type.handle;
    uint64_t pattern = pattern_of(now.root_side, now.root, 0);
    bool any = is_root() || has_part();
    unsigned char *expected =
        any ? make_own(now.count, pattern) : colltest_image(&now.type, now.count);
    unsigned char *buffer = colltest_image(&now.type, now.count);

    if (is_root()) {
        colltest_put(buffer, &now.type, 0, now.count, pattern);
    }
    CHECK_EQ(now.large ? COLLTEST_CALL(now.form, Bcast, Ibcast, _c, buffer, now.count, type,
                                       root_argument(), inter)
                       : COLLTEST_CALL(now.form, Bcast, Ibcast, , buffer, (int)now.count, type,
                                       root_argument(), inter),
             MPI_SUCCESS);
    COLLTEST_MATCH(buffer, expected, &now.type, now.count, "bcast");
}

/* Those who have no part pass no type at all. */
static int call_gather(const void *own, MPI_Count count, void *all,
                       const struct colltest_layout *layout)
{
    MPI_Datatype sent = has_part() ? now.type.handle : MPI_DATATYPE_NULL;
    MPI_Datatype received = is_root() ? now.type.handle : MPI_DATATYPE_NULL;
    int root = root_argument();

    if (now.is_vector && now.large) {
        return COLLTEST_CALL(now.form, Gatherv, Igatherv, _c, own, count, sent, all, layout->counts,
                             layout->displs, received, root, inter);
    }
    if (now.is_vector) {
        return COLLTEST_CALL(now.form, Gatherv, Igatherv, , own, (int)count, sent, all,
                             layout->int_counts, layout->int_displs, received, root, inter);
    }
    if (now.large) {
        return COLLTEST_CALL(now.form, Gather, Igather, _c, own, count, sent, all, now.count,
                             received, root, inter);
    }
    return COLLTEST_CALL(now.form, Gather, Igather, , own, (int)count, sent, all, (int)now.count,
                         received, root, inter);
}

static void check_gather(void)
{
    struct colltest_layout layout;
    MPI_Count count = count_of(side, rank, 0);

    for (int i = 0; i < remote_size; i++) {
        layout.counts[i] = count_of(1 - side, i, 0);
    }
    lay_out(&layout);
    unsigned char *own = make_own(count, pattern_of(side, rank, 0));
    unsigned char *all = colltest_image(&now.type, layout.total);
    CHECK_EQ(call_gather(own, count, all, &layout), MPI_SUCCESS);
    COLLTEST_MATCH(all, expect_all(&layout, is_root()), &now.type, layout.total, "gather");
    free(own);
}

static int call_scatter(const void *all, const struct colltest_layout *layout, void *own,
                        MPI_Count count)
{
    MPI_Datatype sent = is_root() ? now.type.handle : MPI_DATATYPE_NULL;
    MPI_Datatype received = has_part() ? now.type.handle : MPI_DATATYPE_NULL;
    int root = root_argument();

    if (now.is_vector && now.large) {
        return COLLTEST_CALL(now.form, Scatterv, Iscatterv, _c, all, layout->counts, layout->displs,
                             sent, own, count, received, root, inter);
    }
    if (now.is_vector) {
        return COLLTEST_CALL(now.form, Scatterv, Iscatterv, , all, layout->int_counts,
                             layout->int_displs, sent, own, (int)count, received, root, inter);
    }
    if (now.large) {
        return COLLTEST_CALL(now.form, Scatter, Iscatter, _c, all, now.count, sent, own, count,
                             received, root, inter);
    }
    return COLLTEST_CALL(now.form, Scatter, Iscatter, , all, (int)now.count, sent, own, (int)count,
                         received, root, inter);
}

static void check_scatter(void)
{
    struct colltest_layout layout;
    uint64_t pattern = pattern_of(now.root_side, now.root, rank);
    MPI_Count count = count_of(now.root_side, now.root, rank);

    for (int i = 0; i < remote_size; i++) {
        layout.counts[i] = count_of(now.root_side, now.root, i);
    }
    lay_out(&layout);
    unsigned char *all = colltest_image(&now.type, layout.total);
    for (int i = 0; i < remote_size; i++) {
        colltest_put(all, &now.type, layout.displs[i], layout.counts[i],
                     pattern_of(now.root_side, now.root, i));
    }
    unsigned char *own = colltest_image(&now.type, count);
    unsigned char *expected =
        has_part() ? make_own(count, pattern) : colltest_image(&now.type, count);
    CHECK_EQ(call_scatter(all, &layout, own, count), MPI_SUCCESS);
    COLLTEST_MATCH(own, expected, &now.type, count, "scatter");
    free(all);
}

/* ---- All to all ---- */

static int call_allgather(const void *own, MPI_Count count, void *all,
                          const struct colltest_layout *layout)
{
    MPI_Datatype type = now.type.handle;

    if (now.is_vector && now.large) {
        return COLLTEST_CALL(now.form, Allgatherv, Iallgatherv, _c, own, count, type, all,
                             layout->counts, layout->displs, type, inter);
    }
    if (now.is_vector) {
        return COLLTEST_CALL(now.form, Allgatherv, Iallgatherv, , own, (int)count, type, all,
                             layout->int_counts, layout->int_displs, type, inter);
    }
    if (now.large) {
        return COLLTEST_CALL(now.form, Allgather, Iallgather, _c, own, count, type, all, count,
                             type, inter);
    }
    return COLLTEST_CALL(now.form, Allgather, Iallgather, , own, (int)count, type, all, (int)count,
                         type, inter);
}

static void check_allgather(void)
{
    struct colltest_layout layout;
    MPI_Count count = count_of(side, rank, 0);

    for (int i = 0; i < remote_size; i++) {
        layout.counts[i] = count_of(1 - side, i, 0);
    }
    lay_out(&layout);
    unsigned char *own = make_own(count, pattern_of(side, rank, 0));
    unsigned char *all = colltest_image(&now.type, layout.total);
    CHECK_EQ(call_allgather(own, count, all, &layout), MPI_SUCCESS);
    COLLTEST_MATCH(all, expect_all(&layout, true), &now.type, layout.total, "allgather");
    free(own);
}

/* The vector form with the type in common, or with a type for each block and bytes. */
static int call_vector_exchange(const void *out, struct colltest_layout *sends, void *in,
                                struct colltest_layout *recvs, bool is_typed)
{
    MPI_Datatype type = now.type.handle, types[GROUP_MAX];

    if (!is_typed && now.large) {
        return COLLTEST_CALL(now.form, Alltoallv, Ialltoallv, _c, out, sends->counts, sends->displs,
                             type, in, recvs->counts, recvs->displs, type, inter);
    }
    if (!is_typed) {
        return COLLTEST_CALL(now.form, Alltoallv, Ialltoallv, , out, sends->int_counts,
                             sends->int_displs, type, in, recvs->int_counts, recvs->int_displs,
                             type, inter);
    }
    struct colltest_layout from = *sends, to = *recvs;
    for (int i = 0; i < remote_size; i++) {
        types[i] = type;
        from.displs[i] *= (MPI_Aint)now.type.extent;
        from.int_displs[i] *= (int)now.type.extent;
        to.displs[i] *= (MPI_Aint)now.type.extent;
        to.int_displs[i] *= (int)now.type.extent;
    }
    return now.large ? COLLTEST_CALL(now.form, Alltoallw, Ialltoallw, _c, out, from.counts,
                                     from.displs, types, in, to.counts, to.displs, types, inter)
                     : COLLTEST_CALL(now.form, Alltoallw, Ialltoallw, , out, from.int_counts,
                                     from.int_displs, types, in, to.int_counts, to.int_displs,
                                     types, inter);
}

static int call_exchange(const void *out, struct colltest_layout *sends, void *in,
                         struct colltest_layout *recvs)
{
    MPI_Datatype type = now.type.handle;

    if (now.is_vector) {
        return call_vector_exchange(out, sends, in, recvs, now.key / 2 % 2 == 0);
    }
    return now.large ? COLLTEST_CALL(now.form, Alltoall, Ialltoall, _c, out, now.count, type, in,
                                     now.count, type, inter)
                     : COLLTEST_CALL(now.form, Alltoall, Ialltoall, , out, (int)now.count, type, in,
                                     (int)now.count, type, inter);
}

static void check_exchange(void)
{
    struct colltest_layout sends, recvs;

    for (int i = 0; i < remote_size; i++) {
        sends.counts[i] = count_of(side, rank, i);
        recvs.counts[i] = count_of(1 - side, i, rank);
    }
    lay_out(&sends);
    lay_out(&recvs);
    unsigned char *out = colltest_image(&now.type, sends.total);
    unsigned char *in = colltest_image(&now.type, recvs.total);
    unsigned char *expected = colltest_image(&now.type, recvs.total);
    for (int i = 0; i < remote_size; i++) {
        colltest_put(out, &now.type, sends.displs[i], sends.counts[i], pattern_of(side, rank, i));
        colltest_put(expected, &now.type, recvs.displs[i], recvs.counts[i],
                     pattern_of(1 - side, i, rank));
    }
    CHECK_EQ(call_exchange(out, &sends, in, &recvs), MPI_SUCCESS);
    COLLTEST_MATCH(in, expected, &now.type, recvs.total, "alltoall");
    free(out);
}

/* ---- Cases ---- */

/* Nobody leaves before all of the other group have come. The clock is one for all on a machine. */
static void check_barrier(void)
{
    double others_came = 0;
    double until = MPI_Wtime() + (double)(pattern_of(side, rank, 0) % 100) * 1e-5;

    while (MPI_Wtime() < until) {
    }
    double came = MPI_Wtime();
    CHECK_EQ(now.form == COLLTEST_BLOCKING ? MPI_Barrier(inter)
             : now.form == COLLTEST_NONBLOCKING
                 ? colltest_wait(MPI_Ibarrier(inter, &colltest_request))
                 : colltest_start(MPI_Barrier_init(inter, MPI_INFO_NULL, &colltest_request)),
             MPI_SUCCESS);
    double left = MPI_Wtime();
    MPI_Allreduce(&came, &others_came, 1, MPI_DOUBLE, MPI_MAX, inter);
    CHECK(left >= others_came);
}

static void draw_case(const int sizes[2])
{
    now.type = colltest_type((unsigned)mpitest_random_below(COLLTEST_TYPES));
    now.form = (enum colltest_form)mpitest_random_below(COLLTEST_FORMS);
    now.large = mpitest_random_below(2) != 0;
    now.is_vector = mpitest_random_below(2) != 0;
    now.key = mpitest_random();
    now.root_side = (int)mpitest_random_below(2);
    now.root = (int)mpitest_random_below((uint64_t)sizes[now.root_side]);
    now.count = colltest_random_count(COUNT_MAX);
}

static void check_errors(void)
{
    int one = 1, other = 0, counts[GROUP_MAX] = {0};

    EXPECT_CLASS(MPI_Bcast(&one, 1, MPI_INT, remote_size, inter), MPI_ERR_ROOT);
    EXPECT_CLASS(MPI_Bcast(&one, 1, MPI_INT, -99, inter), MPI_ERR_ROOT);
    EXPECT_CLASS(MPI_Bcast(&one, -1, MPI_INT, MPI_ROOT, inter), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Gather(&one, 1, MPI_DATATYPE_NULL, NULL, 0, MPI_INT, 0, inter), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Gather(MPI_IN_PLACE, 1, MPI_INT, NULL, 0, MPI_INT, 0, inter), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allgather(MPI_IN_PLACE, 1, MPI_INT, &other, 1, MPI_INT, inter),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoall(MPI_IN_PLACE, 1, MPI_INT, &other, 1, MPI_INT, inter), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Allreduce(MPI_IN_PLACE, &other, 1, MPI_INT, MPI_SUM, inter), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce(&one, &other, 1, MPI_INT, MPI_OP_NULL, 0, inter), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Reduce_scatter(MPI_IN_PLACE, &other, counts, MPI_INT, MPI_SUM, inter),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Reduce_scatter_block(&one, &other, -1, MPI_INT, MPI_SUM, inter),
                 MPI_ERR_COUNT);
}

/* Splits the world in two at `first`, and joins the halves. */
static void check_comm(int first)
{
    static void (*const checks[])(void) = {check_bcast,     check_gather,   check_scatter,
                                           check_allgather, check_exchange, check_barrier};
    const int sizes[2] = {first, mpitest_size - first};
    MPI_Comm local;

    side = mpitest_rank < first ? 0 : 1;
    MPI_Comm_split(MPI_COMM_WORLD, side, 0, &local);
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, side == 0 ? first : 0, 1, &inter);
    MPI_Comm_free(&local);
    MPI_Comm_rank(inter, &rank);
    MPI_Comm_size(inter, &size);
    MPI_Comm_remote_size(inter, &remote_size);
    CHECK_EQ(size, sizes[side]);
    for (int i = 0; i < CASES; i++) {
        draw_case(sizes);
        checks[mpitest_random_below(sizeof checks / sizeof checks[0])]();
    }
    MPI_Comm_set_errhandler(inter, MPI_ERRORS_RETURN);
    check_errors();
    MPI_Comm_free(&inter);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size < 2 || mpitest_size > COLLTEST_RANKS_MAX) {
        return mpitest_skip("made for 2 to 64 ranks");
    }
    check_comm(1);
    check_comm(mpitest_size - 1);
    check_comm((mpitest_size + 1) / 2);
    return mpitest_finish();
}
