/* SPDX-License-Identifier: BSD-3-Clause */
/* Datatypes at random in messages: what a type map says is sent arrives where a type map says, and
 * nothing else is written; short and long, in every mode, also between types of different layout.
 */
#include "tests/lib/typerandom.h"

enum { ROUNDS = 60, DEPTH = 4, BYTES_MAX = 200000, FILL = 0xa5 };

static int next_rank, previous_rank;

/* A pattern for what a rank sends in a round. */
static uint64_t key_of(int rank, int round)
{
    return (uint64_t)rank << 32 | (uint64_t)round;
}

static struct mapped_buffer filled_buffer(const struct typemap *map, MPI_Count count, uint64_t key)
{
    struct mapped_buffer buffer = mapped_buffer_make(map, count);
    mpitest_fill(buffer.memory, buffer.bytes, key);
    return buffer;
}

/* The data that `rank` sends in a round, packed. */
static unsigned char *sent_data(const struct typemap *map, MPI_Count count, int rank, int round)
{
    struct mapped_buffer buffer = filled_buffer(map, count, key_of(rank, round));
    unsigned char *packed = mpitest_malloc((size_t)(typemap_size(map) * count));
    mapped_gather(map, buffer.base, count, packed);
    free(buffer.memory);
    return packed;
}

static void check_received(const struct mapped_type *mapped, MPI_Count count,
                           const struct mapped_buffer *actual, const unsigned char *packed,
                           int round, const char *how)
{
    struct mapped_buffer expected = mapped_buffer_make(&mapped->map, count);

    memset(expected.memory, FILL, expected.bytes);
    mapped_scatter(&mapped->map, expected.base, count, packed);
    if (memcmp(actual->memory, expected.memory, expected.bytes) != 0) {
        mpitest_fail(__FILE__, __LINE__, "round %d: %lld items arrived wrongly (%s)", round,
                     (long long)count, how);
    }
    free(expected.memory);
}

/* One way of getting a message to the next rank while one comes from the previous. */
static void exchange(int mode, const void *out, int out_count, MPI_Datatype out_type, void *in,
                     int in_count, MPI_Datatype in_type, int tag, MPI_Status *status)
{
    MPI_Request requests[2];
    MPI_Status statuses[2];

    if (mode == 0) {
        MPI_Sendrecv(out, out_count, out_type, next_rank, tag, in, in_count, in_type, previous_rank,
                     tag, MPI_COMM_WORLD, status);
        return;
    }
    if (mode == 1) { // the receive is there first
        MPI_Irecv(in, in_count, in_type, previous_rank, tag, MPI_COMM_WORLD, &requests[0]);
        MPI_Barrier(MPI_COMM_WORLD);
        MPI_Isend(out, out_count, out_type, next_rank, tag, MPI_COMM_WORLD, &requests[1]);
    } else { // the message is there first
        MPI_Issend(out, out_count, out_type, next_rank, tag, MPI_COMM_WORLD, &requests[1]);
        MPI_Barrier(MPI_COMM_WORLD);
        MPI_Irecv(in, in_count, in_type, previous_rank, tag, MPI_COMM_WORLD, &requests[0]);
    }
    // Types that are in use live on.
    MPI_Type_free(&out_type);
    MPI_Type_free(&in_type);
    MPI_Waitall(2, requests, statuses);
    *status = statuses[0];
}

/* A handle that exchange() may free. */
static MPI_Datatype second_handle(MPI_Datatype type, int mode)
{
    MPI_Datatype copy = type;
    if (mode != 0) {
        MPI_Type_dup(type, &copy);
    }
    return copy;
}

static void check_count(const MPI_Status *status, MPI_Datatype type, int count, int elements)
{
    int actual = -1;

    MPI_Get_count(status, type, &actual);
    CHECK_EQ(actual, count);
    MPI_Get_elements(status, type, &actual);
    CHECK_EQ(actual, elements);
    CHECK_EQ(status->MPI_SOURCE, previous_rank);
}

