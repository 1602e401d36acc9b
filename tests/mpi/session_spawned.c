/* SPDX-License-Identifier: BSD-3-Clause */
/* A spawned process may use a session, and ask mprun for something, before it calls MPI_Init: its
 * parents are the same. */
/* matrix: np=1,3 copy=chunk rings=default */
#include "tests/lib/mpitest.h"

/* Without the test's own beginning, which is MPI_Init. Returns what the parents get. */
static int be_child(void)
{
    char port[MPI_MAX_PORT_NAME];
    MPI_Session session;
    MPI_Comm parent;
    int sum = 0, rank;

    MPI_Session_init(MPI_INFO_NULL, MPI_ERRORS_ARE_FATAL, &session);
    MPI_Open_port(MPI_INFO_NULL, port);
    MPI_Init(NULL, NULL);
    MPI_Comm_get_parent(&parent);
    MPI_Comm_rank(parent, &rank);
    MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, parent);
    MPI_Bcast(&sum, 1, MPI_INT, rank == 0 ? MPI_ROOT : MPI_PROC_NULL, parent);
    MPI_Comm_disconnect(&parent);
    MPI_Close_port(port);
    MPI_Finalize();
    MPI_Session_finalize(&session);
    return 0;
}

int main(int argc, char **argv)
{
    enum { CHILDREN = 2 };
    MPI_Comm children;
    int sum = -1, mine;

    if (argc > 1) {
        return be_child();
    }
    mpitest_start(&argc, &argv);
    MPI_Comm_spawn(argv[0], (char *[]){(char[]){"child"}, NULL}, CHILDREN, MPI_INFO_NULL, 0,
                   MPI_COMM_WORLD, &children, MPI_ERRCODES_IGNORE);
    MPI_Allreduce(&mpitest_rank, &mine, 1, MPI_INT, MPI_SUM, children);
    CHECK_EQ(mine, CHILDREN * (CHILDREN - 1) / 2);
    MPI_Bcast(&sum, 1, MPI_INT, 0, children);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
    MPI_Comm_disconnect(&children);
    return mpitest_finish();
}
