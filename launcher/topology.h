/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads the machine's topology, quickly: only what a pin plan needs. */
#ifndef LAUNCHER_TOPOLOGY_H
#define LAUNCHER_TOPOLOGY_H

#include <hwloc.h>

/* Loads sockets, NUMA nodes, L3 caches, cores and hardware threads. hwloc's own variables
 * (HWLOC_XMLFILE, HWLOC_SYNTHETIC) describe another machine instead, for dry runs and tests.
 * Returns 0 and the topology, to be given to hwloc_topology_destroy(); or a negative errno. */
int mpr_topology_load(hwloc_topology_t *topology);

#endif
