/* SPDX-License-Identifier: BSD-3-Clause */
/* Small blocking collectives, which leave things behind in shared memory: on communicators that
 * come and go, on more of them than there is memory for, with members that lag behind, in all sizes
 * around the limits, and among nonblocking ones and messages. */
/* matrix: np=2,3,8,40 copy=chunk engine=uring rings=default crowded=auto,parted limit=120 */
#include <sched.h>

#include "../lib/mpitest.h"

enum { MEMORY_BYTES = 400000 };

static unsigned char out[MEMORY_BYTES], in[MEMORY_BYTES];

/* Now and then this rank comes late, by one switch or by many. */
static void lag(int turn)
{
    if ((turn * 7 + mpitest_rank * 5) % 11 == 0) {
        for (int i = turn % 40; i >= 0; i--) {
            sched_yield();
        }
    }
}

static unsigned char value_of(int rank, int turn, int place)
{
    return (unsigned char)(rank * 31 + turn * 7 + place);
}

/* ---- One collective each, all results checked ---- */

static void sum_up(MPI_Comm comm, int turn)
{
    int rank, size, sum, own;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    own = rank + turn;
    MPI_Allreduce(&own, &sum, 1, MPI_INT, MPI_SUM, comm);
    CHECK_EQ(sum, size * (size - 1) / 2 + size * turn);
}

static void spread(MPI_Comm comm, int turn, int bytes)
{
    int rank, size, wrong = 0;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    int root = turn / 3 % size;
    for (int i = 0; i < bytes; i++) {
        in[i] = rank == root ? value_of(root, turn, i) : 0;
    }
    MPI_Bcast(in, bytes, MPI_BYTE, root, comm);
    for (int i = 0; i < bytes; i++) {
        wrong += in[i] != value_of(root, turn, i);
    }
    CHECK_EQ(wrong, 0);
}

/* `bytes` from each rank, and for each. */
static void exchange(MPI_Comm comm, int turn, int bytes, bool in_place)
{
    int rank, size, wrong = 0;

    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    unsigned char *from = in_place ? in : out;
    for (int i = 0; i < size * bytes; i++) {
        from[i] = value_of(rank, turn, i);
    }
    MPI_Alltoall(in_place ? MPI_IN_PLACE : out, bytes, MPI_BYTE, in, bytes, MPI_BYTE, comm);
    for (int i = 0; i < size * bytes; i++) {
        wrong += in[i] != value_of(i / bytes, turn, rank * bytes + i % bytes);
    }
    memset(in, 0, (size_t)(size * bytes));
    unsigned char *own = in_place ? in + rank * bytes : out;
    for (int i = 0; i < bytes; i++) {
        own[i] = value_of(rank, turn, i);
    }
    MPI_Allgather(in_place ? MPI_IN_PLACE : out, bytes, MPI_BYTE, in, bytes, MPI_BYTE, comm);
    for (int i = 0; i < size * bytes; i++) {
        wrong += in[i] != value_of(i / bytes, turn, i % bytes);
    }
    CHECK_EQ(wrong, 0);
}

/* ---- Communicators ---- */

/* What one of them leaves on its slate must mean nothing to the next one. */
static void come_and_go(void)
{
    const int cycles = 100000 / (mpitest_size * mpitest_size);

    for (int turn = 0; turn < cycles; turn++) {
        MPI_Comm made;
        if (turn % 4 != 3) {
            MPI_Comm_dup(MPI_COMM_WORLD, &made);
        } else {
            MPI_Comm_split(MPI_COMM_WORLD, (mpitest_rank + turn) % 2, -mpitest_rank, &made);
        }
        lag(turn);
        for (int i = turn % 3; i >= 0; i--) {
            sum_up(made, turn + i);
        }
        for (int i = turn % 5; i > 0; i--) {
            spread(made, turn + i, 4);
        }
        MPI_Comm_free(&made);
    }
}

enum { LIVE = 150 };

/* More than there are slates; then every third is made anew. */
static void many_at_once(void)
{
    MPI_Comm live[LIVE];

    for (int i = 0; i < LIVE; i++) {
        MPI_Comm_dup(MPI_COMM_WORLD, &live[i]);
    }
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < LIVE; i++) {
            MPI_Comm comm = live[i * 7 % LIVE];
            lag(i);
            sum_up(comm, i);
            spread(comm, i, 20);
        }
        for (int i = round; i < LIVE; i += 3) {
            MPI_Comm_free(&live[i]);
            MPI_Comm_dup(MPI_COMM_WORLD, &live[i]);
        }
    }
    for (int i = 0; i < LIVE; i++) {
        MPI_Comm_free(&live[i]);
    }
}

/* ---- Sizes, and who is ahead of whom ---- */

static void run_ahead(void)
{
    static const int sizes[] = {1, 112, 4, 113, 48, 8192, 8, 8193, 20};

    for (int turn = 0; turn < 400; turn++) {
        lag(turn / 50); // for a while always the same ones
        spread(MPI_COMM_WORLD, turn, turn < 150 ? 8 : sizes[turn % 9]);
    }
}

