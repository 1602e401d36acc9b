/* SPDX-License-Identifier: BSD-3-Clause */
/* Attributes of communicators: what is kept there, and what MPI_Finalize is to call, which deletes
 * those of MPI_COMM_SELF. */
#ifndef MPP_ATTRIBUTE_H
#define MPP_ATTRIBUTE_H

#include <mpi.h>

/* Keeps `value` under `key`, unless there is one: threads may come for the first time at once, with
 * MPI_COMM_SELF. *kept is the one that is kept; another one stays the caller's. Returns MPI's
 * error. */
int mpp_attribute_keep(MPI_Comm comm, int key, void *value, void **kept);

/* MPI_Finalize calls the function, once. *is_known, 0 at first, is the function's own and guarded
 * by the caller: further calls do nothing. Returns MPI's error. */
int mpp_attribute_at_finalize(MPI_Comm_delete_attr_function *function, int *is_known);

#endif
