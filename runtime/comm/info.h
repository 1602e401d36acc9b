/* SPDX-License-Identifier: BSD-3-Clause */
/* Info objects: ordered sets of pairs of texts, key and value.
 *
 * They hold what fits into the standard's limits (MPI_MAX_INFO_KEY and MPI_MAX_INFO_VAL with the
 * null at the end); who calls these functions has checked that. Needs the library's lock; usable at
 * any time, before MPI_Init and after MPI_Finalize too. */
#ifndef MPR_COMM_INFO_H
#define MPR_COMM_INFO_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/handle.h"
#include "mpi.h"

struct mpr_info_item {
    char *key;
    char *value;
};

/* All zero but for the handle: an empty one. */
struct mpr_info {
    struct mpr_object object;
    struct mpr_info_item *items; /* in the order in which the keys were set first */
    int count;
    int capacity;
};

/* An empty object with a handle, for the user. NULL: no memory. */
struct mpr_info *mpr_info_make(void);

/* Frees it; its handle becomes invalid. */
void mpr_info_free(struct mpr_info *info);

/* The object that a handle names, MPI_INFO_ENV's too, or NULL. */
struct mpr_info *mpr_info_find(MPI_Info handle);

/* Sets a value, in place of an earlier one; both texts are copied. Returns 0 or MPR_ERR_NO_MEMORY.
 */
int mpr_info_set(struct mpr_info *info, const char *key, const char *value);

/* The same for a number in decimal. */
int mpr_info_set_number(struct mpr_info *info, const char *key, long long number);

/* Sets each key of `from` to its value there. Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_info_set_all(struct mpr_info *info, const struct mpr_info *from);

/* The value, or NULL; valid until the object changes. */
const char *mpr_info_get(const struct mpr_info *info, const char *key);

/* Whether the value is "true" or "false", blanks around it aside; if so, which. */
bool mpr_info_get_flag(const struct mpr_info *info, const char *key, bool *flag);

/* Returns whether the key was there. */
bool mpr_info_remove(struct mpr_info *info, const char *key);

/* ---- The environment of the process (info_env.c) ---- */

/* The object of MPI_INFO_ENV: empty until mpr_info_env_start(), and never freed. */
extern MPR_HIDDEN struct mpr_info mpr_info_env;

/* Fills it, after the job was joined. Returns 0 or an mpr error. */
int mpr_info_env_start(void);

/* Sets what is known about how this process was started, from the arguments of main() where they
 * are given (`argv` is not NULL). Returns 0 or MPR_ERR_NO_MEMORY. */
int mpr_info_set_env(struct mpr_info *info, int argc, char *const argv[]);

#endif
