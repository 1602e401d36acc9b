/* SPDX-License-Identifier: BSD-3-Clause */
/* Two groups are to be joined when one context id is left: whichever gets none says so to the
 * other, which must not wait for ever. */
/* matrix: np=2,3 copy=chunk engine=uring rings=default */
#include "tests/lib/sessiontest.h"

enum { COMMS_MAX = 1 << 18 };

static MPI_Comm *comms;
static int comm_count;

/* All but one of the ids are in use then. */
static void use_up(void)
{
    comms = mpitest_malloc(COMMS_MAX * sizeof *comms);
    while (comm_count < COMMS_MAX &&
           MPI_Comm_dup(MPI_COMM_SELF, &comms[comm_count]) == MPI_SUCCESS) {
        comm_count++;
    }
    CHECK(comm_count < COMMS_MAX);
    MPI_Comm_free(&comms[--comm_count]);
}

static int join(MPI_Session session, MPI_Comm *inter)
{
    int first = 0, side = mpitest_rank > 0;
    MPI_Group world, halves[2];

    MPI_Group_from_session_pset(session, "mpi://WORLD", &world);
    MPI_Group_incl(world, 1, &first, &halves[0]);
    MPI_Group_excl(world, 1, &first, &halves[1]);
    int code = MPI_Intercomm_create_from_groups(halves[side], 0, halves[1 - side], 0, "limit",
                                                MPI_INFO_NULL, MPI_ERRORS_RETURN, inter);
    MPI_Group_free(&world);
    MPI_Group_free(&halves[0]);
    MPI_Group_free(&halves[1]);
    return code;
}

int main(int argc, char **argv)
{
    MPI_Comm inter = MPI_COMM_NULL;

    mpitest_start(&argc, &argv);
    mpitest_return_errors();
    MPI_Session session = sessiontest_open(NULL);
    if (mpitest_rank == 0) {
        use_up();
    }
    MPI_Barrier(MPI_COMM_WORLD);
    EXPECT_CLASS(join(session, &inter), MPI_ERR_OTHER);
    CHECK(inter == MPI_COMM_NULL);
    MPI_Barrier(MPI_COMM_WORLD);
    while (comm_count > 0) {
        MPI_Comm_free(&comms[--comm_count]);
    }
    free(comms);
    MPI_Barrier(MPI_COMM_WORLD);
    EXPECT_CLASS(join(session, &inter), MPI_SUCCESS);
    MPI_Comm_free(&inter);
    sessiontest_close(&session);
    return mpitest_finish();
}
