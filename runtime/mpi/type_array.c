/* SPDX-License-Identifier: BSD-3-Clause */
/* Constructors of parts of arrays (MPI 5.0, 5.1.3 and 5.1.4). */
#include "mpi/type_create.h"

static int arg_dimensions(int ndims)
{
    return ndims > 0 ? MPI_SUCCESS
                     : mpr_raise(NULL, MPI_ERR_DIMS, "ndims is %d, but must be at least 1", ndims);
}

static int arg_order(int order)
{
    if (order == MPI_ORDER_C || order == MPI_ORDER_FORTRAN) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_ARG, "order is %d, but must be MPI_ORDER_C or MPI_ORDER_FORTRAN",
                     order);
}

/* name[index] must be from `least` to `most`. */
static int arg_between(const char *name, int index, MPI_Count value, MPI_Count least,
                       MPI_Count most)
{
    if (value >= least && value <= most) {
        return MPI_SUCCESS;
    }
    return mpr_raise(NULL, MPI_ERR_ARG, "%s[%d] is %lld, but must be from %lld to %lld", name,
                     index, (long long)value, (long long)least, (long long)most);
}

static int arg_size(const char *name, int index, MPI_Count size)
{
    return size > 0 ? MPI_SUCCESS
                    : mpr_raise(NULL, MPI_ERR_ARG, "%s[%d] is %lld, but must be at least 1", name,
                                index, (long long)size);
}

/* ---- Subarrays ---- */

static int subarray(bool large, int ndims, struct mpr_numbers sizes, struct mpr_numbers subsizes,
                    struct mpr_numbers starts, int order, MPI_Datatype oldtype,
                    MPI_Datatype *newtype)
{
    struct mpr_type *old;
    MPR_TRY(arg_dimensions(ndims));
    MPR_TRY(mpr_arg_pointer(NULL, "array_of_sizes", sizes.values));
    MPR_TRY(mpr_arg_pointer(NULL, "array_of_subsizes", subsizes.values));
    MPR_TRY(mpr_arg_pointer(NULL, "array_of_starts", starts.values));
    for (int d = 0; d < ndims; d++) {
        MPI_Count size = mpr_number(sizes, d);
        MPI_Count subsize = mpr_number(subsizes, d);
        MPR_TRY(arg_size("array_of_sizes", d, size));
        MPR_TRY(arg_between("array_of_subsizes", d, subsize, 1, size));
        MPR_TRY(arg_between("array_of_starts", d, mpr_number(starts, d), 0, size - subsize));
    }
    MPR_TRY(arg_order(order));
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));

    struct mpr_contents *contents =
        mpr_contents_make(MPI_COMBINER_SUBARRAY, large, 2, 3 * (MPI_Count)ndims, 1);
    if (contents != NULL) {
        MPI_Count filled = 0;
        mpr_contents_add(contents, &filled, sizes, ndims);
        mpr_contents_add(contents, &filled, subsizes, ndims);
        mpr_contents_add(contents, &filled, starts, ndims);
        contents->integers[0] = ndims;
        contents->integers[1] = order;
        mpr_contents_set_type(contents, 0, old);
    }
    return mpr_type_create(contents, newtype);
}

MPR_API(int, Type_create_subarray,
        (int ndims, const int array_of_sizes[], const int array_of_subsizes[],
         const int array_of_starts[], int order, MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_subarray,
                   subarray(false, ndims, mpr_numbers_int(array_of_sizes),
                            mpr_numbers_int(array_of_subsizes), mpr_numbers_int(array_of_starts),
                            order, oldtype, newtype));
}

MPR_API(int, Type_create_subarray_c,
        (int ndims, const MPI_Count array_of_sizes[], const MPI_Count array_of_subsizes[],
         const MPI_Count array_of_starts[], int order, MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_subarray_c,
                   subarray(true, ndims, mpr_numbers_count(array_of_sizes),
                            mpr_numbers_count(array_of_subsizes),
                            mpr_numbers_count(array_of_starts), order, oldtype, newtype));
}

/* ---- Distributed arrays ---- */