static void all_sizes(void)
{
    static const int sizes[] = {1,   6,   13,  14,  37,   38,   48,   56,   57,  112,
                                113, 300, 409, 410, 1024, 1025, 4096, 4097, 9000};
    enum { COUNT = sizeof sizes / sizeof *sizes };

    for (int turn = 0; turn < 4 * COUNT; turn++) {
        lag(turn);
        exchange(MPI_COMM_WORLD, turn, sizes[turn % COUNT], turn >= 2 * COUNT);
    }
}

/* ---- Operators ---- */

/* The second number is how often the first is doubled: neither commutes. */
static void compose(void *left, void *right, int *count, MPI_Datatype *type)
{
    const unsigned *first = left;
    unsigned *second = right;

    (void)type;
    for (int i = 0; i < *count; i++, first += 2, second += 2) {
        second[1] = second[0] * first[1] + second[1];
        second[0] = second[0] * first[0];
    }
}

enum { PAIRS_MAX = 5000 };

/* The pair that a rank gives, which all of its items are. */
static void give(unsigned *own, int count)
{
    for (int i = 0; i < count; i++) {
        own[2 * i] = (unsigned)(2 * mpitest_rank + 3);
        own[2 * i + 1] = (unsigned)(mpitest_rank + count);
    }
}

/* Whether all items are the pairs of the first `ranks` ranks, combined; `given` is the count that
 * these have given. */
static void check_pairs(const unsigned *pairs, int count, int ranks, int given)
{
    unsigned factor = 1, summand = 0;
    int wrong = 0;

    for (int rank = 0; rank < ranks; rank++) {
        summand = (unsigned)(2 * rank + 3) * summand + (unsigned)(rank + given);
        factor *= (unsigned)(2 * rank + 3);
    }
    for (int i = 0; i < count; i++) {
        wrong += pairs[2 * i] != factor || pairs[2 * i + 1] != summand;
    }
    CHECK_EQ(wrong, 0);
}

static void reduce_to_one(int count, int root, bool in_place, MPI_Datatype pair, MPI_Op op)
{
    static unsigned own[2 * PAIRS_MAX], all[2 * PAIRS_MAX];
    const bool is_root = mpitest_rank == root;

    give(in_place && is_root ? all : own, count);
    MPI_Reduce(in_place && is_root ? MPI_IN_PLACE : own, all, count, pair, op, root,
               MPI_COMM_WORLD);
    if (is_root) {
        check_pairs(all, count, mpitest_size, count);
    }
}

static void reduce_to_all(int count, bool in_place, MPI_Datatype pair, MPI_Op op)
{
    static unsigned own[2 * PAIRS_MAX], all[2 * PAIRS_MAX];
    const void *from = in_place ? MPI_IN_PLACE : own;
    unsigned *given = in_place ? all : own;

    give(given, count);
    MPI_Allreduce(from, all, count, pair, op, MPI_COMM_WORLD);
    check_pairs(all, count, mpitest_size, count);
    give(given, count);
    MPI_Scan(from, all, count, pair, op, MPI_COMM_WORLD);
    check_pairs(all, count, mpitest_rank + 1, count);
    give(given, count);
    MPI_Exscan(from, all, count, pair, op, MPI_COMM_WORLD);
    if (mpitest_rank > 0) {
        check_pairs(all, count, mpitest_rank, count);
    }
    int part = count / mpitest_size;
    if (part > 0) {
        give(given, count);
        MPI_Reduce_scatter_block(from, all, part, pair, op, MPI_COMM_WORLD);
        check_pairs(all, part, mpitest_size, count);
    }
}

static void order_of_ranks(void)
{
    static const int counts[] = {1, 5, 14, 15, 30, 128, 129, 256, 257, 1024, 1025, 2049, 5000, 9};
    enum { COUNT = sizeof counts / sizeof *counts };
    MPI_Datatype pair;
    MPI_Op op;

    MPI_Type_contiguous(2, MPI_UNSIGNED, &pair);
    MPI_Type_commit(&pair);
    MPI_Op_create(compose, 0, &op);
    for (int turn = 0; turn < 4 * COUNT; turn++) {
        lag(turn);
        reduce_to_all(counts[turn % COUNT], turn % 2 == 0, pair, op);
        for (int i = turn % 10; i >= 0; i--) {
            reduce_to_one(counts[turn % COUNT], turn % mpitest_size, i % 2 == 0, pair, op);
        }
    }
    MPI_Op_free(&op);
    MPI_Type_free(&pair);
}

