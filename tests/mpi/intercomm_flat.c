/* SPDX-License-Identifier: BSD-3-Clause */
/* Intercommunicators made, used and freed again and again, in every way, take no memory. */
/* matrix: np=2,3,8 copy=chunk rings=default,tiny limit=180 */
#include "tests/lib/flattest.h"

enum { CYCLES = 10000, MIXED_CYCLES = 2000 };

static MPI_Comm local, lasting;
static int side;

static MPI_Comm make(void)
{
    MPI_Comm inter;
    MPI_Intercomm_create(local, 0, MPI_COMM_WORLD, 1 - side, 1, &inter);
    return inter;
}

static void made_and_freed(int index)
{
    MPI_Comm inter = make();
    (void)index;
    MPI_Comm_free(&inter);
}

/* Whatever can be made of one, and groups of both sides. */
static void parts(int index)
{
    MPI_Comm inter = make(), copy, part, merged;
    MPI_Group group, remote;

    MPI_Comm_dup(inter, &copy);
    MPI_Comm_free(&inter);
    MPI_Comm_split(copy, index % 2, mpitest_rank, &part);
    MPI_Comm_free(&part);
    MPI_Comm_group(copy, &group);
    MPI_Comm_remote_group(copy, &remote);
    MPI_Comm_create(copy, group, &part);
    MPI_Intercomm_merge(part, side, &merged);
    MPI_Comm_free(&part);
    MPI_Comm_free(&copy);
    MPI_Group_free(&group);
    MPI_Group_free(&remote);
    MPI_Comm_free(&merged);
}

/* Collectives with scratch memory, and requests that outlive their communicator's handle. */
static void collectives(int index)
{
    enum { INTS = 3000 };
    static int in[INTS], out[INTS], sum[1];
    MPI_Comm inter;
    MPI_Request requests[2];

    MPI_Comm_dup(lasting, &inter);
    in[0] = index + side;
    MPI_Iallreduce(in, out, INTS, MPI_INT, MPI_MAX, inter, &requests[0]);
    MPI_Ibarrier(inter, &requests[1]);
    MPI_Comm_free(&inter);
    MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
    CHECK_EQ(out[0], index + 1 - side);
    MPI_Allreduce(in, sum, 1, MPI_INT, MPI_MIN, lasting);
    CHECK_EQ(sum[0], index + 1 - side);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    if (mpitest_size < 2) {
        return mpitest_skip("needs two groups");
    }
    side = mpitest_rank > 0;
    MPI_Comm_split(MPI_COMM_WORLD, side, 0, &local);
    lasting = make();
    flattest_check(made_and_freed, CYCLES);
    flattest_check(parts, MIXED_CYCLES);
    flattest_check(collectives, MIXED_CYCLES);
    MPI_Comm_free(&lasting);
    MPI_Comm_free(&local);
    return mpitest_finish();
}
