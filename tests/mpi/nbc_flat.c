/* SPDX-License-Identifier: BSD-3-Clause */
/* Nonblocking and persistent collectives again and again: memory stays flat, a barrier holds
 * everybody, and a persistent one gives the result of what is in the buffers when it starts. */
/* matrix: np=1,2,3,8 copy=chunk rings=default,tiny limit=180 */
#include "tests/lib/colltest.h"
#include "tests/lib/flattest.h"

enum { BARRIERS = 100000, OTHERS = 10000, INTS = 3000 };

static void barrier(int index)
{
    MPI_Request request;
    (void)index;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

/* With scratch memory, and several at once. */
static void reductions(int index)
{
    static int in[2][INTS], out[2][INTS];
    MPI_Request requests[2];
    for (int i = 0; i < 2; i++) {
        in[i][0] = index + i + mpitest_rank;
        MPI_Iallreduce(in[i], out[i], INTS, MPI_INT, MPI_MAX, MPI_COMM_WORLD, &requests[i]);
    }
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(out[i][0], index + i + mpitest_size - 1);
    }
}

static MPI_Request lasting[2]; /* a barrier and a sum of `own` */
static int own, sum;

static void persistent(int index)
{
    own = index + mpitest_rank;
    MPI_Startall(2, lasting);
    MPI_Waitall(2, lasting, MPI_STATUSES_IGNORE);
    CHECK_EQ(sum, mpitest_size * index + mpitest_size * (mpitest_size - 1) / 2);
}

static void made_and_freed(int index)
{
    MPI_Request request;
    (void)index;
    MPI_Bcast_init(&own, 1, MPI_INT, 0, MPI_COMM_WORLD, MPI_INFO_NULL, &request);
    MPI_Request_free(&request);
    CHECK(request == MPI_REQUEST_NULL);
}

/* Rank `last` is late, and says so before it comes: nobody is through before that. */
static void barrier_holds(int last)
{
    MPI_Request request;
    int is_through = 0, arrived = 0;
    if (mpitest_rank != last) {
        MPI_Ibarrier(MPI_COMM_WORLD, &request);
        while (!arrived) {
            MPI_Test(&request, &is_through, MPI_STATUS_IGNORE);
            MPI_Iprobe(last, 7, MPI_COMM_WORLD, &arrived, MPI_STATUS_IGNORE);
            CHECK(arrived || !is_through);
        }
        MPI_Recv(NULL, 0, MPI_INT, last, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
        for (int peer = 0; peer < mpitest_size; peer++) {
            if (peer != last) {
                MPI_Send(NULL, 0, MPI_INT, peer, 7, MPI_COMM_WORLD);
            }
        }
        MPI_Ibarrier(MPI_COMM_WORLD, &request);
    }
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    for (int last = 0; last < mpitest_size; last++) {
        barrier_holds(last);
    }
    flattest_check(barrier, BARRIERS);
    flattest_check(reductions, OTHERS);
    MPI_Barrier_init(MPI_COMM_WORLD, MPI_INFO_NULL, &lasting[0]);
    MPI_Allreduce_init(&own, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD, MPI_INFO_NULL, &lasting[1]);
    flattest_check(persistent, OTHERS);
    MPI_Request_free(&lasting[0]);
    MPI_Request_free(&lasting[1]);
    flattest_check(made_and_freed, OTHERS);
    return mpitest_finish();
}
