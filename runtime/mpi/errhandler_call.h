/* SPDX-License-Identifier: BSD-3-Clause */
/* Calling an error handler of the user. */
#ifndef MPR_MPI_ERRHANDLER_CALL_H
#define MPR_MPI_ERRHANDLER_CALL_H

#include "comm/errhandler.h"

/* Calls `function` for the object that `handle` names, with what is wrong as a text; it may change
 * the code. Never under the lock. */
void mpr_errhandler_call(struct mpr_errhandler_function function, uintptr_t handle, int *code,
                         const char *text);

#endif
