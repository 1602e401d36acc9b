/* SPDX-License-Identifier: BSD-3-Clause */
/* MPI_Finalize begins by deleting the attributes of MPI_COMM_SELF, the last one set first, while
 * MPI still works. */
/* matrix: np=1,2,3 copy=chunk engine=uring rings=default limit=20 */
#include "../lib/mpitest.h"

enum { ATTRIBUTES = 6 };

static int order[ATTRIBUTES + 1];
static int deletions;

static int delete_it(MPI_Comm comm, int keyval, void *value, void *extra)
{
    int sum = -1, flag = 1;

    (void)keyval;
    (void)extra;
    if (deletions <= ATTRIBUTES) {
        order[deletions++] = (int)(intptr_t)value;
    }
    MPI_Finalized(&flag);
    CHECK_EQ(flag, 0);
    MPI_Allreduce(&mpitest_rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    CHECK_EQ(sum, mpitest_size * (mpitest_size - 1) / 2);
    CHECK(comm == MPI_COMM_SELF);
    return MPI_SUCCESS;
}

int main(int argc, char **argv)
{
    int keyvals[ATTRIBUTES];

    mpitest_start(&argc, &argv);
    for (int i = 0; i < ATTRIBUTES; i++) {
        MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, delete_it, &keyvals[i], NULL);
    }
    // The attributes 0 to 5 under keys in another order. One of them is set twice, so that it
    // comes last (in MPICH it keeps its place).
    const int key_of[ATTRIBUTES] = {3, 0, 5, 1, 4, 2};
    for (int i = 0; i < ATTRIBUTES; i++) {
        MPI_Comm_set_attr(MPI_COMM_SELF, keyvals[key_of[i]], (void *)(intptr_t)i);
    }
#ifdef MPI_ABI_VERSION
    MPI_Comm_set_attr(MPI_COMM_SELF, keyvals[key_of[2]], (void *)(intptr_t)9);
    const int expected[] = {2, 9, 5, 4, 3, 1, 0};
#else
    const int expected[] = {5, 4, 3, 2, 1, 0};
#endif
    for (int i = 0; i < ATTRIBUTES; i++) {
        MPI_Comm_free_keyval(&keyvals[i]);
    }

    int status = mpitest_finish();
    CHECK_EQ(deletions, sizeof expected / sizeof expected[0]);
    CHECK(memcmp(order, expected, sizeof expected) == 0);
    return atomic_load(&mpitest_failure_count) > 0 ? EXIT_FAILURE : status;
}
