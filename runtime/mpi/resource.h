/* SPDX-License-Identifier: BSD-3-Clause */
/* The hardware resources that programs can ask for and split communicators by, and their names (MPI
 * 5.0, 7.4.2 and 9.1.2). */
#ifndef MPR_MPI_RESOURCE_H
#define MPR_MPI_RESOURCE_H

#include <stdbool.h>

#include "base/hardware.h"

/* The info key whose value is a resource's name. */
#define MPR_RESOURCE_KEY "mpi_hw_resource_type"

/* The name of a kind of resource: "hwloc://Package". */
const char *mpr_resource_name(enum mpr_hardware kind);

/* Whether `name` is that of a resource; if so, which. */
bool mpr_resource_find(const char *name, enum mpr_hardware *kind);

#endif
