/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Alltoallw: every pair of ranks exchanges another type, from and to random places. */
/* matrix: copy=chunk,cma rings=default,tiny */
#include "../lib/colltest.h"

enum { CASES = 60, COUNT_MAX = 4000 };

/* A block for each rank, at `displs` in bytes; `bytes` in all. */
struct layout {
    MPI_Count counts[COLLTEST_RANKS_MAX];
    MPI_Aint displs[COLLTEST_RANKS_MAX];
    int int_counts[COLLTEST_RANKS_MAX];
    int int_displs[COLLTEST_RANKS_MAX];
    MPI_Datatype types[COLLTEST_RANKS_MAX];
    size_t bytes;
};

static MPI_Comm comm;
static int rank, size;
static uint64_t key;
static bool in_place, large;

/* What goes from one rank to another; in place, the same both ways. */
static uint64_t draw(int source, int destination)
{
    int low = source < destination ? source : destination;
    int high = source < destination ? destination : source;

    return in_place ? mpitest_mix(key + (uint64_t)(low * COLLTEST_RANKS_MAX + high))
                    : mpitest_mix(key + (uint64_t)(source * COLLTEST_RANKS_MAX + destination));
}

static struct colltest_type type_of(int source, int destination)
{
    return colltest_type((unsigned)(draw(source, destination) % COLLTEST_TYPES));
}

static MPI_Count count_of(int source, int destination)
{
    uint64_t drawn = draw(source, destination) >> 8;
    return (MPI_Count)(drawn % 3 == 0 ? 0 : drawn % 3 == 1 ? drawn / 4 % 9 : drawn / 4 % COUNT_MAX);
}

static uint64_t pattern_of(int source, int destination)
{
    return mpitest_mix(key ^ (uint64_t)(source * COLLTEST_RANKS_MAX + destination + 1));
}

static struct layout lay_out(bool sends)
{
    struct layout layout = {.bytes = 16};

    for (int i = 0; i < size; i++) {
        int peer = (rank + i) % size;
        int source = sends ? rank : peer, destination = sends ? peer : rank;
        struct colltest_type type = type_of(source, destination);
        layout.counts[peer] = count_of(source, destination);
        layout.int_counts[peer] = (int)layout.counts[peer];
        layout.displs[peer] = (MPI_Aint)layout.bytes;
        layout.int_displs[peer] = (int)layout.bytes;
        layout.types[peer] = type.handle;
        layout.bytes += ((size_t)layout.counts[peer] * type.extent + 15) / 8 * 8;
    }
    return layout;
}

static unsigned char *make_image(const struct layout *layout)
{
    unsigned char *image = mpitest_malloc(layout->bytes);
    memset(image, COLLTEST_FILLER, layout->bytes);
    return image;
}

static void put(unsigned char *image, const struct layout *layout, int source, int destination)
{
    struct colltest_type type = type_of(source, destination);
    int peer = source == rank ? destination : source;
    colltest_put(image + layout->displs[peer], &type, 0, layout->counts[peer],
                 pattern_of(source, destination));
}

static void call(const void *out, const struct layout *sends, void *in, const struct layout *recvs)
{
    if (large) {
        MPI_Alltoallw_c(out, sends->counts, sends->displs, sends->types, in, recvs->counts,
                        recvs->displs, recvs->types, comm);
    } else {
        MPI_Alltoallw(out, sends->int_counts, sends->int_displs, sends->types, in,
                      recvs->int_counts, recvs->int_displs, recvs->types, comm);
    }
}

static void check_case(void)
{
    struct layout sends = lay_out(true), recvs = lay_out(false);
    unsigned char *out = make_image(&sends), *in = make_image(&recvs);
    unsigned char *image = make_image(&recvs);

    for (int peer = 0; peer < size; peer++) {
        if (in_place) {
            put(in, &recvs, rank, peer);
        } else {
            put(out, &sends, rank, peer);
        }
        put(image, &recvs, peer, rank);
    }
    call(in_place ? MPI_IN_PLACE : out, &sends, in, &recvs);
    CHECK_EQ(memcmp(in, image, recvs.bytes), 0);
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

    for (int i = 0; i < size; i++) {
        out[i] = 100 * rank + i;
        counts[i] = 1;
        types[i] = MPI_INT;
        from[i] = (MPI_Aint)&out[i];
        to[i] = (MPI_Aint)&in[i];
    }
    MPI_Alltoallw_c(MPI_BOTTOM, counts, from, types, MPI_BOTTOM, counts, to, types, comm);
    for (int i = 0; i < size; i++) {
        CHECK_EQ(in[i], 100 * i + rank);
    }
}

static void check_errors(void)
{
    int counts[COLLTEST_RANKS_MAX] = {0}, ones[COLLTEST_RANKS_MAX],
        minus[COLLTEST_RANKS_MAX] = {-1};
    int displs[COLLTEST_RANKS_MAX] = {0}, buffer[1] = {0}, other[1];
    MPI_Datatype types[COLLTEST_RANKS_MAX], none[COLLTEST_RANKS_MAX];

    for (int i = 0; i < size; i++) {
        types[i] = MPI_INT;
        none[i] = i == 0 ? MPI_DATATYPE_NULL : MPI_INT;
        ones[i] = 1;
    }
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, counts, displs, types, other, counts, displs, types, MPI_COMM_NULL),
        MPI_ERR_COMM);
    EXPECT_CLASS(MPI_Alltoallw(buffer, NULL, displs, types, other, counts, displs, types, comm),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw(buffer, minus, displs, types, other, counts, displs, types, comm),
                 MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Alltoallw(buffer, counts, NULL, types, other, counts, displs, types, comm),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw(buffer, counts, displs, NULL, other, counts, displs, types, comm),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw(buffer, counts, displs, none, other, counts, displs, types, comm),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Alltoallw(NULL, ones, displs, types, other, ones, displs, types, comm),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoallw(buffer, ones, displs, types, buffer, ones, displs, types, comm),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(
        MPI_Alltoallw(buffer, counts, displs, types, MPI_IN_PLACE, counts, displs, types, comm),
        MPI_ERR_BUFFER);
}

int main(int argc, char **argv)
{
    MPI_Comm comms[COLLTEST_COMMS];

    mpitest_start(&argc, &argv);
    colltest_comms_make(comms);
    for (int i = 0; i < CASES; i++) {
        comm = comms[mpitest_random_below(COLLTEST_COMMS)];
        key = mpitest_random();
        in_place = mpitest_random_below(2) != 0;
        large = mpitest_random_below(2) != 0;
        MPI_Comm_rank(comm, &rank);
        MPI_Comm_size(comm, &size);
        check_case();
        check_bottom();
    }
    colltest_comms_free(comms);
    mpitest_return_errors();
    comm = MPI_COMM_WORLD;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    check_errors();
    return mpitest_finish();
}
