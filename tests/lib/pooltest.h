/* SPDX-License-Identifier: BSD-3-Clause */
/* Beginning of the tests of one pool over all ranks. Plain MPI, C and mp.h alone. */
#ifndef MPR_TESTS_POOLTEST_H
#define MPR_TESTS_POOLTEST_H

#include <mp.h>

#include "tests/lib/mpitest.h"

/* Starts the test, whose MPI errors are returned, and makes the pool. Returns it at its root, which
 * frees it; elsewhere NULL, when the pool has ended. */
static inline mp_pool *pooltest_start(int *argc, char ***argv)
{
    mp_pool *pool = NULL;

    mp_init(argc, argv);
    mpitest_begin();
    mpitest_return_errors();
    CHECK_EQ(mp_pool_create(MPI_COMM_WORLD, NULL, &pool), MPI_SUCCESS);
    return pool;
}

/* A task: the square of an int. */
MPITEST_UNUSED static int pooltest_square(const void *in, void *out, mp_task *task)
{
    int number;
    (void)task;
    memcpy(&number, in, sizeof number);
    number *= number;
    memcpy(out, &number, sizeof number);
    return 0;
}

#endif
