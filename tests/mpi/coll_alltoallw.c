/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Alltoallw in all its forms, in random cases: each pair of ranks agrees on a type and a count
 * of its own, blocks lie in any order and with gaps of any length, in place or not, over four
 * communicators. Whole buffers are compared: nothing else may change. */
/* matrix: np=1,2,3,8 copy=chunk,cma,direct crowded=no,yes limit=120 */
#include "tests/lib/colltest.h"

enum { CASES = 200, COUNT_MAX = 9000, ALIGNMENT = 16 };

struct exchange {
    MPI_Comm comm;
    int rank;
    int size;
    bool in_place;
    bool large; /* the _c form */
    enum colltest_form form;
    uint64_t key;
};

/* A buffer with a block for each rank: types, counts, and displacements in bytes. */
struct typed_layout {
    struct colltest_type types[COLLTEST_RANKS_MAX];
    MPI_Datatype handles[COLLTEST_RANKS_MAX];
    int int_counts[COLLTEST_RANKS_MAX];
    int int_displs[COLLTEST_RANKS_MAX];
    MPI_Count counts[COLLTEST_RANKS_MAX];
    MPI_Aint displs[COLLTEST_RANKS_MAX];
    size_t bytes; /* of all */
};

/* What `source` sends to `dest`. In place, both directions of a pair are alike. */
static uint64_t draw_of(const struct exchange *exchange, int source, int dest)
{
    int first = exchange->in_place && source > dest ? dest : source;
    int second = source + dest - first;
    return mpitest_mix(exchange->key + (uint64_t)first * COLLTEST_RANKS_MAX + (uint64_t)second);
}

static uint64_t pattern_of(const struct exchange *exchange, int source, int dest)
{
    return mpitest_mix(~exchange->key + (uint64_t)source * COLLTEST_RANKS_MAX + (uint64_t)dest);
}

static void lay_out(const struct exchange *exchange, struct typed_layout *layout, bool sends)
{
    int start = (int)(mpitest_mix(exchange->key + sends) % (uint64_t)exchange->size);
    layout->bytes = 0;
    for (int i = 0; i < exchange->size; i++) {
        int peer = (start + i) % exchange->size;
        uint64_t draw = sends ? draw_of(exchange, exchange->rank, peer)
                              : draw_of(exchange, peer, exchange->rank);
        MPI_Count most = draw % 7 == 0 ? COUNT_MAX : 20;
        layout->types[peer] = colltest_type((unsigned)(draw >> 8) % COLLTEST_TYPES);
        layout->handles[peer] = layout->types[peer].handle;
        layout->counts[peer] = draw % 3 == 0 ? 0 : (MPI_Count)(draw >> 16) % most;
        layout->displs[peer] = (MPI_Aint)layout->bytes;
        layout->int_counts[peer] = (int)layout->counts[peer];
        layout->int_displs[peer] = (int)layout->displs[peer];
        layout->bytes += layout->types[peer].extent * (size_t)layout->counts[peer];
        layout->bytes += ALIGNMENT * (1 + (draw >> 40) % 3);
        layout->bytes -= layout->bytes % ALIGNMENT;
    }
}

static unsigned char *buffer_of(const struct typed_layout *layout)
{
    unsigned char *buffer = mpitest_malloc(layout->bytes);
    memset(buffer, COLLTEST_FILLER, layout->bytes);
    return buffer;
}

static void put(unsigned char *buffer, const struct typed_layout *layout, int peer, uint64_t key)
{
    colltest_put(buffer + layout->displs[peer], &layout->types[peer], 0, layout->counts[peer], key);
}

static int call(const struct exchange *exchange, const void *out, const struct typed_layout *sends,
                void *in, const struct typed_layout *recvs)
{
    if (exchange->large) {
        return COLLTEST_CALL(exchange->form, Alltoallw, Ialltoallw, _c, out, sends->counts,
                             sends->displs, sends->handles, in, recvs->counts, recvs->displs,
                             recvs->handles, exchange->comm);
    }
    return COLLTEST_CALL(exchange->form, Alltoallw, Ialltoallw, , out, sends->int_counts,
                         sends->int_displs, sends->handles, in, recvs->int_counts,
                         recvs->int_displs, recvs->handles, exchange->comm);
}

