/* SPDX-License-Identifier: BSD-3-Clause */
/* Cartesian grids of processes: coordinates and ranks, row by row (MPI 5.0, 8.5). Pure arithmetic.
 */
#ifndef MPR_COMM_CART_H
#define MPR_COMM_CART_H

#include <stdint.h>

#include "mpi.h"

/* dim_count may be 0: a grid of one process. */
struct mpr_cart {
    int dim_count;
    const int *dims;    /* each at least 1 */
    const int *periods; /* not 0: the dimension is a ring */
};

/* Processes in the grid, or INT64_MAX where that is more than an int holds. */
int64_t mpr_cart_size(const struct mpr_cart *cart);

void mpr_cart_coords(const struct mpr_cart *cart, int rank, int *coords);

/* Coordinates are counted round in rings. MPI_UNDEFINED: one of another dimension is outside. */
int mpr_cart_rank(const struct mpr_cart *cart, const int *coords);

/* The first dimension in which the coordinate is outside, or MPI_UNDEFINED: none is. */
int mpr_cart_outside(const struct mpr_cart *cart, const int *coords);

/* The process `distance` places (any int, or its negative) further on along a dimension, or
 * MPI_PROC_NULL: beyond its end. */
int mpr_cart_shift(const struct mpr_cart *cart, int rank, int dim, int64_t distance);

/* Sets the entries of dims[] that are 0, so that the product of all is `node_count`, at least 1,
 * and they are as equal as can be: first the largest of them is as small as possible, then the
 * second, and so on; in descending order. Other entries are left alone. Returns 0, or
 * MPR_ERR_ARGUMENT: the product of the others does not divide node_count, or no entry is 0 and it
 * is another number.
 */
int mpr_cart_balance(int node_count, int dim_count, int *dims);

#endif
