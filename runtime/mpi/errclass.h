/* SPDX-License-Identifier: BSD-3-Clause */
/* Error classes and codes with their texts: those of the ABI, and those that the program adds.
 *
 * A predefined code is its own class. Needs the library's lock; usable at any time, before MPI_Init
 * and after MPI_Finalize too. */
#ifndef MPR_MPI_ERRCLASS_H
#define MPR_MPI_ERRCLASS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "mpi.h"

/* The class of a code, or MPI_UNDEFINED when the code is neither predefined nor added. */
int mpr_errclass_of(int code);

/* The text of a code that exists; "" for one that was added without a text. */
const char *mpr_errclass_text(int code);

/* The greatest code that was ever in use: MPI_LASTUSEDCODE. */
extern MPR_HIDDEN int mpr_errclass_last;

/* The name of a predefined class: "MPI_ERR_COMM"; NULL for what the program has added. */
const char *mpr_errclass_name(int code);

/* Whether the program has added this code (a class is a code too). */
bool mpr_errclass_is_added(int code);

/* Whether codes other than the class itself belong to an added class. */
bool mpr_errclass_has_codes(int error_class);

/* Adds a code of an existing class; MPI_UNDEFINED instead of a class adds a new class. Returns 0
 * and the code, which is above MPI_ERR_LASTCODE, or MPR_ERR_NO_MEMORY. */
int mpr_errclass_add(int error_class, int *code);

/* Gives an added code its text (copied), or takes it away: NULL. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_errclass_set_text(int code, const char *text);

/* Removes an added code; its number may be given out again. */
void mpr_errclass_remove(int code);

#endif