static void run(const struct exchange *exchange)
{
    struct typed_layout sends, recvs;
    lay_out(exchange, &recvs, false);
    if (exchange->in_place) {
        sends = recvs;
    } else {
        lay_out(exchange, &sends, true);
    }
    unsigned char *out = buffer_of(&sends);
    unsigned char *in = buffer_of(&recvs);
    unsigned char *image = buffer_of(&recvs);
    for (int peer = 0; peer < exchange->size; peer++) {
        put(exchange->in_place ? in : out, &sends, peer,
            pattern_of(exchange, exchange->rank, peer));
        put(image, &recvs, peer, pattern_of(exchange, peer, exchange->rank));
    }
    CHECK_EQ(call(exchange, exchange->in_place ? MPI_IN_PLACE : out, &sends, in, &recvs),
             MPI_SUCCESS);
    CHECK(memcmp(in, image, recvs.bytes) == 0);
    free(out);
    free(in);
    free(image);
}

/* With MPI_BOTTOM the displacements are addresses. */
static void check_bottom(void)
{
    MPI_Count counts[COLLTEST_RANKS_MAX];
    MPI_Aint from[COLLTEST_RANKS_MAX], to[COLLTEST_RANKS_MAX];
    MPI_Datatype types[COLLTEST_RANKS_MAX];
    int out[COLLTEST_RANKS_MAX], in[COLLTEST_RANKS_MAX];

    for (int i = 0; i < mpitest_size; i++) {
        out[i] = 100 * mpitest_rank + i;
        counts[i] = 1;
        types[i] = MPI_INT;
        MPI_Get_address(&out[i], &from[i]);
        MPI_Get_address(&in[i], &to[i]);
    }
    for (int form = 0; form < COLLTEST_FORMS; form++) {
        memset(in, 0, sizeof in);
        CHECK_EQ(COLLTEST_CALL(form, Alltoallw, Ialltoallw, _c, MPI_BOTTOM, counts, from, types,
                               MPI_BOTTOM, counts, to, types, MPI_COMM_WORLD),
                 MPI_SUCCESS);
        for (int i = 0; i < mpitest_size; i++) {
            CHECK_EQ(in[i], 100 * i + mpitest_rank);
        }
    }
}

static void check_errors(void)
{
    int counts[COLLTEST_RANKS_MAX] = {0}, ones[COLLTEST_RANKS_MAX],
        minus[COLLTEST_RANKS_MAX] = {-1};
    int displs[COLLTEST_RANKS_MAX] = {0}, buffer[1] = {0}, other[1];
    MPI_Datatype types[COLLTEST_RANKS_MAX], none[COLLTEST_RANKS_MAX];

    for (int i = 0; i < mpitest_size; i++) {
        types[i] = MPI_INT;
        none[i] = i == 0 ? MPI_DATATYPE_NULL : MPI_INT;
        ones[i] = 1;
    }
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, counts, displs, types, other, counts, displs, types, MPI_COMM_NULL),
        MPI_ERR_COMM);
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, NULL, displs, types, other, counts, displs, types, MPI_COMM_WORLD),
        MPI_ERR_ARG);
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, minus, displs, types, other, counts, displs, types, MPI_COMM_WORLD),
        MPI_ERR_COUNT);
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, counts, NULL, types, other, counts, displs, types, MPI_COMM_WORLD),
        MPI_ERR_ARG);
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, counts, displs, NULL, other, counts, displs, types, MPI_COMM_WORLD),
        MPI_ERR_ARG);
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, counts, displs, none, other, counts, displs, types, MPI_COMM_WORLD),
        MPI_ERR_TYPE);
    EXPECT_CLASS(
        MPI_Alltoallw(NULL, ones, displs, types, other, ones, displs, types, MPI_COMM_WORLD),
        MPI_ERR_BUFFER);
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, ones, displs, types, buffer, ones, displs, types, MPI_COMM_WORLD),
        MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoallw(buffer, counts, displs, types, MPI_IN_PLACE, counts, displs, types,
                               MPI_COMM_WORLD),
                 MPI_ERR_BUFFER);
}

/* All ranks draw the same case. */
static struct exchange random_exchange(const MPI_Comm *comms)
{
    struct exchange exchange = {.comm = comms[mpitest_random_below(COLLTEST_COMMS)]};
    exchange.in_place = mpitest_random_below(3) == 0;
    exchange.large = mpitest_random_below(2) != 0;
    exchange.form = (enum colltest_form)mpitest_random_below(COLLTEST_FORMS);
    exchange.key = mpitest_random();
    MPI_Comm_rank(exchange.comm, &exchange.rank);
    MPI_Comm_size(exchange.comm, &exchange.size);
    return exchange;
}

int main(int argc, char **argv)
{
    MPI_Comm comms[COLLTEST_COMMS];
    mpitest_start(&argc, &argv);
    colltest_comms_make(comms);
    for (int i = 0; i < CASES; i++) {
        struct exchange exchange = random_exchange(comms);
        run(&exchange);
    }
    colltest_comms_free(comms);
    check_bottom();
    mpitest_return_errors();
    check_errors();
    return mpitest_finish();
}
