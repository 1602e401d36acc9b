/* SPDX-License-Identifier: BSD-3-Clause */
/* Wrong calls of the neighbourhood collectives, in every form and with both kinds of counts: the
 * standard's error class, no request, and nothing is sent, so that the next right call succeeds. */
/* matrix: np=1,2,3 copy=chunk rings=default */
#include "tests/lib/mpitest.h"

/* A line or ring of ranks: two neighbours. */
enum { NEIGHBORS = 2 };

static int out[NEIGHBORS], in[NEIGHBORS];
static const int ones[NEIGHBORS] = {1, 1}, spread[NEIGHBORS] = {0, 1};
static const MPI_Count ones_c[NEIGHBORS] = {1, 1};
static const MPI_Aint spread_c[NEIGHBORS] = {0, 1}, bytes[NEIGHBORS] = {0, sizeof(int)};
static MPI_Datatype ints[NEIGHBORS];

/* All forms of one function, whose int and large-count forms take the lists `arguments` and
 * `arguments_c`. */
#define EXPECT_FORMS(error_class, name, request, arguments, arguments_c)                           \
    do {                                                                                           \
        EXPECT_CLASS(MPI_Neighbor_##name(LIST arguments), error_class);                            \
        EXPECT_CLASS(MPI_Neighbor_##name##_c(LIST arguments_c), error_class);                      \
        EXPECT_CLASS(MPI_Ineighbor_##name(LIST arguments, request), error_class);                  \
        EXPECT_CLASS(MPI_Ineighbor_##name##_c(LIST arguments_c, request), error_class);            \
        EXPECT_CLASS(MPI_Neighbor_##name##_init(LIST arguments, MPI_INFO_NULL, request),           \
                     error_class);                                                                 \
        EXPECT_CLASS(MPI_Neighbor_##name##_init_c(LIST arguments_c, MPI_INFO_NULL, request),       \
                     error_class);                                                                 \
    } while (0)

#define LIST(...) __VA_ARGS__

/* Every function with this communicator, and this type for what it receives. */
static void expect_all(int error_class, MPI_Comm comm, MPI_Datatype type)
{
    MPI_Datatype types[NEIGHBORS] = {type, type};
    MPI_Request request = MPI_REQUEST_NULL;

    EXPECT_FORMS(error_class, allgather, &request, (out, 1, MPI_INT, in, 1, type, comm),
                 (out, 1, MPI_INT, in, 1, type, comm));
    EXPECT_FORMS(error_class, allgatherv, &request,
                 (out, 1, MPI_INT, in, ones, spread, type, comm),
                 (out, 1, MPI_INT, in, ones_c, spread_c, type, comm));
    EXPECT_FORMS(error_class, alltoall, &request, (out, 1, MPI_INT, in, 1, type, comm),
                 (out, 1, MPI_INT, in, 1, type, comm));
    EXPECT_FORMS(error_class, alltoallv, &request,
                 (out, ones, spread, MPI_INT, in, ones, spread, type, comm),
                 (out, ones_c, spread_c, MPI_INT, in, ones_c, spread_c, type, comm));
    EXPECT_FORMS(error_class, alltoallw, &request,
                 (out, ones, bytes, ints, in, ones, bytes, types, comm),
                 (out, ones_c, bytes, ints, in, ones_c, bytes, types, comm));
    CHECK(request == MPI_REQUEST_NULL);
}

static void check_counts(MPI_Comm comm)
{
    static const int negative[NEIGHBORS] = {1, -1};
    static const MPI_Count negative_c[NEIGHBORS] = {1, -1};
    MPI_Request request = MPI_REQUEST_NULL;

    EXPECT_FORMS(MPI_ERR_COUNT, allgather, &request, (out, -1, MPI_INT, in, 1, MPI_INT, comm),
                 (out, -1, MPI_INT, in, 1, MPI_INT, comm));
    EXPECT_FORMS(MPI_ERR_COUNT, alltoall, &request, (out, 1, MPI_INT, in, -1, MPI_INT, comm),
                 (out, 1, MPI_INT, in, -1, MPI_INT, comm));
    EXPECT_FORMS(MPI_ERR_COUNT, alltoallv, &request,
                 (out, ones, spread, MPI_INT, in, negative, spread, MPI_INT, comm),
                 (out, ones_c, spread_c, MPI_INT, in, negative_c, spread_c, MPI_INT, comm));
    EXPECT_FORMS(MPI_ERR_COUNT, alltoallw, &request,
                 (out, negative, bytes, ints, in, ones, bytes, ints, comm),
                 (out, negative_c, bytes, ints, in, ones_c, bytes, ints, comm));
    CHECK(request == MPI_REQUEST_NULL);
}

/* The same data on both sides. */
static void check_same_place(MPI_Comm ring)
{
    MPI_Request request = MPI_REQUEST_NULL;

    EXPECT_FORMS(MPI_ERR_BUFFER, allgather, &request, (in, 1, MPI_INT, in, 1, MPI_INT, ring),
                 (in, 1, MPI_INT, in, 1, MPI_INT, ring));
    EXPECT_FORMS(MPI_ERR_BUFFER, alltoall, &request, (in, 1, MPI_INT, in, 1, MPI_INT, ring),
                 (in, 1, MPI_INT, in, 1, MPI_INT, ring));
    EXPECT_FORMS(MPI_ERR_BUFFER, alltoallv, &request,
                 (in, ones, spread, MPI_INT, in, ones, spread, MPI_INT, ring),
                 (in, ones_c, spread_c, MPI_INT, in, ones_c, spread_c, MPI_INT, ring));
    CHECK(request == MPI_REQUEST_NULL);
}

/* A halo exchange in one array, on a line of ranks: at both ends the displacements are all 0. */
static void check_halo(void)
{
    int cells[4] = {-1, 10 * mpitest_rank + 1, 10 * mpitest_rank + 2, -1};
    bool is_first = mpitest_rank == 0, is_last = mpitest_rank == mpitest_size - 1;
    int from[NEIGHBORS] = {is_first ? 0 : 1, is_last ? 0 : 2};
    int to[NEIGHBORS] = {0, is_last ? 0 : 3};
    MPI_Aint from_bytes[NEIGHBORS], to_bytes[NEIGHBORS];
    MPI_Comm line;

    for (int i = 0; i < NEIGHBORS; i++) {
        from_bytes[i] = from[i] * (MPI_Aint)sizeof(int);
        to_bytes[i] = to[i] * (MPI_Aint)sizeof(int);
    }
    MPI_Cart_create(MPI_COMM_WORLD, 1, &mpitest_size, &(int){0}, 0, &line);
    EXPECT_CLASS(MPI_Neighbor_alltoallv(cells, ones, from, MPI_INT, cells, ones, to, MPI_INT, line),
                 MPI_SUCCESS);
    CHECK_EQ(cells[0], is_first ? -1 : 10 * (mpitest_rank - 1) + 2);
    CHECK_EQ(cells[3], is_last ? -1 : 10 * (mpitest_rank + 1) + 1);
    EXPECT_CLASS(MPI_Neighbor_alltoallw(cells, ones, from_bytes, ints, cells, ones, to_bytes, ints,
                                        line),
                 MPI_SUCCESS);
    MPI_Comm_free(&line);
}

/* What was refused has left no trace: each rank hears its neighbours. */
static void check_health(MPI_Comm ring)
{
    int before, after;

    MPI_Cart_shift(ring, 0, 1, &before, &after);
    out[0] = out[1] = mpitest_rank;
    CHECK_EQ(MPI_Neighbor_alltoall(out, 1, MPI_INT, in, 1, MPI_INT, ring), MPI_SUCCESS);
    CHECK_EQ(in[0], before);
    CHECK_EQ(in[1], after);
}

int main(int argc, char **argv)
{
    MPI_Comm ring;

    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    for (int i = 0; i < NEIGHBORS; i++) {
        ints[i] = MPI_INT;
    }
    MPI_Cart_create(MPI_COMM_WORLD, 1, &mpitest_size, &(int){1}, 0, &ring);
    expect_all(MPI_ERR_COMM, MPI_COMM_NULL, MPI_INT);
    expect_all(MPI_ERR_TOPOLOGY, MPI_COMM_WORLD, MPI_INT);
    expect_all(MPI_ERR_TYPE, ring, MPI_DATATYPE_NULL);
    check_counts(ring);
    check_same_place(ring);
    check_halo();
    check_health(ring);
    MPI_Comm_free(&ring);
    return mpitest_finish();
}
