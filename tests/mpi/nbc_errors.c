/* SPDX-License-Identifier: BSD-3-Clause */
/* Wrong calls of nonblocking and persistent collectives: the standard's error class, at the call or
 * at the completion, and nothing is started, so that the next right call succeeds. What the
 * arguments share with the blocking form is tested there. */
/* matrix: np=1,2,3,8 copy=chunk rings=default crowded=no,yes */
#include "tests/lib/colltest.h"

static int in[COLLTEST_RANKS_MAX], out[COLLTEST_RANKS_MAX];
static int ones[COLLTEST_RANKS_MAX], spread[COLLTEST_RANKS_MAX];
static MPI_Count ones_c[COLLTEST_RANKS_MAX];
static MPI_Aint spread_c[COLLTEST_RANKS_MAX];
static MPI_Datatype ints[COLLTEST_RANKS_MAX], wrong_types[COLLTEST_RANKS_MAX];

static const MPI_Comm world = MPI_COMM_WORLD;

static void prepare(void)
{
    for (int i = 0; i < mpitest_size; i++) {
        ones[i] = 1;
        ones_c[i] = 1;
        spread[i] = i * (int)sizeof(int);
        spread_c[i] = spread[i];
        ints[i] = wrong_types[i] = MPI_INT;
    }
    wrong_types[mpitest_size - 1] = MPI_DATATYPE_NULL;
}

