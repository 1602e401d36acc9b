/* SPDX-License-Identifier: BSD-3-Clause */
/* Where ranks lie in the machine, for collectives that follow it (runtime/comm/levels.h). */
#ifndef LAUNCHER_DOMAINS_H
#define LAUNCHER_DOMAINS_H

#include <hwloc.h>

#include "shm/segment.h"

/* The domains that have all of `cpus` in them. A pure function; without a topology
 * (NULL) nothing is known. */
struct mpr_domains mpr_domains_find(hwloc_topology_t topology, hwloc_const_bitmap_t cpus);

/* Those of rank `rank` where every `cluster_ranks` ranks are taken to share a cache, and as many
 * caches a socket. */
struct mpr_domains mpr_domains_pretend(int rank, int64_t cluster_ranks);

#endif
