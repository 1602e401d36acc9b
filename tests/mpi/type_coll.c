/* SPDX-License-Identifier: BSD-3-Clause */
/* Datatypes at random in collectives: of one layout on the sending side, of another one on the
 * receiving side, with the same elements; all data in its place, and nothing else written. */
#include "tests/lib/colltest.h"
#include "tests/lib/typerandom.h"

enum { ROUNDS = 24, DEPTH = 4, RANKS_MAX = 64, FILL = 0xa5 };

/* One side of a call: blocks of items, one for each rank, or one alone. */
struct side {
    const struct mapped_type *mapped;
    struct mapped_buffer buffer;
    int counts[RANKS_MAX];
    int displacements[RANKS_MAX]; /* in items */
    int blocks;
    int total; /* items that the buffer has room for */
};

static int round_number;

/* Blocking, nonblocking or persistent, from round to round. */
#define CALL(name, iname, ...)                                                                     \
    CHECK_EQ(COLLTEST_CALL(round_number / DEPTH % COLLTEST_FORMS, name, iname, , __VA_ARGS__),     \
             MPI_SUCCESS)

/* What `from` sends to `to` in this round: bytes of the packed form. */
static void fill_data(unsigned char *packed, size_t bytes, int from, int to)
{
    mpitest_fill(packed, bytes, (uint64_t)round_number << 40 | (uint64_t)from << 20 | (uint64_t)to);
}

/* Items that the block of rank `r` has: alike, or different ones. */
static int block_count(int r, bool alike)
{
    return alike ? 2 + round_number % 3 : (r * 7 + round_number) % 4;
}

/* Blocks one behind the other, or from the last to the first with gaps between them. */
static struct side side_make(const struct mapped_type *mapped, int blocks, bool alike,
                             bool scattered)
{
    struct side side = {.mapped = mapped, .blocks = blocks};

    for (int i = 0; i < blocks; i++) {
        int r = scattered ? blocks - 1 - i : i;
        side.counts[r] = block_count(r, alike);
        side.displacements[r] = side.total;
        side.total += side.counts[r] + (scattered ? 1 : 0);
    }
    side.buffer = mapped_buffer_make(&mapped->map, side.total > 0 ? side.total : 1);
    memset(side.buffer.memory, FILL, side.buffer.bytes);
    return side;
}

/* Block `r` holds what `from` sends to `to`. */
static void side_put(struct side *side, int r, int from, int to)
{
    const struct typemap *map = &side->mapped->map;
    size_t bytes = (size_t)(typemap_size(map) * side->counts[r]);
    unsigned char *packed = mpitest_malloc(bytes);

    fill_data(packed, bytes, from, to);
    mapped_scatter(map, side->buffer.base + side->displacements[r] * typemap_extent(map),
                   side->counts[r], packed);
    free(packed);
}

static void side_free(struct side *side)
{
    free(side->buffer.memory);
}

/* `actual` must be what `expected` is, byte by byte. Frees both. */
static void side_match(struct side *actual, struct side *expected, const char *what)
{
    if (memcmp(actual->buffer.memory, expected->buffer.memory, actual->buffer.bytes) != 0) {
        mpitest_fail(__FILE__, __LINE__, "%s, round %d: wrong data", what, round_number);
    }
    side_free(actual);
    side_free(expected);
}

// --- The calls ----------------------------------------------------------------------------------

static void check_bcast(const struct mapped_type *there, const struct mapped_type *here, int root)
{
    bool is_root = mpitest_rank == root;
    const struct mapped_type *mapped = is_root ? there : here;
    struct side actual = side_make(mapped, 1, true, false);
    struct side expected = side_make(mapped, 1, true, false);

    side_put(&expected, 0, root, 0);
    if (is_root) {
        side_put(&actual, 0, root, 0);
    }
    CALL(Bcast, Ibcast, actual.buffer.base, actual.counts[0], mapped->type, root, MPI_COMM_WORLD);
    side_match(&actual, &expected, "bcast");
}

/* One block at this rank, a block for each rank at the other end. */
static struct side own_side(const struct mapped_type *mapped, bool alike)
{
    struct side side = side_make(mapped, 1, alike, false);