/* What was refused has left no trace: a sum over all ranks is right. */
static void check_health(void)
{
    MPI_Request request = MPI_REQUEST_NULL;
    int sum = 0;
    int mine = mpitest_rank + 1;
    CHECK_EQ(MPI_Iallreduce(&mine, &sum, 1, MPI_INT, MPI_SUM, world, &request), MPI_SUCCESS);
    CHECK_EQ(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    CHECK_EQ(sum, mpitest_size * (mpitest_size + 1) / 2);
}

/* Calls in both forms, with int and large counts, which must fail alike. */
#define EXPECT_BOTH(error_class, name, iname, request, ...)                                        \
    do {                                                                                           \
        EXPECT_CLASS(MPI_##iname(__VA_ARGS__, request), error_class);                              \
        EXPECT_CLASS(MPI_##iname##_c(__VA_ARGS__, request), error_class);                          \
        EXPECT_CLASS(MPI_##name##_init(__VA_ARGS__, MPI_INFO_NULL, request), error_class);         \
        EXPECT_CLASS(MPI_##name##_init_c(__VA_ARGS__, MPI_INFO_NULL, request), error_class);       \
    } while (0)

/* The same where the arrays of both forms differ. */
#define EXPECT_ARRAYS(error_class, name, iname, request, arguments, arguments_c)                   \
    do {                                                                                           \
        EXPECT_CLASS(MPI_##iname(MPITEST_LIST arguments, request), error_class);                   \
        EXPECT_CLASS(MPI_##iname##_c(MPITEST_LIST arguments_c, request), error_class);             \
        EXPECT_CLASS(MPI_##name##_init(MPITEST_LIST arguments, MPI_INFO_NULL, request),            \
                     error_class);                                                                 \
        EXPECT_CLASS(MPI_##name##_init_c(MPITEST_LIST arguments_c, MPI_INFO_NULL, request),        \
                     error_class);                                                                 \
    } while (0)

#define MPITEST_LIST(...) __VA_ARGS__

/* Every function on `comm` with `request`, of which one is wrong. */
static void every_function(MPI_Comm comm, MPI_Request *request, int error_class)
{
    EXPECT_CLASS(MPI_Ibarrier(comm, request), error_class);
    EXPECT_CLASS(MPI_Barrier_init(comm, MPI_INFO_NULL, request), error_class);
    EXPECT_BOTH(error_class, Bcast, Ibcast, request, in, 1, MPI_INT, 0, comm);
    EXPECT_BOTH(error_class, Gather, Igather, request, in, 1, MPI_INT, out, 1, MPI_INT, 0, comm);
    EXPECT_BOTH(error_class, Scatter, Iscatter, request, in, 1, MPI_INT, out, 1, MPI_INT, 0, comm);
    EXPECT_BOTH(error_class, Allgather, Iallgather, request, in, 1, MPI_INT, out, 1, MPI_INT, comm);
    EXPECT_BOTH(error_class, Alltoall, Ialltoall, request, in, 1, MPI_INT, out, 1, MPI_INT, comm);
    EXPECT_BOTH(error_class, Reduce, Ireduce, request, in, out, 1, MPI_INT, MPI_SUM, 0, comm);
    EXPECT_BOTH(error_class, Allreduce, Iallreduce, request, in, out, 1, MPI_INT, MPI_SUM, comm);
    EXPECT_BOTH(error_class, Reduce_scatter_block, Ireduce_scatter_block, request, in, out, 1,
                MPI_INT, MPI_SUM, comm);
    EXPECT_BOTH(error_class, Scan, Iscan, request, in, out, 1, MPI_INT, MPI_SUM, comm);
    EXPECT_BOTH(error_class, Exscan, Iexscan, request, in, out, 1, MPI_INT, MPI_SUM, comm);
    EXPECT_ARRAYS(error_class, Gatherv, Igatherv, request,
                  (in, 1, MPI_INT, out, ones, spread, MPI_INT, 0, comm),
                  (in, 1, MPI_INT, out, ones_c, spread_c, MPI_INT, 0, comm));
    EXPECT_ARRAYS(error_class, Scatterv, Iscatterv, request,
                  (in, ones, spread, MPI_INT, out, 1, MPI_INT, 0, comm),
                  (in, ones_c, spread_c, MPI_INT, out, 1, MPI_INT, 0, comm));
    EXPECT_ARRAYS(error_class, Allgatherv, Iallgatherv, request,
                  (in, 1, MPI_INT, out, ones, spread, MPI_INT, comm),
                  (in, 1, MPI_INT, out, ones_c, spread_c, MPI_INT, comm));
    EXPECT_ARRAYS(error_class, Alltoallv, Ialltoallv, request,
                  (in, ones, spread, MPI_INT, out, ones, spread, MPI_INT, comm),
                  (in, ones_c, spread_c, MPI_INT, out, ones_c, spread_c, MPI_INT, comm));
    EXPECT_ARRAYS(error_class, Alltoallw, Ialltoallw, request,
                  (in, ones, spread, ints, out, ones, spread, ints, comm),
                  (in, ones_c, spread_c, ints, out, ones_c, spread_c, ints, comm));
    EXPECT_ARRAYS(error_class, Reduce_scatter, Ireduce_scatter, request,
                  (in, out, ones, MPI_INT, MPI_SUM, comm),
                  (in, out, ones_c, MPI_INT, MPI_SUM, comm));
}

static void other_arguments(void)
{
    MPI_Request request = MPI_REQUEST_NULL;
    EXPECT_CLASS(MPI_Ibcast(in, -1, MPI_INT, 0, world, &request), MPI_ERR_COUNT);
    EXPECT_CLASS(MPI_Ibcast(in, 1, MPI_DATATYPE_NULL, 0, world, &request), MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Ibcast(in, 1, MPI_INT, mpitest_size, world, &request), MPI_ERR_ROOT);
    EXPECT_CLASS(MPI_Ibcast(NULL, 1, MPI_INT, 0, world, &request), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Iallreduce(in, out, 1, MPI_INT, MPI_OP_NULL, world, &request), MPI_ERR_OP);
    EXPECT_CLASS(MPI_Iallreduce(in, in, 1, MPI_INT, MPI_SUM, world, &request), MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Scan_init(in, out, -1, MPI_INT, MPI_SUM, world, MPI_INFO_NULL, &request),
                 MPI_ERR_COUNT);
    CHECK(request == MPI_REQUEST_NULL);
}

static void typed_blocks(void)
{
    EXPECT_CLASS(MPI_Alltoallw(in, NULL, spread, ints, out, ones, spread, ints, world),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw(in, ones, NULL, ints, out, ones, spread, ints, world), MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw(in, ones, spread, NULL, out, ones, spread, ints, world),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw(in, ones, spread, ints, out, ones, spread, NULL, world),
                 MPI_ERR_ARG);
    EXPECT_CLASS(MPI_Alltoallw(in, ones, spread, wrong_types, out, ones, spread, ints, world),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Alltoallw(in, ones, spread, ints, out, ones, spread, wrong_types, world),
                 MPI_ERR_TYPE);
    EXPECT_CLASS(MPI_Alltoallw(NULL, ones, spread, ints, out, ones, spread, ints, world),
                 MPI_ERR_BUFFER);
    EXPECT_CLASS(MPI_Alltoallw(out, ones, spread, ints, out, ones, spread, ints, world),
                 MPI_ERR_BUFFER);
    int negative[COLLTEST_RANKS_MAX];
    memcpy(negative, ones, sizeof(negative));
    negative[0] = -1;
    EXPECT_CLASS(MPI_Alltoallw(in, negative, spread, ints, out, ones, spread, ints, world),
                 MPI_ERR_COUNT);
}

/* A request stays until it is complete, and cannot be cancelled (MPI 5.0, 6.12 and 6.13). */
static void bound_requests(void)
{
    MPI_Request request;
    MPI_Ibarrier(world, &request);
    EXPECT_CLASS(MPI_Cancel(&request), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Request_free(&request), MPI_ERR_REQUEST);
    CHECK(request != MPI_REQUEST_NULL);
    EXPECT_CLASS(MPI_Start(&request), MPI_ERR_REQUEST);
    CHECK_EQ(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);

    MPI_Barrier_init(world, MPI_INFO_NULL, &request);
    EXPECT_CLASS(MPI_Cancel(&request), MPI_ERR_REQUEST);
    MPI_Start(&request);
    EXPECT_CLASS(MPI_Start(&request), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Cancel(&request), MPI_ERR_REQUEST);
    EXPECT_CLASS(MPI_Request_free(&request), MPI_ERR_REQUEST);
    CHECK_EQ(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    CHECK_EQ(MPI_Request_free(&request), MPI_SUCCESS);
    CHECK(request == MPI_REQUEST_NULL);
}

/* Gathering more than there is room for: the root hears of it when it completes the call. */
static void truncation(void)
{
    MPI_Request requests[2];
    MPI_Status statuses[2];
    bool is_told = mpitest_rank == 0;
    for (int round = 0; round < 2; round++) {
        MPI_Igather(in, 2, MPI_INT, out, 1, MPI_INT, 0, world, &requests[0]);
        MPI_Ibarrier(world, &requests[1]);
        if (round == 0) {
            EXPECT_CLASS(MPI_Wait(&requests[0], MPI_STATUS_IGNORE),
                         is_told ? MPI_ERR_TRUNCATE : MPI_SUCCESS);
            CHECK_EQ(MPI_Wait(&requests[1], MPI_STATUS_IGNORE), MPI_SUCCESS);
        } else {
            EXPECT_CLASS(MPI_Waitall(2, requests, statuses),
                         is_told ? MPI_ERR_IN_STATUS : MPI_SUCCESS);
            CHECK(!is_told || statuses[0].MPI_ERROR == MPI_ERR_TRUNCATE);
            CHECK(!is_told || statuses[1].MPI_ERROR == MPI_SUCCESS);
        }
        CHECK(requests[0] == MPI_REQUEST_NULL && requests[1] == MPI_REQUEST_NULL);
    }
}

/* Each start of a persistent one meets its truncation anew. */
static void persistent_truncation(void)
{
    MPI_Request request;
    bool is_root = mpitest_rank == 0;
    MPI_Bcast_init(out, is_root ? 2 : 1, MPI_INT, 0, world, MPI_INFO_NULL, &request);
    for (int round = 0; round < 3; round++) {
        MPI_Start(&request);
        int code = MPI_Wait(&request, MPI_STATUS_IGNORE);
        if (mpitest_size == 2) {
            EXPECT_CLASS(code, is_root ? MPI_SUCCESS : MPI_ERR_TRUNCATE);
        }
    }
    MPI_Request_free(&request);
}

int main(int argc, char **argv)
{
    MPI_Request request = MPI_REQUEST_NULL;
    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    prepare();
    every_function(MPI_COMM_NULL, &request, MPI_ERR_COMM);
    every_function(world, NULL, MPI_ERR_ARG);
    CHECK(request == MPI_REQUEST_NULL);
    check_health();
    other_arguments();
    typed_blocks();
    check_health();
    bound_requests();
    truncation();
    persistent_truncation();
    check_health();
    return mpitest_finish();
}
