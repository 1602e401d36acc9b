/* SPDX-License-Identifier: BSD-3-Clause */
/* Allgatherv and alltoallv, blocking ones and others, with blocks of all sizes beside each other:
 * none, some that fit into shared memory, some that do not, more than there is room for together;
 * dense and with gaps, sparse and full, and with members that lag behind. */
/* matrix: np=1,2,3,8,17,40 copy=chunk,direct engine=uring rings=default crowded=no,yes limit=120 */
#include <sched.h>

#include "../lib/mpitest.h"

enum { RANKS_MAX = 64, BLOCK_MAX = 9000, GUARD = 64, GUARD_BYTE = 0xa5 };

/* In each of these kinds of calls a block has... */
static int block_bytes(int kind, int from, int to, int turn)
{
    static const int mixed[] = {0, 1, 7, 16, 100, 113, 1000, 2047, 2048, 2049, 5000, 8192, 8193};
    unsigned mix = (unsigned)(from * 131 + to * 31 + turn * 17);

    switch (kind) {
    case 0: // nothing
        return 0;
    case 1: // the same few bytes, nearly
        return 8 + (from + to + turn) % 3;
    case 2: // so much that some is left after a meeting of many
        return 300 + (int)(mix % 50);
    case 3: // anything
        return mixed[mix % (sizeof mixed / sizeof *mixed)];
    case 4: // something for neighbours alone
        return to == (from + 1) % mpitest_size ? 50 + turn % 7 : 0;
    default: // too much for meetings, and something short for the next one
        return to == (from + 1) % mpitest_size ? 20 : BLOCK_MAX - (int)(mix % 9);
    }
}

enum { KINDS = 6 };

static unsigned char value_of(int from, int to, int turn, int place)
{
    return (unsigned char)(from * 29 + to * 13 + turn * 7 + place);
}

/* Now and then this rank comes late. */
static void lag(int turn)
{
    if ((turn * 7 + mpitest_rank * 5) % 11 == 0) {
        for (int i = turn % 20; i >= 0; i--) {
            sched_yield();
        }
    }
}

/* A block for each rank, in the order of ranks or against it, with or without bytes in between. */
struct side {
    int counts[RANKS_MAX], displs[RANKS_MAX];
    unsigned char *buffer;
    int bytes;
};

static void lay_out(struct side *side, bool is_dense, bool is_turned)
{
    int end = GUARD;

    for (int i = 0; i < mpitest_size; i++) {
        int rank = is_turned ? mpitest_size - 1 - i : i;
        side->displs[rank] = end;
        end += side->counts[rank] + (is_dense ? 0 : 1 + rank % 3);
    }
    side->bytes = end + GUARD;
    side->buffer = mpitest_malloc((size_t)side->bytes);
    memset(side->buffer, GUARD_BYTE, (size_t)side->bytes);
}

/* Nothing may have been written but the blocks. */
static void check_gaps(struct side *side)
{
    int wrong = 0;

    for (int rank = 0; rank < mpitest_size; rank++) {
        memset(side->buffer + side->displs[rank], GUARD_BYTE, (size_t)side->counts[rank]);
    }
    for (int i = 0; i < side->bytes; i++) {
        wrong += side->buffer[i] != GUARD_BYTE;
    }
    CHECK_EQ(wrong, 0);
}

static void finish(MPI_Request *request)
{
    CHECK_EQ(MPI_Wait(request, MPI_STATUS_IGNORE), MPI_SUCCESS);
}

/* --- Alltoallv -------------------------------------------------------------------------------- */

static void fill(struct side *out, int turn)
{
    for (int to = 0; to < mpitest_size; to++) {
        for (int i = 0; i < out->counts[to]; i++) {
            out->buffer[out->displs[to] + i] = value_of(mpitest_rank, to, turn, i);
        }
    }
}

static void check_exchanged(const struct side *in, int turn)
{
    int wrong = 0;

    for (int from = 0; from < mpitest_size; from++) {
        for (int i = 0; i < in->counts[from]; i++) {
            wrong += in->buffer[in->displs[from] + i] != value_of(from, mpitest_rank, turn, i);
        }
    }
    CHECK_EQ(wrong, 0);
}

static void exchange(int kind, int turn, bool is_blocking)
{
    struct side out, in;
    MPI_Request request;

    for (int rank = 0; rank < mpitest_size; rank++) {
        out.counts[rank] = block_bytes(kind, mpitest_rank, rank, turn);
        in.counts[rank] = block_bytes(kind, rank, mpitest_rank, turn);
    }
    lay_out(&out, turn % 2 == 0, turn % 3 == 1);
    lay_out(&in, turn % 2 == 1, turn % 3 == 2);
    fill(&out, turn);
    lag(turn);
    if (is_blocking) {
        CHECK_EQ(MPI_Alltoallv(out.buffer, out.counts, out.displs, MPI_BYTE, in.buffer, in.counts,
                               in.displs, MPI_BYTE, MPI_COMM_WORLD),
                 MPI_SUCCESS);
    } else {
        MPI_Ialltoallv(out.buffer, out.counts, out.displs, MPI_BYTE, in.buffer, in.counts,
                       in.displs, MPI_BYTE, MPI_COMM_WORLD, &request);
        finish(&request);
    }
    check_exchanged(&in, turn);
    check_gaps(&in);
    free(out.buffer);
    free(in.buffer);
}

