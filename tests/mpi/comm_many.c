/* SPDX-License-Identifier: BSD-3-Clause */
/* Communicators made and freed 100,000 times take no memory; and when all context ids are in use,
 * every rank gets the same error, and goes on after freeing some. */
/* matrix: np=1,2 copy=chunk engine=uring rings=default limit=120 */
#include "../lib/flattest.h"

enum { CYCLES = 100000, LIVE_MAX = 400000 };

static void cycle(int index)
{
    MPI_Comm made;

    if (index % 4 != 3) {
        MPI_Comm_dup(MPI_COMM_WORLD, &made);
    } else {
        MPI_Comm_split(MPI_COMM_WORLD, mpitest_rank % 2, 0, &made);
    }
    MPI_Comm_free(&made);
}

/* Makes communicators until there is an error, or LIVE_MAX of them. Returns how many it made. */
static int fill(MPI_Comm parent, MPI_Comm *live)
{
    for (int made = 0; made < LIVE_MAX; made++) {
        int code = MPI_Comm_dup(parent, &live[made]);
        if (code != MPI_SUCCESS) {
            EXPECT_CLASS(code, MPI_ERR_OTHER);
            return made;
        }
    }
    return LIVE_MAX;
}

/* An id is free again when all members have freed its communicator: hence the barriers. */
static void free_last(MPI_Comm parent, MPI_Comm *live)
{
    MPI_Comm_free(live);
    MPI_Barrier(parent);
}

/* All ids are in use, `made` of them by `live`; the same holds at the end. */
static void check_full(MPI_Comm parent, MPI_Comm *live, int made)
{
    MPI_Comm *last = &live[made - 1], more;
    int sum;

    EXPECT_CLASS(MPI_Comm_dup(parent, &more), MPI_ERR_OTHER);
    EXPECT_CLASS(MPI_Comm_split(parent, mpitest_rank, 0, &more), MPI_ERR_OTHER);
    for (int i = 0; i < 3; i++) {
        free_last(parent, last);
        EXPECT_CLASS(MPI_Comm_dup(parent, last), MPI_SUCCESS);
        EXPECT_CLASS(MPI_Comm_dup(parent, &more), MPI_ERR_OTHER);
    }
    if (mpitest_size > 1) {
        // The half of the split that gets the last id gives it back, since the other half has none.
        free_last(parent, last);
        EXPECT_CLASS(MPI_Comm_split(parent, mpitest_rank % 2, 0, &more), MPI_ERR_OTHER);
        MPI_Barrier(parent);
        EXPECT_CLASS(MPI_Comm_dup(parent, last), MPI_SUCCESS);
    }
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, *last);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
}

static void check_exhaustion(void)
{
    MPI_Comm *live = mpitest_malloc(LIVE_MAX * sizeof *live);
    MPI_Comm parent;
    int made, least, most;

    MPI_Comm_dup(MPI_COMM_WORLD, &parent);
    MPI_Comm_set_errhandler(parent, MPI_ERRORS_RETURN);
    made = fill(parent, live);
    CHECK(made > 1000);
    MPI_Allreduce(&made, &least, 1, MPI_INT, MPI_MIN, parent);
    MPI_Allreduce(&made, &most, 1, MPI_INT, MPI_MAX, parent);
    CHECK_EQ(least, most);
    if (made < LIVE_MAX) {
        check_full(parent, live, made);
    }
    for (int i = 0; i < made; i++) {
        MPI_Comm_free(&live[i]);
    }
    MPI_Barrier(parent);
    EXPECT_CLASS(MPI_Comm_dup(parent, &live[0]), MPI_SUCCESS);
    MPI_Comm_free(&live[0]);
    MPI_Comm_free(&parent);
    free(live);
}

int main(int argc, char **argv)
{
    mpitest_start(&argc, &argv);
    flattest_check(cycle, CYCLES);
    check_exhaustion();
    return mpitest_finish();
}
