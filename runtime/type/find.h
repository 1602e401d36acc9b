/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding a predefined datatype by what it is to hold. Needs the library's lock. */
#ifndef MPR_TYPE_FIND_H
#define MPR_TYPE_FIND_H

#include "type/type.h"

/* The Fortran type of a class (MPI_TYPECLASS_...) that has so many bytes, or NULL. */
struct mpr_type *mpr_type_of_size(int type_class, MPI_Count bytes);

/* The predefined pair of these two types, for MPI_MINLOC and MPI_MAXLOC, or NULL. */
struct mpr_type *mpr_type_of_pair(const struct mpr_type *value, const struct mpr_type *index);

/* The type of Fortran's numbers that `combiner` (MPI_COMBINER_F90_...) and its arguments describe:
 * a named one's twin, predefined, which tells these arguments as its contents; the same one for the
 * same arguments. p or r is MPI_UNDEFINED where it was left out; integers have r alone. Returns 0,
 * MPR_ERR_NO_MEMORY or, when no number of this machine is so precise, MPR_ERR_UNSUPPORTED. */
int mpr_type_of_numbers(int combiner, int p, int r, struct mpr_type **type);

#endif
