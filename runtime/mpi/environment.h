/* SPDX-License-Identifier: BSD-3-Clause */
/* The attributes that tell a program about its job (MPI 5.0, 9.1.2 and 11.10.3). */
#ifndef MPR_MPI_ENVIRONMENT_H
#define MPR_MPI_ENVIRONMENT_H

/* Where the value of a predefined attribute (MPI_TAG_UB and so on) of communicators lies; NULL for
 * any other keyval. Valid after the job was joined. */
int *mpr_environment_attribute(int keyval);

#endif