static void same_bits(void)
{
    double own[9], sums[9], others[9];

    for (int turn = 0; turn < 50; turn++) {
        for (int i = 0; i < 9; i++) {
            own[i] = 1.0 / (1 + turn + 3 * i + 17 * mpitest_rank) * (i % 2 ? 1e9 : -1);
        }
        MPI_Allreduce(own, sums, 9, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        memcpy(others, sums, sizeof others);
        MPI_Bcast(others, 9, MPI_DOUBLE, turn % mpitest_size, MPI_COMM_WORLD);
        CHECK(memcmp(sums, others, sizeof sums) == 0);
    }
}

/* A value and its index have a gap between and behind them. */
static void gaps(void)
{
    struct {
        long value;
        int index;
    } own = {100 - mpitest_rank, mpitest_rank}, least;

    MPI_Allreduce(&own, &least, 1, MPI_LONG_INT, MPI_MINLOC, MPI_COMM_WORLD);
    CHECK_EQ(least.value, 100 - (mpitest_size - 1));
    CHECK_EQ(least.index, mpitest_size - 1);
    least.value = 0;
    MPI_Scan(&own, &least, 1, MPI_LONG_INT, MPI_MINLOC, MPI_COMM_WORLD);
    CHECK_EQ(least.value, 100 - mpitest_rank);
    CHECK_EQ(least.index, mpitest_rank);
    MPI_Reduce(&own, &least, 1, MPI_LONG_INT, MPI_MINLOC, 1, MPI_COMM_WORLD);
    CHECK_EQ(least.index, mpitest_rank == 1 ? mpitest_size - 1 : mpitest_rank);
    MPI_Allreduce(MPI_IN_PLACE, &own, 1, MPI_LONG_INT, MPI_MAXLOC, MPI_COMM_WORLD);
    CHECK_EQ(own.value, 100);
    CHECK_EQ(own.index, 0);
}

/* Seven bytes and a hole: pieces end within an item. */
static void gaps_by_pieces(void)
{
    enum { COUNT = 50, USED = 7, EXTENT = 8 };
    MPI_Datatype bytes, holed;
    int wrong = 0;

    MPI_Type_contiguous(USED, MPI_BYTE, &bytes);
    MPI_Type_create_resized(bytes, 0, EXTENT, &holed);
    MPI_Type_commit(&holed);
    for (int i = 0; i < mpitest_size * COUNT * EXTENT; i++) {
        out[i] = value_of(mpitest_rank, 1, i);
        in[i] = 255;
    }
    MPI_Alltoall(out, COUNT, holed, in, COUNT, holed, MPI_COMM_WORLD);
    for (int i = 0; i < mpitest_size * COUNT * EXTENT; i++) {
        int source = i / (COUNT * EXTENT), place = i % (COUNT * EXTENT);
        unsigned char sent = value_of(source, 1, mpitest_rank * COUNT * EXTENT + place);
        wrong += in[i] != (i % EXTENT < USED ? sent : 255);
    }
    CHECK_EQ(wrong, 0);
    MPI_Type_free(&holed);
    MPI_Type_free(&bytes);
}

/* ---- Among others ---- */

/* A rank that waits for all others goes on with what it has begun before. */
static void among_others(void)
{
    const int count = 1 << 18;
    int *numbers = mpitest_malloc((size_t)count * sizeof *numbers);
    MPI_Request requests[2];
    int own, sum;

    for (int turn = 0; turn < 10; turn++) {
        own = mpitest_rank * turn;
        MPI_Iallreduce(&own, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD, &requests[0]);
        requests[1] = MPI_REQUEST_NULL;
        if (mpitest_rank == 0) {
            memset(numbers, turn, (size_t)count * sizeof *numbers);
            MPI_Isend(numbers, count, MPI_INT, 1, turn, MPI_COMM_WORLD, &requests[1]);
        } else if (mpitest_rank == 1) {
            lag(0);
            MPI_Recv(numbers, count, MPI_INT, 0, turn, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            CHECK_EQ(numbers[count - 1], turn * 0x01010101);
        }
        sum_up(MPI_COMM_WORLD, turn);
        MPI_Barrier(MPI_COMM_WORLD);
        spread(MPI_COMM_WORLD, turn, 10);
        MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
        CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2 * turn);
    }
    free(numbers);
}

/* Of these nobody knows how much comes; they must not disturb what follows. */
static void too_much(void)
{
    static const int sent[] = {8, 113, 8193, 30000}, room[] = {4, 100, 112, 8};

    for (int i = 0; mpitest_size == 2 && i < 4; i++) {
        EXPECT_CLASS(MPI_Bcast(in, mpitest_rank == 0 ? sent[i] : room[i], MPI_BYTE, 0,
                               MPI_COMM_WORLD),
                     mpitest_rank == 0 ? MPI_SUCCESS : MPI_ERR_TRUNCATE);
        spread(MPI_COMM_WORLD, i, 50);
    }
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    all_sizes();
    run_ahead();
    order_of_ranks();
    same_bits();
    gaps();
    gaps_by_pieces();
    among_others();
    too_much();
    many_at_once();
    come_and_go();
    return mpitest_finish();
}