/* How one dimension is dealt out. */
static int check_distribution(int d, MPI_Count gsize, int distribution, int argument, int psize)
{
    MPR_TRY(arg_size("array_of_gsizes", d, gsize));
    MPR_TRY(arg_size("array_of_psizes", d, psize));
    if (distribution == MPI_DISTRIBUTE_NONE) {
        return psize == 1 ? MPI_SUCCESS
                          : mpr_raise(NULL, MPI_ERR_ARG,
                                      "array_of_psizes[%d] is %d, but must be 1 for a dimension "
                                      "that is not distributed",
                                      d, psize);
    }
    if (distribution != MPI_DISTRIBUTE_BLOCK && distribution != MPI_DISTRIBUTE_CYCLIC) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "array_of_distribs[%d] is %d, but must be MPI_DISTRIBUTE_BLOCK, "
                         "MPI_DISTRIBUTE_CYCLIC or MPI_DISTRIBUTE_NONE",
                         d, distribution);
    }
    if (argument == MPI_DISTRIBUTE_DFLT_DARG) {
        return MPI_SUCCESS;
    }
    MPR_TRY(arg_size("array_of_dargs", d, argument));
    if (distribution == MPI_DISTRIBUTE_BLOCK && (MPI_Count)argument * psize < gsize) {
        return mpr_raise(NULL, MPI_ERR_ARG,
                         "array_of_dargs[%d] is %d, but %d blocks of this size do not hold %lld "
                         "items",
                         d, argument, psize, (long long)gsize);
    }
    return MPI_SUCCESS;
}

/* The grid has as many places as there are processes, and `rank` is one of them. */
static int check_grid(int size, int rank, int ndims, const int psizes[])
{
    MPI_Count places = 1;

    if (size < 1) {
        return mpr_raise(NULL, MPI_ERR_ARG, "size is %d, but must be at least 1", size);
    }
    if (rank < 0 || rank >= size) {
        return mpr_raise(NULL, MPI_ERR_RANK, "rank is %d, but must be from 0 to %d", rank,
                         size - 1);
    }
    for (int d = 0; d < ndims && places <= size; d++) {
        places *= psizes[d];
    }
    return places == size
               ? MPI_SUCCESS
               : mpr_raise(NULL, MPI_ERR_ARG,
                           "the product of array_of_psizes is not size, which is %d", size);
}

static int darray(bool large, int size, int rank, int ndims, struct mpr_numbers gsizes,
                  const int distribs[], const int dargs[], const int psizes[], int order,
                  MPI_Datatype oldtype, MPI_Datatype *newtype)
{
    struct mpr_type *old;
    MPR_TRY(arg_dimensions(ndims));
    MPR_TRY(mpr_arg_pointer(NULL, "array_of_gsizes", gsizes.values));
    MPR_TRY(mpr_arg_pointer(NULL, "array_of_distribs", distribs));
    MPR_TRY(mpr_arg_pointer(NULL, "array_of_dargs", dargs));
    MPR_TRY(mpr_arg_pointer(NULL, "array_of_psizes", psizes));
    for (int d = 0; d < ndims; d++) {
        MPR_TRY(check_distribution(d, mpr_number(gsizes, d), distribs[d], dargs[d], psizes[d]));
    }
    MPR_TRY(check_grid(size, rank, ndims, psizes));
    MPR_TRY(arg_order(order));
    MPR_TRY(mpr_arg_types(oldtype, newtype, &old));

    struct mpr_contents *contents =
        mpr_contents_make(MPI_COMBINER_DARRAY, large, 3 * ndims + 4, ndims, 1);
    if (contents != NULL) {
        MPI_Count filled = 0;
        int *next = contents->integers;
        *next++ = size;
        *next++ = rank;
        *next++ = ndims;
        for (int d = 0; d < ndims; d++, next++) {
            next[0] = distribs[d];
            next[ndims] = dargs[d];
            next[2 * ndims] = psizes[d];
        }
        next[2 * ndims] = order;
        mpr_contents_add(contents, &filled, gsizes, ndims);
        mpr_contents_set_type(contents, 0, old);
    }
    return mpr_type_create(contents, newtype);
}

MPR_API(int, Type_create_darray,
        (int size, int rank, int ndims, const int array_of_gsizes[], const int array_of_distribs[],
         const int array_of_dargs[], const int array_of_psizes[], int order, MPI_Datatype oldtype,
         MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_darray,
                   darray(false, size, rank, ndims, mpr_numbers_int(array_of_gsizes),
                          array_of_distribs, array_of_dargs, array_of_psizes, order, oldtype,
                          newtype));
}

MPR_API(int, Type_create_darray_c,
        (int size, int rank, int ndims, const MPI_Count array_of_gsizes[],
         const int array_of_distribs[], const int array_of_dargs[], const int array_of_psizes[],
         int order, MPI_Datatype oldtype, MPI_Datatype *newtype))
{
    return MPR_RUN(Type_create_darray_c,
                   darray(true, size, rank, ndims, mpr_numbers_count(array_of_gsizes),
                          array_of_distribs, array_of_dargs, array_of_psizes, order, oldtype,
                          newtype));
}
