/* SPDX-License-Identifier: BSD-3-Clause */
/* Nonblocking collectives move on in whatever call the program makes, and need none of its
 * attention: one rank after the other starts its part and then makes only calls of one kind, which
 * have nothing to do with it, until a function of its own says that its operands have come; or
 * until the others say that they are through. */
/* matrix: np=1,2,3,8 copy=chunk,cma,direct rings=default,tiny crowded=no,yes limit=120 */
#include "tests/lib/colltest.h"

enum { GO = 1, DONE, NEVER_SENT, INTS = 3000 };

static const MPI_Comm world = MPI_COMM_WORLD;

/* ---- Calls that have nothing to do with collectives ---- */

static void ask_rank(void)
{
    int rank;
    MPI_Comm_rank(world, &rank);
}

static void ask_size_of_type(void)
{
    int size;
    MPI_Type_size(MPI_DOUBLE, &size);
}

static void probe(void)
{
    int flag;
    MPI_Iprobe(MPI_ANY_SOURCE, NEVER_SENT, world, &flag, MPI_STATUS_IGNORE);
    CHECK(!flag);
}

static void test_nothing(void)
{
    MPI_Request request = MPI_REQUEST_NULL;
    int flag;
    MPI_Test(&request, &flag, MPI_STATUS_IGNORE);
}

static void send_to_nobody(void)
{
    MPI_Send(NULL, 0, MPI_INT, MPI_PROC_NULL, 0, world);
}

static void send_to_itself(void)
{
    int out = 1, in = 0;
    MPI_Sendrecv(&out, 1, MPI_INT, mpitest_rank, NEVER_SENT, &in, 1, MPI_INT, mpitest_rank,
                 NEVER_SENT, world, MPI_STATUS_IGNORE);
}

static void (*const calls[])(void) = {ask_rank,     ask_size_of_type, probe,
                                      test_nothing, send_to_nobody,   send_to_itself};
enum { CALLS = sizeof(calls) / sizeof(*calls) };

/* ---- Rounds ---- */

static void tell_others(int tag)
{
    for (int peer = 0; peer < mpitest_size; peer++) {
        if (peer != mpitest_rank) {
            MPI_Send(NULL, 0, MPI_INT, peer, tag, world);
        }
    }
}

static int applied_count;

/* A sum that notes that it was called, and asks MPI for what it knows. */
static void noting_sum(void *in, void *inout, int *count, MPI_Datatype *type)
{
    int size = 0;
    MPI_Type_size(*type, &size);
    CHECK_EQ(size, sizeof(int));
    for (int i = 0; i < *count; i++) {
        ((int *)inout)[i] += ((int *)in)[i];
    }
    applied_count++;
}

/* The idle rank's operands are there when all others have begun. */
static void operands_come(int idle, void (*call)(void), int count)
{
    static int in[COLLTEST_RANKS_MAX * INTS], out[INTS];
    MPI_Request request;
    MPI_Op op;

    for (int i = 0; i < count * mpitest_size; i++) {
        in[i] = mpitest_rank + i / count;
    }
    MPI_Op_create(noting_sum, 1, &op);
    applied_count = 0;
    if (mpitest_rank != idle) {
        MPI_Recv(NULL, 0, MPI_INT, idle, GO, world, MPI_STATUS_IGNORE);
    }
    MPI_Ireduce_scatter_block(in, out, count, MPI_INT, op, world, &request);
    MPI_Op_free(&op);
    if (mpitest_rank == idle) {
        tell_others(GO);
        while (applied_count < mpitest_size - 1) {
            call();
        }
    }
    CHECK_EQ(MPI_Wait(&request, MPI_STATUS_IGNORE), MPI_SUCCESS);
    CHECK_EQ(applied_count, mpitest_size - 1);
    for (int i = 0; i < count; i++) {
        CHECK_EQ(out[i], mpitest_size * (mpitest_size - 1) / 2 + mpitest_size * mpitest_rank);
    }
}

static bool has_come(int source, int tag)
{
    int flag;
    MPI_Iprobe(source, tag, world, &flag, MPI_STATUS_IGNORE);
    if (flag) {
        MPI_Recv(NULL, 0, MPI_INT, source, tag, world, MPI_STATUS_IGNORE);
    }
    return flag != 0;
}

/* The idle rank is a link between the others, which get through without its waiting. */
static void others_get_through(int idle, int count)
{
    static double in[INTS], out[INTS];
    MPI_Request requests[2];
    double value = mpitest_rank;
    double sum = -1;

    for (int i = 0; i < count; i++) {
        in[i] = mpitest_rank == 0 ? i : 0;
    }
    MPI_Iallreduce(in, out, count, MPI_DOUBLE, MPI_SUM, world, &requests[0]);
    MPI_Iscan(&value, &sum, 1, MPI_DOUBLE, MPI_SUM, world, &requests[1]);
    if (mpitest_rank == idle) {
        for (int peer = 0; peer < mpitest_size; peer++) {
            while (peer != idle && !has_come(peer, DONE)) {
                probe();
            }
        }
    } else {
        MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
        MPI_Send(NULL, 0, MPI_INT, idle, DONE, world);
    }
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    for (int i = 0; i < count; i++) {
        CHECK(out[i] == i);
    }
    CHECK(sum == mpitest_rank * (mpitest_rank + 1) / 2);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    for (int idle = 0; idle < mpitest_size; idle++) {
        for (size_t i = 0; i < CALLS; i++) {
            operands_come(idle, calls[i], i % 2 == 0 ? 1 : INTS);
        }
        others_get_through(idle, 1);
        others_get_through(idle, INTS);
    }
    return mpitest_finish();
}
