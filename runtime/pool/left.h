/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools that their program leaves to MPI_Finalize, which ends them: their workers would wait for
 * ever. What the program holds of them, and their memory, is not freed. */
#ifndef MPP_LEFT_H
#define MPP_LEFT_H

#include <mp.h>

/* A pool has been made. Returns MPI's error. */
int mpp_left_add(mp_pool *pool);

/* It is about to be freed. */
void mpp_left_remove(mp_pool *pool);

#endif
