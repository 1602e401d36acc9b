/* SPDX-License-Identifier: BSD-3-Clause */
/* Cartesian topologies (MPI 5.0, 8.5). */
#include "coll/newtopology.h"
#include "mpi/topology_args.h"

/* ---- Making ---- */

static int arg_ndims(struct mpr_comm *comm, int ndims)
{
    if (ndims < 0) {
        return mpr_raise(comm, MPI_ERR_DIMS, "ndims is %d, but must not be negative", ndims);
    }
    return MPI_SUCCESS;
}

/* A grid that has room in the communicator. */
static int arg_cart(struct mpr_comm *comm, int ndims, const int dims[], const int periods[],
                    struct mpr_cart *cart)
{
    MPR_TRY(arg_ndims(comm, ndims));
    MPR_TRY(mpr_arg_array(comm, "dims", dims, ndims));
    MPR_TRY(mpr_arg_array(comm, "periods", periods, ndims));
    for (int i = 0; i < ndims; i++) {
        if (dims[i] < 1) {
            return mpr_raise(comm, MPI_ERR_DIMS, "dims[%d] is %d, but must be at least 1", i,
                             dims[i]);
        }
    }
    *cart = (struct mpr_cart){ndims, dims, periods};
    if (mpr_cart_size(cart) > comm->size) {
        return mpr_raise(comm, MPI_ERR_DIMS,
                         "the grid has more places than the communicator has processes, which are "
                         "%d",
                         comm->size);
    }
    return MPI_SUCCESS;
}

static int cart_create(MPI_Comm comm_old, int ndims, const int dims[], const int periods[],
                       MPI_Comm *comm_cart)
{
    struct mpr_comm *c, *made;
    struct mpr_cart cart;
    MPR_TRY(mpr_arg_intra_named("comm_old", comm_old, &c));
    MPR_TRY(arg_cart(c, ndims, dims, periods, &cart));
    MPR_TRY(mpr_arg_pointer(c, "comm_cart", comm_cart));
    MPR_TRY(mpr_result(c, mpr_cart_create(c, &cart, &made)));
    *comm_cart = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Cart_create,
        (MPI_Comm comm_old, int ndims, const int dims[], const int periods[], int reorder,
         MPI_Comm *comm_cart))
{
    (void)reorder;
    return MPR_RUN(Cart_create, cart_create(comm_old, ndims, dims, periods, comm_cart));
}

static int cart_sub(MPI_Comm comm, const int remain_dims[], MPI_Comm *newcomm)
{
    struct mpr_comm *c, *made;
    MPR_TRY(mpr_arg_topology(comm, MPI_CART, &c));
    MPR_TRY(mpr_arg_array(c, "remain_dims", remain_dims, c->topology->cart.dim_count));
    MPR_TRY(mpr_arg_pointer(c, "newcomm", newcomm));
    MPR_TRY(mpr_result(c, mpr_cart_sub(c, remain_dims, &made)));
    *newcomm = mpr_comm_handle(made);
    return MPI_SUCCESS;
}

MPR_API(int, Cart_sub, (MPI_Comm comm, const int remain_dims[], MPI_Comm *newcomm))
{
    return MPR_RUN(Cart_sub, cart_sub(comm, remain_dims, newcomm));
}

static int cart_map(MPI_Comm comm, int ndims, const int dims[], const int periods[], int *newrank)
{
    struct mpr_comm *c;
    struct mpr_cart cart;
    MPR_TRY(mpr_arg_intra(comm, &c));
    MPR_TRY(arg_cart(c, ndims, dims, periods, &cart));
    MPR_TRY(mpr_arg_pointer(c, "newrank", newrank));
    *newrank = c->rank < mpr_cart_size(&cart) ? c->rank : MPI_UNDEFINED;
    return MPI_SUCCESS;
}

MPR_API(int, Cart_map,
        (MPI_Comm comm, int ndims, const int dims[], const int periods[], int *newrank))
{
    return MPR_RUN(Cart_map, cart_map(comm, ndims, dims, periods, newrank));
}

/* ---- Inquiry ---- */

static int cartdim_get(MPI_Comm comm, int *ndims)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_CART, &c));
    MPR_TRY(mpr_arg_pointer(c, "ndims", ndims));
    *ndims = c->topology->cart.dim_count;
    return MPI_SUCCESS;
}

MPR_API(int, Cartdim_get, (MPI_Comm comm, int *ndims))
{
    return MPR_RUN(Cartdim_get, cartdim_get(comm, ndims));
}