/* --- Allgatherv ------------------------------------------------------------------------------- */

static void check_gathered(const struct side *all, int turn)
{
    int wrong = 0;

    for (int from = 0; from < mpitest_size; from++) {
        for (int i = 0; i < all->counts[from]; i++) {
            wrong += all->buffer[all->displs[from] + i] != value_of(from, 0, turn, i);
        }
    }
    CHECK_EQ(wrong, 0);
}

/* What this rank gives lies in its place, or elsewhere. */
static void gather(int kind, int turn, bool is_blocking, bool is_in_place)
{
    struct side all;
    unsigned char own[BLOCK_MAX];
    MPI_Request request;

    for (int rank = 0; rank < mpitest_size; rank++) {
        all.counts[rank] = block_bytes(kind, rank, 0, turn);
    }
    // Where they lie is each rank's own matter.
    lay_out(&all, (turn + mpitest_rank) % 2 == 0, (turn + mpitest_rank) % 5 == 0);
    int count = all.counts[mpitest_rank];
    unsigned char *given = is_in_place ? all.buffer + all.displs[mpitest_rank] : own;
    for (int i = 0; i < count; i++) {
        given[i] = value_of(mpitest_rank, 0, turn, i);
    }
    lag(turn);
    void *sent = is_in_place ? MPI_IN_PLACE : own;
    if (is_blocking) {
        CHECK_EQ(MPI_Allgatherv(sent, count, MPI_BYTE, all.buffer, all.counts, all.displs,
                                MPI_BYTE, MPI_COMM_WORLD),
                 MPI_SUCCESS);
    } else {
        MPI_Iallgatherv(sent, count, MPI_BYTE, all.buffer, all.counts, all.displs, MPI_BYTE,
                        MPI_COMM_WORLD, &request);
        finish(&request);
    }
    check_gathered(&all, turn);
    check_gaps(&all);
    free(all.buffer);
}

/* --- Data with gaps --------------------------------------------------------------------------- */

/* Every second int; each rank gives rank + 1 of them, and gets as many as it has number. */
static void holes(void)
{
    enum { ROOM = 2 * RANKS_MAX * RANKS_MAX };
    MPI_Datatype second;
    struct side side;
    int *numbers = mpitest_malloc(ROOM * sizeof *numbers);
    int own[2 * RANKS_MAX], wrong = 0, end = 0;

    MPI_Type_create_resized(MPI_INT, 0, 2 * (MPI_Aint)sizeof(int), &second);
    MPI_Type_commit(&second);
    for (int i = 0; i < ROOM; i++) {
        numbers[i] = -1;
    }
    for (int i = 0; i <= mpitest_rank; i++) {
        own[2 * i] = 1000 * mpitest_rank + i;
        own[2 * i + 1] = -2;
    }
    for (int rank = 0; rank < mpitest_size; rank++) {
        side.counts[rank] = rank + 1;
        side.displs[rank] = end;
        end += rank + 1;
    }
    MPI_Allgatherv(own, mpitest_rank + 1, second, numbers, side.counts, side.displs, second,
                   MPI_COMM_WORLD);
    for (int rank = 0; rank < mpitest_size; rank++) {
        for (int i = 0; i <= rank; i++) {
            const int *at = numbers + 2 * (side.displs[rank] + i);
            wrong += at[0] != 1000 * rank + i || at[1] != -1;
        }
    }
    CHECK_EQ(wrong, 0);
    free(numbers);
    MPI_Type_free(&second);
}

/* --- Too much --------------------------------------------------------------------------------- */

/* A rank that gives more than there is room for gets an error, and nobody's memory suffers. */
static void too_much(int sent, int room)
{
    struct side all;
    unsigned char *own = mpitest_malloc((size_t)sent);

    memset(own, 1, (size_t)sent);
    for (int rank = 0; rank < mpitest_size; rank++) {
        all.counts[rank] = room;
    }
    lay_out(&all, true, false);
    EXPECT_CLASS(MPI_Allgather(own, sent, MPI_BYTE, all.buffer + GUARD, room, MPI_BYTE,
                               MPI_COMM_WORLD),
                 MPI_ERR_TRUNCATE);
    check_gaps(&all);
    EXPECT_CLASS(MPI_Allgatherv(own, sent, MPI_BYTE, all.buffer, all.counts, all.displs, MPI_BYTE,
                                MPI_COMM_WORLD),
                 MPI_ERR_TRUNCATE);
    check_gaps(&all);
    free(all.buffer);
    free(own);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    for (int turn = 0; turn < 60; turn++) {
        exchange(turn / 2 % KINDS, turn, turn % 10 != 9);
        gather(turn / 2 % KINDS, turn, turn % 10 != 8, turn % 4 == 3);
    }
    for (int kind = 0; kind < KINDS; kind++) { // each for a while, as programs do it
        for (int turn = 0; turn < 20; turn++) {
            exchange(kind, turn, true);
        }
    }
    holes();
    too_much(30000, 100);
    too_much(200, 100);
    too_much(30000, 20000);
    return mpitest_finish();
}
