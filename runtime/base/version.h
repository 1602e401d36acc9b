/* SPDX-License-Identifier: BSD-3-Clause */
/* The version of mprun, as the launcher and MPI_Get_library_version print it. */
#ifndef MPR_BASE_VERSION_H
#define MPR_BASE_VERSION_H

/* Returns a static string such as "mprun 0.1.0"; never NULL. */
const char *mpr_version_text(void);

#endif