/* From `from` to `to`, which have the same elements. */
static void pass_on(const struct mapped_type *from, const struct mapped_type *to, int count,
                    int round, const char *how)
{
    int mode = round % 3;
    struct mapped_buffer out = filled_buffer(&from->map, count, key_of(mpitest_rank, round));
    struct mapped_buffer in = mapped_buffer_make(&to->map, count);
    unsigned char *packed = sent_data(&from->map, count, previous_rank, round);
    MPI_Status status;

    memset(in.memory, FILL, in.bytes);
    exchange(mode, out.base, count, second_handle(from->type, mode), in.base, count,
             second_handle(to->type, mode), round, &status);
    check_received(to, count, &in, packed, round, how);
    if (to->map.count > 0) {
        check_count(&status, to->type, count, count * to->map.count);
    }
    free(out.memory);
    free(in.memory);
    free(packed);
}

/* Packed before it is sent, unpacked after it was received; in two halves, if there are two. */
static void pass_packed(const struct mapped_type *mapped, int count, int round)
{
    struct mapped_buffer out = filled_buffer(&mapped->map, count, key_of(mpitest_rank, round));
    struct mapped_buffer in = mapped_buffer_make(&mapped->map, count);
    unsigned char *packed = sent_data(&mapped->map, count, previous_rank, round);
    MPI_Aint extent = typemap_extent(&mapped->map);
    int size = -1, position = 0, half = count / 2;
    MPI_Count large = 0;

    MPI_Pack_size(count, mapped->type, MPI_COMM_WORLD, &size);
    CHECK(size >= typemap_size(&mapped->map) * count);
    char *outgoing = mpitest_malloc((size_t)size), *incoming = mpitest_malloc((size_t)size);
    MPI_Pack(out.base, half, mapped->type, outgoing, size, &position, MPI_COMM_WORLD);
    large = position;
    MPI_Pack_c(out.base + half * extent, count - half, mapped->type, outgoing, size, &large,
               MPI_COMM_WORLD);
    MPI_Sendrecv(outgoing, (int)large, MPI_PACKED, next_rank, round, incoming, size, MPI_PACKED,
                 previous_rank, round, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    memset(in.memory, FILL, in.bytes);
    position = 0;
    MPI_Unpack(incoming, size, &position, in.base, half, mapped->type, MPI_COMM_WORLD);
    large = position;
    MPI_Unpack_c(incoming, size, &large, in.base + half * extent, count - half, mapped->type,
                 MPI_COMM_WORLD);
    check_received(mapped, count, &in, packed, round, "packed");
    free(out.memory);
    free(in.memory);
    free(packed);
    free(outgoing);
    free(incoming);
}

/* How many items make a message of the wanted length, at the most. */
static int items_for(const struct typemap *map, size_t bytes)
{
    MPI_Count size = typemap_size(map);
    MPI_Aint extent = typemap_extent(map);
    MPI_Count reach = extent < 0 ? -extent : extent;
    MPI_Count step = size > reach ? size : reach;
    return step == 0 ? 3 : 1 + (int)((MPI_Count)bytes / step);
}

static void run_round(int round)
{
    mpitest_random_restart((uint64_t)round); // the same types in all ranks
    struct mapped_type sparse = mapped_random(1 + round % DEPTH);
    struct mapped_type dense = mapped_dense(&sparse.map);
    int count = items_for(&sparse.map, mpitest_random_below(round % 4 == 0 ? BYTES_MAX : 2000));

    MPI_Type_commit(&sparse.type);
    MPI_Type_commit(&dense.type);
    pass_on(&sparse, &dense, count, round, "dense there");
    if (!mapped_overlaps(&sparse.map, count)) {
        pass_on(&sparse, &sparse, count, round, "the same on both sides");
        pass_on(&dense, &sparse, count, round, "dense here");
        pass_packed(&sparse, count, round);
    }
    mapped_free(&sparse);
    mapped_free(&dense);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    next_rank = (mpitest_rank + 1) % mpitest_size;
    previous_rank = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    for (int round = 0; round < ROUNDS; round++) {
        run_round(round);
    }
    return mpitest_finish();
}