static int cart_get(MPI_Comm comm, int maxdims, int dims[], int periods[], int coords[])
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_CART, &c));
    const struct mpr_cart *cart = &c->topology->cart;
    MPR_TRY(mpr_arg_room(c, "maxdims", maxdims, cart->dim_count));
    MPR_TRY(mpr_arg_array(c, "dims", dims, cart->dim_count));
    MPR_TRY(mpr_arg_array(c, "periods", periods, cart->dim_count));
    MPR_TRY(mpr_arg_array(c, "coords", coords, cart->dim_count));
    for (int dim = 0; dim < cart->dim_count; dim++) {
        dims[dim] = cart->dims[dim];
        periods[dim] = cart->periods[dim] != 0;
    }
    mpr_cart_coords(cart, c->rank, coords);
    return MPI_SUCCESS;
}

MPR_API(int, Cart_get, (MPI_Comm comm, int maxdims, int dims[], int periods[], int coords[]))
{
    return MPR_RUN(Cart_get, cart_get(comm, maxdims, dims, periods, coords));
}

static int cart_rank(MPI_Comm comm, const int coords[], int *rank)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_CART, &c));
    const struct mpr_cart *cart = &c->topology->cart;
    MPR_TRY(mpr_arg_array(c, "coords", coords, cart->dim_count));
    MPR_TRY(mpr_arg_pointer(c, "rank", rank));
    int outside = mpr_cart_outside(cart, coords);
    if (outside != MPI_UNDEFINED) {
        return mpr_raise(c, MPI_ERR_ARG,
                         "coords[%d] is %d, but that dimension goes from 0 to %d and is not "
                         "periodic",
                         outside, coords[outside], cart->dims[outside] - 1);
    }
    *rank = mpr_cart_rank(cart, coords);
    return MPI_SUCCESS;
}

MPR_API(int, Cart_rank, (MPI_Comm comm, const int coords[], int *rank))
{
    return MPR_RUN(Cart_rank, cart_rank(comm, coords, rank));
}

static int cart_coords(MPI_Comm comm, int rank, int maxdims, int coords[])
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_CART, &c));
    const struct mpr_cart *cart = &c->topology->cart;
    MPR_TRY(mpr_arg_rank(c, "rank", rank));
    MPR_TRY(mpr_arg_room(c, "maxdims", maxdims, cart->dim_count));
    MPR_TRY(mpr_arg_array(c, "coords", coords, cart->dim_count));
    mpr_cart_coords(cart, rank, coords);
    return MPI_SUCCESS;
}

MPR_API(int, Cart_coords, (MPI_Comm comm, int rank, int maxdims, int coords[]))
{
    return MPR_RUN(Cart_coords, cart_coords(comm, rank, maxdims, coords));
}

static int cart_shift(MPI_Comm comm, int direction, int disp, int *rank_source, int *rank_dest)
{
    struct mpr_comm *c;
    MPR_TRY(mpr_arg_topology(comm, MPI_CART, &c));
    const struct mpr_cart *cart = &c->topology->cart;
    if (direction < 0 || direction >= cart->dim_count) {
        return mpr_raise(c, MPI_ERR_DIMS, "direction is %d, but the grid has %d dimensions",
                         direction, cart->dim_count);
    }
    MPR_TRY(mpr_arg_pointer(c, "rank_source", rank_source));
    MPR_TRY(mpr_arg_pointer(c, "rank_dest", rank_dest));
    *rank_source = mpr_cart_shift(cart, c->rank, direction, -(int64_t)disp);
    *rank_dest = mpr_cart_shift(cart, c->rank, direction, disp);
    return MPI_SUCCESS;
}

MPR_API(int, Cart_shift, (MPI_Comm comm, int direction, int disp, int *rank_source, int *rank_dest))
{
    return MPR_RUN(Cart_shift, cart_shift(comm, direction, disp, rank_source, rank_dest));
}

/* ---- Balance ---- */

static int dims_create(int nnodes, int ndims, int dims[])
{
    if (nnodes < 1) {
        return mpr_raise(NULL, MPI_ERR_ARG, "nnodes is %d, but must be at least 1", nnodes);
    }
    MPR_TRY(arg_ndims(NULL, ndims));
    MPR_TRY(mpr_arg_array(NULL, "dims", dims, ndims));
    for (int i = 0; i < ndims; i++) {
        if (dims[i] < 0) {
            return mpr_raise(NULL, MPI_ERR_DIMS,
                             "dims[%d] is %d, but must be 0 (to be set) or positive", i, dims[i]);
        }
    }
    if (mpr_cart_balance(nnodes, ndims, dims) != MPR_OK) {
        return mpr_raise(NULL, MPI_ERR_DIMS,
                         "nnodes is %d, but no grid of that size has the given entries of dims",
                         nnodes);
    }
    return MPI_SUCCESS;
}

MPR_API(int, Dims_create, (int nnodes, int ndims, int dims[]))
{
    return MPR_RUN(Dims_create, dims_create(nnodes, ndims, dims));
}
