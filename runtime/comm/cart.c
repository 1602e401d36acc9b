/* SPDX-License-Identifier: BSD-3-Clause */
/* Arithmetic of Cartesian grids. */
#include "comm/cart.h"

#include <limits.h>

int64_t mpr_cart_size(const struct mpr_cart *cart)
{
    int64_t size = 1;
    for (int dim = 0; dim < cart->dim_count; dim++) {
        size *= cart->dims[dim];
        if (size > INT_MAX) {
            return INT64_MAX;
        }
    }
    return size;
}

void mpr_cart_coords(const struct mpr_cart *cart, int rank, int *coords)
{
    for (int dim = cart->dim_count - 1; dim >= 0; dim--) {
        coords[dim] = rank % cart->dims[dim];
        rank /= cart->dims[dim];
    }
}

/* From 0 to size - 1. */
static int wrap(int64_t coord, int size)
{
    int rest = (int)(coord % size);
    return rest < 0 ? rest + size : rest;
}

int mpr_cart_outside(const struct mpr_cart *cart, const int *coords)
{
    for (int dim = 0; dim < cart->dim_count; dim++) {
        if (!cart->periods[dim] && (coords[dim] < 0 || coords[dim] >= cart->dims[dim])) {
            return dim;
        }
    }
    return MPI_UNDEFINED;
}

int mpr_cart_rank(const struct mpr_cart *cart, const int *coords)
{
    int rank = 0;
    if (mpr_cart_outside(cart, coords) != MPI_UNDEFINED) {
        return MPI_UNDEFINED;
    }
    for (int dim = 0; dim < cart->dim_count; dim++) {
        rank = rank * cart->dims[dim] + wrap(coords[dim], cart->dims[dim]);
    }
    return rank;
}

int mpr_cart_shift(const struct mpr_cart *cart, int rank, int dim, int64_t distance)
{
    int stride = 1;
    for (int inner = dim + 1; inner < cart->dim_count; inner++) {
        stride *= cart->dims[inner];
    }
    int size = cart->dims[dim];
    int coord = rank / stride % size;
    int64_t moved = coord + distance;
    if (!cart->periods[dim] && (moved < 0 || moved >= size)) {
        return MPI_PROC_NULL;
    }
    return rank + (wrap(moved, size) - coord) * stride;
}
