/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring along which many tests of point-to-point send: every rank to the next one, and what it
 * gets comes from the previous one; with memory for both. */
#ifndef MPR_TESTS_RINGTEST_H
#define MPR_TESTS_RINGTEST_H

#include "mpitest.h"

static int next, previous;
static unsigned char *source, *target;

/* After mpitest_begin(): finds the neighbours, and makes room for so many bytes to send and to get.
 * Errors are returned from now on. */
static void ringtest_begin(size_t bytes)
{
    mpitest_return_errors();
    next = (mpitest_rank + 1) % mpitest_size;
    previous = (mpitest_rank + mpitest_size - 1) % mpitest_size;
    source = mpitest_malloc(bytes);
    target = mpitest_malloc(bytes);
}

static void ringtest_end(void)
{
    free(source);
    free(target);
}

#endif