    side_free(&side);
    side.counts[0] = side.total = block_count(mpitest_rank, alike);
    side.buffer = mapped_buffer_make(&mapped->map, side.total > 0 ? side.total : 1);
    memset(side.buffer.memory, FILL, side.buffer.bytes);
    return side;
}

static void check_gather(const struct mapped_type *from, const struct mapped_type *to, int root,
                         bool alike)
{
    struct side out = own_side(from, alike);
    struct side in = side_make(to, mpitest_size, alike, !alike);
    struct side expected = side_make(to, mpitest_size, alike, !alike);

    side_put(&out, 0, mpitest_rank, root);
    for (int r = 0; r < mpitest_size && mpitest_rank == root; r++) {
        side_put(&expected, r, r, root);
    }
    if (alike) {
        CALL(Gather, Igather, out.buffer.base, out.counts[0], from->type, in.buffer.base,
             in.counts[0], to->type, root, MPI_COMM_WORLD);
    } else {
        CALL(Gatherv, Igatherv, out.buffer.base, out.counts[0], from->type, in.buffer.base,
             in.counts, in.displacements, to->type, root, MPI_COMM_WORLD);
    }
    side_match(&in, &expected, alike ? "gather" : "gatherv");
    side_free(&out);
}

static void check_scatter(const struct mapped_type *from, const struct mapped_type *to, int root,
                          bool alike)
{
    struct side out = side_make(from, mpitest_size, alike, !alike);
    struct side in = own_side(to, alike);
    struct side expected = own_side(to, alike);

    for (int r = 0; r < mpitest_size; r++) {
        side_put(&out, r, root, r);
    }
    side_put(&expected, 0, root, mpitest_rank);
    if (alike) {
        CALL(Scatter, Iscatter, out.buffer.base, out.counts[0], from->type, in.buffer.base,
             in.counts[0], to->type, root, MPI_COMM_WORLD);
    } else {
        CALL(Scatterv, Iscatterv, out.buffer.base, out.counts, out.displacements, from->type,
             in.buffer.base, in.counts[0], to->type, root, MPI_COMM_WORLD);
    }
    side_match(&in, &expected, alike ? "scatter" : "scatterv");
    side_free(&out);
}

static void check_allgather(const struct mapped_type *from, const struct mapped_type *to,
                            bool alike)
{
    struct side out = own_side(from, alike);
    struct side in = side_make(to, mpitest_size, alike, !alike);
    struct side expected = side_make(to, mpitest_size, alike, !alike);

    side_put(&out, 0, mpitest_rank, 0);
    for (int r = 0; r < mpitest_size; r++) {
        side_put(&expected, r, r, 0);
    }
    if (alike) {
        CALL(Allgather, Iallgather, out.buffer.base, out.counts[0], from->type, in.buffer.base,
             in.counts[0], to->type, MPI_COMM_WORLD);
    } else {
        CALL(Allgatherv, Iallgatherv, out.buffer.base, out.counts[0], from->type, in.buffer.base,
             in.counts, in.displacements, to->type, MPI_COMM_WORLD);
    }
    side_match(&in, &expected, alike ? "allgather" : "allgatherv");
    side_free(&out);
}

/* Each rank gets as many items from every other as its own blocks have. */
static void check_alltoall(const struct mapped_type *from, const struct mapped_type *to)
{
    struct side out = side_make(from, mpitest_size, true, false);
    struct side in = side_make(to, mpitest_size, true, false);
    struct side expected = side_make(to, mpitest_size, true, false);

    for (int r = 0; r < mpitest_size; r++) {
        side_put(&out, r, mpitest_rank, r);
        side_put(&expected, r, r, mpitest_rank);
    }
    CALL(Alltoall, Ialltoall, out.buffer.base, out.counts[0], from->type, in.buffer.base,
         in.counts[0], to->type, MPI_COMM_WORLD);
    side_match(&in, &expected, "alltoall");
    side_free(&out);
}

