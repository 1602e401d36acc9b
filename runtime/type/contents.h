/* SPDX-License-Identifier: BSD-3-Clause */
/* How a derived datatype was made: the arguments of its constructor (MPI 5.0, 5.1.13).
 *
 * The int and the large form of a constructor keep the same here: what is MPI_Count in the large
 * form is a count, what is int in both is an integer, both in the order of the standard's tables.
 *
 *     combiner         integers                                    counts
 *     DUP
 *     CONTIGUOUS                                                   count
 *     VECTOR                                                       count, blocklength, stride
 *     HVECTOR                                                      count, blocklength | stride
 *     INDEXED                                                      count, blocklengths,
 * displacements HINDEXED                                                     count, blocklengths |
 * displacements INDEXED_BLOCK                                                count, blocklength,
 * displacements HINDEXED_BLOCK                                               count, blocklength |
 * displacements STRUCT                                                       count, blocklengths |
 * displacements SUBARRAY         ndims : order                               sizes, subsizes,
 * starts DARRAY           size, rank, ndims :                         gsizes distribs, dargs,
 * psizes, order RESIZED                                                      | lb, extent F90_REAL
 * p, r F90_COMPLEX      p, r F90_INTEGER      r
 *
 * In the int form the counts before `|` are integers, placed at `:`, and those behind it addresses.
 */
#ifndef MPR_TYPE_CONTENTS_H
#define MPR_TYPE_CONTENTS_H

#include <stdbool.h>

#include "mpi.h"
#include "type/type.h"

struct mpr_contents {
    int combiner;
    bool large; /* made by the large form */
    int integer_count;
    int *integers;
    MPI_Count count_count;
    MPI_Count *counts;
    MPI_Count type_count;
    struct mpr_type **types; /* references */
};

/* Room for so many arguments, all 0 and NULL. NULL: no memory. */
struct mpr_contents *mpr_contents_make(int combiner, bool large, int integer_count,
                                       MPI_Count count_count, MPI_Count type_count);

/* Releases the types, too. */
void mpr_contents_free(struct mpr_contents *contents);

/* Sets types[index] and retains it. */
void mpr_contents_set_type(struct mpr_contents *contents, MPI_Count index, struct mpr_type *type);

/* How the int form tells the counts apart: `address_first` is the index of the first that is an
 * address, and `integer_first` the number of integers that stand before the others. */
struct mpr_contents_split {
    int integer_first;
    MPI_Count address_first;
};
struct mpr_contents_split mpr_contents_split(const struct mpr_contents *contents);

#endif
