/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs of another MPI library: under mprun each of their ranks takes itself for a whole job,
 * and nobody says so. */
#ifndef LAUNCHER_FOREIGN_H
#define LAUNCHER_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the program in the file `path` is linked with another MPI library, and which:
 * "libmpi.so.40". False also for what cannot be read, and for what is no executable of this
 * machine's, as a script. */
bool mpr_foreign_find(const char *path, char *library, size_t library_bytes);

#endif