static void check_alltoallv(const struct mapped_type *from, const struct mapped_type *to)
{
    struct side out = side_make(from, mpitest_size, false, true);
    struct side in = side_make(to, mpitest_size, true, true);

    // What comes has the length of this rank's block at every sender.
    side_free(&in);
    in.total = 0;
    for (int r = mpitest_size - 1; r >= 0; r--) {
        in.counts[r] = block_count(mpitest_rank, false);
        in.displacements[r] = in.total;
        in.total += in.counts[r];
    }
    in.buffer = mapped_buffer_make(&to->map, in.total > 0 ? in.total : 1);
    memset(in.buffer.memory, FILL, in.buffer.bytes);
    struct side expected = in;
    expected.buffer = mapped_buffer_make(&to->map, in.total > 0 ? in.total : 1);
    memset(expected.buffer.memory, FILL, expected.buffer.bytes);
    for (int r = 0; r < mpitest_size; r++) {
        side_put(&out, r, mpitest_rank, r);
        side_put(&expected, r, r, mpitest_rank);
    }
    CALL(Alltoallv, Ialltoallv, out.buffer.base, out.counts, out.displacements, from->type,
         in.buffer.base, in.counts, in.displacements, to->type, MPI_COMM_WORLD);
    side_match(&in, &expected, "alltoallv");
    side_free(&out);
}

static void check_all(const struct mapped_type *from, const struct mapped_type *to)
{
    int root = round_number % mpitest_size;

    check_bcast(from, to, root);
    for (int alike = 0; alike < 2; alike++) {
        check_gather(from, to, root, alike);
        check_scatter(from, to, root, alike);
        check_allgather(from, to, alike);
    }
    check_alltoall(from, to);
    check_alltoallv(from, to);
}

/* What is sent lies behind what is received, by its type, though both arguments are one address:
 * that is not in place, and this rank's own block must move, too. */
static void check_one_address(int count)
{
    const size_t block = (size_t)count * sizeof(int), room = block * (size_t)mpitest_size;
    unsigned char *memory = mpitest_malloc(2 * room);
    const int length = 1;
    MPI_Datatype behind, shifted;
    MPI_Aint displacement = (MPI_Aint)room;

    MPI_Type_create_hindexed(1, &length, &displacement, MPI_INT, &behind);
    MPI_Type_create_resized(behind, 0, sizeof(int), &shifted);
    MPI_Type_commit(&shifted);
    for (int r = 0; r < mpitest_size; r++) {
        fill_data(memory + room + (size_t)r * block, block, mpitest_rank, r);
    }
    CALL(Alltoall, Ialltoall, memory, count, shifted, memory, count, MPI_INT, MPI_COMM_WORLD);
    for (int r = 0; r < mpitest_size; r++) {
        CHECK_PATTERN(memory + (size_t)r * block, block,
                      (uint64_t)round_number << 40 | (uint64_t)r << 20 | (uint64_t)mpitest_rank);
    }
    unsigned char *place = memory + (size_t)mpitest_rank * block;
    fill_data(place + room, block, mpitest_rank, 0);
    CALL(Allgather, Iallgather, place, count, shifted, memory, count, MPI_INT, MPI_COMM_WORLD);
    for (int r = 0; r < mpitest_size; r++) {
        CHECK_PATTERN(memory + (size_t)r * block, block,
                      (uint64_t)round_number << 40 | (uint64_t)r << 20);
    }
    MPI_Type_free(&shifted);
    MPI_Type_free(&behind);
    free(memory);
}

int main(int argc, char **argv)
{
    int checked_count = 0;

    mpitest_start(&argc, &argv);
    if (mpitest_size > RANKS_MAX) {
        return mpitest_skip("more ranks than the test has room for");
    }
    for (round_number = 0; round_number < ROUNDS; round_number++) {
        mpitest_random_restart((uint64_t)round_number); // the same types in all ranks
        struct mapped_type sparse = mapped_random(1 + round_number % DEPTH);
        struct mapped_type dense = mapped_dense(&sparse.map);

        MPI_Type_commit(&sparse.type);
        MPI_Type_commit(&dense.type);
        if (!mapped_overlaps(&sparse.map, 5 * mpitest_size)) {
            check_all(&sparse, &dense);
            check_all(&dense, &sparse);
            checked_count++;
        }
        mapped_free(&sparse);
        mapped_free(&dense);
        check_one_address(1 + 50 * round_number * round_number);
    }
    CHECK(checked_count > ROUNDS / 4);
    return mpitest_finish();
}
